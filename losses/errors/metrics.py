"""Metrics that do not fit the labels and predictions of the loss beside them."""

import keras
import numpy as np
from keras import layers, ops

from losses.evidence.declarations import error


@error(tensorflow="InvalidArgumentError", jax="TypeError", torch="RuntimeError")
def precision_of_several_classes():
    """`Precision`, `Recall` or another count of hits gets class ids, and the model
    gives one value for each class.

    It compares value by value, and so takes one-hot labels, with a loss that takes them
    too. The loss is not to blame.
    """
    ids, hits = np.arange(8) % 3, keras.metrics.Precision()
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=[hits])  # -
    return model.fit(np.ones((8, 4)), ids)  # -
    # + model.compile("adam", "categorical_crossentropy", metrics=[hits])
    # + return model.fit(np.ones((8, 4)), np.eye(3)[ids])


@error(tensorflow="InvalidArgumentError", jax="ValueError", torch="ValueError")
def curve_of_several_classes():
    """`AUC` or a metric at a given sensitivity gets class ids, and the model gives one
    value for each class.

    It compares value by value, and so takes one-hot labels, with a loss that takes them
    too. The loss is not to blame.
    """
    ids, area = np.arange(8) % 3, keras.metrics.AUC()
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=[area])  # -
    return model.fit(np.ones((8, 4)), ids)  # -
    # + model.compile("adam", "categorical_crossentropy", metrics=[area])
    # + return model.fit(np.ones((8, 4)), np.eye(3)[ids])


@error(tensorflow="InvalidArgumentError", jax="TypeError", torch="RuntimeError")
def overlap_of_several_classes():
    """`MeanIoU` or `BinaryIoU` gets class ids, and the model gives one value for each
    class.

    Both compare ids with ids. `MeanIoU` with `sparse_y_pred=False` takes the class with
    the largest value itself; `OneHotMeanIoU` does so with one-hot labels.
    """
    ids = np.arange(8) % 3
    overlap = keras.metrics.MeanIoU(num_classes=3)  # -
    # + overlap = keras.metrics.MeanIoU(num_classes=3, sparse_y_pred=False)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=[overlap])
    return model.fit(np.ones((8, 4)), ids)


@error("ValueError")
def score_of_one_axis():
    """`F1Score`, `FBetaScore` or `R2Score` gets labels of one axis, such as class ids.

    It takes labels of the shape of the predictions: one-hot, with a loss that takes
    them too, or a column. The loss is not to blame.
    """
    ids, score = np.arange(8) % 3, keras.metrics.F1Score()
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=[score])  # -
    return model.fit(np.ones((8, 4)), ids)  # -
    # + model.compile("adam", "categorical_crossentropy", metrics=[score])
    # + return model.fit(np.ones((8, 4)), np.eye(3)[ids])


@error(tensorflow="InvalidArgumentError", jax="ValueError", torch="RuntimeError")
def binary_accuracy_of_several_classes():
    """An accuracy compares labels and predictions of two shapes, such as
    `BinaryAccuracy` class ids with one value for each class.

    It compares value by value with a threshold. For the class with the largest value
    take "accuracy" or `SparseCategoricalAccuracy`.
    """
    accuracy = keras.metrics.BinaryAccuracy()  # -
    # + accuracy = keras.metrics.SparseCategoricalAccuracy()
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=[accuracy])
    return model.fit(np.ones((8, 4)), np.arange(8) % 3)


@error(tensorflow="ValueError", jax="ValueError", torch="IndexError")
def top_classes_of_ids():
    """`TopKCategoricalAccuracy` gets class ids, and takes one-hot labels.

    For ids take `SparseTopKCategoricalAccuracy`.
    """
    top = keras.metrics.TopKCategoricalAccuracy(2)  # -
    # + top = keras.metrics.SparseTopKCategoricalAccuracy(2)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=[top])
    return model.fit(np.ones((8, 4)), np.arange(8) % 3)


@error("TypeError")
def third_argument():
    """A metric takes more than labels and predictions.

    Keras calls it with these two. Give the others before: by a function that returns
    the metric.
    """

    # + def within(y_true, y_pred, width=0.5):
    def within(y_true, y_pred, width):  # -
        return ops.mean(ops.abs(y_true - y_pred) < width, axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse", metrics=[within])
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("TypeError")
def factory_not_called():
    """A metric is a function that makes metrics, and was not called; or it takes
    predictions alone.

    A metric with options is made by a call: `metrics=[within(0.5)]`. Keras calls what
    that returns with labels and predictions.
    """

    def within(width=0.5):
        def share(y_true, y_pred):
            return ops.mean(ops.abs(y_true - y_pred) < width, axis=-1)

        return share

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse", metrics=[within])  # -
    # + model.compile("adam", "mse", metrics=[within(0.5)])
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(tensorflow="TypeError")
def labels_of_integers():
    """A metric computes with integer labels and float predictions.

    `fit` casts labels for a loss, and not for a metric. Cast them there:
    `ops.cast(y_true, y_pred.dtype)`.
    """

    def hits(y_true, y_pred):
        # + y_true = ops.cast(y_true, y_pred.dtype)
        return ops.mean(y_true * y_pred, axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=[hits])
    return model.fit(np.ones((8, 4)), np.ones((8, 1), "int64"))
