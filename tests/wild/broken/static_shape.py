"""Shapes that are not known while the graph is built, and data caught from outside."""

import keras
import numpy as np
from keras import losses

from tests.wild.records import (
    broken,
    float32,
    one_hot_and_softmax,
    only_tensorflow,
    regression,
)
from tests.wild.rewrites import mean_squared_error
from tests.wild.tensorflow_names import tf


def unexplained_variance(y_true, y_pred):
    residual = tf.reduce_sum(tf.square(y_pred - y_true), 1)
    mean = tf.reduce_mean(y_pred, 1, keepdims=True)
    total = tf.reduce_sum(tf.square(y_pred - mean), 1)
    return residual / (total + 1e-7)


@broken(
    id="shape-none-in-reshape",
    source="keras-team/keras#15956",
    title="reshape(mean, (y_pred.shape[0], 1)) in an explained-variance loss",
    failure_class="static_shape",
    make_data=lambda: regression(150, batch=16, width=12),
    fixed=unexplained_variance,
    why="y_pred.shape[0] is None whenever N is no multiple of the batch size (or with "
    "tf.data)",
    not_on=only_tensorflow(
        "JAX and PyTorch know the batch size whenever the loss runs"
    ),
)
def mean_reshaped(y_true, y_pred):
    residual = tf.reduce_sum(tf.square(y_pred - y_true), 1)
    mean = tf.reshape(tf.reduce_mean(y_pred, 1), (y_pred.shape[0], 1))
    return residual / tf.reduce_sum(tf.square(y_pred - mean), 1)


ALL_INPUTS = float32(np.random.default_rng(152).normal(size=(1000, 4)))


@broken(
    id="shape-captured-inputs",
    source="keras-team/keras#11582",
    title="loss(x_true) closes over the full input array",
    failure_class="static_shape",
    make_data=lambda: regression(152, batch=10, width=4),
    fixed=mean_squared_error,
    why="1000 captured rows against a batch of 10",
)
def error_to_all_inputs(y_true, y_pred):
    squares = tf.square(y_pred - y_true) + tf.square(y_true - ALL_INPUTS)
    return tf.reduce_mean(squares, axis=-1)


GET_SHAPE = "only TensorFlow's tensors have get_shape, only its graph unknown sizes"


def boxes_on_a_grid():
    random = np.random.default_rng(154)
    y_true = float32(np.abs(random.normal(size=(4, 3, 3, 6))))
    return y_true, float32(random.normal(size=(4, 3, 3, 6)))


def weights_by_arithmetic(y_true, y_pred):
    occupied = tf.cast(y_true[..., 2:3] * y_true[..., 3:4] > 0, tf.float32)
    weight = occupied * 5.0**0.5 + (1 - occupied) * 0.5**0.5
    return tf.reduce_mean(tf.square((y_true - y_pred) * weight), [1, 2, 3])


@broken(
    id="shape-np-zeros-of-get-shape",
    source="keras-team/keras#10651",
    title="np.zeros(y_true.get_shape().as_list()) as a weight mask",
    failure_class="static_shape",
    make_data=boxes_on_a_grid,
    fixed=weights_by_arithmetic,
    why="the static shape has None for the batch; NumPy cannot make such an array",
    not_on=only_tensorflow(GET_SHAPE),
)
def weights_by_numpy(y_true, y_pred):
    weight = np.zeros(y_true.get_shape().as_list(), "float32")
    weight[..., 0:4] = np.sqrt(5)
    weight[..., 4:] = 1.0
    occupied = y_true[..., 2:3] * y_true[..., 3:4] > 0
    mask = tf.where(occupied, tf.constant(weight), tf.zeros_like(y_true))
    return tf.reduce_mean(tf.square((y_true - y_pred) * mask), axis=0)


def images_of_any_size():
    random = np.random.default_rng(156)
    return float32(random.random((2, 6, 6, 1))), float32(random.random((2, 6, 6, 1)))


def error_of_images(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_true - y_pred), [1, 2, 3])


@broken(
    id="shape-int-of-none-spatial",
    source="keras-team/keras#11448",
    title="int(y_pred.get_shape()[1]) in a fully convolutional model",
    failure_class="static_shape",
    make_data=images_of_any_size,
    input_shape=(None, None, 1),
    fixed=error_of_images,
    why="Input((None, None, 1)): height and width are None while the graph is built, "
    "unless all data are arrays of one size",
    not_on=only_tensorflow(GET_SHAPE),
)
def error_on_a_grid(y_true, y_pred):
    height, width = int(y_pred.get_shape()[1]), int(y_pred.get_shape()[2])
    columns = tf.reshape(tf.tile(tf.range(width), [height]), (1, height, width, 1))
    grid = tf.cast(columns, tf.float32)
    return tf.reduce_mean(tf.square((y_true - y_pred) * (1 + 0 * grid)), [1, 2, 3])


def crossentropy(y_true, y_pred):
    return losses.categorical_crossentropy(y_true, y_pred)


@broken(
    id="shape-captured-hidden-layer",
    source="keras-team/keras#8921",
    title="loss adds a penalty on a captured hidden layer output",
    failure_class="static_shape",
    make_data=lambda: one_hot_and_softmax(134, batch=8, classes=3),
    fixed=crossentropy,
    factory=True,
    why="symbolic tensor of the functional model used in the loss",
)
def penalty_on_a_hidden_layer():
    inputs = keras.Input(shape=(3,))
    hidden = keras.layers.Dense(4)(inputs)

    def loss(y_true, y_pred):
        penalty = tf.reduce_max(tf.reduce_sum(tf.abs(hidden), axis=0))
        return losses.categorical_crossentropy(y_true, y_pred) + 0.01 * penalty

    return loss


def cells_of_a_grid():
    random = np.random.default_rng(219)
    y_true = float32(random.normal(size=(4, 7, 7, 6)))
    y_true[..., 0] = random.random((4, 7, 7)) > 0.8
    return y_true, float32(random.normal(size=(4, 7, 7, 6)))


def detection(y_true, y_pred, there, empty):
    at_objects = there * tf.square(y_true - y_pred)
    elsewhere = empty * tf.square(y_pred[..., :1])
    return tf.reduce_sum(at_objects + 0.5 * elsewhere, [1, 2, 3])


def detection_of_the_rest(y_true, y_pred):
    there = y_true[..., :1]
    return detection(y_true, y_pred, there, 1 - there)


@broken(
    id="shape-ones-of-static-shape",
    source="keras-team/keras#15357",
    title="tf.ones(mask.shape) - mask inside the loss",
    failure_class="static_shape",
    make_data=cells_of_a_grid,
    fixed=detection_of_the_rest,
    not_on=only_tensorflow("sizes are always known"),
    why="mask.shape has None in place of the batch size in fit",
)
def detection_of_ones(y_true, y_pred):
    there = y_true[..., :1]
    return detection(y_true, y_pred, there, tf.ones(there.shape) - there)
