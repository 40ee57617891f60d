"""Focal Tversky: steeper where most is found already, one value per image."""

from keras import ops


def focal_tversky(y_true, y_pred, gamma=4 / 3, alpha=0.5, beta=0.5, from_logits=False):
    """Tversky of each class to the power of 1 / gamma, the mean over the classes.

    Takes masks `(batch, ...)` or `(batch, ..., 1)`, or `(batch, ..., classes)` against
    ids `(batch, ...)`, `(batch, ..., 1)` or one-hot labels. Returns `(batch,)`.
    Source: Abraham and Khan, 2018, https://arxiv.org/abs/1810.07842.
    """
    # Weaker: options are not checked.
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
    overlap = ops.sum(t * p, axis=pixels)
    wrong = ops.sum(alpha * (1 - t) * p + beta * t * (1 - p), axis=pixels)
    share = wrong / (overlap + wrong + 1)
    # A line close to 0, because the slope of the power is infinite at 0.
    power = ops.maximum(share, 2**-23) ** (1 / gamma)
    line = share * 2 ** (23 - 23 / gamma)
    return ops.mean(ops.where(share > 2**-23, power, line), axis=-1)
