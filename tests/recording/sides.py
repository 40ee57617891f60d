"""Code of the project with its mistakes or with its fixes, as modules of files of their
own: what TensorFlow makes a graph of must be found as text."""

import atexit
import shutil
import tempfile
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from losses.source import registry
from losses.source.mending import as_written, mended

SIDES = {"wrong": as_written, "mended": mended}
FOLDERS = {registry.Error: "errors", registry.Script: "scripts"}


def code_of(declared, side):
    """The function of an error or a script, with its mistake or its fix."""
    module = _family(FOLDERS[type(declared)], declared.family, side)
    return getattr(module, declared.name)


@cache
def _family(folder, family, side):
    source = registry.HERE / folder / f"{family}.py"
    text = SIDES[side](source.read_text("utf-8"))
    module = module_of(f"{folder}.{family}_{side}", text)
    module.__spec__.loader.exec_module(module)
    return module


def module_of(name, text):
    """A module of this name and a file that holds this text, which has not run yet."""
    folder = Path(tempfile.mkdtemp(prefix="sides"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / f"{name.rpartition('.')[2]}.py"
    path.write_text(f"{text}\n", "utf-8")
    return module_from_spec(spec_from_file_location(name, path))
