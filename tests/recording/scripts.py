"""The training scripts of losses/scripts: what each gives to `fit`, and what a check
says of it."""

import atexit
import io
import shutil
import tempfile
import warnings
from contextlib import redirect_stdout
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import keras

import losses
from losses.source import registry
from losses.source.mending import as_written, mended

SIDES = {"wrong": as_written, "mended": mended}


@cache
def _module(family, side):
    """A family of scripts with their mistakes, or with their fixes, as a module of its
    own file: what TensorFlow makes a graph of must be found as text."""
    folder = Path(tempfile.mkdtemp(prefix="scripts"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / f"{family}_{side}.py"
    source = registry.HERE / "scripts" / f"{family}.py"
    path.write_text(SIDES[side](source.read_text("utf-8")) + "\n", "utf-8")
    spec = spec_from_file_location(f"scripts.{family}_{side}", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def code_of(script, side):
    return getattr(_module(script.family, side), script.name)


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
