"""Heads that do not give what the loss takes, and losses that cannot be saved."""

import keras
from keras import layers

from tests.wild.tensorflow_names import tf
from tests.wild_models.records import (
    inputs_and_answers,
    inputs_and_targets,
    of_layers,
    wrong,
)


@wrong(
    "check_head_can_change",
    id="softmax-of-one-unit",
    source="AyanKumarBhunia/Deep-One-Shot-Logo-Retrieval#7",
    title="Dense(1, activation='softmax') with binary_crossentropy",
    why="the softmax of one number is 1",
    words=("softmax over one unit", "sigmoid"),
)
def softmax_of_one_unit(is_right):
    x, y = inputs_and_answers()
    activation = "sigmoid" if is_right else "softmax"
    model = of_layers(layers.Dense(1, activation=activation))
    model.compile("adam", loss="binary_crossentropy")
    return model, x, y


@wrong(
    "check_head_gives_probabilities",
    id="scores-as-probabilities",
    source="qubvel/segmentation_models#95, keras-team/keras#4766",
    title="no activation on the head, loss='binary_crossentropy'",
    why="scores are read as probabilities, and clipped",
    words=("sigmoid", "from_logits=True"),
)
def scores_as_probabilities(is_right):
    x, y = inputs_and_answers()
    model = of_layers(layers.Dense(1))
    model.compile("adam", loss=keras.losses.BinaryCrossentropy(from_logits=is_right))
    return model, x, y


class Maker:
    def __init__(self, ratio):
        self.ratio = ratio

    def of_this_ratio(self, y_true, y_pred):
        return self.ratio * tf.reduce_mean(tf.square(y_true - y_pred), -1)


@keras.saving.register_keras_serializable("tests")
def three_times(y_true, y_pred):
    return 3.0 * tf.reduce_mean(tf.square(y_true - y_pred), -1)


@wrong(
    "check_saves",
    "check_model_saves",
    id="bound-method-as-the-loss",
    source="keras-team/keras#5916",
    title="loss=Maker(3).of_this_ratio, saved and loaded",
    why="load_model can look up no method of an object",
    words=("load_model",),
)
def bound_method(is_right):
    x, y = inputs_and_targets()
    model = of_layers(layers.Dense(1))
    model.compile("sgd", loss=three_times if is_right else Maker(3.0).of_this_ratio)
    return model, x, y
