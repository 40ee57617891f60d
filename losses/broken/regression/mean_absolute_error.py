"""Mean absolute error as it is often written."""

import keras
from keras import ops

from losses.evidence.declarations import Raises, Returns, broken


@broken(
    y_true=[1.0, 2.0, 6.0],
    y_pred=[[1.0], [2.0], [6.0]],
    probe="gradient",
    gives=Returns([[-2 / 3], [0.0], [2 / 3]]),
    instead=Returns([[0.0], [0.0], [0.0]]),
    on={"call": Returns([2.0, 5 / 3, 3.0])},
)
def column_minus_vector(y_true, y_pred):
    """Every prediction is drawn to the median of the batch, even where it is right.

    Labels `(batch,)` minus predictions `(batch, 1)` is `(batch, batch)`, so each
    prediction is compared with all labels, and what is nearest to all is their median.
    Here all three are perfect; only the middle one is left where it is. Give the
    labels the shape of the predictions, `y_true[:, None]`.
    """
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[1.0], [5.0]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(1.5),
    instead=Returns(0.5),
    on={"call": Returns(3.0), "fit_graph": Returns(3.0)},
)
def mean_over_everything(y_true, y_pred):
    """A sample of weight 0 still counts, and nothing shows it until there are weights.

    Without weights the mean over all is the mean of the means, the right number. With
    them it is one scalar times the mean weight, 3 · 1/2, and not (1 · 1 + 5 · 0) / 2.
    Take the mean over every axis but the first.
    """
    return ops.mean(ops.abs(y_true - y_pred))


@broken(
    y_true=[[[0.0], [0.0]], [[0.0], [0.0]]],
    y_pred=[[[1.0], [1.0]], [[5.0], [9.0]]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(1.5),
    instead=Returns(0.5),
    on={"call": Returns([[1.0, 1.0], [5.0, 9.0]])},
    holds_in=">=3.6.0,<=3.15.1",
)
def mean_over_the_last_axis_only(y_true, y_pred):
    """On sequences, `sample_weight` weights the time steps instead of the samples.

    For `(batch, time, features)` the losses of Keras return `(batch, time)`. With as
    many steps as samples, weights `(batch,)` fit the steps, and nothing is raised: here
    the second step is left out, not the second sample. Take the mean over the steps
    too, `ops.mean(..., axis=1)`.
    """
    return keras.losses.mean_absolute_error(y_true, y_pred)


@broken(
    y_true=[[2.0], [2.0]],
    y_pred=[[1.0], [5.0]],
    gives=Returns([1.0, -3.0]),
    instead=Returns([1.0, 3.0]),
    on={"gradient": Returns([[-1.0], [-1.0]]), "fit_graph": Returns(-1.0)},
)
def without_the_absolute_value(y_true, y_pred):
    """The loss falls below 0.

    A prediction above its label is rewarded: the gradient is -1 on both sides, so every
    prediction is pushed up without end, and errors of opposite sign cancel. Wrap the
    difference in `ops.abs`.
    """
    return ops.mean(y_true - y_pred, axis=-1)


@broken(
    y_true=[[2.0], [2.0]],
    y_pred=[[1.2], [4.6]],
    probe="fit_graph",
    gives=Raises("ValueError", "No gradients provided for any variable"),
    instead=Returns(1.7),
    on={"call": Returns([1.0, 3.0]), "gradient": Returns(kind="none")},
)
def rounded_predictions(y_true, y_pred):
    """`No gradients provided for any variable`, though the loss is a number.

    A rounded prediction does not change when the weights change a little, and
    TensorFlow cuts the gradient at `round`. The value of a direct call looks fine.
    Train on the prediction as it is; round when you report.
    """
    error = ops.abs(y_true - ops.round(y_pred))
    return ops.mean(error, axis=-1)


@broken(
    y_true=[[2.0], [-3.0]],
    y_pred=[[-1.0], [-1.0]],
    probe="gradient",
    gives=Returns([[0.0], [0.0]]),
    instead=Returns([[-1.0], [1.0]]),
    on={"fit_graph": Returns(1.0, step=0.0)},
)
def sign_of_the_prediction(y_true, y_pred):
    """Training changes nothing, and no error says why.

    The sign is flat on both sides of 0: its gradient is 0, not missing, so `fit` does
    not complain as it does about `round`. It is a metric. Train on the difference.
    """
    off = ops.abs(ops.sign(y_true) - ops.sign(y_pred))
    return ops.mean(off, axis=-1)


@broken(
    y_true=[[0.0], [100.0]],
    y_pred=[[1.0], [99.0]],
    probe="gradient",
    gives=Returns([[-1.0], [1.0]]),
    instead=Returns([[1.0], [-1.0]]),
    on={"call": Returns([1.0, 1.0]), "fit_graph": Returns(1.0, step=0.5**0.5)},
)
def own_gradient_with_the_wrong_sign(y_true, y_pred):
    """Each step of training makes the loss larger, though the loss itself is right.

    A gradient of one's own is taken as it is, and nothing compares it with the loss.
    This one is the slope in the label; in the prediction it has the other sign,
    `ops.sign(p - y_true)`. Leave it out: `ops.abs` has a gradient.
    """

    @ops.custom_gradient
    def distance(p):
        def gradient(upstream):
            return upstream * ops.sign(y_true - p)

        return ops.abs(y_true - p), gradient

    return ops.mean(distance(y_pred), axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[1.0], [3.0]],
    probe="fit_graph",
    gives=Raises("OperatorNotAllowedInGraphError", "as a Python `bool` is not allowed"),
    instead=Returns(2.0),
    on={"call": Returns([1.0, 3.0]), "fit_eager": Returns(2.0)},
)
def python_if_on_a_tensor(y_true, y_pred):
    """``Using a symbolic `tf.Tensor` as a Python `bool` is not allowed`` in `fit`.

    `if` needs True or False now; in the graph of `fit` the value does not exist yet. A
    direct call and `run_eagerly=True` work, which hides it. Let a tensor decide:
    `ops.where(error > 100, ..., ...)`, or here `ops.minimum(error, 100)` alone.
    """
    error = ops.abs(y_true - y_pred)
    if ops.max(error) > 100:
        error = ops.minimum(error, 100)
    return ops.mean(error, axis=-1)


@broken(
    y_true=[[1], [3]],
    y_pred=[[1.0], [2.0]],
    gives=Raises("InvalidArgumentError", "expected to be a int32 tensor"),
    instead=Returns([0.0, 1.0]),
    on={"fit_graph": Returns(0.5)},
)
def integer_labels(y_true, y_pred):
    """`expected to be a int32 tensor but is a float tensor`, but not in `fit`.

    `-` between two tensors does not convert them. `fit` casts the labels to float
    first; a direct call and a training loop of your own do not. Cast them:
    `ops.cast(y_true, y_pred.dtype)`.
    """
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)
