"""Every function of keras.losses, with data that fit it."""

import numpy as np
from keras import losses

from tests.wild.records import (
    binary,
    correct,
    distributions,
    float32,
    labels_and_softmax,
    masks,
    one_hot_and_softmax,
    regression,
    signs_and_scores,
    softmax,
    words_and_frames,
)
from tests.wild.tensorflow_names import tf


def of_keras(id, title, make_data, remark="", **flags):
    """Makes a `Correct` of a loss of Keras."""
    return correct(
        id=f"builtin-{id}",
        source="keras.losses (Keras 3.15.1)",
        title=title,
        make_data=make_data,
        remark=remark,
        **flags,
    )


def positive(seed):
    random = np.random.default_rng(seed)
    y_true = float32(1 + 5 * random.random((8, 2)))
    return y_true, float32(y_true * (1 + 0.2 * random.normal(size=(8, 2))))


def one_hot_and_logits(seed):
    random = np.random.default_rng(seed)
    labels = random.integers(0, 4, 8)
    return float32(np.eye(4)[labels]), float32(2 * random.normal(size=(8, 4)))


def binary_and_logits(seed):
    scores = np.random.default_rng(seed).normal(0, 2, size=(8, 1))
    return binary(seed)[0], float32(scores)


def counts(seed):
    random = np.random.default_rng(seed)
    y_true = float32(random.poisson(3, size=(8, 1)))
    return y_true, float32(np.exp(random.normal(1, 0.5, size=(8, 1))))


def embeddings(seed):
    """Integer ids `(12,)` and vectors of length 1 `(12, 6)`."""
    vectors = np.random.default_rng(seed).normal(size=(12, 6))
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.repeat(np.arange(4), 3).astype("int64"), float32(vectors)


def targets_of_one_axis(seed):
    y_true, y_pred = regression(seed)
    return y_true[:, 0], y_pred


def zeros_and_ones_and_scores(seed):
    return binary(seed)[0], signs_and_scores(seed)[1]


def sequences(seed):
    random = np.random.default_rng(seed)
    labels = random.integers(0, 5, (3, 7)).astype("int64")
    return labels, float32(softmax(random.normal(size=(3, 7, 5))))


binary_crossentropy = of_keras(
    id="bce",
    title="binary_crossentropy on probabilities",
    make_data=lambda: binary(1),
    remark="log of y_pred without visible epsilon in user code",
)(losses.binary_crossentropy)


@of_keras(
    id="bce-int-1d",
    title="integer 1-D labels aligned by the loss itself",
    make_data=lambda: binary(2, column=False, dtype="int64"),
    remark="y_true (B,) int64 against y_pred (B,1) float32: both differences are "
    "handled",
)
def binary_crossentropy_of_aligned_integers(y_true, y_pred):
    aligned = tf.reshape(tf.cast(y_true, y_pred.dtype), tf.shape(y_pred))
    return losses.binary_crossentropy(aligned, y_pred)


@of_keras(
    id="bce-logits",
    title="binary_crossentropy(from_logits=True)",
    make_data=lambda: binary_and_logits(3),
    remark="y_pred outside [0,1] is right here; minimum is at +-inf, not at y_true",
)
def binary_crossentropy_of_logits(y_true, y_pred):
    return losses.binary_crossentropy(y_true, y_pred, from_logits=True)


binary_focal = of_keras(
    id="binary-focal",
    title="binary_focal_crossentropy",
    make_data=lambda: binary(4),
)(losses.binary_focal_crossentropy)

categorical_crossentropy = of_keras(
    id="cce",
    title="categorical_crossentropy",
    make_data=lambda: one_hot_and_softmax(5),
)(losses.categorical_crossentropy)


@of_keras(
    id="cce-logits",
    title="categorical_crossentropy on logits",
    make_data=lambda: one_hot_and_logits(6),
    remark="rows of y_pred do not sum to 1, values negative: logits, and declared so",
)
def categorical_crossentropy_of_logits(y_true, y_pred):
    return losses.categorical_crossentropy(y_true, y_pred, from_logits=True)


soft_labels = of_keras(
    id="cce-soft-labels",
    title="categorical_crossentropy with soft labels",
    make_data=lambda: distributions(7),
    remark="labels are not one-hot; the minimum at y_true is the entropy, not 0",
)(losses.categorical_crossentropy)

categorical_focal = of_keras(
    id="cat-focal",
    title="categorical_focal_crossentropy",
    make_data=lambda: one_hot_and_softmax(8),
)(losses.categorical_focal_crossentropy)


@of_keras(
    id="cat-gce",
    title="categorical_generalized_cross_entropy (integer labels, q given)",
    make_data=lambda: labels_and_softmax(9),
    remark="third argument q must be bound",
)
def generalized_crossentropy(y_true, y_pred):
    return losses.categorical_generalized_cross_entropy(y_true, y_pred, q=0.7)


categorical_hinge = of_keras(
    id="cat-hinge",
    title="categorical_hinge on one-hot labels",
    make_data=lambda: one_hot_and_logits(10),
    remark="flat (zero gradient) for samples outside the margin; labels 0/1 are right "
    "here",
)(losses.categorical_hinge)


@of_keras(
    id="circle",
    title="circle loss on unit embeddings, integer ids (B,)",
    make_data=lambda: embeddings(11),
    remark="y_true (B,) ids and y_pred (B,D): compares all pairs (B,B) on purpose",
    scalar_ok=True,
)
def circle(y_true, y_pred):
    return losses.circle(y_true, y_pred)


