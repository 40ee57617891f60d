"""One output of a model: its head, its loss, its labels, and what follows from them."""

from dataclasses import dataclass, field, replace

import keras
import numpy as np

from losses.checker.memo import once
from losses.checker.models.arrays import array, tensor
from losses.checker.models.predicted import ROUNDING, Predicted, finite
from losses.checker.models.private import get_keras_mask, set_keras_mask
from losses.checker.models.wants import module_of, wants_of
from losses.checker.tensors import Tensors, squeezed

OURS = "keras.", "losses.catalog.", "losses.ops."


@dataclass(eq=False)
class Output(Predicted):
    """One output of a model, with what it is trained on; arrays are NumPy's.

    Args:
        mask: of the predictions, as layers make it.
    """

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
    broken: set = field(default_factory=set)  # in what a rule has found an error

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
        values = finite(labels)
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
