"""Generalized Dice: one Dice of all classes, rare ones made to count, per image."""

from keras import ops


def generalized_dice(y_true, y_pred, from_logits=False):
    """1 - (2 Σ w Σ t·p + ε) / (Σ w (Σ t + Σ p) + ε),  w = 1 / (Σ t)²,  ε = 1e-6.

    Takes masks `(batch, ...)` or `(batch, ..., 1)`, or `(batch, ..., classes)` against
    ids `(batch, ...)`, `(batch, ..., 1)` or one-hot labels. Returns `(batch,)`.
    Source: Sudre et al., 2017, https://arxiv.org/abs/1707.03237.
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
    true, pred = ops.sum(t, axis=pixels), ops.sum(p, axis=pixels)
    # A class that is absent weighs as much as the rarest of the others.
    rarest = ops.amin(ops.where(true > 0, true, 1e9), axis=-1, keepdims=True)
    rarest = ops.where(rarest < 1e9, rarest, 1.0)
    weight = 1 / ops.square(ops.where(true > 0, true, rarest))
    overlap = 2 * ops.sum(weight * ops.sum(t * p, axis=pixels), axis=-1)
    total = ops.sum(weight * (true + pred), axis=-1)
    return 1 - (overlap + 1e-6) / (total + 1e-6)
