"""Soft Dice plus crossentropy, one value per image."""

from keras import ops


def dice_crossentropy(y_true, y_pred, from_logits=False):
    """1 - (2 Σ t·p + 1) / (Σ t + Σ p + 1), by class, + the mean of -log p[t], by pixel.

    Takes masks `(batch, ...)` or `(batch, ..., 1)`, or `(batch, ..., classes)` against
    ids `(batch, ...)`, `(batch, ..., 1)` or one-hot labels. Returns `(batch,)`.
    Source: Isensee et al., nnU-Net, 2018, https://arxiv.org/abs/1809.10486.
    """
    z = p = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    if len(t.shape) >= len(p.shape) < 4 and p.shape[-1] != 1:  # one class, no axis
        z = p = p[..., None]
    if len(t.shape) == len(p.shape) - 1:
        t = t[..., None]
    if t.shape[-1] == 1 != p.shape[-1]:
        t = ops.cast(t == ops.arange(p.shape[-1], dtype="float32"), "float32")
        # NaN of an id that no class has
        t = ops.where(ops.any(t > 0, axis=-1, keepdims=True), t, float("nan"))
    if any(a != b for a, b in zip(t.shape, p.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    if from_logits:
        p = ops.sigmoid(z) if z.shape[-1] == 1 else ops.softmax(z)
    pixels = tuple(range(1, len(p.shape) - 1))
    total = ops.sum(t, axis=pixels) + ops.sum(p, axis=pixels)
    dice = 1 - (2 * ops.sum(t * p, axis=pixels) + 1) / (total + 1)
    if z.shape[-1] == 1:  # of one class: is it there or not, with logits z and 0
        t, p = ops.concatenate([t, 1 - t], -1), ops.concatenate([p, 1 - p], -1)
        z = ops.concatenate([z, ops.zeros_like(z)], -1)
    log_p = ops.log_softmax(z) if from_logits else _log(p)
    return ops.mean(dice, axis=-1) - ops.mean(ops.sum(t * log_p, -1), axis=pixels)


def _log(p):
    """Of p by its sum; below e · 2⁻²³ the tangent, so that 0 costs 16 and learns."""
    least = 3.2404596e-7
    p = p / ops.maximum(ops.sum(p, axis=-1, keepdims=True), least)
    return ops.log(ops.maximum(p, least)) + ops.minimum(p / least - 1, 0.0)
