"""Mean squared error as it is often written."""

import keras
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
    own left to be weighted; the weights enter through their mean. Reduce over every
    axis but the first.
    """
    return ops.sum(ops.square(y_true - y_pred))


@broken(
    y_true=[[[1.0, 2.0]], [[3.0, 4.0]]],
    y_pred=[[1.0, 2.0], [3.0, 4.0]],
    gives=Returns([[0.0, 4.0], [4.0, 0.0]]),
    instead=Raises("ValueError", r"y_true \(2, 1, 2\) and y_pred \(2, 2\)"),
)
def extra_axis_in_the_labels(y_true, y_pred):
    """Perfect predictions do not get a loss of 0, because the labels have an extra axis.

    `(batch, 1, features)` against `(batch, features)` broadcasts to
    `(batch, batch, features)`. Only a trailing axis of size 1 is ever aligned by Keras.
    Remove it: `ops.squeeze(y_true, axis=1)`.
    """
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


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
