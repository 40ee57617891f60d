"""Several tasks in one packed tensor, as their loss is often written."""

from math import log

from keras import ops
from keras.losses import categorical_crossentropy, mean_absolute_error

from losses.evidence.declarations import Raises, Returns, broken

# Two columns are the class, two are the box.
TASKS = {"class": (2, "categorical_crossentropy"), "box": (2, "mae")}
Y_TRUE = [[1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]
Y_PRED = [[0.5, 0.5, 2.0, 2.0], [0.25, 0.75, 4.0, 4.0], [0.5, 0.5, 6.0, 6.0]]


@broken(
    y_true=Y_TRUE,
    y_pred=Y_PRED,
    options={"tasks": TASKS},
    probe="fit_graph",
    gives=Returns((log(16) / 3 + 4) / 2),
    instead=Returns(log(16) / 3 + 4),
    on={"call": Returns([[log(2), log(4), log(2)], [2.0, 4.0, 6.0]], kind="list")},
    found_by="check_returns_a_tensor",
)
def a_list_of_losses(y_true, y_pred, classes=2):
    """The loss is half of what it should be, and so is every step. Nothing is raised.

    Keras does not add the losses in a list: it stacks them into one tensor and takes
    the mean over all of it, tasks included. Return the sum.
    """
    kind = categorical_crossentropy(
        y_true[:, :classes],
        y_pred[:, :classes],
    )
    box = mean_absolute_error(
        y_true[:, classes:],
        y_pred[:, classes:],
    )
    return [kind, box]  # -
    # + return kind + box


@broken(
    y_true=Y_TRUE,
    y_pred=Y_PRED,
    options={"tasks": TASKS},
    probe="sample_weight",
    sample_weight=[1.0, 0.0, 0.0],
    gives=Raises("ValueError", "Dimensions must be equal, but are 2 and 3"),
    instead=Returns((log(2) + 2) / 3),
    on={"fit_graph": Returns((log(16) / 3 + 4) / 2)},
    found_by="check_one_value_per_sample",
)
def losses_stacked(y_true, y_pred, classes=2):
    """The loss is half of what it should be, and sample weights raise an error.

    `stack(axis=1)` gives `(batch, tasks)`. Without weights Keras takes the mean over
    both axes. With them, three weights for the batch meet an axis of two tasks. Return
    the sum.
    """
    kind = categorical_crossentropy(
        y_true[:, :classes],
        y_pred[:, :classes],
    )
    box = mean_absolute_error(
        y_true[:, classes:],
        y_pred[:, classes:],
    )
    return ops.stack([kind, box], axis=1)  # -
    # + return kind + box


@broken(
    y_true=Y_TRUE,
    y_pred=Y_PRED,
    options={"tasks": TASKS},
    probe="fit_graph",
    gives=Raises("ValueError", "Shapes must be equal rank, but are 1 and 0"),
    instead=Returns(log(16) / 3 + 4),
    on={
        "call": Returns([[log(2), log(4), log(2)], 4.0], kind="tuple"),
        "fit_eager": Raises(
            "InvalidArgumentError", "Shapes of all inputs must match: values.*Pack"
        ),
    },
    found_by="check_returns_a_tensor",
)
def a_scalar_beside_a_vector(y_true, y_pred, classes=2):
    """An error about shapes in `fit`, from a loss that works in a direct call.

    One part has one value per sample; the other is a mean over everything, a scalar. A
    direct call returns the pair as it is; `fit` makes one tensor of it, which these two
    cannot be. Give both one value per sample, and add them.
    """
    kind = categorical_crossentropy(
        y_true[:, :classes],
        y_pred[:, :classes],
    )
    errors = y_true[:, classes:] - y_pred[:, classes:]  # -
    box = ops.mean(ops.abs(errors))  # -
    # + box = mean_absolute_error(y_true[:, classes:], y_pred[:, classes:])
    return kind, box  # -
    # + return kind + box


@broken(
    y_true=Y_TRUE,
    y_pred=Y_PRED,
    options={"tasks": TASKS},
    probe="sample_weight",
    sample_weight=[1.0, 0.0, 0.0],
    gives=Returns((log(16) / 3 + 4) / 3),
    instead=Returns((log(2) + 2) / 3),
    on={"call": Returns(log(16) / 3 + 4), "fit_graph": Returns(log(16) / 3 + 4)},
    found_by="check_one_value_per_sample",
)
def last_axis_is_the_batch(y_true, y_pred, classes=2):
    """A sample of weight 0 still counts: `sample_weight` only scales the whole loss.

    The sum of the tasks is `(batch,)` already, so its last axis is the batch, and the
    mean over `axis=-1` leaves a scalar. Without weights nothing looks wrong. Return the
    sum.
    """
    kind = categorical_crossentropy(
        y_true[:, :classes],
        y_pred[:, :classes],
    )
    box = mean_absolute_error(
        y_true[:, classes:],
        y_pred[:, classes:],
    )
    return ops.mean(kind + box, axis=-1)  # -
    # + return kind + box


@broken(
    y_true=[[1.0, 0.0, 0.0, 0.0]],
    y_pred=[[0.5, 0.5, 6.0, 2.0]],
    options={"tasks": TASKS},
    probe="gradient",
    gives=Returns([[-1.0, 1.0, 0.0, 1.0]]),
    instead=Returns([[-1.0, 1.0, 0.5, 0.5]]),
    on={"call": Returns([log(2) + 2])},
    found_by="check_agrees_with_reference",
)
def cut_at_the_wrong_column(y_true, y_pred, classes=2):
    """One column of the box has a gradient of 0: it is never learned.

    A slice stops before its end: `:2` is columns 0 and 1, so the box begins at 2, not
    at 3. Column 2 belongs to no task, and its error of 6 is not in the loss. Begin each
    slice where the last one stops; `losses.multitask` does so by itself.
    """
    kind = categorical_crossentropy(
        y_true[:, :classes],
        y_pred[:, :classes],
    )
    box = mean_absolute_error(
        y_true[:, classes + 1 :],  # -
        # + y_true[:, classes:],
        y_pred[:, classes + 1 :],  # -
        # + y_pred[:, classes:],
    )
    return kind + box


@broken(
    y_true=Y_TRUE,
    y_pred=[[1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.5, 0.5, 9.0, 9.0]],
    options={"tasks": TASKS},
    gives=Returns(0.0),
    instead=Returns([0.0, 0.0, log(2) + 9]),
    on={"fit_graph": Returns(0.0)},
    found_by="check_order_of_samples",
)
def first_sample_for_the_first_task(y_true, y_pred):
    """All samples but two of each batch are ignored. The third is wrong, the loss 0.

    The first axis is the batch: `y_true[0]` is the first sample, with the labels of all
    tasks, not the labels of the first task. The tasks are on the last axis:
    `y_true[:, :2]`.
    """
    kind = categorical_crossentropy(y_true[0], y_pred[0])  # -
    # + kind = categorical_crossentropy(y_true[:, :2], y_pred[:, :2])
    box = mean_absolute_error(y_true[1], y_pred[1])  # -
    # + box = mean_absolute_error(y_true[:, 2:], y_pred[:, 2:])
    return kind + box


@broken(
    y_true=[[1.0, 0.0, 0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]],
    y_pred=[[0.0, 1.0, 0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 1.0, 1.0, 1.0, 1.0]],
    options={"tasks": {"class": (2, "mse"), "box": (4, "mse")}},
    gives=Returns([1 / 3, 2 / 3]),
    instead=Returns([1.0, 1.0]),
    found_by="check_agrees_with_reference",
    fix_misses="the labels are integers there, and it casts nothing; `fit` does",
)
def one_mean_over_all_columns(y_true, y_pred):
    """The same error costs twice as much in a task with twice as many columns.

    A mean over the packed columns weights each task by its width. Take the mean within
    each task, then a sum with weights of your own.
    """
    return ops.mean(ops.square(y_true - y_pred), axis=-1)  # -
    # + errors = ops.square(y_true - y_pred)
    # + return ops.mean(errors[:, :2], axis=-1) + ops.mean(errors[:, 2:], axis=-1)
