"""Which tests of many are run: a slice that depends on the commit and on nothing else,
or one of several parts of all.

The same files give the same tests on any day and on any machine; another commit gets
another slice.
"""

import hashlib
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]


def is_drawn(name, share):
    """Whether this one belongs to a share of all, of 0 to 1."""
    return _number(name) < share


def some_of(names, count):
    """So many of these."""
    return sorted(names, key=_number)[:count]


def _number(name):
    """A number of 0 to 1 that the commit gives to a name."""
    digest = hashlib.sha256(f"{_content()} {name}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


@cache
def _content():
    """A hash of the code that is tested and of its tests."""
    found = hashlib.sha256()
    for folder in ("losses", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            found.update(path.read_bytes())
    return found.hexdigest()


def dealt(units, parts):
    """`{unit: part}`, the parts counted from 1, so that of each kind every part gets
    about as much, the largest first.

    Args:
        units: `{unit: (kind, size)}`; a unit is what stays together.
    """
    found, sizes = {}, defaultdict(Counter)
    for unit, (kind, size) in sorted(units.items(), key=lambda u: -u[1][1]):
        part = min(
            range(1, parts + 1), key=lambda p: (sizes[kind][p], sizes["all"][p], p)
        )
        found[unit] = part
        sizes[kind][part] += size
        sizes["all"][part] += size
    return found
