"""Crossentropy from one-hot or soft labels, one value per sample."""

import math

from keras import ops


def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0):
    """-Σ t · log p over the classes, the mean over the positions.

    Takes one-hot or soft labels and predictions `(batch, ..., classes)`; probabilities
    are divided by their sum. Returns `(batch,)`.
    Source: Good, Rational Decisions, 1952, J. of the Royal Statistical Society B 14.
    """
    p = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    fits = all(a == b for a, b in zip(t.shape, p.shape, strict=True) if a and b)
    if p.shape[-1] == 1 or not fits:
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    even = ops.sum(t, axis=-1, keepdims=True) / p.shape[-1]
    t = (1 - label_smoothing) * t + label_smoothing * even
    if from_logits:
        log_p = ops.log_softmax(p)
    else:
        total = ops.sum(p, axis=-1, keepdims=True)
        log_p = _log(p / ops.where(total > 0, total, 1.0))
    values = -ops.sum(t * log_p, axis=-1)
    return ops.mean(values, axis=tuple(range(1, len(values.shape))))


def _log(p):
    """Below 3.2e-7 its tangent: finite at 0, and with a gradient."""
    low = math.e * 2**-23
    return ops.log(ops.maximum(p, low)) + ops.minimum(p / low, 1.0) - 1