cosine_similarity = of_keras(
    id="cosine",
    title="cosine_similarity",
    make_data=lambda: regression(12, width=6),
    remark="minimum is -1, always <= 0 near the optimum",
)(losses.cosine_similarity)

ctc = of_keras(
    id="ctc",
    title="ctc (0-padded integer labels, frames of logits)",
    make_data=lambda: words_and_frames(13),
    remark="y_true (B,L) int and y_pred (B,T,C) share only the batch axis",
    jit_ok=False,
)(losses.ctc)


@of_keras(
    id="dice",
    title="dice over everything: one scalar",
    make_data=lambda: masks(14),
    remark="scalar over the batch: documented behaviour of the built-in",
    scalar_ok=True,
)
def dice(y_true, y_pred):
    return losses.dice(y_true, y_pred)


@of_keras(
    id="dice-axis",
    title="dice(axis=(1,2,3)): per image",
    make_data=lambda: masks(15),
)
def dice_per_image(y_true, y_pred):
    return losses.dice(y_true, y_pred, axis=(1, 2, 3))


hinge_of_signs = of_keras(
    id="hinge-pm1",
    title="hinge, labels -1/1",
    make_data=lambda: signs_and_scores(16),
    remark="zero gradient outside the margin; labels negative",
)(losses.hinge)

hinge_of_zeros_and_ones = of_keras(
    id="hinge-01",
    title="hinge, labels 0/1 (the built-in converts)",
    make_data=lambda: zeros_and_ones_and_scores(17),
    remark="a value test on the labels must know the conversion",
)(losses.hinge)

huber = of_keras(
    id="huber",
    title="huber",
    make_data=lambda: regression(18, width=2),
)(losses.huber)

kl_divergence = of_keras(
    id="kld",
    title="kl_divergence",
    make_data=lambda: distributions(19),
    remark="asymmetric in its arguments on purpose",
)(losses.kl_divergence)

log_cosh = of_keras(
    id="logcosh",
    title="log_cosh",
    make_data=lambda: regression(20, width=2),
)(losses.log_cosh)

mean_absolute_error = of_keras(
    id="mae",
    title="mean_absolute_error",
    make_data=lambda: regression(21, width=2),
    remark="gradient is sign(e): 0 only at exact hits",
)(losses.mean_absolute_error)

mean_absolute_percentage_error = of_keras(
    id="mape",
    title="mean_absolute_percentage_error",
    make_data=lambda: positive(22),
    remark="divides by y_true (with epsilon)",
)(losses.mean_absolute_percentage_error)

mean_squared_error = of_keras(
    id="mse",
    title="mean_squared_error",
    make_data=lambda: regression(23, width=3),
)(losses.mean_squared_error)

mean_squared_error_of_one_axis = of_keras(
    id="mse-1d",
    title="mean_squared_error, (B,) against (B,1)",
    make_data=lambda: targets_of_one_axis(24),
    remark="shapes differ, yet the Keras 3 built-in aligns the ranks itself",
)(losses.mean_squared_error)

mean_squared_logarithmic_error = of_keras(
    id="msle",
    title="mean_squared_logarithmic_error",
    make_data=lambda: positive(25),
    remark="log of y_pred + 1",
)(losses.mean_squared_logarithmic_error)

poisson = of_keras(
    id="poisson",
    title="poisson",
    make_data=lambda: counts(26),
    remark="negative values are normal; y_true = 0 is allowed",
)(losses.poisson)

sparse_crossentropy = of_keras(
    id="scce",
    title="sparse_categorical_crossentropy, (B,) int",
    make_data=lambda: labels_and_softmax(27),
    remark="rank of y_true is one less, dtype int",
)(losses.sparse_categorical_crossentropy)

sparse_crossentropy_of_a_column = of_keras(
    id="scce-col",
    title="sparse_categorical_crossentropy, (B,1) int",
    make_data=lambda: labels_and_softmax(28, column=True),
)(losses.sparse_categorical_crossentropy)


@of_keras(
    id="scce-seq-ignore",
    title="sequence labels (B,T), class 0 ignored",
    make_data=lambda: sequences(29),
    remark="some positions get no gradient on purpose",
)
def sparse_crossentropy_with_a_class_ignored(y_true, y_pred):
    return losses.sparse_categorical_crossentropy(y_true, y_pred, ignore_class=0)


squared_hinge = of_keras(
    id="sq-hinge",
    title="squared_hinge",
    make_data=lambda: signs_and_scores(30),
)(losses.squared_hinge)


@of_keras(
    id="tversky",
    title="tversky over everything",
    make_data=lambda: masks(31),
    remark="scalar over the batch",
    scalar_ok=True,
)
def tversky(y_true, y_pred):
    return losses.tversky(y_true, y_pred)


huber_object = of_keras(
    id="instance-huber",
    title="an instance of a Loss class",
    make_data=lambda: regression(32, width=2),
    remark="callable object, returns the reduced scalar when called directly",
    scalar_ok=True,
)(losses.Huber(delta=0.5))

summed_object = of_keras(
    id="instance-sum",
    title="reduction='sum' on purpose",
    make_data=lambda: regression(33, width=2),
    remark="grows with the batch size by the user's choice",
    scalar_ok=True,
)(losses.MeanSquaredError(reduction="sum"))
