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
)
def alpha_on_the_negatives(
    y_true,
    y_pred,
    alpha=0.25,
    gamma=2.0,
):
    """An `alpha` lowered for the positives lowers the negatives: a factor of 9 is off.

    In the paper `alpha` stands on the positives and `1 - alpha` on the negatives. Both
    are exchanged here, and 0.25 weighs the positives three times as much, where a third
    is meant. Write `y_true * alpha + (1 - y_true) * (1 - alpha)`.
    """
    p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    p_t = y_true * p + (1 - y_true) * (1 - p)
    weight = y_true * (1 - alpha) + (1 - y_true) * alpha
    loss = -weight * (1 - p_t) ** gamma * ops.log(p_t)
    return ops.mean(loss, axis=-1)


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[0.5], [0.5]],
    gives=Returns([1 / 4 * log(2), 1 / 4 * log(2)]),
    instead=Returns([1 / 16 * log(2), 3 / 16 * log(2)]),
)
def alpha_unused(y_true, y_pred, alpha=0.25):
    """Whatever `alpha` is, the loss stays the same. Nothing is raised.

    Keras takes an `alpha` and does not use it unless it gets a second argument. Pass
    `apply_class_balancing=True`.
    """
    return keras.losses.binary_focal_crossentropy(
        y_true,
        y_pred,
        alpha=alpha,
    )


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[0.5], [0.5]],
    gives=Returns([1 / 16 * log(2), 1 / 16 * log(2)]),
    instead=Returns([1 / 16 * log(2), 3 / 16 * log(2)]),
)
def alpha_on_both_classes(
    y_true,
    y_pred,
    alpha=0.25,
    gamma=2.0,
):
    """`alpha` does nothing that a smaller learning rate would not do.

    One factor on the whole loss does not move positives against negatives. Give the
    negatives `1 - alpha`.
    """
    p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    p_t = y_true * p + (1 - y_true) * (1 - p)
    loss = -alpha * (1 - p_t) ** gamma * ops.log(p_t)
    return ops.mean(loss, axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[0.25], [0.75]],
    gives=Returns([27 / 64 * log(4 / 3), 3 / 64 * log(4)]),
    instead=Returns([3 / 64 * log(4 / 3), 27 / 64 * log(4)]),
)
def p_in_place_of_p_t(
    y_true,
    y_pred,
    alpha=0.25,
    gamma=2.0,
):
    """An easy negative has a larger loss than a hard one.

    `1 - p` is what is missing of a positive. Of a negative it is `p`, so the negatives
    are weighted the wrong way round: most where they are right. Take
    `p_t`, which is `p` for the positives and `1 - p` for the negatives.
    """
    p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    positive = alpha * y_true * ops.log(p)
    negative = (1 - alpha) * (1 - y_true) * ops.log(1 - p)
    loss = -((1 - p) ** gamma) * (positive + negative)
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
)
def gamma_below_one(y_true, y_pred, gamma=0.5):
    """A `gamma` below 1 trains for a while, then the weights are NaN.

    The power `(1 - p_t) ** gamma` has an infinite slope where a prediction is certain
    and right. The rest of the loss is 0 there, and infinity times 0 is NaN in the
    gradient, while the loss is finite. Keep 0 out of the power, before it and after it:
    `where(m > 0, where(m > 0, m, 1) ** gamma, 0)`.
    """
    return keras.losses.binary_focal_crossentropy(
        y_true,
        y_pred,
        apply_class_balancing=True,
        gamma=gamma,
        from_logits=True,
    )


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.5, 0.0]],
    options={"alpha": None},
    gives=Returns([(1 - 2**-0.5) ** 2 * log(2) / 2]),
    instead=Returns([(1 / 4 * log(2) + 0) / 2]),
)
def focused_on_the_mean(y_true, y_pred, gamma=2.0):
    """A hard label among easy ones is passed over like them.

    `keras.losses.binary_crossentropy` has already taken the mean over the labels, and
    what is focused is that mean: here 0.35, of which a tenth is left. The hard label
    alone is 0.69, and a quarter is left. `ops.binary_crossentropy` has one value for
    each label; take the mean last.
    """
    bce = keras.losses.binary_crossentropy(y_true, y_pred)
    p_t = ops.exp(-bce)
    return (1 - p_t) ** gamma * bce


@broken(
    y_true=[[1.0], [1.0]],
    y_pred=[[1.0], [3.0]],
    options={"from_logits": True},
    gives=Returns([0.0, log(1 + exp(-3))]),
    instead=Returns(
        [log(1 + exp(-z)) / (1 + exp(z)) ** 2 / 4 for z in (1, 3)],
    ),
)
def logits_in_the_weight(
    y_true,
    y_pred,
    alpha=0.25,
    gamma=2.0,
):
    """The loss of a positive is 0 at a logit of 1, and rises from there.

    The crossentropy takes logits and the weight needs probabilities, but gets the same
    logits: `(1 - 3) ** 2` is no share of anything. Take `p = ops.sigmoid(y_pred)` for
    the weight.
    """
    bce = ops.binary_crossentropy(
        y_true,
        y_pred,
        from_logits=True,
    )
    p_t = y_true * y_pred + (1 - y_true) * (1 - y_pred)
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
)
def sum_over_everything(
    y_true,
    y_pred,
    alpha=0.25,
    gamma=2.0,
):
    """A sample of weight 0 still counts, and twice the batch is twice the step.

    Two sums over every axis make one scalar for the batch, so no sample has a loss of
    its own left to be weighted. Add the two halves label by label, and take the mean
    over the labels.
    """
    p_1 = ops.where(y_true == 1, y_pred, 1.0)
    p_0 = ops.where(y_true == 0, y_pred, 0.0)
    positive = alpha * (1 - p_1) ** gamma * ops.log(p_1)
    negative = p_0**gamma * ops.log(1 - p_0)
    negative = (1 - alpha) * negative
    return -ops.sum(positive) - ops.sum(negative)
