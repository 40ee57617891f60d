"""The last layer of a model does not give what its loss is for."""

import keras
import numpy as np
from keras import layers

from losses.evidence.declarations import script


@script(found_by="check_head_can_change")
def softmax_over_one_unit():
    """Every prediction is 1, and training changes nothing that one could see.

    A softmax makes the units of a row add up to 1, and one unit alone is 1 whatever the
    weights. On TensorFlow the loss falls all the same: there it looks for what went
    into the softmax. For two classes take a sigmoid.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    y = (x[:, 0] > 0).astype("int32")
    head = layers.Dense(1, activation="softmax")  # -
    # + head = layers.Dense(1, activation="sigmoid")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu"), head])
    model.compile("adam", loss="binary_crossentropy")
    return model.fit(x, y)


@script(found_by="check_head_is_one_activation")
def sigmoid_after_a_sigmoid():
    """No prediction is below 0.5 or above 0.73.

    The last layer has a sigmoid already, and its probabilities, between 0 and 1, go
    through another. Leave one of them out.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    y = (x[:, 0] > 0).astype("int32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.add(layers.Activation("sigmoid"))  # -
    model.compile("adam", loss="binary_crossentropy")
    return model.fit(x, y)


@script(found_by="check_head_fits_from_logits")
def probabilities_for_logits():
    """The loss of right predictions is not 0, and cannot be.

    The head gives probabilities and the focal loss, told to expect logits, applies a
    sigmoid to them. Give it probabilities as they are, or a head without activation.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    y = (x[:, :1] > 0).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    loss = keras.losses.BinaryFocalCrossentropy(from_logits=True)  # -
    # + loss = keras.losses.BinaryFocalCrossentropy()
    model.compile("adam", loss=loss)
    return model.fit(x, y)


@script(found_by="check_head_gives_probabilities")
def no_activation_for_probabilities():
    """Keras cuts the scores off at 0 and 1, and what is cut off learns nothing.

    The crossentropy takes probabilities, and a head without activation gives any
    number. Say `from_logits=True`: that is more exact than a sigmoid in the model.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    y = (x[:, 0] > 0).astype("int32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss="binary_crossentropy")  # -
    # + loss = keras.losses.BinaryCrossentropy(from_logits=True)
    # + model.compile("adam", loss=loss)
    return model.fit(x, y)


@script(found_by="check_head_gives_probabilities", severity="warning")
def sigmoids_for_one_of_three_classes():
    """Each class has a probability of its own, and they do not add up to 1.

    One of three classes is right, and the categorical crossentropy is made for
    probabilities that share 1 among them. Take a softmax.
    """
    draw = np.random.default_rng(0)
    x = draw.normal(size=(64, 4))
    y = keras.utils.to_categorical(x[:, :3].argmax(-1), 3)
    head = layers.Dense(3, activation="sigmoid")  # -
    # + head = layers.Dense(3, activation="softmax")
    model = keras.Sequential([keras.Input((4,)), head])
    model.compile("adam", loss="categorical_crossentropy")
    return model.fit(x, y)


@script(found_by="check_head_reaches_the_labels")
def sigmoid_for_targets_beyond_one():
    """Predictions stay between 0 and 1, and the targets go up to 100.

    For numbers without bound take a head without activation.
    """
    x = np.linspace(-10, 10, 64)[:, None]
    y = x**2
    head = layers.Dense(1, activation="sigmoid")  # -
    # + head = layers.Dense(1)
    model = keras.Sequential([keras.Input((1,)), layers.Dense(8, "relu"), head])
    model.compile("adam", loss="mse")
    return model.fit(x, y)


@script(found_by="check_scores_are_not_cut_off")
def relu_before_from_logits():
    """No probability is below one half.

    The loss applies a sigmoid to what the head gives, and a relu lets nothing below 0
    through: the sigmoid of 0 is 0.5. A head that gives logits has no activation.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    y = (x[:, 0] > 0).astype("int32")
    head = layers.Dense(1, activation="relu")  # -
    # + head = layers.Dense(1)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu"), head])
    model.compile("adam", loss=keras.losses.BinaryCrossentropy(from_logits=True))
    return model.fit(x, y)


@script(found_by="check_head_gives_positive_numbers")
def counts_below_zero():
    """The loss is NaN from the first step on.

    The Poisson loss takes the logarithm of the predictions, and a head without
    activation gives numbers below 0 as well. Take the exponential.
    """
    draw = np.random.default_rng(0)
    x = draw.normal(size=(64, 4))
    y = draw.poisson(np.exp(x[:, 0]))
    head = layers.Dense(1)  # -
    # + head = layers.Dense(1, activation="exponential")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu"), head])
    model.compile("adam", loss="poisson")
    return model.fit(x, y)


@script(found_by="check_head_has_full_precision", severity="warning")
def softmax_in_half_precision():
    """Probabilities close to 1 become 1.

    With the policy mixed_float16 the last layer computes its softmax with 16 bits, too.
    Give this one layer float32.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    y = x[:, :3].argmax(-1)
    half = "mixed_float16"
    head = layers.Dense(3, "softmax", dtype=half)  # -
    # + head = layers.Dense(3, "softmax", dtype="float32")
    body = layers.Dense(8, "relu", dtype=half)
    model = keras.Sequential([keras.Input((4,)), body, head])
    model.compile("adam", loss="sparse_categorical_crossentropy")
    return model.fit(x, y)
