"""Half precision, and what a loss keeps from one call to the next."""

import numpy as np

from tests.wild.records import broken, one_hot_and_softmax, regression
from tests.wild.rewrites import mean_squared_error
from tests.wild.tensorflow_names import tf


def one_saturated_in_half_precision():
    y_true, y_pred = one_hot_and_softmax(160, batch=8, classes=4)
    y_pred[0] = [1, 0, 0, 0]
    y_true[0] = [0, 1, 0, 0]
    return y_true.astype("float16"), y_pred.astype("float16")


def log_in_single_precision(y_true, y_pred):
    clipped = tf.clip_by_value(tf.cast(y_pred, tf.float32), 1e-7, 1.0)
    return -tf.reduce_sum(tf.cast(y_true, tf.float32) * tf.math.log(clipped), -1)


@broken(
    id="half-epsilon-underflow",
    source="keras-team/keras#11832",
    title="log(p + 1e-8) in float16",
    failure_class="precision",
    make_data=one_saturated_in_half_precision,
    fixed=log_in_single_precision,
    why="1e-8 is 0 in float16 (smallest is 6e-8): the epsilon protects nothing",
)
def log_in_half_precision(y_true, y_pred):
    return -tf.reduce_sum(y_true * tf.math.log(y_pred + 1e-8), -1)


def pixels_in_half_precision():
    random = np.random.default_rng(162)
    y_true = (random.random((2, 32, 32, 3)) * 255).astype("float16")
    return y_true, (random.random((2, 32, 32, 3)) * 255).astype("float16")


def mean_in_single_precision(y_true, y_pred):
    error = tf.cast(y_true, tf.float32) - tf.cast(y_pred, tf.float32)
    return tf.reduce_mean(tf.square(error), [1, 2, 3])


@broken(
    id="half-sum-overflow",
    source="matterport/Mask_RCNN#1482",
    title="sum of squared pixel errors in float16",
    failure_class="precision",
    make_data=pixels_in_half_precision,
    fixed=mean_in_single_precision,
    why="float16 overflows at 65504",
)
def sum_in_half_precision(y_true, y_pred):
    return tf.reduce_sum(tf.square(y_true - y_pred), [1, 2, 3])


class Annealed:
    def __init__(self):
        self.alpha = 0.0

    def __call__(self, y_true, y_pred):
        error = tf.reduce_mean(tf.square(y_true - y_pred), -1)
        return error + self.alpha * tf.reduce_mean(tf.square(y_pred), -1)


@broken(
    id="state-python-weight-frozen",
    source="keras-team/keras#13826",
    title="Python float changed by a callback during training",
    failure_class="state",
    make_data=lambda: regression(170, batch=8, width=3),
    fixed=mean_squared_error,
    factory=True,
    why="the value is baked in when the graph is traced; changes are ignored "
    "(a tf.Variable works)",
    not_on={"torch": "PyTorch reads the value anew at every call"},
)
def weight_raised_by_a_callback():
    annealed = Annealed()
    return lambda y_true, y_pred: annealed(y_true, y_pred)


@broken(
    id="state-previous-prediction",
    source="keras-team/keras#19004",
    title="keeps the previous y_pred in a Python object",
    failure_class="state",
    make_data=lambda: regression(172, batch=8),
    fixed=mean_squared_error,
    factory=True,
    why="a traced tensor outlives its graph: never updated, or an out-of-scope error "
    "at the next trace",
)
def rise_since_the_last_call():
    previous = {}

    def loss(y_true, y_pred):
        rise = 0.0
        if "y" in previous:
            rise = tf.reduce_mean(tf.maximum(y_pred - previous["y"], 0.0))
        previous["y"] = y_pred
        return tf.reduce_mean(tf.square(y_true - y_pred), -1) + rise

    return loss
