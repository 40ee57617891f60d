"""What editors see of `losses`: `python -m losses.source.stub` writes `__init__.pyi`.

The package finds its names when they are asked for, which no editor can follow. A class
that takes its options from its function gets them written out, and `check` those of the
two functions that it stands for.
"""

import ast
import re
from pathlib import Path
from textwrap import indent

from losses.source.names import camel, modules
from losses.source.written_out import is_short_class, parameters

STUB = Path(__file__).parents[1] / "__init__.pyi"
HEAD = '''\
# Written by python -m losses.source.stub
"""Reference losses for Keras 3, each beside the mistakes it avoids."""

from collections.abc import Callable
from typing import Literal, overload

import keras

{imports}

__version__: str

def register() -> None:
    """Make every loss known to `keras.models.load_model`."""
'''
ELSEWHERE = """\
from losses.checker import parametrize_with_rules as parametrize_with_rules
from losses.checker.report import Report
from losses.ops.base import PerSampleLoss
from losses.ops.distance import signed_distance as signed_distance"""
# A model can be called as well, so it stands first.
CHECKED = {
    "check_model": "keras.Model",
    "check_loss": "Callable | keras.losses.Loss | str",
}


def stub():
    """The text of the stub."""
    imports, classes = [], []
    for name, module in modules().items():
        body = ast.parse(_source(module)).body
        function, cls = (_named(body, part) for part in (name, camel(name)))
        imports.append(
            _import(module, [name] if is_short_class(cls) else [cls.name, name])
        )
        if is_short_class(cls):
            classes.append(_class(function, cls))
    head = HEAD.format(imports="\n".join([*imports, ELSEWHERE]))
    body = ast.parse(_source("losses.checker.__init__")).body
    checks = [_overload(_named(body, name), kind) for name, kind in CHECKED.items()]
    return "\n".join([head, *checks, *classes])


def _source(module):
    return (
        STUB.parent.joinpath(*module.split(".")[1:])
        .with_suffix(".py")
        .read_text("utf-8")
    )


def _named(body, name):
    return next((node for node in body if getattr(node, "name", None) == name), None)


def _import(module, names):
    """In the form that ruff gives it."""
    line = f"from {module} import {', '.join(f'{name} as {name}' for name in names)}"
    if len(line) <= 88:
        return line
    listed = "".join(f"    {name} as {name},\n" for name in names)
    return f"from {module} import (\n{listed})"


def _overload(function, kind):
    """`check` with the arguments of one of the functions that it stands for; the first
    is of this kind."""
    given = function.args
    required = len(given.args) - len(given.defaults)
    defaults = [None] * required + given.defaults + given.kw_defaults
    written = [
        argument.arg if default is None else f"{argument.arg}={ast.unparse(default)}"
        for argument, default in zip((*given.args, *given.kwonlyargs), defaults)
    ]
    written[0] += f": {kind}"
    written.insert(len(given.args), "*")
    listed = "".join(f"    {part},\n" for part in written)
    doc = indent(f"{ast.get_docstring(function)}\n", "    ").lstrip()
    return f'@overload\ndef check(\n{listed}) -> Report:\n    """{doc}    """\n'


def _class(function, cls):
    return (
        f'class {cls.name}(PerSampleLoss):\n    """{_documentation(function, cls)}"""\n'
        f"\n    def __init__(\n        self,\n        *,\n{parameters(function)}"
        "    ) -> None: ...\n"
    )


def _documentation(function, cls):
    """The title of a class, and what its options mean."""
    _, _, sections = ast.get_docstring(function).partition("\nArgs:\n")
    arguments, _, _ = sections.partition("\n\nReturns:\n")
    first_option = re.search(r"^    (?!y_)\w+:", arguments, re.MULTILINE)
    own = f"{arguments[first_option.start() :]}\n" if first_option else ""
    base = ast.parse(_source("losses.ops.base")).body
    assigned = (node for node in base if isinstance(node, ast.Assign))
    common = next(n for n in assigned if n.targets[0].id == "COMMON_OPTIONS")
    options = f"Args:\n{own}{ast.literal_eval(common.value)}"
    return f"{ast.get_docstring(cls)}\n\n{indent(options, '    ')}    "


if __name__ == "__main__":
    STUB.write_text(stub(), "utf-8")
