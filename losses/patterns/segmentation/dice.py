"""Soft Dice: how much of two masks overlaps, one value per image."""

from keras import ops


def dice(y_true, y_pred, from_logits=False):
    """1 - (2 Σ t·p + 1) / (Σ t + Σ p + 1) over the pixels, the mean over the classes.

    Takes masks `(batch, ...)` or `(batch, ..., 1)`, or `(batch, ..., classes)` against
    ids `(batch, ...)`, `(batch, ..., 1)` or one-hot labels. Returns `(batch,)`.
    Source: Milletari et al., V-Net, 2016, https://arxiv.org/abs/1606.04797.
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
    return ops.mean(1 - (2 * overlap + 1) / (total + 1), axis=-1)
