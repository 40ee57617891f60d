"""Binary crossentropy: is it, or is it not?"""

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.crossentropy import binary_crossentropy as terms
from losses.ops.options import check_label_smoothing
from losses.ops.shapes import align, mean_per_sample


@loss_function(page="binary_crossentropy/column_minus_vector")
def binary_crossentropy(
    y_true,
    y_pred,
    *,
    from_logits: bool = False,
    pos_weight=None,
    label_smoothing: float = 0.0,
):
    """Binary crossentropy, one value per sample: the mean over its labels.

        -(pos_weight · t · log p + (1 - t) · log(1 - p))

    Args:
        y_true: `(batch,)`, `(batch, 1)` or `(batch, labels)`, any dtype, values in
            [0, 1]. A trailing axis of size 1 may be missing on either side.
        y_pred: the same shape; probabilities, or logits with `from_logits`. Below
            3.2e-7 the logarithm of a probability continues as its tangent: a
            probability of 0 costs 15.9 and keeps its gradient.
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does. Prefer them: a probability of exactly 0 or 1 has
            forgotten how far off it was.
        pos_weight: factor on the positives, one number or one for each label. Above 1
            for more recall, below 1 for more precision.
        label_smoothing: in [0, 1]; labels become `t · (1 - s) + s / 2`.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider; 0 is certain and right.

    Raises:
        ValueError: the shapes differ otherwise. Nothing is broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> float(binary_crossentropy([[1], [0]], [[0.5], [0.0]])[0])  # log 2
        0.693...

    Source:
        Good, Rational Decisions, 1952, Journal of the Royal Statistical Society B 14.
        Keras clips probabilities, which leaves no gradient where the prediction is
        wrong.
    """
    check_label_smoothing(label_smoothing)
    y_true, y_pred = align(y_true, y_pred)
    y_true = y_true * (1 - label_smoothing) + label_smoothing / 2
    return mean_per_sample(terms(y_true, y_pred, from_logits, pos_weight))


class BinaryCrossentropy(PerSampleLoss, of=binary_crossentropy):
    """`binary_crossentropy` for `model.compile`."""
