"""Weighted multi-output: a loss and a weight for each output, always by name."""

import keras
from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.outputs import check_pairs, check_same_names, cut, values_of
from losses.ops.refusals import Refused, WrongShapes, refusals_of
from losses.ops.shapes import shape_of

PAGE = "weighted_multi_output/first_column_as_a_vector"
ORDER = "weighted_multi_output/labels_in_the_wrong_order"


@loss_function(page=PAGE)
def weighted_multi_output(
    y_true, y_pred, *, outputs: dict, columns: dict | None = None
):
    """Weighted sum of the losses of several outputs, one value per sample.

        Σ weight · loss(t[name], p[name])

    Args:
        y_true: a dict of tensors, each `(batch, ...)`, with the names of `outputs`; a
            list in their order; or one tensor `(batch, ..., width)` to be cut into
            `columns`.
        y_pred: the same for the predictions.
        outputs: `{"height": (loss, 0.7), "rest": (loss, 0.3)}`: the loss and the weight
            of each output. A loss is a function that returns one value per sample, a
            `keras.losses.Loss`, or the name of a Keras loss.
        columns: `{"height": 1, "rest": 3}`: how many columns each output has where it
            is cut from one tensor, side by side in this order.

    Returns:
        `(batch,)` values, float32 or wider; the weighted sum, not divided by the sum of
        the weights.

    Raises:
        ValueError: a name is missing or unknown, a list has another length, labels do
            not fit an output, or a loss does not return one value per sample.
        TypeError: a prediction holds integers.

    Example:
        >>> outputs = {"height": ("mse", 0.7), "rest": ("mae", 0.3)}
        >>> y_true = {"height": [[2.0]], "rest": [[1.0, 1.0]]}
        >>> y_pred = {"height": [[1.0]], "rest": [[1.0, 3.0]]}
        >>> float(weighted_multi_output(y_true, y_pred, outputs=outputs)[0])
        1.0

    Source:
        Caruana, Multitask Learning, 1997, Machine Learning 28; the weights are those of
        `loss_weights` in Keras, which accepts a wrong name and matches it by position.
    """
    _outputs(outputs)
    true = _by_name(y_true, outputs, columns, "y_true")
    pred = _by_name(y_pred, outputs, columns, "y_pred")

    return sum(
        weight * _value(name, loss, true[name], pred[name])
        for name, (loss, weight) in outputs.items()
    )


