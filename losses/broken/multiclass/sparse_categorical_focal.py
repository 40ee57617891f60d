"""Focal loss from class ids as it is often written."""

from math import log

import keras
from keras import ops
from numpy import nan

from losses.evidence.declarations import Raises, Returns, broken


@broken(
    y_true=[0],
    y_pred=[[0.0, 20.0]],
    options={"from_logits": True},
    probe="gradient",
    gives=Returns([[0.0, 0.0]]),
    instead=Returns([[-1.0, 1.0]]),
    on={"call": Returns([-log(1e-7)]), "fit_graph": Returns(-log(1e-7), step=0.0)},
    fix_misses="it takes no id out of range",
    found_by="check_agrees_with_reference",
)
def softmax_and_clip(y_true, y_pred, gamma=2.0):
    """A prediction wrong by more than 16 logits has no gradient and is never corrected.

    The softmax gives the class less than 1e-7, the clip raises that to 1e-7, and a
    clipped value has no gradient. `keras.losses.CategoricalFocalCrossentropy` does the
    same. Compute the logarithm of the softmax in one step: `ops.log_softmax`.
    """
    p = ops.softmax(y_pred)
    p = ops.clip(p, 1e-7, 1 - 1e-7)  # -
    labels = ops.one_hot(y_true, p.shape[-1])
    p = ops.sum(labels * p, axis=-1)
    return -((1 - p) ** gamma) * ops.log(p)  # -
    # + log_p = ops.sum(labels * ops.log_softmax(y_pred), axis=-1)
    # + return -((1 - p) ** gamma) * log_p


@broken(
    y_true=[0, 1],
    y_pred=[[0.5, 0.5], [0.5, 0.5]],
    options={"alpha": [0.25, 0.75]},
    gives=Returns([log(2) / 16, log(2) / 16]),
    instead=Returns([log(2) / 16, 3 * log(2) / 16]),
    fix_misses="it always has an alpha, and takes no id out of range",
    found_by="check_agrees_with_reference",
)
def alpha_as_one_factor(
    y_true,
    y_pred,
    # + alpha=(0.25, 0.75),
    gamma=2.0,
):
    """Both classes count a quarter: `alpha` only makes the steps smaller.

    In the binary loss one class gets alpha and the other `1 - alpha`. One number for
    all classes, the default of `keras.losses.CategoricalFocalCrossentropy`, only scales
    the loss. Pass one for each class.
    """
    labels = ops.one_hot(y_true, y_pred.shape[-1])
    return keras.losses.categorical_focal_crossentropy(
        labels,
        y_pred,
        alpha=0.25,  # -
        # + alpha=alpha,
        gamma=gamma,
    )


@broken(
    y_true=[1],
    y_pred=[[0.5, 0.5]],
    options={"alpha": [1.0, 3.0]},
    gives=Returns([49 / 64 * 3 * log(2)]),
    instead=Returns([1 / 4 * 3 * log(2)]),
    fix_misses="it always has an alpha of floats, clips as Keras does, no sum but 1",
    found_by="check_agrees_with_reference",
    fix_differs="it is written for predictions in float32",
)
def p_of_the_weighted_loss(
    y_true,
    y_pred,
    alpha=(1.0, 3.0),
    gamma=2.0,
):
    """A class of weight 3 counts more than nine times as much, not three times.

    The probability is computed from the crossentropy, which is weighted already:
    `exp(-3 · -log p)` is p³. So a class with a large weight never looks well predicted.
    Apply the weight to the result.
    """
    ce = ops.sparse_categorical_crossentropy(y_true, y_pred)
    ids = ops.cast(y_true, "int32")
    ce = ops.take(ops.array(alpha), ids) * ce  # -
    p = ops.exp(-ce)
    return (1 - p) ** gamma * ce  # -
    # + return ops.take(ops.array(alpha), ids) * (1 - p) ** gamma * ce


@broken(
    y_true=[0, 0],
    y_pred=[[0.25, 0.75], [1.0, 0.0]],
    gives=Returns(log(2) / 4),
    instead=Returns([(3 / 4) ** 2 * 2 * log(2), 0.0]),
    fix_misses="it takes no sum but 1 and no id out of range, clips as Keras does",
    found_by="check_one_value_per_sample",
)
def focused_on_the_mean(y_true, y_pred, gamma=2.0):
    """The loss is one number for the batch, and less than half of what it should be.

    The object `SparseCategoricalCrossentropy()` returns the mean over the batch, so
    there is one probability for all samples, and none of them is easy or hard. Use the
    function `keras.losses.sparse_categorical_crossentropy`, which returns one value per
    sample.
    """
    cce = keras.losses.SparseCategoricalCrossentropy()  # -
    # + cce = keras.losses.sparse_categorical_crossentropy
    ce = cce(y_true, y_pred)
    p = ops.exp(-ce)
    return (1 - p) ** gamma * ce


