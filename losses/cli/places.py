"""Where in a repository that stands which a finding is about: a file and a line."""

import ast
import sys
from functools import cache
from pathlib import Path

import keras

from losses.checker.forms import code_of, name_of
from losses.checker.rules import RULES as OF_LOSSES


def places(target, subject, report):
    """A function that gives `(file, line)` of a finding: of the name that was checked,
    or of a loss of one's own in a model, where the finding is about that. None where no
    file of the user's holds it, as for a bare name.

    Args:
        target: The `Target` that was named.
        subject: What it is: a loss or a model.
        report: The `Report`.
    """
    named = _place(_file_of(target), target.name) if target.place else None
    own = _losses_of(subject) if report.outputs else {}

    def place(found):
        if found.rule not in OF_LOSSES:
            return named
        return own.get(_loss_of(found, report)) or named

    return place


def line_of(source, name):
    """Where a name of a module is defined, or last given a value; None if nowhere. Of
    `Box.loss` it is looked for in the class."""
    body = ast.parse(source).body
    *owners, last = name.split(".")
    for owner in owners:
        cls = next((n for n in _statements(body) if _is_class(n, owner)), None)
        if cls is None:
            return None
        body = cls.body
    lines = [node.lineno for node in _statements(body) if last in _names(node)]
    return lines[-1] if lines else None


def _statements(body):
    """Those of a module or class, also in an `if`, `try`, `with` or loop, and not those
    inside of functions and classes."""
    for node in body:
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for part in ("body", "orelse", "handlers", "finalbody"):
                yield from _statements(getattr(node, part, ()))


def _names(node):
    """The names that a statement gives a value to."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name for alias in node.names}
    targets = [
        *getattr(node, "targets", ()),
        *([node.target] if isinstance(node, (ast.AnnAssign, ast.For)) else ()),
        *(item.optional_vars for item in getattr(node, "items", ())),
    ]
    return {
        part.id
        for target in targets
        if target is not None
        for part in ast.walk(target)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }


def _is_class(node, name):
    return isinstance(node, ast.ClassDef) and node.name == name


def _place(file, name):
    """`(file, line)` of a name, the file as the repository has it."""
    if file is None:
        return None
    return _in_repository(file), line_of(_text(file), name) or 1


@cache
def _text(file):
    return Path(file).read_text("utf-8")


def _in_repository(file):
    """Its path from the root of the repository that it is in, or else from here: so
    GitHub knows files. One that lies elsewhere has its whole path."""
    file = Path(file).resolve()
    here = Path.cwd()
    root = next((p for p in (here, *here.parents) if (p / ".git").exists()), here)
    inside = file.is_relative_to(root)
    return (file.relative_to(root) if inside else file).as_posix()


def _file_of(target):
    if target.is_file:
        return target.place
    return getattr(sys.modules.get(target.place), "__file__", None)


def _losses_of(model):
    """`{name in a report: place}` of the losses of a model that stand in files of the
    user's."""
    found = {}
    for loss in keras.tree.flatten(getattr(model, "loss", None)):
        code = getattr(code_of(loss), "__code__", None) if callable(loss) else None
        if code is None or "site-packages" in Path(code.co_filename).parts:
            continue
        if Path(code.co_filename).is_file():
            kind = type(loss) if isinstance(loss, keras.losses.Loss) else loss
            name = getattr(kind, "__qualname__", "")
            line = line_of(_text(code.co_filename), name) or code.co_firstlineno
            found[name_of(loss)] = _in_repository(code.co_filename), line
    return found


def _loss_of(found, report):
    """The name of the loss that a finding is about: its sentence names the output where
    there are several."""
    one = len(report.outputs) == 1
    for output in report.outputs:
        if one or found.sentence.startswith(f"Output {output.output!r}: "):
            return output.loss
    return None
