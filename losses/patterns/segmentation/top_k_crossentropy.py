"""Crossentropy of the hardest pixels of each image, one value per image."""

import math

from keras import ops


def top_k_crossentropy(y_true, y_pred, fraction=0.3, from_logits=False):
    """The mean of -log p[t] over the hardest `fraction` of the pixels, one at least.

    Takes masks `(batch, ...)` or `(batch, ..., 1)`, or `(batch, ..., classes)` against
    ids `(batch, ...)`, `(batch, ..., 1)` or one-hot labels. Returns `(batch,)`.
    Source: Wu et al., 2016, https://arxiv.org/abs/1605.06885.
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction must be above 0, at most 1, not {fraction}")
    p = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    if len(t.shape) >= len(p.shape) < 4 and p.shape[-1] != 1:  # one class, no axis
        p = p[..., None]
    if len(t.shape) == len(p.shape) - 1:
        t = t[..., None]
    if t.shape[-1] == 1 != p.shape[-1]:
        t = ops.cast(t == ops.arange(p.shape[-1], dtype="float32"), "float32")
        # NaN of an id that no class has
        t = ops.where(ops.any(t > 0, axis=-1, keepdims=True), t, float("nan"))
    if any(a != b for a, b in zip(t.shape, p.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    if p.shape[-1] == 1:  # of one class: is it there or not, with logits p and 0
        t = ops.concatenate([t, 1 - t], -1)
        p = ops.concatenate([p, ops.zeros_like(p) if from_logits else 1 - p], -1)
    log_p = ops.log_softmax(p) if from_logits else _log(p)
    values = ops.sum(-t * log_p, axis=-1)
    pixels = math.prod(ops.shape(values)[1:])
    values = -ops.sort(-ops.reshape(values, (-1, pixels)), axis=-1)
    rank = ops.cumsum(ops.ones_like(values), axis=-1)
    k = ops.maximum(ops.floor(fraction * ops.cast(pixels, "float32") + 1e-3), 1.0)
    return ops.sum(ops.where(rank <= k, values, 0 * values), axis=-1) / k  # NaN stays


def _log(p):
    """Of p by its sum; below e · 2⁻²³ the tangent, so that 0 costs 16 and learns."""
    least = 3.2404596e-7
    p = p / ops.maximum(ops.sum(p, axis=-1, keepdims=True), least)
    return ops.log(ops.maximum(p, least)) + ops.minimum(p / least - 1, 0.0)
