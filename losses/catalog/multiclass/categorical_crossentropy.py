"""Crossentropy from one-hot or soft labels: which class is it?"""

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.crossentropy import crossentropy
from losses.ops.options import check_label_smoothing
from losses.ops.refusals import WrongShapes
from losses.ops.shapes import align, mean_per_sample, shape_of


@loss_function(page="categorical_crossentropy/class_ids_given")
def categorical_crossentropy(
    y_true,
    y_pred,
    *,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    class_weight=None,
    axis: int = -1,
):
    """Crossentropy of one-hot or soft labels, one value per sample.

        -Σ class_weight[c] · t[c] · log p[c]

    Args:
        y_true: `(batch, classes)` one-hot or soft labels of any dtype; or with more
            axes, over which the mean is taken.
        y_pred: the same shape; probabilities, which are divided by their sum, or logits
            with `from_logits`. Below 3.2e-7 the logarithm of a probability continues as
            its tangent: a probability of 0 costs 15.9 and keeps its gradient.
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does.
        label_smoothing: in [0, 1]; labels become `t · (1 - s) + s · Σ t / classes`. A
            row of zeros stays one, so that a row blanked out counts nothing.
        class_weight: one factor for each class. Not divided by their sum, so it does
            what `fit(class_weight=...)` does.
        axis: where the classes are.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider.

    Raises:
        ValueError: class ids, or other shapes that do not fit.
        TypeError: `y_pred` holds integers.

    Example:
        >>> float(categorical_crossentropy([[0, 1, 0]], [[0.2, 0.5, 0.3]])[0])  # log 2
        0.693...

    Source:
        Good, Rational Decisions, 1952, Journal of the Royal Statistical Society B 14;
        smoothing: Szegedy et al., Rethinking the Inception Architecture, 2015,
        https://arxiv.org/abs/1512.00567. Keras divides probabilities as well.
    """
    check_label_smoothing(label_smoothing)
    y_true, y_pred = align(y_true, y_pred)
    rank = len(y_pred.shape)
    if not -rank < axis < rank or axis == 0 or y_pred.shape[axis] == 1:
        raise WrongShapes(
            f"y_true {shape_of(y_true)} and y_pred {shape_of(y_pred)} must have two "
            f"classes or more on axis {axis}. For a single output use "
            "binary_crossentropy."
        )
    y_true, y_pred = ops.moveaxis(y_true, axis, -1), ops.moveaxis(y_pred, axis, -1)

    total = ops.sum(y_true, axis=-1, keepdims=True)
    even = total / ops.cast(ops.shape(y_pred)[-1], total.dtype)
    y_true = y_true * (1 - label_smoothing) + even * label_smoothing
    return mean_per_sample(crossentropy(y_true, y_pred, from_logits, class_weight))


class CategoricalCrossentropy(PerSampleLoss, of=categorical_crossentropy):
    """`categorical_crossentropy` for `model.compile`."""
