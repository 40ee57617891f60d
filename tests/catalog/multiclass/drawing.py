"""Labels of classes and predictions, drawn."""

from hypothesis import strategies
from hypothesis.extra.numpy import arrays


@strategies.composite
def labelled(draw, **options):
    """Class ids, a column of them, or soft labels; predictions; and options.

    `options` are those of the loss, as strategies; `from_logits` is drawn for each.
    """
    shape = draw(strategies.sampled_from([(1, 2), (3, 3), (2, 3, 2), (2, 2, 2, 3)]))
    options["from_logits"] = strategies.booleans()
    options = draw(strategies.fixed_dictionaries(options))
    between = (-8, 8) if options["from_logits"] else (0.001, 0.999)
    form = draw(strategies.sampled_from(["ids", "column", "soft"]))
    if form == "soft":
        labels = arrays(float, shape, elements=strategies.sampled_from([0, 0.25, 1]))
    else:
        size = shape[:-1] + ((1,) if form == "column" else ())
        labels = arrays(int, size, elements=strategies.integers(0, shape[-1] - 1))
    y_pred = draw(arrays(float, shape, elements=strategies.floats(*between)))
    return draw(labels), y_pred, options
