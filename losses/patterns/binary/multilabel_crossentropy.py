"""Binary crossentropy of many labels, of which some are not known."""

from keras import ops


def multilabel_crossentropy(y_true, y_pred, pos_weight=None, from_logits=False):
    """-(pos_weight · t · log p + (1 - t) · log(1 - p)), the mean over the known labels.

    Takes `(batch, ..., labels)` or `(batch,)`; labels that are -1 or NaN are left out.
    `pos_weight` is a number or one for each label. Returns `(batch,)`.
    Source: Durand et al., 2019, https://arxiv.org/abs/1902.09720.
    """
    p = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    if len(p.shape) == 1:
        p = p[:, None]
    if len(t.shape) == len(p.shape) - 1:
        t = t[..., None]
    if any(a != b for a, b in zip(t.shape, p.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    known = ops.logical_not(ops.logical_or(t == -1, ops.isnan(t)))
    t, p = ops.where(known, t, 0.0), ops.where(known, p, 0.0)
    if from_logits:
        positive, negative = -ops.log_sigmoid(p), -ops.log_sigmoid(-p)
    else:
        positive, negative = -log(p), -log(1 - p)
    if pos_weight is not None:
        weight = ops.cast(pos_weight, "float32")
        if p.shape[-1] and tuple(weight.shape) not in [(), (p.shape[-1],)]:
            raise ValueError(f"pos_weight {weight.shape} does not fit y_pred {p.shape}")
        positive = weight * positive
    values = ops.where(known, t * positive + (1 - t) * negative, 0.0)
    axes = tuple(range(1, len(p.shape)))
    number = ops.sum(ops.cast(known, "float32"), axis=axes)
    return ops.sum(values, axis=axes) / ops.maximum(number, 1.0)


def log(p):
    """The logarithm; below 3e-7 its tangent there, finite and with a slope at 0."""
    low = 2.718281828 * 2**-23
    return ops.log(ops.maximum(p, low)) + ops.minimum(p / low - 1, 0.0)
