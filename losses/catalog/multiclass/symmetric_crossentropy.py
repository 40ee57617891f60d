"""Crossentropy in both directions, for labels some of which are wrong."""

import keras
from keras import ops

from losses.ops.elementwise import at_ids, at_least_zero, crossentropy, probabilities
from losses.ops.shapes import PerSampleLoss, align_classes, is_ids, per_sample


@keras.saving.register_keras_serializable("losses")
def symmetric_crossentropy(
    y_true, y_pred, *, alpha=0.1, beta=1.0, log_zero=-4.0, from_logits=False
):
    """Symmetric crossentropy, one value per sample: the mean over its positions.

        -alpha · Σ_c t[c] · log p[c] - beta · Σ_c p[c] · log t[c],  log 0 = log_zero

    The second term, the reverse crossentropy, is bounded: where a label is wrong, the
    model is not pulled towards it without end. With one label t it is
    `-log_zero · (1 - p[t])`.

    Args:
        y_true: `(batch, classes)` one-hot or soft labels for `(batch, classes)`, or
            `(batch,)` class ids, with or without a trailing axis of size 1; or with
            more axes before the classes, over which the mean is taken; any dtype. Told
            apart by shape.
        y_pred: `(batch, ..., classes)` probabilities, which are divided by their sum,
            or logits with `from_logits`.
        alpha: 0 or more: the factor of the crossentropy, which learns faster. The more
            labels are wrong, the smaller.
        beta: 0 or more: the factor of the reverse crossentropy, which tolerates more.
            With 0 this is the crossentropy times alpha.
        log_zero: below 0: what counts as the logarithm of a label of 0. Labels above 0,
            however small, keep their own.
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider. Per-sample. A row of zeros as
        label still costs `-beta · log_zero`. An id that no class has gives NaN in every
        mode.

    Raises:
        ValueError: shapes that do not fit; an `alpha` or `beta` below 0; a `log_zero`
            that is not below 0.
        TypeError: `y_pred` holds integers.

    Example:
        >>> p = [[0.25, 0.5, 0.25]]
        >>> float(symmetric_crossentropy([[0, 1, 0]], p)[0])  # log 2 / 10 + 4 / 2
        2.069...

    Source:
        Wang, Ma, Chen, Luo, Yi and Bailey, Symmetric Cross Entropy for Robust Learning
        with Noisy Labels, 2019, https://arxiv.org/abs/1908.06112. Their code clips
        labels at 0.0001, which is a `log_zero` of -9.21, and takes the mean over the
        batch.
    """
    labels, y_pred = align_classes(
        y_true,
        y_pred,
        "symmetric_crossentropy",
        "symmetric_crossentropy/ids_as_one_hot",
    )
    at_least_zero("symmetric_crossentropy", alpha=alpha, beta=beta)
    if not float("-inf") < log_zero < 0:
        raise ValueError(
            f"symmetric_crossentropy: log_zero must be below 0, not {log_zero}: it "
            "stands for the logarithm of 0, and is finite so that the loss is. "
            "More: losses explain symmetric_crossentropy/clip_on_the_wrong_term"
        )
    forward, _ = crossentropy(
        labels, y_pred, from_logits, None, None, "symmetric_crossentropy"
    )
    p = probabilities(y_pred, from_logits)
    return per_sample(alpha * forward + beta * _reverse(labels, p, log_zero))


@keras.saving.register_keras_serializable("losses")
class SymmetricCrossentropy(PerSampleLoss):
    """`symmetric_crossentropy` for `model.compile`."""

    def __init__(
        self,
        *,
        alpha=0.1,
        beta=1.0,
        log_zero=-4.0,
        from_logits=False,
        reduction="sum_over_batch_size",
        name="symmetric_crossentropy",
        dtype=None,
    ):
        super().__init__(
            alpha=alpha,
            beta=beta,
            log_zero=log_zero,
            from_logits=from_logits,
            reduction=reduction,
            name=name,
            dtype=dtype,
        )

    def call(self, y_true, y_pred):
        return symmetric_crossentropy(y_true, y_pred, **self.options)


def _reverse(labels, p, log_zero):
    """The crossentropy with labels and predictions exchanged."""
    if is_ids(labels, p):
        return -log_zero * (ops.sum(p, axis=-1) - at_ids(p, labels))
    nothing = labels == 0
    log_t = ops.where(nothing, log_zero, ops.log(ops.where(nothing, 1.0, labels)))
    return -ops.sum(p * log_t, axis=-1)
