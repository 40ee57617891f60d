"""The loss itself becomes NaN or infinite at inputs that occur."""

import numpy as np

from tests.wild.records import broken, float32
from tests.wild.rewrites import focal
from tests.wild.tensorflow_names import tf


def two_saturated_and_wrong():
    y_true = [[1], [1], [0], [0], [1], [0]]
    y_pred = [[0.9], [0.0], [0.2], [1.0], [0.6], [0.4]]
    return float32(y_true), float32(y_pred)


@broken(
    id="nan-focal-log-zero",
    source="mkocabas/focal-loss-keras#17",
    title="focal loss: log(pt) without epsilon or clipping",
    failure_class="nan_value",
    make_data=two_saturated_and_wrong,
    fixed=focal,
    why="a saturated sigmoid gives log(0)",
)
def focal_without_epsilon(y_true, y_pred, gamma=2.0, alpha=0.25):
    of_ones = tf.where(tf.equal(y_true, 1), y_pred, tf.ones_like(y_pred))
    of_zeros = tf.where(tf.equal(y_true, 0), y_pred, tf.zeros_like(y_pred))
    ones = alpha * (1.0 - of_ones) ** gamma * tf.math.log(of_ones)
    zeros = (1 - alpha) * of_zeros**gamma * tf.math.log(1.0 - of_zeros)
    return -tf.reduce_sum(ones, -1) - tf.reduce_sum(zeros, -1)


def one_sample_all_masked():
    random = np.random.default_rng(72)
    y_true = float32(random.normal(size=(4, 6)))
    y_true[1] = -1.0
    return y_true, float32(random.normal(size=(4, 6)))


def masked_error_or_nothing(y_true, y_pred):
    mask = tf.cast(tf.not_equal(y_true, -1.0), y_pred.dtype)
    errors = tf.reduce_sum(mask * tf.square(y_true - y_pred), -1)
    return tf.math.divide_no_nan(errors, tf.reduce_sum(mask, -1))


@broken(
    id="nan-empty-mask",
    source="keras-team/keras#7517",
    title="masked MSE divided by the number of unmasked entries",
    failure_class="nan_value",
    make_data=one_sample_all_masked,
    fixed=masked_error_or_nothing,
    why="a sample (or batch) with an empty mask divides 0 by 0",
)
def masked_error(y_true, y_pred):
    mask = tf.cast(tf.not_equal(y_true, -1.0), y_pred.dtype)
    errors = tf.reduce_sum(mask * tf.square(y_true - y_pred), -1)
    return errors / tf.reduce_sum(mask, -1)


def missing_labels():
    random = np.random.default_rng(74)
    y_true = float32(random.normal(size=(8, 5)))
    y_true[random.random((8, 5)) < 0.3] = np.nan
    return y_true, float32(random.normal(size=(8, 5)))


def missing_replaced(y_true, y_pred):
    known = tf.math.is_finite(y_true)
    target = tf.where(known, y_true, tf.zeros_like(y_true))
    mask = tf.cast(known, y_pred.dtype)
    errors = tf.reduce_sum(mask * tf.square(target - y_pred), -1)
    return tf.math.divide_no_nan(errors, tf.reduce_sum(mask, -1))


@broken(
    id="nan-times-zero-mask",
    source="ecmwf/WeatherGenerator#2723",
    title="missing labels are NaN and are multiplied by mask 0",
    failure_class="nan_value",
    make_data=missing_labels,
    fixed=missing_replaced,
    why="NaN * 0 is NaN: multiplication does not mask",
)
def missing_multiplied_by_zero(y_true, y_pred):
    mask = tf.cast(tf.logical_not(tf.math.is_nan(y_true)), y_pred.dtype)
    errors = tf.reduce_sum(mask * tf.square(y_true - y_pred), -1)
    return errors / (tf.reduce_sum(mask, -1) + 1e-7)


def mixture_with_an_outlier():
    """Predictions: three means, three log-sigmas, three scores."""
    random = np.random.default_rng(76)
    y_true = float32(random.normal(0, 1, size=(8, 1)))
    y_true[3] = 60.0
    means = random.normal(size=(8, 3))
    log_sigmas = 0.1 * random.normal(size=(8, 3))
    scores = random.normal(size=(8, 3))
    return y_true, float32(np.concatenate([means, log_sigmas, scores], 1))


def mixture_by_logsumexp(y_true, parameters):
    mean, log_sigma = parameters[:, :3], parameters[:, 3:6]
    scores = parameters[:, 6:]
    log_density = (
        tf.nn.log_softmax(scores)
        - 0.5 * tf.square((y_true - mean) / tf.exp(log_sigma))
        - log_sigma
        - 0.5 * np.float32(np.log(2 * np.pi))
    )
    return -tf.reduce_logsumexp(log_density, -1)


