"""What people say about class ids and one-hot labels."""

import keras
import tensorflow as tf
from keras import ops

from losses.evidence.declarations import Fails, Raises, Runs, claim


@claim(
    "000_3c468f6f65558dfb.txt example 3",
    said_to_fail=Fails("[Ss]hape"),
    advice=Runs(shape=(2,)),
    y_true=[1, 0],
    y_pred=[[0.25, 0.5, 0.25], [0.5, 0.25, 0.25]],
)
class IdsInCategoricalCrossentropy:
    """Class ids in categorical crossentropy raise an error about shapes. They need the
    sparse one."""

    def said_to_fail(y_true, y_pred):
        return keras.losses.categorical_crossentropy(y_true, y_pred)

    def advice(y_true, y_pred):
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)

    def works(y_true, y_pred):
        ids = ops.cast(ops.reshape(y_true, (-1,)), "int32")
        return keras.losses.categorical_crossentropy(ops.one_hot(ids, 3), y_pred)


@claim(
    "000_3c468f6f65558dfb.txt prose",
    said_to_fail=Fails("[Ss]hape"),
    advice=Runs(shape=(2,)),
    y_true=[[0, 1, 0], [1, 0, 0]],
    y_pred=[[0.25, 0.5, 0.25], [0.5, 0.25, 0.25]],
)
class OneHotInSparseCrossentropy:
    """One-hot labels in sparse categorical crossentropy raise an error about shapes.
    They need the categorical one."""

    def said_to_fail(y_true, y_pred):
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)

    def advice(y_true, y_pred):
        return keras.losses.categorical_crossentropy(y_true, y_pred)


@claim(
    "000_3c468f6f65558dfb.txt prose",
    said_to_fail=Fails("[Ss]hape"),
    y_true=[[1], [0]],
    y_pred=[[0.25, 0.5, 0.25], [0.5, 0.25, 0.25]],
)
class IdsInAColumn:
    """Sparse categorical crossentropy needs labels of shape `(batch,)`."""

    def said_to_fail(y_true, y_pred):
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)


@claim(
    "002_65d43e6c1f95d266.txt example 3",
    said_to_fail=Raises("InvalidArgumentError"),
    advice=Runs(),
)
class OneHotDepthTooSmall:
    """One-hot labels of too few classes stop the loss with an InvalidArgumentError
    about dimensions that do not match. The right depth fixes it."""

    def said_to_fail():
        labels = tf.one_hot([0, 1, 2], depth=2)
        return keras.losses.CategoricalCrossentropy()(labels, tf.fill((3, 2), 1 / 2))

    def advice():
        labels = tf.one_hot([0, 1, 2], depth=3)
        return keras.losses.CategoricalCrossentropy()(labels, tf.fill((3, 3), 1 / 3))


@claim(
    "002_65d43e6c1f95d266.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
    y_true=[0, 3],
    y_pred=[[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]],
)
class IdBeyondTheLastClass:
    """A label of a class that the model does not have stops the loss with an
    InvalidArgumentError."""

    def said_to_fail(y_true, y_pred):
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)


@claim(
    "002_65d43e6c1f95d266.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
    y_true=[[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
    y_pred=[[0.5, 0.5], [0.5, 0.5]],
)
class OneHotWiderThanThePredictions:
    """One-hot labels with more classes than the predictions stop the loss with an
    InvalidArgumentError."""

    def said_to_fail(y_true, y_pred):
        return keras.losses.categorical_crossentropy(y_true, y_pred)


@claim(
    "002_65d43e6c1f95d266.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
    y_true=[1, 0],
    y_pred=[[0.25, 0.5, 0.25], [0.5, 0.25, 0.25]],
)
class LabelsNotOneHot:
    """Labels that were not made one-hot stop the loss with an InvalidArgumentError."""

    def said_to_fail(y_true, y_pred):
        return keras.losses.categorical_crossentropy(y_true, y_pred)
