"""What people say about shapes that differ."""

import tensorflow as tf
from keras import ops

from losses.evidence.declarations import Fails, Raises, Returns, Runs, claim


@claim(
    "000_3c468f6f65558dfb.txt example 1",
    said_to_fail=Raises("InvalidArgumentError"),
    advice=Returns(0.25),
    y_true=[1.0, 0.0],
    y_pred=[[0.5], [0.0]],
)
class LabelsWithoutTheLastAxis:
    """Labels `(batch,)` minus predictions `(batch, 1)` raise an InvalidArgumentError.
    Dropping the last axis of the predictions fixes it."""

    def said_to_fail(y_true, y_pred):
        return ops.mean(ops.abs(y_true - y_pred))

    def advice(y_true, y_pred):
        return ops.mean(ops.abs(y_true - ops.squeeze(y_pred, axis=-1)))

    def works(y_true, y_pred):
        y_true = ops.reshape(y_true, ops.shape(y_pred))
        return ops.mean(ops.abs(y_true - y_pred), axis=-1)


@claim(
    "000_3c468f6f65558dfb.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
)
class VectorMinusScalar:
    """A scalar cannot be subtracted from a vector: their shapes do not match."""

    def said_to_fail():
        return tf.constant([1.0, 2.0]) - tf.constant(1.0)


@claim(
    "000_3c468f6f65558dfb.txt prose",
    said_to_fail=Fails(),
    y_true=[[1.0], [2.0]],
    y_pred=[[1.0, 1.0, 1.0], [2.0, 2.0, 5.0]],
)
class OneColumnAgainstThree:
    """In an elementwise loss labels and predictions must have the same shape, except
    for the batch axis."""

    def said_to_fail(y_true, y_pred):
        return ops.mean(ops.abs(y_true - y_pred), axis=-1)


@claim(
    "000_3c468f6f65558dfb.txt prose",
    advice=Runs(),
    y_true=[[1.0, 2.0]],
    y_pred=[[1.0, 2.0], [3.0, 4.0]],
)
class OneRowOfLabelsForTheBatch:
    """Only the batch axis may be broadcast."""

    def advice(y_true, y_pred):
        return ops.mean(ops.abs(y_true - y_pred), axis=-1)


@claim(
    "004_ef083d3b3fca2eca.txt prose",
    said_to_fail=Raises("ValueError"),
    y_true=[[1.0], [2.0]],
    y_pred=[[1.0], [2.0]],
)
class AccidentalBroadcast:
    """A loss that broadcasts its tensors by accident ends in a ValueError."""

    def said_to_fail(y_true, y_pred):
        return ops.abs(ops.squeeze(y_true, axis=-1) - y_pred)

    def works(y_true, y_pred):
        return ops.mean(ops.abs(y_true - y_pred), axis=-1)


@claim(
    "002_65d43e6c1f95d266.txt example 2",
    said_to_fail=Raises("InvalidArgumentError"),
    advice=Runs(shape=(2, 3)),
)
class SquareTimesWide:
    """A 2 × 2 matrix cannot be multiplied by a 2 × 3 matrix. Transposing the second one
    gives a product of 2 × 3."""

    def said_to_fail():
        return tf.matmul(tf.ones((2, 2)), tf.ones((2, 3)))

    def advice():
        return tf.matmul(tf.ones((2, 2)), tf.transpose(tf.ones((2, 3))))


@claim(
    "002_65d43e6c1f95d266.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
)
class MatricesThatDoNotFit:
    """A matrix product of incompatible shapes raises an InvalidArgumentError."""

    def said_to_fail():
        return tf.matmul(tf.ones((2, 3)), tf.ones((2, 3)))

    def works():
        return tf.matmul(tf.ones((2, 3)), tf.ones((2, 3)), transpose_b=True)


@claim(
    "002_65d43e6c1f95d266.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
)
class KernelThatDoesNotFit:
    """A convolution of incompatible shapes raises an InvalidArgumentError."""

    def said_to_fail():
        images, kernel = tf.ones((1, 2, 2, 3)), tf.ones((1, 1, 2, 1))
        return tf.nn.conv2d(images, kernel, strides=1, padding="VALID")

    def works():
        images, kernel = tf.ones((1, 2, 2, 3)), tf.ones((1, 1, 3, 1))
        return tf.nn.conv2d(images, kernel, strides=1, padding="VALID")
