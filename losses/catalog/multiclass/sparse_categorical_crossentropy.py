"""Crossentropy from class ids: which class is it?"""

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.class_labels import align_classes, is_ids, kept_positions
from losses.ops.crossentropy import crossentropy
from losses.ops.refusals import WrongShapes
from losses.ops.shapes import mean_per_sample, shape_of


@loss_function(page="sparse_categorical_crossentropy/one_hot_given")
def sparse_categorical_crossentropy(
    y_true,
    y_pred,
    *,
    from_logits: bool = False,
    ignore_class: int | None = None,
    class_weight=None,
):
    """Crossentropy of class ids, one value per sample: the mean over its positions.

        -class_weight[t] · log p[t]

    Args:
        y_true: `(batch,)` class ids for `(batch, classes)`, or `(batch, ...)` for
            `(batch, ..., classes)`, with or without a trailing axis of size 1; any
            dtype.
        y_pred: `(batch, ..., classes)` probabilities, which are divided by their sum,
            or logits with `from_logits`. Below 3.2e-7 the logarithm of a probability
            continues as its tangent: a probability of 0 costs 15.9 and keeps its
            gradient.
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does.
        ignore_class: id of the positions that are left out of the mean. It need not
            be one of the classes: 255 and -1 will do.
        class_weight: one factor for each class. Not divided by their sum, so it does
            what `fit(class_weight=...)` does, and also where that raises.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider. A sample of which every position
        is ignored is 0. An id that no class has gives NaN in every mode.

    Raises:
        ValueError: one-hot labels, or other shapes that do not fit.
        TypeError: `y_pred` holds integers.

    Example:
        >>> float(sparse_categorical_crossentropy([1], [[0.2, 0.5, 0.3]])[0])  # log 2
        0.693...

    Source:
        Good, Rational Decisions, 1952, Journal of the Royal Statistical Society B 14.
        Keras divides probabilities by their sum as well.
    """
    labels, y_pred = align_classes(y_true, y_pred)
    if not is_ids(labels, y_pred):
        raise WrongShapes(
            f"y_true {shape_of(labels)} looks one-hot, having the shape of y_pred "
            f"{shape_of(y_pred)}; it must be class ids of shape "
            f"{tuple(y_pred.shape[:-1])}. Use categorical_crossentropy."
        )
    kept = kept_positions(labels, y_pred, ignore_class)
    values = crossentropy(labels, y_pred, from_logits, class_weight, kept)
    return mean_per_sample(values, kept)


class SparseCategoricalCrossentropy(PerSampleLoss, of=sparse_categorical_crossentropy):
    """`sparse_categorical_crossentropy` for `model.compile`."""
