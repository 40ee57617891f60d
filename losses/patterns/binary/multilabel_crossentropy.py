"""Binary crossentropy of many labels, of which some are not known."""

from keras import ops


def multilabel_crossentropy(y_true, y_pred, pos_weight=None, from_logits=False):
    """-(pos_weight · t · log p + (1 - t) · log(1 - p)), the mean over the known labels.

    Takes `(batch, ..., labels)` or `(batch,)`; labels that are -1 or NaN are left out.
    `pos_weight` is a number or one for each label. Returns `(batch,)`.
    Source: Durand et al., 2019, https://arxiv.org/abs/1902.09720.
    """
    t, z = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    z = z if len(z.shape) > 1 else z[:, None]
    t = t if len(t.shape) == len(z.shape) else t[..., None]
    if any(a != b for a, b in zip(t.shape, z.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {z.shape}")
    known = ops.logical_not(ops.logical_or(t == -1, ops.isnan(t)))
    t, z = ops.where(known, t, 0.0), ops.where(known, z, 0.0)
    if not from_logits:
        # Weaker: nearer to 0 or 1 than 1e-7 a probability has no gradient, costs 16.
        p = ops.clip(z, 1e-7, 1 - 1e-7)
        z = ops.log(p / (1 - p))
    weight = ops.cast(1.0 if pos_weight is None else pos_weight, "float32")
    if tuple(weight.shape) not in [(), (z.shape[-1],)]:
        raise ValueError(f"pos_weight {weight.shape} does not fit y_pred {z.shape}")
    values = weight * t * ops.softplus(-z) + (1 - t) * ops.softplus(z)
    values, axes = ops.where(known, values, 0.0), tuple(range(1, len(z.shape)))
    number = ops.sum(ops.cast(known, "float32"), axis=axes)
    return ops.sum(values, axis=axes) / ops.maximum(number, 1.0)
