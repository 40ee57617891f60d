"""Names: the module of every loss, and how the names of a function and its class go
together.

`import losses` imports this, so it has to be cheap.
"""

import re
from functools import cache
from pathlib import Path

CATALOG = Path(__file__).parents[1] / "catalog"


@cache
def modules():
    """The module of every loss by its name, in the order of families and names."""
    paths = sorted(CATALOG.glob("*/[a-z]*.py"))
    return {p.stem: f"losses.catalog.{p.parent.name}.{p.stem}" for p in paths}


def snake(name):
    """`InASubclass` as `in_a_subclass`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def camel(name):
    """`in_a_subclass` as `InASubclass`."""
    return "".join(part.title() for part in name.split("_"))
