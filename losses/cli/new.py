"""What `losses new` does: write the skeletons of the four files of a loss.

They run, and compute the mean squared error, so that every step from there can be
tried. `WRITE` marks what is still to be written; a test names the files that hold it.
"""

import keyword
import re
from pathlib import Path

import losses
from losses.source import registry
from losses.source.names import camel, snake

CATALOG = '''\
"""{title}: WRITE what it measures, in a few words."""

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.shapes import align, mean_per_sample


@loss_function(page="{name}/column_minus_vector")
def {name}(y_true, y_pred, *, factor: float = 1.0):
    """{title}, one value per sample.

        WRITE the formula: factor · mean (t - p)²

    Args:
        y_true: `(batch, ...)` WRITE what they are, of which dtype and values. A
            trailing axis of size 1 may be missing on either side.
        y_pred: `(batch, ...)` predictions, the same shape.
        factor: WRITE what it does, and its range.

    Returns:
        `(batch,)` values, WRITE their range, float32 or wider.

    Raises:
        ValueError: the shapes differ otherwise. Nothing is broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> float({name}([[1, 2]], [[1.0, 4.0]])[0])  # (0² + 2²) / 2
        2.0

    Source:
        WRITE authors, title, year, https://arxiv.org/abs/…
    """
    y_true, y_pred = align(y_true, y_pred)
    return factor * mean_per_sample(ops.square(y_true - y_pred))


class {class_name}(PerSampleLoss, of={name}):
    """`{name}` for `model.compile`."""
'''

BROKEN = '''\
"""{title} as it is often written."""

from keras import ops

from losses.evidence.declarations import Returns, broken


@broken(
    y_true=[1.0, 2.0],
    y_pred=[[1.0], [2.0]],
    gives=Returns([0.5, 0.5]),
    instead=Returns([0.0, 0.0]),
    on={{"fit_graph": Returns(0.0)}},
    found_by="check_nothing_broadcasts",
)
def column_minus_vector(y_true, y_pred):
    """WRITE what a user sees, in one sentence.

    WRITE why, and the way out.
    """
    # + y_true = ops.reshape(y_true, ops.shape(y_pred))
    return ops.mean(ops.square(y_true - y_pred), axis=-1)
'''

PATTERN = '''\
"""{title}, one value per sample."""

from keras import ops


def {name}(y_true, y_pred):
    """WRITE the formula, in words or in signs.

    Takes `(batch, ...)` numbers; a last axis of size 1 may be missing on one side.
    Returns `(batch,)`.
    Source: WRITE authors, title, year, https://arxiv.org/abs/…
    """
    p = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    if len(t.shape) == len(p.shape) + 1:
        p = p[..., None]
    if len(p.shape) == len(t.shape) + 1:
        t = t[..., None]
    if any(a != b for a, b in zip(t.shape, p.shape, strict=True) if a and b):
        raise ValueError(f"y_true {{t.shape}} does not fit y_pred {{p.shape}}")
    return ops.mean(ops.square(t - p), axis=tuple(range(1, len(p.shape))))
'''

TEST = '''\
"""{title} by hand. The sum that gives each number stands beside it."""

import numpy as np
import pytest

import losses
from losses.evidence.declarations import Raises
from tests.differences import values
from tests.hand import assert_gives, given
from tests.inputs import normal

HAND = [  # WRITE numbers that tell every broken variant from the loss
    given([[1.0, 2.0]], [[1.0, 4.0]], [2.0]),  # (0² + 2²) / 2
    given([1.0, 2.0], [[1.0], [4.0]], [0.0, 4.0]),  # the column is dropped
    given([[0.0]], [[3.0]], [18.0], factor=2.0),  # 2 · 3²
    given([[1.0, 2.0]], [1.0, 2.0], Raises("ValueError", "must have the same shape")),
]

EXAMPLES = [  # with the defaults, and with every option set
    (normal(4, 3), 1 - normal(4, 3), {{}}),
    (normal(4, 3), 1 - normal(4, 3), {{"factor": 2.0}}),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("{name}", case)


def oracle(y_true, y_pred):
    """WRITE the same in another form: one sample after the other, by a slow loop."""
    return np.array([np.mean((t - p) ** 2) for t, p in zip(y_true, y_pred)])


def test_the_slow_loop_agrees():
    y_true, y_pred, _ = EXAMPLES[0]
    found = values(losses.{name}, y_true, y_pred)
    assert found == pytest.approx(oracle(y_true, y_pred), rel=1e-5)
'''

NEXT = """\
Then, in any order; `pytest -k {name}` names what is missing:
  write           what is marked WRITE, and the ways people get it wrong
  README.md       the table of losses
  docs/which      a line on when to take it, if the family has such a page
  make stub       what editors know of it
  make record     what its variants do, everywhere"""


class Misplaced(Exception):
    """A loss of this name cannot be written here."""


def new(name, family, root=None):
    """Write the four files of a loss.

    Args:
        name: the function, in snake case.
        family: a folder of losses/catalog.
        root: the checkout; by default the one that this package lies in.

    Returns:
        The paths of the files, and what is to be done next.

    Raises:
        Misplaced: the name or the family will not do, a file is there already, or the
            package does not lie in a checkout.
    """
    root = Path(root or registry.HERE.parent)
    if not (root / "tests" / "catalog").is_dir():
        raise Misplaced("losses new writes into a checkout of losses; this is none.")
    families = sorted(p.parent.name for p in root.glob("losses/catalog/*/__init__.py"))
    if family not in families:
        raise Misplaced(
            f"There is no family {family!r}. There are: {', '.join(families)}"
        )
    class_name = camel(name)
    if (
        not re.fullmatch("[a-z][a-z0-9_]*", name)
        or snake(class_name) != name
        or {name, class_name} & {*keyword.kwlist, "ops", "align"}
    ):
        raise Misplaced(f"{name!r} is no name of a function in snake case.")
    if name not in registry.losses() and hasattr(losses, name):
        raise Misplaced(f"losses.{name} is something else already.")
    files = {
        root / f"losses/catalog/{family}/{name}.py": CATALOG,
        root / f"losses/patterns/{family}/{name}.py": PATTERN,
        root / f"losses/broken/{family}/{name}.py": BROKEN,
        root / f"tests/catalog/{family}/test_{name}.py": TEST,
    }
    there = [path.relative_to(root) for path in files if path.exists()]
    if there or name in registry.losses():
        raise Misplaced(f"There is a loss {name!r} already, and nothing was written.")
    words = {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "class_name": class_name,
    }
    for path, text in files.items():
        path.write_text(text.format(**words), "utf-8")
    return [path.relative_to(root) for path in files], NEXT.format(name=name)
