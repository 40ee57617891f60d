"""Asymmetric loss: many labels, nearly all of them negative."""

from keras import ops


def asymmetric(y_true, y_pred, gamma_neg=4.0, gamma_pos=1.0, from_logits=False):
    """-(t · (1 - p)^gamma_pos · log p + (1 - t) · q^gamma_neg · log(1 - q)), the mean.

    Here q = max(p - 0.05, 0). Takes `(batch,)`, `(batch, 1)` or `(batch, ..., labels)`.
    Returns `(batch,)`.
    Source: Ridnik et al., Asymmetric Loss, 2020, https://arxiv.org/abs/2009.14119.
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
    p = ops.sigmoid(z)
    # Not 0, where a power below 1 has no finite slope.
    not_p, q = ops.maximum(1 - p, 1e-30), ops.maximum(p - 0.05, 1e-30)
    positive = ops.power(not_p, gamma_pos) * ops.softplus(-z)
    negative = ops.power(q, gamma_neg) * -ops.log(1 - q)
    return ops.mean(t * positive + (1 - t) * negative, tuple(range(1, len(z.shape))))
