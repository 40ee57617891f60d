"""What people say about the shape that a loss returns."""

import keras
from keras import ops

from losses.evidence.declarations import Raises, Returns, Runs, claim


@claim(
    "001_ba603acd0aee4893.txt example 1",
    said_to_fail=Raises("InvalidArgumentError"),
    advice=Runs(shape=(2,)),
    y_true=[[1.0, 0.0, 1.0, 1.0], [0.0, 1.0, 2.0, 0.0]],
    y_pred=[[0.5, 0.5, 1.0, 0.0], [0.5, 0.5, 2.0, 2.0]],
)
class TwoLossesInAList:
    """A list of the losses of two tasks stops training with an InvalidArgumentError.
    `reduce_mean` of their sum over the last axis gives one loss per sample."""

    def said_to_fail(y_true, y_pred):
        kind = keras.losses.categorical_crossentropy(y_true[:, :2], y_pred[:, :2])
        box = keras.losses.mean_squared_error(y_true[:, 2:], y_pred[:, 2:])
        return [kind, box]

    def advice(y_true, y_pred):
        kind = keras.losses.categorical_crossentropy(y_true[:, :2], y_pred[:, :2])
        box = keras.losses.mean_squared_error(y_true[:, 2:], y_pred[:, 2:])
        return ops.mean(kind + box, axis=-1)

    def works(y_true, y_pred):
        kind = keras.losses.categorical_crossentropy(y_true[:, :2], y_pred[:, :2])
        box = keras.losses.mean_squared_error(y_true[:, 2:], y_pred[:, 2:])
        return kind + box


@claim(
    "001_ba603acd0aee4893.txt example 2",
    said_to_fail=Raises("InvalidArgumentError"),
    advice=Runs(shape=(2,)),
    y_true=[[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
    y_pred=[[0.0, 2.0, 0.0], [2.0, 0.0, 0.0]],
)
class TwoLossesStacked:
    """Two losses stacked as columns stop training with an InvalidArgumentError. Their
    weighted sum gives one loss per sample."""

    def said_to_fail(y_true, y_pred):
        height = keras.losses.mean_squared_error(y_true[:, 0], y_pred[:, 0])
        rest = keras.losses.mean_absolute_error(y_true[:, 1:], y_pred[:, 1:])
        return ops.stack([height, rest], axis=1)

    def advice(y_true, y_pred):
        height = keras.losses.mean_squared_error(y_true[:, 0], y_pred[:, 0])
        rest = keras.losses.mean_absolute_error(y_true[:, 1:], y_pred[:, 1:])
        return 0.7 * height + 0.3 * ops.mean(rest, axis=-1)

    def works(y_true, y_pred):
        height = keras.losses.mean_squared_error(y_true[:, :1], y_pred[:, :1])
        rest = keras.losses.mean_absolute_error(y_true[:, 1:], y_pred[:, 1:])
        return 0.7 * height + 0.3 * rest


@claim(
    "001_ba603acd0aee4893.txt example 3",
    said_to_fail=Raises("InvalidArgumentError"),
    advice=Runs(shape=(2,)),
    y_true=[[[[1.0], [0.0], [1.0]]], [[[0.0], [0.0], [0.0]]]],
    y_pred=[[[[0.5], [0.5], [0.5]]], [[[0.75], [0.75], [0.75]]]],
)
class MapOfPixelLosses:
    """A loss for every pixel stops training with an InvalidArgumentError. The mean over
    axes 1, 2 and 3 gives one loss per image."""

    def said_to_fail(y_true, y_pred):
        return keras.losses.binary_crossentropy(y_true, y_pred)

    def advice(y_true, y_pred):
        pixels = keras.losses.binary_crossentropy(y_true, y_pred)
        return ops.mean(pixels, axis=[1, 2, 3])

    def works(y_true, y_pred):
        pixels = keras.losses.binary_crossentropy(y_true, y_pred)
        return ops.mean(pixels, axis=[1, 2])


@claim(
    "001_ba603acd0aee4893.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
    advice=Runs(),
    y_true=[[1.0, 0.0], [0.0, 0.0]],
    y_pred=[[0.0, 0.0], [0.0, 2.0]],
    ways=("fit_eager", "fit_graph", "fit_xla"),
)
class ColumnsOfLosses:
    """A loss of shape `(batch, n)` raises an InvalidArgumentError: it cannot be
    aggregated. There must be one number per sample."""

    def said_to_fail(y_true, y_pred):
        return ops.square(y_true - y_pred)

    def advice(y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), axis=-1)


@claim(
    "004_ef083d3b3fca2eca.txt prose",
    said_to_fail=Raises("ValueError"),
    y_true=[[[1.0, 0.0]], [[0.0, 0.0]]],
    y_pred=[[[0.0, 0.0]], [[0.0, 2.0]]],
    ways=("fit_eager", "fit_graph", "fit_xla"),
)
class AxesBeyondTheBatch:
    """A loss with more axes than the batch raises a ValueError."""

    def said_to_fail(y_true, y_pred):
        return ops.square(y_true - y_pred)


@claim(
    "004_ef083d3b3fca2eca.txt prose",
    advice=Returns(0.5),
    y_true=[[1.0], [0.0]],
    y_pred=[[0.0], [0.0]],
    ways=("fit_eager", "fit_graph", "fit_xla", "sample_weight"),
)
class ScalarIsEnough:
    """Keras accepts a scalar as well as one loss per sample."""

    def advice(y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred))

    def works(y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), axis=-1)


