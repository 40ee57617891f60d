"""Top-k crossentropy as it is often written."""

import keras
from keras import ops
from numpy import log, nan

from losses.evidence.declarations import Returns, broken


@broken(
    y_true=[[[0, 0]], [[0, 0]]],
    y_pred=[[[[0.5, 0.5], [1.0, 0.0]]], [[[0.25, 0.75], [0.25, 0.75]]]],
    options={"fraction": 0.5},
    gives=Returns(2 * log(2)),
    instead=Returns([log(2), 2 * log(2)]),
    found_by="check_one_value_per_sample",
    fix_differs="on PyTorch the crossentropy of Keras has no gradient for maps",
)
def k_of_the_batch(y_true, y_pred):
    """One difficult image keeps all the others from being learned.

    The hardest pixels of the whole batch are taken, and here all of them are in the
    second image. The loss is a scalar, so `sample_weight` cannot choose among the
    images either. Rank the pixels of each image separately.
    """
    values = keras.losses.sparse_categorical_crossentropy(
        y_true,
        y_pred,
    )
    ranked = -ops.sort(-ops.reshape(values, -1))  # -
    k = ops.shape(ranked)[0] // 2  # -
    return ops.mean(ranked[:k])  # -
    # + ranked = -ops.sort(-ops.reshape(values, (ops.shape(values)[0], -1)))
    # + k = ops.shape(ranked)[1] // 2
    # + return ops.mean(ranked[:, :k], axis=-1)


@broken(
    y_true=[[[0, 255, 255, 255]]],
    y_pred=[[[[0.25, 0.75]] * 4]],
    options={"fraction": 0.5, "ignore_class": 255},
    gives=Returns([log(2)]),
    instead=Returns([2 * log(2)]),
    found_by="check_agrees_with_reference",
    fix_differs="on PyTorch the crossentropy of Keras has no gradient for maps",
)
def ignored_pixels_ranked(y_true, y_pred):
    """The more of an image is void, the smaller its loss.

    Void pixels cost 0, and 2 of 4 pixels are taken where only one counts: zeros fill up
    the mean. Take the fraction of the pixels that count, at least one. That number is
    another for each image, so `top_k` takes the most there can be, and what is too much
    is set to 0.
    """
    values = keras.losses.sparse_categorical_crossentropy(
        y_true, y_pred, ignore_class=255
    )
    flat = ops.reshape(values, (-1, 4))
    hardest = ops.top_k(flat, k=2)[0]
    return ops.mean(hardest, axis=-1)  # -
    # + known = ops.sum(ops.reshape(y_true != 255, (-1, 4)), axis=-1, keepdims=True)
    # + k = ops.maximum(known // 2, 1)
    # + hardest = ops.where(ops.less(ops.arange(2), k), hardest, 0)
    # + return ops.sum(hardest, axis=-1) / ops.cast(k[:, 0], hardest.dtype)


@broken(
    y_true=[[[1, 1, 1]]],
    y_pred=[[[0.5, 0.25, 1.0]]],
    gives=Returns([nan]),
    instead=Returns([2 * log(2)]),
    on={"fit_graph": Returns(nan, step=0.0)},
    found_by="check_finite",
    fix_differs="its height and width must be known",
)
def k_of_zero(y_true, y_pred):
    """The loss of small maps is NaN.

    `int(0.3 * 3)` is 0, and the mean of no pixels is 0 / 0. This happens at the coarse
    outputs of deep supervision. Take at least one pixel: `max(1, ...)`.
    """
    values = keras.losses.binary_crossentropy(
        y_true[..., None],
        y_pred[..., None],
    )
    _, height, width = values.shape
    flat = ops.reshape(values, (-1, height * width))
    k = int(0.3 * height * width)  # -
    # + k = max(1, int(0.3 * height * width))
    return ops.mean(ops.top_k(flat, k=k)[0], axis=-1)


