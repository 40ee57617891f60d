"""Calls that a loss makes: to which function it gives what."""

import sys
from contextlib import contextmanager

from keras.ops import is_tensor

ARGUMENTS = {  # how functions of Keras and TensorFlow call labels and predictions
    "y_true": ("y_pred",),
    "target": ("output",),
    "targets": ("logits", "log_inputs"),
    "labels": ("logits", "predictions"),
    "true": ("pred",),
}
SYMMETRIC = (
    "squared_error",
    "absolute_error",
    "logarithmic_error",
    "cosine",
    "huber",
    "log_cosh",
    "logcosh",
    "dice",
)
LIBRARIES = ("keras.", "tensorflow.", "tf_keras.")
OWN_STEPS = ("compute_loss", "call", "__call__")


@contextmanager
def listening(heard):
    """Collects the calls of functions that take labels and predictions, with both."""
    taken = {}  # by the code of a function, what it calls the two

    def listen(frame, event, _):
        if event != "call":
            return
        code = frame.f_code
        if code not in taken:
            taken[code] = _labels_and_predictions(code, frame.f_globals)
        for label, prediction in taken[code]:
            values = frame.f_locals
            heard.append((code.co_name, values[label], values[prediction]))

    before = sys.getprofile()
    sys.setprofile(listen)
    try:
        yield
    finally:
        sys.setprofile(before)


def _labels_and_predictions(code, module):
    if not module.get("__name__", "").startswith(LIBRARIES):
        return []
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return [
        (label, prediction)
        for label, predictions in ARGUMENTS.items()
        for prediction in predictions
        if label in names and prediction in names
    ]


def exchanged(trace):
    """Functions of Keras or TensorFlow that got the predictions as labels, and labels
    as predictions, where it matters."""
    right = {
        name
        for name, label, prediction in trace.calls
        if is_tensor(label) and is_tensor(prediction)
        if trace.of(label) == {"y_true"} and "y_pred" in trace.of(prediction)
    }
    for name, label, prediction in trace.calls:
        if name in right:
            continue  # both ways: it is made symmetric
        if name in OWN_STEPS or any(word in name for word in SYMMETRIC):
            continue
        if not (is_tensor(label) and is_tensor(prediction)):
            continue
        if "y_pred" in trace.of(label) and trace.of(prediction) == {"y_true"}:
            yield name
