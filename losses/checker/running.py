"""Running a loss, as Keras runs it or directly, and what can be said of its code."""

import inspect
from dataclasses import dataclass
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from losses.checker.limits import TooLong
from losses.evidence.messages import cleaned

NOTHING_SEEN = object()


class LossFailed(Exception):
    """The loss raised; the error is its own."""

    def __init__(self, error):
        super().__init__(f"{type(error).__name__}: {first_line(error)}")
        self.error = error


@dataclass(frozen=True)
class Run:
    """One call, as `fit` makes it: the number, what the loss returned before Keras took
    the mean, and the gradient with respect to y_pred."""

    value: float
    returned: object
    gradient: np.ndarray | None = None

    @property
    def shape(self):
        return np.shape(self.returned)


class Way:
    """A loss compiled into a model of its own, so that one way of running it cannot
    leave anything behind for another."""

    def __init__(self, loss):
        loss = afresh(loss)
        self.function = loss
        self.returned = NOTHING_SEEN
        self.model = keras.Model()
        self.model.compile(loss=self._listening(loss))

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
            self.returned = code(y_true, y_pred)
            return self.returned

        return kept

    def loss_of(self, y_true, y_pred, sample_weight=None):
        self.returned = NOTHING_SEEN
        loss = self.model.compute_loss(None, y_true, y_pred, sample_weight)
        if self.returned is NOTHING_SEEN:  # a Loss with a `__call__` of its own
            self.returned = loss
        return loss

    def run(self, y_true, y_pred, sample_weight=None, gradient=False):
        true, pred = tf.constant(y_true), tf.constant(y_pred)
        weight = None if sample_weight is None else tf.constant(sample_weight)
        with tf.GradientTape() as tape:
            tape.watch(pred)
            value = self.loss_of(true, pred, weight)
        found = tape.gradient(value, pred) if gradient else None
        found = None if found is None else np.asarray(tf.convert_to_tensor(found))
        return Run(float(np.sum(value)), _array(self.returned), found)


def instance_of(loss):
    """What Keras makes of it: a name is looked up, a class is called."""
    if isinstance(loss, str):
        try:
            return keras.losses.get(loss)
        except ValueError as error:
            raise ValueError(
                f"Keras knows no loss called {loss!r}. Give its name, a function "
                "(y_true, y_pred), or a keras.losses.Loss."
            ) from error
    if inspect.isclass(loss) and issubclass(loss, keras.losses.Loss):
        return guarded(loss)
    if not callable(loss):
        raise TypeError(
            f"losses.check needs a loss: a function (y_true, y_pred), a "
            f"keras.losses.Loss, or the name of one; not {type(loss).__name__}."
        )
    return loss


def name_of(loss):
    if isinstance(loss, str):
        return loss
    if isinstance(loss, partial):
        return name_of(loss.func)
    if isinstance(loss, keras.losses.Loss):
        return type(loss).__name__
    return getattr(loss, "__name__", type(loss).__name__)


def code_of(loss):
    """The function that holds the formula: of a Loss its `call`, of a `tf.function`
    the Python below."""
    code = loss.call if isinstance(loss, keras.losses.Loss) else loss
    return getattr(code, "python_function", code)


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
        other.call = tf.function(partial(call.python_function, loss))
        return other
    code = getattr(loss, "python_function", None)
    return loss if code is None else tf.function(code)


def _copy(loss):
    """The same object once more; `copy.copy` would save and load it."""
    other = object.__new__(type(loss))
    vars(other).update(vars(loss))
    return other


def first_line(error):
    """The line of a message that says what is wrong."""
    lines = [line.strip() for line in cleaned(str(error)).splitlines() if line.strip()]
    if lines and lines[0].startswith("in user code:"):
        # TensorFlow puts the frames first, then the error of the class and its message.
        start = f"{type(error).__name__}: "
        lines = [line.removeprefix(start) for line in lines if start in line]
    return lines[0] if lines else "without a message"


def guarded(run):
    try:
        return run()
    except TooLong:
        raise
    except BaseException as error:  # sys.exit, pytest.fail and their like
        raise LossFailed(error) from error


def _array(value):
    """A tensor as an array; anything else as it is."""
    return np.asarray(value) if tf.is_tensor(value) else value
