"""Deep supervision: outputs at several scales, each with the labels of its size."""

from math import prod

import keras
from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.options import plain
from losses.ops.outputs import check_same_names, values_of
from losses.ops.refusals import Refused, WrongShapes, refusals_of
from losses.ops.shapes import compatible, shape_of

PAGE = "deep_supervision/labels_not_resized"
INFINITE = float("inf")


@loss_function(page=PAGE)
def deep_supervision(y_true, y_pred, *, losses, weights=None):
    """Weighted mean of the losses of outputs at several scales, one value per sample.

        Σ weight · loss(t at the size of p, p) / Σ weight

    The labels are those of the full size. For a smaller output the pixel in the middle
    of each of its pixels is taken, so that class ids stay ids and masks stay masks.

    In `fit` Keras calls a loss once for each output, with labels of its own:

        loss = losses.DeepSupervision(losses.Dice())
        model.compile("adam", **loss.compile_args(model))
        model.fit(x, [y, y, y])  # or a dict, as the outputs of the model are

    Args:
        y_true: labels of the full size in a form that the losses take: class ids,
            one-hot labels or masks, `(batch, height, width, ...)`. One for all outputs,
            or a list or dict of them like `y_pred`. Any number of spatial axes.
        y_pred: a list of outputs, the finest first, or a dict of them, each as large as
            the labels or smaller by any stride. One tensor is one output.
        losses: one loss for all outputs, or a list or dict with one for each: a
            function that returns one value per sample, a `keras.losses.Loss`, or the
            name of a Keras loss.
        weights: a number for each output, 0 or more, as a list or dict; divided by
            their sum. By default each counts half of the one before: 1, ½, ¼ … Outputs
            by name need weights by name. An output of weight 0 is left out; in `fit`
            Keras multiplies its loss by 0, and NaN stays NaN.

    Returns:
        `(batch,)` values, float32 or wider. Per-sample where the losses are.

    Raises:
        ValueError: the labels are not of the full size, there is not one loss and one
            weight for each output, a loss does not return one value per sample, or
            without weights the finest output is not the first.
        TypeError: a prediction holds integers.

    Example:
        >>> mask = [[[0.0, 0.0, 1.0, 1.0]]]
        >>> fine, coarse = [[[0.0, 1.0, 1.0, 1.0]]], [[[0.0, 0.0]]]
        >>> value = deep_supervision(mask, [fine, coarse], losses="mse", weights=[3, 1])
        >>> float(value[0])  # (3 · 1/4 + 1 · 1/2) / (3 + 1)
        0.3125

    Source:
        Lee, Xie, Gallagher, Zhang and Tu, Deeply-Supervised Nets, 2014,
        https://arxiv.org/abs/1409.5185. The weights are those of nnU-Net, Isensee et
        al., 2018, https://arxiv.org/abs/1809.10486, whose code gives 0 to the coarsest
        output.
    """
    ordered = not isinstance(y_pred, dict)
    several = isinstance(y_pred, (list, tuple, dict))
    pred = y_pred if not ordered else dict(enumerate(y_pred if several else [y_pred]))
    true = _labels(y_true, pred)
    losses = _one_each(losses, pred, ordered, "losses")
    shares = _shares(weights, pred, ordered)
    if weights is None:
        _check_order([part for part in pred.values() if hasattr(part, "shape")])
    if not several:
        return _alone(losses[0], true[0], y_pred)
    return sum(
        share * _value(name, losses[name], true[name], pred[name])
        for name, share in shares.items()
        if share
    )


