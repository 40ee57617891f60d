"""One batch of what `fit` takes: arrays, tables, lists and dicts of them, a dataset, a
loader, a generator."""

from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from types import GeneratorType

import keras
import numpy as np

from losses.checker.models.arrays import array, is_loose, plain, rows_in, rows_of
from losses.checker.models.held import Kept
from losses.checker.models.private import get_data_adapter
from losses.running import backend

ROWS = 64  # of arrays, at most, where no batch size is asked for
USUAL = 32  # the batch size of `fit`
TOGETHER = 8  # rows that stand together stay so: pairs, steps of a series
LARGEST = 10**8  # numbers: in more of them nothing is looked for

CONSUMED = "One batch was taken from the generator: fit gets the next one."
READ = (
    "The dataset runs code of Python, a generator or a py_function: what that draws or "
    "counts has moved on by one batch."
)
SHUFFLED = (
    "The dataset is shuffled anew each time that it is read: fit gets another order "
    "than it would have had."
)


@dataclass(frozen=True)
class Batch:
    """Inputs, labels and weights of samples, as a training step gets them.

    `data` is what the step itself gets, of which these are the parts if there are at
    most three. `notes` say what could not be left as it was; `rows` how many rows the
    data has in all, where that is known; `cut` whether the batch is some of them.
    """

    x: object
    y: object
    sample_weight: object
    data: object = None
    notes: tuple = ()
    rows: int | None = None
    cut: bool = False


def batch_of(
    x,
    y=None,
    sample_weight=None,
    class_weight=None,
    *,
    batch_size=None,
    needed=None,
    any_parts=False,
):
    """A batch, through the same adapters that `fit` uses.

    Args:
        batch_size: as `fit` takes it.
        needed: the batch size that the model is made for, if for one only.
        any_parts: whether the step of the model takes more than three parts.

    Raises:
        TypeError, ValueError: the data are none that `fit` takes, or have no rows.
    """
    if isinstance(x, GeneratorType):
        data, notes = _next_of(x, y, sample_weight, class_weight), (CONSUMED,)
        rows, cut = None, False
    elif _is_arrays((x, y, sample_weight)):
        rows = _same_rows((x, y, sample_weight))
        index = _chosen(rows, batch_size or needed, (x, y, sample_weight))
        _refuse_strings(x, y)
        parts = keras.tree.map_structure(
            lambda part: rows_of(part, index), (x, y, sample_weight)
        )
        adapter = _adapter(*parts, class_weight, len(index))
        data, notes = _first(adapter), ()
        cut = len(index) < rows and not batch_size
    else:
        _refuse_numbers(x)
        adapter = _adapter(x, y, sample_weight, class_weight)
        with _kept_order(x):
            data = _first_of_dataset(x, adapter)
        parts = list(_datasets(x))
        notes = (SHUFFLED,) * any(map(_is_shuffled, parts))
        notes += (READ,) * any(map(_runs_python, parts))
        rows, cut = None, False
    data = keras.tree.map_structure(plain, data)
    _refuse_rows(x, data)
    return Batch(*_parts(data, any_parts), data, notes, rows, cut)


def _next_of(generator, y, sample_weight, class_weight):
    """The adapter would take two."""
    refused = {"y": y, "sample_weight": sample_weight, "class_weight": class_weight}
    for name, value in refused.items():
        if value is not None:
            raise ValueError(f"fit takes no {name} beside a generator.")
    try:
        return next(generator)
    except StopIteration:
        raise ValueError("The generator has ended: it gives no batch.") from None


def _adapter(x, y, sample_weight, class_weight, batch_size=None):
    return get_data_adapter(
        x, y, sample_weight, batch_size, shuffle=False, class_weight=class_weight
    )


def _first(adapter):
    """The first batch as the backend gets it."""
    iterator = {
        "tensorflow": "get_tf_dataset",
        "jax": "get_jax_iterator",
        "torch": "get_torch_dataloader",
    }[backend.NAME]
    for batch in getattr(adapter, iterator)():
        return batch
    raise ValueError("The data has no batch.")


def _first_of_dataset(x, adapter):
    if not isinstance(x, keras.utils.PyDataset):
        return _first(adapter)
    if x.num_batches == 0:
        raise ValueError("The PyDataset has no batch.")
    standard = getattr(adapter, "_standardize_batch", None)
    kept = Kept()
    kept.attributes_of(x)
    try:
        return standard(x[0]) if standard else x[0]
    finally:
        kept.put_back()


def _parts(data, any_parts):
    """Inputs, labels and weights, of which the last may be missing."""
    parts = tuple(data) if isinstance(data, (list, tuple)) else (data,)
    if len(parts) > 3 and not any_parts:
        raise ValueError(
            f"A batch of the data has {len(parts)} parts. A step takes x, y and "
            "sample_weight: give several inputs or labels as a tuple or a dict in "
            "one of these."
        )
    return (*parts, None, None)[:3]


def _is_arrays(data):
    flat = [part for part in keras.tree.flatten(data) if part is not None]
    return bool(flat) and all(hasattr(part, "shape") for part in flat)


