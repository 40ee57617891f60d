"""Whether two outcomes are the same: the one comparison, and the one table of
tolerances.

Values may be numbers, arrays, or what `codec` makes of them: nested lists, dicts, and
"nan", "inf", "-inf" in place of what JSON has no number for.
"""

import math
from typing import NamedTuple

from losses.evidence.messages import cleaned


class Tolerance(NamedTuple):
    """`|a - b| <= max(relative · max(|a|, |b|), absolute)`."""

    relative: float
    absolute: float


# What is declared is worked out by hand; what was recorded has six digits; training
# makes more of the last digit than one step does.
DECLARED = Tolerance(1e-5, 1e-5)
RECORDED = Tolerance(1e-4, 1e-6)
TRAINED = Tolerance(5e-2, 1e-6)
# The variant beside the reference, in one run.
BESIDE = Tolerance(1e-5, 1e-6)
# One way of running beside another, and one environment beside another.
ACROSS = Tolerance(1e-4, 1e-5)
# What is told of another environment: a difference that somebody would notice.
NOTICED = Tolerance(1e-2, 1e-6)
# Half precision rounds the predictions themselves.
ROUNDED = {
    "mixed_float16": Tolerance(2.5e-3, 1e-5),
    "mixed_bfloat16": Tolerance(1e-2, 1e-5),
}

NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def same(one, other, tolerance=DECLARED):
    """Equal in structure, and in every number within `tolerance`; NaN equals NaN."""
    if isinstance(one, float) and isinstance(other, float):
        return _close(one, other, tolerance)
    one, other = _listed(one), _listed(other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            same(one[key], other[key], tolerance) for key in one
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(
            same(*pair, tolerance) for pair in zip(one, other)
        )
    one, other = _with_numbers(one), _with_numbers(other)
    if not (_is_number(one) and _is_number(other)):
        return type(one) is type(other) and one == other
    return _close(one, other, tolerance)


def keep(found, committed, tolerance=RECORDED):
    """`found`, with the committed text wherever that is the same within `tolerance`."""
    if isinstance(found, dict) and isinstance(committed, dict):
        return {
            key: keep(part, committed.get(key), tolerance)
            for key, part in found.items()
        }
    if isinstance(found, list) and isinstance(committed, list):
        if len(found) == len(committed):
            return [keep(*pair, tolerance) for pair in zip(found, committed)]
        return found
    if isinstance(found, str) and isinstance(committed, str):
        return committed if cleaned(found) == cleaned(committed) else found
    numbers = all(_is_number(part) for part in (found, committed))
    return committed if numbers and same(found, committed, tolerance) else found


def same_error(one, other):
    """Whether both recorded outcomes are errors of one class, whatever their words."""
    return "raises" in one and one["raises"] == other.get("raises")


def together(outcome):
    """An outcome as JSON has it: what several devices do, without what one of them does
    `alone`."""
    return {name: part for name, part in outcome.items() if name != "alone"}


def _close(one, other, tolerance):
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return math.isclose(
        one, other, rel_tol=tolerance.relative, abs_tol=tolerance.absolute
    )


def _listed(value):
    """Arrays and tuples as lists."""
    value = value.tolist() if hasattr(value, "tolist") else value
    return list(value) if isinstance(value, tuple) else value


def _with_numbers(value):
    """The number that a text stands for, of those that JSON has none for."""
    return NOT_FINITE.get(value, value) if isinstance(value, str) else value


def _is_number(value):
    return isinstance(value, (int, float))
