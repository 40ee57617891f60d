"""Dice as it is often written."""

import keras
from keras import ops
from numpy import nan, ones, uint8

from losses.evidence.declarations import Raises, Returns, broken


@broken(
    y_true=[[[1, 0], [0, 0]], [[0, 0], [0, 1]]],
    y_pred=[[[[1.0], [0.0]], [[0.0], [0.0]]], [[[0.0], [0.0]], [[0.0], [1.0]]]],
    gives=Returns([[0, 2 / 3], [2 / 3, 0]]),
    instead=Returns([0.0, 0.0]),
    on={"fit_graph": Returns(0.0)},
    found_by="check_nothing_broadcasts",
)
def mask_without_channel_axis(y_true, y_pred):
    """Perfect masks do not get a loss of 0: the mask has no channel axis.

    A mask `(batch, height, width)` and a prediction `(batch, height, width, 1)`
    broadcast whenever the sizes allow it, here to `(2, 2, 2, 2)`: the batch axis of the
    mask meets the height of the prediction. `fit` aligns the two for a plain function;
    a direct call, a custom training loop and a `Loss` subclass do not. Give the
    prediction the shape of the mask, which is right in all of them.
    """
    # + y_pred = ops.reshape(y_pred, ops.shape(y_true))
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    overlap = ops.sum(y_true * y_pred, axes)
    total = ops.sum(y_true, axes) + ops.sum(y_pred, axes)
    return 1 - (2 * overlap + 1) / (total + 1)


