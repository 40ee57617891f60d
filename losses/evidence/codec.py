"""Outcomes as JSON.

Floats have six digits. Of a large tensor its shape and the least, mean and most of its
numbers are kept.
"""

import json
import math

from losses.evidence.messages import cleaned
from losses.evidence.outcomes import NotApplicable, Raises, rounded

MANY = 256  # numbers that are not kept one by one


def encoded(outcome):
    """An outcome as what JSON can hold."""
    if isinstance(outcome, NotApplicable):
        return {"not_applicable": outcome.reason}
    if isinstance(outcome, Raises):
        return {"raises": outcome.error, "message": cleaned(outcome.message)}
    record = {"returns": _plain(outcome.value)}
    if outcome.kind == "tensor" and len(found := _numbers(outcome.value)) > MANY:
        record = {
            "returns": _plain(_summary(found)),
            "shape": list(outcome.value.shape),
        }
    if outcome.kind != "tensor":
        record["kind"] = outcome.kind
    if outcome.step is not None:
        record["step"] = _plain(outcome.step)
    if outcome.alone is not None:
        record["alone"] = encoded(outcome.alone)
    return record


def dump(value, depth=0):
    """JSON with one line for everything that holds no dict."""
    end = "" if depth else "\n"
    if not _holds_dict(value):
        return json.dumps(value, ensure_ascii=False) + end
    if isinstance(value, dict):
        parts = [f"{json.dumps(k)}: {dump(v, depth + 1)}" for k, v in value.items()]
    else:
        parts = [dump(part, depth + 1) for part in value]
    first, last = "{}" if isinstance(value, dict) else "[]"
    pad = " " * depth
    return f"{first}\n{pad} " + f",\n{pad} ".join(parts) + f"\n{pad}{last}{end}"


def _summary(numbers):
    if any(math.isnan(number) for number in numbers):
        return dict.fromkeys(("least", "mean", "most"), math.nan)
    mean = sum(numbers) / len(numbers)
    return {"least": min(numbers), "mean": mean, "most": max(numbers)}


def _numbers(value):
    """Every number of a tensor."""
    return value.reshape(-1).tolist() if hasattr(value, "reshape") else [value]


def _holds_dict(value):
    if not isinstance(value, (dict, list)):
        return False
    parts = value.values() if isinstance(value, dict) else value
    return any(isinstance(part, dict) or _holds_dict(part) for part in parts)


def _plain(value):
    value = rounded(value)
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no NaN
    return value
