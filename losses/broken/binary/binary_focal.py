"""Binary focal loss as it is often written."""

from math import exp, log

import keras
from keras import ops
from numpy import nan

from losses.evidence.declarations import Returns, broken


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[0.5], [0.5]],
    gives=Returns([3 / 16 * log(2), 1 / 16 * log(2)]),
    instead=Returns([1 / 16 * log(2), 3 / 16 * log(2)]),
    found_by="check_agrees_with_reference",
    fix_misses="in a direct call its labels must be floats, and it clips "
    "probabilities as Keras does",
)
def alpha_on_the_negatives(
    y_true,
    y_pred,
    alpha=0.25,
    gamma=2.0,
):
    """A lower `alpha` lowers the negatives, not the positives: off by a factor of 9.

    In the paper `alpha` weights the positives and `1 - alpha` the negatives. Here the
    two are swapped, and 0.25 gives the positives three times the weight of the
    negatives instead of a third. Swap them back.
    """
    p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    p_t = y_true * p + (1 - y_true) * (1 - p)
    weight = y_true * (1 - alpha) + (1 - y_true) * alpha  # -
    # + weight = y_true * alpha + (1 - y_true) * (1 - alpha)
    loss = -weight * (1 - p_t) ** gamma * ops.log(p_t)
    return ops.mean(loss, axis=-1)


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[0.5], [0.5]],
    gives=Returns([1 / 4 * log(2), 1 / 4 * log(2)]),
    instead=Returns([1 / 16 * log(2), 3 / 16 * log(2)]),
    found_by="check_agrees_with_reference",
    fix_misses="it clips probabilities as Keras does",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def alpha_unused(y_true, y_pred, alpha=0.25):
    """The loss is the same for every `alpha`. Nothing is raised.

    Keras accepts an `alpha` and ignores it without a second argument. Pass
    `apply_class_balancing=True`.
    """
    return keras.losses.binary_focal_crossentropy(
        y_true,
        y_pred,
        alpha=alpha,
        # + apply_class_balancing=True,
    )


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[0.5], [0.5]],
    gives=Returns([1 / 16 * log(2), 1 / 16 * log(2)]),
    instead=Returns([1 / 16 * log(2), 3 / 16 * log(2)]),
    found_by="check_agrees_with_reference",
    fix_misses="in a direct call its labels must be floats, and it clips "
    "probabilities as Keras does",
)
def alpha_on_both_classes(
    y_true,
    y_pred,
    alpha=0.25,
    gamma=2.0,
):
    """`alpha` does nothing that a smaller learning rate would not do.

    One factor on the whole loss does not change the balance of positives and negatives.
    Give the negatives `1 - alpha`.
    """
    p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    p_t = y_true * p + (1 - y_true) * (1 - p)
    loss = -alpha * (1 - p_t) ** gamma * ops.log(p_t)  # -
    # + weight = y_true * alpha + (1 - y_true) * (1 - alpha)
    # + loss = -weight * (1 - p_t) ** gamma * ops.log(p_t)
    return ops.mean(loss, axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[0.25], [0.75]],
    gives=Returns([27 / 64 * log(4 / 3), 3 / 64 * log(4)]),
    instead=Returns([3 / 64 * log(4 / 3), 27 / 64 * log(4)]),
    found_by="check_agrees_with_reference",
    fix_misses="in a direct call its labels must be floats, and it clips "
    "probabilities as Keras does",
)
def p_in_place_of_p_t(
    y_true,
    y_pred,
    alpha=0.25,
    gamma=2.0,
):
    """An easy negative has a larger loss than a hard one.

    The focal factor must be small where a prediction is right. For a positive that is
    `1 - p`, but for a negative it is `p`: here the negatives count most where they are
    right. Use `p_t`, which is `p` for the positives and `1 - p` for the negatives.
    """
    p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    positive = alpha * y_true * ops.log(p)
    negative = (1 - alpha) * (1 - y_true) * ops.log(1 - p)
    loss = -((1 - p) ** gamma) * (positive + negative)  # -
    # + p_t = y_true * p + (1 - y_true) * (1 - p)
    # + loss = -((1 - p_t) ** gamma) * (positive + negative)
    return ops.mean(loss, axis=-1)


