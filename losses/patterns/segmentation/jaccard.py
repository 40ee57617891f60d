"""Soft Jaccard: how much of the union of two masks is in both, one value per image."""

from keras import ops


def jaccard(y_true, y_pred, from_logits=False):
    """1 - (Σ t·p + 1) / (Σ t + Σ p - Σ t·p + 1) over the pixels, the mean over classes.

    Takes masks `(batch, ...)` or `(batch, ..., 1)`, or `(batch, ..., classes)` against
    ids `(batch, ...)`, `(batch, ..., 1)` or one-hot labels. Returns `(batch,)`.
    Source: Rahman and Wang, 2016, https://doi.org/10.1007/978-3-319-50835-1_22.
    """
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
    pixels = tuple(range(1, len(p.shape) - 1))
    overlap, total = ops.sum(t * p, axis=pixels), ops.sum(t + p, axis=pixels)
    return ops.mean(1 - (overlap + 1) / (total - overlap + 1), axis=-1)
