"""Several tasks or outputs: cut a tensor by name, run a loss on each part."""

from numbers import Integral

import keras
from keras import ops

from losses.ops.shapes import PerSampleLoss, fit_together, per_sample, shown, tensors

# Losses of Keras whose labels are not of the shape of the predictions.
LABELS_OF_ANOTHER_SHAPE = (
    "categorical_generalized_cross_entropy",
    "circle",
    "ctc",
    "sparse_categorical_crossentropy",
)


@keras.saving.register_keras_serializable("losses")
class OutputLoss(PerSampleLoss):
    """The loss of one output of `weighted_multi_output`, checked on every path."""

    def __init__(self, loss, *, name, reduction="sum_over_batch_size", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.loss = keras.losses.get(loss)

    def call(self, y_true, y_pred):
        where = f"weighted_multi_output: output {self.name!r}"
        see = "weighted_multi_output/labels_in_the_wrong_order"
        return values_of(self.loss, y_true, y_pred, where, see)

    def get_config(self):
        loss = keras.saving.serialize_keras_object(self.loss)
        return {**super().get_config(), "loss": loss}


def values_of(loss, y_true, y_pred, where, see):
    """`loss` on one part, as `(batch,)` values, float32 or wider.

    Args:
        loss: a function of `(y_true, y_pred)`, a `keras.losses.Loss`, of which the
            reduction is not used, or the name of a Keras loss.
        y_true: labels; a trailing axis of size 1 that one side lacks is added to it.
        y_pred: predictions.
        where: what an error message starts with.
        see: id of the broken variant that an error message refers to.

    Raises:
        ValueError: the shapes differ where Keras would broadcast them, or what comes
            back is not one tensor with a value for each sample.
    """
    loss = keras.losses.get(loss)
    y_true, y_pred = tensors(y_true, y_pred, where)
    y_true, y_pred = _column(y_true, y_pred), _column(y_pred, y_true)
    compared = None if _is_elementwise(loss) else 1
    if not fit_together(y_true.shape[:compared], y_pred.shape[:compared]):
        raise ValueError(
            f"{where}: y_true {shown(y_true)} and y_pred {shown(y_pred)} do not belong "
            "together; arithmetic would raise or broadcast them. Give the labels in "
            f"the order of the predictions, best by name. More: losses explain {see}"
        )

    call = loss.call if isinstance(loss, keras.losses.Loss) else loss
    values = call(y_true, y_pred)

    several = isinstance(values, (list, tuple, dict))
    shape = None if several else tuple(ops.shape(values))
    if several or not fit_together(shape[:1], y_pred.shape[:1]):
        what = f"a {type(values).__name__}" if several else f"shape {shape}"
        raise ValueError(
            f"{where}: its loss returned {what} for y_true {shown(y_true)} and "
            f"y_pred {shown(y_pred)}; it must return one value per sample. Take the "
            "mean over every axis but the first, and the sum of several losses. "
            "More: losses explain mean_squared_error/sum_over_everything"
        )
    return per_sample(values)


def pairs(given, where, form):
    """`given`, refused unless it is a dict of pairs: then they can be taken apart."""
    if not isinstance(given, dict) or not all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in given.values()
    ):
        raise ValueError(f"{where} must be a dict {form}, but is {given!r}")
    return given


def cut(tensor, widths, where, see):
    """A dict of slices of the last axis, side by side in the order of `widths`."""
    columns = list(widths.values())
    if not all(isinstance(width, Integral) and width > 0 for width in columns):
        raise ValueError(
            f"{where} cannot be cut into {widths}: a width is a number of columns, 1 "
            f"or more. More: losses explain {see}"
        )
    if len(tensor.shape) < 2 or tensor.shape[-1] not in (None, sum(columns)):
        raise ValueError(
            f"{where} {shown(tensor)} cannot be cut into {widths}, which takes "
            f"(batch, ..., {sum(columns)}). More: losses explain {see}"
        )
    parts, start = {}, 0
    for name, width in widths.items():
        parts[name] = tensor[..., start : start + width]
        start += width
    return parts


def same_names(given, known, where):
    """Refuse names that are missing or unknown; a dict would pass in silence."""
    if set(given) != set(known):
        missing = [name for name in known if name not in given]
        unknown = [name for name in given if name not in known]
        raise ValueError(
            f"{where} must have the names {list(known)}, but has {list(given)}: "
            f"missing {missing}, unknown {unknown}"
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
