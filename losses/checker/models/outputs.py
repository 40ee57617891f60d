"""One output of a model: its head, its loss, its labels, and what follows from them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import keras
import numpy as np

from losses.checker.memo import once
from losses.checker.models.arrays import array, tensor
from losses.checker.models.heads import UNBOUNDED, Head
from losses.checker.models.private import get_keras_mask, set_keras_mask
from losses.checker.models.wants import module_of, wants_of
from losses.checker.tensors import Tensors, squeezed

OURS = "keras.", "losses.catalog.", "losses.ops."


# How far numbers may be from the range that they are meant for, by rounding.
ROUNDING = 1e-4
ROUNDING_OF_HALVES = 1e-2


@dataclass(eq=False)
class Output:
    """One output of a model, with what it is trained on; arrays are NumPy's.

    Args:
        place: among the flat predictions.
        y_pred: what a step of training predicts.
        mask: of the predictions, as layers make it.
    """

    name: str
    place: int
    head: Head
    y_pred: np.ndarray
    mask: np.ndarray | None = None
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

    @property
    def is_half(self):
        """Whether it is predicted with 16 bits."""
        return self.y_pred.dtype.name in ("float16", "bfloat16")

    @property
    def rounding(self):
        return ROUNDING_OF_HALVES if self.is_half else ROUNDING

    @once
    def drawn(self):
        """Predictions by other weights, those by the largest last."""
        return self.draw()

    @once
    def all_predictions(self):
        """The finite ones, with the present weights and with others."""
        return np.concatenate([_finite(p) for p in (self.y_pred, *self.drawn)])

    @once
    def moves(self):
        """Whether other weights gave other finite predictions."""
        now = _floats(self.y_pred)
        for drawn in map(_floats, self.drawn):
            known = np.isfinite(drawn[: len(now)]) & np.isfinite(now)
            if np.any(np.abs(drawn[: len(now)] - now)[known] > 1e-3):
                return True
        return False

    @once
    def bounds(self):
        """The lowest and the highest prediction that weights can reach: those of the
        head if it is known, otherwise where predictions stayed, however large weights
        were drawn; infinite where they did not stay."""
        if self.head.known:
            return self.head.bounds
        finite = all(np.all(np.isfinite(p)) for p in self.drawn)
        if not (self.moves and finite and len(self.drawn) > 1):
            return UNBOUNDED
        *smaller, largest = map(_floats, self.drawn)
        low = min(float(p.min()) for p in smaller)
        high = max(float(p.max()) for p in smaller)
        room = 0.02 * max(high - low, 1e-6)
        return (
            low if largest.min() > low - room else -np.inf,
            high if largest.max() < high + room else np.inf,
        )

    @once
    def bounds_hold(self):
        """Whether bounds that were only tried stay as they are when weights are drawn
        anew, and a good part of the predictions lies at them."""
        if self.head.known:
            return True
        low, high = self.bounds
        room = 0.02 * min(high - low, max(abs(low), abs(high), 1e-6), 1e9)
        far = _floats(self.drawn[-1])
        for end in filter(np.isfinite, (low, high)):
            if np.mean(np.abs(far - end) <= room) < 0.1:
                return False
        again = [p for seed in (1, 2, 3) for p in map(_finite, self.draw(seed=seed))]
        return all(
            not p.size or (p.min() >= low - room and p.max() <= high + room)
            for p in again
        )

    @once
    def is_squashed(self):
        """Whether every prediction lies between 0 and 1 whatever the weights, as far as
        the head is known or others were tried."""
        low, high = self.head.bounds
        if low >= 0 and high <= 1:
            return True
        return not self.head.known and not self.is_outside(self.all_predictions)

    @once
    def saturates(self):
        """Whether predictions of a head that is not known fill the numbers from 0 to 1,
        and no others, however large weights were drawn."""
        seen = self.all_predictions
        if self.head.known or not self.moves or not self.is_squashed:
            return False
        return bool(seen.min() < 0.01 and seen.max() > 0.99)

    def is_outside(self, predictions):
        """Whether one of them is seen that is no probability."""
        seen, room = _finite(predictions), self.rounding
        return bool(np.any((seen < -room) | (seen > 1 + room)))

    @once
    def rows_sum_to_one(self):
        """Whether the predictions of a row add up to 1 whatever the weights."""
        if self.units < 2 or not _sums_to_one(self.y_pred):
            return False
        if self.head.activations == ("softmax",):
            return True
        drawn = [p for p in self.drawn if np.all(np.isfinite(p))]
        return self.is_squashed and bool(drawn) and all(map(_sums_to_one, drawn))

    @once
    def counts(self):
        """Which labels count, in their shape: none that is masked or weighs nothing.
        All do where the loss of the batch is not finite: 0 times NaN is NaN."""
        every = np.ones(self.y_true.shape, bool)
        if self.error is not None or not np.isfinite(self.value or 0.0):
            return every
        for weight in (self.sample_weight, self.mask):
            if weight is not None:
                every &= _along(weight, self.y_true.shape) != 0
        return every

    @once
    def labels(self):
        """Those that count, flat, as floating numbers."""
        labels = self.y_true[self.counts].astype(float)
        ignored = self.wants.ignore_class if self.wants else None
        return labels if ignored is None else labels[labels != ignored]

    @once
    def label_rows(self):
        """Labels of the shape of the predictions, `(rows that count, units)`."""
        width = self.y_true.shape[-1]
        counted = self.counts.reshape(-1, width).all(-1)
        return self.y_true.reshape(-1, width)[counted].astype(float)

    @once
    def labels_choose_one(self):
        """Whether labels for each class, if they are that, add up to 1 in each row."""
        if self.y_true.shape != self.y_pred.shape:
            return True
        return np.allclose(self.label_rows.sum(-1), 1, atol=0.01)

    @once
    def is_constant(self):
        """Whether all predictions are one number, whatever the weights."""
        if np.ptp(self.y_pred) > 1e-6 * np.abs(self.y_pred).max():
            return False
        values = self.all_predictions
        if len(values) <= self.y_pred.size or not _is_one_number(values):
            return False
        return all(map(_is_one_number, map(_finite, self.draw(everywhere=True))))

    @property
    def is_custom(self):
        """Whether its loss is neither one of Keras nor one of this catalog."""
        return self.loss is not None and not module_of(self.loss).startswith(OURS)

    @once
    def value_shape(self):
        """The shape of what the loss returns before Keras takes the mean; None where it
        raises."""
        try:
            numbers = tensor(self.y_true.astype(self.y_pred.dtype))
            return array(self.loss.call(numbers, tensor(self.y_pred))).shape
        except Exception:
            return None

    @once
    def squeezed_shapes_differ(self):
        return squeezed(self.y_true.shape) != squeezed(self.y_pred.shape)

    def suits(self, labels):
        """Whether these labels have the values that the loss is made for."""
        values = _finite(labels)
        if self.wants is None or not values.size:
            return True
        whole = bool(np.all(values == np.round(values)))
        room = ROUNDING if self.error is None else 0.0  # PyTorch refuses the least
        low, high = values.min() + room, values.max() - room
        return {
            "unit": low >= 0 and high <= 1,
            "rows": low >= 0 and high <= 1,
            "signs": low >= -1 and high <= 1,
            "counts": low >= 0,
            "ids": whole and low >= 0 and high < self.units - room,
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
        try:
            found = self.loss(
                tensor(np.full((1, 1), label, "float32")), tensor(certain)
            )
            value = float(np.sum(array(found)))
        except Exception:  # PyTorch refuses such labels
            return ""
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
        self.y_pred = array(call.y_pred)
        mask = get_keras_mask(call.y_pred)
        self.mask = None if mask is None else array(mask)
        self.error = call.error
        if call.value is not None:
            self.value = float(np.sum(array(call.value)))
            self.detached = _detached(call)


def _sums_to_one(predictions):
    sums = predictions.astype(float).sum(-1)
    return np.allclose(sums[np.isfinite(sums)], 1, atol=1e-2)


def _is_one_number(values):
    return not values.size or np.ptp(values) <= 1e-6 * np.abs(values).max()


def _floats(predictions):
    return predictions.astype(float)


def _finite(values):
    values = values.astype(float).ravel()
    return values[np.isfinite(values)]


def _along(weight, shape):
    """Weights of rows, steps or pixels in the shape of labels; 1 where they do not
    fit."""
    while weight.ndim > 1 and weight.shape[-1] == 1:
        weight = weight[..., 0]
    if weight.shape != shape[: weight.ndim]:
        return np.ones(shape)
    rest = (1,) * (len(shape) - weight.ndim)
    return np.broadcast_to(weight.reshape(weight.shape + rest), shape)


def _numbers(labels):
    """As an array, if they are numbers: Keras hands over a name where it finds none."""
    try:
        found = None if labels is None else array(labels)
    except Exception:  # ragged or sparse ones
        return None
    return found if found is not None and found.dtype.kind in "fiub" else None


def _detached(call):
    """The loss of the same predictions, which have forgotten what they came from."""
    y_pred = tensor(array(call.y_pred))
    mask = get_keras_mask(call.y_pred)
    if mask is not None:
        set_keras_mask(y_pred, mask)
    try:
        return float(np.sum(array(call.loss(call.y_true, y_pred, call.sample_weight))))
    except Exception:
        return None


def _name_of(loss):
    function = getattr(loss, "fn", None)
    if function is not None and function.__module__ == module_of(loss):
        return getattr(function, "__name__", type(loss).__name__)
    return type(loss).__name__ if isinstance(loss, keras.losses.Loss) else str(loss)
