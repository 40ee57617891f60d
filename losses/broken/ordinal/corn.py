"""CORN as it is often written."""

from math import exp, log

from keras import ops
from numpy import inf, nan

from losses.evidence.declarations import Raises, Returns, broken


@broken(
    y_true=[0, 2],
    y_pred=[[0.0, 0.0], [0.0, 0.0]],
    gives=Returns([2 * log(2), 2 * log(2)]),
    instead=Returns([log(2), 2 * log(2)]),
    found_by="check_agrees_with_reference",
    fix_misses="it gives no NaN for an id that no class has",
    fix_differs="it is written for predictions in float32",
)
def no_conditional_subset(y_true, y_pred):
    """The predicted rank is too low for everything above the first step.

    Every task is trained on every sample, so an output learns the unconditional
    probability of its rank. The prediction multiplies the outputs, because each is
    meant to be conditional on the one before, and the product is too small. Train task
    k on the samples of class k and above.
    """
    tasks = ops.arange(y_pred.shape[-1], dtype="float32")
    y_true = ops.cast(y_true, "float32")[:, None]
    above = ops.cast(y_true > tasks, "float32")
    loss = ops.binary_crossentropy(
        above,
        y_pred,
        from_logits=True,
    )
    # + loss = ops.where(tasks <= y_true, loss, 0)
    return ops.sum(loss, axis=-1)


