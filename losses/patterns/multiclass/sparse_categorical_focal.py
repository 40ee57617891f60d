"""Focal loss from class ids, one value per sample."""

from keras import ops


def sparse_categorical_focal(y_true, y_pred, gamma=2.0, from_logits=False):
    """-(1 - p[t])^gamma · log p[t], the mean over the positions.

    Takes class ids `(batch, ...)` or `(batch, ..., 1)` for predictions
    `(batch, ..., classes)`. Returns `(batch,)`.
    Source: Lin et al., Focal Loss for Dense Object Detection, 2017,
    https://arxiv.org/abs/1708.02002.
    """
    # Weaker: options are not checked.
    ids, z = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    ids = ids if len(ids.shape) == len(z.shape) else ids[..., None]
    size = (*z.shape[:-1], 1)
    fits = all(a == b for a, b in zip(ids.shape, size, strict=True) if a and b)
    if z.shape[-1] == 1 or not fits:
        raise ValueError(f"y_true {ids.shape} does not fit y_pred {z.shape}")
    # Weaker: an id that no class has costs 0; in `losses` it is NaN.
    t = ops.cast(ids == ops.arange(z.shape[-1], dtype="float32"), "float32")
    # Weaker: below 1e-5 up to 0.3 less than in `losses`, and at 0 e times as steep.
    z = z if from_logits else ops.log(ops.maximum(z + 2**-23, 2**-24))
    log_p = ops.sum(t * ops.log_softmax(z), axis=-1)
    missing = ops.maximum(-ops.expm1(log_p), 1e-37)  # the power of 0 has no slope
    values = -ops.power(missing, gamma) * log_p
    return ops.mean(values, axis=tuple(range(1, len(z.shape) - 1)))
