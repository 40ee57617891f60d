"""Scores taken for probabilities, labels in another form, arguments exchanged."""

import keras
import numpy as np
from keras import losses

from tests.wild.records import (
    binary,
    broken,
    float32,
    labels_and_softmax,
    one_hot_and_softmax,
    sigmoid,
    softmax,
)
from tests.wild.tensorflow_names import tf


def log_loss(y_true, y_pred):
    clipped = tf.clip_by_value(y_pred, 1e-7, 1 - 1e-7)
    of_ones = 1.0 * y_true * tf.math.log(clipped)
    return tf.reduce_mean(-(of_ones + (1 - y_true) * tf.math.log(1 - clipped)), -1)


@broken(
    id="logits-weighted-ce-on-sigmoid",
    source="keras-team/keras#12605",
    title="tf.nn.weighted_cross_entropy_with_logits on the output of a sigmoid",
    failure_class="logits_probs",
    make_data=lambda: binary(100, batch=16),
    fixed=log_loss,
    why="a sigmoid is applied twice: outputs in (0,1) are read as logits, the loss "
    "cannot go below 0.31 / 0.69",
)
def sigmoid_twice(y_true, y_pred):
    entropy = tf.nn.weighted_cross_entropy_with_logits(
        labels=y_true, logits=y_pred, pos_weight=1.0
    )
    return tf.reduce_mean(entropy, -1)


def crossentropy_of_probabilities(y_true, y_pred):
    return losses.categorical_crossentropy(y_true, y_pred)


@broken(
    id="logits-from-logits-true",
    source="keras-team/keras#6143",
    title="from_logits=True because the output 'is the result of a softmax'",
    failure_class="logits_probs",
    make_data=lambda: one_hot_and_softmax(102, batch=12, classes=3),
    fixed=crossentropy_of_probabilities,
    why="from_logits=True means unscaled scores; probabilities get a second softmax",
)
def softmax_twice(y_true, y_pred):
    return losses.categorical_crossentropy(y_true, y_pred, from_logits=True)


def tanh_outputs():
    random = np.random.default_rng(104)
    y_true = (random.random((12, 1)) > 0.5).astype("float32")
    return y_true, float32(np.tanh(random.normal(size=(12, 1))))


def crossentropy_of_scores(y_true, logits):
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(labels=y_true, logits=logits)
    return tf.reduce_mean(entropy, -1)


@broken(
    id="logits-raw-scores-as-probs",
    source="tensorflow/tensorflow#38457",
    title="binary cross-entropy (from_logits=False) on tanh / linear outputs",
    failure_class="logits_probs",
    make_data=tanh_outputs,
    fixed=crossentropy_of_scores,
    why="values outside [0,1] are clipped to epsilon: huge loss, and no gradient for "
    "those samples",
)
def scores_as_probabilities(y_true, y_pred):
    return losses.binary_crossentropy(y_true, y_pred)


def crossentropy_of_encoded_labels(y_true, y_pred):
    labels = tf.one_hot(tf.cast(tf.reshape(y_true, [-1]), tf.int32), 4)
    return -tf.reduce_sum(labels * tf.math.log(y_pred + 1e-7), axis=-1)


@broken(
    id="label-int-column-in-dense-ce",
    source="tensorflow/tensorflow#18651",
    title="dense cross-entropy fed integer labels of shape (B,1)",
    failure_class="label_format",
    make_data=lambda: labels_and_softmax(110, batch=16, classes=4, column=True),
    fixed=crossentropy_of_encoded_labels,
    why="(B,1) * (B,C) broadcasts: the class NUMBER weights every log-probability; "
    "class 0 costs nothing",
)
def label_as_a_factor(y_true, y_pred):
    clipped = tf.clip_by_value(y_pred, 1e-7, 1.0)
    return -tf.reduce_sum(tf.cast(y_true, tf.float32) * tf.math.log(clipped), -1)


def labels_of_two():
    """Labels -2 and 2."""
    random = np.random.default_rng(112)
    y_true = np.where(random.random((16, 1)) > 0.5, 2.0, -2.0)
    return float32(y_true), binary(112, batch=16)[1]


def log_loss_of_rescaled_labels(y_true, y_pred):
    return log_loss((y_true + 2) / 4, y_pred)


@broken(
    id="label-bce-out-of-range",
    source="keras-team/keras#14046",
    title="binary cross-entropy with labels -2 / 2",
    failure_class="label_format",
    make_data=labels_of_two,
    fixed=log_loss_of_rescaled_labels,
    why="y log p + (1-y) log(1-p) is unbounded below outside [0,1]",
)
def labels_out_of_range(y_true, y_pred):
    return losses.binary_crossentropy(y_true, y_pred)


def margins():
    random = np.random.default_rng(114)
    y_true = (random.random((16, 1)) > 0.5).astype("float32")
    return y_true, float32(random.normal(size=(16, 1)))


def hinge_of_signs(y_true, y_pred):
    return tf.reduce_mean(tf.maximum(1.0 - (2 * y_true - 1) * y_pred, 0.0), -1)


@broken(
    id="label-hinge-0-1",
    source="keras-team/keras#15665",
    title="hinge loss written from the formula, labels 0/1",
    failure_class="label_format",
    make_data=margins,
    fixed=hinge_of_signs,
    why="for label 0 the loss is 1 whatever is predicted: no gradient for the negative "
    "class",
)
def hinge_of_zeros_and_ones(y_true, y_pred):
    return tf.reduce_mean(tf.maximum(1.0 - y_true * y_pred, 0.0), -1)


