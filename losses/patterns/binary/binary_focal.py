"""Binary focal loss: crossentropy that passes over what is already right."""

from keras import ops


def binary_focal(y_true, y_pred, alpha=0.25, gamma=2.0, from_logits=False):
    """-(α · t · (1 - p)^γ · log p + (1 - α) · (1 - t) · p^γ · log(1 - p)), the mean.

    Takes `(batch,)`, `(batch, 1)` or `(batch, ..., labels)`; `alpha` None is no factor.
    Returns `(batch,)`.
    Source: Lin et al., Focal Loss, 2017, https://arxiv.org/abs/1708.02002.
    """
    if not 0 <= (alpha or 0) <= 1 or gamma < 0:
        raise ValueError(f"alpha {alpha} or gamma {gamma} is out of range")
    p = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    if len(p.shape) == 1:
        p = p[:, None]
    if len(t.shape) == len(p.shape) - 1:
        t = t[..., None]
    if any(a != b for a, b in zip(t.shape, p.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    if from_logits:
        log_p, log_not_p, p = ops.log_sigmoid(p), ops.log_sigmoid(-p), ops.sigmoid(p)
    else:
        log_p, log_not_p = log(p), log(1 - p)
    # Not 0, where a power below 1 has no finite slope.
    positive = ops.power(ops.maximum(1 - p, 1e-30), gamma) * -log_p
    negative = ops.power(ops.maximum(p, 1e-30), gamma) * -log_not_p
    if alpha is not None:
        positive, negative = alpha * positive, (1 - alpha) * negative
    values = t * positive + (1 - t) * negative
    return ops.mean(values, axis=tuple(range(1, len(p.shape))))


def log(p):
    """The logarithm; below 3e-7 its tangent there, finite and with a slope at 0."""
    low = 2.718281828 * 2**-23
    return ops.log(ops.maximum(p, low)) + ops.minimum(p / low - 1, 0.0)
