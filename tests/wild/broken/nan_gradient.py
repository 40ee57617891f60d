"""The loss is finite and its gradient is not."""

import numpy as np

from tests.wild.records import broken, float32, regression
from tests.wild.tensorflow_names import tf


def one_row_exact():
    y_true, y_pred = regression(85, batch=8, width=3)
    y_pred[2] = y_true[2]
    return y_true, y_pred


def root_kept_from_zero(y_true, y_pred):
    return tf.sqrt(tf.reduce_mean(tf.square(y_pred - y_true), -1) + 1e-12)


@broken(
    id="nangrad-rmse-exact",
    source="keras-team/keras#6644",
    title="per-sample RMSE",
    failure_class="nan_gradient",
    make_data=one_row_exact,
    fixed=root_kept_from_zero,
    why="sqrt'(0) is inf, times 0 is NaN, as soon as one sample is exact",
)
def root_mean_squared_error(y_true, y_pred):
    return tf.sqrt(tf.reduce_mean(tf.square(y_pred - y_true), -1))


def positions():
    """Longitudes and latitudes, one of them exact."""
    random = np.random.default_rng(87)
    longitude, latitude = random.uniform(30, 31, 16), random.uniform(120, 121, 16)
    y_true = float32(np.stack([longitude, latitude], 1))
    y_pred = float32(y_true + random.normal(0, 0.01, size=(16, 2)))
    y_pred[5] = y_true[5]
    return y_true, y_pred


def kilometres(y_true, y_pred, epsilon):
    east = (y_true[:, 0] - y_pred[:, 0]) * 111.0
    north = (y_true[:, 1] - y_pred[:, 1]) * 96.0
    return tf.sqrt(tf.square(east) + tf.square(north) + epsilon)


def kilometres_kept_from_zero(y_true, y_pred):
    return kilometres(y_true, y_pred, 1e-10)


@broken(
    id="nangrad-gps-distance",
    source="blog.csdn.net/ten_k/article/details/106576818 (mirror ddrv.cn/?p=758668)",
    title="distance error of GPS positions: sqrt(dx^2 + dy^2)",
    failure_class="nan_gradient",
    make_data=positions,
    fixed=kilometres_kept_from_zero,
    why="sqrt'(0) is inf at an exact hit",
)
def mean_kilometres(y_true, y_pred):
    return tf.reduce_mean(kilometres(y_true, y_pred, 0.0))


def colours_of_light():
    """One prediction of the right direction, one exact."""
    random = np.random.default_rng(89)
    y_true = float32(np.abs(random.normal(size=(8, 3))))
    y_pred = float32(y_true + 0.1 * random.normal(size=(8, 3)))
    y_pred[1] = 2.0 * y_true[1]
    y_pred[4] = y_true[4]
    return y_true, y_pred


def cosine(y_true, y_pred):
    directions = tf.math.l2_normalize(y_true, -1) * tf.math.l2_normalize(y_pred, -1)
    return tf.reduce_sum(directions, -1)


def angle_of_clipped_cosine(y_true, y_pred):
    clipped = tf.clip_by_value(cosine(y_true, y_pred), -0.999999, 0.999999)
    return tf.acos(clipped) * np.float32(180 / np.pi)


@broken(
    id="nangrad-acos-angle",
    source="yuanming-hu/fc4#33",
    title="angular error acos(<a,b>) without clipping",
    failure_class="nan_gradient",
    make_data=colours_of_light,
    fixed=angle_of_clipped_cosine,
    why="acos'(1) is inf; rounding can push the cosine above 1, where acos itself is "
    "NaN",
)
def angle(y_true, y_pred):
    return tf.acos(cosine(y_true, y_pred)) * np.float32(180 / np.pi)


def one_flat_patch():
    """Images, one prediction with a constant patch of 8 x 8."""
    random = np.random.default_rng(91)
    y_true = float32(random.random((2, 16, 16, 1)))
    y_pred = float32(random.random((2, 16, 16, 1)))
    y_pred[0, :8, :8] = 0.25
    return y_true, y_pred


def patches(images):
    window = [1, 8, 8, 1]
    return tf.image.extract_patches(images, window, window, [1, 1, 1, 1], "SAME")


def dissimilarity(y_true, y_pred, epsilon):
    """1 - SSIM of patches, with the product of deviations for the covariance."""
    true_patches, pred_patches = patches(y_true), patches(y_pred)
    true_mean = tf.reduce_mean(true_patches, -1)
    mean = tf.reduce_mean(pred_patches, -1)
    true_variance = tf.math.reduce_variance(true_patches, -1)
    variance = tf.math.reduce_variance(pred_patches, -1)
    covariance = tf.sqrt(true_variance + epsilon) * tf.sqrt(variance + epsilon)
    above = (2 * true_mean * mean + 1e-4) * (2 * covariance + 9e-4)
    below = (true_mean**2 + mean**2 + 1e-4) * (true_variance + variance + 9e-4)
    return tf.reduce_mean((1 - above / below) / 2, [1, 2])


def deviations_kept_from_zero(y_true, y_pred):
    return dissimilarity(y_true, y_pred, 1e-8)


@broken(
    id="nangrad-sqrt-of-variance",
    source="keras-team/keras#9371",
    title="SSIM from patch statistics with sqrt(variance)",
    failure_class="nan_gradient",
    make_data=one_flat_patch,
    fixed=deviations_kept_from_zero,
    why="a constant patch has variance 0 and sqrt'(0) is inf",
)
def root_of_variance(y_true, y_pred):
    return tf.reduce_mean(dissimilarity(y_true, y_pred, 0.0))


def two_saturated_and_right():
    return float32([[1], [1], [0], [0]]), float32([[1.0], [0.7], [0.0], [0.3]])


def focal_of_one_half(y_true, y_pred):
    right = tf.where(y_true > 0.5, y_pred, 1 - y_pred)
    focus = tf.pow(1 - right, 0.5)
    return tf.reduce_mean(-focus * tf.math.log(right + 1e-7), -1)


def focal_of_clipped_predictions(y_true, y_pred):
    return focal_of_one_half(y_true, tf.clip_by_value(y_pred, 1e-6, 1 - 1e-6))


epsilon_in_the_log_only = broken(
    id="nangrad-focal-gamma-below-1",
    source="mkocabas/focal-loss-keras#17 (comment by Fellfalla)",
    title="focal loss with gamma = 0.5 and epsilon only in the log",
    failure_class="nan_gradient",
    make_data=two_saturated_and_right,
    fixed=focal_of_clipped_predictions,
    why="d/dp (1-p)^0.5 is inf at p = 1",
)(focal_of_one_half)
