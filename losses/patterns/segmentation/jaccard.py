"""Soft Jaccard: how much of the union of two masks is in both, one value per image."""

from keras import ops


def jaccard(y_true, y_pred, from_logits=False):
    """1 - (Σ t·p + 1) / (Σ t + Σ p - Σ t·p + 1) over the pixels, the mean over classes.

    Takes masks `(batch, ...)` or `(batch, ..., 1)`, or `(batch, ..., classes)` against
    ids `(batch, ...)`, `(batch, ..., 1)` or one-hot labels. Returns `(batch,)`.
    Source: Rahman and Wang, 2016, https://doi.org/10.1007/978-3-319-50835-1_22.
    """
    p = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    if len(t.shape) >= len(p.shape) < 4 and p.shape[-1] != 1:  # one class, no axis
        p = p[..., None]
    if len(t.shape) == len(p.shape) - 1:
        t = t[..., None]
    if from_logits:
        p = ops.sigmoid(p) if p.shape[-1] == 1 else ops.softmax(p)
    if t.shape[-1] == 1 != p.shape[-1]:
        t = ops.cast(t == ops.arange(p.shape[-1], dtype="float32"), "float32")
        # NaN of an id that no class has
        t = ops.where(ops.any(t > 0, axis=-1, keepdims=True), t, float("nan"))
    if any(a != b for a, b in zip(t.shape, p.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    pixels = tuple(range(1, len(p.shape) - 1))
    overlap = ops.sum(t * p, axis=pixels)
    union = ops.sum(t, axis=pixels) + ops.sum(p, axis=pixels) - overlap
    return ops.mean(1 - (overlap + 1) / (union + 1), axis=-1)
