"""Losses, labels and weights do not meet the outputs that they are for."""

import keras
import numpy as np
from keras import layers

from losses.evidence.declarations import script


@script(found_by="check_model_has_a_loss")
def compiled_without_a_loss():
    """`No loss to compute`, or no error at all where JAX runs Keras.

    Give `compile` a loss.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam")  # -
    # + model.compile("adam", loss="mse")
    return model.fit(x, x.sum(axis=-1))


@script(found_by="check_labels_are_given")
def fit_without_labels():
    """The error speaks of `NoneType` or `None`, and names no line of the script.

    An autoencoder is trained on its inputs, and nobody says so to `fit`. Give them as
    labels, too.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2), layers.Dense(4)])
    model.compile("adam", loss="mse")
    return model.fit(x)  # -
    # + return model.fit(x, x)


@script(found_by="check_names_are_outputs")
def losses_by_names_of_no_output():
    """The error names `dense` and `dense_1`, which nobody has written.

    The layers have no names, so Keras gives them some, and the names in `loss` are
    those of no output. Name the layers.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    inputs = keras.Input((4,))
    price = layers.Dense(1)(inputs)  # -
    sold = layers.Dense(1, activation="sigmoid")(inputs)  # -
    # + price = layers.Dense(1, name="price")(inputs)
    # + sold = layers.Dense(1, activation="sigmoid", name="sold")(inputs)
    model = keras.Model(inputs, [price, sold])
    model.compile("adam", loss={"price": "mse", "sold": "binary_crossentropy"})
    return model.fit(x, {"price": x.sum(axis=-1), "sold": x[:, 0] > 0})


@script(found_by="check_every_output_has_a_loss")
def fewer_losses_than_outputs():
    """One of three outputs is never trained. Nothing is raised.

    Keras deals the losses out in their order, and the last output gets none. Give one
    for each.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    inputs = keras.Input((4,))
    model = keras.Model(inputs, [layers.Dense(1)(inputs) for _ in range(3)])
    model.compile("adam", loss=["mse", "mae"])  # -
    # + model.compile("adam", loss=["mse", "mae", "mse"])
    return model.fit(x, [x[:, :1], x[:, 1:2], x[:, 2:3]])


@script(found_by="check_labels_meet_their_output")
def labels_in_a_list_for_outputs_by_name():
    """Prices are trained as probabilities, and the other way round.

    The outputs have names, and Keras deals a list of labels out by the names in the
    order of the alphabet: the first goes to "bought". Give the labels by name.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    price, bought = 20 + 3 * x[:, :1], (x[:, 1:2] > 0).astype("float32")
    inputs = keras.Input((4,))
    outputs = {
        "price": layers.Dense(1)(inputs),
        "bought": layers.Dense(1, activation="sigmoid")(inputs),
    }
    model = keras.Model(inputs, outputs)
    model.compile("adam", loss={"price": "mse", "bought": "binary_crossentropy"})
    return model.fit(x, [price, bought])  # -
    # + return model.fit(x, {"price": price, "bought": bought})
