"""Logit-adjusted crossentropy as it is often written."""

from math import exp, log

import keras
from keras import ops
from numpy import nan

from losses.evidence.declarations import Returns, broken


@broken(
    y_true=[0, 1],
    y_pred=[[0.0, 0.0], [0.0, 0.0]],
    options={"priors": [0.75, 0.25]},
    gives=Returns([log(4), log(4 / 3)]),
    instead=Returns([log(4 / 3), log(4)]),
    fix_misses="it takes no dict, no prior of 0 and no id out of range",
    found_by="check_agrees_with_reference",
    fix_differs="it is written for predictions in float32",
)
def subtracted_in_training(
    y_true,
    y_pred,
    priors=(0.75, 0.25),
    tau=1.0,
):
    """A mistake on the common class costs more than one on the rare class.

    Subtracting the log prior corrects predictions of a model trained without it. In
    training it is added, so that a rare class has to win by more. Do one of the two,
    never both.
    """
    log_prior = ops.log(ops.array(priors, "float32"))
    return keras.losses.sparse_categorical_crossentropy(
        y_true,
        y_pred - tau * log_prior,  # -
        # + y_pred + tau * log_prior,
        from_logits=True,
    )


@broken(
    y_true=[0],
    y_pred=[[0.0, 0.0, 0.0]],
    options={"priors": [0.5, 0.5, 0.0]},
    gives=Returns([nan]),
    instead=Returns([log(2)]),
    on={"fit_graph": Returns(nan, step=0.5**0.5)},
    fix_misses="it takes no dict, and a prior of 0 for 1e-37",
    found_by="check_finite",
    fix_differs="it is written for predictions in float32",
)
def log_of_an_absent_class(
    y_true,
    y_pred,
    priors=(0.5, 0.5, 0.0),
    tau=1.0,
):
    """One class without training data makes the loss of every sample NaN.

    The logarithm of 0 is minus infinity, and times the 0 of the one-hot label it is
    NaN. The gradient is right all the same: training goes on, without a loss to watch.
    Keep the priors above 0: `ops.maximum(priors, 1e-37)`.
    """
    log_prior = ops.log(ops.array(priors, "float32"))  # -
    # + log_prior = ops.log(ops.maximum(ops.array(priors, "float32"), 1e-37))
    log_p = ops.log_softmax(y_pred + tau * log_prior)
    labels = ops.one_hot(y_true, len(priors))
    return -ops.sum(labels * log_p, axis=-1)


@broken(
    y_true=[0],
    y_pred=[[50.0, -50.0]],
    options={"priors": [0.5, 0.5]},
    gives=Returns([log(1 + exp(-1))]),
    instead=Returns([0.0]),
    fix_misses="it takes no dict and no prior of 0",
    found_by="check_logits_or_probabilities",
    fix_differs="it is written for predictions in float32",
)
def softmax_first(
    y_true,
    y_pred,
    priors=(0.5, 0.5),
    tau=1.0,
):
    """A perfect prediction has a loss of 0.31, not 0.

    Probabilities lie between 0 and 1, and the softmax that follows takes them for
    logits. Pass logits: no softmax before, in the loss or in the last layer.
    """
    p = ops.softmax(y_pred)  # -
    log_prior = ops.log(ops.array(priors, "float32"))
    return keras.losses.sparse_categorical_crossentropy(
        y_true,
        p + tau * log_prior,  # -
        # + y_pred + tau * log_prior,
        from_logits=True,
    )


@broken(
    y_true=[0, 1],
    y_pred=[[0.0, 0.0], [0.0, 0.0]],
    options={"priors": [0.75, 0.25]},
    gives=Returns([log(1 + exp(-0.5)), log(1 + exp(0.5))]),
    instead=Returns([log(4 / 3), log(4)]),
    fix_misses="it takes no dict, no prior of 0 and no id out of range",
    found_by="check_agrees_with_reference",
    fix_differs="it is written for predictions in float32",
)
def prior_without_its_logarithm(
    y_true,
    y_pred,
    priors=(0.75, 0.25),
    tau=1.0,
):
    """A class three times as common is adjusted by a factor of 1.65, not 3.

    What is added to a logit multiplies the odds by its exponential, and two priors
    never differ by more than 1. Add the logarithms of the priors.
    """
    prior = ops.array(priors, "float32")
    return keras.losses.sparse_categorical_crossentropy(
        y_true,
        y_pred + tau * prior,  # -
        # + y_pred + tau * ops.log(prior),
        from_logits=True,
    )


@broken(
    y_true=[[0], [1]],
    y_pred=[[0.0, 0.0], [0.0, 0.0]],
    options={"priors": [0.75, 0.25]},
    gives=Returns([[log(4 / 3)] * 2, [log(4)] * 2]),
    instead=Returns([log(4 / 3), log(4)]),
    found_by="check_nothing_broadcasts",
    fix_differs="it is written for predictions in float32",
)
def labels_in_a_column(
    y_true,
    y_pred,
    priors=(0.75, 0.25),
    tau=1.0,
):
    """There are four losses for two samples: every label meets every prediction.

    One-hot labels of `(batch, 1)`, as CIFAR has them, are `(batch, 1, classes)`, and
    with `(batch, classes)` they broadcast to `(batch, batch, classes)`. Remove the axis
    first: give the labels the shape of the predictions without the classes.
    """
    log_prior = ops.log(ops.array(priors, "float32"))
    log_p = ops.log_softmax(y_pred + tau * log_prior)
    # + y_true = ops.reshape(y_true, ops.shape(y_pred)[:-1])
    labels = ops.one_hot(y_true, len(priors))
    return -ops.sum(labels * log_p, axis=-1)
