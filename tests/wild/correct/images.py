"""Losses of masks and images, as public projects and papers write them."""

import keras
import numpy as np
from keras import losses

from tests.wild.records import correct, float32, masks, softmax
from tests.wild.tensorflow_names import tf


@correct(
    id="dice-per-image",
    source="qubvel/segmentation_models (losses), keras-team/keras#3611",
    title="Dice loss per image, uint8 masks cast",
    make_data=lambda: masks(40, dtype="uint8"),
    remark="y_true is uint8 (cast inside)",
)
def dice_per_image(y_true, y_pred, smooth=1e-5):
    y_true = tf.cast(y_true, y_pred.dtype)
    axes = [1, 2, 3]
    overlap = tf.reduce_sum(y_true * y_pred, axes)
    total = tf.reduce_sum(y_true + y_pred, axes)
    return 1 - (2 * overlap + smooth) / (total + smooth)


@correct(
    id="dice-batch-scalar",
    source="keras-team/keras#3611",
    title="Dice over the flattened batch: 1 - dice_coef",
    make_data=lambda: masks(41),
    remark="legitimately one scalar; at most a hint that sample_weight has no effect",
    scalar_ok=True,
)
def dice_of_the_batch(y_true, y_pred):
    y_true, y_pred = tf.reshape(y_true, [-1]), tf.reshape(y_pred, [-1])
    overlap = tf.reduce_sum(y_true * y_pred)
    total = tf.reduce_sum(y_true) + tf.reduce_sum(y_pred)
    return 1 - (2 * overlap + 1.0) / (total + 1.0)


@correct(
    id="bce-dice",
    source="joejoedat-collab/enhanced-unet-building-segmentation losses.py",
    title="BCE map plus a Dice scalar",
    make_data=lambda: masks(43),
    remark="(B,H,W) plus () broadcasts on purpose; a per-pixel result with "
    "sample_weight (B,) raises in both, as the built-in does",
)
def crossentropy_and_dice(y_true, y_pred):
    entropy = losses.binary_crossentropy(y_true, y_pred)
    return 1.2 * entropy + 0.8 * dice_of_the_batch.loss(y_true, y_pred)


@correct(
    id="focal-tversky",
    source="sudohainguyen/STAN-small-tumor-aware-network tversky.py",
    title="focal Tversky, base kept above 0",
    make_data=lambda: masks(45),
    remark="power 0.75 has an infinite slope at 0; the maximum() keeps away from it",
)
def focal_tversky(y_true, y_pred):
    axes = [1, 2, 3]
    hits = tf.reduce_sum(y_true * y_pred, axes)
    misses = tf.reduce_sum(y_true * (1 - y_pred), axes)
    false_alarms = tf.reduce_sum((1 - y_true) * y_pred, axes)
    index = (hits + 1) / (hits + 0.7 * misses + 0.3 * false_alarms + 1)
    return tf.pow(tf.maximum(1 - index, 1e-6), 0.75)


def images(seed, size):
    random = np.random.default_rng(seed)
    shape = (2, size, size, 1)
    return float32(random.random(shape)), float32(random.random(shape))


@correct(
    id="ssim-loss",
    source="tensorflow/tensorflow#57353 (sign right)",
    title="1 - SSIM",
    make_data=lambda: images(72, 16),
)
def dissimilarity(y_true, y_pred):
    return 1 - tf.image.ssim(y_true, y_pred, 1.0)


FILTERS = tf.constant(float32(np.random.default_rng(74).normal(size=(3, 3, 1, 4))))


def features(image):
    return tf.nn.relu(tf.nn.conv2d(image, FILTERS, 1, "SAME"))


@correct(
    id="perceptual",
    source="tensorflow/tensorflow#30534 (VGG loss)",
    title="distance of fixed conv features (captured constants)",
    make_data=lambda: images(75, 8),
    remark="captures an outer tensor on purpose; no batch size in it",
)
def distance_of_features(y_true, y_pred):
    return tf.reduce_mean(tf.square(features(y_true) - features(y_pred)), [1, 2, 3])


CLASS_WEIGHTS = tf.constant([0.2, 1.0, 3.0])


def three_classes(seed):
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, (2, 6, 6)).astype("int64")
    return labels, float32(softmax(random.normal(size=(2, 6, 6, 3))))


@correct(
    id="class-weight-gather",
    source="keras-team/keras#6261, #2115 (working forms)",
    title="per-pixel weight looked up by integer label",
    make_data=lambda: three_classes(84),
    remark="y_true arrives as float32 in Keras 3 and is cast back to int; per-pixel "
    "result (B,H,W)",
)
def crossentropy_weighted_by_class(y_true, y_pred):
    labels = tf.cast(y_true, tf.int32)
    clipped = tf.clip_by_value(y_pred, 1e-7, 1.0)
    right = tf.reduce_sum(tf.one_hot(labels, 3) * clipped, -1)
    return -tf.math.log(right) * tf.gather(CLASS_WEIGHTS, labels)


class TverskyOfTheBatch(keras.losses.Loss):
    def __init__(self, beta=0.7, smooth=1.0, **options):
        super().__init__(**options)
        self.beta, self.smooth = beta, smooth

    def call(self, y_true, y_pred):
        true = tf.cast(y_true, tf.float32)
        found = tf.reduce_sum(true * y_pred)
        invented = tf.reduce_sum((1 - true) * y_pred)
        missed = tf.reduce_sum(true * (1 - y_pred))
        whole = found + (1 - self.beta) * invented + self.beta * missed
        return 1 - (found + self.smooth) / (whole + self.smooth)

    def get_config(self):
        return {**super().get_config(), "beta": self.beta, "smooth": self.smooth}


tversky_of_the_batch = correct(
    id="tversky-class-one-number",
    source="AliMuquri/Semantic-Segmentation TverskyLoss.py",
    title="Tversky index of the whole batch as a Loss subclass",
    make_data=lambda: masks(401),
    factory=True,
    scalar_ok=True,
    remark="one number by design",
)(TverskyOfTheBatch)


def rare_classes(seed):
    random = np.random.default_rng(seed)
    labels = random.choice(3, size=(4, 8, 8), p=[0.7, 0.2, 0.1])
    y_pred = float32(softmax(random.normal(size=(4, 8, 8, 3))))
    return float32(np.eye(3)[labels]), y_pred


@correct(
    id="dice-unnormalised-weights",
    source="qubvel/segmentation_models#183",
    title="1 - mean(w * dice), the weights summing to more than 1",
    make_data=lambda: rare_classes(407),
    remark="values below 0; lowest where the masks are right",
)
def weighted_dice(y_true, y_pred):
    overlap = tf.reduce_sum(y_true * y_pred, [1, 2])
    total = tf.reduce_sum(y_true + y_pred, [1, 2])
    scores = (2 * overlap + 1) / (total + 1)
    return 1 - tf.reduce_mean(np.array([1, 2, 3], "float32") * scores, -1)
