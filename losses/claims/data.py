"""What people say about the data passed to `fit`."""

import keras
import numpy as np
import tensorflow as tf

from losses.evidence.declarations import Fails, Raises, Runs, claim


@claim(
    "003_f981f1d56fa42838.txt example 2",
    said_to_fail=Raises("InvalidArgumentError"),
    advice=Runs(),
)
class Uint8Pixels:
    """Pixels left as uint8 stop `fit` with an InvalidArgumentError. They must be cast
    to float32 first."""

    def said_to_fail(mode):
        pixels = np.uint8([[0, 255], [255, 0]])
        output = keras.layers.Dense(2, "sigmoid", kernel_initializer="zeros")
        model = keras.Sequential([keras.Input((2,)), output])
        model.compile("sgd", loss="categorical_crossentropy", **mode)
        return model.fit(pixels, np.eye(2), verbose=0)

    def advice(mode):
        pixels = np.uint8([[0, 255], [255, 0]]).astype("float32")
        output = keras.layers.Dense(2, "sigmoid", kernel_initializer="zeros")
        model = keras.Sequential([keras.Input((2,)), output])
        model.compile("sgd", loss="categorical_crossentropy", **mode)
        return model.fit(pixels, np.eye(2), verbose=0)


@claim(
    "003_f981f1d56fa42838.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
)
class InputsNotNormalized:
    """A model made for inputs from 0 to 1 stops with an InvalidArgumentError on inputs
    from 0 to 255."""

    def said_to_fail(mode):
        output = keras.layers.Dense(1, kernel_initializer="ones")
        model = keras.Sequential([keras.Input((2,)), output])
        model.compile("sgd", loss="mse", **mode)
        return model.fit(np.array([[0.0, 255.0]]), np.ones((1, 1)), verbose=0)


@claim(
    "002_65d43e6c1f95d266.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
)
class NormalizedToNan:
    """A standardization gone wrong produces NaN, and NaN is an invalid input of later
    operations."""

    def said_to_fail(mode):
        constant = np.ones((2, 1))
        features = (constant - constant.mean(axis=0)) / constant.std(axis=0)
        model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="ones")])
        model.compile("sgd", loss="mse", **mode)
        return model.fit(features, np.ones((2, 1)), verbose=0)

    def works(mode):
        constant = np.ones((2, 1))
        spread = np.maximum(constant.std(axis=0), 1e-6)
        features = (constant - constant.mean(axis=0)) / spread
        model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="ones")])
        model.compile("sgd", loss="mse", **mode)
        return model.fit(features, np.ones((2, 1)), verbose=0)


@claim(
    "002_65d43e6c1f95d266.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
    advice=Runs(),
)
class UnequalRowsInADataset:
    """Rows of unequal length in one batch raise an InvalidArgumentError. They must be
    padded."""

    def said_to_fail(mode):
        rows = tf.data.Dataset.from_generator(
            lambda: iter([([1.0, 2.0], [1.0]), ([3.0], [1.0])]),
            output_signature=(tf.TensorSpec((None,)), tf.TensorSpec((1,))),
        )
        pooling = keras.layers.GlobalMaxPooling1D()
        model = keras.Sequential([keras.layers.Reshape((-1, 1)), pooling])
        model.add(keras.layers.Dense(1, kernel_initializer="ones"))
        model.compile("sgd", loss="mse", **mode)
        return model.fit(rows.batch(2), verbose=0)

    def advice(mode):
        rows = tf.data.Dataset.from_generator(
            lambda: iter([([1.0, 2.0], [1.0]), ([3.0], [1.0])]),
            output_signature=(tf.TensorSpec((None,)), tf.TensorSpec((1,))),
        )
        pooling = keras.layers.GlobalMaxPooling1D()
        model = keras.Sequential([keras.layers.Reshape((-1, 1)), pooling])
        model.add(keras.layers.Dense(1, kernel_initializer="ones"))
        model.compile("sgd", loss="mse", **mode)
        return model.fit(rows.padded_batch(2), verbose=0)


@claim(
    "002_65d43e6c1f95d266.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
)
class UnequalRowsInAnArray:
    """Samples of unequal shape passed to `fit` raise an InvalidArgumentError."""

    def said_to_fail(mode):
        rows = np.empty(2, dtype=object)
        rows[0], rows[1] = np.array([1.0, 2.0]), np.array([3.0])
        model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="ones")])
        model.compile("sgd", loss="mse", **mode)
        return model.fit(rows, np.ones((2, 1)), verbose=0)


@claim("003_f981f1d56fa42838.txt prose", said_to_fail=Fails("[Ss]hape"))
class AnotherBatchSizeThanDeclared:
    """A batch of another size than the model declares raises an error about shapes."""

    def said_to_fail(mode):
        features = keras.Input(batch_shape=(4, 2))
        outputs = keras.layers.Dense(1, kernel_initializer="ones")(features)
        model = keras.Model(features, outputs)
        model.compile("sgd", loss="mse", **mode)
        return model.fit(np.ones((2, 2)), np.ones((2, 1)), batch_size=2, verbose=0)


@claim("003_f981f1d56fa42838.txt prose", said_to_fail=Fails("batch size"))
class AnotherBatchSizeThanTheState:
    """Batches must have the size that the model expects, for instance a stateful
    one."""

    def said_to_fail(mode):
        recurrent = keras.layers.SimpleRNN(1, stateful=True, kernel_initializer="ones")
        model = keras.Sequential([keras.Input(batch_shape=(4, 2, 1)), recurrent])
        model.compile("sgd", loss="mse", **mode)
        return model.fit(np.ones((2, 2, 1)), np.ones((2, 1)), batch_size=2, verbose=0)
