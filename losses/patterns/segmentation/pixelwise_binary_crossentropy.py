"""Binary crossentropy of masks, one value per image."""

from keras import ops


def pixelwise_binary_crossentropy(y_true, y_pred, from_logits=False, pos_weight=1.0):
    """The mean of -(pos_weight · t · log p + (1 - t) · log(1 - p)) over the pixels.

    Takes masks `(batch, ...)` or `(batch, ..., 1)`, or `(batch, ..., labels)` that may
    overlap, with one `pos_weight` or one for each label. Returns `(batch,)`.
    Source: Ronneberger et al., U-Net, 2015, https://arxiv.org/abs/1505.04597.
    """
    p = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    if len(t.shape) == len(p.shape) + 1:
        p = p[..., None]
    if len(p.shape) == len(t.shape) + 1:
        t = t[..., None]
    if any(a != b for a, b in zip(t.shape, p.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    if from_logits:
        log_p, log_not_p = ops.log_sigmoid(p), ops.log_sigmoid(-p)
    else:
        log_p, log_not_p = _log(p), _log(1 - p)
    positive = ops.convert_to_tensor(pos_weight, "float32") * t * log_p
    values = -(positive + (1 - t) * log_not_p)
    return ops.mean(values, axis=tuple(range(1, len(p.shape))))


def _log(p):
    """The logarithm; below e · 2⁻²³ its tangent, so that 0 costs 16 and has a slope."""
    least = 3.2404596e-7
    return ops.log(ops.maximum(p, least)) + ops.minimum(p / least - 1, 0.0)
