"""Weighted multi-output: a loss and a weight for each output, always by name."""

import keras
from keras import ops

from losses.ops.outputs import OutputLoss, cut, pairs, same_names
from losses.ops.shapes import PerSampleLoss, shown

SEE = "weighted_multi_output/first_column_as_a_vector"


@keras.saving.register_keras_serializable("losses")
def weighted_multi_output(y_true, y_pred, *, outputs, columns=None):
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
        weight * OutputLoss(loss, name=name).call(true[name], pred[name])
        for name, (loss, weight) in outputs.items()
    )


@keras.saving.register_keras_serializable("losses")
class WeightedMultiOutput(PerSampleLoss):
    """`weighted_multi_output` for custom loops; for `model.compile`: `compile_args`."""

    def __init__(
        self,
        outputs,
        *,
        columns=None,
        reduction="sum_over_batch_size",
        name="weighted_multi_output",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        outputs = {
            name: (keras.losses.get(loss), weight)
            for name, (loss, weight) in _outputs(outputs).items()
        }
        self.options = {"outputs": outputs, "columns": columns}

    def call(self, y_true, y_pred):
        return weighted_multi_output(y_true, y_pred, **self.options)

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The loss as a scalar; `sample_weight` may also be a dict, or a list, with an
        array for each output: `fit` makes one of it before it calls `compute_loss`."""
        if not _is_one_for_each_output(sample_weight):
            return super().__call__(y_true, y_pred, sample_weight)
        outputs, columns = self.options["outputs"], self.options["columns"]
        true = _by_name(y_true, outputs, columns, "y_true")
        pred = _by_name(y_pred, outputs, columns, "y_pred")
        given = _by_name(sample_weight, outputs, None, "sample_weight")

        return sum(
            weight * self._part(name)(true[name], pred[name], given[name])
            for name, (_, weight) in outputs.items()
        )

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
            raise ValueError(
                "weighted_multi_output: this model does not tell the names of its "
                "outputs. Give a functional model, keras.Model(inputs, outputs); or, "
                "if its one output is packed, name the columns: columns={name: width}."
            )
        same_names(outputs, names, "weighted_multi_output: outputs")
        return {
            "loss": {name: self._part(name) for name in names},
            "loss_weights": {name: outputs[name][1] for name in names},
        }

    def get_config(self):
        outputs = {
            name: [keras.saving.serialize_keras_object(loss), weight]
            for name, (loss, weight) in self.options["outputs"].items()
        }
        config = {**self.options, "outputs": outputs, "dtype": self.dtype}
        return {**super().get_config(), **config}

    def _part(self, name):
        loss, _ = self.options["outputs"][name]
        return OutputLoss(loss, name=name, reduction=self.reduction, dtype=self.dtype)


def _outputs(outputs):
    return pairs(outputs, "weighted_multi_output: outputs", "{name: (loss, weight)}")


def _by_name(given, outputs, columns, side):
    """A dict with the names of `outputs`, whichever way the tensors came."""
    where = f"weighted_multi_output: {side}"
    if isinstance(given, dict):
        same_names(given, outputs, where)
        return given
    if columns is not None:
        same_names(columns, outputs, "weighted_multi_output: columns")
        return cut(ops.convert_to_tensor(given), columns, where, SEE)
    if not isinstance(given, (list, tuple)):
        raise ValueError(
            f"{where} is one tensor {shown(ops.convert_to_tensor(given))} for the "
            f"outputs {list(outputs)}. Give a dict of tensors, or name the columns: "
            "columns={name: width}. In compile, where Keras calls a loss once for each "
            "output: model.compile(**loss.compile_args(model)). "
            f"More: losses explain {SEE}"
        )
    if len(given) != len(outputs):
        raise ValueError(
            f"{where} is a list of {len(given)} tensors for the {len(outputs)} outputs "
            f"{list(outputs)}. Give a dict with these names; or name the columns, if "
            "it is one tensor: columns={name: width}. "
            "More: losses explain weighted_multi_output/labels_in_the_wrong_order"
        )
    return dict(zip(outputs, given))


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
