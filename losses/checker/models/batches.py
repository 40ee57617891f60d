"""One batch of what `fit` takes: arrays, lists and dicts of them, a dataset, a loader,
a generator."""

from dataclasses import dataclass
from types import GeneratorType

import keras
import numpy as np

ROWS = 64  # at most
ARRAYS = "an array or a tensor, or lists, tuples or dicts of them"


@dataclass(frozen=True)
class Batch:
    """Inputs, labels and weights of samples, as a training step gets them.

    `consumed` says that it was taken from a generator, which has one batch less now;
    `rows` how many rows the data has in all, where that is known.
    """

    x: object
    y: object
    sample_weight: object
    consumed: bool = False
    rows: int | None = None


def batch_of(x, y=None, sample_weight=None, class_weight=None):
    """The first rows of the data, through the same adapters that `fit` uses."""
    from keras.src.trainers.data_adapters import get_data_adapter
    from keras.src.trainers.data_adapters.data_adapter_utils import (
        unpack_x_y_sample_weight,
    )

    consumed = isinstance(x, GeneratorType)
    if consumed:  # the adapter would take two
        x, y, sample_weight = unpack_x_y_sample_weight(next(x))
    given, rows = (x, y, sample_weight), None
    if is_arrays(given):
        rows = _same_rows(given)
        given = keras.tree.map_structure(_first_rows, given)
    adapter = get_data_adapter(
        given[0], given[1], given[2], ROWS, None, False, class_weight
    )
    parts = unpack_x_y_sample_weight(next(iter(adapter.get_numpy_iterator())))
    x, y, weight = keras.tree.map_structure(_first_rows, parts)
    return Batch(x, y, weight, consumed, rows)


def is_arrays(data):
    return all(
        part is None or hasattr(part, "shape") for part in keras.tree.flatten(data)
    )


def _same_rows(data):
    names = "x", "y", "sample_weight"
    rows = {
        name: {len(part) for part in keras.tree.flatten(parts) if part is not None}
        for name, parts in zip(names, data)
    }
    if len(set().union(*rows.values())) > 1:
        told = ", ".join(
            f"{name} has {' and '.join(map(str, sorted(numbers)))}"
            for name, numbers in rows.items()
            if numbers
        )
        raise ValueError(f"As many rows are needed everywhere: {told}.")
    return max(rows["x"], default=None)


def _first_rows(part):
    return part if part is None or np.ndim(part) == 0 else part[:ROWS]
