"""What `losses check` does: find a loss by its name, check it, tell what to do next.

Keras and the rules are imported when a check runs, because a wrong argument is told
without waiting for them.
"""

import importlib
import inspect
import os
import sys
import threading
import traceback
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.machinery import PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import click

from losses.running.startup import import_keras
from losses.source import registry

GUESSED = (None, "regression")


class Refused(Exception):
    """What was asked for cannot be checked."""


@dataclass(frozen=True)
class Target:
    """A loss by name: `place` is a file or a module, and empty for a bare name."""

    place: str
    name: str

    @classmethod
    def read(cls, text):
        """`train.py:my_loss`, `package.module:my_loss`, or a bare name."""
        place, _, name = text.rpartition(":")
        if text.endswith(".py") or not name:
            raise Refused(f"Say which loss: {text.rstrip(':')}:NAME")
        if name.endswith(")"):
            raise Refused(
                f"{name} is a call. Give a name: write my_loss = {name} in the file, "
                f"and check {place or 'FILE.py'}:my_loss."
            )
        target = cls(place, name)
        if target.is_file and not Path(place).is_file():
            raise Refused(f"There is no file {place}.")
        return target

    @property
    def ours(self):
        """The loss of this catalog that it is; None if it is none."""
        return None if self.place else registry.losses().get(registry.snake(self.name))

    @property
    def is_file(self):
        return self.place.endswith(".py") or "/" in self.place or os.sep in self.place


def run(target, shapes, *, like, task, from_logits, seed, form, **options):
    """Check a loss, print the report, and end the process: 0 without errors, 1 with, 3
    where the check is not complete and found none."""
    target = Target.read(target)
    like = None if like is None else Target.read(like)
    with _stdout_is_for_the_report():
        contract = _started()
        _known_rules((*options["skip"], *options["only"]), contract.RULES)
        if task is None and target.ours and target.ours.family in contract.TASKS:
            task = target.ours.family
        tensors = _tensors(contract, shapes, task, from_logits, seed)
        loss = _loss(target)
        options |= {"from_logits": from_logits, "like": like and _loss(like)}
        before = threading.enumerate()
        report = _checked(contract, before, target, loss, *tensors, **options)
    made_up = None if task else _made_up(tensors[0])
    _tell(report, form, target, loss, made_up)
    _end(_status(report), before)


def run_model(target, data, *, form, **options):
    """Check a model with the data that `fit` would get, likewise."""
    target, data = Target.read(target), Target.read(data)
    with _stdout_is_for_the_report():
        contract = _started()
        _known_rules((*options["skip"], *options["only"]), contract.known_rules())
        model = _made(target, contract.is_model)
        if not contract.is_model(model):
            raise Refused(
                f"{target.place}:{target.name} is no compiled model, nor a function "
                f"that makes one; it is a {type(model).__name__}. --data is for models."
            )
        given = _made(data, lambda found: not callable(found))
        given = given if isinstance(given, tuple) else (given,)
        before = threading.enumerate()
        report = _checked(contract, before, target, model, *given, **options)
    _tell(report, form, target, model, None)
    _end(_status(report), before)


def _started():
    with _waiting("starting Keras"):
        return _contract()


def _made(target, is_it):
    """What a name stands for, or what the function of that name returns."""
    found = _named(target)
    if is_it(found) or not callable(found):
        return found
    try:
        inspect.signature(found).bind()
    except TypeError as error:
        raise Refused(
            f"{target.place}:{target.name}() is called without arguments: {error}. "
            "Name what calls it, a function without arguments or its result."
        ) from None
    return found()


def _checked(contract, before, target, *arguments, **options):
    try:
        with _waiting(f"checking {target.name}"):
            return contract.check(*arguments, **options)
    except KeyboardInterrupt:
        _end(130, before)
    except (TypeError, ValueError) as error:
        raise Refused(str(error)) from None


