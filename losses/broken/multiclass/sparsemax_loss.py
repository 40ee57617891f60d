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
    found_by="check_agrees_with_reference",
)
def softmax_in_place_of_the_projection(y_true, y_pred):
    """The loss falls below 0 where the prediction is right.

    The formula belongs to the sparsemax: with the probabilities of another function it
    is not a distance from the labels. Take the loss of this catalog, which projects the
    logits onto the simplex, or use the crossentropy with the softmax.
    """
    p = ops.softmax(y_pred)  # -
    of_p = p * (y_pred - p / 2)  # -
    of_labels = y_true * (y_true / 2 - y_pred)  # -
    # + import losses

    return ops.sum(of_p + of_labels, axis=-1)  # -
    # + return losses.sparsemax_loss(y_true, y_pred)


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.5, 0.0]],
    gives=Returns([1 / 8]),
    instead=Returns([1 / 16]),
    holds_in=">=3.10.0,<=3.15.1",
    found_by="check_agrees_with_reference",
)
def sparsemax_of_keras(y_true, y_pred):
    """The loss is too high where two or more classes have a probability above 0.

    The probabilities of `keras.ops.sparsemax` add up to 1 only where one class takes
    all. Here they are 1/2 and 0, not 3/4 and 1/4: its threshold adds up the cumulative
    sums of all these classes, where it should use the last one. The gradient is wrong
    too. Use this catalog's loss, which has its own projection.
    """
    p = ops.sparsemax(y_pred)  # -
    of_p = p * (y_pred - p / 2)  # -
    of_labels = y_true * (y_true / 2 - y_pred)  # -
    # + import losses

    return ops.sum(of_p + of_labels, axis=-1)  # -
    # + return losses.sparsemax_loss(y_true, y_pred)


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.0, 3.0]],
    gives=Returns([-log(1e-7)]),
    instead=Returns([3.0]),
    on={"gradient": Returns([[0.0, 0.0]])},
    found_by="check_agrees_with_reference",
)
def crossentropy_of_the_sparsemax(y_true, y_pred):
    """A prediction that is wrong by more than 1 costs 16.1 and has no gradient.

    The sparsemax gives such a class exactly 0, Keras clips it to 1e-7, and neither has
    a gradient. The sparsemax has a loss of its own, which takes the logits: use it.
    """
    p = ops.sparsemax(y_pred)  # -
    # + import losses

    return keras.losses.categorical_crossentropy(y_true, p)  # -
    # + return losses.sparsemax_loss(y_true, y_pred)


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.0, 3.0]],
    probe="gradient",
    gives=Returns([[0.0, 0.0]]),
    instead=Returns([[-1.0, 1.0]]),
    on={"call": Returns([1.0])},
    found_by="check_agrees_with_reference",
)
def distance_of_the_sparsemax(y_true, y_pred):
    """A prediction that is wrong by more than 1 costs 1 and is never corrected.

    A class that is far behind has a probability of exactly 0, and a slightly larger
    logit does not change that. Half the squared error is the loss only where all
    classes have a probability above 0. The loss of the sparsemax includes the logits:
    use it.
    """
    p = ops.sparsemax(y_pred)  # -
    # + import losses

    return ops.sum((y_true - p) ** 2, axis=-1) / 2  # -
    # + return losses.sparsemax_loss(y_true, y_pred)


@broken(
    y_true=[[1.0, 0.0, 0.0]],
    y_pred=[[0.5, 0.0, -3.0]],
    gives=Returns([-5 / 9 - 49 / 72]),
    instead=Returns([1 / 16]),
    fix_misses="it takes no integer labels and no logit of -inf",
    found_by="check_agrees_with_reference",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def all_classes_in_the_threshold(y_true, y_pred):
    """One class far behind makes the loss negative.

    The threshold is computed from all classes, also from those that fall below it: the
    logit of -3 counts although its probability is 0. Only the classes above the
    threshold must count: sort them, compute the threshold of the first, of the first
    two and so on, and take the highest.
    """
    count = y_pred.shape[-1]  # -
    total = ops.sum(y_pred, axis=-1, keepdims=True)  # -
    tau = (total - 1) / count  # -
    # + count = ops.arange(1, y_pred.shape[-1] + 1, dtype=y_pred.dtype)
    # + total = ops.cumsum(ops.flip(ops.sort(y_pred), axis=-1), axis=-1)
    # + tau = ops.max((total - 1) / count, axis=-1, keepdims=True)
    p = ops.relu(y_pred - tau)
    of_p = p * (y_pred - p / 2)
    of_labels = y_true * (y_true / 2 - y_pred)
    return ops.sum(of_p + of_labels, axis=-1)


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[3.0, 0.0]],
    gives=Returns([-1 / 2]),
    instead=Returns([0.0]),
    found_by="check_agrees_with_reference",
)
def labels_not_squared(y_true, y_pred):
    """A perfect prediction has a loss of -1/2, not 0.

    Half the sum of the squared labels is missing. It does not depend on the logits, so
    training is right but the number is not: it can be negative. That term alone is not
    enough, for Keras up to 3.15.1 projects wrongly: use this catalog's loss.
    """
    p = ops.sparsemax(y_pred)  # -
    of_p = p * (y_pred - p / 2)  # -
    # + import losses

    return ops.sum(of_p - y_true * y_pred, axis=-1)  # -
    # + return losses.sparsemax_loss(y_true, y_pred)


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.0, -inf]],
    gives=Returns([nan]),
    instead=Returns([0.0]),
    found_by="check_finite",
)
def ruled_out_class(y_true, y_pred):
    """A class that is ruled out by a logit of -inf makes the loss NaN.

    Its probability and its label are 0, and 0 times infinity is NaN. `ops.where` would
    leave such terms out, and the projection of Keras would still be wrong: take this
    catalog's loss, which minds both.
    """
    p = ops.sparsemax(y_pred)  # -
    of_p = p * (y_pred - p / 2)  # -
    of_labels = y_true * (y_true / 2 - y_pred)  # -
    # + import losses

    return ops.sum(of_p + of_labels, axis=-1)  # -
    # + return losses.sparsemax_loss(y_true, y_pred)


@broken(
    y_true=[[0], [1]],
    y_pred=[[3.0, 0.0], [3.0, 0.0]],
    gives=Returns([5 / 2, 1 / 2]),
    instead=Returns([0.0, 3.0]),
    fix_is_long="the projection of Keras is wrong too, so nothing stays",
    found_by="check_agrees_with_reference",
)
def ids_as_one_hot(y_true, y_pred):
    """A correct answer costs 2.5 and a wrong one 0.5.

    Ids `(batch, 1)` broadcast against `(batch, classes)`: class 0 counts as no label at
    all, and class 1 as a label of every class. One-hot labels are half of
    it: the projection of Keras is wrong as well. Take this catalog's loss, which takes
    ids.
    """
    y_true = ops.cast(y_true, y_pred.dtype)  # -
    p = ops.sparsemax(y_pred)  # -
    of_p = p * (y_pred - p / 2)  # -
    of_labels = y_true * (y_true / 2 - y_pred)  # -
    # + import losses

    return ops.sum(of_p + of_labels, axis=-1)  # -
    # + return losses.sparsemax_loss(y_true, y_pred)
