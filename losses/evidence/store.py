"""Reads recorded evidence."""

import json
from pathlib import Path

from losses.evidence.environments import REFERENCE

DATA = Path(__file__).parent / "data"


def evidence(name, environment=REFERENCE):
    """What was seen of a loss `dice`, of claims `claims/shapes`, of a `demo/binary`,
    and of all rules, `check/rules`."""
    path = DATA / environment / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else None
