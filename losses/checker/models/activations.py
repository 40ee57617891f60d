"""What is known of activations: those of Keras, its operations, and the functions of
its backends. Of a function that only has such a name nothing is known."""

import re
import sys
from dataclasses import dataclass

import keras
import numpy as np

ALL = float("inf")
BOUNDS = {
    "celu": (-1.0, ALL),
    "elu": (-1.0, ALL),
    "exponential": (0.0, ALL),
    "gelu": (-0.2, ALL),
    "hard_shrink": (-ALL, ALL),
    "hard_sigmoid": (0.0, 1.0),
    "hard_silu": (-0.4, ALL),
    "hard_tanh": (-1.0, 1.0),
    "leaky_relu": (-ALL, ALL),
    "log_sigmoid": (-ALL, 0.0),
    "log_softmax": (-ALL, 0.0),
    "mish": (-0.4, ALL),
    "relu": (0.0, ALL),
    "relu6": (0.0, 6.0),
    "selu": (-1.76, ALL),
    "sigmoid": (0.0, 1.0),
    "silu": (-0.3, ALL),
    "soft_shrink": (-ALL, ALL),
    "softmax": (0.0, 1.0),
    "softplus": (0.0, ALL),
    "softsign": (-1.0, 1.0),
    "sparse_plus": (0.0, ALL),
    "sparse_sigmoid": (0.0, 1.0),
    "sparsemax": (0.0, 1.0),
    "squareplus": (0.0, ALL),
    "tanh": (-1.0, 1.0),
    "tanh_shrink": (-ALL, ALL),
}
SQUASHING = "sigmoid", "softmax", "hard_sigmoid", "sparsemax", "sparse_sigmoid"
OVER_AN_AXIS = "softmax", "log_softmax", "sparsemax"
# Those that never turn the order of two numbers over.
RISING = {
    "exponential": np.exp,
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(x, 0),
    "tanh": np.tanh,
}
NAMED_OTHERWISE = {
    "exp": "exponential",
    "leaky_re_lu": "leaky_relu",
    "re_lu": "relu",
    "re_lu6": "relu6",
    "soft_sign": "softsign",
    "swish": "silu",
}


@dataclass(frozen=True)
class Activation:
    """What an activation does to numbers.

    Args:
        low: no number that it gives is lower.
        high: no number is higher.
        axis: over which a softmax runs: -1 the last, None for another.
        size: of this axis, None where it is not known.
    """

    name: str
    low: float
    high: float
    axis: int | None = -1
    size: int | None = None

    @property
    def squashes(self):
        return self.name in SQUASHING

    def image(self, low, high):
        """The lowest and highest number that it makes of numbers between two."""
        if self.name == "softmax" and self.size and np.isfinite(high - low):
            others = self.size - 1
            span = min(high - low, 500.0)
            return 1 / (1 + others * np.exp(span)), 1 / (1 + others * np.exp(-span))
        if self.name not in RISING:
            return self.low, self.high
        with np.errstate(over="ignore"):
            low, high = (float(RISING[self.name](end)) for end in (low, high))
        return max(self.low, low), min(self.high, high)


def of_function(function, shape):
    """The activation that a function is, before numbers of this shape; None of one
    whose name alone is known."""
    if isinstance(function, keras.layers.Layer):
        return of_operation(function, shape)
    name = _name_of(function)
    return None if name is None else _named(name, -1, shape)


def of_operation(operation, shape):
    """The activation that a layer or an operation of Keras is; None of others."""
    kind = type(operation)
    if not kind.__module__.startswith(("keras.src.ops.", "keras.src.layers.")):
        return None
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).lower()
    name = NAMED_OTHERWISE.get(name, name)
    if name not in BOUNDS:
        return None
    found = _named(name, getattr(operation, "axis", -1), shape)
    low, high = found.low, found.high
    if name in ("elu", "celu"):
        low = -abs(float(getattr(operation, "alpha", ALL)))
    if kind is keras.layers.ReLU:
        low, high = _of_relu(operation)
        if low < 0 or getattr(operation, "threshold", 0):
            name = "relu with arguments"
    return Activation(name, low, high, found.axis, found.size)


def _of_relu(layer):
    top = getattr(layer, "max_value", None)
    slope = float(np.max(getattr(layer, "negative_slope", 0) or 0))
    low = 0.0 if slope == 0 else -ALL
    return low, ALL if top is None else float(top)


def _named(name, axis, shape):
    low, high = BOUNDS[name]
    if name not in OVER_AN_AXIS:
        return Activation(name, low, high)
    if not isinstance(axis, int):
        return Activation(name, low, high, None)
    last = axis in (-1, len(shape) - 1)
    return Activation(name, low, high, -1 if last else None, shape[axis])


def _name_of(function):
    for name in BOUNDS:
        if getattr(keras.activations, name, None) is function:
            return name
    for path, names in _of_backends():
        for name in names:
            if getattr(path, name, None) is function:
                return NAMED_OTHERWISE.get(name, name)
    return None


def _of_backends():
    """Where functions are that do the same, and their names there."""
    plain = {name for name in BOUNDS if name not in OVER_AN_AXIS}
    everything = {*BOUNDS, *NAMED_OTHERWISE}
    yield keras.ops, everything
    for module, parts, names in (
        ("tensorflow", ("nn", "math"), everything),
        ("jax", ("nn", "numpy"), everything),
        ("torch", ("", "nn.functional"), {*plain, *NAMED_OTHERWISE}),
    ):
        for part in parts:
            found = sys.modules.get(module)
            for name in filter(None, part.split(".")):
                found = getattr(found, name, None)
            if found is not None:
                yield found, names
