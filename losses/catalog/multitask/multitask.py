"""Multitask: several tasks side by side in one packed tensor."""

from itertools import product

import keras
from keras import ops

from losses.outputs import cut, same_names, values_of
from losses.shapes import shown, tensors


@keras.saving.register_keras_serializable("losses")
def multitask(y_true, y_pred, *, tasks, weights=None):
    """Weighted sum of the losses of several tasks, one value per sample.

        Σ weight · loss(t[columns of the task], p[columns of the task])

    Args:
        y_true: `(batch, width)` packed labels, the tasks side by side in the order of
            `tasks`. A task whose labels are class ids takes one column.
        y_pred: `(batch, width)` packed predictions, such as the output of a
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
            task returns a scalar.
        TypeError: `y_pred` holds integers.

    Example:
        >>> tasks = {"class": (2, "categorical_crossentropy"), "size": (1, "mse")}
        >>> float(multitask([[0, 1, 3]], [[0.0, 1.0, 1.0]], tasks=tasks)[0])  # 0 + 4
        4.0

    Source:
        Caruana, Multitask Learning, 1997, Machine Learning 28.
    """
    y_true, y_pred = tensors(y_true, y_pred, "multitask")
    weights = weights or {}
    same_names({**dict.fromkeys(tasks), **weights}, tasks, "multitask: weights")
    true_widths, pred_widths = _widths(y_true, y_pred, tasks)
    true, pred = cut(y_true, true_widths), cut(y_pred, pred_widths)

    return sum(
        weights.get(name, 1.0)
        * values_of(loss, true[name], pred[name], f"multitask: task {name!r}")
        for name, (_, loss) in tasks.items()
    )


@keras.saving.register_keras_serializable("losses")
class Multitask(keras.losses.Loss):
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
        self.options = {"tasks": tasks, "weights": weights}

    def call(self, y_true, y_pred):
        return multitask(y_true, y_pred, **self.options)

    def get_config(self):
        tasks = {
            name: [width, keras.saving.serialize_keras_object(keras.losses.get(loss))]
            for name, (width, loss) in self.options["tasks"].items()
        }
        config = {"tasks": tasks, "weights": self.options["weights"]}
        return {**super().get_config(), **config, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config):
        tasks = {
            name: (width, keras.losses.get(loss))
            for name, (width, loss) in config["tasks"].items()
        }
        return cls(**{**config, "tasks": tasks})


def _widths(y_true, y_pred, tasks):
    """The columns of each task in `y_true` and in `y_pred`."""
    pairs = {
        name: width if isinstance(width, (tuple, list)) else (None, width)
        for name, (width, _) in tasks.items()
    }
    pred = {name: width for name, (_, width) in pairs.items()}
    widths = [
        [width] if given is None else [given]
        for (given, _), width in zip(pairs.values(), pred.values())
    ]
    packed = y_true.shape[-1]
    if packed is not None and packed != sum(map(sum, widths)):
        # Narrower than the predictions: some tasks have class ids, in one column each.
        widths = [
            {1, width} if given is None else {given}
            for (given, _), width in zip(pairs.values(), pred.values())
        ]
    fits = [w for w in product(*widths) if packed in (None, sum(w))]
    if len(fits) != 1 or y_pred.shape[-1] not in (None, sum(pred.values())):
        raise ValueError(
            f"multitask: y_true {shown(y_true)} and y_pred {shown(y_pred)} cannot be cut "
            f"into {pred}, which takes {sum(pred.values())} columns of y_pred, and of "
            "y_true as many, or one for each task with class ids. Pack the labels in the "
            "order of `tasks`, or give a task a pair: (columns of y_true, of y_pred). "
            "More: losses explain multitask/cut_at_the_wrong_column"
        )
    return dict(zip(pred, fits[0])), pred
