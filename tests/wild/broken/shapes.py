"""Two operands grow to (batch, batch), or the batch is taken for a feature axis."""

import keras
import numpy as np

from tests.wild.records import broken, float32, regression
from tests.wild.tensorflow_names import tf


def house_prices():
    """Targets `(batch,)`, predictions `(batch, 1)`."""
    random = np.random.default_rng(1)
    y_true = float32(random.normal(22, 9, size=32))
    return y_true, float32(y_true[:, None] + random.normal(0, 2, size=(32, 1)))


def squared_error_aligned(y_true, y_pred):
    y_true = tf.reshape(tf.cast(y_true, y_pred.dtype), tf.shape(y_pred))
    return tf.reduce_mean(tf.square(y_true - y_pred), -1)


@broken(
    id="broadcast-mse-1d-target",
    source="keras-team/keras#14627",
    title="hand-written MSE, target (B,), output (B,1)",
    failure_class="broadcast",
    make_data=house_prices,
    fixed=squared_error_aligned,
    why="(B,) - (B,1) is (B,B): all pairs are compared, the optimum is the mean of the "
    "targets; a plain function is right in fit, where the ranks are aligned first",
)
def squared_error_of_all_pairs(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_true - y_pred))


def returns_and_values():
    random = np.random.default_rng(2)
    y_true = float32(random.normal(0, 3, size=(16, 1)))
    return y_true, float32(y_true + random.normal(0, 1, size=(16, 1)))


def squeezed_on_both_sides(y_true, y_pred):
    return tf.square(tf.squeeze(y_true, -1) - tf.squeeze(y_pred, -1))


@broken(
    id="broadcast-squeeze-one-side",
    source="PacktPublishing/Deep-Reinforcement-Learning-Hands-On#33",
    title="value loss: one operand squeezed, the other kept (B,1)",
    failure_class="broadcast",
    make_data=returns_and_values,
    fixed=squeezed_on_both_sides,
    why="squeeze gives (B,), the target stays (B,1); the difference is (B,B) also "
    "inside model.fit",
)
def squeezed_on_one_side(y_true, y_pred):
    value = tf.squeeze(y_pred, axis=-1)
    return tf.reduce_mean(tf.square(y_true - value))


def mean_and_sigma():
    """Predictions with a column for the mean and one for sigma."""
    random = np.random.default_rng(4)
    y_true = float32(random.normal(size=(16, 1)))
    mean = y_true[:, 0] + 0.3 * random.normal(size=16)
    return y_true, float32(np.stack([mean, 0.5 + random.random(16)], axis=1))


def likelihood_of_slices(y_true, y_pred):
    mean, sigma = y_pred[:, :1], y_pred[:, 1:]
    scaled = tf.square((y_true - mean) / sigma)
    return tf.squeeze(0.5 * scaled + tf.math.log(sigma), -1)


@broken(
    id="broadcast-sliced-params",
    source="keras-team/keras#369 (comment, 2017-04-17)",
    title="Gaussian likelihood: mean and sigma sliced out of y_pred as (B,), "
    "target (B,1)",
    failure_class="broadcast",
    make_data=mean_and_sigma,
    fixed=likelihood_of_slices,
    why="y_pred[:, 0] drops the axis; (B,1) - (B,) is (B,B) and is averaged away",
)
def likelihood_of_columns(y_true, y_pred):
    mean, sigma = y_pred[:, 0], y_pred[:, 1]
    scaled = tf.square((y_true - mean) / sigma)
    return tf.reduce_mean(0.5 * scaled + tf.math.log(sigma))


@broken(
    id="broadcast-subclass-mse-fit",
    source="tensorflow/tensorflow#42446 (the guide's CustomMSE class), with 1-D "
    "targets",
    title="keras.losses.Loss subclass, 1-D targets, model.fit",
    failure_class="broadcast",
    make_data=house_prices,
    fixed=squared_error_aligned,
    factory=True,
    why="Keras 3 neither expands 1-D targets in fit nor aligns ranks in a Loss "
    "subclass: (B,B) in model.fit",
)
class CustomMSE(keras.losses.Loss):
    def call(self, y_true, y_pred):
        squares = tf.square(tf.cast(y_true, y_pred.dtype) - y_pred)
        return tf.reduce_mean(squares, axis=-1)


def survival_times():
    """Targets with a column for the time and one for the event, and log-risks."""
    random = np.random.default_rng(7)
    time, event = random.exponential(5, 12), (random.random(12) > 0.4)
    return float32(np.stack([time, event], 1)), float32(random.normal(size=(12, 1)))


