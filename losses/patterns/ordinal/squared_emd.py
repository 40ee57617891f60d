"""Squared earth mover's distance: how far from the class is what was predicted?"""

from keras import ops


def squared_emd(y_true, y_pred, from_logits=False):
    """Σ_k (P[k] - T[k])², P[k] = p[0] + … + p[k], T[k] = (t[0] + … + t[k]) / Σ t.

    Takes predictions `(batch, ..., classes)` and class ids `(batch, ...)`, with or
    without a last axis of size 1, or one-hot labels or counts. Returns `(batch,)`.
    Source: Hou, Yu and Samaras, Squared Earth Mover's Distance-based Loss for Training
    Deep Neural Networks, 2016, https://arxiv.org/abs/1611.05916.
    """
    t, p = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    t = t if len(t.shape) == len(p.shape) else t[..., None]
    if t.shape[-1] == 1:
        # Weaker: an id that no class has counts as no class; in `losses` as NaN.
        t = ops.cast(t == ops.arange(p.shape[-1], dtype="float32"), "float32")
    fits = all(a == b for a, b in zip(t.shape, p.shape, strict=True) if a and b)
    if p.shape[-1] == 1 or not fits:
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    p = ops.softmax(p) if from_logits else p
    total = ops.sum(t, axis=-1, keepdims=True)
    known = ops.cast(total != 0, "float32")  # a row of zeros counts nothing
    apart = ops.cumsum(known * p - t / (total + 1 - known), axis=-1)
    return ops.mean(ops.sum(apart**2, axis=-1), axis=tuple(range(1, len(p.shape) - 1)))
