"""Focal Tversky: steeper where most is found already, one value per image."""

from keras import ops


def focal_tversky(y_true, y_pred, gamma=4 / 3, alpha=0.5, beta=0.5, from_logits=False):
    """Tversky of each class to the power of 1 / gamma, the mean over the classes.

    Takes masks `(batch, ...)` or `(batch, ..., 1)`, or `(batch, ..., classes)` against
    ids `(batch, ...)`, `(batch, ..., 1)` or one-hot labels. Returns `(batch,)`.
    Source: Abraham and Khan, 2018, https://arxiv.org/abs/1810.07842.
    """
    if gamma <= 0 or alpha < 0 or beta < 0:
        raise ValueError("gamma must be above 0, alpha and beta 0 or more")
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
    false_positives = ops.sum(p, axis=pixels) - overlap
    false_negatives = ops.sum(t, axis=pixels) - overlap
    wrong = alpha * false_positives + beta * false_negatives
    share = wrong / (overlap + wrong + 1)
    # A line up to 2⁻²³, because the slope of the power is infinite at 0.
    power = ops.maximum(share, 2**-23) ** (1 / gamma)
    line = share * 2 ** (23 - 23 / gamma)
    return ops.mean(ops.where(share > 2**-23, power, line), axis=-1)
