"""Crossentropy in both directions, for labels some of which are wrong, per sample."""

import math

from keras import ops


def symmetric_crossentropy(y_true, y_pred, alpha=0.1, beta=1.0, from_logits=False):
    """-alpha · Σ t · log p - beta · Σ p · log t, with log 0 = -4.

    Takes predictions `(batch, ..., classes)` and class ids `(batch, ...)`, with or
    without a last axis of size 1, or labels one-hot or soft. Returns `(batch,)`.
    Source: Wang et al., Symmetric Cross Entropy for Robust Learning with Noisy Labels,
    2019, https://arxiv.org/abs/1908.06112.
    """
    if alpha < 0 or beta < 0:
        raise ValueError(f"alpha and beta must be 0 or more, not {alpha} and {beta}")
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
    log_t = ops.where(t == 0, -4.0, ops.log(t))
    values = -ops.sum(alpha * t * log_p + beta * p * log_t, axis=-1)
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