@broken(
    y_true=[[[1, 1], [1, 1]], [[1, 0], [0, 0]]],
    y_pred=[[[1.0, 1.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]],
    gives=Returns(0.1),
    instead=Returns([0.0, 0.5]),
    found_by="check_one_value_per_sample",
)
def whole_batch_at_once(y_true, y_pred):
    """A small object that is missed hardly shows beside a large one in the same batch.

    Flattening joins all images into one, and the loss is a scalar. `sample_weight` can
    no longer choose among the images, and the loss of one image depends on the others
    in its batch. Sum over every axis but the first.
    """
    y_true = ops.cast(ops.reshape(y_true, -1), y_pred.dtype)  # -
    # + y_true = ops.cast(y_true, y_pred.dtype)
    y_pred = ops.reshape(y_pred, -1)  # -
    # + axes = (1, 2)
    overlap = ops.sum(y_true * y_pred)  # -
    # + overlap = ops.sum(y_true * y_pred, axes)
    total = ops.sum(y_true) + ops.sum(y_pred)  # -
    # + total = ops.sum(y_true, axes) + ops.sum(y_pred, axes)
    return 1 - (2 * overlap + 1) / (total + 1)


@broken(
    y_true=[[[0, 0]]],
    y_pred=[[[0.0, 0.0]]],
    gives=Returns([nan]),
    instead=Returns([0.0]),
    on={"fit_graph": Returns(nan, step=nan)},
    found_by="check_finite",
)
def no_smoothing(y_true, y_pred):
    """One image without foreground turns the loss, then every weight, into NaN.

    With an empty mask and an empty prediction the fraction is 0 / 0. Add a constant to
    the numerator and the denominator.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    overlap = ops.sum(y_true * y_pred, axes)
    total = ops.sum(y_true, axes) + ops.sum(y_pred, axes)
    return 1 - 2 * overlap / total  # -
    # + return 1 - (2 * overlap + 1) / (total + 1)


@broken(
    y_true=[[[0, 0]]],
    y_pred=[[[0.0, 0.0]]],
    gives=Returns([1.0]),
    instead=Returns([0.0]),
    on={"gradient": Returns([[[0.0, 0.0]]])},
    holds_in=">=3.6.0,<=3.15.1",
    found_by="check_agrees_with_reference",
)
def epsilon_below_only(y_true, y_pred):
    """An empty image, correctly predicted as empty, gets the highest possible loss.

    `keras.losses.dice` adds its epsilon to the denominator only. With an empty mask the
    numerator is 0, so the loss is 1 for any prediction and its gradient is 0: a false
    positive in an empty image costs nothing extra. Add a constant to the numerator as
    well.
    """
    return keras.losses.dice(y_true, y_pred, axis=(1, 2))  # -
    # + y_true = ops.cast(y_true, y_pred.dtype)
    # + overlap = ops.sum(y_true * y_pred, (1, 2))
    # + total = ops.sum(y_true, (1, 2)) + ops.sum(y_pred, (1, 2))
    # + return 1 - (2 * overlap + 1) / (total + 1)


@broken(
    y_true=[[[1, 0]]],
    y_pred=[[[20.0, -20.0]]],
    options={"from_logits": True},
    gives=Returns([-19.5]),
    instead=Returns([0.0]),
    found_by="check_logits_or_probabilities",
)
def logits_taken_as_probabilities(y_true, y_pred):
    """The loss falls far below 0.

    Dice is a ratio of areas, and a logit of 20 counts as an area of 20: the larger the
    logits, the lower the loss. Apply a sigmoid first, or a softmax over the classes.
    """
    # + y_pred = ops.sigmoid(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    overlap = ops.sum(y_true * y_pred, axes)
    total = ops.sum(y_true, axes) + ops.sum(y_pred, axes)
    return 1 - (2 * overlap + 1) / (total + 1)


@broken(
    y_true=[[[[1], [2]]]],
    y_pred=[[[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]]],
    gives=Returns([-1 / 6]),
    instead=Returns([0.0]),
    found_by="check_label_format",
)
def ids_against_softmax(y_true, y_pred):
    """The loss of perfect predictions is negative.

    Ids `(batch, height, width, 1)` broadcast over the classes: each pixel overlaps with
    every class, and a pixel of class 2 counts twice. Make the ids one-hot:
    `ops.one_hot(y_true[..., 0], classes)`.
    """
    y_true = ops.cast(y_true, y_pred.dtype)  # -
    # + y_true = ops.one_hot(y_true[..., 0], y_pred.shape[-1], dtype=y_pred.dtype)
    axes = (1, 2, 3)  # -
    # + axes = (1, 2)
    overlap = ops.sum(y_true * y_pred, axes)
    total = ops.sum(y_true, axes) + ops.sum(y_pred, axes)
    return 1 - (2 * overlap + 1) / (total + 1)  # -
    # + return ops.mean(1 - (2 * overlap + 1) / (total + 1), axis=-1)


@broken(
    y_true=[[[[1, 0], [1, 0], [1, 0], [0, 1]]]],
    y_pred=[[[[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]]],
    gives=Returns([2 / 9]),
    instead=Returns([5 / 16]),
    found_by="check_agrees_with_reference",
)
def all_classes_in_one_ratio(y_true, y_pred):
    """A small class that is never found hardly shows in the loss.

    The sums run over the classes too, so the large background decides: three correct
    pixels outweigh the one that is missed. Compute the ratio for each class, then take
    the mean.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2, 3)  # -
    # + axes = (1, 2)
    overlap = ops.sum(y_true * y_pred, axes)
    total = ops.sum(y_true, axes) + ops.sum(y_pred, axes)
    return 1 - (2 * overlap + 1) / (total + 1)  # -
    # + return ops.mean(1 - (2 * overlap + 1) / (total + 1), axis=-1)


