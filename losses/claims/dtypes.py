"""What people say about dtypes that differ."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from losses.evidence.declarations import Raises, Returns, Runs, claim


@claim(
    "000_3c468f6f65558dfb.txt example 2",
    said_to_fail=Raises("InvalidArgumentError"),
    advice=Returns(0.5),
    y_true=[[1.0], [2.0]],
    y_pred=np.int32([[1], [3]]),  # in `fit` a model predicts them as float32
)
class IntegerPredictions:
    """Float labels minus integer predictions raise an error. The predictions must be
    cast to float."""

    def said_to_fail(y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred))

    def advice(y_true, y_pred):
        return ops.mean(ops.square(y_true - ops.cast(y_pred, "float32")))


@claim("000_3c468f6f65558dfb.txt prose", advice=Runs())
class ModelThatPredictsIntegers:
    """A cast in the loss repairs a model whose predictions are integers."""

    def advice(mode):
        def loss(y_true, y_pred):
            return ops.mean(ops.square(y_true - ops.cast(y_pred, "float32")), axis=-1)

        features = keras.Input((2,))
        scores = keras.layers.Dense(1, kernel_initializer="ones")(features)
        model = keras.Model(features, ops.cast(ops.round(scores), "int32"))
        model.compile("sgd", loss=loss, **mode)
        return model.fit(np.ones((2, 2)), np.ones((2, 1)), verbose=0)

    def works(mode):
        def loss(y_true, y_pred):
            return ops.mean(ops.square(y_true - y_pred), axis=-1)

        features = keras.Input((2,))
        scores = keras.layers.Dense(1, kernel_initializer="ones")(features)
        model = keras.Model(features, scores)
        model.compile("sgd", loss=loss, **mode)
        return model.fit(np.ones((2, 2)), np.ones((2, 1)), verbose=0)


@claim(
    "000_3c468f6f65558dfb.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
    advice=Returns(0.5),
    y_true=np.int32([[1], [2]]),
    y_pred=[[1.0], [3.0]],
)
class IntegerLabels:
    """Labels and predictions of different dtypes raise an InvalidArgumentError. Both
    must be float32."""

    def said_to_fail(y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred))

    def advice(y_true, y_pred):
        return ops.mean(ops.square(ops.cast(y_true, "float32") - y_pred))


@claim(
    "000_3c468f6f65558dfb.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
)
class TensorsOfTwoDtypes:
    """TensorFlow does not convert one dtype to another automatically."""

    def said_to_fail():
        return tf.constant([1.0, 2.0]) - tf.constant([1, 2])

    def works():
        return ops.subtract(tf.constant([1.0, 2.0]), tf.constant([1, 2]))


@claim(
    "000_3c468f6f65558dfb.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
)
class ArrayOfAnotherDtype:
    """TensorFlow raises an error about different dtypes where NumPy would convert
    them."""

    def said_to_fail():
        return tf.constant([1, 2]) - np.array([1.0, 2.5])

    def works():
        return ops.subtract(tf.constant([1, 2]), tf.constant([1.0, 2.5]))


@claim(
    "000_3c468f6f65558dfb.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
    advice=Runs(),
    y_true=np.int32([[0], [3]]),
    y_pred=[[1.0], [1.0]],
)
class LogarithmOfIntegers:
    """Integer labels raise an error in a loss that takes logarithms."""

    def said_to_fail(y_true, y_pred):
        ratio = tf.math.log(1 + y_true) - tf.math.log(1 + y_pred)
        return ops.mean(ops.square(ratio))

    def advice(y_true, y_pred):
        y_true = ops.cast(y_true, "float32")
        ratio = tf.math.log(1 + y_true) - tf.math.log(1 + y_pred)
        return ops.mean(ops.square(ratio))

    def works(y_true, y_pred):
        ratio = ops.log1p(y_true) - ops.log1p(y_pred)
        return ops.mean(ops.square(ratio), axis=-1)


@claim(
    "000_3c468f6f65558dfb.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
)
class LogarithmOfZero:
    """The logarithm of a number that is not positive raises an error."""

    def said_to_fail():
        return tf.math.log(tf.constant([0.0, -1.0]))


@claim(
    "000_3c468f6f65558dfb.txt prose",
    advice=Returns(1.0),
    y_true=np.float64([[2.0**24 + 1]]),
    y_pred=np.float64([[2.0**24]]),
)
class Float64ForPrecision:
    """Labels and predictions in float64 make the loss more precise."""

    def advice(y_true, y_pred):
        return ops.mean(ops.abs(y_true - y_pred))
