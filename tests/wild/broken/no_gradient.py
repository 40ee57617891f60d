"""No path, or a dead one, leads from y_pred to the loss."""

import keras
import numpy as np

from tests.wild.records import (
    binary,
    broken,
    float32,
    labels_and_softmax,
    regression,
)
from tests.wild.rewrites import mean_squared_error
from tests.wild.tensorflow_names import tf


@broken(
    id="nograd-round",
    source="keras-team/keras#4175",
    title="K.round(y_pred) in the loss",
    failure_class="no_gradient",
    make_data=lambda: binary(50, batch=16),
    fixed=mean_squared_error,
    why="round has no gradient",
)
def error_of_rounded_predictions(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_true - tf.round(y_pred)), -1)


def soft_share_above_a_bound(y_true, y_pred):
    return tf.sigmoid(4 * (tf.abs(y_true - y_pred) - 1.0))


@broken(
    id="nograd-threshold-count",
    source="keras-team/keras#4920",
    title="share of samples whose error is above a bound",
    failure_class="no_gradient",
    make_data=lambda: regression(52, batch=16),
    fixed=soft_share_above_a_bound,
    why="a comparison has no gradient",
)
def share_above_a_bound(y_true, y_pred):
    above = tf.greater_equal(tf.abs(y_true - y_pred), 1.0)
    return tf.reduce_mean(tf.cast(above, tf.float32))


def rank_of_each(values):
    return (np.argsort(np.argsort(values)) + 1).astype("float32")


@broken(
    id="nograd-numpy-function",
    source="tensorflow/tensorflow#35713",
    title="Spearman rank correlation through tf.numpy_function",
    failure_class="no_gradient",
    make_data=lambda: regression(54, batch=4, width=2),
    fixed=mean_squared_error,
    why="numpy_function cuts the gradient; and the batch size 4 is written into the "
    "formula",
)
def spearman(y_true, y_pred):
    correlations = []
    for column in range(2):
        true_ranks = tf.numpy_function(rank_of_each, [y_true[:, column]], tf.float32)
        ranks = tf.numpy_function(rank_of_each, [y_pred[:, column]], tf.float32)
        squares = tf.reduce_sum((true_ranks - ranks) ** 2)
        correlations.append(1 - 6 * squares / (4**3 - 4))
    return -tf.reduce_sum(correlations)


@broken(
    id="nograd-confusion-matrix",
    source="keras-team/keras#9712",
    title="accuracy from a confusion matrix, returned as the loss",
    failure_class="no_gradient",
    make_data=lambda: binary(50, batch=16),
    fixed=mean_squared_error,
    why="confusion_matrix works on integers, no gradient; and accuracy would have to "
    "be maximised",
)
def accuracy_by_confusion_matrix(y_true, y_pred):
    matrix = tf.math.confusion_matrix(
        tf.cast(tf.reshape(y_true, [-1]), tf.int32),
        tf.cast(tf.reshape(tf.round(y_pred), [-1]), tf.int32),
        num_classes=2,
    )
    hits = tf.cast(matrix[0, 0] + matrix[1, 1], tf.float32)
    return 100.0 * hits / tf.cast(tf.reduce_sum(matrix), tf.float32)


@broken(
    id="nograd-cast-greater",
    source="markaicode.com/custom-gradients-non-differentiable-losses",
    title="predictions thresholded at 0.5 before the squared error",
    failure_class="no_gradient",
    make_data=lambda: binary(50, batch=16),
    fixed=mean_squared_error,
    why="the comparison cuts the gradient",
)
def error_of_thresholded_predictions(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_true - tf.cast(y_pred > 0.5, tf.float32)))


def small_changes():
    random = np.random.default_rng(60)
    y_true = float32(0.02 * random.normal(size=(16, 3)))
    return y_true, float32(y_true + 0.03 * random.normal(size=(16, 3)))


def direction_by_tanh(y_true, y_pred):
    direction = tf.square(tf.sign(y_true) - tf.tanh(100 * y_pred))
    return tf.reduce_mean(tf.square(y_true - y_pred) + 0.1 * direction, -1)


@broken(
    id="nograd-sign-term",
    source="snap-stanford/GEARS#36",
    title="direction term through sign(): gradient is zero, not None",
    failure_class="no_gradient",
    make_data=small_changes,
    fixed=direction_by_tanh,
    why="sign is flat: the term adds to the loss and nothing to the gradient; no error "
    "is raised",
)
def direction_by_sign(y_true, y_pred):
    direction = tf.square(tf.sign(y_true) - tf.sign(y_pred))
    return tf.reduce_mean(tf.square(y_true - y_pred) + 0.1 * direction, -1)


def metric_inside():
    metric = keras.metrics.SparseCategoricalCrossentropy()

    def loss(y_true, y_pred):
        return metric(y_true, y_pred)

    return loss


metric_as_a_loss = broken(
    id="nograd-metric-as-loss",
    source="keras-team/keras#19150",
    title="the loss calls an object of keras.metrics",
    failure_class="no_gradient",
    make_data=lambda: labels_and_softmax(208, classes=5),
    fixed=keras.losses.sparse_categorical_crossentropy,
    factory=True,
    why="what a metric returns is a running mean that it keeps in variables: nothing "
    "leads back from it to y_pred",
)(metric_inside)
