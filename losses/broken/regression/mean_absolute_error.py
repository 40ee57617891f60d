"""Mean absolute error as it is often written."""

from keras import ops

from losses.outcomes import Raises, Returns, broken


@broken(
    y_true=[1.0, 2.0, 6.0],
    y_pred=[[1.0], [2.0], [6.0]],
    probe="gradient",
    gives=Returns([[-2 / 3], [0.0], [2 / 3]]),
    instead=Returns([[0.0], [0.0], [0.0]]),
)
def column_minus_vector(y_true, y_pred):
    """Every prediction is drawn to the median of the batch, even one that is right.

    """
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[1.0], [5.0]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(1.5),
    instead=Returns(0.5),
)
def mean_over_everything(y_true, y_pred):
    """."""
    return ops.mean(ops.abs(y_true - y_pred))


@broken(
    y_true=[[[0.0], [0.0]], [[0.0], [0.0]]],
    y_pred=[[[1.0], [1.0]], [[5.0], [9.0]]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(1.5),
    instead=Returns(0.5),
)
def mean_over_the_last_axis_only(y_true, y_pred):
    """."""
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)


@broken(
    y_true=[[2.0], [2.0]],
    y_pred=[[1.0], [5.0]],
    gives=Returns([1.0, -3.0]),
    instead=Returns([1.0, 3.0]),
)
def without_the_absolute_value(y_true, y_pred):
    """The loss falls below 0, and predictions grow without end."""
    return ops.mean(y_true - y_pred, axis=-1)


@broken(
    y_true=[[2.0], [2.0]],
    y_pred=[[1.2], [4.6]],
    probe="fit_graph",
    gives=Raises("ValueError", "No gradients provided for any variable"),
    instead=Returns(1.7),
    on={"gradient": Returns(None, kind="none"), "call": Returns([1.0, 3.0])},
)
def rounded_predictions(y_true, y_pred):
    """."""
    return ops.mean(ops.abs(y_true - ops.round(y_pred)), axis=-1)


@broken(
    y_true=[[2.0], [-3.0]],
    y_pred=[[-1.0], [-1.0]],
    probe="gradient",
    gives=Returns([[0.0], [0.0]]),
    instead=Returns([[-1.0], [1.0]]),
)
def sign_of_the_prediction(y_true, y_pred):
    """."""
    wrong = ops.abs(ops.sign(y_true) - ops.sign(y_pred))
    return ops.mean(wrong, axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[1.0], [3.0]],
    probe="fit_graph",
    gives=Raises(
        "OperatorNotAllowedInGraphError", "as a Python `bool` is not allowed"
    ),
    instead=Returns(2.0),
    on={"call": Returns([1.0, 3.0])},
)
def python_if_on_a_tensor(y_true, y_pred):
    """."""
    error = ops.abs(y_true - y_pred)
    if ops.max(error) > 100:
        error = ops.clip(error, 0, 100)
    return ops.mean(error, axis=-1)


@broken(
    y_true=[[1], [3]],
    y_pred=[[1.0], [2.0]],
    gives=Raises("InvalidArgumentError", "int32"),
    instead=Returns([0.0, 1.0]),
)
def integer_labels(y_true, y_pred):
    """."""
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)