@broken(
    y_true=[[1.0], [1.0]],
    y_pred=[[40.0], [0.0]],
    options={"gamma": 0.5, "from_logits": True},
    probe="gradient",
    gives=Returns([[nan], [-1 / 4 * (2**-1.5) * (1 / 2 * log(2) + 1)]]),
    instead=Returns([[0.0], [-1 / 4 * (2**-1.5) * (1 / 2 * log(2) + 1)]]),
    on={"fit_graph": Returns(log(2) / 8 * 2**-0.5, step=nan)},
    holds_in=">=3.6.0,<=3.15.1",
    found_by="check_gradient_is_finite",
)
def gamma_below_one(y_true, y_pred, gamma=0.5):
    """A `gamma` below 1 trains for a while, then the weights are NaN.

    The power `(1 - p_t) ** gamma` has an infinite slope where a prediction is certain
    and right. The rest of the loss is 0 there, and infinity times 0 is NaN in the
    gradient, while the loss is finite. Keep 0 out of the power, inside and outside,
    `where(m > 0, where(m > 0, m, 1) ** gamma, 0)`: `losses.binary_focal` does, and it
    balances the classes unless it is told not to.
    """
    # + import losses

    # + return losses.binary_focal(
    return keras.losses.binary_focal_crossentropy(  # -
        y_true,
        y_pred,
        apply_class_balancing=True,  # -
        gamma=gamma,
        from_logits=True,
    )


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.5, 0.0]],
    options={"alpha": None},
    gives=Returns([(1 - 2**-0.5) ** 2 * log(2) / 2]),
    instead=Returns([(1 / 4 * log(2) + 0) / 2]),
    found_by="check_agrees_with_reference",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def focused_on_the_mean(y_true, y_pred, gamma=2.0):
    """A hard label among easy ones is reduced as much as they are.

    `keras.losses.binary_crossentropy` has already taken the mean over the labels, and
    the focal factor is applied to that mean: here 0.35, of which a tenth is left. The
    hard label alone is 0.69, of which a quarter would be left.
    `ops.binary_crossentropy` returns one value per label, but does not cast the labels
    as the loss does. Take the mean last.
    """
    bce = keras.losses.binary_crossentropy(y_true, y_pred)  # -
    # + y_true = ops.cast(y_true, y_pred.dtype)
    # + bce = ops.binary_crossentropy(y_true, y_pred)
    p_t = ops.exp(-bce)
    return (1 - p_t) ** gamma * bce  # -
    # + return ops.mean((1 - p_t) ** gamma * bce, axis=-1)


@broken(
    y_true=[[1.0], [1.0]],
    y_pred=[[1.0], [3.0]],
    options={"from_logits": True},
    gives=Returns([0.0, log(1 + exp(-3))]),
    instead=Returns(
        [log(1 + exp(-z)) / (1 + exp(z)) ** 2 / 4 for z in (1, 3)],
    ),
    found_by="check_agrees_with_reference",
    fix_misses="in a direct call its labels must be floats",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def logits_in_the_weight(
    y_true,
    y_pred,
    alpha=0.25,
    gamma=2.0,
):
    """The loss of a positive is 0 at a logit of 1, and rises from there.

    The crossentropy takes logits, but the focal factor needs probabilities and gets the
    same logits: `(1 - 3) ** 2` is no factor between 0 and 1. Take
    the sigmoid of the logits for the factor.
    """
    bce = ops.binary_crossentropy(
        y_true,
        y_pred,
        from_logits=True,
    )
    p_t = y_true * y_pred + (1 - y_true) * (1 - y_pred)  # -
    # + p = ops.sigmoid(y_pred)
    # + p_t = y_true * p + (1 - y_true) * (1 - p)
    weight = y_true * alpha + (1 - y_true) * (1 - alpha)
    loss = weight * (1 - p_t) ** gamma * bce
    return ops.mean(loss, axis=-1)


@broken(
    y_true=[[1.0], [1.0]],
    y_pred=[[1.0], [0.5]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(1 / 16 * log(2) / 2),
    instead=Returns(0.0),
    on={"call": Returns(1 / 16 * log(2))},
    found_by="check_one_value_per_sample",
    fix_misses="it takes labels of 0 and 1 alone, and the logarithm of 0",
)
def sum_over_everything(
    y_true,
    y_pred,
    alpha=0.25,
    gamma=2.0,
):
    """A sample of weight 0 still counts, and doubling the batch doubles the step.

    Two sums over every axis make one scalar for the batch, so there is no loss per
    sample to weight. Add the two terms label by label, and take the mean over the
    labels.
    """
    p_1 = ops.where(y_true == 1, y_pred, 1.0)
    p_0 = ops.where(y_true == 0, y_pred, 0.0)
    positive = alpha * (1 - p_1) ** gamma * ops.log(p_1)
    negative = p_0**gamma * ops.log(1 - p_0)
    negative = (1 - alpha) * negative
    return -ops.sum(positive) - ops.sum(negative)  # -
    # + return -ops.mean(positive + negative, axis=-1)
