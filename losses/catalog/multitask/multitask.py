"""Multitask: several tasks side by side in one packed tensor."""

from itertools import product

import keras
from keras import ops

from losses.ops.outputs import cut, pairs, values_of
from losses.ops.shapes import PerSampleLoss, fit_together, shown

SEE = "multitask/cut_at_the_wrong_column"


@keras.saving.register_keras_serializable("losses")
def multitask(y_true, y_pred, *, tasks, weights=None):
    """Weighted sum of the losses of several tasks, one value per sample.

        Σ weight · loss(t[columns of the task], p[columns of the task])

    Args:
        y_true: `(batch, ..., width)` packed labels, the tasks side by side in the order
            of `tasks`. A task whose labels are class ids takes one column.
        y_pred: `(batch, ..., width)` packed predictions, such as the output of a
            `Concatenate`.
        tasks: `{"class": (10, loss), "box": (4, loss)}`: how many columns of `y_pred`
            each task has, and its loss: a function that returns one value per sample, a
            `keras.losses.Loss`, or the name of a Keras loss. The width may be a pair,
            columns of `y_true` and of `y_pred`; it must be where one number leaves open
            which tasks have class ids.
        weights: `{"class": 1.0, "box": 0.5}`; 1 for a task not named.

    Returns:
        `(batch,)` values, float32 or wider; the sum over the tasks, not their mean.

    Raises:
        ValueError: the widths do not add up, a weight names no task, or the loss of a
            task does not return one value per sample.
        TypeError: `y_pred` holds integers.

    Example:
        >>> tasks = {"class": (2, "categorical_crossentropy"), "size": (1, "mse")}
        >>> float(multitask([[0, 1, 3]], [[0.0, 1.0, 1.0]], tasks=tasks)[0])  # 0 + 4
        4.0

    Source:
        Caruana, Multitask Learning, 1997, Machine Learning 28.
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    weights = _weights(weights, _tasks(tasks))
    widths = {
        name: width[-1] if isinstance(width, (list, tuple)) else width
        for name, (width, _) in tasks.items()
    }
    pred = cut(y_pred, widths, "multitask: y_pred", SEE)
    widths = _label_widths(y_true, y_pred, tasks)
    true = cut(y_true, widths, "multitask: y_true", SEE)

    return sum(
        weights[name]
        * values_of(loss, true[name], pred[name], f"multitask: task {name!r}", SEE)
        for name, (_, loss) in tasks.items()
    )


@keras.saving.register_keras_serializable("losses")
class Multitask(PerSampleLoss):
    """`multitask` for `model.compile`."""

    def __init__(
        self,
        tasks,
        *,
        weights=None,
        reduction="sum_over_batch_size",
        name="multitask",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        tasks = {
            name: (width, keras.losses.get(loss))
            for name, (width, loss) in _tasks(tasks).items()
        }
        _weights(weights, tasks)
        self.options = {"tasks": tasks, "weights": weights}

    def call(self, y_true, y_pred):
        return multitask(y_true, y_pred, **self.options)

    def get_config(self):
        tasks = {
            name: [width, keras.saving.serialize_keras_object(loss)]
            for name, (width, loss) in self.options["tasks"].items()
        }
        config = {**self.options, "tasks": tasks, "dtype": self.dtype}
        return {**super().get_config(), **config}


def _tasks(tasks):
    return pairs(tasks, "multitask: tasks", "{name: (columns, loss)}")


def _weights(weights, tasks):
    """A weight for each task, 1 where none is given."""
    if weights is not None and not isinstance(weights, dict):
        raise ValueError(
            f"multitask: weights must be a dict {{name: weight}}, but is {weights!r}"
        )
    unknown = [name for name in weights or {} if name not in tasks]
    if unknown:
        raise ValueError(
            f"multitask: weights has {unknown}, but the tasks are {list(tasks)}"
        )
    return {**dict.fromkeys(tasks, 1.0), **(weights or {})}


def _label_widths(y_true, y_pred, tasks):
    """The columns of each task in `y_true`: those of `y_pred`, or 1 for class ids."""
    choices = [
        [width[0]] if isinstance(width, (list, tuple)) else sorted({width, 1})[::-1]
        for width, _ in tasks.values()
    ]
    fits = []
    if fit_together(y_true.shape[:-1], y_pred.shape[:-1]):
        same, packed = tuple(choice[0] for choice in choices), y_true.shape[-1]
        if packed in (None, sum(same)):
            fits = [same]
        else:
            fits = [c for c in product(*choices) if sum(c) == packed]
    if len(fits) != 1:
        raise ValueError(
            f"multitask: y_true {shown(y_true)} beside y_pred {shown(y_pred)} cannot "
            f"be cut into {list(tasks)} in exactly one way, each task with one of "
            f"{choices} columns. Pack the labels in the order of `tasks`; where class "
            "ids leave it open, give the width as a pair: (columns of y_true, columns "
            f"of y_pred). More: losses explain {SEE}"
        )
    return dict(zip(tasks, fits[0]))
