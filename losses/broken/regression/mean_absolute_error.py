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
    found_by="check_nothing_broadcasts",
    fix_differs="on JAX abs has the slope 1 at 0",
)
def column_minus_vector(y_true, y_pred):
    """Every prediction is pulled to the median of the batch, even where it is right.

    Labels `(batch,)` minus predictions `(batch, 1)` is `(batch, batch)`: each
    prediction is compared with all labels, and their median is nearest to all. Here all
    three predictions are perfect, but only the middle one stays where it is. Give the
    labels the shape of the predictions. `y_true[:, None]` is one axis too many in
    `fit`, which has added it already.
    """
    # + y_true = ops.reshape(y_true, ops.shape(y_pred))
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[1.0], [5.0]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(1.5),
    instead=Returns(0.5),
    on={"call": Returns(3.0), "fit_graph": Returns(3.0)},
    found_by="check_one_value_per_sample",
)
def mean_over_everything(y_true, y_pred):
    """A sample of weight 0 still counts; without weights nothing looks wrong.

    Without weights the mean over everything is the right number. With them it is one
    scalar times the mean weight, 3 · 1/2, instead of (1 · 1 + 5 · 0) / 2. Take the mean
    over every axis but the first.
    """
    return ops.mean(ops.abs(y_true - y_pred))  # -
    # + return ops.mean(ops.abs(y_true - y_pred), axis=-1)


@broken(
    y_true=[[[0.0], [0.0]], [[0.0], [0.0]]],
    y_pred=[[[1.0], [1.0]], [[5.0], [9.0]]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(1.5),
    instead=Returns(0.5),
    on={"call": Returns([[1.0, 1.0], [5.0, 9.0]])},
    holds_in=">=3.6.0,<=3.15.1",
    found_by="check_one_value_per_sample",
)
def mean_over_the_last_axis_only(y_true, y_pred):
    """On sequences, `sample_weight` weights the time steps instead of the samples.

    For `(batch, time, features)` the losses of Keras return `(batch, time)`. With as
    many steps as samples, weights `(batch,)` are applied to the steps, and nothing is
    raised: here the second step is left out, not the second sample. Take the mean over
    the steps too, `ops.mean(..., axis=1)`.
    """
    return keras.losses.mean_absolute_error(y_true, y_pred)  # -
    # + return ops.mean(keras.losses.mean_absolute_error(y_true, y_pred), axis=1)


@broken(
    y_true=[[2.0], [2.0]],
    y_pred=[[1.0], [5.0]],
    gives=Returns([1.0, -3.0]),
    instead=Returns([1.0, 3.0]),
    on={"gradient": Returns([[-1.0], [-1.0]]), "fit_graph": Returns(-1.0)},
    found_by="check_labels_matter",
)
def without_the_absolute_value(y_true, y_pred):
    """The loss falls below 0.

    A prediction above its label is rewarded: the gradient is -1 on both sides, so every
    prediction is pushed up without bound, and errors of opposite sign cancel. Wrap the
    difference in `ops.abs`.
    """
    return ops.mean(y_true - y_pred, axis=-1)  # -
    # + return ops.mean(ops.abs(y_true - y_pred), axis=-1)


@broken(
    y_true=[[2.0], [2.0]],
    y_pred=[[1.2], [4.6]],
    probe="fit_graph",
    gives=Raises("ValueError", "No gradients provided for any variable"),
    instead=Returns(1.7),
    on={"call": Returns([1.0, 3.0]), "gradient": Returns(kind="none")},
    found_by="check_gradient_reaches_the_predictions",
)
def rounded_predictions(y_true, y_pred):
    """`No gradients provided for any variable`, though the loss is a number.

    A rounded prediction does not change when the weights change a little, and
    TensorFlow cuts the gradient at `round`. A direct call looks fine. Train on the
    prediction as it is; round when you report.
    """
    error = ops.abs(y_true - ops.round(y_pred))  # -
    # + error = ops.abs(y_true - y_pred)
    return ops.mean(error, axis=-1)


@broken(
    y_true=[[2.0], [-3.0]],
    y_pred=[[-1.0], [-1.0]],
    probe="gradient",
    gives=Returns([[0.0], [0.0]]),
    instead=Returns([[-1.0], [1.0]]),
    on={"fit_graph": Returns(1.0, step=0.0)},
    found_by="check_gradient_reaches_the_predictions",
)
def sign_of_the_prediction(y_true, y_pred):
    """Training changes nothing, and no error says why.

    The sign is flat on both sides of 0: its gradient is 0, not missing, so `fit` does
    not raise as it does for `round`. This is a metric. Train on the difference.
    """
    off = ops.abs(ops.sign(y_true) - ops.sign(y_pred))  # -
    # + off = ops.abs(y_true - y_pred)
    return ops.mean(off, axis=-1)


@broken(
    y_true=[[0.0], [100.0]],
    y_pred=[[1.0], [99.0]],
    probe="gradient",
    gives=Returns([[-1.0], [1.0]]),
    instead=Returns([[1.0], [-1.0]]),
    on={"call": Returns([1.0, 1.0]), "fit_graph": Returns(1.0, step=0.5**0.5)},
    found_by="check_a_step_lowers_the_loss",
    fix_differs="on PyTorch a custom gradient gets other arguments",
)
def own_gradient_with_the_wrong_sign(y_true, y_pred):
    """Each training step makes the loss larger, though the loss itself is right.

    Nothing compares a custom gradient with the loss. This one is the derivative by the
    label; by the prediction it has the other sign. Turn the sign, or remove it all:
    `ops.abs` has a gradient.
    """

    @ops.custom_gradient
    def distance(p):
        def gradient(upstream):
            return upstream * ops.sign(y_true - p)  # -
            # + return upstream * ops.sign(p - y_true)

        return ops.abs(y_true - p), gradient

    return ops.mean(distance(y_pred), axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[1.0], [3.0]],
    probe="fit_graph",
    gives=Raises("OperatorNotAllowedInGraphError", "as a Python `bool` is not allowed"),
    instead=Returns(2.0),
    on={"call": Returns([1.0, 3.0]), "fit_eager": Returns(2.0)},
    found_by="check_graph",
)
def python_if_on_a_tensor(y_true, y_pred):
    """``Using a symbolic `tf.Tensor` as a Python `bool` is not allowed`` in `fit`.

    `if` needs True or False at once; while `fit` builds its graph the value does not
    exist yet. A direct call and `run_eagerly=True` work, which hides the mistake.
    Decide with a tensor: `ops.where(error > 100, ..., ...)`, or here
    `ops.minimum(error, 100)` alone.
    """
    error = ops.abs(y_true - y_pred)
    if ops.max(error) > 100:  # -
        error = ops.minimum(error, 100)  # -
    # + error = ops.minimum(error, 100)
    return ops.mean(error, axis=-1)


@broken(
    y_true=[[1], [3]],
    y_pred=[[1.0], [2.0]],
    gives=Raises("InvalidArgumentError", "expected to be a int32 tensor"),
    instead=Returns([0.0, 1.0]),
    on={"fit_graph": Returns(0.5)},
    found_by="check_label_dtypes",
    fix_differs="on JAX abs has the slope 1 at 0",
)
def integer_labels(y_true, y_pred):
    """`expected to be a int32 tensor but is a float tensor`, but not in `fit`.

    `-` does not convert one dtype to the other. `fit` casts the labels to float first;
    a direct call and a custom training loop do not. Cast the labels
    to the dtype of the predictions.
    """
    # + y_true = ops.cast(y_true, y_pred.dtype)
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)
