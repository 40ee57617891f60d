"""One step of training as `fit` makes it, without `fit`."""

import inspect
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

import keras
import numpy as np

from losses.running import backend
from losses.running.bench import USUAL

NOTHING_SEEN = object()


@dataclass(frozen=True)
class Run:
    """One step: the number that is minimised, what the loss returned before Keras took
    the mean, and the gradient with respect to y_pred."""

    value: float
    returned: object
    gradient: np.ndarray | None = None

    @property
    def shape(self):
        return np.shape(self.returned)


class Step:
    """A loss compiled into a model of its own, so that one way of running it cannot
    leave anything behind for another. `around` is a context in which it is called."""

    def __init__(self, loss, around=nullcontext):
        loss = afresh(loss)
        self.around = around
        self.function = loss
        self.returned = NOTHING_SEEN
        self.model = keras.Model()
        self.model.compile(optimizer=None, loss=self._listening(loss))

    def _listening(self, loss):
        if not isinstance(loss, keras.losses.Loss):
            return self._kept(loss)
        if type(loss).__call__ is not keras.losses.Loss.__call__:
            return loss
        heard = _copy(loss)
        heard.call = self._kept(loss.call)
        return heard

    def _kept(self, code):
        def kept(y_true, y_pred):
            returned = code(y_true, y_pred)
            if self.returned is NOTHING_SEEN:  # a gradient may need a second call
                self.returned = returned
            return returned

        return kept

    def loss_of(self, y_true, y_pred, sample_weight=None):
        with self.around():
            loss = self.model.compute_loss(None, y_true, y_pred, sample_weight)
        if self.returned is NOTHING_SEEN:  # a Loss with a `__call__` of its own
            self.returned = loss
        return loss

    def run(self, y_true, y_pred, sample_weight=None, gradient=False):
        """The step, operation by operation."""
        self.returned = NOTHING_SEEN
        true, pred = backend.tensor(y_true), backend.tensor(y_pred)
        weight = None if sample_weight is None else backend.tensor(sample_weight)

        def loss(y_pred):
            return self.loss_of(true, y_pred, weight)

        if gradient:
            value, found = backend.value_and_gradient(loss, pred)
        else:
            value, found = loss(pred), None
        return _run(value, backend.array(self.returned), found)

    def compiled(self, y_true, y_pred, unknown=None):
        """The step for arrays of these shapes, compiled: see `backend.compiled`."""
        self.returned = NOTHING_SEEN
        compiled = backend.compiled(self.loss_of, y_true, y_pred, unknown)
        return CompiledStep(compiled, self.returned)


@dataclass(frozen=True)
class CompiledStep:
    """A compiled step; `returned` is what the loss returned while it was traced."""

    compiled: backend.Compiled
    returned: object

    def run(self, y_true, y_pred):
        true, pred = backend.tensor(y_true), backend.tensor(y_pred)
        value, gradient = self.compiled.call(true, pred)
        return _run(value, None, gradient)

    def by_xla(self):
        return CompiledStep(backend.by_xla(self.compiled), None)


class Predictions(keras.Model):
    """Gives its inputs back, moved by a weight."""

    def __init__(self):
        super().__init__()
        self.shift = self.add_weight(shape=(), initializer="zeros")
        self.built = True

    def call(self, y_pred):
        return y_pred + self.shift


def fitted(loss, size, y_pred, y_true, *sample_weight):
    """The loss that `fit` reports of one epoch in batches of a size, where no step
    moves the predictions."""
    model = Predictions()
    model.compile(keras.optimizers.SGD(0.0), loss=afresh(loss), **USUAL)
    batches = backend.batches(size, y_pred, y_true, *sample_weight)
    history = model.fit(**batches, shuffle=False, verbose=0)
    return history.history["loss"][0]


def _run(value, returned, gradient):
    found = None if gradient is None else backend.array(gradient)
    return Run(float(np.sum(backend.array(value))), returned, found)


def afresh(loss):
    """The loss, with another `tf.function` in place of one that it is or holds: a call
    of it under a GradientTape can break its later compilation with XLA."""
    if isinstance(loss, partial):
        return partial(afresh(loss.func), *loss.args, **loss.keywords)
    if isinstance(loss, keras.losses.Loss):
        call = inspect.getattr_static(type(loss), "call")
        if not hasattr(call, "python_function"):
            return loss
        other = _copy(loss)
        other.call = backend.retraced(partial(call.python_function, loss))
        return other
    code = getattr(loss, "python_function", None)
    return loss if code is None else backend.retraced(code)


def _copy(loss):
    """The same object once more; `copy.copy` would save and load it."""
    other = object.__new__(type(loss))
    vars(other).update(vars(loss))
    return other
