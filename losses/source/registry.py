"""The shelves, read as text: losses, broken variants, claims, probes, and the rules of
`losses.check`.

Names, documentation and declarations all stand in the source files, so they are parsed
and never imported: importing one would import TensorFlow, two seconds for a command.
"""

import ast
import re
from dataclasses import dataclass, field
from functools import cache
from itertools import takewhile
from pathlib import Path

from losses.source import imports
from losses.source.mending import (
    ADDED,
    as_written,
    changed_lines,
    differing,
    mended,
)
from losses.source.names import camel, snake

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)
HERE = Path(__file__).parents[1]
CHECKER = HERE / "checker"


@dataclass(frozen=True)
class Variant:
    """A broken version of a loss, with the text of its declaration."""

    family: str
    loss: str
    name: str
    doc: str
    code: str  # as people write it: without declaration, docstring and fix
    fix: str  # the same code with its fix
    imports: str  # what both need to run
    source: str  # all of it
    arguments: dict[str, ast.expr] = field(hash=False, repr=False)

    @property
    def id(self):
        return f"{self.loss}/{self.name}"

    @property
    def title(self):
        return self.doc.splitlines()[0]

    @property
    def changed_lines(self):
        """How many lines its fix changes."""
        return changed_lines(self.code, self.fix)

    @property
    def change(self):
        """The size of its fix, in words."""
        out, new = map(any, zip(*differing(self.code, self.fix)))
        kind = "" if out and new else "taken out" if out else "put in"
        number = self.changed_lines
        lines = f"line{'s' if number != 1 else ''}"
        return f"{number} {lines} {kind}" if kind else f"{number} changed {lines}"

    def runnable(self, side):
        """Its `code` or its `fix`, with what that imports."""
        code = getattr(self, side).strip("\n")
        return f"{self.imports}\n\n\n{code}" if self.imports else code

    @property
    def declared(self):
        """The arguments of the declaration, as text."""
        return {name: ast.unparse(value) for name, value in self.arguments.items()}

    @property
    def probe(self):
        named = self.arguments.get("probe")
        return ast.literal_eval(named) if named else "call"

    @property
    def holds_in(self):
        """The versions of Keras whose fault it is, as in PEP 440; "" if it is none."""
        named = self.arguments.get("holds_in")
        return ast.literal_eval(named) if named else ""

    @property
    def found_by(self):
        """The rule of `losses.check` that finds it; "" if none is asked."""
        named = self.arguments.get("found_by")
        return ast.literal_eval(named) if named else ""

    @property
    def fix_differs(self):
        """Why its fix does not do what the reference does in every way of running; ""
        if it does."""
        named = self.arguments.get("fix_differs")
        return ast.literal_eval(named) if named else ""

    @property
    def fault(self):
        """Where it is a fault of Keras itself: in which versions it was seen."""
        found = re.fullmatch(r">=([\d.]+),<=([\d.]+)", self.holds_in)
        versions = f"{found[1]} to {found[2]}" if found else self.holds_in
        return f"a fault of Keras, seen in {versions}" if versions else ""

    @property
    def error(self):
        """The class and the pattern of the error it is declared to raise, or None."""
        return _raises(self.arguments["gives"])

    @property
    def symptom(self):
        """What a user meets: raises, NaN, wrong gradient, wrong number, or depends."""
        gives, on = self.arguments["gives"], self.arguments.get("on")
        outcomes = [gives, *(on.values if on else ())]
        if len({_raises(outcome) is None for outcome in outcomes}) > 1:
            return "depends"
        if self.error:
            return "raises"
        names = {getattr(n, "id", getattr(n, "attr", "")) for n in ast.walk(gives)}
        if names & {"nan", "inf"}:
            return "NaN"
        return "wrong gradient" if self.probe == "gradient" else "wrong number"


