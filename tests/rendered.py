"""The pages of this checkout, as the site would be built."""

from functools import cache

import pytest

from docs.generator import shelf as shelves
from docs.generator.render import render

SHELF = shelves.read()


@cache
def complaint():
    return shelves.complaint(SHELF)


def fitting():
    """The shelf; a failure, and how to mend it, if the evidence does not fit. What does
    not is said once, by the test of it."""
    if complaint():
        pytest.fail(complaint().splitlines()[0], pytrace=False)
    return SHELF


@cache
def pages():
    return render(fitting())
