"""What a rule is: a function with a public name that looks at one loss."""

from collections.abc import Callable
from dataclasses import dataclass

from losses.checker.report import Finding


@dataclass(frozen=True)
class Rule:
    """`shown_by` is the broken variant of the catalog that breaks it. `slow` rules are
    left out of a quick check. A rule that `looks_only` is asked about losses that do
    not run as well. One that reads a `graph` is asked on TensorFlow only; another that
    is not asked everywhere is asked `only_on` some backends, and says why."""

    name: str
    sentence: str
    look: Callable
    shown_by: str
    slow: bool = False
    looks_only: bool = False
    graph: bool = False
    only_on: tuple[str, ...] = ()
    because: str = ""
    of_any_step: bool = False

    def not_asked_on(self, backend):
        """Why it is not asked on a backend; "" where it is."""
        if self.graph and backend != "tensorflow":
            return f"reads a TensorFlow graph; Keras runs on {backend}"
        return self.because if self.only_on and backend not in self.only_on else ""


def rule(shown_by, **facts):
    """Declare a rule: a generator of findings. The first paragraph of its docstring
    says what must hold. The arguments are read as text as well: they must be literals.
    """

    def declare(look):
        documentation = look.__doc__ or ""  # none with python -OO
        sentence = " ".join(documentation.partition("\n\n")[0].split())
        look.rule = Rule(look.__name__, sentence, look, shown_by, **facts)
        return look

    return declare


def rules_in(families):
    """`{name: rule}` of modules, in their order."""
    return {
        name: code.rule
        for family in families
        for name, code in vars(family).items()
        if hasattr(code, "rule")
    }


def error(sentence, **numbers):
    return _finding("error", sentence, numbers)


def warning(sentence, **numbers):
    return _finding("warning", sentence, numbers)


def note(sentence, **numbers):
    return _finding("note", sentence, numbers)


def _finding(severity, sentence, numbers):
    """Numbers of NumPy become those of Python, as JSON and `repr` show them."""
    plain = {
        name: value.item() if hasattr(value, "item") else value
        for name, value in numbers.items()
    }
    return Finding("", severity, sentence, plain)