@broken(
    id="nan-mdn-underflow",
    source="keras-team/keras#1061",
    title="mixture density loss: log of a sum of plain densities",
    failure_class="nan_value",
    make_data=mixture_with_an_outlier,
    fixed=mixture_by_logsumexp,
    why="far from all components every density underflows to 0: log(0)",
)
def mixture_of_plain_densities(y_true, parameters):
    mean, sigma = parameters[:, :3], tf.exp(parameters[:, 3:6])
    share = tf.nn.softmax(parameters[:, 6:])
    peak = share * tf.exp(-0.5 * tf.square((y_true - mean) / sigma))
    density = peak / (sigma * np.float32(np.sqrt(2 * np.pi)))
    return -tf.math.log(tf.reduce_sum(density, -1))


def constant_predictions():
    random = np.random.default_rng(79)
    y_true = float32(random.normal(size=(16, 1)))
    return y_true, np.full((16, 1), 0.5, "float32")


def correlation_kept_from_zero(y_true, y_pred):
    true_part = y_true - tf.reduce_mean(y_true)
    part = y_pred - tf.reduce_mean(y_pred)
    shared = tf.reduce_sum(true_part * part)
    squares = tf.reduce_sum(true_part * true_part) * tf.reduce_sum(part * part)
    return 1 - shared / tf.sqrt(squares + 1e-8)


@broken(
    id="nan-correlation-constant",
    source="rstudio/keras3#160",
    title="Pearson correlation from raw sums; constant predictions",
    failure_class="nan_value",
    make_data=constant_predictions,
    fixed=correlation_kept_from_zero,
    why="variance of a constant batch is 0 (or slightly negative): 0/0 or sqrt(<0)",
)
def correlation_from_raw_sums(y_true, y_pred):
    count = tf.reduce_sum(tf.ones_like(y_true))
    true_sum, pred_sum = tf.reduce_sum(y_true), tf.reduce_sum(y_pred)
    shared = tf.reduce_sum(y_true * y_pred) - true_sum * pred_sum / count
    true_spread = tf.reduce_sum(y_true**2) - true_sum**2 / count
    spread = tf.reduce_sum(y_pred**2) - pred_sum**2 / count
    return 1 - shared / tf.sqrt(true_spread * spread)


def views_of_five_classes():
    """Vectors of two classes that are there once, and of three that are there twice."""
    random = np.random.default_rng(206)
    y_true = np.array([0, 0, 1, 1, 2, 2, 3, 4], "int64")
    return y_true, float32(random.normal(size=(8, 5)))


def likelihood_of_positives(y_true, y_pred, least):
    vectors = tf.math.l2_normalize(y_pred, -1)
    labels = tf.reshape(y_true, [-1])
    itself = tf.eye(tf.shape(labels)[0])
    scores = tf.matmul(vectors, vectors, transpose_b=True) / 0.1 - 1e9 * itself
    logs = scores - tf.reduce_logsumexp(scores, -1, keepdims=True)
    alike = tf.cast(tf.equal(labels[:, None], labels[None, :]), tf.float32)
    positive = alike * (1 - itself)
    number = tf.maximum(tf.reduce_sum(positive, -1), least)
    return -tf.reduce_sum(positive * logs, -1) / number


@broken(
    id="nan-anchor-without-positive",
    source="HobbitLong/SupContrast#141",
    title="supervised contrastive loss of a sample that is alone in its class",
    failure_class="nan_value",
    make_data=views_of_five_classes,
    fixed=lambda y_true, y_pred: likelihood_of_positives(y_true, y_pred, 1.0),
    why="the mean over no positive is 0 / 0",
)
def contrast_with_no_positive(y_true, y_pred):
    return likelihood_of_positives(y_true, y_pred, 0.0)


def graded_lists():
    random = np.random.default_rng(207)
    y_true = float32(random.integers(0, 3, (6, 5)))
    return y_true, float32(random.normal(size=(6, 5)))


def ordered_pairs(y_true, y_pred):
    """Which pairs of a list are ordered, and what their order costs, both summed."""
    better = y_true[:, :, None] - y_true[:, None, :]
    ahead = y_pred[:, :, None] - y_pred[:, None, :]
    ordered = tf.where(better > 0, tf.ones_like(better), tf.zeros_like(better))
    cost = tf.reduce_sum(ordered * tf.nn.softplus(-ahead), [1, 2])
    return cost, tf.reduce_sum(ordered, [1, 2])


def ranknet(y_true, y_pred):
    return tf.math.divide_no_nan(*ordered_pairs(y_true, y_pred))


@broken(
    id="nan-ranking-all-tied",
    source="huggingface/sentence-transformers#4032",
    title="mean over the ordered pairs of a list in which all are equally good",
    failure_class="nan_value",
    make_data=graded_lists,
    fixed=ranknet,
    why="there is no ordered pair, and the mean over none is 0 / 0",
)
def ranknet_of_ties(y_true, y_pred):
    cost, number = ordered_pairs(y_true, y_pred)
    return cost / number
