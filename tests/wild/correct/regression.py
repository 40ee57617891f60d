"""Losses of real targets, as public projects and papers write them."""

import keras
import numpy as np

from tests.wild.records import correct, float32, regression
from tests.wild.tensorflow_names import tf

QUANTILES = np.array([0.1, 0.5, 0.9], "float32")


def three_quantiles():
    scores = np.random.default_rng(47).normal(size=(8, 3))
    return regression(47)[0], float32(np.sort(scores, 1))


@correct(
    id="quantiles-broadcast",
    source="keras-team/keras#4125, tensorflow/addons pinball",
    title="three quantiles at once: y_true (B,1), y_pred (B,3)",
    make_data=three_quantiles,
    remark="(B,1) against (B,3) is a wanted broadcast; both batch axes agree",
    not_on={"torch": "PyTorch refuses a NumPy array times a tensor"},
)
def pinball(y_true, y_pred):
    error = y_true - y_pred
    return tf.reduce_mean(tf.maximum(QUANTILES * error, (QUANTILES - 1) * error), -1)


@correct(
    id="callable-object",
    source="keras-team/keras#4292 (functor superLoss)",
    title="object with __call__ and its own weights",
    make_data=lambda: regression(49, width=3),
    remark="not a function",
    factory=True,
)
def callable_object():
    class SuperLoss:
        __name__ = "super_loss"

        def __init__(self, share):
            self.share = share

        def __call__(self, y_true, y_pred):
            error = y_true - y_pred
            squares = self.share * tf.square(error)
            return tf.reduce_mean(squares + (1 - self.share) * tf.abs(error), -1)

    return SuperLoss(0.7)


def targets_missing():
    """Some targets are NaN, among them all of one sample."""
    random = np.random.default_rng(60)
    y_true = float32(random.normal(size=(6, 5)))
    y_true[random.random((6, 5)) < 0.3] = np.nan
    y_true[2] = np.nan
    return y_true, float32(random.normal(size=(6, 5)))


@correct(
    id="nan-safe-mse",
    source="keras-team/keras#1628 (double where)",
    title="missing targets are NaN, replaced before the difference",
    make_data=targets_missing,
    remark="y_true contains NaN and the loss is still right",
)
def error_of_known_targets(y_true, y_pred):
    known = tf.math.is_finite(y_true)
    error = tf.where(known, y_true, 0.0) - y_pred
    mask = tf.cast(known, y_pred.dtype)
    errors = tf.reduce_sum(mask * tf.square(error), -1)
    return tf.math.divide_no_nan(errors, tf.reduce_sum(mask, -1))


@correct(
    id="cosine-negative",
    source="keras cosine_proximity (keras-team/keras#1917: 'will usually be negative')",
    title="-cos(y_true, y_pred)",
    make_data=lambda: regression(65, width=6),
    remark="minimum -1; scale of y_pred is free",
)
def negative_cosine(y_true, y_pred):
    directions = tf.math.l2_normalize(y_true, -1) * tf.math.l2_normalize(y_pred, -1)
    return -tf.reduce_sum(directions, -1)


@correct(
    id="ccc",
    source="tensorflow/tensorflow#37495 (bounded form)",
    title="1 - concordance correlation of the batch",
    make_data=lambda: regression(79, batch=16),
    remark="scalar by design, needs the batch axis",
    scalar_ok=True,
)
def concordance(y_true, y_pred):
    true_mean, mean = tf.reduce_mean(y_true), tf.reduce_mean(y_pred)
    spread = tf.math.reduce_variance(y_true) + tf.math.reduce_variance(y_pred)
    shared = tf.reduce_mean((y_true - true_mean) * (y_pred - mean))
    return 1 - 2 * shared / (spread + tf.square(true_mean - mean) + 1e-7)


def levels():
    y_true = float32(np.random.default_rng(86).integers(0, 4, (8, 2)))
    return y_true, float32(np.random.default_rng(87).random((8, 2)) * 3)


@correct(
    id="straight-through-round",
    source="larq / quantisation-aware losses",
    title="straight-through estimator: y + stop_gradient(round(y) - y)",
    make_data=levels,
    remark="round() appears, the gradient is there all the same",
)
def error_of_levels(y_true, y_pred):
    rounded = y_pred + tf.stop_gradient(tf.round(y_pred) - y_pred)
    return tf.reduce_mean(tf.square(y_true - rounded), -1)


@correct(
    id="returns-4-per-sample",
    source="matterport/Mask_RCNN#1599",
    title="returns (B,4): one value per box coordinate",
    make_data=lambda: regression(93, width=4),
    remark="(B,4) is fine as it is: Keras averages it (with sample_weight (B,) "
    "Keras 3.15.1 raises)",
)
def error_of_each_coordinate(y_true, y_pred):
    return tf.abs(y_true - y_pred)


@correct(
    id="sum-over-features",
    source="keras-team/keras#369 (vector_mse), WorldModels vae_r_loss",
    title="sum (not mean) over the features of a sample",
    make_data=lambda: regression(95, width=6),
    remark="larger numbers than MSE by choice; batch axis kept",
)
def summed_squares(y_true, y_pred):
    return tf.reduce_sum(tf.square(y_true - y_pred), -1)


@correct(
    id="keras-ops-only",
    source="keras.io custom losses guide",
    title="written with keras.ops (backend-neutral)",
    make_data=lambda: regression(101, width=3),
    remark="no tf call at all",
)
def mean_squares_by_keras(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(y_pred - y_true), axis=-1)


class OfAName(keras.losses.Loss):
    def __init__(self, kind="MeanSquaredError", **options):
        super().__init__(**options)
        self.kind, self.inner = kind, keras.losses.get(kind)

    def call(self, y_true, y_pred):
        return self.inner(y_true, y_pred)

    def get_config(self):
        return {**super().get_config(), "kind": self.kind}


wraps_a_loss_of_keras = correct(
    id="wraps-a-keras-loss",
    source="IntelLabs/coach losses/loss.py",
    title="a Loss subclass around keras.losses.get(name)",
    make_data=lambda: regression(404, batch=16, width=3),
    factory=True,
    scalar_ok=True,
    remark="the loss inside reduces: one number for the batch",
)(OfAName)


@correct(
    id="wing-landmarks",
    source="projects for landmarks of faces, 2020 to 2025",
    title="wing loss of coordinates, one value for each sample",
    make_data=lambda: regression(414, batch=16, width=10),
    remark="a logarithm near 0, a straight line further off",
)
def wing(y_true, y_pred, width=10.0, curvature=2.0):
    error = tf.abs(y_true - y_pred)
    near = width * tf.math.log(1 + error / curvature)
    offset = width - width * float(np.log(1 + width / curvature))
    return tf.reduce_mean(tf.where(error < width, near, error - offset), -1)
