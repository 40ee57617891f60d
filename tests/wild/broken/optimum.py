"""The least loss is not where the prediction is right, or not what was meant."""

import keras
import numpy as np

from tests.wild.records import binary, broken, float32, masks, regression, softmax
from tests.wild.tensorflow_names import tf


def r2_without_mean(y_true, y_pred):
    residual = tf.reduce_sum(tf.square(y_true - y_pred))
    return 1.0 - residual / (tf.reduce_sum(tf.square(y_true)) + 1e-7)


def negative_r2(y_true, y_pred):
    return -r2_without_mean(y_true, y_pred)


r2_as_a_loss = broken(
    id="optimum-r2-sign",
    source="tensorflow/tensorflow#85174",
    title="the R^2 score itself is returned as the loss",
    failure_class="wrong_optimum",
    make_data=lambda: regression(180, batch=16),
    fixed=negative_r2,
    why="R^2 is 1 for a perfect fit and is minimised here: training makes the fit "
    "worse without bound",
)(r2_without_mean)


def jaccard(y_true, y_pred):
    overlap = tf.reduce_sum(tf.abs(y_true * y_pred), [1, 2, 3])
    total = tf.reduce_sum(tf.abs(y_true) + tf.abs(y_pred), [1, 2, 3])
    return 1 - (overlap + 1e-5) / (total - overlap + 1e-5)


@broken(
    id="optimum-compares-with-itself",
    source="keras-team/keras-contrib#197",
    title="jaccard_distance(K.round(y_pred), y_pred)",
    failure_class="wrong_optimum",
    make_data=lambda: masks(182),
    fixed=jaccard,
    why="y_true is not used: predictions only become binary",
)
def jaccard_with_itself(y_true, y_pred):
    return jaccard(tf.round(y_pred), y_pred)


def absolute_difference(y_true, y_pred):
    return tf.abs(y_true - y_pred)


@broken(
    id="optimum-signed-difference",
    source="keras-team/keras#6263 (comment, 2017-04-19)",
    title="return y_true - y_pred",
    failure_class="wrong_optimum",
    make_data=lambda: regression(184),
    fixed=absolute_difference,
    why="signed error: unbounded below, larger predictions always 'better'",
)
def signed_difference(y_true, y_pred):
    return y_true - y_pred


def focal_to_the_power(y_true, y_pred, gamma=2.0, alpha=0.25):
    y_pred = tf.clip_by_value(y_pred, 1e-7, 1 - 1e-7)
    of_ones = -y_true * alpha * (1 - y_pred) ** gamma * tf.math.log(y_pred)
    rest = (1 - y_true) * (1 - alpha) * y_pred**gamma * tf.math.log(1 - y_pred)
    return tf.squeeze(of_ones - rest, -1)


@broken(
    id="optimum-focal-times-gamma",
    source="fudannlp16/focal-loss#8",
    title="(1 - p) * gamma instead of (1 - p) ** gamma",
    failure_class="wrong_optimum",
    make_data=lambda: binary(186, batch=16),
    fixed=focal_to_the_power,
    intent=True,
    why="no focusing on one class, alpha and 1-alpha exchanged: weights differ between "
    "the classes, though the minimum is still at y_true",
)
def focal_times_gamma(y_true, y_pred, gamma=2.0, alpha=0.25):
    clipped = tf.clip_by_value(y_pred, 1e-7, 1 - 1e-7)
    focus = (1 - clipped) * gamma
    of_ones = -y_true * (1 - alpha) * focus * tf.math.log(clipped)
    rest = (1 - y_true) * alpha * (clipped**gamma) * tf.math.log(1 - clipped)
    return tf.squeeze(of_ones - rest, -1)


@broken(
    id="optimum-jaccard-doubled",
    source="Project-MONAI/MONAI#644",
    title="1 - 2 I / U taken over from Dice",
    failure_class="wrong_optimum",
    make_data=lambda: masks(182),
    fixed=jaccard,
    intent=True,
    why="falls to -1 for a perfect mask: range and weight against other terms are off, "
    "though the minimum is still at y_true",
)
def jaccard_doubled(y_true, y_pred):
    overlap = tf.reduce_sum(y_true * y_pred, [1, 2, 3])
    union = tf.reduce_sum(y_true + y_pred, [1, 2, 3]) - overlap
    return 1 - (2 * overlap + 1e-5) / (union + 1e-5)


def times_and_events():
    """The interval in which each of 16 was last seen, and whether it ended there."""
    random = np.random.default_rng(203)
    seen = np.stack([random.integers(0, 6, 16), random.random(16) > 0.5], 1)
    return float32(seen), float32(softmax(random.normal(size=(16, 6))))


