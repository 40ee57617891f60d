"""Several tasks in one packed tensor, as their loss is often written."""

from keras import ops
from keras.losses import mean_absolute_error, mean_squared_error

from losses.outcomes import Raises, Returns, broken

# One column is the size, two are the box.
TASKS = {"size": (1, "mse"), "box": (2, "mae")}
Y_TRUE = [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
Y_PRED = [[1.0, 2.0, 2.0], [2.0, 4.0, 4.0], [1.0, 6.0, 6.0]]


@broken(
    y_true=Y_TRUE,
    y_pred=Y_PRED,
    options={"tasks": TASKS},
    probe="fit_graph",
    gives=Returns(3.0),
    instead=Returns(6.0),
    on={"call": Returns([[1.0, 4.0, 1.0], [2.0, 4.0, 6.0]], kind="list")},
)
def a_list_of_losses(y_true, y_pred):
    """The loss is half of what it should be, and so is every step. Nothing is raised.

    A loss that returns a list does not train on the sum: Keras stacks the list into
    one tensor and takes the mean over all of it, tasks included. Add the losses up.
    """
    size = mean_squared_error(y_true[:, :1], y_pred[:, :1])
    box = mean_absolute_error(y_true[:, 1:], y_pred[:, 1:])
    return [size, box]


@broken(
    y_true=Y_TRUE,
    y_pred=Y_PRED,
    options={"tasks": TASKS},
    probe="sample_weight",
    sample_weight=[1.0, 0.0, 0.0],
    gives=Raises("ValueError", "Dimensions must be equal, but are 2 and 3"),
    instead=Returns(1.0),
    on={"fit_graph": Returns(3.0)},
)
def losses_stacked(y_true, y_pred):
    """Half the loss, and an error as soon as there are sample weights.

    `stack(axis=1)` gives `(batch, tasks)`. Without weights Keras takes the mean over
    both axes. With them, three weights for the batch meet an axis of two tasks. Add the
    losses up.
    """
    size = mean_squared_error(y_true[:, :1], y_pred[:, :1])
    box = mean_absolute_error(y_true[:, 1:], y_pred[:, 1:])
    return ops.stack([size, box], axis=1)


@broken(
    y_true=Y_TRUE,
    y_pred=Y_PRED,
    options={"tasks": TASKS},
    probe="fit_graph",
    gives=Raises("ValueError", "Shapes must be equal rank, but are 0 and 1"),
    instead=Returns(6.0),
    on={
        "call": Returns([2.0, [2.0, 4.0, 6.0]], kind="tuple"),
        "fit_eager": Raises(
            "InvalidArgumentError", "Shapes of all inputs must match: values.*Pack"
        ),
    },
)
def a_scalar_beside_a_vector(y_true, y_pred):
    """An error about shapes inside `fit`, from a loss that runs when called by hand.

    One part is a mean over everything, a scalar; the other has a value for each sample.
    By hand they come back as the pair they are; Keras makes one tensor of a pair, which
    these two cannot be. Give both one value per sample, and add them up.
    """
    errors = ops.square(y_true[:, :1] - y_pred[:, :1])
    size = ops.mean(errors)
    box = mean_absolute_error(y_true[:, 1:], y_pred[:, 1:])
    return size, box


@broken(
    y_true=Y_TRUE,
    y_pred=Y_PRED,
    options={"tasks": TASKS},
    probe="sample_weight",
    sample_weight=[1.0, 0.0, 0.0],
    gives=Returns(2.0),
    instead=Returns(1.0),
    on={"call": Returns(6.0), "fit_graph": Returns(6.0)},
)
def last_axis_is_the_batch(y_true, y_pred):
    """A sample of weight 0 still counts: `sample_weight` only scales the whole loss.

    The sum of the tasks is `(batch,)` already, so its last axis is the batch, and the
    mean over `axis=-1` leaves a scalar. Without weights nothing shows. Return the sum.
    """
    size = mean_squared_error(y_true[:, :1], y_pred[:, :1])
    box = mean_absolute_error(y_true[:, 1:], y_pred[:, 1:])
    return ops.mean(size + box, axis=-1)


@broken(
    y_true=[[0.0, 0.0, 0.0]],
    y_pred=[[1.0, 6.0, 2.0]],
    options={"tasks": TASKS},
    probe="gradient",
    gives=Returns([[2.0, 0.0, 1.0]]),
    instead=Returns([[2.0, 0.5, 0.5]]),
    on={"call": Returns([3.0])},
)
def cut_at_the_wrong_column(y_true, y_pred):
    """One column of the box has a gradient of 0: it is never learned.

    A slice stops before its end: `:1` is column 0 alone, so the box begins at 1, not at
    2. Column 1 belongs to no task, and its error of 6 is not in the loss. Count the
    columns off in one place: `tasks={"size": (1, ...), "box": (2, ...)}`.
    """
    size = mean_squared_error(y_true[:, :1], y_pred[:, :1])
    box = mean_absolute_error(y_true[:, 2:], y_pred[:, 2:])
    return size + box


@broken(
    y_true=[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
    y_pred=[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [3.0, 9.0, 9.0]],
    options={"tasks": TASKS},
    gives=Returns(0.0),
    instead=Returns([0.0, 0.0, 18.0]),
    on={"fit_graph": Returns(0.0)},
)
def first_sample_for_the_first_task(y_true, y_pred):
    """All samples but two of each batch are ignored. The third is wrong, the loss 0.

    The first axis is the batch: `y_true[0]` is the first sample, with the labels of all
    tasks, and not the labels of the first task. The tasks lie along the last axis:
    `y_true[:, :1]`.
    """
    size = ops.mean(ops.square(y_true[0] - y_pred[0]))
    box = ops.mean(ops.abs(y_true[1] - y_pred[1]))
    return size + box


@broken(
    y_true=[[0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0]],
    y_pred=[[5.0, 0.0, 0.0, 0.0, 0.0], [0.0, 5.0, 5.0, 5.0, 5.0]],
    options={"tasks": {"size": (1, "mse"), "box": (4, "mse")}},
    gives=Returns([5.0, 20.0]),
    instead=Returns([25.0, 25.0]),
)
def one_mean_over_all_columns(y_true, y_pred):
    """The same error costs four times as much in the task that has four columns.

    A mean over the packed columns weighs each task by its width. Take the mean within
    each task, then the sum with weights of your own.
    """
    return ops.mean(ops.square(y_true - y_pred), axis=-1)
