"""Focal Tversky as it is often written."""

from keras import ops
from numpy import nan

from losses.evidence.declarations import Returns, broken


@broken(
    y_true=[[[1, 1, 0, 0]]],
    y_pred=[[[1.0, 0.0, 1.0, 0.0]]],
    gives=Returns([(1 / 3) ** (4 / 3)]),
    instead=Returns([(1 / 3) ** (3 / 4)]),
    found_by="check_agrees_with_reference",
)
def gamma_for_one_over_gamma(y_true, y_pred):
    """Training stalls: the better a mask already is, the smaller its gradient.

    The exponent must be 1 / gamma. With gamma itself, 4/3, the slope of the loss goes
    to 0 where it should grow. Write 3/4, or 1 / gamma, and a straight line
    close to 0, where the slope of this power is infinite.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    tp = ops.sum(y_true * y_pred, axes)
    fp = ops.sum((1 - y_true) * y_pred, axes)
    fn = ops.sum(y_true * (1 - y_pred), axes)
    index = (tp + 1) / (tp + 0.5 * fp + 0.5 * fn + 1)
    return (1 - index) ** (4 / 3)  # -
    # + power = ops.maximum(1 - index, 2**-23) ** (3 / 4)
    # + return ops.minimum(power, (1 - index) * 2**5.75)


@broken(
    y_true=[[[[1, 0], [1, 0], [1, 0], [0, 1]]]],
    y_pred=[[[[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]]],
    gives=Returns([(2 / 9) ** 0.75]),
    instead=Returns([((1 / 9) ** 0.75 + (1 / 3) ** 0.75) / 2]),
    found_by="check_agrees_with_reference",
)
def exponent_on_the_class_mean(y_true, y_pred):
    """All classes get the same focus, however well each of them is found.

    The exponent is applied to the mean over the classes, which no longer tells a class
    that is nearly found from one that is missed. Raise the loss of each class to the
    power, then take the mean. Replace the power by a straight line close to 0, where
    its slope is infinite.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    tp = ops.sum(y_true * y_pred, axes)
    fp = ops.sum((1 - y_true) * y_pred, axes)
    fn = ops.sum(y_true * (1 - y_pred), axes)
    index = (tp + 1) / (tp + 0.5 * fp + 0.5 * fn + 1)
    return (1 - ops.mean(index, axis=-1)) ** 0.75  # -
    # + power = ops.maximum(1 - index, 2**-23) ** 0.75
    # + return ops.mean(ops.minimum(power, (1 - index) * 2**5.75), axis=-1)


@broken(
    y_true=[[[1, 0]]],
    y_pred=[[[1.0, 0.0]]],
    probe="gradient",
    gives=Returns([[[nan, nan]]]),
    instead=Returns([[[-0.25 * 2**5.75, 0.25 * 2**5.75]]]),
    on={"call": Returns([0.0]), "fit_graph": Returns(0.0, step=nan)},
    found_by="check_gradient_is_finite",
)
def power_of_zero(y_true, y_pred):
    """The loss is 0, and after the next step every weight is NaN.

    An exact prediction, such as an empty one of an empty mask, gives 0 ** 0.75, and the
    slope of this power at 0 is infinite. Rounding may also leave 1 - index just below
    0, whose power is NaN itself. Replace the power by a straight line close to 0, and
    take the power of nothing smaller.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    tp = ops.sum(y_true * y_pred, axes)
    fp = ops.sum((1 - y_true) * y_pred, axes)
    fn = ops.sum(y_true * (1 - y_pred), axes)
    index = (tp + 1) / (tp + 0.5 * fp + 0.5 * fn + 1)
    return (1 - index) ** 0.75  # -
    # + power = ops.maximum(1 - index, 2**-23) ** 0.75
    # + return ops.minimum(power, (1 - index) * 2**5.75)


@broken(
    y_true=[[[1, 1], [1, 1]], [[1, 0], [0, 0]]],
    y_pred=[[[1.0, 1.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]],
    gives=Returns((1 / 11) ** 0.75),
    instead=Returns([0.0, (1 / 3) ** 0.75]),
    found_by="check_one_value_per_sample",
    fix_is_long="each of the three sums gets its axes, and the power its line",
)
def whole_batch_at_once(y_true, y_pred):
    """A small object that is missed hardly shows beside a large one in the same batch.

    Flattening joins all images into one, so there is one number to focus on, and the
    loss is a scalar. `sample_weight` can no longer choose among the images, and the
    loss of one image depends on the others in its batch. Sum over every axis but the
    first, and replace the power by a straight line close to 0: one perfect image, where
    its slope is infinite, would turn every weight into NaN.
    """
    y_true = ops.cast(ops.reshape(y_true, -1), y_pred.dtype)  # -
    # + y_true = ops.cast(y_true, y_pred.dtype)
    y_pred = ops.reshape(y_pred, -1)  # -
    # + axes = (1, 2)
    tp = ops.sum(y_true * y_pred)  # -
    # + tp = ops.sum(y_true * y_pred, axes)
    fp = ops.sum((1 - y_true) * y_pred)  # -
    # + fp = ops.sum((1 - y_true) * y_pred, axes)
    fn = ops.sum(y_true * (1 - y_pred))  # -
    # + fn = ops.sum(y_true * (1 - y_pred), axes)
    index = (tp + 1) / (tp + 0.5 * fp + 0.5 * fn + 1)
    return (1 - index) ** 0.75  # -
    # + power = ops.maximum(1 - index, 2**-23) ** 0.75
    # + return ops.minimum(power, (1 - index) * 2**5.75)
