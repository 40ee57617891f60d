"""Which code a thing uses: the closure of a function over the modules of `losses`.

Every name that is looked up has an origin, a pair: `(module, name there)`, with None
for the module itself, or `("builtins", name)`.
"""

import ast
import builtins
import symtable
from dataclasses import dataclass
from functools import cache

from losses.source import registry


@dataclass(frozen=True)
class _Module:
    """A file of `losses`, taken apart."""

    doc: str
    origins: dict[str, tuple[str, str | None]]  # of what it imports and defines
    pieces: dict[str, str]  # the code of what it defines, with the comment above
    code: str  # all of it without docstring and imports


def closure(module, names=None):
    """The code of what a module defines under these names, by default of all of it, and
    of all that it uses of `losses`: `{origin: code}`, in the order of modules."""
    names = module_of(module).pieces if names is None else names
    found, todo = set(), [(module, name) for name in names]
    while todo:
        origin = todo.pop()
        where, name = origin
        if not is_ours(where) or name is None or origin in found:
            continue
        found.add(origin)
        code = module_of(where).pieces[name]
        todo += [*used_by(where, code).values(), *_inside(where, code)]
    return {
        (where, name): code
        for where in sorted({where for where, _ in found})
        for name, code in module_of(where).pieces.items()
        if (where, name) in found
    }


def _inside(module, code):
    """What code uses by an attribute of a module, `backend.gradient`, or imports in a
    function."""
    origins = module_of(module).origins
    attributes, imports = _attributes_and_imports(code)
    for holder, attribute in attributes:
        where, name = origins.get(holder, ("", ""))
        if name is None and is_ours(where):
            yield where, attribute
    for node in imports:
        yield from (origin for _, origin in _imported(node))


@cache
def _attributes_and_imports(code):
    """The attributes of names, `(backend, gradient)`, and the imports of ours."""
    nodes = list(ast.walk(ast.parse(code)))
    attributes = [
        (node.value.id, node.attr)
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    ]
    imports = [
        node
        for node in nodes
        if isinstance(node, ast.ImportFrom) and is_ours(node.module or "")
    ]
    return dict.fromkeys(attributes), imports


def used_by(module, code):
    """The names that a piece of a module looks up, and where they come from."""
    origins = module_of(module).origins
    used = {}
    for name in sorted(scopes(code)[0]):
        known = name in origins or hasattr(builtins, name) or name == "__file__"
        if not known:
            raise ValueError(f"{module} uses {name}, which it does not define")
        used[name] = origins.get(name, ("builtins", name))
    return used


@cache
def scopes(code):
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
def module_of(name):
    source = _path(name).read_text("utf-8")
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


def _path(module):
    """The file of a module of ours."""
    place = registry.HERE.parent.joinpath(*module.split("."))
    file = place.with_suffix(".py")
    return file if file.exists() else place / "__init__.py"


def _imported(node):
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            whole = f"{node.module}.{alias.name}"
            is_module = is_ours(whole) and _path(whole).exists()
            origin = (whole, None) if is_module else (node.module, alias.name)
            yield alias.asname or alias.name, origin
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


def is_ours(module):
    return module.partition(".")[0] == "losses"
