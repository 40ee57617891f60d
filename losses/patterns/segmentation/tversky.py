"""Soft Tversky: an overlap with a price for each kind of error, one value per image."""

from keras import ops


def tversky(y_true, y_pred, alpha=0.5, beta=0.5, from_logits=False):
    """1 - (Σ t·p + 1) / (Σ t·p + alpha Σ (1 - t)·p + beta Σ t·(1 - p) + 1), by class.

    Takes masks `(batch, ...)` or `(batch, ..., 1)`, or `(batch, ..., classes)` against
    ids `(batch, ...)`, `(batch, ..., 1)` or one-hot labels. Returns `(batch,)`.
    Source: Salehi et al., 2017, https://arxiv.org/abs/1706.05721.
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
    return ops.mean(1 - (overlap + 1) / (overlap + wrong + 1), axis=-1)