def hazard_of(y_true, y_pred, rest_of_the_censored):
    interval, ended = tf.cast(y_true[:, 0], tf.int32), y_true[:, 1]
    there = tf.one_hot(interval, 6)
    now = tf.reduce_sum(there * y_pred, -1)
    rest = rest_of_the_censored(there, y_pred)
    logs = ended * tf.math.log(now + 1e-8) + (1 - ended) * tf.math.log(rest + 1e-8)
    return -logs


def survival(y_true, y_pred):
    def later(there, y_pred):
        return tf.reduce_sum((1 - tf.cumsum(there, -1)) * y_pred, -1)

    return hazard_of(y_true, y_pred, later)


@broken(
    id="optimum-censored-as-event",
    source="chl8856/DeepHit#9",
    title="the term of the censored repeats that of the events",
    failure_class="wrong_optimum",
    make_data=times_and_events,
    fixed=survival,
    why="e * a + (1 - e) * a is a: the flag in the second column cancels out, and who "
    "was lost from sight counts as dead",
)
def survival_without_censoring(y_true, y_pred):
    def now(there, y_pred):
        return tf.reduce_sum(there * y_pred, -1)

    return hazard_of(y_true, y_pred, now)


def pinball(error, quantile=0.9):
    return tf.reduce_mean(tf.maximum(quantile * error, (quantile - 1) * error), -1)


@broken(
    id="optimum-pinball-mirrored",
    source="KalleBylin/temporal-fusion-transformers#1, ufal/npfl139#17",
    title="the error of a pinball loss is y_pred - y_true",
    failure_class="wrong_optimum",
    make_data=lambda: regression(205, batch=32),
    fixed=lambda y_true, y_pred: pinball(y_true - y_pred),
    intent=True,
    why="it fits the quantile 0.1 where 0.9 is asked for; both are proper losses",
)
def pinball_of_the_other_side(y_true, y_pred):
    return pinball(y_pred - y_true)


def weighted_by_counts(y_true, y_pred, negatives):
    clipped = tf.clip_by_value(y_pred, 1e-7, 1 - 1e-7)
    positives = tf.reduce_sum(y_true)
    weight = negatives(y_true, positives) / tf.maximum(positives, 1.0)
    of_ones = weight * y_true * tf.math.log(clipped)
    return tf.reduce_mean(-of_ones - (1 - y_true) * tf.math.log(1 - clipped), -1)


def weighted_by_the_rest(y_true, y_pred):
    return weighted_by_counts(
        y_true, y_pred, lambda labels, ones: tf.reduce_sum(tf.ones_like(labels)) - ones
    )


@broken(
    id="optimum-negative-class-weight",
    source="automl/Auto-PyTorch#263",
    title="the weight of the positives is (positives - all) / positives",
    failure_class="wrong_optimum",
    make_data=lambda: binary(210, batch=32),
    fixed=weighted_by_the_rest,
    why="the weight is negative, so that the positives are pushed to 0",
)
def weighted_by_less_than_nothing(y_true, y_pred):
    return weighted_by_counts(
        y_true, y_pred, lambda labels, ones: ones - tf.reduce_sum(tf.ones_like(labels))
    )


def focal_of_both(y_true, y_pred, gamma=2.0, alpha=0.25):
    clipped = tf.clip_by_value(y_pred, 1e-7, 1 - 1e-7)
    of_ones = alpha * (1 - clipped) ** gamma * y_true * tf.math.log(clipped)
    rest = (1 - alpha) * clipped**gamma * (1 - y_true) * tf.math.log(1 - clipped)
    return -tf.reduce_mean(of_ones + rest, -1)


@broken(
    id="optimum-focal-arguments-by-place",
    source="qubvel/segmentation_models#258",
    title="focal(y, p, alpha, gamma) where focal(y, p, gamma, alpha) is defined",
    failure_class="wrong_optimum",
    make_data=lambda: binary(214, batch=32),
    fixed=focal_of_both,
    why="gamma is 0.25 and alpha 2, so that the weight of the negatives is -1",
)
def focal_by_place(y_true, y_pred):
    return focal_of_both(y_true, y_pred, 0.25, 2.0)


def few_positives_and_scores():
    random = np.random.default_rng(213)
    y_true = float32(random.random((32, 1)) > 0.8)
    return y_true, float32(random.normal(size=(32, 1)))


alpha_without_balancing = broken(
    id="optimum-focal-alpha-inert",
    source="tensorflow/tensorflow#61519",
    title="BinaryFocalCrossentropy(alpha=...) without apply_class_balancing",
    failure_class="wrong_optimum",
    make_data=few_positives_and_scores,
    fixed=keras.losses.BinaryFocalCrossentropy(
        apply_class_balancing=True, alpha=0.9, from_logits=True
    ),
    intent=True,
    why="alpha is only read together with apply_class_balancing",
)(keras.losses.BinaryFocalCrossentropy(alpha=0.9, from_logits=True))
