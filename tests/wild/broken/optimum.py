"""The least loss is not where the prediction is right, or not what was meant."""

from tests.wild.records import binary, broken, masks, regression
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