def smoothed_crossentropy(y_true, y_pred, epsilon=0.1):
    of_labels = losses.categorical_crossentropy(y_true, y_pred)
    uniform = tf.ones_like(y_pred) / 5
    of_uniform = losses.categorical_crossentropy(uniform, y_pred)
    return (1 - epsilon) * of_labels + epsilon * of_uniform


@broken(
    id="order-crossentropy-swapped",
    source="keras-team/keras#8993",
    title="K.categorical_crossentropy(y_pred, y_true) after the backend changed its "
    "argument order",
    failure_class="arg_order",
    make_data=lambda: one_hot_and_softmax(120, batch=12, classes=5),
    fixed=smoothed_crossentropy,
    why="the log is taken of the labels: constant -log(eps) terms, loss far too high "
    "and wrong gradient",
)
def log_of_the_labels(y_true, y_pred, epsilon=0.1):
    of_labels = losses.categorical_crossentropy(y_pred, y_true)
    uniform = tf.ones_like(y_pred) / 5
    of_uniform = losses.categorical_crossentropy(y_pred, uniform)
    return (1 - epsilon) * of_labels + epsilon * of_uniform


@broken(
    id="order-binary-crossentropy",
    source="keras-team/keras#7228",
    title="K.binary_crossentropy(y_pred, y_true)",
    failure_class="arg_order",
    make_data=lambda: binary(100, batch=16),
    fixed=log_loss,
    why="log of the labels: clipped to log(eps)",
)
def log_of_binary_labels(y_true, y_pred):
    K = tf.keras.backend
    return tf.reduce_mean(K.binary_crossentropy(y_pred, y_true), axis=-1)


class GeneralDiceLoss(keras.losses.Loss):
    def __init__(self, reduction="sum_over_batch_size", name="GeneralDiceLoss"):
        super().__init__(reduction=reduction, name=name)
        self.epsilon = 1e-16

    def call(self, yPred, yTrue):
        overlap = tf.reduce_sum(yPred * yTrue, [1, 2])
        weight = 1.0 / (tf.square(tf.reduce_sum(yTrue, [1, 2])) + self.epsilon)
        total = tf.reduce_sum(yPred + yTrue, [1, 2])
        below = tf.reduce_sum(weight * total, -1) + self.epsilon
        return 1 - 2 * tf.reduce_sum(weight * overlap, -1) / below


def one_image_without_foreground():
    random = np.random.default_rng(125)
    y_true = np.zeros((2, 8, 8, 2), "float32")
    y_true[..., 0] = 1.0
    y_true[0, 2:4, 2:4] = [0, 1]
    towards_background = np.array([2.0, 0.0])
    scores = random.normal(size=(2, 8, 8, 2)) + towards_background
    return y_true, float32(softmax(scores))


def called_in_its_order(y_true, y_pred):
    return GeneralDiceLoss().call(y_pred, y_true)


called_by_keras = broken(
    id="order-gdl-call",
    source="tensorflow/tensorflow#35329 (call(self, yPred, yTrue))",
    title="generalised Dice in a Loss subclass, call() takes (yPred, yTrue)",
    failure_class="arg_order",
    make_data=one_image_without_foreground,
    fixed=called_in_its_order,
    factory=True,
    why="the class weights 1/sum(y_true)^2 are computed from the predictions",
)(GeneralDiceLoss)


def voices():
    random = np.random.default_rng(202)
    y_true = float32(random.random((32, 1)) > 0.4)
    return y_true, float32(sigmoid(random.normal(size=(32, 1))))


def sure_voices_count_double(y_true, y_pred):
    sure = 2 * tf.abs(y_true - 0.5)
    return tf.reduce_mean(
        sure * tf.keras.backend.binary_crossentropy(y_true, y_pred), -1
    )


@broken(
    id="order-voice-activity",
    source="xiph/rnnoise#117",
    title="binary_crossentropy(y_pred, y_true), weighted by how sure a label is",
    failure_class="arg_order",
    make_data=voices,
    fixed=sure_voices_count_double,
    why="the labels are clipped and stand for the probabilities: the gradient is a "
    "straight line in y_pred and says nothing of the distance to the label",
)
def voices_exchanged(y_true, y_pred):
    sure = 2 * tf.abs(y_true - 0.5)
    return tf.reduce_mean(
        sure * tf.keras.backend.binary_crossentropy(y_pred, y_true), -1
    )


def words_with_letter_zero():
    random = np.random.default_rng(218)
    y_true = random.integers(1, 6, (4, 5)).astype("int64")
    y_true[0, 2] = 0
    y_true[1, 3:] = -1
    return y_true, float32(random.normal(size=(4, 20, 7)))


def ctc_of_letters_from_one(y_true, y_pred):
    return losses.ctc(y_true + 1, tf.concat([y_pred, y_pred[..., :1]], -1))


letters_from_zero = broken(
    id="label-ctc-zero-and-minus-one",
    source="keras-team/keras#21876, keras-team/keras-io#1718",
    title="keras.losses.CTC with letters from 0 on, padded with -1",
    failure_class="label_format",
    make_data=words_with_letter_zero,
    fixed=ctc_of_letters_from_one,
    why="0 is blank and padding there: the length of a word is the number of labels "
    "that are not 0, so that a letter 0 costs the last one, and -1 is a letter",
)(keras.losses.CTC())
