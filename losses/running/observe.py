"""What happens when something is run, as an outcome."""

import warnings

import numpy as np

from losses.evidence.messages import cleaned
from losses.evidence.outcomes import NotApplicable, Raises, Returns


class Impossible(Exception):
    """Raised by a way of running that does not exist for a subject or a backend."""


def observe(run):
    """What `run()` does, as an outcome. Arrays come back as NumPy arrays."""
    try:
        with warnings.catch_warnings(action="ignore"):
            value = run()
    except Impossible as reason:
        return NotApplicable(str(reason))
    except Exception as error:
        return Raises(type(error).__name__, cleaned(str(error)))
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
