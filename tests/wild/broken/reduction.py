"""The batch axis is gone: weights and the size of the batch act wrongly."""

import keras
import numpy as np

from tests.wild.records import binary, broken, float32, one_hot_and_softmax
from tests.wild.rewrites import focal
from tests.wild.tensorflow_names import tf


def penalised_error_of_samples(y_true, y_pred):
    error = tf.reduce_mean(tf.square(y_true - y_pred), -1)
    return error + 0.1 * tf.reduce_mean(tf.square(0.5 - y_pred), -1)


@broken(
    id="reduce-guide-custom-mse",
    source="tensorflow/tensorflow#42446",
    title="Loss.call returns one scalar for the batch",
    failure_class="batch_reduction",
    make_data=lambda: one_hot_and_softmax(10, batch=8, classes=10),
    fixed=penalised_error_of_samples,
    factory=True,
    severity="warning",
    why="a scalar times sample_weight is the same for all samples: weights only scale "
    "the whole loss",
)
class GuideMSE(keras.losses.Loss):
    def call(self, y_true, y_pred):
        error = tf.reduce_mean(tf.square(y_true - y_pred))
        return error + 0.1 * tf.reduce_mean(tf.square(0.5 - y_pred))


@broken(
    id="reduce-focal-sum-over-batch",
    source="umbertogriffo/focal-loss-keras#5",
    title="focal loss summed over the batch",
    failure_class="batch_reduction",
    make_data=lambda: binary(12, batch=16),
    fixed=focal,
    severity="warning",
    why="the sum runs over samples too: the loss (and the step) grows with the batch "
    "size",
)
def focal_summed(y_true, y_pred, gamma=2.0, alpha=0.25):
    of_ones = tf.where(tf.equal(y_true, 1), y_pred, tf.ones_like(y_pred))
    of_zeros = tf.where(tf.equal(y_true, 0), y_pred, tf.zeros_like(y_pred))
    ones = alpha * (1.0 - of_ones) ** gamma * tf.math.log(of_ones + 1e-7)
    zeros = (1 - alpha) * of_zeros**gamma * tf.math.log(1.0 - of_zeros + 1e-7)
    return -tf.reduce_sum(ones) - tf.reduce_sum(zeros)


def two_masks():
    y_true = [[[1, 1], [0, 0]], [[1, 1], [0, 0]]]
    y_pred = [[[0, 1], [0, 1]], [[0.4, 0], [0, 0.9]]]
    return float32(y_true)[..., None], float32(y_pred)[..., None]


def dice_per_image(y_true, y_pred):
    axes = [1, 2, 3]
    overlap = tf.reduce_sum(y_true * y_pred, axes)
    total = tf.reduce_sum(y_true, axes) + tf.reduce_sum(y_pred, axes)
    return 1 - (2 * overlap + 1e-7) / (total + 1e-7)


@broken(
    id="reduce-dice-whole-batch",
    source="keras-team/keras#19637",
    title="Dice over the flattened batch instead of per image",
    failure_class="batch_reduction",
    make_data=two_masks,
    fixed=dice_per_image,
    severity="warning",
    why="one ratio for the batch: images with large masks decide, sample_weight has no "
    "effect; some authors want just that",
)
def dice_of_the_batch(y_true, y_pred):
    y_true, y_pred = tf.reshape(y_true, [-1]), tf.reshape(y_pred, [-1])
    overlap = tf.reduce_sum(y_true * y_pred)
    total = tf.reduce_sum(y_true) + tf.reduce_sum(y_pred)
    return 1 - (2 * overlap + 1e-7) / (total + 1e-7)


def ranks():
    random = np.random.default_rng(14)
    labels = random.integers(0, 4, size=(8,)).astype("int64")
    return labels, float32(random.normal(size=(8, 3)))


def conditional_ranks(y_true, logits):
    labels = tf.cast(tf.reshape(y_true, [-1, 1]), tf.float32)
    rank = tf.range(3, dtype=tf.float32)[None]
    above = tf.cast(labels > rank, tf.float32)
    used = tf.cast(labels >= rank, tf.float32)
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(labels=above, logits=logits)
    return tf.reduce_sum(used * entropy, -1)


@broken(
    id="reduce-ordinal-drops-samples",
    source="ck37/coral-ordinal#21",
    title="conditional ordinal loss keeps only the samples of each rank: result is "
    "not (B,)",
    failure_class="batch_reduction",
    make_data=ranks,
    fixed=conditional_ranks,
    why="length of the result depends on the labels; it cannot be paired with "
    "sample_weight",
)
def ranks_of_varying_length(y_true, logits):
    labels = tf.cast(tf.reshape(y_true, [-1]), tf.float32)
    parts = []
    for rank in range(3):
        keep = labels >= float(rank)
        above = tf.cast(labels > float(rank), tf.float32)
        parts.append(
            tf.nn.sigmoid_cross_entropy_with_logits(
                labels=tf.boolean_mask(above, keep),
                logits=tf.boolean_mask(logits[:, rank], keep),
            )
        )
    return tf.concat(parts, 0)


def rows_of_errors(y_true, y_pred):
    return tf.abs(tf.squeeze(y_true, -1) - tf.squeeze(y_pred, -1))


class RowsOver64(keras.losses.Loss):
    def call(self, y_true, y_pred):
        rows = tf.reduce_mean(rows_of_errors(y_true, y_pred), -1)
        return tf.reduce_sum(rows) / 64.0


def sixteen_sequences():
    random = np.random.default_rng(216)
    return tuple(float32(random.normal(size=(16, 20, 1))) for _ in "12")


divided_by_a_constant = broken(
    id="reduce-divided-by-batch-constant",
    source="keras-team/keras#16285",
    title="the sum over the batch is divided by the batch size as a number",
    failure_class="batch_reduction",
    make_data=sixteen_sequences,
    fixed=lambda y_true, y_pred: tf.reduce_mean(rows_of_errors(y_true, y_pred), -1),
    factory=True,
    severity="warning",
    why="the last, short batch and each replica count for less",
)(RowsOver64)
