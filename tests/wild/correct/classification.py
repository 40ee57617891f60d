"""Losses of classes and sequences, as public projects and papers write them."""

import numpy as np
from keras import losses

from tests.wild.records import (
    binary,
    correct,
    distributions,
    float32,
    one_hot_and_softmax,
    words_and_frames,
)
from tests.wild.tensorflow_names import tf


def words_with_lengths():
    """Labels, then the length of the word and the number of frames."""
    labels, y_pred = words_and_frames(58)
    length = (labels > 0).sum(1, keepdims=True)
    packed = np.concatenate([labels, length, np.full_like(length, 20)], 1)
    return float32(packed), y_pred


@correct(
    id="ctc-lengths-in-target",
    source="keras OCR examples (lengths carried in y_true)",
    title="CTC: y_true = labels + label length + frame count",
    make_data=words_with_lengths,
    remark="y_true (B,L+2) float holding integers, y_pred (B,T,C); casts float labels "
    "to int (no gradient needed there)",
    jit_ok=False,
)
def ctc_of_packed_lengths(y_true, y_pred):
    return tf.nn.ctc_loss(
        labels=tf.cast(y_true[:, :-2], tf.int32),
        logits=y_pred,
        label_length=tf.cast(y_true[:, -2], tf.int32),
        logit_length=tf.cast(y_true[:, -1], tf.int32),
        logits_time_major=False,
        blank_index=0,
    )


def tokens_with_padding():
    random = np.random.default_rng(611)
    tokens = random.integers(0, 7, (3, 6))
    labels = np.where(np.arange(6)[None] > 3, -100, tokens).astype("int64")
    return labels, float32(random.normal(size=(3, 6, 7)))


@correct(
    id="lm-boolean-mask",
    source="huggingface/transformers#17973, tensorflow/tensorflow#44904 (claim "
    "outdated)",
    title="tf.boolean_mask over the ignored positions, mean over the rest",
    make_data=tokens_with_padding,
    remark="said to break XLA; compiles and agrees on TF 2.21 CPU. One scalar, so at "
    "most a sample_weight hint",
    scalar_ok=True,
    not_on={"jax": "JAX compiles no tensor whose size depends on values"},
)
def crossentropy_of_kept_tokens(y_true, logits):
    labels = tf.reshape(tf.cast(y_true, tf.int32), [-1])
    keep = labels != -100
    kept = tf.boolean_mask(tf.reshape(logits, [-1, 7]), keep)
    entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=tf.boolean_mask(labels, keep), logits=kept
    )
    return tf.reduce_mean(entropy)


@correct(
    id="label-smoothing",
    source="keras-team/keras#8993 (right order)",
    title="cross-entropy with smoothed labels",
    make_data=lambda: one_hot_and_softmax(69, classes=5),
    remark="minimum is at the smoothed labels, not exactly at y_true",
)
def smoothed_crossentropy(y_true, y_pred, epsilon=0.1):
    smoothed = y_true * (1 - epsilon) + epsilon / 5
    return losses.categorical_crossentropy(smoothed, y_pred)


def logits_and_noise():
    """One-hot labels; predictions with three logits and one score for the noise."""
    random = np.random.default_rng(82)
    y_true = float32(np.eye(3)[random.integers(0, 3, 8)])
    logits = random.normal(size=(8, 3))
    noise = -2 + 0.1 * random.normal(size=(8, 1))
    return y_true, float32(np.concatenate([logits, noise], 1))


@correct(
    id="heteroscedastic-mc",
    source="kyle-dorman/bayesian-neural-network-blogpost",
    title="aleatoric classification: noise drawn inside the loss",
    make_data=logits_and_noise,
    remark="stochastic on purpose: two calls differ",
    stochastic=True,
    not_on={"jax": "JAX draws no random numbers in a graph without a generator"},
)
def crossentropy_of_noisy_logits(y_true, y_pred):
    logits, sigma = y_pred[:, :3], tf.nn.softplus(y_pred[:, 3:])
    noise = tf.random.normal([10, tf.shape(logits)[0], 3])
    entropy = tf.nn.softmax_cross_entropy_with_logits(
        labels=tf.broadcast_to(y_true[None], tf.shape(noise)),
        logits=logits[None] + sigma[None] * noise,
    )
    return tf.reduce_mean(entropy, 0)


@correct(
    id="detached-weight",
    source="quality / varifocal losses",
    title="weight computed from stop_gradient(y_pred)",
    make_data=lambda: binary(89, batch=16),
    remark="stop_gradient on y_pred, but only in the weight",
)
def error_weighted_by_itself(y_true, y_pred):
    weight = tf.abs(y_true - tf.stop_gradient(y_pred))
    return tf.reduce_mean(weight * tf.square(y_true - y_pred), -1)


@correct(
    id="emd-nima",
    source="NIMA (image aesthetics) re-implementations, guarded",
    title="earth mover's distance of two histograms",
    make_data=lambda: distributions(91),
    remark="cumsum along the last axis; sqrt guarded",
)
def earth_movers_distance(y_true, y_pred):
    difference = tf.cumsum(y_true, -1) - tf.cumsum(y_pred, -1)
    return tf.sqrt(tf.reduce_mean(tf.square(difference), -1) + 1e-12)
