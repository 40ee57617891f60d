"""Binary focal loss: crossentropy that passes over what is already right."""

from keras import ops


def binary_focal(y_true, y_pred, alpha=0.25, gamma=2.0, from_logits=False):
    """-(α · t · (1 - p)^γ · log p + (1 - α) · (1 - t) · p^γ · log(1 - p)), the mean.

    Takes `(batch,)`, `(batch, 1)` or `(batch, ..., labels)`; `alpha` None is no factor.
    Returns `(batch,)`.
    Source: Lin et al., Focal Loss, 2017, https://arxiv.org/abs/1708.02002.
    """
    # Weaker: options are not checked.
    t, z = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    z = z if len(z.shape) > 1 else z[:, None]
    t = t if len(t.shape) == len(z.shape) else t[..., None]
    if any(a != b for a, b in zip(t.shape, z.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {z.shape}")
    if not from_logits:
        # Weaker: nearer to 0 or 1 than 1e-7 a probability has no gradient, costs 16.
        p = ops.clip(z, 1e-7, 1 - 1e-7)
        z = ops.log(p / (1 - p))
    p, (a, b) = ops.sigmoid(z), (1, 1) if alpha is None else (alpha, 1 - alpha)
    # Not 0, where a power below 1 has no finite slope.
    positive = a * ops.power(ops.maximum(1 - p, 1e-30), gamma) * ops.softplus(-z)
    negative = b * ops.power(ops.maximum(p, 1e-30), gamma) * ops.softplus(z)
    return ops.mean(t * positive + (1 - t) * negative, tuple(range(1, len(z.shape))))
