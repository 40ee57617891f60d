"""Crossentropy with weights from how many samples each class has, per sample."""

import math

from keras import ops


def class_balanced_crossentropy(y_true, y_pred, counts, beta=0.999, from_logits=False):
    """-w[t] · log p[t], w[c] = C · e[c] / Σ e, e[c] = (1 - beta) / (1 - beta^n[c]).

    Takes predictions `(batch, ..., classes)` and class ids `(batch, ...)`, with or
    without a last axis of size 1, or labels one-hot or soft. Returns `(batch,)`.
    Source: Cui et al., Class-Balanced Loss Based on Effective Number of Samples, 2019,
    https://arxiv.org/abs/1901.05555.
    """
    p = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    if len(t.shape) == len(p.shape) - 1:
        t = t[..., None]
    if t.shape[-1] == 1:
        t = _one_hot(t, p.shape[-1])
    fits = all(a == b for a, b in zip(t.shape, p.shape, strict=True) if a and b)
    if p.shape[-1] == 1 or not fits:
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    counts = [counts[c] for c in range(len(counts))]  # also of a dict
    if len(counts) != p.shape[-1] or min(counts) < 1 or not 0 <= beta < 1:
        raise ValueError(f"counts {counts}, beta {beta} do not fit y_pred {p.shape}")
    rarity = [(1 - beta) / (1 - beta**count) for count in counts]
    weight = ops.convert_to_tensor([len(rarity) * w / sum(rarity) for w in rarity])
    if from_logits:
        log_p = ops.log_softmax(p)
    else:
        log_p = _log(p / ops.sum(p, axis=-1, keepdims=True))
    values = -ops.sum(weight * t * log_p, axis=-1)
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
