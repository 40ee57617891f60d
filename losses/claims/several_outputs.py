"""What people say about a model with several outputs."""

import keras
import numpy as np
from keras import ops

from losses.evidence.declarations import Raises, Returns, Runs, claim


@claim(
    "004_ef083d3b3fca2eca.txt example 1",
    said_to_fail=Raises("ValueError"),
    advice=Returns(1.693147),  # (1² + 1²) / 2 + ln 2
    y_true=([[0.0], [2.0]], [[1.0, 0.0], [0.0, 1.0]]),
    y_pred=([[1.0], [1.0]], [[0.5, 0.5], [0.5, 0.5]]),
)
class ListFromAJointLoss:
    """One loss gets the lists of all labels and all outputs. A list of losses as its
    result raises a ValueError; their sum is right."""

    def said_to_fail(y_true, y_pred):
        squares = ops.mean(ops.square(y_true[0] - y_pred[0]))
        return [squares, ops.categorical_crossentropy(y_true[1], y_pred[1])]

    def advice(y_true, y_pred):
        squares = ops.mean(ops.square(y_true[0] - y_pred[0]))
        kinds = ops.mean(ops.categorical_crossentropy(y_true[1], y_pred[1]))
        return squares + kinds

    def works(mode):
        features = keras.Input((1,))
        size = keras.layers.Dense(1, kernel_initializer="zeros")(features)
        kind = keras.layers.Dense(2, "softmax", kernel_initializer="zeros")(features)
        model = keras.Model(features, [size, kind])
        model.compile("sgd", loss=["mse", "categorical_crossentropy"], **mode)
        sizes, kinds = np.array([[0.0], [2.0]]), np.eye(2)
        return model.fit(np.ones((2, 1)), [sizes, kinds], verbose=0)


@claim(
    "004_ef083d3b3fca2eca.txt prose",
    advice=Returns(1.0),  # (1² + 1²) / 2
    y_true=([[0.0], [2.0]], [[1.0, 0.0], [0.0, 1.0]]),
    y_pred=([[1.0], [1.0]], [[0.5, 0.5], [0.5, 0.5]]),
    ways=("fit_eager", "fit_graph", "fit_xla"),
)
class FirstItemIsTheFirstOutput:
    """In the loss of a model with several outputs, `y_true[0]` holds the labels of the
    first output."""

    def advice(y_true, y_pred):
        return ops.mean(ops.square(y_true[0] - y_pred[0]))


@claim(
    "004_ef083d3b3fca2eca.txt prose",
    advice=Runs(),
    y_true=([[0.0], [2.0]], [[1.0, 0.0], [0.0, 1.0]]),
    y_pred=([[1.0], [1.0]], [[0.5, 0.5], [0.5, 0.5]]),
    ways=("fit_eager", "fit_graph", "fit_xla"),
)
class OneColumnForEachOutput:
    """For a model with several outputs Keras expects a loss of shape
    `(batch, outputs)`."""

    def advice(y_true, y_pred):
        size = ops.mean(ops.square(y_true[0] - y_pred[0]), axis=-1)
        kind = ops.mean(ops.square(y_true[1] - y_pred[1]), axis=-1)
        return ops.stack([size, kind], axis=1)
