"""Dice plus crossentropy as it is often written."""

import keras
from keras import ops
from numpy import array, exp, log

from losses.evidence.declarations import Returns, broken


@broken(
    y_true=[[[[1], [0]]]],
    y_pred=[[[[20.0], [-20.0]]]],
    options={"from_logits": True},
    gives=Returns([-19.5]),
    instead=Returns([0.0]),
    found_by="check_agrees_with_reference",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def both_given_logits(y_true, y_pred):
    """The loss falls below 0 and keeps falling.

    The crossentropy is told that it gets logits, but Dice takes them for areas. Pass
    Dice the sigmoid of the logits, or their softmax over the classes.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    pixels = keras.losses.binary_crossentropy(
        y_true,
        y_pred,
        from_logits=True,
    )
    # + y_pred = ops.sigmoid(y_pred)
    axes = (1, 2, 3)
    overlap = ops.sum(y_true * y_pred, axes)
    total = ops.sum(y_true, axes) + ops.sum(y_pred, axes)
    dice = 1 - (2 * overlap + 1) / (total + 1)
    return dice + ops.mean(pixels, axis=(1, 2))


@broken(
    y_true=[[[[1, 0], [0, 1]]]],
    y_pred=[[[[1.0, 0.0], [0.0, 1.0]]]],
    gives=Returns([log(1 + exp(-1))]),
    instead=Returns([0.0]),
    found_by="check_logits_or_probabilities",
    fix_differs="Keras clips probabilities, and has no gradient where it does",
)
def softmax_twice(y_true, y_pred):
    """The loss of perfect predictions stays above 0.31.

    The last layer already has a softmax, for Dice, and the crossentropy applies
    another: to probabilities of 1 and 0, which are far from certain as logits. Remove
    `from_logits=True`.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    pixels = keras.losses.categorical_crossentropy(
        y_true,
        y_pred,
        from_logits=True,  # -
    )
    axes = (1, 2)
    overlap = ops.sum(y_true * y_pred, axes)
    total = ops.sum(y_true, axes) + ops.sum(y_pred, axes)
    dice = 1 - (2 * overlap + 1) / (total + 1)
    return ops.mean(dice, -1) + ops.mean(pixels, axes)


@broken(
    y_true=[[[[1], [0]]], [[[1], [0]]]],
    y_pred=[[[[1.0], [0.0]]], [[[0.5], [0.5]]]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(log(2) / 4),
    instead=Returns(0.0),
    on={"call": Returns(array([[[0, 1 / 3]], [[log(2), log(2) + 1 / 3]]]))},
    found_by="check_weights_choose_samples",
    fix_differs="Keras clips probabilities, and has no gradient where it does",
)
def map_plus_vector(y_true, y_pred):
    """`Incompatible shapes`, or no error where the image width is the batch size.

    The crossentropy is a map `(batch, height, width)`, and Dice is `(batch,)`. Added,
    the Dice of the second image goes to the second column of all images, and so does
    its weight. Only while all weights are 1 is the mean right. Take the mean of the map
    over height and width first.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    pixels = keras.losses.binary_crossentropy(
        y_true,
        y_pred,
    )
    axes = (1, 2, 3)
    overlap = ops.sum(y_true * y_pred, axes)
    total = ops.sum(y_true, axes) + ops.sum(y_pred, axes)
    dice = 1 - (2 * overlap + 1) / (total + 1)
    return dice + pixels  # -
    # + return dice + ops.mean(pixels, axis=(1, 2))


@broken(
    y_true=[[[[1], [0]]], [[[1], [0]]]],
    y_pred=[[[[1.0], [0.0]]], [[[0.5], [0.5]]]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns((1 / 4 + log(2) / 2) / 2),
    instead=Returns(0.0),
    found_by="check_one_value_per_sample",
)
def sum_of_two_loss_objects(y_true, y_pred):
    """A sample of weight 0 still counts; without weights nothing looks wrong.

    A loss object returns the mean over the batch, and Dice treats all images as one:
    the sum is a scalar, which weights can only scale. Add the two losses of each
    sample, such as those of `losses.dice` and `losses.pixelwise_binary_crossentropy`.
    """
    # + import losses

    dice = keras.losses.Dice()  # -
    pixels = keras.losses.BinaryCrossentropy()  # -
    # + dice = losses.dice
    # + pixels = losses.pixelwise_binary_crossentropy
    return dice(y_true, y_pred) + pixels(y_true, y_pred)


@broken(
    y_true=[[[[1], [0]]]],
    y_pred=[[[[0.5], [0.5]]]],
    gives=Returns([1 / 3]),
    instead=Returns([1 / 3 + log(2)]),
    found_by="check_finite",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def categorical_on_one_channel(y_true, y_pred):
    """The crossentropy is 0 for any prediction, so only Dice is trained.

    Keras divides the probabilities by their sum over the classes. With one class that
    gives 1 at each pixel, or NaN, 0 / 0, where the probability is 0. Use the binary
    crossentropy.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    # + pixels = keras.losses.binary_crossentropy(
    pixels = keras.losses.categorical_crossentropy(  # -
        y_true,
        y_pred,
    )
    axes = (1, 2, 3)
    overlap = ops.sum(y_true * y_pred, axes)
    total = ops.sum(y_true, axes) + ops.sum(y_pred, axes)
    dice = 1 - (2 * overlap + 1) / (total + 1)
    return dice + ops.mean(pixels, axis=(1, 2))


@broken(
    y_true=[[[[1], [0]]]],
    y_pred=[[[[0.5], [0.5]]]],
    probe="fit_graph",
    gives=Returns(0.5),
    instead=Returns(1 / 3 + log(2)),
    holds_in=">=3.7.0,<=3.15.1",
)
def list_of_losses(model, x, y):
    """Only the first of the two losses is trained. Nothing is raised.

    A list holds one loss per output, and there is one output. Pass one loss that is the
    sum of both, such as `losses.DiceCrossentropy`.
    """
    # + import losses

    dice = keras.losses.Dice(axis=(1, 2, 3))  # -
    losses = [dice, "binary_crossentropy"]  # -
    model.compile("adam", loss=losses)  # -
    # + model.compile("adam", loss=losses.DiceCrossentropy())
    return model.fit(x, y)
