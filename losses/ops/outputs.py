"""Several tasks or outputs: cut a tensor by name, run a loss on each part."""

from numbers import Integral

import keras
from keras import ops

from losses.ops.refusals import Refused, WrongShapes
from losses.ops.shapes import compatible, mean_per_sample, shape_of, to_tensors

# Losses of Keras whose labels are not of the shape of the predictions.
LABELS_OF_ANOTHER_SHAPE = (
    "categorical_generalized_cross_entropy",
    "circle",
    "ctc",
    "sparse_categorical_crossentropy",
)


def values_of(loss, y_true, y_pred):
    """`loss` on one part, as `(batch,)` values, float32 or wider.

    Args:
        loss: a function of `(y_true, y_pred)`, a `keras.losses.Loss`, of which the
            reduction is not used, or the name of a Keras loss.
        y_true: labels; a trailing axis of size 1 that one side lacks is added to it.
        y_pred: predictions.

    Raises:
        WrongShapes: the shapes differ where Keras would broadcast them.
        Refused: what comes back is not one tensor with a value for each sample.
    """
    loss = keras.losses.get(loss)
    y_true, y_pred = to_tensors(y_true, y_pred)
    y_true, y_pred = _column(y_true, y_pred), _column(y_pred, y_true)
    compared = None if _is_elementwise(loss) else 1
    if not compatible(y_true.shape[:compared], y_pred.shape[:compared]):
        raise WrongShapes(
            f"y_true {shape_of(y_true)} and y_pred {shape_of(y_pred)} do not belong "
            "together; arithmetic would raise or broadcast them. Give the labels in "
            "the order of the predictions, best by name."
        )

    call = loss.call if isinstance(loss, keras.losses.Loss) else loss
    values = call(y_true, y_pred)

    several = isinstance(values, (list, tuple, dict))
    shape = None if several else tuple(ops.shape(values))
    if several or not compatible(shape[:1], y_pred.shape[:1]):
        what = f"a {type(values).__name__}" if several else f"shape {shape}"
        raise Refused(
            f"its loss returned {what} for y_true {shape_of(y_true)} and y_pred "
            f"{shape_of(y_pred)}; it must return one value per sample. Take the mean "
            "over every axis but the first, and the sum of several losses. "
            "More: losses explain mean_squared_error/sum_over_everything"
        )
    return mean_per_sample(values)


def check_pairs(option, pairs, form):
    """`pairs`, refused unless it is a dict of pairs: then they can be taken apart."""
    if not isinstance(pairs, dict) or not all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in pairs.values()
    ):
        raise Refused(f"{option} must be a dict {form}, but is {pairs!r}")
    return pairs


def cut(tensor, widths, side):
    """A dict of slices of the last axis, side by side in the order of `widths`."""
    columns = list(widths.values())
    if not all(isinstance(width, Integral) and width > 0 for width in columns):
        raise WrongShapes(
            f"{side} cannot be cut into {widths}: a width is a number of columns, 1 or "
            "more."
        )
    if len(tensor.shape) < 2 or tensor.shape[-1] not in (None, sum(columns)):
        raise WrongShapes(
            f"{side} {shape_of(tensor)} cannot be cut into {widths}, which takes "
            f"(batch, ..., {sum(columns)})."
        )
    parts, start = {}, 0
    for name, width in widths.items():
        parts[name] = tensor[..., start : start + width]
        start += width
    return parts


def check_same_names(names, known, what):
    """Refuse names that are missing or unknown; a dict would pass in silence."""
    if set(names) != set(known):
        missing = [name for name in known if name not in names]
        unknown = [name for name in names if name not in known]
        raise Refused(
            f"{what} must have the names {list(known)}, but has {list(names)}: missing "
            f"{missing}, unknown {unknown}"
        )


def _column(tensor, other):
    """With a trailing axis of size 1, if the other has it or neither has any axis but
    the batch."""
    rank = len(tensor.shape)
    lacks_one = len(other.shape) == rank + 1 and other.shape[-1] == 1
    bare = rank == len(other.shape) == 1
    return ops.expand_dims(tensor, -1) if lacks_one or bare else tensor


def _is_elementwise(loss):
    """Whether it is a loss of Keras that would broadcast labels of another shape."""
    function = getattr(loss, "fn", loss)
    module, name = (
        getattr(function, field, "") for field in ("__module__", "__name__")
    )
    return module.startswith("keras.") and name not in LABELS_OF_ANOTHER_SHAPE
