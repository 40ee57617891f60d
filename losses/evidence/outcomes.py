"""What happens when a loss is run: it `Returns` a value or `Raises` an error.

The two words are used twice, for what a broken variant is declared to do and for what
it did. A test compares them.
"""

import re
from dataclasses import dataclass
from typing import Any

from losses.evidence.compare import same


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
        return seen.kind == "tensor" and tuple(seen.value.shape) == self.shape

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


def rounded(value):
    """Plain lists and floats of six digits."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(part) for part in value]
    return float(f"{float(value):.6g}") + 0.0
