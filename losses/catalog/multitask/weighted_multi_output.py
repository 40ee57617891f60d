"""Weighted multi-output: a loss and a weight for each output, always by name."""

import keras
from keras import ops

from losses.outputs import cut, same_names, values_of
from losses.shapes import shown


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
        ValueError: a name is missing or unknown, a list has another length, or the loss
            of an output returns a scalar.

    Example:
        >>> outputs = {"height": ("mse", 0.7), "rest": ("mae", 0.3)}
        >>> y_true = {"height": [[2.0]], "rest": [[1.0, 1.0]]}
        >>> y_pred = {"height": [[1.0]], "rest": [[1.0, 3.0]]}
        >>> float(weighted_multi_output(y_true, y_pred, outputs=outputs)[0])
        1.0

    Source:
        Caruana, Multitask Learning, 1997, Machine Learning 28; the weights are those of
        `loss_weights` in Keras, which matches them by position where this goes by name.
    """
    true = _by_name(y_true, outputs, columns, "y_true")
    pred = _by_name(y_pred, outputs, columns, "y_pred")

    return sum(
        weight
        * values_of(
            loss, true[name], pred[name], f"weighted_multi_output: output {name!r}"
        )
        for name, (loss, weight) in outputs.items()
    )


@keras.saving.register_keras_serializable("losses")
class WeightedMultiOutput(keras.losses.Loss):
    """`weighted_multi_output` for custom loops, and its arguments for `model.compile`."""

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
        self.options = {"outputs": outputs, "columns": columns}

    def call(self, y_true, y_pred):
        return weighted_multi_output(y_true, y_pred, **self.options)

    def compile_args(self, model):
        """`loss=` and `loss_weights=` for `model.compile`, in the order of the model.

        Keras gives one loss to one output, and matches `loss_weights` by position.

            model.compile("adam", **loss.compile_args(model))

        Raises:
            ValueError: the names differ from those of the outputs of the model.
        """
        names = _output_names(model)
        outputs = self.options["outputs"]
        same_names(outputs, names, "weighted_multi_output: outputs")
        return {
            "loss": {name: keras.losses.get(outputs[name][0]) for name in names},
            "loss_weights": {name: outputs[name][1] for name in names},
        }

    def get_config(self):
        outputs = {
            name: [keras.saving.serialize_keras_object(keras.losses.get(loss)), weight]
            for name, (loss, weight) in self.options["outputs"].items()
        }
        config = {"outputs": outputs, "columns": self.options["columns"]}
        return {**super().get_config(), **config, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config):
        outputs = {
            name: (keras.losses.get(loss), weight)
            for name, (loss, weight) in config["outputs"].items()
        }
        return cls(**{**config, "outputs": outputs})


def _by_name(given, outputs, columns, side):
    """A dict with the names of `outputs`, whichever way the tensors came."""
    where = f"weighted_multi_output: {side}"
    if isinstance(given, dict):
        same_names(given, outputs, where)
        return given
    if isinstance(given, (list, tuple)) and columns is None:
        if len(given) != len(outputs):
            raise ValueError(
                f"{where} is a list of {len(given)} tensors for the {len(outputs)} "
                f"outputs {list(outputs)}. Give a dict with these names; or name the "
                "columns with columns={name: width} if it is one tensor. "
                "More: losses explain weighted_multi_output/labels_in_the_wrong_order"
            )
        return dict(zip(outputs, given))
    tensor = ops.convert_to_tensor(given)
    if columns is None:
        raise ValueError(
            f"{where} is one tensor {shown(tensor)} for the {len(outputs)} outputs "
            f"{list(outputs)}. Name its columns, columns={{name: width}}, or give a "
            "dict of tensors. "
            "More: losses explain weighted_multi_output/first_column_as_a_vector"
        )
    same_names(columns, outputs, "weighted_multi_output: columns")
    if tensor.shape[-1] not in (None, sum(columns.values())):
        raise ValueError(
            f"{where} {shown(tensor)} cannot be cut into {columns}, which takes "
            f"{sum(columns.values())} columns. "
            "More: losses explain weighted_multi_output/first_column_as_a_vector"
        )
    return cut(tensor, columns)


def _output_names(model):
    structure = getattr(model, "output", None)
    names = (
        structure
        if isinstance(structure, dict)
        else getattr(model, "output_names", None)
    )
    if not names:
        raise ValueError(
            "weighted_multi_output: this model does not tell the names of its outputs. "
            "Give a functional model, keras.Model(inputs, outputs)."
        )
    return list(names)
