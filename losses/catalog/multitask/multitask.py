"""Multitask: several tasks side by side in one packed tensor."""

from itertools import product

import keras
from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.outputs import check_pairs, cut, values_of
from losses.ops.refusals import Refused, WrongShapes, refusals_of
from losses.ops.shapes import compatible, shape_of

PAGE = "multitask/cut_at_the_wrong_column"


@loss_function(page=PAGE)
def multitask(y_true, y_pred, *, tasks: dict, weights: dict | None = None):
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
    pred = cut(y_pred, widths, "y_pred")
    true = cut(y_true, _label_widths(y_true, y_pred, tasks), "y_true")

    return sum(
        weights[name] * _value(name, loss, true[name], pred[name])
        for name, (_, loss) in tasks.items()
    )


@keras.saving.register_keras_serializable("losses")
class Multitask(PerSampleLoss):
    """`multitask` for `model.compile`."""

    @refusals_of("multitask", PAGE)
    def __init__(
        self,
        tasks: dict,
        *,
        weights: dict | None = None,
        reduction: str | None = "sum_over_batch_size",
        name: str = "multitask",
        dtype: str | None = None,
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
        return {**super().get_config(), "tasks": tasks}


def _value(name, loss, y_true, y_pred):
    named = refusals_of(f"multitask: task {name!r}", PAGE)
    return named(values_of)(loss, y_true, y_pred)


def _tasks(tasks):
    return check_pairs("tasks", tasks, "{name: (columns, loss)}")


def _weights(weights, tasks):
    """A weight for each task, 1 where none is given."""
    if weights is not None and not isinstance(weights, dict):
        raise Refused(f"weights must be a dict {{name: weight}}, but is {weights!r}")
    unknown = [name for name in weights or {} if name not in tasks]
    if unknown:
        raise Refused(f"weights has {unknown}, but the tasks are {list(tasks)}")
    return {**dict.fromkeys(tasks, 1.0), **(weights or {})}


def _label_widths(y_true, y_pred, tasks):
    """The columns of each task in `y_true`: those of `y_pred`, or 1 for class ids."""
    choices = [
        [width[0]] if isinstance(width, (list, tuple)) else sorted({width, 1})[::-1]
        for width, _ in tasks.values()
    ]
    fits = []
    if compatible(y_true.shape[:-1], y_pred.shape[:-1]):
        same, packed = tuple(choice[0] for choice in choices), y_true.shape[-1]
        if packed in (None, sum(same)):
            fits = [same]
        else:
            fits = [c for c in product(*choices) if sum(c) == packed]
    if len(fits) != 1:
        raise WrongShapes(
            f"y_true {shape_of(y_true)} beside y_pred {shape_of(y_pred)} cannot be cut "
            f"into {list(tasks)} in exactly one way, each task with one of {choices} "
            "columns. Pack the labels in the order of `tasks`; where class ids leave "
            "it open, give the width as a pair: (columns of y_true, columns of y_pred)."
        )
    return dict(zip(tasks, fits[0]))
