"""A loss and everything it uses in one file: what `losses copy --full` writes.

The loss stays as it is written, but for what is short for more: its decorator, and its
class, whose options no stub tells to editors there. Around it stand the helpers of
`losses` that it uses, and those that they use: above it what runs while the file is
read, and classes; the other functions below. A name changes only where one file cannot
hold it twice.
"""

import ast
import re
import sys
from functools import cache

from losses.source import registry
from losses.source.closure import closure, is_ours, module_of, scopes, used_by
from losses.source.written_out import in_full

# What a loss written out uses besides what its file imports.
WRITTEN_OUT = {
    "keras": ("keras", None),
    "refusals_of": ("losses.ops.refusals", "refusals_of"),
}


def _root(name):
    return f"losses.catalog.{registry.losses()[name].family}.{name}"


@cache
def in_one_file(name):
    """The text of the file."""
    root = _root(name)
    pieces = {(root, None): in_full(module_of(root).code)}
    origins = module_of(root).origins | WRITTEN_OUT
    looked_up = sorted(scopes(pieces[root, None])[0])
    used = {(root, None): {n: origins.get(n, ("builtins", n)) for n in looked_up}}
    for origin, code in closure(root).items():
        if origin[0] != root:
            pieces[origin] = _without_of(code)
            used[origin] = used_by(origin[0], pieces[origin])

    helpers = _reached((root, None), used)
    above = _above(root, helpers, pieces, used)
    below = [origin for origin in pieces if origin in helpers - {*above}]
    pieces = {origin: pieces[origin] for origin in [*above, (root, None), *below]}
    used = {origin: used[origin] for origin in pieces}
    names = _names(root, pieces, used)
    for code in pieces.values():
        if re.search(r"^\s+(from|import) losses\b", code, re.MULTILINE):
            raise ValueError(f"{root}: an import of losses inside a function")

    parts = [module_of(root).doc, _import_lines(used.values())]
    texts = [
        _renamed(code, origin, names, used[origin]) for origin, code in pieces.items()
    ]
    return "\n\n".join(parts) + "\n\n\n" + "\n\n\n".join(texts) + "\n"


def _without_of(code):
    """The code of a helper: of the base class without what understands `of=`."""
    [node] = ast.parse(code).body
    lines = code.splitlines()
    for part in getattr(node, "body", ()):
        if getattr(part, "name", None) == "__init_subclass__":
            del lines[part.lineno - 1 : part.end_lineno + 1]
    return "\n".join(lines)


def _reached(start, used):
    """What a piece uses of the others, and what those use."""
    reached, todo = set(), [start]
    while todo:
        for origin in used[todo.pop()].values():
            if origin in used and origin not in reached:
                reached.add(origin)
                todo.append(origin)
    return reached - {start}


def _above(root, helpers, pieces, used):
    """What must stand above the loss, each below what it needs: what runs while the
    file is read, such as decorators and base classes, and all classes.

    A function that runs needs all that it uses; anything else what it is made with.
    """
    ordered, visited = [], set()

    def add(origin, runs=False):
        visited.add(origin)
        made_with = _made_with(pieces[origin])
        for name, needed in used[origin].items():
            if needed in helpers - visited and (runs or name in made_with):
                add(needed, runs=not _is_class(pieces[needed]))
        ordered.append(origin)

    add((root, None))
    for origin in used:
        if origin in helpers - visited and _is_class(pieces[origin]):
            add(origin)
    return [origin for origin in ordered if origin[0] != root]


def _made_with(code):
    """The names that code looks up while it is read: all but those in functions."""
    todo, names = list(ast.parse(code).body), set()
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name):
            names.add(node.id)
        inner = list(ast.iter_child_nodes(node))
        if isinstance(node, (ast.FunctionDef, ast.Lambda)):
            body = node.body if isinstance(node.body, list) else [node.body]
            inner = [child for child in inner if child not in body]
        todo += inner
    return names


def _names(root, pieces, used):
    """One name for each helper: what the loss calls it, or else its own."""
    called = {origin: name for name, origin in module_of(root).origins.items()}
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
    return origin not in used.values() or name not in scopes(code)[1]


def _import_lines(used):
    """The imports from elsewhere, in the order that isort gives them."""
    bound = {}
    for names in used:
        for name, origin in names.items():
            if origin[0] == "builtins" or is_ours(origin[0]):
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
    both = new.keys() & scopes(code)[1]
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


def _is_class(code):
    """What a class is made from must stand above it; functions may stand below."""
    return re.match(r"(#.*\n|@.*\n)*class ", code) is not None
