"""Mean absolute error: how far off, in the units of the target."""

import keras
from keras import ops

from losses.ops.shapes import PerSampleLoss, align, per_sample


@keras.saving.register_keras_serializable("losses")
def mean_absolute_error(y_true, y_pred):
    """Mean absolute error, one value per sample.

        mean |t - p|

    Args:
        y_true: `(batch, ...)` numbers of any dtype. A trailing axis of size 1 may be
            missing on either side.
        y_pred: `(batch, ...)` predictions, the same shape.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider, in units of `y_true`; the mean
        over every axis but the first.

    Raises:
        ValueError: the shapes differ otherwise. Nothing is broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> float(mean_absolute_error([[1, 2]], [[1.0, 4.0]])[0])  # (0 + 2) / 2
        1.0

    Source:
        Laplace, Mémoire sur la probabilité des causes, 1774. Keras takes the mean over
        the last axis only, as it does for `mean_squared_error`.
    """
    y_true, y_pred = align(
        y_true, y_pred, "mean_absolute_error", "mean_absolute_error/column_minus_vector"
    )
    difference = y_true - y_pred
    # On JAX the gradient of abs is 1 at 0.
    return per_sample(ops.where(difference == 0, 0, ops.abs(difference)))


@keras.saving.register_keras_serializable("losses")
class MeanAbsoluteError(PerSampleLoss):
    """`mean_absolute_error` for `model.compile`."""

    def __init__(
        self, *, reduction="sum_over_batch_size", name="mean_absolute_error", dtype=None
    ):
        super().__init__(
            reduction=reduction,
            name=name,
            dtype=dtype,
        )

    def call(self, y_true, y_pred):
        return mean_absolute_error(y_true, y_pred)
