"""Which tests of many are run: a slice that depends on the commit and on nothing else.

The same files give the same tests on any day and on any machine; another commit sees
another slice.
"""

import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]


def is_drawn(name, share):
    """Whether this one belongs to a share of all, of 0 to 1."""
    digest = hashlib.sha256(f"{_content()} {name}".encode()).digest()
    return int.from_bytes(digest[:8]) < share * 2**64


@cache
def _content():
    """A hash of the code that is tested and of its tests."""
    found = hashlib.sha256()
    for folder in ("losses", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            found.update(path.read_bytes())
    return found.hexdigest()
