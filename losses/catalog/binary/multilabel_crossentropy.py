"""Binary crossentropy of many labels, of which some are not known."""

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.crossentropy import binary_crossentropy as terms
from losses.ops.refusals import Refused
from losses.ops.shapes import align, mean_per_sample


@loss_function(page="binary_crossentropy/column_minus_vector")
def multilabel_crossentropy(
    y_true, y_pred, *, missing: float = -1, pos_weight=None, from_logits: bool = False
):
    """Binary crossentropy, one value per sample: the mean over its known labels.

        -(pos_weight · t · log p + (1 - t) · log(1 - p))

    Args:
        y_true: `(batch, labels)`, any dtype, values in [0, 1], and `missing` or NaN
            where nobody knows. A trailing axis of size 1 may be missing on either side.
        y_pred: the same shape; probabilities, or logits with `from_logits`. One sigmoid
            for each label, no softmax. Below 3.2e-7 the logarithm of a probability
            continues as its tangent: a probability of 0 costs 15.9 and keeps its
            gradient.
        missing: value of `y_true` at the labels that are left out; NaN is always left
            out. A -1 kept as uint8 has become 255.
        pos_weight: factor on the positives, one number or one for each label. The mean
            is not divided by it.
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider; 0 is certain and right. A sample
        of which no label is known is 0, and Keras counts it in the mean of the batch.
        What is predicted for a label that is not known, even NaN, changes neither value
        nor gradient. Per-sample.

    Raises:
        ValueError: the shapes differ otherwise, or `missing` is no value. Nothing is
            broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> float(multilabel_crossentropy([[1, -1, 0]], [[0.5, 0.9, 0.5]])[0])  # log 2
        0.693...

    Source:
        Durand, Mehrasa and Mori, Learning a Deep ConvNet for Multi-label Classification
        with Partial Labels, 2019, https://arxiv.org/abs/1902.09720: their partial
        crossentropy where samples weigh the same however many labels are known
        (alpha = 1, beta = 0, gamma = -1). `pos_weight` is not theirs.
    """
    if missing is None:
        raise Refused(
            "missing must be a number, not None. NaN is left out whatever it is."
        )
    y_true, y_pred = align(y_true, y_pred)
    unknown = ops.logical_or(ops.isnan(y_true), y_true == missing)
    y_true, y_pred = (ops.where(unknown, 0.0, part) for part in (y_true, y_pred))
    values = terms(y_true, y_pred, from_logits, pos_weight)
    return mean_per_sample(values, ops.logical_not(unknown))


class MultilabelCrossentropy(PerSampleLoss, of=multilabel_crossentropy):
    """`multilabel_crossentropy` for `model.compile`."""