def event_as_a_vector(y_true, y_pred):
    theta, time, event = tf.reshape(y_pred, [-1]), y_true[:, 0], y_true[:, 1]
    at_risk = tf.cast(time[None, :] >= time[:, None], tf.float32)
    risk = tf.reduce_sum(tf.exp(theta)[None, :] * at_risk, 1)
    likelihood = theta - tf.math.log(risk)
    return -tf.reduce_sum(likelihood * event) / (tf.reduce_sum(event) + 1e-7)


@broken(
    id="broadcast-cox-event-column",
    source="mahmoodlab/PathomicFusion#9",
    title="Cox loss: event flag kept (B,1), log-risk (B,)",
    failure_class="broadcast",
    make_data=survival_times,
    fixed=event_as_a_vector,
    why="(B,) * (B,1) is (B,B): every risk term is counted for every event",
)
def event_as_a_column(y_true, y_pred):
    theta, time = tf.reshape(y_pred, [-1]), y_true[:, 0]
    at_risk = tf.cast(time[None, :] >= time[:, None], tf.float32)
    risk = tf.reduce_sum(tf.exp(theta)[None, :] * at_risk, 1)
    likelihood = theta - tf.math.log(risk)
    return -tf.reduce_mean(likelihood * y_true[:, 1:])


def distance_of_samples(y_true, y_pred):
    squares = tf.square(y_pred - y_true)
    return tf.sqrt(tf.reduce_sum(squares, axis=-1) + 1e-12)


@broken(
    id="axis0-euclidean",
    source="keras-team/keras#10408",
    title="Euclidean distance loss reduced over axis 0",
    failure_class="wrong_axis",
    make_data=lambda: regression(20, batch=32, width=5),
    fixed=distance_of_samples,
    why="axis 0 is the batch: one distance per coordinate over all samples instead of "
    "one per sample",
)
def distance_over_the_batch(y_true, y_pred):
    return tf.sqrt(tf.reduce_sum(tf.square(y_pred - y_true), axis=0))


def distances_of_triplets():
    """A target that is not used, the positive and the negative distance."""
    random = np.random.default_rng(22)
    distances = np.abs(random.normal(1, 0.5, size=(16, 2)))
    return np.zeros((16, 1), "float32"), float32(distances)


def triplets_in_rows(_, distances):
    positive, negative = distances[:, 0], distances[:, 1]
    return tf.maximum(0.0, 1.0 + tf.square(positive) - tf.square(negative))


@broken(
    id="axis0-triplet-stack",
    source="keras-team/keras#8335",
    title="triplet loss reads y_pred[0], y_pred[1] as the two distances",
    failure_class="wrong_axis",
    make_data=distances_of_triplets,
    fixed=triplets_in_rows,
    why="these are samples 0 and 1 of the batch; the other samples are ignored",
)
def triplets_of_two_samples(_, y_pred, margin=1.0):
    positive, negative = y_pred[0], y_pred[1]
    excess = margin + tf.square(positive) - tf.square(negative)
    return tf.reduce_mean(tf.maximum(0.0, excess))


def detections():
    random = np.random.default_rng(24)
    y_true = np.zeros((2, 6, 6, 3), "float32")
    y_true[0, 2, 3, 1] = y_true[1, 4, 4, 0] = 1.0
    noise = 0.02 * random.random(y_true.shape)
    return y_true, float32(np.clip(y_true * 0.9 + noise, 0, 1))


def soft_f1(y_true, y_pred, axes):
    hits = tf.reduce_sum(y_true * y_pred, axes)
    false_alarms = tf.reduce_sum((1 - y_true) * y_pred, axes)
    misses = tf.reduce_sum(y_true * (1 - y_pred), axes)
    precision = hits / (hits + false_alarms + 1e-7)
    recall = hits / (hits + misses + 1e-7)
    f1 = 2 * precision * recall / (precision + recall + 1e-7)
    return 1 - tf.reduce_mean(f1)


def f1_of_all_cells(y_true, y_pred):
    return soft_f1(y_true, y_pred, [0, 1, 2, 3])


@broken(
    id="axis0-soft-f1-map",
    source="you359/Keras-FasterRCNN#51",
    title="soft F1 over axis 0 of a detection map",
    failure_class="wrong_axis",
    make_data=detections,
    fixed=f1_of_all_cells,
    why="F1 is taken per map cell over 2 images; nearly all cells hold no positive and "
    "give F1 = 0",
)
def f1_of_each_cell(y_true, y_pred):
    return soft_f1(y_true, y_pred, 0)
