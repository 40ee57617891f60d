"""Crossentropy with another factor on the first term of its series, per sample."""

import math

from keras import ops


def poly1_crossentropy(y_true, y_pred, epsilon=1.0, from_logits=False):
    """Σ t · (-log p + epsilon · (1 - p)), the mean over the positions.

    Takes predictions `(batch, ..., classes)` and class ids `(batch, ...)`, with or
    without a last axis of size 1, or labels one-hot or soft. Returns `(batch,)`.
    Source: Leng et al., PolyLoss, 2022, https://arxiv.org/abs/2204.12511.
    """
    if epsilon < -1:
        raise ValueError(f"epsilon must be -1 or more, not {epsilon}")
    p = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    if len(t.shape) == len(p.shape) - 1:
        t = t[..., None]
    if t.shape[-1] == 1:
        t = _one_hot(t, p.shape[-1])
    fits = all(a == b for a, b in zip(t.shape, p.shape, strict=True) if a and b)
    if p.shape[-1] == 1 or not fits:
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    if from_logits:
        p, log_p = ops.softmax(p), ops.log_softmax(p)
    else:
        p = p / ops.sum(p, axis=-1, keepdims=True)
        log_p = _log(p)
    values = ops.sum(t * (epsilon * (1 - p) - log_p), axis=-1)
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
