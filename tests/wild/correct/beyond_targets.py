"""Losses where y_pred is no estimate of y_true: parameters, actions, pairs."""

import numpy as np

from tests.wild.records import (
    binary,
    correct,
    float32,
    only_tensorflow,
    signs_and_scores,
    softmax,
)
from tests.wild.tensorflow_names import tf


def pairs_and_distances():
    y_true = (np.random.default_rng(51).random((8, 1)) > 0.5).astype("float32")
    distance = np.random.default_rng(52).normal(0.8, 0.4, (8, 1))
    return y_true, float32(np.abs(distance))


@correct(
    id="contrastive",
    source="keras-team/keras mnist_siamese example",
    title="contrastive loss on distances, 1 = same pair",
    make_data=pairs_and_distances,
    remark="y_pred is a distance: the minimum is not at y_pred = y_true (label 1 -> "
    "distance 0)",
)
def contrastive(y_true, distance):
    apart = tf.square(tf.maximum(1.0 - distance, 0))
    return tf.squeeze(y_true * tf.square(distance) + (1 - y_true) * apart, -1)


def two_views():
    views = np.random.default_rng(54).normal(size=(8, 12))
    return np.zeros((8, 1), "float32"), float32(views)


@correct(
    id="simclr-infonce",
    source="SimCLR NT-Xent (public re-implementations)",
    title="InfoNCE over the batch; y_true is a dummy",
    make_data=two_views,
    remark="y_true is not used and that is right (self-supervised); (B,B) logits",
)
def matching_views(y_true, y_pred):
    first = tf.math.l2_normalize(y_pred[:, :6], -1)
    second = tf.math.l2_normalize(y_pred[:, 6:], -1)
    similarity = tf.matmul(first, second, transpose_b=True) / 0.1
    return tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=tf.range(tf.shape(similarity)[0]), logits=similarity
    )


@correct(
    id="wasserstein",
    source="tdeboissiere/DeepLearningImplementations#39, keras-team/keras-contrib#280",
    title="mean(y_true * y_pred), labels -1/1",
    make_data=lambda: signs_and_scores(56),
    remark="negative and unbounded by design; the gradient does not depend on y_pred",
    scalar_ok=True,
)
def critic(y_true, y_pred):
    return tf.reduce_mean(y_true * y_pred)


def mixture():
    """Predictions: three means, three log-sigmas, three scores."""
    random = np.random.default_rng(63)
    y_true = float32(0.1 * random.normal(size=(8, 1)))
    means = 0.1 * random.normal(size=(8, 3))
    log_sigmas = -2 + 0.1 * random.normal(size=(8, 3))
    scores = random.normal(size=(8, 3))
    return y_true, float32(np.concatenate([means, log_sigmas, scores], 1))


@correct(
    id="mdn-nll",
    source="cpmpercussion/keras-mdn-layer#42",
    title="mixture density NLL by log-sum-exp",
    make_data=mixture,
    remark="negative values are right (a density may exceed 1); y_pred (B,9) holds "
    "parameters",
)
def mixture_likelihood(y_true, parameters):
    mean, scores = parameters[:, :3], parameters[:, 6:]
    log_sigma = tf.maximum(parameters[:, 3:6], -7.0)
    scaled = tf.square((y_true - mean) * tf.exp(-log_sigma))
    log_share = tf.nn.log_softmax(scores)
    log_density = log_share - 0.5 * scaled - log_sigma - np.float32(0.9189385)
    return -tf.reduce_logsumexp(log_density, -1)


def actions():
    """Action, advantage and old probability; probabilities of three actions."""
    random = np.random.default_rng(67)
    action = np.eye(3)[random.integers(0, 3, 8)]
    old = softmax(random.normal(size=(8, 3)))
    advantage = random.normal(size=(8, 1))
    taken = (action * old).sum(1, keepdims=True)
    y_true = float32(np.concatenate([action, advantage, taken], 1))
    return y_true, float32(softmax(random.normal(size=(8, 3))))


