"""The evidence: what was seen, written by pytest, compared ever after.

Byte-stable: floats have six digits, and a value within 1e-4 of the committed one keeps
the committed text. Of a large tensor the shape, least, mean and most are kept.
"""

import json
import math
import random
import re

import numpy as np

from losses.evidence import store
from losses.evidence.outcomes import NotApplicable, Raises, rounded
from tests.environments import versions

CLOSE = 1e-4
TINY = 1e-6  # of which nothing is kept
MANY = 256  # numbers that are not kept one by one


def as_json(outcome):
    if isinstance(outcome, NotApplicable):
        return {"not_applicable": outcome.reason}
    if isinstance(outcome, Raises):
        return {"raises": outcome.error, "message": steady(outcome.message)}
    seen = {"returns": _plain(outcome.value)}
    if outcome.kind == "tensor" and np.size(outcome.value) > MANY:
        values = np.asarray(outcome.value, float)
        least, mean, most = values.min(), values.mean(), values.max()
        summary = {"least": least, "mean": mean, "most": most}
        seen = {"returns": _plain(summary), "shape": list(values.shape)}
    if outcome.kind != "tensor":
        seen["kind"] = outcome.kind
    if outcome.step is not None:
        seen["step"] = _plain(outcome.step)
    if outcome.alone is not None:
        seen["alone"] = as_json(outcome.alone)
    return seen


def steady(message):
    """Without what changes though nothing has changed: how many layers and data sets
    were made before, in which line of a probe it is, and which of two devices was the
    first to tell of its error."""
    if "root error(s) found" in message:
        message = re.search(r"\(0\) \w+:\s+(.*)", message)[1]
    message = re.sub(r"(\b[A-Z]\w*Dataset|\.py):\d+", r"\1", message)
    return re.sub(r"\b(loss_layer|keras_tensor|in_a_subclass)_\d+", r"\1", message)


def settle(name, seen, config, close=CLOSE):
    """Compare with the committed evidence of this name, or rewrite it.

    `close` is relative: training makes more of the last digit than one step does.
    """
    environment = config.getoption("--environment")
    path = store.DATA / environment / f"{name}.json"
    committed = store.evidence(name, environment)
    record = {"environment": versions(environment), **seen}
    record = keep(record, committed, close)
    if config.getoption("--evidence") != "check":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dump(record), "utf-8")
    else:
        assert committed, f"no evidence for {name}: run pytest --evidence=update"
        assert record == committed, "read the difference, then pytest --evidence=update"


def drawn(config, *names):
    """Whether what was seen under these names is seen again: all of it for an update,
    nothing of what is not stale, and a share of it in a test."""
    mode = config.getoption("--evidence")
    if mode != "check":
        return mode == "update"
    number = random.Random(" ".join((config.getoption("--seed"), *names)))
    return number.random() < share(config)


def share(config):
    """How much is seen again: a tenth, or all of what somebody asks for by name."""
    given = config.getoption("--again")
    if given is not None:
        return given
    return 1.0 if config.getoption("keyword") else 0.1


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


def keep(seen, committed, close):
    """`seen`, with the committed text wherever that is close."""
    if isinstance(seen, dict) and isinstance(committed, dict):
        return {k: keep(part, committed.get(k), close) for k, part in seen.items()}
    if isinstance(seen, list) and isinstance(committed, list):
        if len(seen) == len(committed):
            return [keep(*pair, close) for pair in zip(seen, committed)]
        return seen
    numbers = all(isinstance(part, (int, float)) for part in (seen, committed))
    if numbers and math.isclose(seen, committed, rel_tol=close, abs_tol=TINY):
        return committed
    return seen
