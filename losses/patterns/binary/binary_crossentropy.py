"""Binary crossentropy, one value per sample."""

from keras import ops


def binary_crossentropy(y_true, y_pred, from_logits=False, pos_weight=None):
    """-(pos_weight · t · log p + (1 - t) · log(1 - p)), the mean over the labels.

    Takes `(batch,)`, `(batch, 1)` or `(batch, ..., labels)`; `pos_weight` is a number
    or one for each label. Returns `(batch,)`.
    Source: Good, Rational Decisions, 1952.
    """
    p = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    if len(p.shape) == 1:
        p = p[:, None]
    if len(t.shape) == len(p.shape) - 1:
        t = t[..., None]
    if any(a != b for a, b in zip(t.shape, p.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    if from_logits:
        positive, negative = -ops.log_sigmoid(p), -ops.log_sigmoid(-p)
    else:
        positive, negative = -log(p), -log(1 - p)
    if pos_weight is not None:
        weight = ops.cast(pos_weight, "float32")
        if p.shape[-1] and tuple(weight.shape) not in [(), (p.shape[-1],)]:
            raise ValueError(f"pos_weight {weight.shape} does not fit y_pred {p.shape}")
        positive = weight * positive
    values = t * positive + (1 - t) * negative
    return ops.mean(values, axis=tuple(range(1, len(p.shape))))


def log(p):
    """The logarithm; below 3e-7 its tangent there, finite and with a slope at 0."""
    low = 2.718281828 * 2**-23
    return ops.log(ops.maximum(p, low)) + ops.minimum(p / low - 1, 0.0)
