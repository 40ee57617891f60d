"""What people say about the inputs of a layer."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from losses.evidence.declarations import Raises, Runs, claim


@claim(
    "002_65d43e6c1f95d266.txt example 1",
    said_to_fail=Raises("InvalidArgumentError"),
    advice=Runs(shape=(2, 1)),
)
class IntegersIntoDense:
    """A dense layer stops with an InvalidArgumentError on integers. They must be cast
    to float32."""

    def said_to_fail():
        layer = keras.layers.Dense(1, kernel_initializer="ones")
        return layer(tf.constant([[1, 2], [3, 4]]))

    def advice():
        layer = keras.layers.Dense(1, kernel_initializer="ones")
        return layer(tf.cast(tf.constant([[1, 2], [3, 4]]), "float32"))


@claim(
    "002_65d43e6c1f95d266.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
    advice=Runs(shape=(1, 2, 2, 1)),
)
class IntegersIntoConvolution:
    """Any layer that expects floats, a convolution too, stops with an
    InvalidArgumentError on integers. They must be cast to float32."""

    def said_to_fail():
        layer = keras.layers.Conv2D(1, 1, kernel_initializer="ones")
        return layer(tf.ones((1, 2, 2, 1), "int32"))

    def advice():
        layer = keras.layers.Conv2D(1, 1, kernel_initializer="ones")
        return layer(tf.cast(tf.ones((1, 2, 2, 1), "int32"), "float32"))


@claim(
    "002_65d43e6c1f95d266.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
)
class IntegersIntoFit:
    """Integer data passed to a model of float layers stop training with an
    InvalidArgumentError."""

    def said_to_fail(mode):
        model = keras.Sequential([keras.layers.Conv2D(1, 1, kernel_initializer="ones")])
        model.compile("sgd", loss="mse", **mode)
        return model.fit(
            np.ones((1, 2, 2, 1), "int32"), np.ones((1, 2, 2, 1)), verbose=0
        )


@claim(
    "003_f981f1d56fa42838.txt example 1",
    said_to_fail=Raises("InvalidArgumentError"),
    advice=Runs(),
)
class ImagesWithoutChannelAxis:
    """Grey images `(batch, height, width)` stop a model made for `(height, width, 1)`
    with an InvalidArgumentError. They lack the channel axis."""

    def said_to_fail(mode):
        model = keras.Sequential(
            [
                keras.Input((2, 2, 1)),
                keras.layers.Conv2D(1, 2, kernel_initializer="ones"),
                keras.layers.Flatten(),
                keras.layers.Dense(2, "softmax", kernel_initializer="zeros"),
            ]
        )
        model.compile("sgd", loss="sparse_categorical_crossentropy", **mode)
        return model.fit(np.ones((2, 2, 2)), np.array([0, 1]), verbose=0)

    def advice(mode):
        model = keras.Sequential(
            [
                keras.Input((2, 2, 1)),
                keras.layers.Conv2D(1, 2, kernel_initializer="ones"),
                keras.layers.Flatten(),
                keras.layers.Dense(2, "softmax", kernel_initializer="zeros"),
            ]
        )
        model.compile("sgd", loss="sparse_categorical_crossentropy", **mode)
        return model.fit(np.ones((2, 2, 2, 1)), np.array([0, 1]), verbose=0)


@claim(
    "003_f981f1d56fa42838.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
)
class AnotherNumberOfFeatures:
    """Inputs of a size that the first layer does not expect stop `fit` with an
    InvalidArgumentError."""

    def said_to_fail(mode):
        output = keras.layers.Dense(1, kernel_initializer="ones")
        model = keras.Sequential([keras.Input((3,)), output])
        model.compile("sgd", loss="mse", **mode)
        return model.fit(np.ones((2, 4)), np.ones((2, 1)), verbose=0)


@claim(
    "002_65d43e6c1f95d266.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
)
class FlattenedToAnotherSize:
    """Flattened samples whose size differs from one data set to the next stop a dense
    layer with an InvalidArgumentError."""

    def said_to_fail(mode):
        output = keras.layers.Dense(1, kernel_initializer="ones")
        model = keras.Sequential([keras.layers.Flatten(), output])
        model.compile("sgd", loss="mse", **mode)
        model.fit(np.ones((2, 2, 2)), np.ones((2, 1)), verbose=0)
        return model.fit(np.ones((2, 3, 2)), np.ones((2, 1)), verbose=0)


@claim(
    "003_f981f1d56fa42838.txt example 3",
    said_to_fail=Raises("InvalidArgumentError"),
    advice=Runs(),
)
class FixedSizeInACustomLayer:
    """A layer that adds a tensor of fixed size to its inputs stops `fit` with an
    InvalidArgumentError. It must take the size from `tf.shape(inputs)`."""

    def said_to_fail(mode):
        class AddOnes(keras.layers.Layer):
            def call(self, inputs):
                return inputs + tf.ones((3, 3))

        output = keras.layers.Dense(2, "softmax", kernel_initializer="zeros")
        model = keras.Sequential([AddOnes(), output])
        model.compile("sgd", loss="sparse_categorical_crossentropy", **mode)
        return model.fit(np.ones((2, 4)), np.array([0, 1]), verbose=0)

    def advice(mode):
        class AddOnes(keras.layers.Layer):
            def call(self, inputs):
                return inputs + tf.ones(tf.shape(inputs))

        output = keras.layers.Dense(2, "softmax", kernel_initializer="zeros")
        model = keras.Sequential([AddOnes(), output])
        model.compile("sgd", loss="sparse_categorical_crossentropy", **mode)
        return model.fit(np.ones((2, 4)), np.array([0, 1]), verbose=0)


@claim(
    "003_f981f1d56fa42838.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
)
class CallOfACustomLayer:
    """A mistake with tensors in the `call` of a custom layer raises an
    InvalidArgumentError."""

    def said_to_fail():
        class AddOnes(keras.layers.Layer):
            def call(self, inputs):
                return inputs + tf.ones((3, 3))

        return AddOnes()(tf.ones((2, 4)))


@claim(
    "003_f981f1d56fa42838.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
)
class TwoDtypesInACustomLayer:
    """TensorFlow does not convert dtypes inside a custom layer: an integer tensor there
    raises an InvalidArgumentError."""

    def said_to_fail(mode):
        class Shift(keras.layers.Layer):
            def call(self, inputs):
                return inputs + tf.constant([1, 1])

        output = keras.layers.Dense(1, kernel_initializer="ones")
        model = keras.Sequential([Shift(), output])
        model.compile("sgd", loss="mse", **mode)
        return model.fit(np.ones((2, 2)), np.ones((2, 1)), verbose=0)

    def works(mode):
        class Shift(keras.layers.Layer):
            def call(self, inputs):
                return ops.add(inputs, [1, 1])

        output = keras.layers.Dense(1, kernel_initializer="ones")
        model = keras.Sequential([Shift(), output])
        model.compile("sgd", loss="mse", **mode)
        return model.fit(np.ones((2, 2)), np.ones((2, 1)), verbose=0)
