"""What happens when a loss is run: it `Returns` a value or `Raises` an error.

The two words are used twice, for what a broken variant is declared to do and for what
it was seen to do. A test compares them.
"""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Returns:
    """A value. Shape counts: a scalar is not a vector of one.

    `kind` says what came back where that was no tensor: "list", "tuple", "dict",
    "number", "none". `step` is the norm of the gradient that a training step used.
    `alone` is what one device does with the batch that several devices shared, which
    may be an error.
    """

    value: Any = None
    kind: str = "tensor"
    step: float | None = None
    alone: "Returns | Raises | None" = None

    def fits(self, seen):
        return (
            isinstance(seen, Returns)
            and self.kind == seen.kind
            and same(self.value, seen.value)
            and (self.step is None or same(self.step, seen.step))
        )

    def __str__(self):
        what = "" if self.kind == "tensor" else f"a {self.kind} "
        step = "" if self.step is None else f", step {rounded(self.step)}"
        return f"returned {what}{rounded(self.value)}{step}"


@dataclass(frozen=True)
class Raises:
    """An error, by the name of its class and a pattern found in its message."""

    error: str
    message: str = ""

    def fits(self, seen):
        return (
            isinstance(seen, Raises)
            and self.error == seen.error
            and re.search(self.message, seen.message) is not None
        )

    def __str__(self):
        return f"raised {self.error}: {self.message}"


@dataclass(frozen=True)
class Runs:
    """What a claim says of code that is said to work: no error, and perhaps a shape.

    A shape shows in a direct call only: what `fit` logs is one number.
    """

    shape: tuple | None = None

    def fits(self, seen):
        if not isinstance(seen, Returns):
            return False
        if self.shape is None or seen.step is not None:
            return True
        return seen.kind == "tensor" and np.shape(seen.value) == self.shape

    def __str__(self):
        return "runs" if self.shape is None else f"runs, with shape {self.shape}"


@dataclass(frozen=True)
class Fails:
    """What a claim says of code that is said to fail where it names no class of error:
    any error, with a pattern found in its message."""

    message: str = ""

    def fits(self, seen):
        return (
            isinstance(seen, Raises)
            and re.search(self.message, seen.message) is not None
        )

    def __str__(self):
        return f"fails: {self.message}" if self.message else "fails"


@dataclass(frozen=True)
class NotApplicable:
    """A way of running that does not exist for this subject, and why."""

    reason: str

    def fits(self, seen):
        return self == seen

    def __str__(self):
        return f"not applicable: {self.reason}"


class Impossible(Exception):
    """Raised by a way of running that does not exist for a subject or a backend."""


@dataclass(frozen=True)
class Case:
    """Inputs, the way of running them, and what must come of it.

    `options` go to the reference, and to a variant that has parameters of these names.
    `sample_weight` and `class_weight` are used by the probes of these names. `on` says
    what else the subject gives, by probe, where that differs in kind. `holds_in` says
    of a fault of Keras itself in which versions it was seen: ">=3.10,<=3.15.1".
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


def broken(**case):
    """Declare the inputs of a broken variant, what it `gives`, and what is right
    `instead`; `probe` is the way of running that shows it."""

    def declare(variant: Callable):
        variant.case = Case(**case)
        return variant

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
        if all(len(held[part]) == len(seen[part]) for part in held):
            return "true", held
        return ("false" if not all(held.values()) else "depends"), held


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


def observe(run):
    """What `run()` does, as an outcome. Arrays come back as NumPy arrays."""
    try:
        with warnings.catch_warnings(action="ignore"):
            value = run()
    except Impossible as reason:
        return NotApplicable(str(reason))
    except Exception as error:
        return Raises(type(error).__name__, message_of(error))
    return value if isinstance(value, Returns) else returned(value)


def returned(value):
    if value is None:
        return Returns(None, kind="none")
    if isinstance(value, (list, tuple)):
        parts = [_array(part) for part in value]
        return Returns(parts, kind=type(value).__name__)
    if isinstance(value, dict):
        return Returns({k: _array(v) for k, v in value.items()}, kind="dict")
    if isinstance(value, (bool, int, float)):
        return Returns(value, kind="number")
    return Returns(np.asarray(value))


def _array(part):
    return None if part is None else np.asarray(part)


def same(one, other):
    """Equal in shape, and in value to five digits; NaN equals NaN."""
    if one is None or other is None:
        return one is other
    if isinstance(one, dict) or isinstance(other, dict):
        return (
            isinstance(one, dict)
            and isinstance(other, dict)
            and one.keys() == other.keys()
            and all(same(one[key], other[key]) for key in one)
        )
    if _is_ragged(one) or _is_ragged(other):
        return _length(one) == _length(other) and all(map(same, one, other))
    one, other = np.asarray(one, float), np.asarray(other, float)
    return one.shape == other.shape and np.allclose(
        one, other, rtol=1e-5, atol=1e-5, equal_nan=True
    )


def rounded(value):
    """Plain lists and floats of six digits."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(part) for part in value]
    array = np.asarray(value, float)
    if array.ndim:
        return [rounded(part) for part in array]
    return float(f"{float(array):.6g}") + 0.0


def message_of(error):
    """The message, without what changes from run to run or from place to place."""
    text = re.sub(r"\x1b\[\d*m", "", str(error))
    text = re.sub(r"\{\{.*?\}\}\s?", "", text)
    text = re.sub(r'^\s*File ".*\n.*\n?', "", text, flags=re.MULTILINE)
    text = re.sub(r"0x[0-9a-f]+", "0x…", text)
    text = re.sub(r"(?<![\w.])(?<!:/)/(?:[\w.+-]+/)+", "…/", text)
    text = re.sub(r"(__\w+?)_\d+\b", r"\1", text)
    text = re.sub(r"\b(functional|sequential)(_\d+)+\b", r"\1", text)
    lines = [line.rstrip() for line in text.splitlines()]
    noise = ("Detected at node", "Stack trace for op definition", "Graph execution")
    return "\n".join(line for line in lines if line and not line.startswith(noise))


def _is_ragged(value):
    return isinstance(value, (list, tuple)) and any(
        part is None or np.ndim(part) or isinstance(part, np.ndarray) for part in value
    )


def _length(value):
    """None of a scalar."""
    listed = isinstance(value, (list, tuple))
    return len(value) if listed or np.ndim(value) else None
