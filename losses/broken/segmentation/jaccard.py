"""Jaccard as it is often written."""

import keras
from keras import ops
from numpy import array, inf, nan

from losses.evidence.declarations import Raises, Returns, broken


@broken(
    y_true=[[[1, 1, 1, 0]]],
    y_pred=[[[1.0, 1.0, 1.0, 0.0]]],
    gives=Returns([3 / 7]),
    instead=Returns([0.0]),
    found_by="check_agrees_with_reference",
)
def intersection_not_subtracted(y_true, y_pred):
    """A perfect mask has a loss of almost 1/2.

    The sum of both areas counts the overlap twice. It is the denominator of Dice, but
    without the 2 in the numerator. The union is `total - overlap`.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    overlap = ops.sum(y_true * y_pred, axes)
    total = ops.sum(y_true, axes) + ops.sum(y_pred, axes)
    return 1 - (overlap + 1) / (total + 1)  # -
    # + return 1 - (overlap + 1) / (total - overlap + 1)


@broken(
    y_true=[[[1, 0]], [[1, 0]]],
    y_pred=[[[1.0, 0.0]], [[0.0, 1.0]]],
    options={"smooth": 0},
    gives=Returns([0.0, inf]),
    instead=Returns([0.0, 1.0]),
    on={"fit_graph": Returns(inf, step=nan)},
    found_by="check_finite",
)
def logarithm_for_one_minus(y_true, y_pred):
    """One image without any overlap turns every weight into NaN.

    `-log` of the IoU is made for boxes that overlap. Masks that do not are common early
    in training, and -log(0) is infinite; with a small constant in the numerator it is
    finite but large, and such an image outweighs all others. Return `1 - IoU`, which is
    at most 1, with a small constant above and below for an empty image.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    overlap = ops.sum(y_true * y_pred, axes)
    total = ops.sum(y_true, axes) + ops.sum(y_pred, axes)
    return -ops.log(overlap / (total - overlap))  # -
    # + return 1 - (overlap + 1e-7) / (total - overlap + 1e-7)


@broken(
    y_true=[[[[1], [1], [0]]]],
    y_pred=[[[[1.0], [0.0], [1.0]]]],
    gives=Returns(array([[[0.0, 0.5, 0.5]]])),
    instead=Returns([0.5]),
    on={"fit_graph": Returns(1 / 3)},
    found_by="check_one_value_per_sample",
)
def summed_over_the_channels(y_true, y_pred):
    """The loss is a map with one value per pixel, and the model hardly learns.

    The last axis holds the classes, so each pixel is compared only with itself, and the
    constant outweighs it: with 100 instead of 1, as in code that is often copied, a
    missed pixel costs 0.01. Sum over height and width, axes 1 and 2, then take the mean
    over the classes.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    overlap = ops.sum(y_true * y_pred, axis=-1)  # -
    # + overlap = ops.sum(y_true * y_pred, axis=(1, 2))
    total = ops.sum(y_true + y_pred, axis=-1)  # -
    # + total = ops.sum(y_true + y_pred, axis=(1, 2))
    union = total - overlap
    return 1 - (overlap + 1) / (union + 1)  # -
    # + return ops.mean(1 - (overlap + 1) / (union + 1), axis=-1)


@broken(
    y_true=[[[1, 1], [1, 1]], [[1, 0], [0, 0]]],
    y_pred=[[[1.0, 1.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]],
    gives=Returns(1 / 6),
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
    union = ops.sum(y_true) + ops.sum(y_pred) - overlap  # -
    # + union = ops.sum(y_true, axes) + ops.sum(y_pred, axes) - overlap
    return 1 - (overlap + 1) / (union + 1)


@broken(
    y_true=[[[1, 0]]],
    y_pred=[[[20.0, -20.0]]],
    options={"from_logits": True},
    gives=Returns([13 / 6]),
    instead=Returns([0.0]),
    found_by="check_perfect_is_best",
)
def logits_taken_as_probabilities(y_true, y_pred):
    """The loss of a perfect mask is above 1; for other logits it is far below 0.

    A logit of 20 counts as an area of 20, and one of -20 as an area of -20: here the
    union is -19. Apply a sigmoid first, or a softmax over the classes.
    """
    # + y_pred = ops.sigmoid(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    axes = (1, 2)
    overlap = ops.sum(y_true * y_pred, axes)
    total = ops.sum(y_true, axes) + ops.sum(y_pred, axes)
    return 1 - (overlap + 1) / (total - overlap + 1)


@broken(
    y_true=[[[1, 0]]],
    y_pred=[[[0.75, 0.25]]],
    probe="fit_graph",
    gives=Raises("ValueError", "No gradients provided for any variable"),
    instead=Returns(2 / 9),
    fix_differs="on JAX a metric of Keras stays on one device",
)
def metric_as_loss(model, x, y):
    """`No gradients provided for any variable`, though the metric is a number.

    The metrics count pixels in a confusion matrix, after a threshold or an argmax,
    which have no gradient. They also keep counting across batches. Train on the IoU of
    the probabilities, `losses.Jaccard`, and pass the metric to `metrics=`.
    """
    # + import losses

    metric = keras.metrics.BinaryIoU(target_class_ids=[1])
    model.compile("adam", loss=metric)  # -
    # + model.compile("adam", loss=losses.Jaccard(), metrics=[metric])
    return model.fit(x, y)
