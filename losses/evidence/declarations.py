"""What a broken variant and a claim declare: inputs, and what must come of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from losses.evidence.outcomes import Fails, Raises, Returns, Runs

__all__ = [
    "Case",
    "Claim",
    "Fails",
    "Raises",
    "Returns",
    "Runs",
    "broken",
    "claim",
    "error",
    "script",
]


@dataclass(frozen=True)
class Case:
    """Inputs, the way of running them, and what must come of it.

    `options` go to the reference, and to a variant that has parameters of these names.
    `sample_weight` and `class_weight` are used by the probes of these names. `on` says
    what else the subject gives, by probe, where that differs in kind. `holds_in` says
    of a fault of Keras itself in which versions it was seen: ">=3.10,<=3.15.1".
    `found_by` is the rule of `losses.check` that finds it, or None where no rule is
    asked: of a training script, and of a loss of several outputs at once.

    Of its fix: `fix_is_long` says why more than four lines change, `fix_differs` why
    there are ways of running in which it does not do what the reference does,
    `fix_misses` why it does not give a number of its loss that was worked out by hand.
    """

    y_true: Any
    y_pred: Any
    gives: Returns | Raises
    instead: Returns | Raises | None = None
    probe: str = "call"
    options: dict[str, Any] = field(default_factory=dict)
    sample_weight: Any = None
    class_weight: dict[int, float] | None = None
    on: dict[str, Returns | Raises] = field(default_factory=dict)
    holds_in: str | None = None
    found_by: str | None = None
    fix_is_long: str = ""
    fix_differs: str = ""
    fix_misses: str = ""


def broken(**case):
    """Declare the inputs of a broken variant, what it `gives`, and what is right
    `instead`; `probe` is the way of running that shows it."""

    def declare(variant: Callable):
        variant.case = Case(**case)
        return variant

    return declare


def script(found_by, severity="error"):
    """Declare a training script in which something is wrong: the rule of `losses.check`
    that finds it, and how loud it is. It takes nothing, and ends in `model.fit(...)`.
    """

    def declare(code: Callable):
        code.found_by, code.severity = found_by, severity
        return code

    return declare


BACKENDS = ("tensorflow", "jax", "torch")


def error(kind=None, **on):
    """Declare a few lines that raise an error or warn of something: its class on every
    backend, or by the names of those on which it comes. They take nothing, and stand by
    themselves."""

    def declare(code: Callable):
        code.kinds = dict.fromkeys(BACKENDS, kind) if kind else on
        return code

    return declare


@dataclass(frozen=True)
class Claim:
    """What somebody says about Keras and losses, and the code that tests it.

    `predicts` holds an outcome for each part that the claim is about: `said_to_fail`,
    `advice`. A part is code: a loss `(y_true, y_pred)`, run on the inputs given here; a
    script `(mode)` that passes `**mode` to `model.compile` and returns what `fit`
    returns; or anything without parameters. `works` is the part that needs no
    prediction: it must run.
    """

    source: str
    predicts: dict[str, Any]
    parts: dict[str, Callable]
    ways: tuple[str, ...] | None = None
    y_true: Any = None
    y_pred: Any = None

    def verdict(self, seen):
        """`true` where all that was predicted came, `false` where one part came in no
        way of running, `depends` otherwise. With it, the ways in which it came."""
        held = {
            part: [way for way, outcome in seen[part].items() if said.fits(outcome)]
            for part, said in self.predicts.items()
        }
        return verdict(held, seen), held


def verdict(held, seen):
    """What follows from the ways in which each part came, and those in which it ran."""
    if all(len(held[part]) == len(seen[part]) for part in held):
        return "true"
    return "depends" if all(held.values()) else "false"


def claim(source, *, said_to_fail=None, advice=None, **inputs):
    """Declare a claim: a class whose docstring says what is heard, whose static methods
    `said_to_fail`, `advice` and `works` are the code."""

    def declare(cls):
        predicts = {"said_to_fail": said_to_fail, "advice": advice}
        cls.claim = Claim(
            source,
            {part: said for part, said in predicts.items() if said is not None},
            {part: code for part, code in vars(cls).items() if part in PARTS},
            **inputs,
        )
        return cls

    return declare


PARTS = ("said_to_fail", "advice", "works")
