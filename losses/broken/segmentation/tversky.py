"""Tversky as it is often written."""

import keras
from keras import ops

from losses.evidence.declarations import Returns, broken


@broken(
    y_true=[[[1, 1, 0, 0]]],
    y_pred=[[[1.0, 0.0, 0.0, 0.0]]],
    options={"alpha": 0.25, "beta": 0.75, "smooth": 0},
    gives=Returns([0.2]),
    instead=Returns([3 / 7]),
    holds_in=">=3.8.0,<=3.15.1",
    found_by="check_agrees_with_reference",
)
def alpha_and_beta_exchanged(y_true, y_pred):
    """A larger `beta`, meant to reduce false negatives, increases them.

    `keras.losses.tversky` and `keras.losses.Tversky` swap false negatives and false
    positives, against their documentation: here one pixel is missed, and it costs what
    a false positive should. Take `losses.tversky`: exchanged arguments are wrong again
    once Keras exchanges them, and leave a loss of 1 for an empty mask predicted empty.
    """
    # + import losses

    # + return losses.tversky(
    return keras.losses.tversky(  # -
        y_true,
        y_pred,
        alpha=0.25,
        beta=0.75,
        axis=(1, 2),  # -
        # + smooth=0,
    )


@broken(
    y_true=[[[[1, 0], [1, 0], [0, 1]]]],
    y_pred=[[[[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]]],
    options={"alpha": 0.25, "beta": 0.75},
    gives=Returns([1 / 4]),
    instead=Returns([(1 / 13 + 3 / 7) / 2]),
    found_by="check_agrees_with_reference",
)
def only_the_sum_matters(y_true, y_pred):
    """Only the sum of `alpha` and `beta` has an effect on the loss.

    The sums run over the classes too. The probabilities of a pixel add up to 1, so what
    is too much in one class is too little in another: false positives and false
    negatives are always equal. Compute the ratio for each class, then take the mean.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2, 3)  # -
    # + axes = (1, 2)
    tp = ops.sum(y_true * y_pred, axes)
    fp = ops.sum((1 - y_true) * y_pred, axes)
    fn = ops.sum(y_true * (1 - y_pred), axes)
    total = tp + 0.25 * fp + 0.75 * fn
    return 1 - (tp + 1) / (total + 1)  # -
    # + return ops.mean(1 - (tp + 1) / (total + 1), axis=-1)


@broken(
    y_true=[[[1, 1], [1, 1]], [[1, 0], [0, 0]]],
    y_pred=[[[1.0, 1.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]],
    gives=Returns(1 / 11),
    instead=Returns([0.0, 1 / 3]),
    found_by="check_one_value_per_sample",
    fix_is_long="each of the three sums gets its axes",
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
    tp = ops.sum(y_true * y_pred)  # -
    # + tp = ops.sum(y_true * y_pred, axes)
    fp = ops.sum((1 - y_true) * y_pred)  # -
    # + fp = ops.sum((1 - y_true) * y_pred, axes)
    fn = ops.sum(y_true * (1 - y_pred))  # -
    # + fn = ops.sum(y_true * (1 - y_pred), axes)
    return 1 - (tp + 1) / (tp + 0.5 * fp + 0.5 * fn + 1)


@broken(
    y_true=[[[1, 0]]],
    y_pred=[[[20.0, -20.0]]],
    options={"from_logits": True},
    gives=Returns([-13.0]),
    instead=Returns([0.0]),
    found_by="check_logits_or_probabilities",
)
def logits_taken_as_probabilities(y_true, y_pred):
    """The loss falls far below 0.

    With logits the areas of both kinds of error are negative: -20 for the false
    positives and 1 - 20 for the false negatives. Apply a sigmoid first, or a softmax
    over the classes.
    """
    # + y_pred = ops.sigmoid(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    tp = ops.sum(y_true * y_pred, axes)
    fp = ops.sum((1 - y_true) * y_pred, axes)
    fn = ops.sum(y_true * (1 - y_pred), axes)
    return 1 - (tp + 1) / (tp + 0.5 * fp + 0.5 * fn + 1)
