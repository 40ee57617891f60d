"""The loss of the sparsemax, which gives most classes a probability of exactly 0."""

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.class_labels import align_classes, is_ids, take_class
from losses.ops.crossentropy import largest
from losses.ops.shapes import mean_per_sample


@loss_function(page="sparsemax_loss/ids_as_one_hot")
def sparsemax_loss(y_true, y_pred):
    """Sparsemax loss, one value per sample: the mean over its positions.

        Σ_c p · (z - p / 2) + t · (t / 2 - z),  p = sparsemax(z)

    The sparsemax is the point nearest to the logits z among all probabilities: what
    exceeds a threshold, `max(0, z - threshold)`. The gradient is `p - t`, and both loss
    and gradient are 0 once the logit of the label leads by 1. `keras.ops.sparsemax` of
    Keras up to 3.15.1 gives other numbers, see sparsemax_loss/sparsemax_of_keras.

    Args:
        y_true: `(batch, classes)` one-hot or soft labels for `(batch, classes)`, or
            `(batch,)` class ids, with or without a trailing axis of size 1; or with
            more axes before the classes, over which the mean is taken; any dtype. Told
            apart by shape.
        y_pred: `(batch, ..., classes)` logits z, never probabilities.

    Returns:
        `(batch,)` values, 0 or more where the labels add up to 1, float32 or wider.
        Per-sample. An id that no class has gives NaN in every mode.

    Raises:
        ValueError: shapes that do not fit.
        TypeError: `y_pred` holds integers.

    Example:
        >>> z = [[0.5, 0.0, -1.0]]  # sparsemax: 3/4, 1/4 and 0
        >>> float(sparsemax_loss([[0, 1, 0]], z)[0])  # 3/32 - 1/32 + 1/2
        0.5625

    Source:
        Martins and Astudillo, From Softmax to Sparsemax: A Sparse Model of Attention
        and Multi-Label Classification, 2016, https://arxiv.org/abs/1602.02068. As in
        TensorFlow Addons, whose `SparsemaxLoss` has this value.
    """
    labels, y_pred = align_classes(y_true, y_pred)
    most = largest(y_pred)
    z = y_pred - most
    of_labels, total = _of_labels(labels, z)
    # Labels that add up to 1 give the same wherever z starts.
    moved = most[..., 0] * (1 - total)
    return mean_per_sample(_of_sparsemax(z) + of_labels + moved)


class SparsemaxLoss(PerSampleLoss, of=sparsemax_loss):
    """`sparsemax_loss` for `model.compile`."""


def _of_sparsemax(z):
    """Σ p · (z - p / 2), of logits whose largest is 0."""
    chosen = _support(z)
    z = ops.where(chosen, z, 0.0)
    count = ops.sum(ops.cast(chosen, z.dtype), axis=-1, keepdims=True)
    threshold = (ops.sum(z, axis=-1, keepdims=True) - 1) / count
    p = ops.where(chosen, z - threshold, 0.0)
    return ops.sum(p * (z - p / 2), axis=-1)


def _support(z):
    """The classes with a probability above 0, and those that are NaN.

    A class is among them if it is so in a sparsemax of it and all that are larger. The
    threshold is -1 at least: what lies below may be anything.
    """
    z = ops.stop_gradient(z)
    larger = ops.flip(ops.sort(ops.maximum(z, -1.0), axis=-1), axis=-1)
    total = ops.cumsum(larger, axis=-1)
    number = ops.cast(ops.arange(1, ops.shape(z)[-1] + 1), z.dtype)
    among = ops.cast(1 + number * larger > total, z.dtype)
    count = ops.sum(among, axis=-1, keepdims=True)
    total = ops.sum(among * larger, axis=-1, keepdims=True)
    return ops.logical_not(z <= (total - 1) / count)


def _of_labels(labels, z):
    """Σ t · (t / 2 - z), and Σ t."""
    if is_ids(labels, z):
        return 0.5 - take_class(z, labels), 1.0
    # A class that is not asked for may have a logit of -inf.
    terms = ops.where(labels == 0, 0.0, labels * (labels / 2 - z))
    return ops.sum(terms, axis=-1), ops.sum(labels, axis=-1)