@keras.saving.register_keras_serializable("losses")
class WeightedMultiOutput(PerSampleLoss):
    """`weighted_multi_output` for custom loops; for `model.compile`: `compile_args`."""

    @refusals_of("weighted_multi_output", PAGE)
    def __init__(
        self,
        outputs: dict,
        *,
        columns: dict | None = None,
        reduction: str | None = "sum_over_batch_size",
        name: str = "weighted_multi_output",
        dtype: str | None = None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        outputs = {
            name: (keras.losses.get(loss), weight)
            for name, (loss, weight) in _outputs(outputs).items()
        }
        self.options = {"outputs": outputs, "columns": columns}

    def call(self, y_true, y_pred):
        return weighted_multi_output(y_true, y_pred, **self.options)

    @refusals_of("weighted_multi_output", PAGE)
    def __call__(self, y_true, y_pred, sample_weight=None):
        """The loss as a scalar; `sample_weight` may also be a dict, or a list, with an
        array for each output: `fit` makes one of it before it calls `compute_loss`."""
        if not _is_one_for_each_output(sample_weight):
            return super().__call__(y_true, y_pred, sample_weight)
        outputs, columns = self.options["outputs"], self.options["columns"]
        true = _by_name(y_true, outputs, columns, "y_true")
        pred = _by_name(y_pred, outputs, columns, "y_pred")
        weights = _by_name(sample_weight, outputs, None, "sample_weight")

        return sum(
            weight * self._part(name)(true[name], pred[name], weights[name])
            for name, (_, weight) in outputs.items()
        )

    @refusals_of("weighted_multi_output", PAGE)
    def compile_args(self, model):
        """`loss=` and `loss_weights=` for `model.compile`, by the names of its outputs.

        Keras calls a loss once for each output, so each gets its own. A model with one
        packed output gets this loss as it is, which cuts it into `columns`.

            model.compile("adam", **loss.compile_args(model))

        Raises:
            ValueError: the names differ from those of the outputs of the model.
        """
        outputs, columns = self.options["outputs"], self.options["columns"]
        names = _output_names(model)
        if columns is not None and len(names) < 2:
            return {"loss": self}
        if not names:
            raise Refused(
                "this model does not tell the names of its outputs. Give a functional "
                "model, keras.Model(inputs, outputs); or, if its one output is packed, "
                "name the columns: columns={name: width}."
            )
        check_same_names(outputs, names, "outputs")
        return {
            "loss": {name: self._part(name) for name in names},
            "loss_weights": {name: outputs[name][1] for name in names},
        }

    def get_config(self):
        outputs = {
            name: [keras.saving.serialize_keras_object(loss), weight]
            for name, (loss, weight) in self.options["outputs"].items()
        }
        return {**super().get_config(), "outputs": outputs}

    def _part(self, name):
        loss, _ = self.options["outputs"][name]
        return _Output(loss, name=name, reduction=self.reduction, dtype=self.dtype)


@keras.saving.register_keras_serializable("losses", "OutputLoss")
class _Output(PerSampleLoss):
    """The loss of one output inside `fit`, checked like that of all."""

    def __init__(self, loss, *, name, reduction="sum_over_batch_size", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.options = {"loss": keras.losses.get(loss)}

    def call(self, y_true, y_pred):
        return _value(self.name, self.options["loss"], y_true, y_pred)

    def get_config(self):
        loss = keras.saving.serialize_keras_object(self.options["loss"])
        return {**super().get_config(), "loss": loss}


def _value(name, loss, y_true, y_pred):
    named = refusals_of(f"weighted_multi_output: output {name!r}", ORDER)
    return named(values_of)(loss, y_true, y_pred)


def _outputs(outputs):
    return check_pairs("outputs", outputs, "{name: (loss, weight)}")


def _by_name(tensors, outputs, columns, side):
    """A dict with the names of `outputs`, whichever way the tensors came."""
    if isinstance(tensors, dict):
        check_same_names(tensors, outputs, side)
        return tensors
    if columns is not None:
        check_same_names(columns, outputs, "columns")
        return cut(ops.convert_to_tensor(tensors), columns, side)
    if not isinstance(tensors, (list, tuple)):
        raise WrongShapes(
            f"{side} is one tensor {shape_of(ops.convert_to_tensor(tensors))} for the "
            f"outputs {list(outputs)}. Give a dict of tensors, or name the columns: "
            "columns={name: width}. In compile, where Keras calls a loss once for each "
            "output: model.compile(**loss.compile_args(model))."
        )
    if len(tensors) != len(outputs):
        raise Refused(
            f"{side} is a list of {len(tensors)} tensors for the {len(outputs)} "
            f"outputs {list(outputs)}. Give a dict with these names; or name the "
            "columns, if it is one tensor: columns={name: width}. "
            f"More: losses explain {ORDER}"
        )
    return dict(zip(outputs, tensors))


def _is_one_for_each_output(sample_weight):
    """Whether it is several arrays, where a list of numbers is one."""
    if isinstance(sample_weight, (list, tuple)):
        return any(ops.ndim(part) for part in sample_weight)
    return isinstance(sample_weight, dict)


def _output_names(model):
    """The names that `compile` knows the outputs by, none if it knows none."""
    outputs = getattr(model, "output", None)
    return list(
        outputs if isinstance(outputs, dict) else getattr(model, "output_names", ())
    )
