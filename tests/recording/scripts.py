"""The training scripts of losses/scripts: what each gives to `fit`, and what a check
says of it."""

import io
import warnings
from contextlib import redirect_stdout

import keras

import losses
from tests.recording.sides import code_of

CODE = """\
import keras, losses, numpy as np

x = np.random.default_rng(0).normal(size=(64, 4))
y = 1 + x[:, :3].argmax(axis=-1)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)], name="flowers")
model.compile("adam", loss="sparse_categorical_crossentropy")

print(losses.check(model, x, y))
"""


def report_on(script, side):
    """What `losses.check` says of a script before it trains."""
    model, arguments, options = handed_to_fit(script, side)
    return losses.check(model, *arguments, **options)


def example():
    """The report that the site shows whole, and the code beside it."""
    _start_anew()
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(CODE, {})
    return {"code": CODE, "text": printed.getvalue().rstrip()}


def _start_anew():
    """As in a new process: the first layer of Dense is called dense."""
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(0)


class Handed(Exception):
    """What a script gave to `fit`, in place of a run."""

    def __init__(self, model, arguments, options):
        self.model, self.arguments, self.options = model, arguments, options


def handed_to_fit(script, side):
    """The model of a script, and what it gives to `fit`, which is not run: `(model,
    arguments, options)`."""

    def fit(model, *arguments, **options):
        raise Handed(model, arguments, options)

    _start_anew()
    before, keras.Model.fit = keras.Model.fit, fit
    try:
        with warnings.catch_warnings(action="ignore"):
            code_of(script, side)()
    except Handed as found:
        return found.model, found.arguments, found.options
    finally:
        keras.Model.fit = before
    raise ValueError(f"{script.id} does not call fit")
