"""Python or NumPy at work on tensors, and variables made inside the loss."""

import numpy as np
from keras import losses

from tests.wild.records import (
    binary,
    broken,
    float32,
    one_hot_and_softmax,
    only_tensorflow,
    regression,
    sigmoid,
)
from tests.wild.rewrites import mean_squared_error
from tests.wild.tensorflow_names import tf


def six_labels():
    random = np.random.default_rng(130)
    y_true = (random.random((16, 6)) > 0.5).astype("float32")
    return y_true, float32(sigmoid(random.normal(size=(16, 6))))


def weighted_by_where(y_true, y_pred):
    false_alarm = (y_true[:, 5] < 0.5) & (y_pred[:, 5] > 0.5)
    weight = tf.where(false_alarm, 10.0, 1.0)
    return weight * losses.binary_crossentropy(y_true, y_pred)


@broken(
    id="graph-python-if",
    source="keras-team/keras#13156",
    title="10 if y_true[5] == 0 and y_pred[5] == 1 else 1",
    failure_class="graph_mode",
    make_data=six_labels,
    fixed=weighted_by_where,
    why="Python if/and on a tensor; also indexes the batch, and compares a float "
    "with 1",
)
def weighted_by_if(y_true, y_pred):
    weight = 10.0 if (y_true[5] == 0 and y_pred[5] == 1) else 1.0
    return weight * losses.binary_crossentropy(y_true, y_pred)


def huber_by_where(y_true, y_pred, delta=1.0):
    error = tf.abs(y_true - y_pred)
    linear = delta * error - 0.5 * delta**2
    return tf.reduce_mean(tf.where(error < delta, 0.5 * tf.square(error), linear), -1)


@broken(
    id="graph-cond-on-vector",
    source="chiphuyen/stanford-tensorflow-tutorials#93",
    title="tf.cond with a vector condition",
    failure_class="graph_mode",
    make_data=lambda: regression(132, batch=16),
    fixed=huber_by_where,
    why="tf.cond takes one scalar; element-wise choice is tf.where",
)
def huber_by_cond(y_true, y_pred, delta=1.0):
    error = tf.abs(y_true - y_pred)
    return tf.cond(
        error < delta,
        lambda: 0.5 * tf.square(error),
        lambda: delta * error - 0.5 * delta**2,
    )


def log_of_tensorflow(y_true, y_pred):
    return -tf.reduce_sum(y_true * tf.math.log(y_pred + 1e-7), -1)


@broken(
    id="graph-numpy-log",
    source="keras-team/keras#4781",
    title="np.log inside the loss",
    failure_class="graph_mode",
    make_data=lambda: one_hot_and_softmax(134, batch=8, classes=3),
    fixed=log_of_tensorflow,
    why="NumPy works on values: in eager mode it silently leaves the gradient tape, "
    "in a graph it fails",
)
def log_of_numpy(y_true, y_pred):
    return -tf.reduce_sum(y_true * np.log(y_pred + 1e-7), -1)


def values_and_sigmas():
    random = np.random.default_rng(137)
    y_true = float32(random.normal(size=(16, 2)))
    return y_true, float32(random.normal(size=(16, 2)))


def second_column_stacked(y_true, y_pred):
    error = tf.stop_gradient((y_true[:, 0] - y_pred[:, 0]) ** 2)
    target = tf.stack([y_true[:, 0], error], 1)
    return tf.reduce_mean(tf.square(target - y_pred), -1)


@broken(
    id="graph-assign-into-target",
    source="keras-team/keras#13668",
    title="tf.Variable built from tensors, assigned into a column of y_true",
    failure_class="graph_mode",
    make_data=values_and_sigmas,
    fixed=second_column_stacked,
    why="a variable initialised from a symbolic tensor; tensors have no assign",
)
def second_column_assigned(y_true, y_pred):
    error = tf.Variable((y_true[:, 0] - y_pred[:, 0]) ** 2, trainable=False)
    y_true[:, 1].assign(error)
    return tf.reduce_mean(tf.square(y_true - y_pred), -1)


def small_images():
    random = np.random.default_rng(139)
    return float32(random.random((3, 4, 4))), float32(random.random((3, 4, 4)))


def centred(rows):
    return rows - tf.reduce_mean(rows, -1, keepdims=True)


def all_rows_at_once(y_true, y_pred):
    return tf.reduce_mean(tf.square(centred(y_true) - centred(y_pred)), [1, 2])


@broken(
    id="graph-list-comprehension",
    source="openillumi.com/?p=89438",
    title="list comprehension over tf.range inside the loss",
    failure_class="graph_mode",
    make_data=small_images,
    fixed=all_rows_at_once,
    why="iterating over a tensor is not allowed in a graph",
    not_on=only_tensorflow(
        "JAX iterates over tensors, compiled or not; PyTorch leaves the loop to Python"
    ),
)
def row_by_row(y_true, y_pred):
    rows = [
        centred(y_true[:, row]) - centred(y_pred[:, row])
        for row in tf.range(tf.shape(y_true)[1])
    ]
    return tf.reduce_mean(tf.square(tf.stack(rows, 1)), [1, 2])


@broken(
    id="graph-sklearn-metric",
    source="tensorflow/docs#892",
    title="a scikit-learn style NumPy metric passed as the loss",
    failure_class="graph_mode",
    make_data=lambda: binary(50, batch=16),
    fixed=mean_squared_error,
    why="NumPy on symbolic tensors; returns a Python float without gradient",
)
def zero_one_loss(y_true, y_pred):
    return float(np.mean(np.asarray(y_true) != np.round(np.asarray(y_pred))))
