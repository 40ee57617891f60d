"""A loss and everything it uses in one file: what `losses copy` writes.

The loss stays as it is written. Around it stand the helpers of `losses` that it uses,
and those that they use: classes above, functions below. A name changes only where one
file cannot hold it twice.
"""

import ast
import builtins
import hashlib
import re
import symtable
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from losses import __version__
from losses.source import registry

PACKAGE = "my_project"
HEADER = """\
# {name} from losses {version}, in one file. It needs Keras only.
# SPDX-License-Identifier: MIT
# sha256:{digest}
# What has changed since, there and here:
#     losses diff {name}.py
# To take what changed there, and drop what changed here:
#     losses diff {name}.py | patch {name}.py

"""
HEADER_PATTERN = re.compile(
    r"# (?P<name>\w+) from losses (?P<version>\S+), in one file\b.*\n"
    r"(?:#.*\n)*# sha256:(?P<digest>[0-9a-f]{64})\n(?:#.*\n)*\n"
)
REGISTRATION = re.compile(r"(register_keras_serializable\(\s*)[\"'](.*?)[\"']")


def standalone(name, package=PACKAGE):
    """The text of the file.

    Args:
        name: the loss.
        package: what Keras calls the project in a saved model, before the `>`. Under
            `losses` the copy would take the place of an installed `losses`.
    """
    if not re.fullmatch(r"[\w.-]+", package):
        raise ValueError(f"{package!r} has more in it than letters, digits and _ . -")
    body = _under(package, _body(name))
    header = HEADER.format(name=name, version=__version__, digest=_digest(body))
    return header + body


@dataclass(frozen=True)
class Copied:
    """A file that `losses copy` wrote and somebody may have edited since."""

    name: str
    version: str
    digest: str
    body: str

    @classmethod
    def read(cls, text):
        """None where the header is missing."""
        header = HEADER_PATTERN.match(text)
        return header and cls(**header.groupdict(), body=text[header.end() :])

    @property
    def edited(self):
        return _digest(self.body) != self.digest

    @property
    def package(self):
        found = REGISTRATION.search(self.body)
        return found[2] if found else PACKAGE


def package_of(folder):
    """The name of the project that a folder belongs to: its outermost package, or the
    folder itself. Never `losses`, which is taken."""
    folder = Path(folder).resolve()
    while (folder.parent / "__init__.py").exists():
        folder = folder.parent
    name = re.sub(r"[^\w.-]", "_", folder.name) or PACKAGE
    return "my_losses" if name == "losses" else name


def _digest(body):
    """Of the body as it is under `PACKAGE`, because a project may change its name."""
    return hashlib.sha256(_under(PACKAGE, body).encode()).hexdigest()


def _under(package, body):
    return REGISTRATION.sub(rf'\1"{package}"', body)


# Every name that is looked up has an origin, a pair: (module, name there), with None
# for the module itself, or ("builtins", name).


@dataclass(frozen=True)
class _Module:
    """A file of `losses`, taken apart."""

    doc: str
    origins: dict[str, tuple[str, str | None]]  # of what it imports and defines
    pieces: dict[str, str]  # the code of what it defines, with the comment above
    code: str  # all of it without docstring and imports


def pieces(name):
    """The code of a loss, and of each helper that it uses, without their names in one
    file."""
    root = _root(name)
    return [_module(root).code, *_helpers(root).values()]


def _root(name):
    return f"losses.catalog.{registry.losses()[name].family}.{name}"


def _body(name):
    root = _root(name)
    helpers = _helpers(root)
    pieces = {**_classes(helpers), (root, None): _module(root).code, **helpers}
    used = {origin: _used(origin[0], code) for origin, code in pieces.items()}
    names = _names(root, pieces, used)
    for code in pieces.values():
        if re.search(r"^\s+(from|import) losses\b", code, re.MULTILINE):
            raise ValueError(f"{root}: an import of losses inside a function")

    parts = [_module(root).doc, _import_lines(used.values())]
    texts = [
        _renamed(code, origin, names, used[origin]) for origin, code in pieces.items()
    ]
    return "\n\n".join(parts) + "\n\n\n" + "\n\n\n".join(texts) + "\n"


def _helpers(root):
    """What a loss uses of `losses`, and what that uses, by module."""
    found, todo = set(), list(_module(root).origins.values())
    while todo:
        origin = todo.pop()
        module, name = origin
        if _is_ours(module) and module != root and origin not in found:
            found.add(origin)
            todo += _used(module, _module(module).pieces[name]).values()
    return {
        (module, name): code
        for module in sorted({module for module, _ in found})
        for name, code in _module(module).pieces.items()
        if (module, name) in found
    }


def _classes(helpers):
    """The classes among them, each below those that it is made from."""
    ordered = {}

    def add(origin):
        code = helpers[origin]
        [node] = ast.parse(code).body
        used = _used(origin[0], code)
        for name in (n for base in node.bases for n in ast.walk(base)):
            made_from = used.get(getattr(name, "id", None))
            if made_from in helpers:
                add(made_from)
        ordered.setdefault(origin, code)

    for origin, code in helpers.items():
        if _is_class(code):
            add(origin)
    return ordered


