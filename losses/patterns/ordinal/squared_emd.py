"""Squared earth mover's distance: how far from the class is what was predicted?"""

from keras import ops


def squared_emd(y_true, y_pred, from_logits=False):
    """Σ_k (P[k] - T[k])², P[k] = p[0] + … + p[k], T[k] = (t[0] + … + t[k]) / Σ t.

    Takes predictions `(batch, ..., classes)` and class ids `(batch, ...)`, with or
    without a last axis of size 1, or one-hot labels or counts. Returns `(batch,)`.
    Source: Hou, Yu and Samaras, Squared Earth Mover's Distance-based Loss for Training
    Deep Neural Networks, 2016, https://arxiv.org/abs/1611.05916.
    """
    p = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    if len(t.shape) == len(p.shape) - 1:
        t = t[..., None]
    if t.shape[-1] == 1:
        t = t == ops.arange(p.shape[-1], dtype="float32")  # class ids
        exists = ops.any(t, axis=-1, keepdims=True)
        t = ops.where(exists, ops.cast(t, "float32"), float("nan"))
    fits = all(a == b for a, b in zip(t.shape, p.shape, strict=True) if a and b)
    if p.shape[-1] == 1 or not fits:
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    if from_logits:
        p = ops.softmax(p)
    total = ops.sum(t, axis=-1, keepdims=True)
    nothing = total == 0  # a row of zeros counts nothing
    apart = ops.cumsum(p - t / ops.where(nothing, 1.0, total), axis=-1)
    values = ops.sum(ops.where(nothing, 0.0, ops.square(apart)), axis=-1)
    return ops.mean(values, axis=tuple(range(1, len(p.shape) - 1)))