@claim(
    "004_ef083d3b3fca2eca.txt example 2",
    said_to_fail=Raises("ValueError"),
    advice=Returns(0.75),
    y_true=[[1.0, 0.0], [0.0, 0.0]],
    y_pred=[[0.0, 0.0], [0.0, 2.0]],
)
class SumOverEverything:
    """A sum over all axes raises a ValueError, because it is not one loss per sample.
    The mean per sample, then over the samples, fixes it."""

    def said_to_fail(y_true, y_pred):
        return ops.sum(ops.abs(y_true - y_pred))

    def advice(y_true, y_pred):
        return ops.mean(ops.mean(ops.abs(y_true - y_pred), axis=-1))

    def works(y_true, y_pred):
        return ops.mean(ops.abs(y_true - y_pred), axis=-1)


@claim(
    "004_ef083d3b3fca2eca.txt example 3",
    said_to_fail=Raises("ValueError"),
    advice=Runs(),
    y_true=[[[1.0, 0.0]], [[0.0, 0.0]]],
    y_pred=[[[0.0, 0.0]], [[0.0, 2.0]]],
)
class SumOverAnExtraAxis:
    """Labels and predictions `(batch, 1, features)`, summed over axes 1 and 2, raise a
    ValueError. The extra axis must be squeezed first."""

    def said_to_fail(y_true, y_pred):
        return ops.sum(ops.square(y_true - y_pred), axis=(1, 2))

    def advice(y_true, y_pred):
        y_true, y_pred = ops.squeeze(y_true, axis=1), ops.squeeze(y_pred, axis=1)
        return ops.mean(ops.square(y_true - y_pred))

    def works(y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), axis=(1, 2))


@claim(
    "004_ef083d3b3fca2eca.txt prose",
    said_to_fail=Raises("ValueError"),
    y_true=[[1.0], [0.0]],
    y_pred=[[0.0], [0.0]],
    ways=("fit_eager", "fit_graph", "fit_xla"),
)
class ScalarAndVectorInAList:
    """What cannot be converted to one tensor raises a ValueError, for instance a mean
    beside one loss per sample."""

    def said_to_fail(y_true, y_pred):
        squares = ops.mean(ops.square(y_true - y_pred), axis=-1)
        return [ops.mean(squares), squares]

    def works(y_true, y_pred):
        squares = ops.mean(ops.square(y_true - y_pred), axis=-1)
        return ops.mean(squares) + squares
