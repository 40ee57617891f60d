"""Binary focal loss: crossentropy that passes over what is already right."""

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.crossentropy import binary_log_probs, focal_factor
from losses.ops.refusals import Refused
from losses.ops.shapes import align, mean_per_sample


@loss_function(page="binary_crossentropy/column_minus_vector")
def binary_focal(
    y_true,
    y_pred,
    *,
    alpha: float | None = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
):
    """Binary focal loss, one value per sample: the mean over its labels.

        -(alpha · t · (1 - p)^gamma · log p
          + (1 - alpha) · (1 - t) · p^gamma · log(1 - p))

    With gamma 2 and before alpha, a positive predicted with p = 0.9 counts 1/100 of
    what it counts in `binary_crossentropy`, one with p = 0.5 counts 1/4.

    Args:
        y_true: `(batch,)`, `(batch, 1)` or `(batch, labels)`, any dtype, values in
            [0, 1]. A trailing axis of size 1 may be missing on either side.
        y_pred: the same shape; probabilities, or logits with `from_logits`. Below
            3.2e-7 the logarithm of a probability continues as its tangent: a
            probability of 0 costs 15.9 and keeps its gradient.
        alpha: in [0, 1]; factor on the positives, with `1 - alpha` on the negatives.
            Low by default, although positives are rare: the focus has already taken
            most of their weight from the many easy negatives. None for no factor.
        gamma: 0 or more; the larger, the less the easy ones count. 0 is crossentropy.
        from_logits: whether `y_pred` holds logits. Prefer them: a probability of
            exactly 0 or 1 has forgotten how far off it was.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider; 0 is certain and right.
        Per-sample. Far below `binary_crossentropy` on the same predictions.

    Raises:
        ValueError: the shapes differ otherwise, or `alpha` or `gamma` is out of range.
            Nothing is broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> float(binary_focal([[1], [0]], [[0.5], [0.0]])[0])  # 1/4 · 1/4 · log 2
        0.0433...

    Source:
        Lin, Goyal, Girshick, He and Dollár, Focal Loss for Dense Object Detection,
        2017, https://arxiv.org/abs/1708.02002. They divide the sum over an image by
        its number of positives; this is the mean over the labels.
        `keras.losses.BinaryFocalCrossentropy` does not use its alpha unless it gets
        `apply_class_balancing=True`, and its gradient is not finite for a gamma below 1
        where p is 0 or 1.
    """
    if alpha is not None and not 0 <= alpha <= 1:
        raise Refused(f"alpha must be in [0, 1] or None, not {alpha}")
    y_true, y_pred = align(y_true, y_pred)

    p, not_p, log_p, log_not_p = binary_log_probs(y_pred, from_logits)
    positive = y_true * focal_factor(not_p, gamma) * -log_p
    negative = (1 - y_true) * focal_factor(p, gamma) * -log_not_p
    if alpha is not None:
        positive, negative = alpha * positive, (1 - alpha) * negative
    return mean_per_sample(positive + negative)


class BinaryFocal(PerSampleLoss, of=binary_focal):
    """`binary_focal` for `model.compile`."""
