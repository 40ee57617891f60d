"""A loss and everything it uses in one file: what `losses copy` writes.

The loss stays as it is written. Below it stand the helpers of `losses` that it uses,
and those that these use, as they are written too. A name changes only where one file
cannot hold it twice.
"""

import ast
import builtins
import hashlib
import re
import sys
import symtable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import losses
from losses import registry

PACKAGE = "my_project"
REGISTRATION = "keras.saving.register_keras_serializable"
HEADER = """\
# {name} from losses {version}, in one file. SPDX-License-Identifier: MIT
# sha256:{digest}
# What has changed since, here or there: `losses diff {name}.py`; to take what is new
# there and drop what is new here: `losses diff {name}.py | patch {name}.py`.

"""
HEADER_PATTERN = re.compile(
    r"# (?P<name>\w+) from losses (?P<version>\S+), in one file\..*\n"
    r"# sha256:(?P<digest>[0-9a-f]{64})\n(?:#.*\n)*\n"
)


@dataclass(frozen=True)
class Copied:
    """A file that `losses copy` wrote, and that somebody may have edited since."""

    name: str
    version: str
    digest: str
    body: str

    @classmethod
    def read(cls, text):
        """None for a text without the header."""
        header = HEADER_PATTERN.match(text)
        return header and cls(**header.groupdict(), body=text[header.end() :])

    @property
    def edited(self):
        return _digest(self.body) != self.digest

    @property
    def package(self):
        found = re.search(rf"{REGISTRATION}\(\s*[\"'](.*?)[\"']", self.body)
        return found[1] if found else PACKAGE


def standalone(name, package=PACKAGE):
    """The text of the file.

    Args:
        name: the loss.
        package: the name that Keras keeps it under in a saved model, before the `>`.
            Under `losses` it would replace the loss of an installed `losses`.
    """
    body = _body(name, package)
    header = HEADER.format(name=name, version=losses.__version__, digest=_digest(body))
    return header + body


def package_of(folder):
    """The name of the project that a folder belongs to: its outermost package, or its
    own name. Never `losses`, which is taken."""
    folder = Path(folder).resolve()
    while (folder / "__init__.py").exists() and (
        folder.parent / "__init__.py"
    ).exists():
        folder = folder.parent
    name = re.sub(r"[^\w.-]", "_", folder.name)
    return {"": PACKAGE, "losses": "my_losses"}.get(name, name)


def _digest(body):
    return hashlib.sha256(body.encode()).hexdigest()


@dataclass(frozen=True)
class _Piece:
    """A definition as it is written, with the comment above it."""

    module: str
    code: str

    @property
    def tree(self):
        return ast.parse(self.code)

    @property
    def used(self):
        """What each name stands for that is not its own: a helper `(module, name)`, an
        import, or `builtins`."""
        module = _module(self.module)
        return {
            name: module.imports.get(name, (self.module, name))
            if name in module.imports or name in module.pieces
            else _builtin(self.module, name)
            for name in _names(self.code)[0]
        }

    @property
    def local(self):
        return _names(self.code)[1]


@dataclass(frozen=True)
class _Module:
    doc: str
    imports: dict[str, tuple[str, str | None]]  # as used here: (module, name there)
    pieces: dict[str, _Piece]
    code: str  # all of it but docstring and imports


def _body(name, package):
    root = f"losses.catalog.{registry.losses()[name].family}.{name}"
    module = _module(root)
    pieces = {None: _Piece(root, module.code)} | _helpers(module)
    names = _named(module, pieces)
    own = set(pieces) - {None}
    used = {
        bound: origin
        for piece in pieces.values()
        for bound, origin in piece.used.items()
        if origin[0] != "builtins" and origin not in own and origin[0] != root
    }
    texts = [_renamed(origin, piece, names, package) for origin, piece in pieces.items()]
    return "\n\n\n".join(
        ["\n\n".join((module.doc, _import_lines(used))), *texts]
    ) + "\n"


def _helpers(module):
    """The helpers that a loss uses, and those that they use, in the order of their
    modules: `{(module, name): piece}`."""
    found, todo = set(), list(module.imports.values())
    while todo:
        origin = todo.pop(0)
        if origin in found or not _is_ours(origin):
            continue
        found.add(origin)
        todo += _module(origin[0]).pieces[origin[1]].used.values()
    modules = sorted({module for module, _ in found})
    return {
        (module, name): piece
        for module in modules
        for name, piece in _module(module).pieces.items()
        if (module, name) in found
    }


def _named(module, pieces):
    """One name for each helper: the one that the loss knows it by, or else its own."""
    aliases = {origin: name for name, origin in module.imports.items()}
    names = dict.fromkeys(module.pieces)
    for origin in pieces:
        if origin is None:
            continue
        stem = origin[0].rpartition(".")[2]
        for name in (aliases.get(origin), origin[1], f"{stem}_{origin[1]}"):
            if name and name not in names and _is_free(name, origin, pieces):
                names[name] = origin
                break
        else:
            raise ValueError(f"{origin} has no name that is free in one file")
    return {origin: name for name, origin in names.items() if origin}


def _is_free(name, origin, pieces):
    for piece in pieces.values():
        used = piece.used
        if used.get(name, origin) != origin:
            return False
        if name in piece.local and origin in used.values():
            return False
    return True


def _renamed(origin, piece, names, package):
    """The code of a piece with the names and the registration of the one file."""
    new = {
        name: names[meant]
        for name, meant in piece.used.items()
        if names.get(meant, name) != name
    }
    code = piece.code
    if origin and names[origin] != origin[1]:
        new[origin[1]] = names[origin]
        code = re.sub(rf"^((?:def|class) ){origin[1]}\b", rf"\1{names[origin]}", code, 1, re.M)
    ...