@broken(
    y_true=[[[[1], [1]], [[0], [0]]]],
    y_pred=[[[[1.0], [1.0]], [[1.0], [1.0]]]],
    gives=Returns([1 / 3]),
    instead=Returns([2 / 7]),
    found_by="check_agrees_with_reference",
)
def axes_of_channels_first(y_true, y_pred):
    """Each row of an image is scored as if it were a class.

    Axes 2 and 3 are height and width in PyTorch. With channels last they are width and
    channels, and axis 1 is the height: each row gets a ratio of its own, even a row
    without foreground. Sum over axes 1 and 2.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (2, 3)  # -
    # + axes = (1, 2)
    overlap = ops.sum(y_true * y_pred, axes)
    total = ops.sum(y_true, axes) + ops.sum(y_pred, axes)
    loss = 1 - (2 * overlap + 1) / (total + 1)
    return ops.mean(loss, axis=1)


@broken(
    y_true=[[[1, 0]]],
    y_pred=[[[1.0, 0.0]]],
    gives=Returns([1.0]),
    instead=Returns([0.0]),
    found_by="check_perfect_is_best",
)
def coefficient_as_the_loss(y_true, y_pred):
    """A perfect mask has the highest possible loss.

    This is the Dice coefficient, which is 1 for perfect overlap. A loss is minimised,
    so training reduces the overlap. Return `1 - coefficient`.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    overlap = ops.sum(y_true * y_pred, axes)
    total = ops.sum(y_true, axes) + ops.sum(y_pred, axes)
    return (2 * overlap + 1) / (total + 1)  # -
    # + return 1 - (2 * overlap + 1) / (total + 1)


@broken(
    y_true=[[[1, 0]]],
    y_pred=[[[0.25, 0.0]]],
    probe="fit_graph",
    gives=Raises("ValueError", "No gradients provided for any variable"),
    instead=Returns(1 / 3),
    on={"call": Returns([0.5]), "gradient": Returns(kind="none")},
    found_by="check_gradient_reaches_the_predictions",
    fix_differs="it is written for predictions in float32",
)
def thresholded_prediction(y_true, y_pred):
    """`No gradients provided for any variable`, though the loss is a number.

    `y_pred > 0.5` is True or False and has no gradient, and casting it to float does
    not bring the gradient back. Compute the loss from the probabilities, and keep the
    threshold for the metric.
    """
    y_pred = ops.cast(y_pred > 0.5, "float32")  # -
    y_true = ops.cast(y_true, "float32")
    axes = (1, 2)
    overlap = ops.sum(y_true * y_pred, axes)
    total = ops.sum(y_true, axes) + ops.sum(y_pred, axes)
    return 1 - (2 * overlap + 1) / (total + 1)


@broken(
    y_true=uint8([[[1, 1], [0, 0]]]),
    y_pred=[[[1.0, 1.0], [0.0, 0.0]]],
    gives=Raises("InvalidArgumentError", "expected to be a uint8 tensor"),
    instead=Returns([0.0]),
    on={"fit_graph": Returns(0.0)},
    found_by="check_label_dtypes",
)
def uint8_mask(y_true, y_pred):
    """`expected to be a uint8 tensor but is a float tensor`, but not in `fit`.

    Masks loaded from PNG files are uint8, and `*` does not convert one dtype to the
    other. `fit` casts both sides first; a direct call and a custom training loop do
    not. Cast the mask: `ops.cast(y_true, y_pred.dtype)`.
    """
    # + y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    overlap = ops.sum(y_true * y_pred, axes)
    total = ops.sum(y_true, axes) + ops.sum(y_pred, axes)
    return 1 - (2 * overlap + 1) / (total + 1)


@broken(
    y_true=ones((1, 512, 512), "float16"),
    y_pred=ones((1, 512, 512), "float16"),
    gives=Returns([nan]),
    instead=Returns([0.0]),
    on={"fit_graph": Returns(0.0)},
    found_by="check_half_precision",
)
def half_precision_sums(y_true, y_pred):
    """A perfect mask of 512 × 512 pixels gives NaN in float16.

    The largest float16 is 65504. Both sums run over 262144 pixels and are infinite, and
    infinity divided by infinity is NaN. `fit` casts to float32 before the loss; a
    direct call and a custom training loop do not. Cast both to float32 before summing.
    """
    # + y_true = ops.cast(y_true, "float32")
    # + y_pred = ops.cast(y_pred, "float32")
    axes = (1, 2)
    overlap = ops.sum(y_true * y_pred, axes)
    total = ops.sum(y_true, axes) + ops.sum(y_pred, axes)
    return 1 - (2 * overlap + 1) / (total + 1)
