"""Mean squared error as it is often written."""

import keras
import numpy as np
from keras import ops

from losses.outcomes import Raises, Returns, broken


@broken(
    y_true=[1.0, 2.0],
    y_pred=[[1.0], [2.0]],
    gives=Returns([0.5, 0.5]),
    instead=Returns([0.0, 0.0]),
)
def column_minus_vector(y_true, y_pred):
    """Perfect predictions do not get a loss of 0.

    Labels `(batch,)` minus predictions `(batch, 1)` is `(batch, batch)`: every label
    is compared with every prediction. `fit` aligns the two for a plain function; a
    direct call, a training loop of your own and a `Loss` subclass do not. Give the
    labels the shape of the predictions, `y_true[:, None]`.
    """
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


@broken(
    y_true=[1.0, 2.0],
    y_pred=[[1.0], [2.0]],
    probe="fit_graph",
    gives=Returns(0.5),
    instead=Returns(0.0),
)
class ColumnMinusVectorInASubclass(keras.losses.Loss):
    """The loss of perfect predictions is not 0, in `fit` as well.

    Keras aligns `(batch,)` labels with `(batch, 1)` predictions for a plain function.
    What overrides `Loss.call` gets them as they are, and broadcasts them to
    `(batch, batch)`. Align the two in `call`.
    """

    def call(self, y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), axis=-1)


@broken(
    y_true=[[[1.0, 2.0]], [[3.0, 4.0]]],
    y_pred=[[1.0, 2.0], [3.0, 4.0]],
    gives=Returns([[0.0, 4.0], [4.0, 0.0]]),
    instead=Raises("ValueError", r"y_true \(2, 1, 2\) and y_pred \(2, 2\)"),
)
def extra_axis_in_the_labels(y_true, y_pred):
    """Perfect predictions do not get a loss of 0: the labels have an axis too many.

    `(batch, 1, features)` against `(batch, features)` broadcasts to
    `(batch, batch, features)`. Only a trailing axis of size 1 is ever aligned by Keras.
    Remove it: `ops.squeeze(y_true, axis=1)`.
    """
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


@broken(
    y_true=[[1.0, 2.0], [3.0, 4.0]],
    y_pred=[[1.0, 2.0], [3.0, 2.0]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(2.0),
    instead=Returns(0.0),
)
def sum_over_everything(y_true, y_pred):
    """A sample of weight 0 still counts: `sample_weight` only scales the whole loss.

    A sum over every axis is one scalar for the batch, so no sample has a loss of its
    own left to be weighted; the weights enter through their mean. Take the mean over
    every axis but the first.
    """
    return ops.sum(ops.square(y_true - y_pred))


@broken(
    y_true=[[0.0, 0.0], [0.0, 0.0]],
    y_pred=[[1.0, 0.0], [0.0, 3.0]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(0.25),
    instead=Returns(0.25),
)
def mean_over_the_batch_axis(y_true, y_pred):
    """The weights of the samples go to the features."""
    return ops.mean(ops.square(y_true - y_pred), axis=0)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[2.0], [2.0]],
    gives=Returns(2.0),
    instead=Returns([4.0, 4.0]),
)
def divided_by_a_fixed_batch_size(y_true, y_pred, batch_size=4):
    """The last batch of an epoch, which is smaller, counts less than it should.

    A batch of 2 is divided by 4. Take a mean over the axes after the first, and leave
    the mean over the batch to Keras: it knows how many samples there are.
    """
    return ops.sum(ops.square(y_true - y_pred)) / batch_size


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[1.0], [2.0]],
    probe="fit_graph",
    gives=Returns(2.0),
    instead=Returns(2.5),
    on={"call": Returns([[1.0, 4.0], [1.0, 2.0]], kind="list")},
)
def two_losses_in_a_list(y_true, y_pred):
    """A list of two losses trains on their mean, not on their sum. Nothing is raised.

    Keras stacks the list into one tensor and takes the mean over all of it. Add the
    losses up, with a weight each.
    """
    squared = ops.mean(ops.square(y_true - y_pred), axis=-1)
    absolute = ops.mean(ops.abs(y_true - y_pred), axis=-1)
    return [squared, absolute]


@broken(
    y_true=[[1.0, 2.0], [0.0, 0.0]],
    y_pred=[[1.0, 2.0], [3.0, 4.0]],
    probe="gradient",
    gives=Returns([[np.nan, np.nan], [0.6, 0.8]]),
    instead=Returns([[0.0, 0.0], [3.0, 4.0]]),
)
def root_of_zero(y_true, y_pred):
    """One prediction that is exactly right turns every weight into NaN.
    """
    return ops.sqrt(ops.mean(ops.square(y_true - y_pred), axis=-1))


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[1.0], [3.0]],
    probe="fit_graph",
    gives=Raises("NotImplementedError", "Cannot convert a symbolic tf.Tensor"),
    instead=Returns(5.0),
    on={
        "call": Returns([1.0, 9.0]),
        "fit_eager": Raises("ValueError", "No gradients provided"),
    },
)
def numpy_in_the_loss(y_true, y_pred):
    """`Cannot convert a symbolic tf.Tensor to a numpy array`, but only in `fit`.

    """
    y_true, y_pred = np.array(y_true), np.array(y_pred)
    return np.mean((y_true - y_pred) ** 2, axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[1.0], [3.0]],
    probe="fit_graph",
    gives=Raises("ValueError", "None values not supported"),
    instead=Returns(5.0),
)
def nothing_returned(y_true, y_pred):
    """`None values not supported.`, because the function ends without `return`.

    """
    squared = ops.square(y_true - y_pred)
    ops.mean(squared, axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[1.0], [3.0]],
    probe="fit_graph",
    gives=Raises("TypeError", "of type 'function'"),
    instead=Returns(5.0),
)
def factory_not_called(model, x, y):
    """`Expected float32, but got <function ...> of type 'function'.`

    """

    def scaled(factor=1.0, power=2.0):
        def loss(y_true, y_pred):
            error = ops.abs(y_true - y_pred) ** power
            return factor * ops.mean(error, axis=-1)

        return loss

    model.compile(loss=scaled)
    return model.fit(x, y)
