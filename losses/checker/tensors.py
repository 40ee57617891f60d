"""What the tensors of a check are: kinds of labels and predictions, and other batches
of the same kind."""

from dataclasses import dataclass, replace

import keras
import numpy as np

from losses.checker.memo import once

TASKS = ("binary", "multiclass", "regression", "segmentation")


@dataclass(frozen=True)
class Tensors:
    """Example labels and predictions, as NumPy arrays.

    `from_logits` is what the user says of the predictions: True, False, or None; `task`
    is what the user says of both.
    """

    y_true: np.ndarray
    y_pred: np.ndarray
    from_logits: bool | None = None
    task: str | None = None

    @property
    def batch(self):
        return self.y_pred.shape[0]

    @once
    def labels(self):
        """`ids`, `one_hot`, `soft` (rows that sum to 1), `binary` (0 and 1), `two` (two
        other whole numbers), `real` for anything of the shape of the predictions, or
        `other`."""
        if self._are_ids:
            return "ids"
        if squeezed(self.y_true.shape) != squeezed(self.y_pred.shape):
            return "other"
        known = self.y_true[np.isfinite(self.y_true)]
        values = np.unique(known)
        several = self.y_true.ndim > 1 and self.y_true.shape[-1] > 1
        rows = self.y_true.sum(-1) if several else np.zeros(1)
        if several and np.allclose(rows, 1, atol=1e-3) and np.all(known >= 0):
            return "one_hot" if set(values) <= {0, 1} else "soft"
        if set(values) <= {0, 1}:
            return "binary"
        whole = np.all(values == np.round(values))
        return "two" if whole and len(values) == 2 and known.size > 4 else "real"

    @once
    def one_hot_along(self):
        """Another axis than the last over which labels of 0 and 1 add up to 1; None."""
        for axis in range(1, self.y_true.ndim - 1):
            sums = self.y_true.sum(axis)
            if self.y_true.shape[axis] > 1 and np.allclose(sums, 1, atol=1e-3):
                return axis
        return None

    @property
    def _are_ids(self):
        true, pred = self.y_true, self.y_pred
        if pred.ndim < 2 or pred.shape[-1] < 2 or self.task == "regression":
            return False
        if true.shape not in (pred.shape[:-1], (*pred.shape[:-1], 1)):
            return False
        known = true[np.isfinite(true)]
        return known.size > 0 and bool(np.all(known == np.round(known)))

    @once
    def ids(self):
        """Class ids in the shape of the predictions without their classes."""
        return self.y_true.reshape(self.y_pred.shape[:-1]).astype(int)

    @once
    def predictions(self):
        """`probabilities`, `logits`, or `real` where the labels name no classes."""
        if self.from_logits is not None:
            return "logits" if self.from_logits else "probabilities"
        if self.labels in ("real", "other"):
            return "real"
        inside = np.all((self.y_pred >= 0) & (self.y_pred <= 1))
        sums = self.y_pred.astype(float).sum(-1)
        rows = self.labels in ("ids", "one_hot", "soft")
        fits = inside and (not rows or np.allclose(sums, 1, atol=1e-2))
        return "probabilities" if fits else "logits"

    @once
    def unit(self):
        """Whether every prediction lies between 0 and 1."""
        return bool(np.all((self.y_pred >= 0) & (self.y_pred <= 1)))

    @once
    def labels_vary(self):
        known = self.y_true[np.isfinite(self.y_true)]
        return known.size > 1 and bool(known.min() < known.max())

    @once
    def is_comparable(self):
        """Whether the labels are numbers that the predictions come close to."""
        if self.labels != "real" or not np.all(np.isfinite(self.y_true)):
            return False
        true, pred = self.y_true.ravel().astype(float), self.y_pred.ravel()
        if true.size < 3 or not (np.ptp(true) and np.ptp(pred)):
            return False
        return bool(np.corrcoef(true, pred)[0, 1] > 0.3)

    @once
    def pairwise(self):
        """Whether another axis of the labels is the batch as well."""
        square = self.batch > 1 and self.batch in self.y_true.shape[1:2]
        return square and self.labels == "other"

    def rows(self, index):
        """These samples, in this order; the columns too where the labels are pairs."""
        true = self.y_true[index]
        if self.pairwise and len(index) == self.batch:
            true = true[:, index]
        return true, self.y_pred[index]

    def of(self, y_true, y_pred):
        return replace(self, y_true=y_true, y_pred=y_pred)

    @once
    def enlarged(self):
        """At least seven samples: the rows again, the labels of the repeated ones
        beside predictions of others."""
        if self.batch >= 7 or self.pairwise:
            return self
        index = np.arange(7 + self.batch) % self.batch
        other = np.roll(self.y_pred, 1, axis=0) if self.batch > 1 else self.y_pred
        pool = np.concatenate([self.y_pred, *[other] * (7 // self.batch + 1)])
        return self.of(self.y_true[index], pool[: len(index)])

    @once
    def others(self):
        """Predictions of the same kind that are not those given: each sample gets those
        of the next, moved a little inside their range."""
        moved = np.roll(self.y_pred, 1, axis=0).astype(float)
        low, high = self.y_pred.min(), self.y_pred.max()
        mixed = 0.8 * moved + 0.2 * self.y_pred.astype(float)
        wave = 0.03 * (high - low) * np.sin(1 + np.arange(mixed.size))
        mixed = np.clip(mixed + wave.reshape(mixed.shape), low, high)
        if self.predictions == "probabilities" and self.labels != "binary":
            mixed = mixed / np.maximum(mixed.sum(-1, keepdims=True), 1e-6)
        return mixed.astype(self.y_pred.dtype)

    @once
    def other_label(self):
        """Labels of the same kind that are not those given, in each sample."""
        true = self.y_true
        if self.labels == "binary":
            return (1 - true.astype("float32")).astype(true.dtype)
        if self.labels in ("one_hot", "soft"):
            return np.roll(true, 1, axis=-1)
        if self.labels == "ids":
            return ((true + 1) % self.y_pred.shape[-1]).astype(true.dtype)
        low, high = np.nanmin(true), np.nanmax(true)
        if self.labels == "two":
            return low + high - true
        mixed = 0.7 * np.roll(true, 1, axis=0) + 0.3 * (low + high - true)
        return mixed.astype(true.dtype)

    @once
    def other_labels(self):
        """Other labels, and those given in another order, where they are others."""
        order = np.random.default_rng(0).permutation(len(self.y_true))
        others = [np.roll(self.y_true, 1, axis=0), self.y_true[order]]
        if self.labels != "other":
            others.append(self.other_label)
        return [other for other in others if not np.array_equal(other, self.y_true)]

    def predicting(self, target):
        """Predictions that say `target`, an array of 0 and 1, with certainty: turned
        to logits where they are logits."""
        target = np.asarray(target, float).reshape(self.y_pred.shape)
        if self.predictions == "logits":
            target = 40 * target - 20
        return target.astype(self.y_pred.dtype)

    @once
    def targets(self):
        """The certain prediction for the labels, as 0 and 1, or None."""
        if self.labels == "ids":
            classes = self.y_pred.shape[-1]
            known = np.clip(self.ids, 0, classes - 1)
            return np.eye(classes)[known]
        if self.labels in ("binary", "one_hot"):
            return np.nan_to_num(self.y_true.astype(float)).reshape(self.y_pred.shape)
        if self.labels == "two":
            return (self.y_true > self.y_true.min()).reshape(self.y_pred.shape) * 1.0
        return None


def squeezed(shape):
    """A shape without trailing ones: `(8, 1)` and `(8,)` hold the same samples."""
    shape = tuple(shape)
    while len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    return shape


def given(values):
    """A user's tensor, array or nested list as an array; None for a shape, a tuple of
    whole numbers or one, because `plausible` fills it."""
    if is_shape(values):
        return None
    if isinstance(values, tuple) and None in values:
        raise ValueError(f"{values} is no shape: put a batch size in place of None.")
    if hasattr(values, "numpy"):  # a tensor, or a variable of Keras
        values = keras.ops.convert_to_numpy(values)
    if isinstance(values, dict):
        raise ValueError(
            "losses.check looks at one output at a time: give the loss of one output, "
            f"and its tensors. These are {', '.join(map(str, values))}."
        )
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError("Rows of unequal length must be padded.") from error
    if array.dtype.kind not in "fiubV":
        raise ValueError(f"losses.check needs tensors of numbers, not {array.dtype}.")
    return np.atleast_1d(array)


def is_shape(values):
    sizes = values if isinstance(values, tuple) else (values,)
    return all(type(size) is int for size in sizes)


def plausible(y_true, y_pred, task=None, from_logits=None, seed=0):
    """Labels and predictions of these shapes, such as a task has them.

    Without a task it is guessed: labels with one axis less than the predictions are
    class ids, and anything else is regression.
    """
    draw = np.random.default_rng(seed)
    true, pred = tuple(y_true), tuple(y_pred)
    if task not in (None, *TASKS):
        raise ValueError(f"task must be one of {', '.join(TASKS)}, not {task!r}")
    if 0 in true + pred or not true or not pred or true[0] != pred[0]:
        raise ValueError(
            f"y_true {true} and y_pred {pred} must have the same number of samples on "
            "their first axis, and no size may be 0."
        )
    ids = len(pred) > 1 and pred[-1] > 1 and true in (pred[:-1], (*pred[:-1], 1))
    if task is None:
        task = "multiclass" if ids and true == pred[:-1] else "regression"
    scores = draw.normal(size=pred)
    if task == "regression":
        return _close(draw, true, pred)
    several = pred[-1] > 1 and len(pred) > 1 and task != "binary"
    if several and not (ids or true == pred):
        raise ValueError(
            f"{task}: y_true {true} fits y_pred {pred} neither as class ids "
            f"{pred[:-1]} nor as one-hot labels {pred}."
        )
    if not several and squeezed(true) != squeezed(pred):
        raise ValueError(
            f"{task}: y_true {true} and y_pred {pred} must have the same sizes, apart "
            "from trailing axes of 1."
        )
    if several:
        # Every class turns up, as far as there are samples.
        labels = draw.permutation(np.arange(np.prod(pred[:-1])) % pred[-1])
        labels = labels.reshape(pred[:-1])
        labels = labels.reshape(true) if ids else np.eye(pred[-1])[labels]
        odds = np.exp(scores)
        chances = odds / odds.sum(-1, keepdims=True)
    else:
        labels = draw.permutation(np.arange(np.prod(true)) % 2).reshape(true)
        chances = 1 / (1 + np.exp(-scores))
    labels = labels if ids else labels.astype("float32")
    return labels, (scores if from_logits else chances).astype("float32")


def _close(draw, true, pred):
    if squeezed(true) != squeezed(pred):
        return (
            draw.normal(size=true).astype("float32"),
            draw.normal(size=pred).astype("float32"),
        )
    labels = draw.normal(size=true)
    predictions = labels.reshape(pred) + 0.5 * draw.normal(size=pred)
    return labels.astype("float32"), predictions.astype("float32")
