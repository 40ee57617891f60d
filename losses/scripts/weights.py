"""Weights of samples and classes, and masks, fall on what they are not for."""

import keras
import numpy as np
from keras import layers

from losses.evidence.declarations import script


@script(found_by="check_sample_weights_fit")
def sample_weights_by_name_for_a_list():
    """`KeyError: 0`, though labels and weights have the right names.

    The model gives its outputs in a list. Keras brings labels by name into its order,
    but not weights. Give the model a dict of outputs.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    inputs = keras.Input((4,))
    first = layers.Dense(1, name="first")(inputs)
    second = layers.Dense(1, name="second")(inputs)
    model = keras.Model(inputs, [first, second])  # -
    # + model = keras.Model(inputs, {"first": first, "second": second})
    model.compile("adam", loss={"first": "mse", "second": "mse"})
    labels = {"first": x[:, :1], "second": x[:, 1:2]}
    weights = {"first": np.ones(64), "second": np.arange(64) / 64}
    return model.fit(x, labels, sample_weight=weights)


@script(found_by="check_sample_weights_count")
def every_sample_weighs_nothing():
    """The loss is 0 from the first step on, and nothing is learned.

    The labels are 0 and 1, and `y > 1` is never true: every weight is 0.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    y = (x[:, 0] > 0).astype("int32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", loss="binary_crossentropy")
    weights = np.where(y > 1, 2.0, 0.0)  # -
    # + weights = np.where(y == 1, 2.0, 1.0)
    return model.fit(x, y, sample_weight=weights)


@script(found_by="check_class_weight_fits")
def class_weight_for_every_step():
    """Steps of a row get the weight of a place instead of that of their class.

    `class_weight` is for one class in each row. Labels with several are taken for
    one-hot ones, and the place of the largest id for the class. Look the weights up by
    the labels, and give them as `sample_weight`.
    """
    x = np.random.default_rng(0).integers(0, 20, (64, 8))
    y = x % 3
    weights = {0: 0.1, 1: 1.0, 2: 5.0}
    model = keras.Sequential([keras.Input((8,)), layers.Embedding(20, 4)])
    model.add(layers.Dense(3, activation="softmax"))
    model.compile("adam", loss="sparse_categorical_crossentropy")
    return model.fit(x, y, class_weight=weights)  # -
    # + by_step = np.array([*weights.values()])[y]
    # + return model.fit(x, y, sample_weight=by_step)


@script(found_by="check_mask_reaches_the_loss", severity="warning")
def mask_lost_on_the_way():
    """Steps of padding are trained like the others.

    The embedding masks them, and a layer of one's own on the way to the loss drops the
    mask, unless it says that it supports masks.
    """

    class Scaled(layers.Layer):
        supports_masking = False  # -
        # + supports_masking = True

        def call(self, x):
            return 0.5 * x

    x = np.random.default_rng(0).integers(0, 20, (64, 8))
    y = x % 3
    embedded = layers.Embedding(20, 4, mask_zero=True)
    model = keras.Sequential([keras.Input((8,)), embedded, Scaled()])
    model.add(layers.Dense(3, activation="softmax"))
    model.compile("adam", loss="sparse_categorical_crossentropy")
    return model.fit(x, y)


@script(found_by="check_loss_weights_are_numbers", severity="warning")
def loss_weight_below_zero():
    """One of two losses grows, and the sum of both falls.

    A weight below 0 turns a loss around: training drives it up.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    inputs = keras.Input((4,))
    model = keras.Model(inputs, [layers.Dense(1)(inputs), layers.Dense(1)(inputs)])
    model.compile("adam", loss=["mse", "mse"], loss_weights=[1.0, -0.5])  # -
    # + model.compile("adam", loss=["mse", "mse"], loss_weights=[1.0, 0.5])
    return model.fit(x, [x[:, :1], x[:, 1:2]])
