"""Losses, labels and weights of a model with several outputs."""

import keras
import numpy as np
from keras import layers

from losses.evidence.declarations import error


@error("ValueError")
def loss_by_the_name_of_no_output():
    """`loss` is a dict, and its names are not those of the outputs.

    An output has the name of the layer that gives it. Name those layers.
    """
    inputs = keras.Input((4,))
    price = layers.Dense(1)(inputs)  # -
    sold = layers.Dense(1, activation="sigmoid")(inputs)  # -
    # + price = layers.Dense(1, name="price")(inputs)
    # + sold = layers.Dense(1, activation="sigmoid", name="sold")(inputs)
    model = keras.Model(inputs, [price, sold])
    model.compile("adam", loss={"price": "mse", "sold": "binary_crossentropy"})
    return model.fit(np.ones((8, 4)), [np.ones((8, 1)), np.ones((8, 1))])


@error("KeyError")
def loss_by_a_name_that_is_in_no_dict():
    """The model gives its outputs in a dict, and a name in `loss` is none of its keys.

    The keys of the dict count, and not the names of the layers. Labels need the same.
    """
    inputs = keras.Input((4,))
    outputs = {"price": layers.Dense(1)(inputs), "size": layers.Dense(1)(inputs)}
    model = keras.Model(inputs, outputs)
    model.compile("adam", loss={"prices": "mse", "size": "mse"})  # -
    # + model.compile("adam", loss={"price": "mse", "size": "mse"})
    return model.fit(np.ones((8, 4)), {"price": np.ones((8, 1)), "size": np.ones(8)})


@error("KeyError")
def losses_deeper_than_outputs():
    """`loss` is nested deeper than the outputs: a dict or list stands for one output.

    Several losses of one output are one function that adds them up.
    """
    inputs = keras.Input((4,))
    model = keras.Model(inputs, [layers.Dense(1)(inputs), layers.Dense(1)(inputs)])
    model.compile("adam", loss=["mse", {"size": "mae"}])  # -
    # + model.compile("adam", loss=["mse", "mae"])
    return model.fit(np.ones((8, 4)), [np.ones((8, 1)), np.ones((8, 1))])


@error("TypeError")
def names_for_outputs_in_a_list():
    """`loss` is a dict, and the outputs of a subclassed model have no names.

    Give a list of losses, or return a dict from `call`.
    """

    class Two(keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = layers.Dense(1), layers.Dense(1)

        def call(self, x):
            return [self.first(x), self.second(x)]

    model = Two()
    model.compile("adam", loss={"first": "mse", "second": "mse"})  # -
    # + model.compile("adam", loss=["mse", "mse"])
    return model.fit(np.ones((8, 4)), [np.ones((8, 1)), np.ones((8, 1))])


@error("ValueError")
def more_labels_than_outputs():
    """Labels are not structured as the outputs are: another number, or other names.

    Labels come in a list as long as that of the outputs, or in a dict with their names.
    """
    inputs = keras.Input((4,))
    model = keras.Model(inputs, [layers.Dense(1)(inputs), layers.Dense(1)(inputs)])
    model.compile("adam", loss=["mse", "mse"])
    y = np.ones((8, 1))
    return model.fit(np.ones((8, 4)), [y, y, y])  # -
    # + return model.fit(np.ones((8, 4)), [y, y])


@error(tensorflow="TypeError", jax="ValueError", torch="ValueError")
def labels_by_the_name_of_no_output():
    """Labels come in a dict, and its names are not those of the outputs.

    Keras takes the names for the labels. An output has the name of the layer that gives
    it.
    """
    inputs = keras.Input((4,))
    price = layers.Dense(1, name="price")(inputs)
    size = layers.Dense(1, name="size")(inputs)
    model = keras.Model(inputs, [price, size])
    model.compile("adam", loss=["mse", "mse"])
    y = np.ones((8, 1))
    return model.fit(np.ones((8, 4)), {"prices": y, "sizes": y})  # -
    # + return model.fit(np.ones((8, 4)), {"price": y, "size": y})


@error("ValueError")
def labels_by_name_for_one_output():
    """Labels come in a dict, and the model has one output that is no dict."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, name="price")])
    model.compile("adam", loss="mse")
    y = np.ones((8, 1))
    return model.fit(np.ones((8, 4)), {"price": y, "size": y})  # -
    # + return model.fit(np.ones((8, 4)), y)
