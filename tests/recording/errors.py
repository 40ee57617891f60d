"""What the lines of losses/errors raise or warn of, on the backend of this process, and
where Keras does so."""

import re
import sys
import tempfile
import warnings
from contextlib import chdir
from pathlib import Path

import keras

from losses.evidence import keys, store
from losses.evidence.messages import cleaned
from losses.source import registry
from tests.recording.sides import code_of

KERAS = Path(keras.__file__).parent / "src"


def observed(error, side="wrong"):
    """`(class, message, where)` of what an error raises or warns of; `where` is the
    innermost function of Keras, as "file function"; None if nothing comes.

    A warning is told where the error is declared to be one.
    """
    keras.utils.set_random_seed(0)
    kind = code_of(error, "wrong").kinds.get(keras.backend.backend(), "")
    keras.config.disable_traceback_filtering()
    try:
        with _Warnings(kind) as heard:
            _quietly(code_of(error, side))
    except Exception as raised:
        return type(raised).__name__, cleaned(str(raised)), _place(raised)
    finally:
        keras.config.enable_traceback_filtering()
        keras.backend.clear_session()
    return heard.first


def record(environment, names=()):
    """Write what errors do in an environment, those named or all that are stale: the
    ids of those that changed."""
    before, backend = store.errors(environment), keras.backend.backend()
    found, silent = {}, []
    for name, error in registry.errors().items():
        if backend not in code_of(error, "wrong").kinds:
            continue
        fresh = before.get(name, {}).get("key") == keys.of_error(error)
        if name not in names and (fresh or names) and name in before:
            found[name] = before[name]
            continue
        if what := observed(error):
            found[name] = dict(zip(("raises", "message", "at"), what))
            found[name]["key"] = keys.of_error(error)
        else:
            silent.append(name)
    store.write_errors(environment, found)
    if silent:
        raise ValueError(f"nothing is raised: {', '.join(silent)}")
    return [name for name in found | before if found.get(name) != before.get(name)]


def _quietly(code):
    """Run it without the bars of `fit`, in a folder of its own: some write files."""
    keras.utils.disable_interactive_logging()
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        code()


class _Warnings:
    """Hears the first warning of a class, and who gave it; all others are ignored."""

    def __init__(self, kind):
        self.kind, self.first = kind, None

    def __enter__(self):
        self.before = warnings.warn, warnings.filters[:]
        warnings.simplefilter("ignore")
        warnings.warn = self.warn
        return self

    def warn(self, message, category=None, stacklevel=1, **options):
        is_one = isinstance(message, Warning)
        name = (type(message) if is_one else category or UserWarning).__name__
        if name == self.kind and self.first is None:
            frame = sys._getframe(1)
            if place := _within_keras(frame.f_code):
                self.first = name, cleaned(str(message)), place

    def __exit__(self, *_):
        warnings.warn, warnings.filters[:] = self.before


def _place(raised):
    """The innermost function of Keras that an error came through; of one that a thread
    of TensorFlow raised, as its message tells."""
    _, _, told = str(raised).rpartition("Traceback (most recent call last)")
    frames = re.findall(r'File ".*keras/src/(.*)", line \d+, in (\w+)', told)
    if frames and told != str(raised):
        return " ".join(frames[-1])
    found, step = "", raised.__traceback__
    while step:
        found = _within_keras(step.tb_frame.f_code) or found
        step = step.tb_next
    return found


def _within_keras(code):
    path = Path(code.co_filename)
    if not path.is_relative_to(KERAS) or path.name == "traceback_utils.py":
        return ""
    function = code.co_qualname.replace("<locals>.", "")
    return f"{path.relative_to(KERAS).as_posix()} {function}"
