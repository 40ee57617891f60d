"""Soft Dice: how much of two masks overlaps, one value per image."""

from keras import ops


def dice(y_true, y_pred, from_logits=False):
    """1 - (2 Σ t·p + 1) / (Σ t + Σ p + 1) over the pixels, the mean over the classes.

    Takes masks `(batch, ...)` or `(batch, ..., 1)`, or `(batch, ..., classes)` against
    ids `(batch, ...)`, `(batch, ..., 1)` or one-hot labels. Returns `(batch,)`.
    Source: Milletari et al., V-Net, 2016, https://arxiv.org/abs/1606.04797.
    """
    p = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    if len(p.shape) < 4 and p.shape[-1] != 1:  # one class, without an axis for it
        p = p[..., None]
    if len(t.shape) == len(p.shape) - 1:
        t = t[..., None]
    if from_logits:
        p = ops.sigmoid(p) if p.shape[-1] == 1 else ops.softmax(p)
    if t.shape[-1] == 1 != p.shape[-1]:
        # Weaker: an id that no class has counts as no class; in losses.dice as NaN.
        t = ops.one_hot(ops.cast(t[..., 0], "int32"), p.shape[-1])
    if any(a != b for a, b in zip(t.shape, p.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    pixels = tuple(range(1, len(p.shape) - 1))
    overlap = ops.sum(t * p, axis=pixels)
    total = ops.sum(t, axis=pixels) + ops.sum(p, axis=pixels)
    return ops.mean(1 - (2 * overlap + 1) / (total + 1), axis=-1)
