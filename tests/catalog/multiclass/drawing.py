"""Labels of classes and predictions, drawn, and the slopes of their oracles."""

from hypothesis import strategies
from hypothesis.extra.numpy import arrays

from tests.differences import DOUBLE, slopes

# They need not add up to 1. Divided by their sum, they may have slopes as large as one
# over the least of them that add up to 0, of which single precision leaves no digit.
PROBABILITIES = (0.001 if DOUBLE else 0.1, 0.999)
SHAPES = strategies.sampled_from([(1, 2), (3, 3), (2, 3, 2), (2, 2, 2, 3)])


@strategies.composite
def labels_for(draw, shape):
    """Class ids, a column of them, or soft labels, for predictions of `shape`."""
    form = draw(strategies.sampled_from(["ids", "column", "soft"]))
    if form == "soft":
        found = arrays(float, shape, elements=strategies.sampled_from([0, 0.25, 1]))
    else:
        size = shape[:-1] + ((1,) if form == "column" else ())
        found = arrays(int, size, elements=strategies.integers(0, shape[-1] - 1))
    return draw(found)


@strategies.composite
def labelled(draw, **options):
    """Labels, predictions, and options.

    `options` are those of the loss, as strategies; `from_logits` is drawn for each.
    """
    shape = draw(SHAPES)
    options["from_logits"] = strategies.booleans()
    options = draw(strategies.fixed_dictionaries(options))
    between = (-8, 8) if options["from_logits"] else PROBABILITIES
    y_pred = arrays(float, shape, elements=strategies.floats(*between))
    return draw(labels_for(shape)), draw(y_pred), options


def steep_slopes(oracle, y_true, y_pred, **options):
    """Central differences of two steps, of which one's error takes the other's away.

    Where slopes as large as a thousand add up to 0, of the error of a single step more
    is left than of them.
    """
    near, far = (
        slopes(oracle, y_true, y_pred, step=step, **options) for step in (1e-6, 2e-6)
    )
    return (4 * near - far) / 3
