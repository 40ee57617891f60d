"""The shelves, read as text: losses, broken variants, claims, probes, and the rules of
`losses.check`.

Names, documentation and declarations all stand in the source files, so they are parsed
and never imported: importing one would import TensorFlow, two seconds for a command.
"""

import ast
import tomllib
from functools import cache
from glob import escape as glob_escape
from itertools import takewhile

from losses.source import imports
from losses.source.mending import ADDED, as_written, mended
from losses.source.names import snake
from losses.source.records import (
    HERE,
    Claim,
    Error,
    Loss,
    Probe,
    Rule,
    Script,
    Variant,
)

CHECKER = HERE / "checker"
OF_MODELS = "rules/models"  # the folder of the rules about a model


@cache
def losses():
    """Every loss by name, in the order of families and names."""
    paths = sorted((HERE / "catalog").glob("*/[a-z]*.py"))
    return {path.stem: _loss(path) for path in paths}


@cache
def variants():
    """Every broken variant by id."""
    return {v.id: v for loss in losses().values() for v in loss.variants}


@cache
def scripts():
    """Every training script in which something is wrong, by id."""
    paths = sorted((HERE / "scripts").glob("[a-z]*.py"))
    return {script.id: script for path in paths for script in _scripts(path)}


@cache
def errors():
    """Every error that losses lead to, by id."""
    paths = sorted((HERE / "errors").glob("[a-z]*.py"))
    return {error.id: error for path in paths for error in _errors(path)}


def is_shelf(id_):
    """Whether there may be something with this id: a file of the name before the `/`.
    Nothing is parsed for it."""
    name = id_.partition("/")[0] + ".py"
    shelves = ("catalog/*/", "claims/", "errors/")
    return any(any(HERE.glob(shelf + glob_escape(name))) for shelf in shelves)


@cache
def wordings():
    """What is said of these errors: `{place: {words: ids}}`, `…` in the words standing
    for what differs. Beside wordings.toml they are words of Keras that have one cause,
    from the table of raise sites."""
    folder = HERE / "errors"
    others = tomllib.loads((folder / "wordings.toml").read_text("utf-8"))
    sites = tomllib.loads((folder / "raise_sites.toml").read_text("utf-8"))
    found = {}
    for functions in sites.values():
        for messages in functions.values():
            for words, answer in messages.items():
                said = words.partition(": ")[2].partition(" #")[0]
                if answer in errors() and len(said.replace("…", " ").split()) > 3:
                    found.setdefault(said, [])
                    found[said] += [answer] * (answer not in found[said])
    of_one = {said: ids for said, ids in found.items() if len(ids) == 1}
    return others | {"anywhere": of_one | others["anywhere"]}


@cache
def questions():
    """By the id of an error: what tells it from others with the same words."""
    text = (HERE / "errors" / "questions.toml").read_text("utf-8")
    return {
        f"{family}/{name}": question
        for family, asked in tomllib.loads(text).items()
        for name, question in asked.items()
    }


@cache
def claims():
    """Every claim by id."""
    paths = sorted((HERE / "claims").glob("[a-z]*.py"))
    return {claim.id: claim for path in paths for claim in claims_of(path)}


@cache
def rule_families(folder="rules"):
    """What each family of rules is about, in the order in which they are run: of those
    about a loss, or of those about a model, in `rules/models`."""
    return {
        path.stem: ast.get_docstring(ast.parse(path.read_text("utf-8")))
        for path in _files_of_rules(folder)
    }


@cache
def rules(folder="rules"):
    """The rules of `losses.check`, in the order in which they are run: those about a
    loss, or those about a model, in `rules/models`."""
    return [
        Rule(
            name=node.name,
            family=path.stem,
            doc=ast.get_docstring(node) or "",
            shown_by=given["shown_by"],
            slow=given.get("slow", False),
        )
        for path in _files_of_rules(folder)
        for node in ast.parse(path.read_text("utf-8")).body
        if (given := _literals(_declaration(node, "rule"))) is not None
    ]


@cache
def probes():
    """Every probe by name, in the order in which they are run."""
    folder = HERE / "running" / "probes"
    return {
        node.name: Probe(
            node.name,
            f"losses.running.probes.{file}",
            ast.get_docstring(node) or "",
            **declared,
        )
        for file in _listed(folder / "__init__.py", "MODULES")
        for node in ast.parse((folder / f"{file}.py").read_text("utf-8")).body
        if (declared := _literals(_declaration(node, "probe"))) is not None
    }


@cache
def checker():
    """What is public in `losses.checker`, by name: its documentation."""
    files = [CHECKER / "__init__.py", CHECKER / "report.py"]
    return {
        node.name: ast.get_docstring(node) or ""
        for path in files
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        and not node.name.startswith("_")
    }


@cache
def demonstrations():
    """What each experiment of `losses demo` trains: losses and ids of variants."""
    tree = ast.parse((HERE / "demo" / "experiments.py").read_text("utf-8"))
    listed = tree.body[-1].value  # EXPERIMENTS = {name: Experiment(...)}
    return {
        key.value: [
            call.args[0].value
            for call in ast.walk(experiment)
            if getattr(getattr(call, "func", None), "id", None) == "Trial"
        ]
        for key, experiment in zip(listed.keys, listed.values)
    }


