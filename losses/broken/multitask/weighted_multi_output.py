"""Several outputs with a loss and a weight each, as they are often trained."""

import numpy as np
from keras import ops
from keras.losses import mean_squared_error

from losses.evidence.declarations import Raises, Returns, broken

PACKED = {
    "outputs": {"pulse": ("mse", 1.0), "rest": ("mse", 10.0)},
    "columns": {"pulse": 1, "rest": 2},
}


@broken(
    y_true=[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
    y_pred=[[1.0, 1.0, 1.0], [3.0, 2.0, 2.0]],
    options=PACKED,
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(7.5),
    instead=Returns(5.5),
    on={"call": Returns([15.0, 45.0]), "fit_graph": Returns(30.0)},
    found_by="check_agrees_with_reference",
    fix_misses="the columns are in another order there",
)
def first_column_as_a_vector(y_true, y_pred):
    """A sample of weight 0 still counts, with its first column.

    `y[:, 0]` is `(batch,)`: its last axis is the batch, so the mean over it is a
    scalar, which is added to every sample. Without weights the mean over the batch and
    its gradient are right. Keep the axis: `y[:, :1]`.
    """
    pulse = mean_squared_error(y_true[:, 0], y_pred[:, 0])  # -
    # + pulse = mean_squared_error(y_true[:, :1], y_pred[:, :1])
    rest = mean_squared_error(y_true[:, 1:], y_pred[:, 1:])
    return pulse + 10 * rest


@broken(
    y_true=[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
    y_pred=[[1.0, 1.0, 1.0], [3.0, 2.0, 2.0]],
    options=PACKED,
    gives=Raises("ValueError", r"Argument `axis` = 1 not in range \[-1, 1\)"),
    instead=Returns([11.0, 49.0]),
    found_by="check_runs",
    fix_misses="the columns are in another order there",
)
def first_column_stacked(y_true, y_pred):
    """Stacking two losses raises an error about an axis that does not exist.

    `y[:, 0]` is `(batch,)`, so its mean over the last axis is a scalar; `y[:, 1:]`
    gives one value per sample. A scalar has no `axis=1` to stack along. Keep the axis,
    `y[:, :1]`, and add.
    """
    pulse = mean_squared_error(y_true[:, 0], y_pred[:, 0])  # -
    # + pulse = mean_squared_error(y_true[:, :1], y_pred[:, :1])
    rest = mean_squared_error(y_true[:, 1:], y_pred[:, 1:])
    stacked = ops.stack([pulse, 10 * rest], axis=1)  # -
    return ops.mean(stacked, axis=1)  # -
    # + return pulse + 10 * rest


@broken(
    y_true={"rest": [[0.0, 0.0], [0.0, 0.0]], "pulse": [[0.0], [0.0]]},
    y_pred={"rest": [[2.0, 2.0], [2.0, 2.0]], "pulse": [[3.0], [3.0]]},
    options={"outputs": {"rest": ("mse", 1.0), "pulse": ("mae", 1.0)}},
    probe="fit_graph",
    gives=Returns(11.0),
    instead=Returns(7.0),
    holds_in=">=3.6.0,<=3.15.1",
)
def losses_in_a_list_for_named_outputs(model, x, y):
    """Each output trains with the loss of the other. Nothing is raised.

    The outputs are `{"rest": ..., "pulse": ...}`. Keras goes through a dict of outputs
    in alphabetical order, so "mse" meets `pulse` and "mae" meets `rest`. Pass the
    losses as a dict.
    """
    model.compile("adam", loss=["mse", "mae"])  # -
    # + model.compile("adam", loss={"rest": "mse", "pulse": "mae"})
    return model.fit(x, y)


@broken(
    y_true={"rest": [[0.0, 0.0], [0.0, 0.0]], "pulse": [[0.0], [0.0]]},
    y_pred={"rest": [[2.0, 2.0], [2.0, 2.0]], "pulse": [[3.0], [3.0]]},
    options={"outputs": {"rest": ("mse", 1.0), "pulse": ("mae", 10.0)}},
    probe="fit_graph",
    gives=Returns(43.0),
    instead=Returns(34.0),
    holds_in=">=3.6.0,<=3.15.1",
)
def weight_of_a_name_that_does_not_exist(model, x, y):
    """The weights end up on the wrong outputs. Nothing is raised.

    No output is called "rhythm". Instead of raising an error, Keras matches the weights
    by position: "rest" and "rhythm", in alphabetical order, with the outputs "pulse"
    and "rest". Use the names that the model has.
    """
    losses = {"rest": "mse", "pulse": "mae"}
    weights = {"rest": 1, "rhythm": 10}  # -
    # + weights = {"rest": 1, "pulse": 10}
    model.compile("adam", loss=losses, loss_weights=weights)
    return model.fit(x, y)


@broken(
    y_true={"rest": [[0.0, 0.0], [0.0, 0.0]], "pulse": [[0.0], [0.0]]},
    y_pred={"rest": [[2.0, 2.0], [2.0, 2.0]], "pulse": [[3.0], [3.0]]},
    options={"outputs": {"rest": ("mse", 1.0), "pulse": ("mae", 10.0)}},
    probe="fit_graph",
    gives=Returns(43.0),
    instead=Returns(34.0),
    holds_in=">=3.6.0,<=3.15.1",
)
def weights_in_a_list_beside_a_dict(model, x, y):
    """The weights end up on the wrong outputs, though they are in the right order.

    A list of weights is matched with a dict of losses in alphabetical order: the first
    weight goes to `pulse`, not to `rest`. Pass the weights as a dict too.
    """
    losses = {"rest": "mse", "pulse": "mae"}
    model.compile("adam", loss=losses, loss_weights=[1, 10])  # -
    # + weights = {"rest": 1, "pulse": 10}
    # + model.compile("adam", loss=losses, loss_weights=weights)
    return model.fit(x, y)


@broken(
    y_true=[[0.0, 0.0], [0.0, 0.0]],
    y_pred=[[1.0, 4.0], [1.0, 4.0]],
    options={
        "outputs": {"pulse": ("mse", 1.0), "waist": ("mae", 10.0)},
        "columns": {"pulse": 1, "waist": 1},
    },
    probe="fit_graph",
    gives=Returns(8.5),
    instead=Returns(41.0),
    holds_in=">=3.10.0,<=3.15.1",
)
def two_losses_for_one_output(model, x, y):
    """The second loss and its weight are ignored. Nothing is raised.

    The columns of one tensor are one output, not two, and for one output Keras uses the
    first loss of a list, on all columns. Pass one loss that splits the columns, such
    as `losses.WeightedMultiOutput`, or give the model an output for each.
    """
    # + import losses

    losses, weights = ["mse", "mae"], [1, 10]  # -
    model.compile("adam", loss=losses, loss_weights=weights)  # -
    # + outputs = {"pulse": ("mse", 1), "waist": ("mae", 10)}
    # + loss = losses.WeightedMultiOutput(outputs, columns={"pulse": 1, "waist": 1})
    # + model.compile("adam", loss=loss)
    return model.fit(x, y)


@broken(
    y_true=([[2.0, 2.0], [2.0, 2.0]], [[3.0], [3.0]]),
    y_pred={"rest": [[2.0, 2.0], [2.0, 2.0]], "pulse": [[3.0], [3.0]]},
    options={"outputs": {"rest": ("mse", 1.0), "pulse": ("mse", 1.0)}},
    probe="fit_graph",
    gives=Returns(2.0),
    instead=Raises("ValueError", r"output 'rest': y_true \(2, 1\) and y_pred \(2, 2\)"),
    holds_in=">=3.6.0,<=3.15.1",
    fix_misses="it names the labels of a list, and that is what the numbers forbid",
    fix_differs="it names the labels, which the loss of the catalog gets as a list",
)
def labels_in_the_wrong_order(model, x, y):
    """Perfect predictions do not get a loss of 0: each meets the labels of the other.

    The labels are a list in the order in which the model defines its outputs,
    `{"rest": ..., "pulse": ...}`. Keras reads a list in alphabetical order, and
    `(batch, 2)` labels broadcast against `(batch, 1)` predictions. Pass the labels as a
    dict: `{"rest": ..., "pulse": ...}`.
    """
    losses = {"rest": "mse", "pulse": "mse"}
    model.compile("adam", loss=losses)
    return model.fit(x, y)  # -
    # + return model.fit(x, {"rest": y[0], "pulse": y[1]})


@broken(
    y_true={"pulse": [[0.0], [0.0]], "rest": [[0.0, 0.0], [0.0, 0.0]]},
    y_pred={"pulse": [[2.0], [2.0]], "rest": [[1.0, 1.0], [1.0, 1.0]]},
    options={"outputs": {"pulse": ("mse", 3.0), "rest": ("mse", 1.0)}},
    probe="fit_graph",
    gives=Returns(37.0),
    instead=Returns(13.0),
    fix_differs="load_model does not find a function that is not registered",
)
def weight_applied_twice(model, x, y):
    """An output weighted 3 counts 9 times.

    The weight is in the loss function and in `loss_weights`, and Keras multiplies the
    two. Use one of the two places.
    """

    def pulse_loss(y_true, y_pred):
        return 3 * mean_squared_error(y_true, y_pred)  # -
        # + return mean_squared_error(y_true, y_pred)

    losses = {"pulse": pulse_loss, "rest": "mse"}
    weights = {"pulse": 3, "rest": 1}
    model.compile("adam", loss=losses, loss_weights=weights)
    return model.fit(x, y)


@broken(
    y_true=([[0.0], [0.0], [0.0]], [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]),
    y_pred=([[0.0], [0.0], [3.0]], [[0.0, 0.0], [0.0, 0.0], [6.0, 6.0]]),
    options={"outputs": {"first": ("mse", 1.0), "second": ("mae", 1.0)}},
    probe="fit_graph",
    gives=Returns(0.0),
    instead=Returns(5.0),
    on={"call": Returns([0.0, 0.0, 15.0])},
)
# + def one_function_for_all_outputs(model, x, y):
def one_function_for_all_outputs(y_true, y_pred):  # -
    """Right when called with two lists; in `fit`, all samples but two are ignored.

    `fit` calls one function once for each output, with the tensors of this output
    alone. There, `y_true[0]` is the first sample. Give each output its own loss, or
    override `compute_loss`, which gets all outputs together.
    """
    squared = ops.square(y_true[0] - y_pred[0])  # -
    absolute = ops.abs(y_true[1] - y_pred[1])  # -
    return ops.mean(squared, -1) + ops.mean(absolute, -1)  # -
    # + model.compile("adam", loss=["mse", "mae"])
    # + return model.fit(x, y)


@broken(
    y_true=([[0.0], [0.0]], [[0.0], [0.0]]),
    y_pred=([[1.0], [3.0]], [[2.0], [4.0]]),
    options={"outputs": {"first": ("mse", 1.0), "second": ("mse", 1.0)}},
    probe="sample_weight",
    sample_weight=([1.0, 0.0], [0.0, 1.0]),
    gives=Raises("KeyError", "^0$"),
    instead=Returns(8.5),
    holds_in=">=3.10.0,<=3.15.1",
    fix_misses="the sample weights are others there, or none",
    fix_differs="it brings sample weights of its own",
)
def sample_weights_by_name_for_a_list(model, x, y):
    """`KeyError: 0`, though labels and sample weights have the right names.

    The outputs of the model are a list. Keras brings labels passed by name into its
    order, but not sample weights. Pass both as lists, or give the model a dict of
    outputs.
    """
    labels = {"first": y[0], "second": y[1]}  # -
    weights = {
        "first": np.array([1.0, 0.0]),
        "second": np.array([0.0, 1.0]),
    }
    model.compile("adam", loss="mse")
    return model.fit(x, labels, sample_weight=weights)  # -
    # + return model.fit(x, y, sample_weight=list(weights.values()))


@broken(
    y_true={"pulse": [[0.0], [0.0]], "rest": [[0.0, 0.0], [0.0, 0.0]]},
    y_pred={"pulse": [[2.0], [2.0]], "rest": [[3.0, 3.0], [3.0, 3.0]]},
    options={"outputs": {"pulse": ("mse", 1.0), "rest": ("mse", 1.0)}},
    probe="fit_graph",
    gives=Returns(4.0),
    instead=Returns(13.0),
)
def output_without_a_loss(model, x, y):
    """One output is not trained at all. Nothing is raised.

    It has labels but no loss, and Keras leaves out an output without a loss. Pass a
    loss for every name.
    """
    model.compile("adam", loss={"pulse": "mse"})  # -
    # + model.compile("adam", loss={"pulse": "mse", "rest": "mse"})
    return model.fit(x, y)