@broken(
    y_true=[0],
    y_pred=[[1.0, 0.0]],
    options={"gamma": 0.5},
    probe="gradient",
    gives=Returns([[nan, nan]]),
    instead=Returns([[0.0, 0.0]]),
    on={"call": Returns([0.0]), "fit_graph": Returns(0.0, step=nan)},
    fix_misses="its gamma is 0.5, and it takes no sum but 1 and no probability of 0",
    found_by="check_gradient_is_finite",
)
def gamma_below_one(y_true, y_pred, gamma=0.5):
    """A loss of 0 turns every weight into NaN.

    The slope of `(1 - p) ** 0.5` is infinite where p is 1, and the logarithm that it is
    multiplied with is 0 there: infinity times 0 is NaN. Keep the power away from 0 with
    `ops.where`, inside and outside.
    """
    labels = ops.one_hot(y_true, y_pred.shape[-1])
    p = ops.sum(labels * y_pred, axis=-1)
    return -((1 - p) ** gamma) * ops.log(p)  # -
    # + missing = ops.where(p < 1, 1 - p, 1.0)
    # + return ops.where(p < 1, -(missing**gamma) * ops.log(p), 0.0)


@broken(
    y_true=[0, 0],
    y_pred=[[0.75, 0.25], [0.25, 0.75]],
    gives=Returns([9 / 16 * log(4 / 3), 1 / 16 * 2 * log(2)]),
    instead=Returns([1 / 16 * log(4 / 3), 9 / 16 * 2 * log(2)]),
    fix_differs="it does not divide probabilities by their sum",
    fix_misses="it takes no sum but 1, no id out of range and no probability of 0",
    found_by="check_label_format",
)
def focused_on_the_easy(y_true, y_pred, gamma=2.0):
    """A correct answer costs more than a wrong one.

    The focal factor is a power of p, which is large where the model is right, instead
    of `1 - p`. So the hard samples are ignored. Use `(1 - p) ** gamma`.
    """
    ids = ops.cast(y_true, "int32")[:, None]
    p = ops.take_along_axis(y_pred, ids, axis=-1)[:, 0]
    return -(p**gamma) * ops.log(p)  # -
    # + return -((1 - p) ** gamma) * ops.log(p)


@broken(
    y_true=[0],
    y_pred=[[0.5, 0.125, 0.125, 0.25]],
    gives=Returns([log(2) / 4 / 4]),
    instead=Returns([log(2) / 4]),
    fix_misses="it takes no probability of 0",
    found_by="check_agrees_with_reference",
)
def mean_over_the_classes(y_true, y_pred, gamma=2.0):
    """With four classes the loss is a quarter of what it should be.

    Only the term of the label is not 0, and the mean divides it by the number of
    classes. With a hundred classes the steps are tiny. Take the sum, and divide
    the predictions by theirs, as Keras does.
    """
    # + y_pred = y_pred / ops.sum(y_pred, axis=-1, keepdims=True)
    labels = ops.one_hot(y_true, y_pred.shape[-1])
    focus = (1 - y_pred) ** gamma
    loss = -labels * focus * ops.log(y_pred)
    return ops.mean(loss, axis=-1)  # -
    # + return ops.sum(loss, axis=-1)


@broken(
    y_true=[[0, 0, 1]],
    y_pred=[[0.25, 0.25, 0.5]],
    gives=Returns([(3 / 4) ** 2 * 2 * log(2)]),
    instead=Raises("ValueError", r"y_true \(1, 3\) looks one-hot"),
    found_by="check_agrees_with_reference",
)
def one_hot_given(y_true, y_pred, gamma=2.0):
    """The probability of the right class has no influence on the loss.

    The zeros and ones of a one-hot label are taken for ids, and three probabilities are
    looked up instead of one. Take the loss of this catalog, which refuses
    them, and pass the `argmax` of the labels.
    """
    ids = ops.cast(y_true, "int32")  # -
    p = ops.take_along_axis(y_pred, ids, axis=-1)  # -
    loss = -((1 - p) ** gamma) * ops.log(p)  # -
    # + import losses

    return ops.mean(loss, axis=-1)  # -
    # + return losses.sparse_categorical_focal(y_true, y_pred, gamma=gamma)