@broken(
    y_true=[[1, 0, 0], [0, 0, 1]],
    y_pred=[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
    gives=Returns([log(2), 3 * log(2)]),
    instead=Raises("ValueError", "one output fewer than there are classes"),
    found_by="check_perfect_is_best",
    fix_is_long="the loss of the catalog takes the place of all of it",
)
def one_output_for_each_class(y_true, y_pred):
    """The last output only learns to say no, and the highest class pays for it.

    Three classes have two steps between them. A third output asks whether the label is
    above the highest class, which it never is, and only samples of that class train it.
    Give the model one output fewer than there are classes, and pass ids to
    `losses.corn`, which refuses one-hot labels.
    """
    # + import losses

    tasks = ops.arange(y_pred.shape[-1])  # -
    ids = ops.argmax(y_true, axis=-1)[:, None]  # -
    ids = ops.cast(ids, "int32")  # -
    above = ops.cast(ids > tasks, "float32")  # -
    loss = ops.binary_crossentropy(  # -
        above,  # -
        y_pred,  # -
        from_logits=True,  # -
    )  # -
    loss = ops.where(tasks <= ids, loss, 0)  # -
    return ops.sum(loss, axis=-1)  # -
    # + return losses.corn(y_true, y_pred)


@broken(
    y_true=[1, 2],
    y_pred=[[0.0, 0.0], [0.0, 0.0]],
    gives=Returns([log(2), log(2)]),
    instead=Returns([2 * log(2), 2 * log(2)]),
    on={"gradient": Returns([[-0.5, 0.0], [-0.5, 0.0]])},
    found_by="check_agrees_with_reference",
    fix_misses="it gives no NaN for an id that no class has",
    fix_differs="it is written for predictions in float32",
)
def classes_counted_from_the_outputs(y_true, y_pred):
    """The two highest classes are never told apart: the last output is not trained.

    There is one output fewer than there are classes. This loss takes the number of
    outputs for the number of classes, and is one task short. Add 1 to
    the number of outputs.
    """
    classes = y_pred.shape[-1]  # -
    # + classes = y_pred.shape[-1] + 1
    y_true = ops.cast(y_true, "int32")
    loss = 0.0
    for task in range(classes - 1):
        above = ops.cast(y_true > task, "float32")
        logit = y_pred[:, task]
        of_task = ops.binary_crossentropy(
            above,
            logit,
            from_logits=True,
        )
        loss += ops.where(task <= y_true, of_task, 0)
    return loss


@broken(
    y_true=[[0], [2]],
    y_pred=[[0.0, 0.0], [0.0, 0.0]],
    gives=Returns([[log(2), log(2)], [2 * log(2), 2 * log(2)]]),
    instead=Returns([log(2), 2 * log(2)]),
    found_by="check_nothing_broadcasts",
    fix_differs="it is written for predictions in float32",
)
def labels_in_a_column(y_true, y_pred):
    """There are four losses for two samples: every label meets every prediction.

    Labels `(batch, 1)` become `(batch, 1, 1)`, and with `(batch, tasks)` they broadcast
    to `(batch, batch, tasks)`. Give the labels the shape of the predictions without
    the tasks first, which is right with and without a column.
    """
    tasks = ops.arange(y_pred.shape[-1])
    # + y_true = ops.reshape(y_true, ops.shape(y_pred)[:-1])
    y_true = ops.cast(y_true, "int32")[..., None]
    sign = ops.where(y_true > tasks, -1.0, 1.0)
    loss = ops.softplus(sign * y_pred)
    loss = ops.where(tasks <= y_true, loss, 0)
    return ops.sum(loss, axis=-1)


@broken(
    y_true=[0, 2],
    y_pred=[[20.0, 0.0], [20.0, 20.0]],
    gives=Returns([inf, nan]),
    instead=Returns([20.0, 0.0]),
    on={"fit_graph": Returns(nan, step=nan)},
    found_by="check_finite",
    fix_misses="it gives no NaN for an id that no class has",
    fix_differs="it is written for predictions in float32",
)
def log_of_a_sigmoid(y_true, y_pred):
    """The loss of a confident model is infinite where it is wrong, NaN where right.

    From a logit of 17 on a sigmoid is 1 in float32, and log(1 - 1) is minus infinity.
    Where the label multiplies that by 0, the result is NaN. Compute with logits:
    `ops.softplus(-y_pred)` and `ops.softplus(y_pred)`.
    """
    tasks = ops.arange(y_pred.shape[-1], dtype="float32")
    y_true = ops.cast(y_true, "float32")[:, None]
    above = ops.cast(y_true > tasks, "float32")
    p = ops.sigmoid(y_pred)  # -
    loss = -above * ops.log(p)  # -
    loss -= (1 - above) * ops.log(1 - p)  # -
    # + loss = above * ops.softplus(-y_pred)
    # + loss += (1 - above) * ops.softplus(y_pred)
    return ops.sum(ops.where(tasks <= y_true, loss, 0), -1)


@broken(
    y_true=[0, 2],
    y_pred=[[-50.0, 0.0], [50.0, 50.0]],
    gives=Returns([log(2), 2 * log(1 + exp(-1))]),
    instead=Returns([0.0, 0.0]),
    found_by="check_agrees_with_reference",
    fix_misses="it gives no NaN for an id that no class has",
    fix_differs="it is written for predictions in float32",
)
def sigmoid_twice(y_true, y_pred):
    """Perfect predictions have a loss of 0.69 and 0.63, and training stops there.

    The outputs are turned into probabilities, but the formula takes them for logits.
    Pass logits: no sigmoid before, in the loss or in the last layer.
    """
    tasks = ops.arange(y_pred.shape[-1])
    y_true = ops.cast(y_true, "int32")[:, None]
    sign = ops.where(y_true > tasks, -1.0, 1.0)
    loss = ops.softplus(sign * ops.sigmoid(y_pred))  # -
    # + loss = ops.softplus(sign * y_pred)
    loss = ops.where(tasks <= y_true, loss, 0)
    return ops.sum(loss, axis=-1)


@broken(
    y_true=[0, 2],
    y_pred=[[0.0, 0.0], [log(3), log(3)]],
    probe="sample_weight",
    sample_weight=[0.0, 1.0],
    gives=Returns((log(2) + 2 * log(4 / 3)) / 3 / 2),
    instead=Returns(2 * log(4 / 3) / 2),
    on={"call": Returns((log(2) + 2 * log(4 / 3)) / 3)},
    found_by="check_one_value_per_sample",
    fix_misses="it gives no NaN for an id that no class has",
    fix_differs="it is written for predictions in float32",
)
def one_number_for_the_batch(y_true, y_pred):
    """A sample of weight 0 still counts.

    The sum over the batch is divided by the number of tasks in it, as in the paper. The
    result is a scalar, which a weight only scales. Return the sum of each sample, and
    let Keras take the mean.
    """
    tasks = ops.arange(y_pred.shape[-1], dtype="float32")
    y_true = ops.cast(y_true, "float32")[:, None]
    above = ops.cast(y_true > tasks, "float32")
    loss = ops.binary_crossentropy(
        above,
        y_pred,
        from_logits=True,
    )
    counted = ops.cast(tasks <= y_true, "float32")
    return ops.sum(loss * counted) / ops.sum(counted)  # -
    # + return ops.sum(loss * counted, axis=-1)


@broken(
    y_true=[1, 3],
    y_pred=[[0.0, 0.0], [0.0, 0.0]],
    gives=Returns([2 * log(2), 2 * log(2)]),
    instead=Returns([2 * log(2), nan]),
    found_by="check_agrees_with_reference",
    fix_misses="it gives no NaN for an id below 0",
    fix_differs="it is written for predictions in float32",
)
def ranks_from_one(y_true, y_pred):
    """The lowest class is never predicted, without an error: the ranks begin with 1.

    A comparison accepts any number. Rank 1 trains the tasks of the second class, and
    rank 3, the highest of three, is above both steps, as 2 is. Subtract 1 from the
    labels, and let one that no class has give NaN, so that it shows.
    """
    tasks = ops.arange(y_pred.shape[-1])
    y_true = ops.cast(y_true, "int32")[:, None]
    sign = ops.where(y_true > tasks, -1.0, 1.0)
    # + sign = ops.where(y_true > y_pred.shape[-1], nan, sign)
    loss = ops.softplus(sign * y_pred)
    loss = ops.where(tasks <= y_true, loss, 0)
    return ops.sum(loss, axis=-1)
