"""Crossentropy from class ids: which class is it?"""

import keras

from losses.ops.elementwise import crossentropy as terms
from losses.ops.shapes import PerSampleLoss, align_classes, per_sample, shown


@keras.saving.register_keras_serializable("losses")
def sparse_categorical_crossentropy(
    y_true, y_pred, *, from_logits=False, ignore_class=None, class_weight=None
):
    """Crossentropy of class ids, one value per sample: the mean over its positions.

        -class_weight[t] · log p[t]

    Args:
        y_true: `(batch,)` class ids for `(batch, classes)`, or `(batch, ...)` for
            `(batch, ..., classes)`, with or without a trailing axis of size 1; any
            dtype.
        y_pred: `(batch, ..., classes)` probabilities, which are divided by their sum,
            or logits with `from_logits`.
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
    labels, y_pred = align_classes(
        y_true,
        y_pred,
        "sparse_categorical_crossentropy",
        "sparse_categorical_crossentropy/one_hot_given",
    )
    if len(labels.shape) == len(y_pred.shape):
        raise ValueError(
            f"sparse_categorical_crossentropy: y_true {shown(labels)} looks one-hot, "
            f"having the shape of y_pred {shown(y_pred)}; it must be class ids of "
            f"shape {tuple(y_pred.shape[:-1])}. Use categorical_crossentropy. "
            "More: losses explain sparse_categorical_crossentropy/one_hot_given"
        )
    values, counted = terms(
        labels,
        y_pred,
        from_logits,
        ignore_class,
        class_weight,
        "sparse_categorical_crossentropy",
    )
    return per_sample(values, counted)


@keras.saving.register_keras_serializable("losses")
class SparseCategoricalCrossentropy(PerSampleLoss):
    """`sparse_categorical_crossentropy` for `model.compile`."""

    def __init__(
        self,
        *,
        from_logits=False,
        ignore_class=None,
        class_weight=None,
        reduction="sum_over_batch_size",
        name="sparse_categorical_crossentropy",
        dtype=None,
    ):
        super().__init__(
            from_logits=from_logits,
            ignore_class=ignore_class,
            class_weight=class_weight,
            reduction=reduction,
            name=name,
            dtype=dtype,
        )

    def call(self, y_true, y_pred):
        return sparse_categorical_crossentropy(y_true, y_pred, **self.options)