def _tell(report, form, target, subject, made_up):
    if form == "json":
        click.echo(report.to_json())
    elif form == "text":
        _print(report)
        click.echo(_what_next(report, made_up), nl=False)
    else:
        from losses.checker import formats
        from losses.cli.places import places

        write = {"github": formats.github, "sarif": formats.sarif}[form]
        click.echo(write(report, places(target, subject, report)))
        click.echo("\n".join([report.summary, *report.remarks]), err=True)


def _status(report):
    """A rule that itself failed is no error of the loss."""
    if any(finding.rule not in report.failed for finding in report.of("error")):
        return 1
    return 0 if report.complete else 3


def _end(status, before):
    """Leave. A loss that never came back may sit in C++, where no exit of Python ends
    it: a process with a thread that the check began ends at once."""
    if set(threading.enumerate()) - set(before):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


# The report


def _print(report):
    if not sys.stdout.isatty():
        return click.echo(str(report))
    from rich.console import Console

    Console(highlight=False, color_system=_colours()).print(report)


def _made_up(y_true):
    return "numbers of a regression" if y_true.dtype.kind == "f" else "class ids"


MEANT = "Meant so?            --expect WORD (losses check --help has the words)"


def _what_next(report, made_up):
    """Where labels were guessed, what they are; after errors where each rule is
    explained, and what to do where it is meant."""
    errors = (f for f in report.of("error") if f.rule not in report.failed)
    broken = {finding.rule: finding.page for finding in errors}
    others = f"\nThe labels were made up as {made_up}. Others: --task TASK\n"
    guessed = others if made_up and report.findings else ""
    if not broken:
        return guessed
    first = next(iter(broken))
    pages = [f"  losses explain {rule}" for rule in broken]
    lines = [
        "",
        "The mistake behind each error, and the way out:",
        *pages,
        f"Every rule has its part of the site: {broken[first]}",
        *([] if report.outputs else [MEANT]),
        f'Known, and to stay?  --skip {first}="the reason"',
    ]
    return guessed + "\n".join(lines) + "\n"


