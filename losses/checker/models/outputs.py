"""One output of a model: its head, its loss, its labels, and what follows from them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import keras
import numpy as np

from losses.checker.memo import once
from losses.checker.models.arrays import array, tensor
from losses.checker.models.heads import BOUNDS, Head
from losses.checker.models.wants import module_of, wants_of
from losses.checker.tensors import Tensors, squeezed

OURS = "keras.", "losses.catalog.", "losses.ops."


@dataclass
class Output:
    """One output of a model, with what it is trained on; arrays are NumPy's."""

    name: str
    head: Head
    y_pred: np.ndarray
    y_true: np.ndarray | None = None
    sample_weight: np.ndarray | None = None
    given: object = None  # the loss as it was given to `compile`
    loss: object = None  # what Keras made of it
    loss_name: str = ""
    wants: object = None
    value: float | None = None  # in the step
    detached: float | None = None  # of the same predictions as numbers
    error: Exception | None = None
    draw: Callable | None = None  # predictions by other weights
    broken: set = field(default_factory=set)  # in what a rule has found an error

    @property
    def units(self):
        return self.y_pred.shape[-1] if self.y_pred.ndim > 1 else 1

    @once
    def drawn(self):
        """Predictions by other weights, those by the largest last."""
        return self.draw()

    @once
    def all_predictions(self):
        """The finite ones, with the present weights and with others."""
        everything = np.concatenate([p.ravel() for p in (self.y_pred, *self.drawn)])
        return everything[np.isfinite(everything)].astype(float)

    @once
    def bounds(self):
        """The lowest and the highest prediction that weights can reach: infinite where
        larger weights lead further."""
        known = BOUNDS.get(self.head.activation, (-np.inf, np.inf))
        if self.head.known and len(self.head.activations) < 2:
            return known
        *smaller, largest = [p[np.isfinite(p)].astype(float) for p in self.drawn]
        smaller = np.concatenate(smaller)
        if not (smaller.size and largest.size):
            return known
        low, high = smaller.min(), smaller.max()
        room = 5 * max(high - low, 1e-6)
        return (
            max(known[0], _bound(low, largest.min(), room, min)),
            min(known[1], _bound(high, largest.max(), room, max)),
        )

    @once
    def is_squashed(self):
        """Whether every prediction lies between 0 and 1 whatever the weights."""
        low, high = self.bounds
        return low >= -1e-6 and high <= 1 + 1e-6

    @once
    def rows_sum_to_one(self):
        """Whether the predictions of a row add up to 1 whatever the weights."""
        if self.units < 2 or not _sums_to_one(self.y_pred):
            return False
        if self.head.known and self.head.activations == ("softmax",):
            return True
        return self.is_squashed and all(map(_sums_to_one, self.drawn))

    @once
    def labels_choose_one(self):
        """Whether labels for each class, if they are that, add up to 1 in each row."""
        true = self.y_true
        return true.shape != self.y_pred.shape or np.allclose(
            true.sum(-1), 1, atol=0.01
        )

    @once
    def is_constant(self):
        """Whether all predictions are one number, whatever the weights."""
        if np.ptp(self.y_pred) > 1e-6 * np.abs(self.y_pred).max():
            return False
        values = self.all_predictions
        return values.size > 1 and bool(np.ptp(values) <= 1e-6 * np.abs(values).max())

    @property
    def is_custom(self):
        """Whether its loss is neither one of Keras nor one of this catalog."""
        return self.loss is not None and not module_of(self.loss).startswith(OURS)

    @once
    def squeezed_shapes_differ(self):
        return squeezed(self.y_true.shape) != squeezed(self.y_pred.shape)

    def suits(self, labels):
        """Whether these labels have the values that the loss is made for."""
        values = labels[np.isfinite(labels.astype(float))].astype(float)
        if self.wants is None or not values.size:
            return True
        whole = bool(np.all(values == np.round(values)))
        low, high = values.min(), values.max()
        return {
            "unit": low >= 0 and high <= 1,
            "rows": low >= 0 and high <= 1,
            "signs": low >= -1 and high <= 1,
            "counts": low >= 0,
            "ids": whole and low >= 0 and high < self.units,
            "real": True,
        }[self.wants.labels]

    def loss_of(self, predictions):
        """The loss of other predictions in place of its own; None where it raises."""
        try:
            shaped = np.reshape(predictions, self.y_pred.shape)
            shaped = tensor(shaped.astype(self.y_pred.dtype))
            value = self.loss(tensor(self.y_true), shaped)
            return float(np.sum(array(value)))
        except Exception:
            return None

    def loss_of_one(self, label):
        """A sentence on what one label costs that is out of range."""
        if self.wants is None or self.wants.name != "binary_crossentropy":
            return ""
        logits = self.wants.from_logits
        certain = np.full((1, 1), (20.0 if logits else 0.999999) * 1.0, "float32")
        if label < 0.5:
            certain = -certain if logits else 1 - certain
        found = self.loss(tensor(np.full((1, 1), label, "float32")), tensor(certain))
        value = float(np.sum(array(found)))
        if value >= 0:
            return ""
        return f" A label of {label:g} has a loss of {value:.3g}: lower is no limit."

    @once
    def tensors(self):
        """Labels as `fit` hands them to a loss, in the rank and dtype of predictions,
        and predictions, with what the head says of these."""
        labels = self.y_true.astype(self.y_pred.dtype)
        if not self.squeezed_shapes_differ:
            labels = labels.reshape(self.y_pred.shape)
        found = Tensors(labels, self.y_pred)
        names_classes = found.labels in ("ids", "one_hot", "binary")
        if names_classes and self.is_squashed and not self.is_constant:
            return replace(found, from_logits=False)
        return found

    def takes(self, call):
        """Take over what its loss was called with in a step, and gave or raised."""
        self.given, self.loss = call.given, call.loss
        self.loss_name = _name_of(call.loss)
        self.wants = wants_of(call.loss)
        self.y_true = _numbers(call.y_true)
        self.sample_weight = (
            None if call.sample_weight is None else array(call.sample_weight)
        )
        self.error = call.error
        if call.value is not None:
            self.value = float(np.sum(array(call.value)))
            self.detached = _detached(call)


def _sums_to_one(predictions):
    sums = predictions.astype(float).sum(-1)
    return np.allclose(sums[np.isfinite(sums)], 1, atol=1e-2)


def _bound(before, now, room, outer):
    """Where predictions end: nowhere, if weights a hundred times as large lead on."""
    if abs(now - before) > room and outer(now, before) == now:
        return outer(-np.inf, np.inf)
    return float(outer(before, now))


def _numbers(labels):
    """As an array, if they are numbers: Keras hands over a name where it finds none."""
    found = None if labels is None else array(labels)
    return found if found is not None and found.dtype.kind in "fiub" else None


def _detached(call):
    """The loss of the same predictions, which have forgotten what they came from."""
    y_pred = tensor(array(call.y_pred))
    mask = keras.src.backend.get_keras_mask(call.y_pred)
    if mask is not None:
        keras.src.backend.set_keras_mask(y_pred, mask)
    try:
        return float(np.sum(array(call.loss(call.y_true, y_pred, call.sample_weight))))
    except Exception:
        return None


def _name_of(loss):
    function = getattr(loss, "fn", None)
    if function is not None and function.__module__ == module_of(loss):
        return getattr(function, "__name__", type(loss).__name__)
    return type(loss).__name__ if isinstance(loss, keras.losses.Loss) else str(loss)
