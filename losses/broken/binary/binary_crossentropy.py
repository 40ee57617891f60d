"""Binary crossentropy as it is often written."""

from math import exp, log

import keras
from keras import ops
from numpy import nan

from losses.outcomes import Raises, Returns, broken


@broken(
    y_true=[1.0, 0.0],
    y_pred=[[0.75], [0.25]],
    gives=Returns([log(16 / 3) / 2, log(16 / 3) / 2]),
    instead=Returns([log(4 / 3), log(4 / 3)]),
)
def column_minus_vector(y_true, y_pred):
    """Every sample gets the same loss, though each is predicted rightly.

    Labels `(batch,)` and predictions `(batch, 1)` make `(batch, batch)`: each
    prediction is held against the labels of all samples. `fit` aligns the two for a
    plain function; a direct call and a training loop of your own do not. Give the
    labels the shape of the predictions, `y_true[:, None]`.
    """
    positive = y_true * ops.log(y_pred)
    negative = (1 - y_true) * ops.log(1 - y_pred)
    return -ops.mean(positive + negative, axis=-1)


@broken(
    y_true=[1.0, 0.0],
    y_pred=[[0.75], [0.25]],
    probe="fit_graph",
    gives=Returns(log(16 / 3) / 2),
    instead=Returns(log(4 / 3)),
)
class ColumnMinusVectorInASubclass(keras.losses.Loss):
    """The loss in `fit` is too high, and training pulls every prediction to the mean.

    Keras aligns `(batch,)` labels with `(batch, 1)` predictions for a plain function.
    What overrides `Loss.call` gets them as they are, and broadcasts them to
    `(batch, batch)`. Align the two in `call`.
    """

    def call(self, y_true, y_pred):
        positive = y_true * ops.log(y_pred)
        negative = (1 - y_true) * ops.log(1 - y_pred)
        return -ops.mean(positive + negative, axis=-1)


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[0.75], [0.25]],
    probe="fit_graph",
    gives=Returns(log(16 / 3) / 2),
    instead=Returns(log(4 / 3)),
)
def one_side_squeezed(y_true, y_pred):
    """x."""
    p = ops.squeeze(y_pred, axis=-1)
    positive = y_true * ops.log(p)
    negative = (1 - y_true) * ops.log(1 - p)
    return -ops.mean(positive + negative, axis=-1)


@broken(
    y_true=[[1.0]],
    y_pred=[[0.5]],
    gives=Raises("ValueError", "x"),
    instead=Returns([log(2)]),
)
def squeeze_on_a_batch_of_one(y_true, y_pred):
    """x."""
    y_true, y_pred = ops.squeeze(y_true), ops.squeeze(y_pred)
    positive = y_true * ops.log(y_pred)
    negative = (1 - y_true) * ops.log(1 - y_pred)
    return -(positive + negative)


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.5, 0.5]],
    gives=Raises("ValueError", "x"),
    instead=Returns([log(2)]),
)
def squeeze_b(y_true, y_pred):
    """x."""
    y_true, y_pred = ops.squeeze(y_true), ops.squeeze(y_pred)
    return ops.binary_crossentropy(y_true, y_pred)


@broken(
    y_true=[[1.0]],
    y_pred=[[0.5]],
    gives=Raises("ValueError", "x"),
    instead=Returns([log(2)]),
)
def squeeze_c(y_true, y_pred):
    """x."""
    y_pred = ops.squeeze(y_pred)
    y_true = ops.squeeze(y_true)
    return keras.losses.binary_crossentropy(y_true, y_pred)


@broken(
    y_true=[[1.0]],
    y_pred=[[0.5]],
    gives=Raises("ValueError", "x"),
    instead=Returns([log(2)]),
)
def squeeze_d(y_true, y_pred):
    """x."""
    y_pred = ops.squeeze(y_pred)
    return keras.losses.binary_crossentropy(y_true, y_pred)


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[1.0], [0.0]],
    gives=Returns([log(1 + exp(-1)), log(2)]),
    instead=Returns([0.0, 0.0]),
)
def probability_as_logits(y_true, y_pred):
    """x."""
    return keras.losses.binary_crossentropy(
        y_true, y_pred, from_logits=True
    )


@broken(
    y_true=[[1.0], [1.0]],
    y_pred=[[1.0], [-1.0]],
    options={"from_logits": True},
    gives=Returns([0.0, -log(1e-7)]),
    instead=Returns([log(1 + exp(-1)), log(1 + exp(1))]),
)
def logits_as_probability(y_true, y_pred):
    """x."""
    return keras.losses.binary_crossentropy(y_true, y_pred)


@broken(
    y_true=[[0.0]],
    y_pred=[[40.0]],
    options={"from_logits": True},
    probe="gradient",
    gives=Returns([[0.0]]),
    instead=Returns([[1.0]]),
)
def sigmoid_then_clip(y_true, y_pred):
    """x."""
    p = ops.clip(ops.sigmoid(y_pred), 1e-7, 1 - 1e-7)
    positive = y_true * ops.log(p)
    negative = (1 - y_true) * ops.log(1 - p)
    return -ops.mean(positive + negative, axis=-1)


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[1.0], [0.5]],
    gives=Returns([nan, log(2)]),
    instead=Returns([0.0, log(2)]),
)
def log_of_zero(y_true, y_pred):
    """x."""
    positive = y_true * ops.log(y_pred)
    negative = (1 - y_true) * ops.log(1 - y_pred)
    return -ops.mean(positive + negative, axis=-1)


@broken(
    y_true=[[1], [0]],
    y_pred=[[0.5], [0.5]],
    gives=Raises("InvalidArgumentError", "expected to be a int32 tensor but is a float"),
    instead=Returns([log(2), log(2)]),
)
def integer_labels(y_true, y_pred):
    """x."""
    p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    positive = y_true * ops.log(p)
    negative = (1 - y_true) * ops.log(1 - p)
    return -ops.mean(positive + negative, axis=-1)


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[0.5], [0.5]],
    options={"pos_weight": 3.0},
    gives=Returns([log(2), 3 * log(2)]),
    instead=Returns([3 * log(2), log(2)]),
)
def pos_weight_on_the_negatives(
    y_true, y_pred, pos_weight=3.0
):
    """x."""
    p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    positive = y_true * ops.log(p)
    negative = (1 - y_true) * ops.log(1 - p)
    return -ops.mean(positive + pos_weight * negative, axis=-1)


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[0.75], [0.25]],
    options={"label_smoothing": 0.2},
    gives=Returns([log(4 / 3), 0.2 * log(4) + 0.8 * log(4 / 3)]),
    instead=Returns([0.1 * log(4) + 0.9 * log(4 / 3)] * 2),
)
def smoothing_not_halved(y_true, y_pred, label_smoothing=0.2):
    """x."""
    y_true = y_true * (1 - label_smoothing) + label_smoothing
    return keras.losses.binary_crossentropy(y_true, y_pred)


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[0.5], [0.5]],
    gives=Returns([-log(1e-7) / 2] * 2),
    instead=Returns([log(2), log(2)]),
)
def arguments_exchanged(y_true, y_pred):
    """x."""
    return keras.losses.binary_crossentropy(y_pred, y_true)


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[0.75], [0.25]],
    probe="fit_graph",
    gives=Raises("ValueError", "No gradients provided for any variable"),
    instead=Returns(log(4 / 3)),
)
def rounded_predictions(y_true, y_pred):
    """x."""
    return keras.losses.binary_crossentropy(
        y_true, ops.round(y_pred)
    )
