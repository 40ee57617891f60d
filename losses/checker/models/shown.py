"""The metrics that `compile` was given for each output, and what one of Keras makes of
predictions that are right, and of others that are wrong."""

import keras
import numpy as np

from losses.checker.models import trial
from losses.checker.models.arrays import array, tensors
from losses.checker.models.private import get_metric

MOST = 2 * 10**6  # numbers: of more classes than these hold nothing is tried
FUNCTIONS = {  # which class of metric a function stands for
    "accuracy": "Accuracy",
    "binary_accuracy": "BinaryAccuracy",
    "categorical_accuracy": "CategoricalAccuracy",
    "sparse_categorical_accuracy": "SparseCategoricalAccuracy",
    "sparse_top_k_categorical_accuracy": "SparseTopKCategoricalAccuracy",
    "top_k_categorical_accuracy": "TopKCategoricalAccuracy",
}
WORDS = ("accuracy", "acc", "crossentropy", "ce", *FUNCTIONS)  # of a metric


class Shown:
    """A metric as it was given for an output.

    Args:
        output: the `Output` that it is shown of.
        given: a word, a function, or a metric.
    """

    def __init__(self, output, given):
        self.output, self.given = output, given

    @property
    def word(self):
        """What a sentence calls it."""
        given = self.given
        return given if isinstance(given, str) else getattr(given, "name", self.kind)

    @property
    def kind(self):
        """The class of Keras that it is; "" of a metric of one's own."""
        metric = self._fresh()
        if metric is None:
            return ""
        function = getattr(metric, "_fn", None)
        if type(metric) is keras.metrics.MeanMetricWrapper:
            theirs = getattr(function, "__module__", "").startswith("keras.src.")
            return FUNCTIONS.get(function.__name__, "") if theirs else ""
        return type(metric).__name__

    @property
    def options(self):
        metric = self._fresh()
        return {} if metric is None else metric.get_config()

    def _fresh(self):
        """A new metric like it, if it is one of Keras."""
        try:
            both = tensors((self.output.y_true, self.output.y_pred))
            metric = get_metric(self.given, *both)
            if not type(metric).__module__.startswith("keras.src.metrics."):
                return None
            if metric is self.given:
                return type(metric).from_config(metric.get_config())
            return metric
        except Exception:
            return None

    def of(self, y_true, y_pred):
        """Its value, an array where it has several; None where it raises."""
        metric = self._fresh()
        try:
            metric.update_state(*tensors((y_true, y_pred.astype("float32"))))
            return np.asarray(array(metric.result()), float)
        except Exception:
            return None

    def of_this_batch(self):
        return self.of(self.output.y_true, self.output.y_pred)


def is_known(word):
    """Whether Keras finds a metric by this word."""
    try:
        return word in WORDS or callable(keras.metrics.get(word))
    except ValueError:
        return False


def shown_of(model, outputs, names):
    """Every metric of each output that has labels."""
    for given in trial.as_given_for_metrics(model):
        for place, output in enumerate(outputs):
            if output.y_true is not None:
                for metric in _of_output(given, output.name, place, len(names)):
                    yield Shown(output, metric)


def _of_output(given, name, place, outputs):
    """Those given for one output, as they were given."""
    if given is None:
        return []
    if isinstance(given, dict):
        found = given.get(name, ())
    elif isinstance(given, (list, tuple)):
        nested = any(isinstance(part, (list, tuple, dict)) for part in given)
        found = given[place] if nested and place < len(given) else given
        if not nested and outputs > 1:
            found = given[place] if place < len(given) else ()
    else:
        found = given
    found = found if isinstance(found, (list, tuple)) else [found]
    return [part for part in found if part is not None]


def labels_like(output):
    """Labels of the form of an output's, in which each class is there as often, and
    where 1 is right: `(labels, 0 and 1 in the shape of predictions)`. None where the
    labels name no classes, or more than can be tried."""
    form, true, units = output.tensors.labels, output.y_true, output.units
    rows = max(2 * units, 4)
    middle = (2,) * max(output.y_pred.ndim - 2, 0)
    if rows * int(np.prod(middle)) * units > MOST:
        return None
    shape = (rows, *middle, units) if output.y_pred.ndim > 1 else (rows,)
    if form in ("ids", "one_hot") and units > 1:
        ids = np.arange(int(np.prod(shape[:-1]))).reshape(shape[:-1]) % units
        right = np.eye(units)[ids]
        if form == "one_hot":
            return right.astype(true.dtype), right
        labels = ids[..., None] if true.ndim == output.y_pred.ndim else ids
        return labels.astype(true.dtype), right
    values = set(np.unique(output.labels))
    if values <= {0, 1} or values <= {-1, 1}:
        right = (np.indices(shape).sum(0) % 2).astype(float)
        labels = right if values <= {0, 1} else 2 * right - 1
        kept = shape[: true.ndim] if true.ndim < len(shape) else shape
        return labels.reshape(kept).astype(true.dtype), right
    return None