def _same_rows(data):
    names = "x", "y", "sample_weight"
    rows = {
        name: {rows_in(part) for part in keras.tree.flatten(parts) if part is not None}
        for name, parts in zip(names, data)
    }
    for name, numbers in rows.items():
        if None in numbers:
            raise ValueError(f"{name} has a part without rows: a single number.")
    if len(set().union(*rows.values())) > 1:
        told = ", ".join(
            f"{name} has {' and '.join(map(str, sorted(numbers)))}"
            for name, numbers in rows.items()
            if numbers
        )
        raise ValueError(f"As many rows are needed everywhere: {told}.")
    [number] = set().union(*rows.values())
    if not number:
        raise ValueError("The data has no rows.")
    return number


def _chosen(rows, asked, data):
    """Which rows to look at: a batch of the size that is asked for, or at most 64, from
    everywhere, so that data sorted by class shows every class, and with those that
    stand out: NaN, and the lowest and highest labels and weights."""
    size = min(rows, asked or ROWS)
    if size == rows:
        return np.arange(rows)
    blocks, whole = rows // TOGETHER, size // TOGETHER
    if whole < 2:
        return np.arange(size)
    found = [row // TOGETHER for row in _standing_out(data, rows)]
    first = list(dict.fromkeys(block for block in found if block < blocks))
    first = first[: whole // 2]
    draw = np.random.default_rng(0)  # not in even steps: rows may come in turns
    edges = np.linspace(0, blocks, whole + 1)
    spread = np.floor(edges[:-1] + draw.random(whole) * np.diff(edges)).astype(int)
    others = [block for block in dict.fromkeys(spread.tolist()) if block not in first]
    dropped = len(first) + len(others) - whole
    kept = draw.permutation(others)[max(dropped, 0) :]
    chosen = np.sort([*first, *kept]).astype(int)
    index = (chosen[:, None] * TOGETHER + np.arange(TOGETHER)).ravel()
    missing = np.setdiff1d(np.arange(rows), index)[: size - len(index)]
    return np.sort([*index, *missing]).astype(int)


def _standing_out(data, rows):
    """The rows of what is not finite, and of the lowest and highest numbers of labels
    and weights."""
    x, *others = data
    for parts, extremes in (others, True), (x, False):
        for part in keras.tree.flatten(parts):
            if part is None or is_loose(part) or prod(part.shape) > LARGEST:
                continue
            values = array(part)
            if values.dtype.kind not in "fiub":
                continue
            if not values.size:
                continue
            values = values.reshape(rows, -1)
            if values.dtype.kind == "f":
                wrong = ~np.isfinite(values).all(axis=1)
                if wrong.any():
                    yield int(wrong.argmax())
                values = np.where(np.isfinite(values), values, 0)
            if extremes:
                yield int(values.max(axis=1).argmax())
                yield int(values.min(axis=1).argmin())


def _refuse_numbers(x):
    if isinstance(x, (list, tuple)) and all(
        isinstance(part, (int, float, str)) for part in keras.tree.flatten(x)
    ):
        raise TypeError("x is a list of numbers; fit takes arrays: numpy.array(x).")


def _refuse_strings(x, y):
    told = {
        "x": "Of strings give a tensor, tf.constant(x); of numbers "
        "x.astype('float32').",
        "y": "Of names of classes give ids, numpy.unique(y, return_inverse=True)[1]; "
        "of numbers y.astype('float32'); of lists of one length numpy.stack(y).",
    }
    for (name, advice), parts in zip(told.items(), (x, y)):
        for part in keras.tree.flatten(parts):
            dtype = getattr(part, "dtype", None)
            kind = getattr(dtype, "kind", "")
            table = hasattr(part, "iloc") and kind == "O"
            if kind in tuple("OSU") and (isinstance(part, np.ndarray) or table):
                raise TypeError(
                    f"{name} is an array of {dtype}, which fit does not take. {advice}"
                )


def _refuse_rows(x, data):
    """A dataset that is not batched gives rows: labels without an axis."""
    for part in keras.tree.flatten(data):
        if part is not None and not is_loose(part) and np.ndim(part) == 0:
            raise ValueError(
                f"A batch of the {type(x).__name__.strip('_')} has a part without rows:"
                " it gives one row at a time. Call .batch(32) on a dataset."
            )


def _datasets(dataset):
    """A dataset of TensorFlow, and those that it is made of."""
    if type(dataset).__module__.startswith("tensorflow."):
        yield dataset
        for part in getattr(dataset, "_inputs", tuple)():
            yield from _datasets(part)


def _is_shuffled(dataset):
    """Whether it gives another order each time, and the same orders in each run of the
    program: by a seed."""
    if "Shuffle" not in type(dataset).__name__:
        return False
    seeds = getattr(dataset, "_seed", 0), getattr(dataset, "_seed2", 0)
    anew = getattr(dataset, "_reshuffle_each_iteration", True)
    return bool(anew and any(map(int, seeds)))


def _runs_python(dataset):
    """Whether it calls a function of Python."""
    function = getattr(getattr(dataset, "_map_func", None), "function", None)
    if (graph := getattr(function, "graph", None)) is None:
        return False
    found = graph.as_graph_def()
    parts = [found.node, *(one.node_def for one in found.library.function)]
    return any("PyFunc" in node.op for nodes in parts for node in nodes)


@contextmanager
def _kept_order(loader):
    """What a loader of PyTorch draws its order with stays."""
    owners = (loader, getattr(loader, "sampler", None))
    found = [getattr(owner, "generator", None) for owner in owners]
    states = [(g, g.get_state()) for g in found if hasattr(g, "get_state")]
    try:
        yield
    finally:
        for generator, state in states:
            generator.set_state(state)
