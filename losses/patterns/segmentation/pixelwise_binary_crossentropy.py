"""Binary crossentropy of masks, one value per image."""

from keras import ops


def pixelwise_binary_crossentropy(y_true, y_pred, from_logits=False, pos_weight=1.0):
    """The mean of -(pos_weight · t · log p + (1 - t) · log(1 - p)) over the pixels.

    Takes masks `(batch, ...)` or `(batch, ..., 1)`, or `(batch, ..., labels)` that may
    overlap, with one `pos_weight` or one for each label. Returns `(batch,)`.
    Source: Ronneberger et al., U-Net, 2015, https://arxiv.org/abs/1505.04597.
    """
    t, z = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    z = z[..., None] if len(t.shape) > len(z.shape) else z
    t = t if len(t.shape) == len(z.shape) else t[..., None]
    if any(a != b for a, b in zip(t.shape, z.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {z.shape}")
    if not from_logits:
        # Weaker: nearer to 0 or 1 than 1e-7 a probability has no gradient, costs 16.
        p = ops.clip(z, 1e-7, 1 - 1e-7)
        z = ops.log(p / (1 - p))
    weight = ops.cast(pos_weight, "float32")
    if len(weight.shape) and (len(z.shape) < 4 or weight.shape[0] != z.shape[-1]):
        raise ValueError(f"pos_weight {weight.shape} does not fit y_pred {z.shape}")
    values = weight * t * ops.softplus(-z) + (1 - t) * ops.softplus(z)
    return ops.mean(values, axis=tuple(range(1, len(z.shape))))