def _names(root, pieces, used):
    """One name for each helper: what the loss calls it, or else its own."""
    called = {origin: name for name, origin in _module(root).origins.items()}
    names = {origin: name for origin, name in called.items() if origin[0] == root}
    for module, name in pieces:
        if module == root:
            continue
        origin = module, name
        wanted = (called.get(origin), name, f"{module.rpartition('.')[2]}_{name}")
        free = [
            other
            for other in wanted
            if other
            and other not in names.values()
            and all(
                _fits(other, origin, pieces[piece], used[piece]) for piece in pieces
            )
        ]
        if not free:
            raise ValueError(f"{root}: no name in one file for {name} of {module}")
        names[origin] = free[0]
    return names


def _fits(name, origin, code, used):
    """Whether `name` can stand for `origin` in a piece of code that looks up `used`."""
    if used.get(name, origin) != origin:
        return False
    return origin not in used.values() or name not in _scopes(code)[1]


def _import_lines(used):
    """The imports from elsewhere, in the order that isort gives them."""
    bound = {}
    for names in used:
        for name, origin in names.items():
            if origin[0] == "builtins" or _is_ours(origin[0]):
                continue
            if bound.setdefault(name, origin) != origin:
                raise ValueError(f"{name} means {bound[name]} and {origin}")
    groups = {True: ([], {}), False: ([], {})}
    for name, (module, there) in sorted(bound.items()):
        plain, members = groups[module.partition(".")[0] in sys.stdlib_module_names]
        if there is None:
            alias = "" if name == module.partition(".")[0] else f" as {name}"
            plain.append(f"import {module}{alias}")
        else:
            alias = there if name == there else f"{there} as {name}"
            members.setdefault(module, []).append(alias)
    return "\n\n".join(
        "\n".join(
            [
                *plain,
                *(f"from {m} import {', '.join(members[m])}" for m in sorted(members)),
            ]
        )
        for plain, members in groups.values()
        if plain or members
    )


def _renamed(code, origin, names, used):
    """A piece of code with the names that things have in the one file."""
    new = {name: names.get(meant, name) for name, meant in used.items()}
    new = {name: other for name, other in new.items() if name != other}
    both = new.keys() & _scopes(code)[1]
    if both:
        raise ValueError(f"{origin}: {both} are global names and local ones")
    if names.get(origin, origin[1]) != origin[1]:
        new[origin[1]] = names[origin]
        code = re.sub(
            rf"^(def|class) {origin[1]}\b", rf"\1 {names[origin]}", code, flags=re.M
        )
    lines = [line.encode() for line in code.splitlines(keepends=True)]
    found = [n for n in ast.walk(ast.parse(code)) if getattr(n, "id", None) in new]
    for node in sorted(found, key=lambda n: n.col_offset, reverse=True):
        line = lines[node.lineno - 1]
        before, after = line[: node.col_offset], line[node.end_col_offset :]
        lines[node.lineno - 1] = before + new[node.id].encode() + after
    return b"".join(lines).decode()


def _used(module, code):
    """The names that a piece of a module looks up, and where they come from."""
    origins = _module(module).origins
    used = {}
    for name in sorted(_scopes(code)[0]):
        if name not in origins and not hasattr(builtins, name):
            raise ValueError(f"{module} uses {name}, which it does not define")
        used[name] = origins.get(name, ("builtins", name))
    return used


@cache
def _scopes(code):
    """The names that code looks up at module level, and those local to its parts."""
    outer, local = set(), set()

    def visit(table):
        for symbol in table.get_symbols():
            name = symbol.get_name()
            at_top = table.get_type() == "module"
            if symbol.is_referenced() and (at_top or symbol.is_global()):
                outer.add(name)
            elif not at_top and symbol.is_local():
                local.add(name)
        for child in table.get_children():
            visit(child)

    visit(symtable.symtable(code, "piece", "exec"))
    return outer, local


@cache
def _module(name):
    path = registry.HERE.parent.joinpath(*name.split(".")).with_suffix(".py")
    source = path.read_text("utf-8")
    lines = source.splitlines()
    doc, *body = ast.parse(source).body
    origins, pieces, left_out = {}, {}, [doc]
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            origins |= _imported(node)
            left_out.append(node)
        for defined in _defined(node):
            origins[defined] = (name, defined)
            pieces[defined] = _with_comment(node, lines)
    gone = {n for node in left_out for n in range(node.lineno, node.end_lineno + 1)}
    code = [line for number, line in enumerate(lines, 1) if number not in gone]
    return _Module(
        doc="\n".join(lines[doc.lineno - 1 : doc.end_lineno]),
        origins=origins,
        pieces=pieces,
        code="\n".join(code).strip("\n"),
    )


def _imported(node):
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            yield alias.asname or alias.name, (node.module, alias.name)
        else:
            module = alias.name if alias.asname else alias.name.partition(".")[0]
            yield alias.asname or module, (alias.name, None)


def _defined(node):
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _with_comment(node, lines):
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    while first > 1 and lines[first - 2].startswith("#"):
        first -= 1
    return "\n".join(lines[first - 1 : node.end_lineno])


def _is_class(code):
    """What a class is made from must stand above it; functions may stand below."""
    return re.match(r"(#.*\n|@.*\n)*class ", code) is not None


def _is_ours(module):
    return module.partition(".")[0] == "losses"
