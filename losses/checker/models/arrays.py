"""Between tensors, tables and arrays, and some rows of them."""

import keras
import numpy as np
from keras import ops

from losses.running import backend


def arrays(structure):
    return [array(part) for part in keras.tree.flatten(structure)]


def array(tensor):
    return np.asarray(backend.array(tensor))


def tensor(part):
    """As a tensor; sparse and ragged ones as they are."""
    return part if part is None or is_loose(part) else ops.convert_to_tensor(part)


def tensors(structure):
    return keras.tree.map_structure(tensor, structure)


def plain(part):
    """What an array can hold as an array, and anything else as it is."""
    if part is None or is_loose(part):
        return part
    return array(part) if ops.is_tensor(part) else np.asarray(part)


def is_loose(part):
    """Whether it is sparse or ragged."""
    kind = type(part).__name__
    if kind in ("SparseTensor", "RaggedTensor", "BCOO", "BCSR"):
        return True
    return kind != "ndarray" and bool(getattr(part, "is_sparse", False))


def rows_in(part):
    """How many rows it has; None where it has no axis of rows."""
    shape = getattr(part, "shape", None)
    if shape is None or not len(shape):
        return None
    return int(shape[0]) if shape[0] is not None else None


def rows_of(part, index):
    """These rows of an array, a tensor or a table, whole numbers in order."""
    if part is None or rows_in(part) is None:
        return part
    if hasattr(part, "iloc"):
        return part.iloc[index]
    kind = type(part).__name__
    if kind == "SparseTensor":
        return _of_sparse(part, index)
    if kind == "RaggedTensor" or type(part).__module__.startswith("tensorflow."):
        import tensorflow as tf

        return tf.gather(part, index)
    if hasattr(part, "tocsr"):
        return part.tocsr()[index]
    return part[index]


def _of_sparse(part, index):
    import tensorflow as tf

    rest = part.dense_shape[1:]
    return tf.sparse.concat(
        0,
        [
            tf.sparse.slice(
                part,
                tf.concat([[row], tf.zeros_like(rest)], 0),
                tf.concat([[1], rest], 0),
            )
            for row in np.asarray(index, "int64")
        ],
    )
