"""Soft Dice plus crossentropy, one value per image."""

from keras import ops


def dice_crossentropy(y_true, y_pred, from_logits=False):
    """1 - (2 Σ t·p + 1) / (Σ t + Σ p + 1), by class, + the mean of -log p[t], by pixel.

    Takes masks `(batch, ...)` or `(batch, ..., 1)`, or `(batch, ..., classes)` against
    ids `(batch, ...)`, `(batch, ..., 1)` or one-hot labels. Returns `(batch,)`.
    Source: Isensee et al., nnU-Net, 2018, https://arxiv.org/abs/1809.10486.
    """
    t, z = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    if len(t.shape) >= len(z.shape) < 4 and z.shape[-1] != 1:  # one class, no axis
        z = z[..., None]
    t = t if len(t.shape) == len(z.shape) else t[..., None]
    if t.shape[-1] == 1 != z.shape[-1]:
        # Weaker: an id that no class has is no class anywhere; in `losses` NaN.
        t = ops.cast(t == ops.arange(z.shape[-1], dtype="float32"), "float32")
    if any(a != b for a, b in zip(t.shape, z.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {z.shape}")
    p = z
    if from_logits:
        p = ops.sigmoid(z) if z.shape[-1] == 1 else ops.softmax(z)
    pixels = tuple(range(1, len(p.shape) - 1))
    overlap, total = ops.sum(t * p, axis=pixels), ops.sum(t + p, axis=pixels)
    dice = ops.mean(1 - (2 * overlap + 1) / (total + 1), axis=-1)
    if z.shape[-1] == 1:  # of one class: is it there or not, with logits z and 0
        t = ops.concatenate([t, 1 - t], -1)
        z = ops.concatenate([z, 0 * z if from_logits else 1 - z], -1)
    # Weaker: below 1e-5 up to 0.3 less than in `losses`, and at 0 e times as steep.
    z = z if from_logits else ops.log(ops.maximum(z + 2**-23, 2**-24))
    return dice - ops.mean(ops.sum(t * ops.log_softmax(z), -1), axis=pixels)
