"""What stands on the shelves, with what its text says of it."""

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

from losses.source.mending import changed_lines, differing
from losses.source.names import camel

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)
HERE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Mended:
    """What has a fix: its `source` holds both."""

    family: str
    name: str
    doc: str
    code: str  # as people write it: without declaration, docstring and fix
    fix: str  # the same code with its fix
    imports: str  # what both need to run
    source: str  # all of it

    @property
    def id(self):
        return f"{self.family}/{self.name}"

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


@dataclass(frozen=True)
class Variant(Mended):
    """A broken version of a loss, with the text of its declaration."""

    loss: str
    arguments: dict[str, ast.expr] = field(hash=False, repr=False)

    @property
    def id(self):
        return f"{self.loss}/{self.name}"

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
class Script(Mended):
    """A training script in which something is wrong between model, loss and data."""

    found_by: str
    severity: str


@dataclass(frozen=True)
class Error(Mended):
    """A few lines that raise an error of Keras, or make it warn."""

    @property
    def cause(self):
        """The first sentence: what must be the case for this error."""
        return " ".join(self.doc.partition("\n\n")[0].split())

    @property
    def way_out(self):
        return self.doc.partition("\n\n")[2]


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
    """What `losses.check` looks at. `shown_by` is the id of the variant that breaks it,
    of one about a model that of a script; a `slow` rule is left out of a quick check.
    """

    name: str
    family: str
    doc: str
    shown_by: str
    slow: bool

    @property
    def sentence(self):
        """What must hold: the first paragraph."""
        return " ".join(self.doc.partition("\n\n")[0].split())

    @property
    def explanation(self):
        return self.doc.partition("\n\n")[2].strip()


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


def _raises(node):
    """The arguments of `Raises("ValueError", "pattern")`; None of anything else."""
    if getattr(getattr(node, "func", None), "id", None) != "Raises":
        return None
    return [ast.literal_eval(argument) for argument in node.args]