def _loss(path):
    family, source = path.parent.name, path.read_text("utf-8")
    function = next(
        n for n in ast.parse(source).body if getattr(n, "name", None) == path.stem
    )
    twin = HERE / "broken" / family / path.name
    return Loss(
        name=path.stem,
        family=family,
        doc=ast.get_docstring(function) or "",
        source=source,
        variants=tuple(_variants(twin)) if twin.exists() else (),
    )


def _variants(path):
    body = ast.parse(path.read_text("utf-8")).body
    named = _Named(
        {n.targets[0].id: n.value for n in body if isinstance(n, ast.Assign)}
    )
    for declaration, mended_code in _mended_in(path, "broken"):
        yield Variant(
            family=path.parent.name,
            loss=path.stem,
            arguments={k.arg: named.visit(k.value) for k in declaration.keywords},
            **mended_code,
        )


def _scripts(path):
    for declaration, mended_code in _mended_in(path, "script"):
        given = {"severity": "error"} | _literals(declaration)
        yield Script(family=path.stem, **mended_code, **given)


def _errors(path):
    for _, mended_code in _mended_in(path, "error"):
        yield Error(family=path.stem, **mended_code)


def _mended_in(path, decorator):
    """What a file declares that has a fix: `(declaration, fields of Mended)`."""
    source = path.read_text("utf-8")
    body, broken, fixed = ast.parse(source).body, as_written(source), mended(source)
    for node, written, right in zip(*map(_definitions, (source, broken, fixed))):
        if declaration := _declaration(node, decorator):
            yield (
                declaration,
                {
                    "name": snake(node.name),
                    "doc": ast.get_docstring(node) or "",
                    "code": without_docstring(written, broken),
                    "fix": without_docstring(right, fixed),
                    "imports": imports.needed(body, written, right),
                    "source": _with_last_added(node, source),
                },
            )


def _definitions(source):
    """The functions and classes of a file, in its order."""
    kinds = ast.FunctionDef, ast.ClassDef
    return [node for node in ast.parse(source).body if isinstance(node, kinds)]


def _with_last_added(node, source):
    """A definition with the lines that its fix puts in at the end of it."""
    after = source.splitlines()[node.end_lineno :]
    added = [*takewhile(ADDED.match, after)]
    return "\n".join([_segment(node, source), *added])


def claims_of(path):
    """The claims of one file, in its order, and twice if it holds one twice."""
    source = path.read_text("utf-8")
    for node in ast.parse(source).body:
        declaration = _declaration(node, "claim")
        if declaration:
            yield Claim(
                subject=path.stem,
                name=snake(node.name),
                heard=ast.get_docstring(node) or "",
                source=ast.literal_eval(declaration.args[0]),
                parts={
                    part.name: without_docstring(part, source)
                    for part in node.body
                    if isinstance(part, ast.FunctionDef)
                },
                text=_segment(node, source),
                ways=_ways(declaration),
            )


def _ways(declaration):
    for keyword in declaration.keywords:
        if keyword.arg == "ways":
            return ast.literal_eval(keyword.value)
    return ("call", "fit_eager", "fit_graph", "fit_xla")


def _listed(path, name):
    """The names in a tuple that a file assigns to a name."""
    return next(
        [element.id for element in node.value.elts]
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.Assign) and node.targets[0].id == name
    )


def _files_of_rules(folder):
    place = CHECKER / folder
    families = _listed(place / "__init__.py", "FAMILIES")
    return [place / f"{family}.py" for family in families]


def _literals(declaration):
    """The arguments of a declaration by name, or None without one."""
    if declaration is None:
        return None
    return {k.arg: ast.literal_eval(k.value) for k in declaration.keywords}


class _Named(ast.NodeTransformer):
    """Puts the value in the place of a name that the file gives to it."""

    def __init__(self, values):
        self.values = values

    def visit_Name(self, node):
        return self.values.get(node.id, node)


def _declaration(node, name):
    for decorator in getattr(node, "decorator_list", ()):
        if getattr(getattr(decorator, "func", None), "id", None) == name:
            return decorator
    return None


def _segment(node, source):
    decorators = getattr(node, "decorator_list", ())
    first = min([node.lineno, *(d.lineno for d in decorators)])
    return "\n".join(source.splitlines()[first - 1 : node.end_lineno])


def without_docstring(node, source):
    """The code of a function or class from its first line on, not indented."""
    lines = source.splitlines()
    kept = lines[node.lineno - 1 : node.end_lineno]
    if ast.get_docstring(node) is not None:
        doc = node.body[0]
        head = lines[node.lineno - 1 : doc.lineno - 1]
        tail = lines[doc.end_lineno : node.end_lineno]
        kept = head + (tail[1:] if tail and not tail[0].strip() else tail)
    return "\n".join(line[node.col_offset :] for line in kept)