@broken(
    y_true=[[[1] * 20]],
    y_pred=[[[0.25] + [0.5] * 3 + [1.0] * 16]],
    options={"fraction": 0.2},
    gives=Returns([2 * log(2)]),
    instead=Returns([5 / 4 * log(2)]),
    found_by="check_agrees_with_reference",
    fix_differs="its height and width must be known",
)
def divided_by_the_percentage(y_true, y_pred):
    """A larger percentage takes fewer pixels.

    `pixels // percent` is right for 10 only: 20 percent of 20 pixels are 4, but 20 //
    20 is 1. Multiply, `pixels * percent // 100`, and take at least one pixel.
    """
    percent = 20
    values = keras.losses.binary_crossentropy(
        y_true[..., None],
        y_pred[..., None],
    )
    _, height, width = values.shape
    flat = ops.reshape(values, (-1, height * width))
    k = height * width // percent  # -
    # + k = max(1, height * width * percent // 100)
    return ops.mean(ops.top_k(flat, k=k)[0], axis=-1)


@broken(
    y_true=[[[1, 1], [1, 1]]],
    y_pred=[[[0.25, 0.25], [1.0, 1.0]]],
    options={"fraction": 0.5},
    gives=Returns([log(2)]),
    instead=Returns([2 * log(2)]),
    found_by="check_agrees_with_reference",
    fix_differs="its height and width must be known",
)
def k_of_each_row(y_true, y_pred):
    """Every row of an image has hard pixels, even where the model is right everywhere.

    `top_k` works on the last axis, which is the width of a map. Here half of each row
    is taken, though the hard pixels are all in the first. Flatten the image first.
    """
    values = keras.losses.binary_crossentropy(
        y_true[..., None],
        y_pred[..., None],
    )
    # + values = ops.reshape(values, (-1, values.shape[1] * values.shape[2]))
    k = values.shape[-1] // 2
    hardest = ops.top_k(values, k=k)[0]
    return ops.mean(hardest, axis=(1, 2))  # -
    # + return ops.mean(hardest, axis=-1)


@broken(
    y_true=[[[1, 1, 1, 1]]],
    y_pred=[[[0.25, 0.25, 0.5, 1.0]]],
    options={"fraction": 0.5},
    gives=Returns([log(2) / 2]),
    instead=Returns([2 * log(2)]),
    found_by="check_agrees_with_reference",
    fix_differs="its height and width must be known",
)
def easiest_pixels(y_true, y_pred):
    """The model trains on the easy pixels, and never on the hard ones.

    `top_k` takes the largest values, and the loss is smallest where the probability of
    the right class is largest. Rank the crossentropy, not the probability. The hardest
    pixels have a probability near 0: add a small constant before the logarithm.
    """
    t = ops.cast(y_true, y_pred.dtype)
    right = t * y_pred + (1 - t) * (1 - y_pred)
    _, height, width = right.shape
    flat = ops.reshape(right, (-1, height * width))
    # + flat = -ops.log(flat + 1e-7)
    taken = ops.top_k(flat, k=height * width // 2)[0]
    return -ops.mean(ops.log(taken), axis=-1)  # -
    # + return ops.mean(taken, axis=-1)


@broken(
    y_true=[[[1, 1, 1, 1]]],
    y_pred=[[[0.25, 0.25, 0.5, 1.0]]],
    options={"fraction": 0.5},
    gives=Returns([log(2)]),
    instead=Returns([2 * log(2)]),
    found_by="check_agrees_with_reference",
    fix_differs="its height and width must be known",
)
def divided_by_all_pixels(y_true, y_pred):
    """The smaller the fraction, the smaller the steps.

    The easy pixels are set to 0 but still counted by the mean, so half of the pixels
    give half of the loss. Take the mean of the pixels that `top_k` gives. Dividing by k
    alone is not enough: where many are as hard as the last of them, more than k pixels
    are left.
    """
    values = keras.losses.binary_crossentropy(
        y_true[..., None],
        y_pred[..., None],
    )
    _, height, width = values.shape
    flat = ops.reshape(values, (-1, height * width))
    k = height * width // 2
    least = ops.top_k(flat, k=k)[0][:, -1:]  # -
    hard = ops.where(flat >= least, flat, 0.0)  # -
    return ops.mean(hard, axis=-1)  # -
    # + return ops.mean(ops.top_k(flat, k=k)[0], axis=-1)
