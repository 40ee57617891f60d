"""The forms in which a loss is handed over: what Keras makes of it, what it is called,
and where its code stands."""

import inspect
from functools import partial

import keras

from losses.checker.failures import guarded


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
