"""The training scripts of losses/scripts: what each hands to `fit`, wrong and mended."""

import atexit
import shutil
import tempfile
import warnings
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import keras

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


class Handed(Exception):
    """What a script gave to `fit`, in place of a run."""

    def __init__(self, model, arguments, options):
        self.model, self.arguments, self.options = model, arguments, options


def handed_to_fit(script, side):
    """The model of a script, and the arguments that it gives to `fit`, which is not run:
    `(model, arguments, options)`."""

    def fit(model, *arguments, **options):
        raise Handed(model, arguments, options)

    keras.utils.set_random_seed(0)
    before, keras.Model.fit = keras.Model.fit, fit
    try:
        with warnings.catch_warnings(action="ignore"):
            code_of(script, side)()
    except Handed as found:
        return found.model, found.arguments, found.options
    finally:
        keras.Model.fit = before
    raise ValueError(f"{script.id} does not call fit")
