"""Crossentropy from class ids, one value per sample."""

import math

from keras import ops


def sparse_categorical_crossentropy(
    y_true, y_pred, from_logits=False, ignore_class=None
):
    """-log p[t], the mean over the positions that are not ignored.

    Takes class ids `(batch, ...)` or `(batch, ..., 1)` for predictions
    `(batch, ..., classes)`. Returns `(batch,)`.
    Source: Good, Rational Decisions, 1952, J. of the Royal Statistical Society B 14.
    """
    p = ops.cast(y_pred, "float32")
    ids = ops.cast(y_true, "float32")
    if len(ids.shape) == len(p.shape) - 1:
        ids = ids[..., None]
    size = (*p.shape[:-1], 1)
    fits = all(a == b for a, b in zip(ids.shape, size, strict=True) if a and b)
    if p.shape[-1] == 1 or not fits:
        raise ValueError(f"y_true {ids.shape} does not fit y_pred {p.shape}")
    t = _one_hot(ids, p.shape[-1])
    if ignore_class is not None:
        t = ops.where(ids == ignore_class, 0.0, t)
    if from_logits:
        log_p = ops.log_softmax(p)
    else:
        total = ops.sum(p, axis=-1, keepdims=True)
        log_p = _log(p / ops.where(total > 0, total, 1.0))
    every = tuple(range(1, len(p.shape)))
    return -ops.sum(t * log_p, axis=every) / ops.maximum(ops.sum(t, axis=every), 1.0)


def _one_hot(ids, classes):
    """NaN where no class has the id."""
    chosen = ids == ops.arange(classes, dtype="float32")
    exists = ops.any(chosen, axis=-1, keepdims=True)
    return ops.where(exists, ops.cast(chosen, "float32"), math.nan)


def _log(p):
    """Below 3.2e-7 its tangent: finite at 0, and with a gradient."""
    low = math.e * 2**-23
    return ops.log(ops.maximum(p, low)) + ops.minimum(p / low, 1.0) - 1
