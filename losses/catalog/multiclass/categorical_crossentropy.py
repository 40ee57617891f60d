"""Crossentropy from one-hot or soft labels: which class is it?"""

import keras
from keras import ops

from losses.ops.elementwise import crossentropy as terms, smoothing
from losses.ops.shapes import PerSampleLoss, align, per_sample, shown


@keras.saving.register_keras_serializable("losses")
def categorical_crossentropy(
    y_true,
    y_pred,
    *,
    from_logits=False,
    label_smoothing=0.0,
    class_weight=None,
    axis=-1,
):
    """Crossentropy of one-hot or soft labels, one value per sample.

        -Σ class_weight[c] · t[c] · log p[c]

    Args:
        y_true: `(batch, classes)` one-hot or soft labels of any dtype; or with more
            axes, over which the mean is taken.
        y_pred: the same shape; probabilities, which are divided by their sum, or logits
            with `from_logits`.
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
    y_true, y_pred = align(
        y_true,
        y_pred,
        "categorical_crossentropy",
        "categorical_crossentropy/class_ids_given",
    )
    rank = len(y_pred.shape)
    if not -rank < axis < rank or axis == 0 or y_pred.shape[axis] == 1:
        raise ValueError(
            f"categorical_crossentropy: y_true {shown(y_true)} and y_pred "
            f"{shown(y_pred)} must have two classes or more on axis {axis}. For a "
            "single output use binary_crossentropy. "
            "More: losses explain categorical_crossentropy/class_ids_given"
        )
    y_true, y_pred = ops.moveaxis(y_true, axis, -1), ops.moveaxis(y_pred, axis, -1)
    total = ops.sum(y_true, axis=-1, keepdims=True)
    even = total / ops.cast(ops.shape(y_pred)[-1], total.dtype)
    smoothed = smoothing(label_smoothing, "categorical_crossentropy")
    y_true = y_true * (1 - smoothed) + even * smoothed
    values, _ = terms(
        y_true, y_pred, from_logits, None, class_weight, "categorical_crossentropy"
    )
    return per_sample(values)


@keras.saving.register_keras_serializable("losses")
class CategoricalCrossentropy(PerSampleLoss):
    """`categorical_crossentropy` for `model.compile`."""

    def __init__(
        self,
        *,
        from_logits=False,
        label_smoothing=0.0,
        class_weight=None,
        axis=-1,
        reduction="sum_over_batch_size",
        name="categorical_crossentropy",
        dtype=None,
    ):
        super().__init__(
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            class_weight=class_weight,
            axis=axis,
            reduction=reduction,
            name=name,
            dtype=dtype,
        )

    def call(self, y_true, y_pred):
        return categorical_crossentropy(y_true, y_pred, **self.options)
