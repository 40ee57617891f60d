"""Sparsemax loss as it is often written."""

from math import exp, log

import keras
from keras import ops
from numpy import inf, nan

from losses.evidence.declarations import Returns, broken


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[2.0, 0.0]],
    gives=Returns([2 / (1 + exp(-2)) - 1.5 - (1 + exp(4)) / 2 / (1 + exp(2)) ** 2]),
    instead=Returns([0.0]),
)
def softmax_in_place_of_the_projection(y_true, y_pred):
    """The loss falls below 0 where the prediction is right.

    The formula belongs to the sparsemax: with the probabilities of another function it
    is no distance from the labels any more. Take `ops.sparsemax`, or the crossentropy
    with the softmax.
    """
    p = ops.softmax(y_pred)
    of_p = p * (y_pred - p / 2)
    of_labels = y_true * (y_true / 2 - y_pred)
    return ops.sum(of_p + of_labels, axis=-1)


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.5, 0.0]],
    gives=Returns([1 / 8]),
    instead=Returns([1 / 16]),
    holds_in=">=3.10.0,<=3.15.1",
)
def sparsemax_of_keras(y_true, y_pred):
    """Where two classes or more have a part, the loss is too high.

    The probabilities of `keras.ops.sparsemax` add up to 1 only where one class takes
    all. Here they are 1/2 and 0, not 3/4 and 1/4: its threshold adds up the sums of all
    classes with a part, where it should take the last of them. The gradient follows.
    """
    p = ops.sparsemax(y_pred)
    of_p = p * (y_pred - p / 2)
    of_labels = y_true * (y_true / 2 - y_pred)
    return ops.sum(of_p + of_labels, axis=-1)


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.0, 3.0]],
    gives=Returns([-log(1e-7)]),
    instead=Returns([3.0]),
    on={"gradient": Returns([[0.0, 0.0]])},
)
def crossentropy_of_the_sparsemax(y_true, y_pred):
    """What is wrong by more than 1 costs 16.1 and has no gradient.

    The sparsemax gives such a class exactly 0, Keras makes 1e-7 of it, and neither has
    a slope there. The sparsemax has a loss of its own, which takes the logits.
    """
    p = ops.sparsemax(y_pred)
    return keras.losses.categorical_crossentropy(
        y_true,
        p,
    )


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.0, 3.0]],
    probe="gradient",
    gives=Returns([[0.0, 0.0]]),
    instead=Returns([[-1.0, 1.0]]),
    on={"call": Returns([1.0])},
)
def distance_of_the_sparsemax(y_true, y_pred):
    """What is wrong by more than 1 costs 1 and is never learnt.

    A class that is far behind has a probability of exactly 0, and a little more of its
    logit does not change that. Half of the squared error is the loss only where all
    classes have a part. Take the logits into it.
    """
    p = ops.sparsemax(y_pred)
    return ops.sum((y_true - p) ** 2, axis=-1) / 2


@broken(
    y_true=[[1.0, 0.0, 0.0]],
    y_pred=[[0.5, 0.0, -3.0]],
    gives=Returns([-5 / 9 - 49 / 72]),
    instead=Returns([1 / 16]),
)
def all_classes_in_the_threshold(y_true, y_pred):
    """One class far behind makes the loss negative.

    The threshold is taken over all classes, also over those that fall below it: the
    logit of -3 counts although its probability is 0. Only the classes above the
    threshold make it: sort them, and take as many as stay above.
    """
    count = y_pred.shape[-1]
    total = ops.sum(y_pred, axis=-1, keepdims=True)
    tau = (total - 1) / count
    p = ops.relu(y_pred - tau)
    of_p = p * (y_pred - p / 2)
    of_labels = y_true * (y_true / 2 - y_pred)
    return ops.sum(of_p + of_labels, axis=-1)


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[3.0, 0.0]],
    gives=Returns([-1 / 2]),
    instead=Returns([0.0]),
)
def labels_not_squared(y_true, y_pred):
    """A perfect prediction has a loss of -1/2, not 0.

    Half of the sum of the squared labels is missing. It does not depend on the logits,
    so the training is right and the number is not: it is no longer 0 or more.
    """
    p = ops.sparsemax(y_pred)
    of_p = p * (y_pred - p / 2)
    return ops.sum(of_p - y_true * y_pred, axis=-1)


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.0, -inf]],
    gives=Returns([nan]),
    instead=Returns([0.0]),
)
def ruled_out_class(y_true, y_pred):
    """A class that is ruled out by a logit of -inf makes the loss NaN.

    Its probability is 0 and so is its label, and 0 times infinity is no number. Leave
    such terms out with `ops.where`.
    """
    p = ops.sparsemax(y_pred)
    of_p = p * (y_pred - p / 2)
    of_labels = y_true * (y_true / 2 - y_pred)
    return ops.sum(of_p + of_labels, axis=-1)


@broken(
    y_true=[[0], [1]],
    y_pred=[[3.0, 0.0], [3.0, 0.0]],
    gives=Returns([5 / 2, 1 / 2]),
    instead=Returns([0.0, 3.0]),
)
def ids_as_one_hot(y_true, y_pred):
    """A right answer costs 2.5 and a wrong one 0.5.

    Ids `(batch, 1)` broadcast against `(batch, classes)`: class 0 counts as no label at
    all, and class 1 as the label of every class. Make the labels one-hot.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    p = ops.sparsemax(y_pred)
    of_p = p * (y_pred - p / 2)
    of_labels = y_true * (y_true / 2 - y_pred)
    return ops.sum(of_p + of_labels, axis=-1)
