"""The pages of this checkout, as the site would be built."""

from functools import cache

import pytest

from docs.generator import site_data
from docs.generator.render import render

SITE = site_data.read()


@cache
def complaint():
    return site_data.complaint(SITE)


def fitting():
    """What the site is made of; a failure, and how to mend it, if the evidence does not
    fit. What does not is listed once, by the test of it."""
    if complaint():
        pytest.fail(complaint().splitlines()[0], pytrace=False)
    return SITE


@cache
def pages():
    return render(fitting())
