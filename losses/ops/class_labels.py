"""Class labels: ids or one-hot, told apart by shape; ids that no class has; positions
to ignore."""

from keras import ops

from losses.ops.options import check_ignore_class
from losses.ops.refusals import WrongShapes
from losses.ops.shapes import compatible, shape_of, to_tensors, with_sizes_of


def align_classes(y_true, y_pred):
    """Class ids `(batch, ...)`, or one-hot labels of the shape of `y_pred`.

    Told apart by shape, never by dtype, because Keras casts labels to float before a
    loss sees them. `y_pred` is `(batch, ..., classes)`. Ids come back as int32 without
    a trailing axis of size 1, one-hot labels in the dtype of `y_pred`.

    Raises:
        WrongShapes: `y_true` is neither, or there are fewer than two classes.
        WrongDtype: `y_pred` holds integers or booleans.
    """
    return align_class_tensors(*to_tensors(y_true, y_pred))


def align_class_tensors(y_true, y_pred):
    """`align_classes`, of what `to_tensors` has converted."""
    if len(y_pred.shape) < 2 or y_pred.shape[-1] == 1:
        raise WrongShapes(
            f"y_pred {shape_of(y_pred)} must be (batch, ..., classes) with two classes "
            "or more. For a single output use the binary loss of its kind."
        )
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] is None:
        raise WrongShapes(
            f"the last axis of y_true {shape_of(y_true)} is unknown, so class ids and "
            "one-hot labels cannot be told apart. Tell it where the data are made: "
            "tensor.set_shape((None, ..., 1))."
        )
    if compatible(y_true.shape, y_pred.shape) and y_true.shape[-1] != 1:
        return with_sizes_of(y_pred, y_true, len(y_pred.shape)), y_pred
    ids = y_true
    if len(ids.shape) == len(y_pred.shape) and ids.shape[-1] == 1:
        ids = ops.squeeze(ids, axis=-1)
    if not compatible(ids.shape, y_pred.shape[:-1]):
        raise WrongShapes(
            f"y_true {shape_of(y_true)} must be class ids of shape "
            f"{tuple(y_pred.shape[:-1])} or one-hot labels of shape "
            f"{shape_of(y_pred)}, the shape of y_pred."
        )
    return class_ids(ids, y_pred), y_pred


def class_ids(labels, y_pred):
    """Labels as int32, of the sizes of `y_pred` without its last axis. What is no whole
    number becomes an id that no class has."""
    labels = with_sizes_of(y_pred, labels, len(y_pred.shape) - 1)
    # A cast alone makes class 0 of 0.9, and in compiled code of NaN.
    whole = labels == ops.floor(labels)
    return ops.cast(ops.where(whole, labels, -(2.0**31)), "int32")


def is_ids(labels, y_pred):
    """Whether labels are class ids, which have no axis of the classes."""
    return len(labels.shape) < len(y_pred.shape)


def valid_class_ids(ids, y_pred, kept=None):
    """Ids that can be looked up, and a factor: 1, or NaN where an id is kept that no
    class has."""
    exists = ops.logical_and(ids >= 0, ids < ops.shape(y_pred)[-1])
    valid = exists if kept is None else ops.logical_or(exists, ops.logical_not(kept))
    factor = ops.cast(ops.where(valid, 1.0, float("nan")), y_pred.dtype)
    return ops.where(exists, ids, 0), factor


def take_class(values, ids, kept=None):
    """At each position the value of its class: `(..., classes)` to `(...)`. NaN where
    an id is kept that no class has."""
    ids, factor = valid_class_ids(ids, values, kept)
    taken = ops.take_along_axis(values, ops.expand_dims(ids, -1), axis=-1)
    return taken[..., 0] * factor


def one_hot(ids, y_pred, kept=None):
    """One-hot labels, NaN where an id is kept that no class has."""
    ids, factor = valid_class_ids(ids, y_pred, kept)
    labels = ops.one_hot(ids, ops.shape(y_pred)[-1], dtype=y_pred.dtype)
    return labels * factor[..., None]


def kept_positions(labels, y_pred, ignore_class):
    """Which positions of class ids or one-hot labels are not ignored; None for all."""
    if ignore_class is None:
        return None
    ignore_class = check_ignore_class(ignore_class)
    if is_ids(labels, y_pred):
        return labels != ignore_class
    if 0 <= ignore_class < labels.shape[-1]:
        return labels[..., ignore_class] < 0.5
    # In one-hot labels an id that no class has is a row of zeros.
    void = ops.logical_or(labels == 0, labels == ignore_class)
    return ops.logical_not(ops.all(void, axis=-1))


def mask_ignored(values, kept):
    """`values` with 0 at the ignored positions, so that nothing of what stands there,
    not even NaN, reaches value or gradient."""
    return values if kept is None else ops.where(kept[..., None], values, 0)
