"""The evidence: what was seen, written by pytest, compared ever after.

Byte-stable: floats have six digits, and a value within 1e-4 of the committed one keeps
the committed text.
"""

import json
import math
from importlib.metadata import version

import keras

from losses import registry
from losses.outcomes import NotApplicable, Raises, rounded

CLOSE = 1e-4


def as_json(outcome):
    if isinstance(outcome, NotApplicable):
        return {"not_applicable": outcome.reason}
    if isinstance(outcome, Raises):
        return {"raises": outcome.error, "message": outcome.message}
    seen = {"returns": _plain(outcome.value)}
    if outcome.kind != "tensor":
        seen["kind"] = outcome.kind
    if outcome.step is not None:
        seen["step"] = _plain(outcome.step)
    return seen


def settle(name, seen, config):
    """Compare with the committed evidence of this name, or rewrite it."""
    path = registry.EVIDENCE / registry.REFERENCE / f"{name}.json"
    committed = registry.evidence(name)
    record = _keep({"environment": environment(), **seen}, committed)
    if config.getoption("--evidence") == "update":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dump(record), "utf-8")
    else:
        assert committed, f"no evidence for {name}: run pytest --evidence=update"
        assert record == committed, "read the difference, then pytest --evidence=update"


def environment():
    backend = keras.backend.backend()
    return {"keras": version("keras"), backend: version(backend)}


def dump(value, depth=0):
    """JSON with one line for everything that holds no dict."""
    if not isinstance(value, dict) or not _holds_dict(value):
        return json.dumps(value, ensure_ascii=False) + ("\n" if depth == 0 else "")
    pad = " " * (depth + 1)
    lines = ",\n".join(
        f"{pad}{json.dumps(key)}: {dump(part, depth + 1)}"
        for key, part in value.items()
    )
    return f"{{\n{lines}\n{' ' * depth}}}" + ("\n" if depth == 0 else "")


def _holds_dict(value):
    return any(isinstance(part, dict) for part in value.values())


def _plain(value):
    value = rounded(value)
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no NaN
    return value


def _keep(seen, committed):
    """`seen`, with the committed text wherever that is close."""
    if isinstance(seen, dict) and isinstance(committed, dict):
        return {key: _keep(part, committed.get(key)) for key, part in seen.items()}
    if isinstance(seen, list) and isinstance(committed, list):
        if len(seen) == len(committed):
            return [_keep(*pair) for pair in zip(seen, committed)]
        return seen
    numbers = all(isinstance(part, (int, float)) for part in (seen, committed))
    if numbers and math.isclose(seen, committed, rel_tol=CLOSE, abs_tol=CLOSE):
        return committed
    return seen
