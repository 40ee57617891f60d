"""Mean absolute error: how far off, in the units of the target."""

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.shapes import align, mean_per_sample


@loss_function(page="mean_absolute_error/column_minus_vector")
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
    y_true, y_pred = align(y_true, y_pred)
    difference = y_true - y_pred
    # On JAX the gradient of abs is 1 at 0.
    return mean_per_sample(ops.where(difference == 0, 0, ops.abs(difference)))


class MeanAbsoluteError(PerSampleLoss, of=mean_absolute_error):
    """`mean_absolute_error` for `model.compile`."""
