"""What a rule is: a function with a public name that looks at one loss."""

from collections.abc import Callable
from dataclasses import dataclass

from losses.checker.report import Finding


@dataclass(frozen=True)
class Rule:
    """`shown_by` is the broken variant of the catalog that breaks it. `slow` rules are
    left out of a quick check. A rule that `looks_only` is asked about losses that do
    not run as well."""

    name: str
    sentence: str
    look: Callable
    shown_by: str
    slow: bool = False
    looks_only: bool = False


def rule(shown_by, slow=False, looks_only=False):
    """Declare a rule: a generator of findings. The first line of its docstring says
    what must hold."""

    def declare(look):
        sentence = look.__doc__.partition("\n")[0]
        look.rule = Rule(look.__name__, sentence, look, shown_by, slow, looks_only)
        return look

    return declare


def error(sentence, **numbers):
    return Finding("", "error", sentence, numbers)


def warning(sentence, **numbers):
    return Finding("", "warning", sentence, numbers)


def note(sentence, **numbers):
    return Finding("", "note", sentence, numbers)
