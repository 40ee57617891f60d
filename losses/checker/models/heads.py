"""The head of an output: the activations before it, and the layer with the weights
that are nearest to it."""

from dataclasses import dataclass

import keras

from losses.checker.models.activations import Activation, of_function, of_operation

# Layers and operations that hand numbers on, or take the mean of some of them.
PASSING = {
    "ActivityRegularization",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "Cast",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "ExpandDims",
    "Flatten",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "Identity",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "Permute",
    "RepeatVector",
    "Reshape",
    "Squeeze",
    "Transpose",
    "UpSampling1D",
    "UpSampling3D",
}
# Layers that give any number, apart from their activation.
LINEAR = {
    "BatchNormalization",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "EinsumDense",
    "Embedding",
    "GroupNormalization",
    "LayerNormalization",
    "SeparableConv1D",
    "SeparableConv2D",
}
UNBOUNDED = -float("inf"), float("inf")


@dataclass(frozen=True, eq=False)
class Head:
    """The activations before an output, the last one first, and where they stand.

    Args:
        steps: what each `Activation` is; none where the head is linear.
        layers: the names of the layers that have them, then that of the layer with the
            nearest weights.
        variables: that are trained in this layer; none where the way to it is not
            known.
        known: whether the last activation is known, or that there is none.
    """

    steps: tuple[Activation, ...] = ()
    layers: tuple[str, ...] = ()
    variables: tuple = ()
    known: bool = False

    @property
    def activation(self):
        return self.steps[0].name if self.steps else "linear" if self.known else "?"

    @property
    def activations(self):
        return tuple(step.name for step in self.steps)

    @property
    def squashes(self):
        return bool(self.steps) and self.steps[0].squashes

    @property
    def layer(self):
        return self.layers[0] if self.layers else ""

    @property
    def bounds(self):
        """Two numbers between which every prediction lies, whatever the weights."""
        low, high = UNBOUNDED
        for step in reversed(self.steps):
            low, high = step.image(low, high)
        return low, high

    @property
    def described(self):
        """What a sentence calls it."""
        if not self.known:
            return "whose activation is not known"
        where = f" of layer {self.layer!r}" if self.layer else ""
        return f"{self}{where}"

    def __str__(self):
        return self.activation


def heads_of(model):
    """The heads of the outputs of a functional model, in order; None of another."""
    return list(map(_head_of, model.outputs)) if _is_graph(model) else None


def _is_graph(model):
    """Whether a model does what its graph says, and nothing else."""
    return (
        isinstance(model, keras.Model)
        and type(model).call.__module__.startswith("keras.src.models.")
        and bool(getattr(model, "outputs", None))
    )


def _head_of(tensor):
    reading = _Reading()
    reading.follow(tensor)
    return Head(
        tuple(reading.steps),
        tuple(reading.layers),
        tuple(reading.variables),
        reading.is_linear or bool(reading.steps),
    )


class _Reading:
    """From an output backwards, as long as each operation has one input."""

    def __init__(self):
        self.steps, self.layers, self.variables = [], [], []
        self.is_linear = False

    def follow(self, tensor):
        """Whether the search ends before the inputs of the model are reached."""
        while True:
            operation, node, place = getattr(tensor, "_keras_history", (None, 0, 0))
            nodes = getattr(operation, "_inbound_nodes", ())
            parents = list(nodes[node].input_tensors) if node < len(nodes) else []
            if not parents:
                return operation is None
            if self.ends_at(operation, place, tensor.shape) or len(parents) > 1:
                return True
            [tensor] = parents

    def ends_at(self, operation, place, shape):
        """Whether an operation has weights or is not known."""
        if type(operation) is keras.layers.TimeDistributed:
            operation = operation.layer
        if _is_graph(operation):
            return self.follow(operation.outputs[place])
        of_keras = type(operation).__module__.startswith("keras.src.")
        kind = type(operation).__name__ if of_keras else ""
        if kind in PASSING:
            return False
        if kind in LINEAR or kind == "Activation":
            function = getattr(operation, "activation", None)
            if function not in (None, keras.activations.linear):
                return self.adds(of_function(function, shape), operation)
        else:
            return self.adds(of_operation(operation, shape), operation)
        return self.comes_to(operation)

    def adds(self, step, operation):
        if step is None:
            return True
        self.steps.append(step)
        self.layers.append(operation.name)
        return self.comes_to(operation)

    def comes_to(self, operation):
        if not getattr(operation, "weights", ()):  # an operation has none
            return False
        self.is_linear = True
        self.layers.append(operation.name)
        self.variables = operation.trainable_variables
        return True
