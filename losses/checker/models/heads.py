"""The head of an output: the last activation before it, and the layer that has it."""

from dataclasses import dataclass

import keras

BOUNDS = {
    "sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "sparse_sigmoid": (0.0, 1.0),
    "sparsemax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "soft_sign": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "relu": (0.0, float("inf")),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, float("inf")),
    "exponential": (0.0, float("inf")),
}
# Layers and operations that hand numbers on as they are.
PASSING = (
    "Reshape",
    "Flatten",
    "Permute",
    "Identity",
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "RepeatVector",
    "Squeeze",
    "ExpandDims",
    "Cast",
)


@dataclass(frozen=True)
class Head:
    """The activations before an output, the last one first, and where they stand.

    Args:
        activations: their names; `linear` is left out.
        layers: the names of the layers that have them.
        axis: over which a softmax adds up to 1.
        weights: the variables nearest to the output.
    """

    activations: tuple = ()
    layers: tuple = ()
    axis: int = -1
    weights: tuple = ()
    known: bool = True

    @property
    def activation(self):
        return self.activations[0] if self.activations else "linear"

    @property
    def layer(self):
        return self.layers[0] if self.layers else ""

    def __str__(self):
        return self.activation if self.known else "?"


def heads_of(model):
    """The heads of the outputs of a functional model, in order; None of another."""
    outputs = getattr(model, "outputs", None)
    if not outputs:
        return None
    return [_head_of(output) for output in outputs]


def _head_of(tensor):
    activations, layers, axis = [], [], -1
    for operation in _chain(tensor):
        named = _activation(operation)
        if named is None:
            return Head(tuple(activations), tuple(layers), axis, (), False)
        name, over = named
        if name != "linear":
            activations.append(name)
            layers.append(operation.name)
            axis = over if len(activations) == 1 else axis
        weights = tuple(getattr(operation, "weights", ()) or ())
        if weights:
            return Head(tuple(activations), tuple(layers), axis, weights)
    return Head(tuple(activations), tuple(layers), axis)


def _chain(tensor):
    """The operations that lead to a tensor, the last one first, as long as each has
    one input."""
    while True:
        operation, node, place = tensor._keras_history
        inner = getattr(operation, "outputs", None)
        if isinstance(operation, keras.Model) and inner:
            tensor = inner[place]
            continue
        yield operation
        parents = list(operation._inbound_nodes[node].input_tensors)
        if len(parents) != 1:
            return
        [tensor] = parents


def _activation(operation):
    """What an operation does to each number: its name, and over which axis; None where
    that is not known."""
    kind = type(operation).__name__
    if kind in PASSING or kind == "InputLayer":
        return "linear", -1
    if kind in ("Softmax", "ReLU", "LeakyReLU", "PReLU", "ELU", "Sigmoid", "Tanh"):
        return kind.lower(), getattr(operation, "axis", -1)
    function = getattr(operation, "activation", None)
    if function is not None and not hasattr(operation, "recurrent_activation"):
        return getattr(function, "__name__", type(function).__name__.lower()), -1
    if getattr(operation, "weights", None):
        return "linear", -1
    return None
