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
from losses.source.mending import mended

MENDED = "losses.mended."


@dataclass(frozen=True)
class _Module:
    """A file of `losses`, taken apart."""

    doc: str
    origins: dict[str, tuple[str, str | None]]  # of what it imports and defines
    pieces: dict[str, str]  # the code of what it defines, with the comment above
    code: str  # all of it without docstring and imports


def closure(module, names=None, counted=str):
    """The code of what a module defines under these names, by default of all of it, and
    of all that it uses of `losses`: `{origin: code}`, in the order of modules. Of the
    code that part is read which is `counted`."""
    names = module_of(module).pieces if names is None else names
    found, todo = set(), [(module, name) for name in names]
    while todo:
        origin = todo.pop()
        where, name = origin
        if not is_ours(where) or name is None or origin in found:
            continue
        there = module_of(where)
        if name not in there.pieces:
            todo.append(_passed_on(where, name))
            continue
        found.add(origin)
        code = counted(there.pieces[name])
        todo += [*used_by(where, code).values(), *_inside(where, code)]
    return {
        (where, name): code
        for where in sorted({where for where, _ in found})
        for name, code in module_of(where).pieces.items()
        if (where, name) in found
    }


def _passed_on(module, name):
    """Where a name stands that a module of ours has from another one: `losses.dice` of
    the package is a loss of the catalog."""
    if name in module_of(module).origins:
        return module_of(module).origins[name]
    for loss in registry.losses().values() if module == "losses" else ():
        if name in (loss.name, loss.class_name):
            return f"losses.catalog.{loss.family}.{loss.name}", name
    raise ValueError(f"{module} has no {name}")


def imports_of(module, code):
    """Where the names come from that a piece of a module uses, but for builtins:
    `{"ops": ("keras", "ops")}`."""
    return {
        name: origin
        for name, origin in used_by(module, code).items()
        if origin[0] != "builtins"
    }


def _inside(module, code):
    """What code uses by an attribute of a module, `backend.gradient`, all of a module
    that it hands on, and what it imports in a function."""
    held, imports = _attributes_and_imports(code)
    local = {name: origin for node in imports for name, origin in _imported(node)}
    modules = {
        name: where
        for name, (where, there) in {**module_of(module).origins, **local}.items()
        if there is None and is_ours(where)
    }
    for name, attribute in held:
        if name in modules:
            where = modules[name]
            taken = module_of(where).pieces if attribute is None else [attribute]
            yield from ((where, each) for each in taken)
    yield from local.values()


@cache
def _attributes_and_imports(code):
    """The attributes of names, `(backend, gradient)`, with None where a name stands
    alone, and the imports of ours."""
    nodes = list(ast.walk(ast.parse(code)))
    held = [
        (node.value.id, node.attr)
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    ]
    holders = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    alone = [
        (node.id, None)
        for node in nodes
        if isinstance(node, ast.Name) and id(node) not in holders
    ]
    imports = [node for node in nodes if _imports_ours(node)]
    return dict.fromkeys(held + alone), imports


def _imports_ours(node):
    if isinstance(node, ast.ImportFrom):
        return is_ours(node.module or "")
    return isinstance(node, ast.Import) and any(is_ours(a.name) for a in node.names)


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
    source = _text(name)
    lines = source.splitlines()
    doc, *body = ast.parse(source).body
    origins, pieces, left_out = {}, {}, [doc]
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            origins |= _imported(node)
            left_out.append(node)
        for defined in _defined(node, name):
            if defined in pieces:
                raise ValueError(f"{name} defines {defined} twice")
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


def _text(module):
    """The text of a module of ours; of `losses.mended.…` that of the broken variants
    with their fixes."""
    if module.startswith(MENDED):
        return mended(_text(module.replace(MENDED, "losses.broken.", 1)))
    return _path(module).read_text("utf-8")


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
        elif alias.asname:
            yield alias.asname, (alias.name, None)
        elif is_ours(alias.name) and "." in alias.name:
            raise ValueError(f"import {alias.name} as a name of its own")
        else:
            yield alias.name.partition(".")[0], (alias.name, None)


def _defined(node, module):
    """The names that a statement at the top of a module defines. One that does more
    could change what they mean, and no key would know."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = getattr(node, "targets", None) or [node.target]
        if all(isinstance(target, ast.Name) for target in targets):
            return [target.id for target in targets]
    if not isinstance(node, (ast.Import, ast.ImportFrom)) and not _is_main(node):
        raise ValueError(
            f"{module}, line {node.lineno}: only imports, functions, classes and plain "
            "assignments stand at the top of a module"
        )
    return []


def _is_main(node):
    """Whether a statement does nothing where its module is imported."""
    is_if = isinstance(node, ast.If) and not node.orelse
    return is_if and ast.unparse(node.test) == "__name__ == '__main__'"


def _with_comment(node, lines):
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    while first > 1 and lines[first - 2].startswith("#"):
        first -= 1
    return "\n".join(lines[first - 1 : node.end_lineno])


def is_ours(module):
    return module.partition(".")[0] == "losses"
