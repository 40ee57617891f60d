"""CORN: is it higher than this rank, given that it is as high?"""

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.class_labels import class_ids
from losses.ops.refusals import WrongShapes
from losses.ops.shapes import compatible, mean_per_sample, shape_of, to_tensors


@loss_function(page="corn/one_output_for_each_class")
def corn(y_true, y_pred):
    """CORN loss for ordered classes, one value per sample: minus the logarithm of the
    probability of its class.

        -Σ_{k < t} log f[k] - log(1 - f[t]),  f = sigmoid(y_pred)

    Task k says how likely the class is above k, given that it is k or above. Only the
    samples of which that is true train it, so a sample of class t counts in the tasks
    0 … t. Above the highest class there is nothing, and the last term is missing there.

    Args:
        y_true: `(batch,)` class ids from 0, lowest first, for `(batch, classes - 1)`,
            or `(batch, ...)` for `(batch, ..., classes - 1)`, with or without a
            trailing axis of size 1; any dtype.
        y_pred: `(batch, classes - 1)` logits, one fewer than there are classes, or with
            more axes before, over which the mean is taken. The probability of a class
            above k is `ops.cumprod(ops.sigmoid(y_pred), axis=-1)[..., k]`, and the
            predicted class is how many of these are above 1/2.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider. Per-sample. An id that no class
        has gives NaN in every mode.

    Raises:
        ValueError: one-hot labels, or other shapes that do not fit.
        TypeError: `y_pred` holds integers.

    Example:
        >>> loss = corn([0, 1, 2], [[0.0, 0.0]] * 3)  # log 2, 2 log 2, 2 log 2
        >>> float(loss[0]), float(loss[2])
        (0.693..., 1.386...)

    Source:
        Shi, Cao and Raschka, Deep Neural Networks for Rank-Consistent Ordinal
        Regression Based On Conditional Probabilities, 2021,
        https://arxiv.org/abs/2111.08851. They divide the sum over a batch by the number
        of tasks that its samples count in, which depends on the batch. Here each sample
        has its sum. Their number, and that of coral_pytorch 1.4, is `Σ loss / Σ tasks`
        over the batch with `tasks = min(y_true + 1, classes - 1)`.
    """
    ids, y_pred = _labels(*to_tensors(y_true, y_pred))
    last = ops.shape(y_pred)[-1]
    exists = ops.logical_and(ids >= 0, ids <= last)
    factor = ops.cast(ops.where(exists, 1.0, float("nan")), y_pred.dtype)

    ids, task = ops.expand_dims(ids, -1), ops.arange(last, dtype="int32")
    trained = task <= ids
    logits = ops.where(trained, y_pred, 0)
    values = ops.softplus(ops.where(task < ids, -logits, logits))
    return mean_per_sample(ops.sum(ops.where(trained, values, 0), axis=-1) * factor)


class Corn(PerSampleLoss, of=corn):
    """`corn` for `model.compile`."""


def _labels(ids, y_pred):
    """int32 ids of the shape of `y_pred` without its tasks, and `y_pred`."""
    if len(y_pred.shape) < 2:
        raise WrongShapes(
            f"y_pred {shape_of(y_pred)} must be (batch, classes - 1); for two classes "
            "give it an axis of size 1, y_pred[:, None]."
        )
    # No other last axis is allowed, so one that is not known yet is 1.
    if len(ids.shape) == len(y_pred.shape) and ids.shape[-1] in (1, None):
        ids = ops.squeeze(ids, axis=-1)
    if not compatible(ids.shape, y_pred.shape[:-1]):
        raise WrongShapes(
            f"y_true {shape_of(ids)} must be class ids of shape "
            f"{tuple(y_pred.shape[:-1])} for y_pred {shape_of(y_pred)}, not one-hot or "
            "a label for each task. Take their argmax or their sum over the last axis, "
            "and give the model one output fewer than there are classes."
        )
    return class_ids(ids, y_pred), y_pred
