"""What is kept of a model met in the wild, and data to train it on."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers

from tests.wild.records import float32


@dataclass(frozen=True, kw_only=True)
class WrongModel:
    """A compiled model and its data, with a mistake and without it.

    `build(is_right)` returns the arguments of `losses.check`: model, x, y, and weights
    where there are any. `rules` are those of which one must find the mistake, and
    `words` must stand in what it says: the argument, the layer or the line to change.
    """

    id: str
    source: str  # the thread
    title: str
    why: str
    build: Callable
    rules: tuple
    words: tuple
    not_on: tuple = ()  # the backends where it is no mistake, or does not run


def wrong(*rules, **facts):
    """Makes a `WrongModel` of the decorated function."""
    return lambda build: WrongModel(build=build, rules=rules, **facts)


def inputs_and_targets(rows=32, seed=300):
    random = np.random.default_rng(seed)
    return float32(random.normal(size=(rows, 4))), float32(
        random.normal(size=(rows, 1))
    )


def inputs_and_answers(rows=64):
    """Answers of 0 and 1, which the first column of the inputs tells."""
    x, _ = inputs_and_targets(rows)
    return x, float32(x[:, :1] > 0)


def of_layers(*parts, shape=(4,)):
    return keras.Sequential([keras.Input(shape), *parts])


def price_and_sale():
    """A model of two outputs, `price` and `sale`, and what they are trained on."""
    x, price = inputs_and_targets()
    inputs = keras.Input((4,))
    heads = [
        layers.Dense(1, name="price")(inputs),
        layers.Dense(1, activation="sigmoid", name="sale")(inputs),
    ]
    return keras.Model(inputs, heads), x, [price, float32(price > 0)]


def padded_sequences():
    """Sequences of five steps, of which the last two are padding."""
    random = np.random.default_rng(307)
    x = float32(random.normal(size=(8, 5, 3)))
    x[:, 3:] = 0
    return x, float32(random.normal(size=(8, 5, 1)))
