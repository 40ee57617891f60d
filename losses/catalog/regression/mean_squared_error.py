"""Mean squared error: how far off, large errors above all."""

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.shapes import align, mean_per_sample


@loss_function(page="mean_squared_error/column_minus_vector")
def mean_squared_error(y_true, y_pred):
    """Mean squared error, one value per sample.

        mean (t - p)²

    Args:
        y_true: `(batch, ...)` numbers of any dtype. A trailing axis of size 1 may be
            missing on either side.
        y_pred: `(batch, ...)` predictions, the same shape.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider, in squared units of `y_true`;
        the mean over every axis but the first.

    Raises:
        ValueError: the shapes differ otherwise. Nothing is broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> float(mean_squared_error([[1, 2]], [[1.0, 4.0]])[0])  # (0 + 4) / 2
        2.0

    Source:
        Gauss, Theoria combinationis observationum, 1823. Keras takes the mean over the
        last axis only: for `(batch, time, features)` it returns `(batch, time)`, which
        a `sample_weight` of shape `(batch,)` does not fit.
    """
    y_true, y_pred = align(y_true, y_pred)
    return mean_per_sample(ops.square(y_true - y_pred))


class MeanSquaredError(PerSampleLoss, of=mean_squared_error):
    """`mean_squared_error` for `model.compile`."""
