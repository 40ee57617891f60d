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
    found_by="check_finite",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def weight_of_an_absent_class(y_true, y_pred):
    """One image that lacks a class turns the loss, then every weight, into NaN.

    1 / 0² is infinite, and infinity times an overlap of 0 is NaN. Give an absent class
    the largest weight of the classes present, and add a tiny constant above and below,
    for an image that lacks them all.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    true = ops.sum(y_true, axes)
    pred = ops.sum(y_pred, axes)
    weight = 1 / true**2
    # + weight = ops.where(true > 0, weight, 0)
    # + weight = ops.where(true > 0, weight, ops.max(weight, axis=-1, keepdims=True))
    overlap = weight * ops.sum(y_true * y_pred, axes)
    total = ops.sum(weight * (true + pred), axis=-1)
    return 1 - 2 * ops.sum(overlap, axis=-1) / total  # -
    # + return 1 - (2 * ops.sum(overlap, axis=-1) + 1e-6) / (total + 1e-6)


@broken(
    y_true=[[[[1, 0], [1, 0]]]],
    y_pred=[[[[0.9, 0.1], [0.9, 0.1]]]],
    gives=Returns([1.0]),
    instead=Returns([0.1]),
    found_by="check_agrees_with_reference",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def epsilon_for_an_absent_class(y_true, y_pred):
    """The loss of an image that lacks a class is 1, and nothing else is learned.

    The constant prevents a division by 0², but the weight is 1 / 1e-6: four million
    times that of the class with two pixels. So the slightest false positive decides.
    Give an absent class the largest weight of the classes present, and add the constant
    above and below in the ratio, for an image that lacks them all.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    true = ops.sum(y_true, axes)
    pred = ops.sum(y_pred, axes)
    weight = 1 / (true**2 + 1e-6)
    # + weight = ops.where(true > 0, weight, 0)
    # + weight = ops.where(true > 0, weight, ops.max(weight, axis=-1, keepdims=True))
    overlap = weight * ops.sum(y_true * y_pred, axes)
    total = ops.sum(weight * (true + pred), axis=-1)
    return 1 - 2 * ops.sum(overlap, axis=-1) / total  # -
    # + return 1 - (2 * ops.sum(overlap, axis=-1) + 1e-6) / (total + 1e-6)


@broken(
    y_true=[[[[1, 0], [1, 0], [1, 0], [0, 1]]]],
    y_pred=[[[[0.5, 0.5], [0.5, 0.5], [0.5, 0.5], [0.5, 0.5]]]],
    gives=Returns([0.5]),
    instead=Returns([5 / 8]),
    found_by="check_agrees_with_reference",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def weights_from_the_prediction(y_true, y_pred):
    """An undecided model is rewarded for predicting more of a rare class everywhere.

    The more of a class is predicted, the smaller its weight. Here its probability is
    0.5 at each pixel; with 0.25 at each the loss would be 0.625, the right value for
    both. Compute the weights from the labels. They may lack a class: give it the
    largest weight of the classes present, and add a tiny constant above and below.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    true = ops.sum(y_true, axes)
    pred = ops.sum(y_pred, axes)
    weight = 1 / pred**2  # -
    # + weight = ops.where(true > 0, 1 / true**2, 0)
    # + weight = ops.where(true > 0, weight, ops.max(weight, axis=-1, keepdims=True))
    overlap = weight * ops.sum(y_true * y_pred, axes)
    total = ops.sum(weight * (true + pred), axis=-1)
    return 1 - 2 * ops.sum(overlap, axis=-1) / total  # -
    # + return 1 - (2 * ops.sum(overlap, axis=-1) + 1e-6) / (total + 1e-6)


@broken(
    y_true=[[[[1, 0], [1, 0], [1, 0], [0, 1]]]],
    y_pred=[[[[0.75, 0.25], [0.75, 0.25], [0.5, 0.5], [0.5, 0.5]]]],
    gives=Returns([24 / 55]),
    instead=Returns([15 / 28]),
    found_by="check_agrees_with_reference",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def weights_that_cancel(y_true, y_pred):
    """The weights change nothing: this is plain Dice.

    The weight of a class is in both the numerator and the denominator of its fraction.
    Sum numerators and denominators over the classes first, and divide once. Then the
    weight of an absent class counts: give it the largest of the classes present, and
    add a tiny constant above and below.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    true = ops.sum(y_true, axes)
    pred = ops.sum(y_pred, axes)
    weight = 1 / true**2
    # + weight = ops.where(true > 0, weight, 0)
    # + weight = ops.where(true > 0, weight, ops.max(weight, axis=-1, keepdims=True))
    overlap = weight * ops.sum(y_true * y_pred, axes)
    ratio = 2 * overlap / (weight * (true + pred))  # -
    # + total = ops.sum(weight * (true + pred), axis=-1)
    return 1 - ops.mean(ratio, axis=-1)  # -
    # + return 1 - (2 * ops.sum(overlap, axis=-1) + 1e-6) / (total + 1e-6)


@broken(
    y_true=[[[[1, 0]] * 10] * 10],
    y_pred=[[[[0.0, 1.0]] * 10] * 10],
    gives=Returns([1 / 51]),
    instead=Returns([1 - 1e-6 / (0.02 + 1e-6)]),
    found_by="check_agrees_with_reference",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def smooth_of_plain_dice(y_true, y_pred):
    """The loss is almost 0 though every pixel is wrong, and lower for larger images.

    With 100 pixels the weighted areas add up to 0.02, and a constant of 1 is fifty
    times as much. In plain Dice it is worth one pixel. Here it must be tiny: 1e-6. And
    an absent class should get the largest weight of those present in its image, not
    the smallest in the batch.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    true = ops.sum(y_true, axes)
    pred = ops.sum(y_pred, axes)
    weight = 1 / ops.maximum(true, 1) ** 2
    weight = ops.where(true > 0, weight, ops.min(weight))  # -
    # + weight = ops.where(true > 0, weight, 0)
    # + weight = ops.where(true > 0, weight, ops.max(weight, axis=-1, keepdims=True))
    overlap = weight * ops.sum(y_true * y_pred, axes)
    total = ops.sum(weight * (true + pred), axis=-1)
    overlap = ops.sum(overlap, axis=-1)
    return 1 - (2 * overlap + 1) / (total + 1)  # -
    # + return 1 - (2 * overlap + 1e-6) / (total + 1e-6)
