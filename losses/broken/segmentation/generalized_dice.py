"""Generalized Dice as it is often written."""

from keras import ops
from numpy import nan

from losses.evidence.declarations import Returns, broken


@broken(
    y_true=[[[[1, 0], [1, 0]]]],
    y_pred=[[[[0.9, 0.1], [0.9, 0.1]]]],
    gives=Returns([nan]),
    instead=Returns([0.1]),
    on={"fit_graph": Returns(nan, step=nan)},
)
def weight_of_an_absent_class(y_true, y_pred):
    """One image that lacks a class turns the loss, then every weight, into NaN.

    1 / 0² is infinite, and infinity times an overlap of 0 is no number. Give a class
    that is absent the largest weight of those present.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    true = ops.sum(y_true, axes)
    pred = ops.sum(y_pred, axes)
    weight = 1 / true**2
    overlap = weight * ops.sum(y_true * y_pred, axes)
    total = ops.sum(weight * (true + pred), axis=-1)
    return 1 - 2 * ops.sum(overlap, axis=-1) / total


@broken(
    y_true=[[[[1, 0], [1, 0]]]],
    y_pred=[[[[0.9, 0.1], [0.9, 0.1]]]],
    gives=Returns([1.0]),
    instead=Returns([0.1]),
)
def epsilon_for_an_absent_class(y_true, y_pred):
    """Wherever an image lacks a class, its loss is 1, and nothing else is learned.

    The constant saves 0² from being divided by, and the weight is 1 / 1e-6: a million
    times that of the class that is there. So the slightest false alarm decides. Give a
    class that is absent the largest weight of those present.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    true = ops.sum(y_true, axes)
    pred = ops.sum(y_pred, axes)
    weight = 1 / (true**2 + 1e-6)
    overlap = weight * ops.sum(y_true * y_pred, axes)
    total = ops.sum(weight * (true + pred), axis=-1)
    return 1 - 2 * ops.sum(overlap, axis=-1) / total


@broken(
    y_true=[[[[1, 0], [1, 0], [1, 0], [0, 1]]]],
    y_pred=[[[[0.5, 0.5], [0.5, 0.5], [0.5, 0.5], [0.5, 0.5]]]],
    gives=Returns([0.5]),
    instead=Returns([5 / 8]),
)
def weights_from_the_prediction(y_true, y_pred):
    """Where nothing is known yet, marking more of a rare class everywhere is rewarded.

    The more of a class is predicted, the less it weighs. Here it is 0.5 at each pixel;
    with 0.25 at each the loss would be 0.625, as it rightly is for both. Weigh by the
    labels, `1 / ops.sum(y_true, axes) ** 2`.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    true = ops.sum(y_true, axes)
    pred = ops.sum(y_pred, axes)
    weight = 1 / pred**2
    overlap = weight * ops.sum(y_true * y_pred, axes)
    total = ops.sum(weight * (true + pred), axis=-1)
    return 1 - 2 * ops.sum(overlap, axis=-1) / total


@broken(
    y_true=[[[[1, 0], [1, 0], [1, 0], [0, 1]]]],
    y_pred=[[[[0.75, 0.25], [0.75, 0.25], [0.5, 0.5], [0.5, 0.5]]]],
    gives=Returns([24 / 55]),
    instead=Returns([15 / 28]),
)
def weights_that_cancel(y_true, y_pred):
    """The weights change nothing: this is plain Dice.

    They stand above and below the fraction of each class. Add up the classes above and
    below first, and divide once.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    true = ops.sum(y_true, axes)
    pred = ops.sum(y_pred, axes)
    weight = 1 / true**2
    overlap = weight * ops.sum(y_true * y_pred, axes)
    ratio = 2 * overlap / (weight * (true + pred))
    return 1 - ops.mean(ratio, axis=-1)


@broken(
    y_true=[[[[1, 0]] * 10] * 10],
    y_pred=[[[[0.0, 1.0]] * 10] * 10],
    gives=Returns([1 / 51]),
    instead=Returns([1 - 1e-6 / (0.02 + 1e-6)]),
)
def smooth_of_plain_dice(y_true, y_pred):
    """All pixels are wrong and the loss is almost 0; the larger the images, the less.

    The weights of 100 pixels make 0.02 of both areas together, and the 1 beside it is
    fifty times as much. In plain Dice it is one pixel. Here it must be tiny: 1e-6.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    true = ops.sum(y_true, axes)
    pred = ops.sum(y_pred, axes)
    weight = 1 / ops.maximum(true, 1) ** 2
    weight = ops.where(true > 0, weight, ops.min(weight))
    overlap = weight * ops.sum(y_true * y_pred, axes)
    total = ops.sum(weight * (true + pred), axis=-1)
    overlap = ops.sum(overlap, axis=-1)
    return 1 - (2 * overlap + 1) / (total + 1)
