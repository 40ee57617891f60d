"""No function of (y_true, y_pred) that returns floats, or types that do not mix."""

import keras

from tests.wild.records import (
    binary,
    broken,
    labels_and_softmax,
    masks,
    only_tensorflow,
    regression,
)
from tests.wild.rewrites import focal, mean_squared_error
from tests.wild.tensorflow_names import tf


def focal_loss(gamma=2.0, alpha=0.25):
    def focal_loss_fixed(y_true, y_pred):
        return focal(y_true, y_pred, gamma, alpha)

    return focal_loss_fixed


factory_not_called = broken(
    id="contract-factory-not-called",
    source="mkocabas/focal-loss-keras#8",
    title="the loss factory itself is passed as the loss",
    failure_class="contract",
    make_data=lambda: binary(30),
    fixed=focal_loss(2.0, 0.25),
    why="focal_loss(gamma, alpha) returns the loss; called with (y_true, y_pred) it "
    "returns a function",
)(focal_loss)


@broken(
    id="contract-no-return",
    source="keras-team/keras#4075",
    title="loss that only prints",
    failure_class="contract",
    make_data=lambda: regression(32),
    fixed=mean_squared_error,
    why="there is no return statement, the result is None",
)
def prints_only(y_true, y_pred):
    print("reached", end="\r")
    tf.shape(y_true)


def dice_of_the_batch(y_true, y_pred):
    overlap = tf.reduce_sum(y_true * y_pred)
    total = tf.reduce_sum(y_true) + tf.reduce_sum(y_pred)
    return 1 - 2 * overlap / (total + 1e-7)


@broken(
    id="contract-keras-backend-sum",
    source="bnsreenu/python_for_microscopists#76",
    title="from keras import backend as K; K.sum(...) after the move to Keras 3",
    failure_class="contract",
    make_data=lambda: masks(34),
    fixed=dice_of_the_batch,
    why="keras.backend of Keras 3 has no sum, mean or flatten; tf.keras.backend still "
    "has",
)
def sum_of_the_old_backend(y_true, y_pred):
    K = keras.backend
    overlap = K.sum(K.flatten(y_true) * K.flatten(y_pred))
    return 1 - 2 * overlap / (K.sum(y_true) + K.sum(y_pred) + 1e-7)


def share_of_the_energy(y_true, y_pred):
    energy = tf.reduce_sum(tf.square(y_true))
    return tf.square(y_true - y_pred) / (energy + 1e-7)


@broken(
    id="contract-optional-sample-weight",
    source="tensorflow/tensorflow#85174",
    title="loss with sample_weight=None in its signature, cast to float inside",
    failure_class="contract",
    make_data=lambda: regression(36, batch=16),
    fixed=share_of_the_energy,
    why="Keras never passes sample_weight into the function; None is cast",
)
def weights_expected(y_true, y_pred, sample_weight=None):
    weight = tf.cast(sample_weight, tf.float32)
    errors = tf.reduce_sum(weight * tf.square(y_true - y_pred))
    return errors / tf.reduce_sum(weight * tf.square(y_true))


def jaccard_of_cast_masks(y_true, y_pred, smooth=100.0):
    y_true = tf.cast(y_true, y_pred.dtype)
    overlap = tf.reduce_sum(tf.abs(y_true * y_pred), -1)
    total = tf.reduce_sum(tf.square(y_true), -1) + tf.reduce_sum(tf.square(y_pred), -1)
    return 1 - (overlap + smooth) / (total - overlap + smooth)


@broken(
    id="dtype-uint8-mask",
    source="manideep2510/melanoma_segmentation#2",
    title="uint8 masks times float predictions",
    failure_class="dtype",
    make_data=lambda: masks(40, dtype="uint8"),
    fixed=jaccard_of_cast_masks,
    why="TF has no automatic int*float; y_true must be cast to y_pred.dtype",
    not_on=only_tensorflow("JAX and PyTorch multiply integers by floats"),
)
def jaccard_of_integer_masks(y_true, y_pred, smooth=100.0):
    overlap = tf.reduce_sum(tf.abs(y_true * y_pred), -1)
    total = tf.reduce_sum(tf.square(y_true), -1) + tf.reduce_sum(tf.square(y_pred), -1)
    return 1 - (overlap + smooth) / (total - overlap + smooth)


def entropy_of_integer_labels(y_true, y_pred):
    labels = tf.one_hot(tf.cast(tf.reshape(y_true, [-1]), tf.int32), 5)
    return -tf.reduce_sum(labels * tf.math.log(y_pred + 1e-7), -1)


@broken(
    id="dtype-onehot-of-float-target",
    source="keras-team/keras#19283",
    title="one_hot of the labels: fine on integers, but Keras 3 hands the loss float32 "
    "labels",
    failure_class="dtype",
    make_data=lambda: labels_and_softmax(42, batch=12, classes=5),
    fixed=entropy_of_integer_labels,
    why="the Keras 3 wrapper casts y_true to float32; one_hot and gather need integers",
)
def entropy_of_labels_as_they_come(y_true, y_pred):
    labels = tf.one_hot(y_true, 5)
    return -tf.reduce_sum(labels * tf.math.log(y_pred + 1e-7), -1)


def float64_masks():
    y_true, y_pred = masks(44)
    return y_true.astype("float64"), y_pred


def jaccard_in_one_precision(y_true, y_pred):
    y_true = tf.cast(y_true, y_pred.dtype)
    overlap = tf.reduce_sum(y_true * y_pred)
    return 1 - overlap / (tf.reduce_sum(y_true + y_pred) - overlap + 1e-7)


@broken(
    id="dtype-float64-target",
    source="qubvel/segmentation_models#592",
    title="float64 masks, float32 predictions",
    failure_class="dtype",
    make_data=float64_masks,
    fixed=jaccard_in_one_precision,
    why="TF does not promote float64 * float32",
    not_on=only_tensorflow("JAX and PyTorch mix floats of two precisions"),
)
def jaccard_in_two_precisions(y_true, y_pred):
    overlap = tf.reduce_sum(y_true * y_pred)
    return 1 - overlap / (tf.reduce_sum(y_true + y_pred) - overlap + 1e-7)


def gaussian(y_true, y_pred):
    return 0.5 * tf.reduce_sum(tf.square(y_true - y_pred), -1)


@broken(
    id="contract-log-prob-of-a-tensor",
    source="keras-team/keras#19209, tensorflow/tensorflow#36181",
    title="-y_pred.log_prob(y_true) of a layer that makes a distribution",
    failure_class="contract",
    make_data=lambda: regression(212, batch=16, width=2),
    fixed=gaussian,
    why="Keras hands a tensor to the loss, never the distribution",
)
def likelihood_of_a_distribution(y_true, y_pred):
    return -y_pred.log_prob(y_true)
