"""Crossentropy of label maps as it is often written."""

import keras
from keras import ops
from numpy import log

from losses.evidence.declarations import Raises, Returns, broken


@broken(
    y_true=[[[1, 1]]],
    y_pred=[[[[0.5, 0.5], [0.5, 0.5]]]],
    options={"class_weight": [1.0, 3.0]},
    gives=Returns([2 * log(2)]),
    instead=Returns([3 * log(2)]),
    found_by="check_agrees_with_reference",
    fix_differs="on PyTorch the crossentropy of Keras has no gradient for maps",
)
def weights_on_the_wrong_axis(y_true, y_pred):
    """The class weights are applied to the image columns. Nothing is raised.

    Weights `(classes,)` times a map `(batch, height, width)` meet its last axis, the
    width, and fit it where the image is as wide as there are classes. Here every pixel
    is of class 1 and must have weight 3; the first column gets 1. Look up the weight of
    each pixel: `ops.take(class_weight, ids)`, with the ids as integers, which `fit`
    makes floats.
    """
    class_weight = ops.array([1.0, 3.0])
    values = keras.losses.sparse_categorical_crossentropy(
        y_true,
        y_pred,
    )
    return ops.mean(class_weight * values, axis=(1, 2))  # -
    # + weights = ops.take(class_weight, ops.cast(y_true, "int32"))
    # + return ops.mean(ops.multiply(weights, values), axis=(1, 2))


@broken(
    y_true=[[[[0], [1]]]],
    y_pred=[[[[0.5, 0.5], [0.5, 0.5]]]],
    probe="fit_graph",
    options={"class_weight": [1.0, 3.0]},
    gives=Raises("TypeError", "only 0-dimensional arrays"),
    instead=Returns(2 * log(2)),
    on={"fit_eager": Raises("TypeError", "only 0-dimensional arrays")},
    holds_in=">=3.6.0,<=3.15.1",
)
def class_weight_in_fit(model, x, y):
    """`only 0-dimensional arrays can be converted to Python scalars` in `fit`.

    `fit(class_weight=...)` looks up one weight per sample, but a mask has many labels.
    Weight the classes inside the loss, or pass `sample_weight` as a map with a loss
    that returns one.
    """
    # + import losses

    model.compile(loss="sparse_categorical_crossentropy")  # -
    return model.fit(x, y, class_weight={0: 1.0, 1: 3.0})  # -
    # + model.compile(loss=losses.PixelwiseCrossentropy(class_weight=[1.0, 3.0]))
    # + return model.fit(x, y)


@broken(
    y_true=[[[1, 255]]],
    y_pred=[[[[0.5, 0.5], [0.5, 0.5]]]],
    options={"ignore_class": 255},
    gives=Returns([log(2) / 2]),
    instead=Returns([log(2)]),
    found_by="check_agrees_with_reference",
    fix_differs="on PyTorch the crossentropy of Keras has no gradient for maps",
)
def void_pixels_in_the_mean(y_true, y_pred):
    """The more of an image is void, the smaller its loss.

    `ignore_class` sets the loss of the ignored pixels to 0, but the mean still counts
    them: half the image is void, so the loss is half of what it should be. Divide by
    the number of pixels that are not ignored, or by 1 if there is none.
    """
    values = keras.losses.sparse_categorical_crossentropy(
        y_true, y_pred, ignore_class=255
    )
    return ops.mean(values, axis=(1, 2))  # -
    # + known = ops.cast(ops.sum(y_true != 255, axis=(1, 2)), values.dtype)
    # + return ops.sum(values, axis=(1, 2)) / ops.maximum(known, 1)


