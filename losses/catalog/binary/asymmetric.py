"""Asymmetric loss: many labels, nearly all of them negative."""

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.crossentropy import binary_log_probs, focal_factor, log
from losses.ops.refusals import Refused
from losses.ops.shapes import align, mean_per_sample


@loss_function(page="binary_crossentropy/column_minus_vector")
def asymmetric(
    y_true,
    y_pred,
    *,
    gamma_neg: float = 4.0,
    gamma_pos: float = 1.0,
    clip: float = 0.05,
    from_logits: bool = False,
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
            for each label, no softmax. Below 3.2e-7 the logarithm of a probability
            continues as its tangent: a probability of 0 costs 15.9 and keeps its
            gradient.
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
        raise Refused(f"clip must be 0 or more and below 1, not {clip}. 0 is no clip.")
    y_true, y_pred = align(y_true, y_pred)

    p, not_p, log_p, log_not_q = binary_log_probs(y_pred, from_logits)
    positive = y_true * focal_factor(not_p, gamma_pos) * -log_p
    if clip:
        p, log_not_q = ops.maximum(p - clip, 0), log(ops.minimum(not_p + clip, 1))
    negative = (1 - y_true) * focal_factor(p, gamma_neg) * -log_not_q
    return mean_per_sample(positive + negative)


class Asymmetric(PerSampleLoss, of=asymmetric):
    """`asymmetric` for `model.compile`."""
