"""Asymmetric loss: many labels, nearly all of them negative."""

import keras
from keras import ops

from losses.ops.elementwise import focus, log, yes_and_no
from losses.ops.shapes import PerSampleLoss, align, per_sample


@keras.saving.register_keras_serializable("losses")
def asymmetric(
    y_true, y_pred, *, gamma_neg=4.0, gamma_pos=1.0, clip=0.05, from_logits=False
):
    """Asymmetric loss, one value per sample: the mean over its labels.

        -(t · (1 - p)^gamma_pos · log p + (1 - t) · q^gamma_neg · log(1 - q))
        q = max(p - clip, 0)

    Two focal losses: easy negatives lose more of their weight than easy positives, and
    those below `clip` all of it.

    Args:
        y_true: `(batch, labels)`, any dtype, values in [0, 1]. A trailing axis of size
            1 may be missing on either side.
        y_pred: the same shape; probabilities, or logits with `from_logits`. One sigmoid
            for each label, no softmax.
        gamma_neg: 0 or more; focus of the negatives.
        gamma_pos: 0 or more; focus of the positives, not above `gamma_neg` as a rule.
        clip: in [0, 1); what is taken off the probability of the negatives, and of them
            alone. The surest of the wrong ones are taken for wrong labels: from logits
            their gradient goes to 0, however wrong. 0 keeps it.
        from_logits: whether `y_pred` holds logits.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider; 0 is right. Per-sample.

    Raises:
        ValueError: the shapes differ otherwise, or an option is out of range. Nothing
            is broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> float(asymmetric([[0]], [[0.55]])[0])  # 1/16 · log 2
        0.0433...

    Source:
        Ridnik, Ben-Baruch, Zamir, Noy, Friedman, Protter and Zelnik-Manor, Asymmetric
        Loss For Multi-Label Classification, 2020, https://arxiv.org/abs/2009.14119.
        Their code returns the sum over samples and labels, which is larger by the
        number of both, and calls for a smaller learning rate. By default its
        `AsymmetricLoss` passes no gradient through the powers, as an optimisation;
        its `AsymmetricLossOptimized`, the gradients in the paper, and this loss do. It
        clips at 1e-8 before the logarithm. Of soft labels it raises the mixture of both
        sides to a power; here each side has its own.
    """
    if clip is None or not 0 <= clip < 1:
        raise ValueError(
            f"asymmetric: clip must be 0 or more and below 1, not {clip}. 0 is no clip."
        )
    y_true, y_pred = align(
        y_true, y_pred, "asymmetric", "binary_crossentropy/column_minus_vector"
    )

    p, not_p, log_p, log_not_q = yes_and_no(y_pred, from_logits)
    positive = y_true * focus(not_p, gamma_pos, "asymmetric") * -log_p
    if clip:
        p, log_not_q = ops.maximum(p - clip, 0), log(ops.minimum(not_p + clip, 1))
    negative = (1 - y_true) * focus(p, gamma_neg, "asymmetric") * -log_not_q
    return per_sample(positive + negative)


@keras.saving.register_keras_serializable("losses")
class Asymmetric(PerSampleLoss):
    """`asymmetric` for `model.compile`."""

    def __init__(
        self,
        *,
        gamma_neg=4.0,
        gamma_pos=1.0,
        clip=0.05,
        from_logits=False,
        reduction="sum_over_batch_size",
        name="asymmetric",
        dtype=None,
    ):
        super().__init__(
            gamma_neg=gamma_neg,
            gamma_pos=gamma_pos,
            clip=clip,
            from_logits=from_logits,
            reduction=reduction,
            name=name,
            dtype=dtype,
        )

    def call(self, y_true, y_pred):
        return asymmetric(y_true, y_pred, **self.options)