@broken(
    y_true=[[[1, 255]]],
    y_pred=[[[[0.5, 0.5], [0.5, 0.5]]]],
    options={"ignore_class": 255, "class_weight": [1.0, 3.0]},
    gives=Raises("InvalidArgumentError", r"255 is not in \[0, 2\)"),
    instead=Returns([3 * log(2)]),
    on={"fit_xla": Returns(3 * log(2))},
    found_by="check_label_format",
    fix_differs="it is written for predictions in float32",
)
def weight_of_the_void_label(y_true, y_pred):
    """`indices = 255 is not in [0, 2)`, but not under XLA.

    The weight of each pixel is looked up before the void pixels are left out, and there
    is no weight 255. A CPU raises; compiled by XLA, which `fit` chooses on a GPU, it
    passes. Replace the void label by 0 first, and leave these pixels out afterwards;
    where all are void, divide by 1.
    """
    values = keras.losses.sparse_categorical_crossentropy(
        y_true, y_pred, ignore_class=255
    )
    ids = ops.cast(y_true, "int32")
    class_weight = ops.array([1.0, 3.0])
    values = values * ops.take(class_weight, ids)  # -
    # + values = values * ops.take(class_weight, ops.where(ids == 255, 0, ids))
    known = ops.sum(ids != 255, axis=(1, 2))
    known = ops.cast(known, "float32")
    return ops.sum(values, axis=(1, 2)) / known  # -
    # + return ops.sum(values, axis=(1, 2)) / ops.maximum(known, 1)


@broken(
    y_true=[[[[0], [0]]]],
    y_pred=[[[[0.5, 0.5], [0.5, 0.5]]]],
    gives=Returns([0.0]),
    instead=Returns([log(2)]),
    found_by="check_finite",
    fix_differs="on PyTorch the crossentropy of Keras has no gradient for maps",
)
def class_ids_as_one_hot(y_true, y_pred):
    """A pixel of class 0 costs nothing, whatever is predicted.

    This is the formula for one-hot labels. Ids `(batch, height, width, 1)` broadcast
    over the classes, so the id becomes a factor of all the log probabilities. Take
    the sparse crossentropy of Keras, which is for ids.
    """
    y_true = ops.cast(y_true, y_pred.dtype)  # -
    values = -ops.sum(y_true * ops.log(y_pred), axis=-1)  # -
    # + values = keras.losses.sparse_categorical_crossentropy(y_true, y_pred)
    return ops.mean(values, axis=(1, 2))


@broken(
    y_true=[[[0], [0]]],
    y_pred=[[[[20.0, 0.0]], [[20.0, 0.0]]]],
    options={"from_logits": True},
    gives=Returns([log(2)]),
    instead=Returns([0.0]),
    found_by="check_label_format",
)
def softmax_over_the_rows(y_true, y_pred):
    """Confident and correct pixels do not get a loss of 0.

    Axis 1 holds the classes in PyTorch; in Keras it is the height, so the rows of an
    image compete for each class. Two rows of the same class get 1/2 each. Apply the
    softmax over the last axis, together with its logarithm: `ops.log_softmax`. Alone,
    the logarithm of a probability that is 0 makes even a right pixel NaN.
    """
    p = ops.softmax(y_pred, axis=1)  # -
    # + log_p = ops.log_softmax(y_pred, axis=-1)
    labels = ops.one_hot(y_true, 2)
    values = -ops.sum(labels * ops.log(p), axis=-1)  # -
    # + values = -ops.sum(labels * log_p, axis=-1)
    return ops.mean(values, axis=(1, 2))


@broken(
    y_true=[[[0, 1]]],
    y_pred=[[[[0.9, 0.1], [0.9, 0.1]]]],
    probe="fit_graph",
    gives=Raises("ValueError", "No gradients provided for any variable"),
    instead=Returns(-(log(0.9) + log(0.1)) / 2),
    on={"call": Returns([0.5])},
    found_by="check_gradient_reaches_the_predictions",
    fix_misses="it clips probabilities as Keras does, and refuses an id of no class",
    fix_differs="on PyTorch the crossentropy of Keras has no gradient for maps",
)
def argmax_of_the_prediction(y_true, y_pred):
    """`No gradients provided for any variable`, though the loss is a number.

    The class with the highest score does not change when the weights change a little,
    and TensorFlow cuts the gradient at `argmax`. A direct call returns the share of
    wrong pixels: a metric. Train on the crossentropy, which sees the
    probabilities.
    """
    predicted = ops.argmax(y_pred, axis=-1)  # -
    wrong = ops.not_equal(y_true, predicted)  # -
    return ops.mean(ops.cast(wrong, "float32"), axis=(1, 2))  # -
    # + values = keras.losses.sparse_categorical_crossentropy(y_true, y_pred)
    # + return ops.mean(values, axis=(1, 2))