@contextmanager
def _waiting(for_what):
    """A spinner, where somebody sees it."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True, color_system=_colours()).status(for_what):
        yield


def _colours():
    return None if os.environ.get("NO_COLOR") else "auto"


@contextmanager
def _stdout_is_for_the_report():
    """What is printed meanwhile goes to stderr; from C++ too, hence the descriptors."""
    kept = os.dup(1)
    sys.stdout.flush()
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


# What is checked


def _contract():
    try:
        import_keras()
    except ModuleNotFoundError as error:
        raise Refused(
            "losses check needs a backend of Keras: pip install "
            f'"losses[tensorflow]", or set KERAS_BACKEND to one that is there ({error})'
        ) from None
    return importlib.import_module("losses.checker")


def _known_rules(names, rules):
    for name in names:
        if name not in rules:
            hint = _near(name, rules, f"There are: {', '.join(rules)}.")
            raise Refused(f"There is no rule {name!r}. {hint}")


def _tensors(contract, shapes, task, from_logits, seed):
    try:
        y_true, y_pred = contract.plausible(*shapes, task, from_logits, seed)
    except ValueError as error:
        raise Refused(str(error)) from None
    if from_logits is not None and y_true.dtype.kind == "f" and task in GUESSED:
        raise Refused(
            "Logits and probabilities belong to classes. Say which with --task: "
            "binary, multiclass or segmentation."
        )
    return y_true, y_pred


def _loss(target):
    found = _named(target)
    if not callable(found):
        raise Refused(
            f"{target.place}:{target.name} is no loss: {type(found).__name__} cannot "
            "be called."
        )
    return found


def _named(target):
    """What a name stands for: in a file or module, here, or in Keras."""
    if not target.place:
        return _of_a_shelf(target)
    folder = Path(target.place).resolve().parent if target.is_file else Path.cwd()
    with _as_a_script(target, folder):
        try:
            found = (_file if target.is_file else _module)(target.place)
        except (Exception, SystemExit) as error:
            raise Refused(_why_not_loaded(target, error, folder)) from None
    for part in target.name.split("."):
        if not hasattr(found, part):
            names = _callables(found)
            hint = _near(part, names, f"It has: {', '.join(names[:20]) or 'nothing'}.")
            raise Refused(f"{target.place} has no {target.name!r}. {hint}")
        found = getattr(found, part)
    return found


def _of_a_shelf(target):
    """A loss of this catalog, or else of Keras."""
    import keras

    import losses

    name, ours = target.name, target.ours
    if ours:
        return getattr(losses, name if name == ours.class_name else ours.name)
    try:
        return keras.losses.get(name)
    except ValueError:
        theirs = [known for known in dir(keras.losses) if not known.startswith("_")]
        hint = _near(name, {*registry.losses(), *theirs}, "See: losses list.")
        raise Refused(
            f"There is no loss {name!r} here or in Keras. {hint} A loss of yours is "
            f"FILE.py:{name}."
        ) from None


def _module(place):
    if place not in sys.modules:
        _tell_of_executing(place)
    return importlib.import_module(place)


def _tell_of_executing(place):
    click.echo(f"losses check executes {place}", err=True)


def _file(place):
    path = Path(place).resolve()
    # A file called losses.py, or random.py, must not take the place of that module.
    name = f"checked_{path.stem}"
    known = sys.modules.get(name)
    if known and known.__file__ == str(path):
        return known  # --data and --like may name the same file
    spec = spec_from_file_location(name, path)
    if spec is None:
        raise ImportError(f"{place} is no file of Python")
    _tell_of_executing(place)
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


@contextmanager
def _as_a_script(target, folder):
    """As `python FILE` sees it: its folder first on the path, no arguments, and a
    `losses` of its own, which is a common name, in place of this package."""
    path, arguments = sys.path[:], sys.argv[:]
    sys.path.insert(0, str(folder))
    sys.argv[:] = [target.place]
    own = PathFinder.find_spec("losses", [str(folder)])
    here = str(Path(__file__).with_name("__init__.py"))
    ours = _take_away() if own and own.origin not in (None, here) else {}
    try:
        yield
    finally:
        if ours:
            _take_away()
            sys.modules.update(ours)
        sys.path[:], sys.argv[:] = path, arguments


def _take_away():
    names = [name for name in sys.modules if name.partition(".")[0] == "losses"]
    return {name: sys.modules.pop(name) for name in names}


def _why_not_loaded(target, error, folder):
    """The last line of the traceback, and the last place in it that is the user's."""
    place = target.place
    missing = not target.is_file and isinstance(error, ModuleNotFoundError)
    if missing and f"{place}.".startswith(f"{error.name}."):
        return f"There is no module {error.name!r} in {folder}, nor installed."
    frames = [(frame.filename, frame.lineno) for frame in _frames(error, folder)]
    if isinstance(error, SyntaxError) and error.filename:
        frames = [(error.filename, error.lineno)]
    where = "".join(f", {os.path.relpath(name)} line {line}" for name, line in frames)
    if isinstance(error, SystemExit):
        return (
            f"{place} ends the program when it is executed{where}. Put what is no "
            'definition under: if __name__ == "__main__"'
        )
    last = traceback.format_exception_only(error)[-1].strip()
    return f"{place} raises when it is executed{where}: {last}"


def _frames(error, folder):
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(folder)
        and "site-packages" not in frame.filename
        and frame.filename != __file__
    ]
    return frames[-1:]


def _callables(owner):
    """What can be called and is defined there, by name."""
    home = getattr(owner, "__module__", None) or getattr(owner, "__name__", None)
    found = []
    for name in dir(owner):
        value = None if name.startswith("_") else getattr(owner, name, None)
        defined = inspect.isclass(value) or inspect.isroutine(value)
        elsewhere = defined and getattr(value, "__module__", None) != home
        if callable(value) and not elsewhere:
            found.append(name)
    return found


def _near(name, known, otherwise):
    """The names that may be meant."""
    near = get_close_matches(name, known)
    return f"Did you mean {' or '.join(near)}?" if near else otherwise