@dataclass(frozen=True)
class Loss:
    """A reference loss and its broken variants."""

    name: str
    family: str
    doc: str
    source: str
    variants: tuple[Variant, ...]

    @property
    def class_name(self):
        return camel(self.name)

    @property
    def title(self):
        return self.doc.splitlines()[0]

    @property
    def coupling(self):
        """Whether a value depends on other samples: "per-sample", "batch-coupled", or
        with which option it does, 'batch-coupled with over="batch"'."""
        found = re.search(r"[Bb]atch-coupled(\s+with\s+`(.+?)`)?", self.doc)
        if not found:
            return "per-sample"
        return f"batch-coupled with {found[2]}" if found[2] else "batch-coupled"

    @property
    def path(self):
        return HERE / "catalog" / self.family / f"{self.name}.py"

    @property
    def pattern(self):
        """The text of its pattern."""
        path = HERE / "patterns" / self.family / f"{self.name}.py"
        return path.read_text("utf-8")

    @property
    def pattern_lines(self):
        """The lines of code of its pattern: without documentation and comments."""
        told = set()
        for node in ast.walk(ast.parse(self.pattern)):
            if isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None:
                told.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
        return sum(
            number not in told and not line.lstrip().startswith("#") and line != ""
            for number, line in enumerate(self.pattern.splitlines(), 1)
        )


@dataclass(frozen=True)
class Claim:
    """What somebody says, and the code that tests it."""

    subject: str
    name: str
    heard: str
    source: str
    text: str
    parts: dict[str, str] = field(hash=False)  # said_to_fail, advice, works: code
    ways: tuple[str, ...]  # probes that a loss of it is run by

    @property
    def id(self):
        return f"{self.subject}/{self.name}"


@dataclass(frozen=True)
class Rule:
    """What `losses.check` looks at. `shown_by` is the id of the variant that breaks it;
    a `slow` rule is left out of a quick check."""

    name: str
    family: str
    doc: str
    shown_by: str
    slow: bool

    @property
    def sentence(self):
        return self.doc.partition("\n")[0]

    @property
    def explanation(self):
        return self.doc.partition("\n")[2].strip()


@dataclass(frozen=True)
class Probe:
    """A way of running a loss, and how the site speaks of it: see
    `losses.running.probe`."""

    name: str
    module: str
    doc: str
    phrase: str
    column: str
    compared_with: str


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
def claims():
    """Every claim by id."""
    paths = sorted((HERE / "claims").glob("[a-z]*.py"))
    return {claim.id: claim for path in paths for claim in claims_of(path)}


@cache
def rule_families():
    """What each family of rules is about, in the order in which they are run."""
    return {
        name: ast.get_docstring(ast.parse(_rules_of(name)))
        for name in _listed(CHECKER / "rules" / "__init__.py", "FAMILIES")
    }


@cache
def rules():
    """The rules of `losses.check`, in the order in which they are run."""
    return [
        Rule(
            name=node.name,
            family=family,
            doc=ast.get_docstring(node) or "",
            shown_by=given["shown_by"],
            slow=given.get("slow", False),
        )
        for family in rule_families()
        for node in ast.parse(_rules_of(family)).body
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
    source = path.read_text("utf-8")
    body = ast.parse(source).body
    named = _Named(
        {n.targets[0].id: n.value for n in body if isinstance(n, ast.Assign)}
    )
    broken, fixed = as_written(source), mended(source)
    for node, written, right in zip(*map(_definitions, (source, broken, fixed))):
        declaration = _declaration(node, "broken")
        if declaration:
            yield Variant(
                family=path.parent.name,
                loss=path.stem,
                name=snake(node.name),
                doc=ast.get_docstring(node) or "",
                code=without_docstring(written, broken),
                fix=without_docstring(right, fixed),
                imports=imports.needed(body, written, right),
                source=_with_last_added(node, source),
                arguments={k.arg: named.visit(k.value) for k in declaration.keywords},
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


def _rules_of(family):
    return (CHECKER / "rules" / f"{family}.py").read_text("utf-8")


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


def _raises(node):
    """The arguments of `Raises("ValueError", "pattern")`; None of anything else."""
    if getattr(getattr(node, "func", None), "id", None) != "Raises":
        return None
    return [ast.literal_eval(argument) for argument in node.args]
