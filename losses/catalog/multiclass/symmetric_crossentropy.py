"""Crossentropy in both directions, for labels some of which are wrong."""

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.class_labels import align_classes, is_ids, take_class
from losses.ops.crossentropy import crossentropy, softmax
from losses.ops.options import check_at_least_zero
from losses.ops.refusals import Refused
from losses.ops.shapes import mean_per_sample


@loss_function(page="symmetric_crossentropy/ids_as_one_hot")
def symmetric_crossentropy(
    y_true,
    y_pred,
    *,
    alpha: float = 0.1,
    beta: float = 1.0,
    log_zero: float = -4.0,
    from_logits: bool = False,
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
            or logits with `from_logits`. Below 3.2e-7 the logarithm of a probability
            continues as its tangent: a probability of 0 costs 15.9 and keeps its
            gradient.
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
    check_at_least_zero(alpha=alpha, beta=beta)
    if not float("-inf") < log_zero < 0:
        raise Refused(
            f"log_zero must be below 0, not {log_zero}: it stands for the logarithm of "
            "0, and is finite so that the loss is. "
            "More: losses explain symmetric_crossentropy/clip_on_the_wrong_term"
        )
    labels, y_pred = align_classes(y_true, y_pred)
    forward = crossentropy(labels, y_pred, from_logits)
    reverse = _reverse(labels, softmax(y_pred, from_logits), log_zero)
    return mean_per_sample(alpha * forward + beta * reverse)


class SymmetricCrossentropy(PerSampleLoss, of=symmetric_crossentropy):
    """`symmetric_crossentropy` for `model.compile`."""


def _reverse(labels, p, log_zero):
    """The crossentropy with labels and predictions exchanged."""
    if is_ids(labels, p):
        return -log_zero * (ops.sum(p, axis=-1) - take_class(p, labels))
    nothing = labels == 0
    log_t = ops.where(nothing, log_zero, ops.log(ops.where(nothing, 1.0, labels)))
    return -ops.sum(p * log_t, axis=-1)
