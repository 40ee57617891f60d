"""Lovász-Softmax: the Jaccard index made continuous, one value per image."""

import math

from keras import ops


def lovasz_softmax(y_true, y_pred, classes="present", from_logits=False):
    """Σ m[i] · (J(i) - J(i - 1)), the mean over classes: errors m[1] ≥ m[2] ≥ … and
    the Jaccard loss J(i) of a mask that is wrong at the first i of them.

    Takes masks `(batch, ...)` or `(batch, ..., 1)`, or `(batch, ..., classes)` against
    ids `(batch, ...)`, `(batch, ..., 1)` or one-hot labels. Returns `(batch,)`.
    Source: Berman et al., 2018, https://arxiv.org/abs/1705.08790.
    """
    # Weaker: options are not checked.
    t, p = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    if len(t.shape) >= len(p.shape) < 4 and p.shape[-1] != 1:  # one class, no axis
        p = p[..., None]
    t = t if len(t.shape) == len(p.shape) else t[..., None]
    if t.shape[-1] == 1 != p.shape[-1]:
        # Weaker: an id that no class has is no class anywhere; in `losses` NaN.
        t = ops.cast(t == ops.arange(p.shape[-1], dtype="float32"), "float32")
    if any(a != b for a, b in zip(t.shape, p.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    if from_logits:
        p = ops.sigmoid(p) if p.shape[-1] == 1 else ops.softmax(p)
    flat = (-1, math.prod(ops.shape(p)[1:-1]), p.shape[-1])
    p, t = ops.reshape(p, flat), ops.reshape(t, flat)
    errors = ops.abs(t - p)
    order = ops.argsort(-errors, axis=1)
    errors, t = (ops.take_along_axis(x, order, axis=1) for x in (errors, t))
    size = ops.sum(t, axis=1, keepdims=True)
    jaccard = 1 - (size - ops.cumsum(t, axis=1)) / (size + ops.cumsum(1 - t, axis=1))
    growth = ops.concatenate([jaccard[:, :1], jaccard[:, 1:] - jaccard[:, :-1]], axis=1)
    values = ops.sum(errors * growth, axis=1)
    counted = ops.ones_like(size) if classes == "all" else size > 0
    counted = ops.cast(counted, "float32")[:, 0]
    number = ops.maximum(ops.sum(counted, axis=-1), 1.0)
    return ops.sum(counted * values, axis=-1) / number
