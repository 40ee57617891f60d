"""Focal loss from class ids, one value per sample."""

import math

from keras import ops


def sparse_categorical_focal(y_true, y_pred, gamma=2.0, from_logits=False):
    """-(1 - p[t])^gamma · log p[t], the mean over the positions.

    Takes class ids `(batch, ...)` or `(batch, ..., 1)` for predictions
    `(batch, ..., classes)`. Returns `(batch,)`.
    Source: Lin et al., Focal Loss for Dense Object Detection, 2017,
    https://arxiv.org/abs/1708.02002.
    """
    if gamma < 0:
        raise ValueError(f"gamma must be 0 or more, not {gamma}")
    p = ops.cast(y_pred, "float32")
    ids = ops.cast(y_true, "float32")
    if len(ids.shape) == len(p.shape) - 1:
        ids = ids[..., None]
    size = (*p.shape[:-1], 1)
    fits = all(a == b for a, b in zip(ids.shape, size, strict=True) if a and b)
    if p.shape[-1] == 1 or not fits:
        raise ValueError(f"y_true {ids.shape} does not fit y_pred {p.shape}")
    t = _one_hot(ids, p.shape[-1])
    if from_logits:
        log_p = ops.log_softmax(p)
    else:
        log_p = _log(p / ops.sum(p, axis=-1, keepdims=True))
    log_p = ops.sum(t * log_p, axis=-1)
    missing = ops.maximum(-ops.expm1(log_p), 1e-37)  # the power of 0 has no slope
    values = -ops.power(missing, gamma) * log_p
    return ops.mean(values, axis=tuple(range(1, len(values.shape))))


def _one_hot(ids, classes):
    """NaN where no class has the id."""
    chosen = ids == ops.arange(classes, dtype="float32")
    exists = ops.any(chosen, axis=-1, keepdims=True)
    return ops.where(exists, ops.cast(chosen, "float32"), math.nan)


def _log(p):
    """Below 3.2e-7 its tangent: finite at 0, and with a gradient."""
    low = math.e * 2**-23
    return ops.log(ops.maximum(p, low)) + ops.minimum(p / low, 1.0) - 1