@keras.saving.register_keras_serializable("losses")
class DeepSupervision(PerSampleLoss):
    """`deep_supervision` for custom loops; for `model.compile`: `compile_args`."""

    def __init__(
        self,
        losses,
        *,
        weights=None,
        reduction: str | None = "sum_over_batch_size",
        name: str = "deep_supervision",
        dtype: str | None = None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        losses, weights = _each(keras.losses.get, losses), _each(plain, weights)
        self.options = {"losses": losses, "weights": weights}

    def call(self, y_true, y_pred):
        return deep_supervision(y_true, y_pred, **self.options)

    @refusals_of("deep_supervision", PAGE)
    def compile_args(self, model):
        """`loss=` and `loss_weights=` for `model.compile`, by the names of its outputs.

        Keras calls a loss once for each output, so each gets its own, which brings the
        labels to the size of the output.

            model.compile("adam", **loss.compile_args(model))

        Raises:
            ValueError: there is not one loss and one weight for each output.
        """
        outputs = getattr(model, "output", None)
        ordered = not isinstance(outputs, dict)
        names = list(getattr(model, "output_names", ()) if ordered else outputs)
        if not names:
            raise Refused(
                "this model does not tell the names of its outputs. Give a functional "
                "model, keras.Model(inputs, outputs)."
            )
        losses = _one_each(self.options["losses"], names, ordered, "losses")
        if self.options["weights"] is None and ordered:
            _check_order(model.outputs)
        common = {"reduction": self.reduction, "dtype": self.dtype}
        return {
            "loss": {
                name: _DeepSupervisionOutput(losses[name], name=name, **common)
                for name in names
            },
            "loss_weights": _shares(self.options["weights"], names, ordered),
        }

    def get_config(self):
        losses = _each(keras.saving.serialize_keras_object, self.options["losses"])
        return {**super().get_config(), "losses": losses}


@keras.saving.register_keras_serializable("losses")
class _DeepSupervisionOutput(PerSampleLoss):
    """The loss of one output inside `fit`, with labels of the full size."""

    def __init__(self, loss, *, name, reduction="sum_over_batch_size", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.options = {"loss": keras.losses.get(loss)}

    def call(self, y_true, y_pred):
        return _value(self.name, self.options["loss"], y_true, y_pred)

    def get_config(self):
        loss = keras.saving.serialize_keras_object(self.options["loss"])
        return {**super().get_config(), "loss": loss}


def _value(name, loss, y_true, y_pred):
    named = refusals_of(f"deep_supervision: output {name!r}", PAGE)
    return named(_of_scale)(loss, y_true, y_pred)


def _of_scale(loss, y_true, y_pred):
    """The loss of an output with the labels brought to its size."""
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    return values_of(loss, _resized(y_true, y_pred), y_pred)


def _alone(loss, y_true, y_pred):
    """The loss of a single output, which has the size of the labels."""
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    axes = _spatial_axes(y_true.shape, y_pred.shape)
    sizes = ([part.shape[axis] for axis in axes] for part in (y_true, y_pred))
    if not compatible(*sizes):
        raise Refused(
            f"y_pred {shape_of(y_pred)} is one tensor, smaller than y_true "
            f"{shape_of(y_true)}. Give all outputs in a list; in compile, where Keras "
            "calls a loss for one output after the other: "
            "model.compile(**loss.compile_args(model)). More: losses explain "
            "deep_supervision/list_of_outputs_in_fit"
        )
    return values_of(loss, y_true, y_pred)


def _resized(y_true, y_pred):
    """The labels in the middle of each pixel of `y_pred`."""
    for axis in _spatial_axes(y_true.shape, y_pred.shape):
        full, size = y_true.shape[axis], y_pred.shape[axis]
        if None not in (full, size) and not _is_smaller(size, full):
            raise WrongShapes(
                f"y_pred {shape_of(y_pred)} is no smaller version of y_true "
                f"{shape_of(y_true)}: no stride makes {size} of {full} pixels. Give "
                "the labels of the full size, with their axes in the order of those of "
                "the prediction."
            )
        if full is None or full != size:
            full, size = ops.shape(y_true)[axis], ops.shape(y_pred)[axis]
            middle = (2 * ops.arange(size, dtype="int32") + 1) * full // (2 * size)
            y_true = ops.take(y_true, middle, axis=axis)
    return y_true


def _spatial_axes(true, pred):
    """Those that labels and predictions both have, but for batch and classes."""
    with_classes = len(true) == len(pred) and (len(true) > 3 or true[-1:] == (1,))
    return range(1, min(len(true), len(pred)) - with_classes)


def _is_smaller(size, full):
    """Whether some stride makes `size` of `full` pixels, rounded up or down."""
    strides = (full // max(size, 1), -(-full // max(size, 1)))
    return any(size in (full // s, -(-full // s)) for s in strides if s)


def _labels(y_true, outputs):
    """A dict of the labels of each output, which may be those of all."""
    if isinstance(y_true, dict):
        check_same_names(y_true, outputs, "y_true")
        return y_true
    if isinstance(y_true, (list, tuple)) and all(hasattr(t, "shape") for t in y_true):
        return _one_each(y_true, outputs, True, "y_true")
    return dict.fromkeys(outputs, y_true)


def _shares(weights, names, ordered):
    """The weights of the outputs, which add up to 1."""
    if weights is None and not ordered and len(names) > 1:
        raise Refused(
            f"the outputs {list(names)} come by name, and a dict does not tell which "
            "is the finest. Give the weights by name: weights={name: weight}."
        )
    if weights is None:
        weights = [2.0**-number for number in range(len(names))]
    elif not isinstance(weights, (list, tuple, dict)):
        weights = plain(weights)
    weights = _one_each(weights, names, ordered, "weights")
    weights = {name: plain(weight) for name, weight in weights.items()}
    total = sum(weights.values())
    if not all(weight >= 0 for weight in weights.values()) or not 0 < total < INFINITE:
        raise Refused(
            "weights must be numbers of 0 or more, and one of them above 0, not "
            f"{list(weights.values())}"
        )
    return {name: weight / total for name, weight in weights.items()}


def _check_order(outputs):
    """Refuse outputs of which one is larger than the one before: by default it would
    count half as much."""
    shapes = [tuple(output.shape) for output in outputs]
    known = [shape for shape in shapes if None not in shape[1:-1]]
    sizes = [prod(shape[1:-1]) for shape in known]
    if sizes != sorted(sizes, reverse=True):
        raise Refused(
            f"the outputs {known} are not in the order from the finest to the "
            "coarsest, in which each counts half of the one before. Put the finest "
            "first, or give the weights."
        )


def _one_each(values, names, ordered, option):
    """A dict with one for each output."""
    if isinstance(values, dict):
        check_same_names(values, names, option)
        return values
    if not isinstance(values, (list, tuple)):
        return dict.fromkeys(names, values)
    if not ordered:
        raise Refused(
            f"{option} is a list, but the outputs {list(names)} come by name, in no "
            f"order to rely on. Give a dict: {option}={{name: ...}}."
        )
    if len(values) != len(names):
        raise Refused(
            f"{option} has {len(values)} entries for {len(names)} outputs. Give one "
            "for each. In compile, where Keras calls a loss for one output after the "
            "other: model.compile(**loss.compile_args(model)). "
            "More: losses explain deep_supervision/list_of_outputs_in_fit"
        )
    return dict(zip(names, values))


def _each(function, values):
    """`function` of one, or of each in a list or dict, which a loss from a file is."""
    if isinstance(values, dict) and not {"class_name", "config"} <= values.keys():
        return {name: function(part) for name, part in values.items()}
    if isinstance(values, (list, tuple)):
        return [function(part) for part in values]
    return function(values)
