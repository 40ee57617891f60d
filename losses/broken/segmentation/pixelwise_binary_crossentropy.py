"""Binary crossentropy of masks as it is often written."""

import keras
from keras import ops
from numpy import exp, log

from losses.evidence.declarations import Raises, Returns, broken


@broken(
    y_true=[[[1, 0], [0, 0]], [[0, 0], [0, 1]]],
    y_pred=[
        [[[20.0], [-20.0]], [[-20.0], [-20.0]]],
        [[[-20.0], [-20.0]], [[-20.0], [20.0]]],
    ],
    probe="fit_graph",
    options={"from_logits": True},
    gives=Returns(5.0),
    instead=Returns(0.0),
    on={"fit_xla": Returns(5.0)},
    found_by="check_nothing_broadcasts",
    fix_differs="called directly, a Loss class returns the mean over the batch",
)
class MaskWithoutChannelAxis(keras.losses.Loss):
    """Perfect masks do not get a loss of 0, in `fit` as well.

    Masks `(batch, height, width)` and logits `(batch, height, width, 1)` broadcast
    whenever the sizes allow it, here to `(2, 2, 2, 2)`: the batch axis of the masks
    meets the height of the logits. Keras aligns the two for a plain function, not for a
    subclass that overrides `Loss.call`. Give the masks the shape of the logits,
    which is right where they have the channel axis already.
    """

    def call(self, y_true, y_pred):
        # + y_true = ops.reshape(y_true, ops.shape(y_pred))
        values = ops.softplus(y_pred) - y_true * y_pred
        return ops.mean(values, axis=(1, 2, 3))


@broken(
    y_true=[[[[1], [0], [0]]], [[[1], [0], [0]]]],
    y_pred=[[[[0.5], [0.5], [0.5]]], [[[0.5], [0.5], [0.5]]]],
    probe="sample_weight",
    gives=Raises("ValueError", "Dimensions must be equal, but are 3 and 2"),
    on={"fit_graph": Returns(log(2))},
    instead=Returns(log(2) / 2),
    holds_in=">=3.6.0,<=3.15.1",
    found_by="check_one_value_per_sample",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def whole_map_returned(y_true, y_pred):
    """`Dimensions must be equal`, but only with `sample_weight`.

    The map `(batch, height, width)` has one value per pixel, and weights `(batch,)` do
    not fit it. Without weights the loss is right. Take the mean over height and width,
    or pass `sample_weight` as a map.
    """
    return keras.losses.binary_crossentropy(y_true, y_pred)  # -
    # + values = keras.losses.binary_crossentropy(y_true, y_pred)
    # + return ops.mean(values, axis=(1, 2))


@broken(
    y_true=[[[[1], [0]]], [[[1], [0]]]],
    y_pred=[[[[1.0], [0.0]]], [[[0.5], [0.5]]]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(log(2) / 4),
    instead=Returns(0.0),
    holds_in=">=3.6.0,<=3.15.1",
    found_by="check_weights_choose_samples",
    fix_differs="Keras clips probabilities, and has no gradient where it does",
)
def whole_map_weights_the_columns(y_true, y_pred):
    """`sample_weight` weights the columns of the images instead of the images.

    The loss returns one value per pixel, and weights `(batch,)` meet the last axis of
    `(batch, height, width)`. Where the image width equals the batch size, nothing is
    raised: here the image of weight 1 is perfect, and the loss is not 0. Take the mean
    over height and width.
    """
    return keras.losses.binary_crossentropy(y_true, y_pred)  # -
    # + values = keras.losses.binary_crossentropy(y_true, y_pred)
    # + return ops.mean(values, axis=(1, 2))


@broken(
    y_true=[[[[1], [0]]]],
    y_pred=[[[[0.5], [0.5]]]],
    gives=Raises("InvalidArgumentError", "reduction dimension"),
    instead=Returns([log(2)]),
    found_by="check_runs",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def reduced_over_an_axis_that_is_gone(y_true, y_pred):
    """`Invalid reduction dimension`: the map has no axis 3.

    `keras.losses.binary_crossentropy` has already taken the mean over the last axis,
    the channels. What is left is `(batch, height, width)`, with axes 0, 1 and 2. Take
    the mean over axes 1 and 2.
    """
    bce = keras.losses.binary_crossentropy(y_true, y_pred)
    return ops.mean(bce, axis=(1, 2, 3))  # -
    # + return ops.mean(bce, axis=(1, 2))


@broken(
    y_true=[[[[1], [0]], [[0], [0]]]],
    y_pred=[[[[1.0], [0.5]], [[0.0], [0.0]]]],
    options={"pos_weight": 3.0},
    gives=Returns([log(2) / 2]),
    instead=Returns([log(2) / 4]),
    found_by="check_nothing_broadcasts",
    fix_differs="Keras clips probabilities, and has no gradient where it does",
)
def weight_map_with_a_channel_axis(y_true, y_pred):
    """Pixels get the weights of other pixels. Nothing is raised.

    Weights `(batch, height, width, 1)` times a map `(batch, height, width)` broadcast
    if the batch is one square image, here to `(1, 2, 2, 2)`: the columns of the weights
    meet the rows of the map. Drop the last axis of the weights, `weights[..., 0]`, and
    take the mean over axes 1 and 2, which are all that is left.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    weights = 1 + 2 * y_true
    bce = keras.losses.binary_crossentropy(y_true, y_pred)
    return ops.mean(weights * bce, axis=(1, 2, 3))  # -
    # + return ops.mean(weights[..., 0] * bce, axis=(1, 2))


@broken(
    y_true=[[[1, 0]]],
    y_pred=[[[-20.0, 20.0]]],
    probe="gradient",
    options={"from_logits": True},
    gives=Returns([[[0.0, 0.0]]]),
    instead=Returns([[[-0.5, 0.5]]]),
    found_by="check_logits_or_probabilities",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def logits_taken_as_probabilities(y_true, y_pred):
    """Pixels that are confidently wrong have no gradient.

    Without `from_logits=True` Keras clips its input to between 0 and 1. Logits of -20
    and 20 lie outside, and a clipped value has a gradient of 0. Pass
    `from_logits=True`, or end the model with a sigmoid.
    """
    bce = keras.losses.binary_crossentropy(y_true, y_pred)  # -
    # + bce = keras.losses.binary_crossentropy(y_true, y_pred, from_logits=True)
    return ops.mean(bce, axis=1)


@broken(
    y_true=[[[1, 0]]],
    y_pred=[[[1.0, 0.0]]],
    gives=Returns([(log(1 + exp(-1)) + log(2)) / 2]),
    instead=Returns([0.0]),
    found_by="check_logits_or_probabilities",
    fix_differs="Keras clips probabilities, and has no gradient where it does",
)
def probabilities_taken_as_logits(y_true, y_pred):
    """The loss of a perfect mask is not 0, and cannot be.

    The model ends with a sigmoid and the loss applies another, which turns 0 into 1/2
    and 1 into 0.73. Use one of the two: a sigmoid in the model, or `from_logits=True`.
    """
    bce = keras.losses.binary_crossentropy(
        y_true,
        y_pred,
        from_logits=True,  # -
    )
    return ops.mean(bce, axis=1)