@correct(
    id="ppo-clip",
    source="LuEE-C/PPO-Keras (fixed form)",
    title="clipped surrogate with entropy bonus; action, advantage, old prob packed "
    "in y_true",
    make_data=actions,
    remark="negative, no perfect prediction, clip() leaves samples without gradient",
)
def clipped_surrogate(y_true, y_pred):
    action, advantage, old = y_true[:, :3], y_true[:, 3], y_true[:, 4]
    ratio = tf.reduce_sum(action * y_pred, -1) / (old + 1e-8)
    clipped = tf.clip_by_value(ratio, 0.8, 1.2)
    surrogate = tf.minimum(ratio * advantage, clipped * advantage)
    negative_entropy = tf.reduce_sum(y_pred * tf.math.log(y_pred + 1e-8), -1)
    return -(surrogate - 0.01 * negative_entropy)


def times_of_failure():
    """Time and whether it was observed; scale and shape of the distribution."""
    random = np.random.default_rng(77)
    time, observed = random.exponential(3, 8) + 0.1, random.random(8) > 0.3
    y_true = float32(np.stack([time, observed], 1))
    return y_true, float32(0.5 + random.random((8, 2)) * 2)


@correct(
    id="weibull-censored",
    source="ragulpr/wtte-rnn",
    title="censored Weibull likelihood: y_true = (time, observed), y_pred = (alpha, "
    "beta)",
    make_data=times_of_failure,
    remark="same shapes but the columns mean different things; negative values normal",
)
def weibull(y_true, y_pred):
    time, observed = y_true[:, 0], y_true[:, 1]
    alpha, beta = y_pred[:, 0] + 1e-6, y_pred[:, 1] + 1e-6
    hazard = tf.pow((time + 1e-6) / alpha, beta)
    log_rate = tf.math.log(beta) + beta * tf.math.log((time + 1e-6) / alpha)
    return -(observed * log_rate - hazard)


@correct(
    id="betting-payoff",
    source="datascience.stackexchange.com/questions/27688",
    title="expected loss of a bet: linear in y_pred, negative when it pays",
    make_data=lambda: binary(97),
    remark="negative, constant gradient, minimum at the corner by design",
)
def cost_of_a_bet(y_true, y_pred):
    return tf.reduce_mean((1 - y_true) * y_pred - 0.7 * y_true * y_pred, -1)


def neighbours():
    """Joint probabilities `(8, 8)` and points of the plane."""
    random = np.random.default_rng(99)
    weights = random.random((8, 8))
    joint = (weights + weights.T) / (weights + weights.T).sum()
    return float32(joint), float32(np.random.default_rng(99).normal(size=(8, 2)))


@correct(
    id="dynamic-batch-tsne",
    source="kylemcdonald/Parametric-t-SNE#6 (cured)",
    title="batch size from tf.shape; P has the batch on both axes",
    make_data=neighbours,
    remark="y_true (B,B): pairwise by design; scalar",
    scalar_ok=True,
)
def neighbours_kept(joint, points):
    count = tf.shape(points)[0]
    norm = tf.reduce_sum(tf.square(points), 1)
    products = tf.matmul(points, points, transpose_b=True)
    distance = tf.maximum(norm[:, None] - 2 * products + norm[None], 0.0)
    near = (1 - tf.eye(count)) / (1 + distance)
    near = tf.maximum(near / tf.reduce_sum(near), 1e-14)
    joint = joint[:, :count]
    return tf.reduce_sum(joint * tf.math.log((joint + 1e-14) / (near + 1e-14)))


def counts_and_parameters():
    random = np.random.default_rng(410)
    y_true = float32(random.poisson(4, (16, 1)))
    return y_true, float32(random.normal(0.5, 0.3, (16, 2)))


@correct(
    id="negative-binomial",
    source="likelihoods of counts in projects for single cells",
    title="negative binomial likelihood of a logarithmic mean and dispersion",
    make_data=counts_and_parameters,
    remark="y_pred is wider than y_true, and no estimate of it",
    not_on=only_tensorflow("keras.ops has no lgamma"),
)
def negative_binomial(y_true, y_pred):
    lgamma = tf.math.lgamma
    mean, size = tf.exp(y_pred[:, :1]), tf.exp(y_pred[:, 1:])
    ways = lgamma(y_true + size) - lgamma(size) - lgamma(y_true + 1)
    logs = size * tf.math.log(size / (size + mean))
    logs += y_true * tf.math.log(mean / (size + mean))
    return -tf.squeeze(ways + logs, -1)
