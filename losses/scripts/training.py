"""A step of training changes nothing, or something else than is meant."""

import keras
import numpy as np
from keras import layers, ops

from losses.evidence.declarations import script


@script(found_by="check_something_learns")
def rounded_predictions():
    """The loss stays where it is: no gradient passes through `round`.

    A count of wrong answers is flat wherever it is defined. Train by a crossentropy,
    and count in a metric.
    """

    def wrong_answers(y_true, y_pred):
        return ops.mean(ops.abs(y_true - ops.round(y_pred)), axis=-1)

    x = np.random.default_rng(0).normal(size=(64, 4))
    y = (x[:, 0] > 0).astype("int32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", loss=wrong_answers)  # -
    # + model.compile("adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y)


@script(found_by="check_something_learns")
def everything_frozen():
    """The loss stays where it is: no variable is trainable.

    `trainable = False` on a model holds for all of its layers. Freeze those that are
    meant.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    y = (x[:, 0] > 0).astype("int32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu")])
    model.add(layers.Dense(1, activation="sigmoid"))
    model.trainable = False  # -
    # + model.layers[0].trainable = False
    model.compile("adam", loss="binary_crossentropy")
    return model.fit(x, y)


@script(found_by="check_added_losses_are_bounded")
def added_loss_with_the_wrong_sign():
    """The loss falls far below 0, and the reconstruction does not get better.

    A layer adds what should keep the code near 0, with its sign exchanged: the further
    away, the lower the loss.
    """

    class Code(layers.Dense):
        def call(self, x):
            code = super().call(x)
            self.add_loss(-ops.mean(ops.square(code)))  # -
            # + self.add_loss(ops.mean(ops.square(code)))
            return code

    x = np.random.default_rng(0).normal(size=(64, 4))
    model = keras.Sequential([keras.Input((4,)), Code(2), layers.Dense(4)])
    model.compile("adam", loss="mse")
    return model.fit(x, x)


@script(found_by="check_added_losses_count", severity="warning")
def compute_loss_without_added_losses():
    """The regulariser changes nothing: the weights grow as they do without it.

    What layers add to the loss stands in `self.losses`, and a `compute_loss` of one's
    own must add it itself.
    """

    class Model(keras.Model):
        def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
            error = ops.mean(ops.square(y - ops.squeeze(y_pred, axis=-1)))
            return error  # -
            # + return error + sum(self.losses)

    x = np.random.default_rng(0).normal(size=(64, 4))
    inputs = keras.Input((4,))
    model = Model(inputs, layers.Dense(1, kernel_regularizer="l2")(inputs))
    model.compile("adam")
    return model.fit(x, x.sum(axis=-1))


@script(found_by="check_metrics_run")
def metric_of_another_shape():
    """`Incompatible shapes: [32] vs. [96]`, from a metric and not from the loss.

    The metric compares class ids, and gets a probability for each class. Told so, it
    looks for the largest.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    y = x[:, :3].argmax(axis=-1)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    metric = keras.metrics.MeanIoU(3)  # -
    # + metric = keras.metrics.MeanIoU(3, sparse_y_pred=False)
    loss = "sparse_categorical_crossentropy"
    model.compile("adam", loss=loss, metrics=[metric])
    return model.fit(x, y)


@script(found_by="check_metrics_fit", severity="warning")
def accuracy_of_a_regression():
    """The accuracy is 0, though the loss falls.

    It counts predictions that equal the target to the last digit. Take the mean
    absolute error.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss="mse", metrics=["accuracy"])  # -
    # + model.compile("adam", loss="mse", metrics=["mae"])
    return model.fit(x, x.sum(axis=-1))


@script(found_by="check_step_runs")
def weights_as_long_as_the_data():
    """`Incompatible shapes: [32] vs. [64]`.

    The loss holds a weight for each row of the data, and gets the rows of a batch.
    Weights of rows go to `fit`, which deals them out.
    """
    draw = np.random.default_rng(0)
    x, weights = draw.normal(size=(100, 4)), draw.random(100).astype("float32")

    def weighted(y_true, y_pred):
        error = ops.mean(ops.square(y_true - y_pred), axis=-1)
        return error * weights  # -
        # + return error

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=weighted)
    return model.fit(x, x.sum(axis=-1))  # -
    # + return model.fit(x, x.sum(axis=-1), sample_weight=weights)
