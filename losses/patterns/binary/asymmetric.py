"""Asymmetric loss: many labels, nearly all of them negative."""

from keras import ops


def asymmetric(y_true, y_pred, gamma_neg=4.0, gamma_pos=1.0, from_logits=False):
    """-(t · (1 - p)^gamma_pos · log p + (1 - t) · q^gamma_neg · log(1 - q)), the mean.

    Here q = max(p - 0.05, 0). Takes `(batch,)`, `(batch, 1)` or `(batch, ..., labels)`.
    Returns `(batch,)`.
    Source: Ridnik et al., Asymmetric Loss, 2020, https://arxiv.org/abs/2009.14119.
    """
    if gamma_neg < 0 or gamma_pos < 0:
        raise ValueError(f"gamma_neg {gamma_neg} or gamma_pos {gamma_pos} is below 0")
    p = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    if len(p.shape) == 1:
        p = p[:, None]
    if len(t.shape) == len(p.shape) - 1:
        t = t[..., None]
    if any(a != b for a, b in zip(t.shape, p.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    log_p = ops.log_sigmoid(p) if from_logits else log(p)
    p = ops.sigmoid(p) if from_logits else p
    # Not 0, where a power below 1 has no finite slope.
    not_p, q = ops.maximum(1 - p, 1e-30), ops.maximum(p - 0.05, 1e-30)
    positive = ops.power(not_p, gamma_pos) * -log_p
    negative = ops.power(q, gamma_neg) * -ops.log(1 - q)
    values = t * positive + (1 - t) * negative
    return ops.mean(values, axis=tuple(range(1, len(p.shape))))


def log(p):
    """The logarithm; below 3e-7 its tangent there, finite and with a slope at 0."""
    low = 2.718281828 * 2**-23
    return ops.log(ops.maximum(p, low)) + ops.minimum(p / low - 1, 0.0)
