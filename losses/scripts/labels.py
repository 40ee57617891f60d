"""Labels are not what the loss is made for."""

import keras
import numpy as np
from keras import layers

from losses.evidence.declarations import script


@script(found_by="check_labels_are_numbers")
def missing_targets_are_nan():
    """The loss is NaN, and after one step so are all predictions.

    A target that is missing stands as NaN, and one NaN makes the mean of the batch NaN.
    Leave such rows out.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    y = x.sum(axis=-1)
    y[::9] = np.nan
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss="mse")
    return model.fit(x, y)  # -
    # + known = np.isfinite(y)
    # + return model.fit(x[known], y[known])


@script(found_by="check_label_form")
def ids_for_one_hot_labels():
    """`Arguments target and output must have the same rank`.

    The categorical crossentropy takes one-hot labels, a number for each class. Class
    ids go to the sparse one.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    y = x[:, :3].argmax(axis=-1)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("adam", loss="categorical_crossentropy")  # -
    # + model.compile("adam", loss="sparse_categorical_crossentropy")
    return model.fit(x, y)


@script(found_by="check_units_are_enough")
def categorical_loss_of_one_unit():
    """The loss is 0 from the first step on, and nothing is learned.

    With one unit there is one class, and it is always right. For two classes take the
    binary crossentropy.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    y = (x[:, :1] > 0).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", loss="categorical_crossentropy")  # -
    # + model.compile("adam", loss="binary_crossentropy")
    return model.fit(x, y)


@script(found_by="check_units_are_enough")
def ids_from_one():
    """Labels go from 1 to 3, and three units have the classes 0 to 2.

    The ids of classes begin at 0. What comes of the others depends on the backend.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    y = 1 + x[:, :3].argmax(axis=-1)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("adam", loss="sparse_categorical_crossentropy")
    return model.fit(x, y)  # -
    # + return model.fit(x, y - 1)


@script(found_by="check_labels_suit_the_loss")
def labels_of_minus_one_and_one():
    """The loss falls below 0, and keeps falling.

    The binary crossentropy takes labels between 0 and 1. A label of -1 pays for every
    step away from the other class.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    y = np.sign(x[:, 0])
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", loss="binary_crossentropy")
    return model.fit(x, y)  # -
    # + return model.fit(x, (y + 1) / 2)


@script(found_by="check_labels_suit_the_loss")
def several_labels_under_a_softmax():
    """Rows have no label or several, and the predictions of a row add up to 1.

    A softmax chooses one class. Where labels may come together, each needs a sigmoid.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    y = (x[:, :3] > 0).astype("float32")
    head = layers.Dense(3, activation="softmax")  # -
    # + head = layers.Dense(3, activation="sigmoid")
    model = keras.Sequential([keras.Input((4,)), head])
    model.compile("adam", loss="categorical_crossentropy")  # -
    # + model.compile("adam", loss="binary_crossentropy")
    return model.fit(x, y)


@script(found_by="check_labels_have_the_shape")
def one_target_for_every_step():
    """The prediction of each step learns the target of the last one. Nothing is raised.

    The recurrent layer gives every step, `(batch, 6, 1)`, and the target of a row is
    broadcast along them. Let it give the last step only.
    """
    x = np.random.default_rng(0).normal(size=(64, 6, 2))
    y = x[:, -1, 0]
    steps = layers.GRU(4, return_sequences=True)  # -
    # + steps = layers.GRU(4)
    model = keras.Sequential([keras.Input((6, 2)), steps, layers.Dense(1)])
    model.compile("adam", loss="mse")
    return model.fit(x, y)
