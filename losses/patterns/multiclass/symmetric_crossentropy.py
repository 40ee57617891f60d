"""Crossentropy in both directions, for labels some of which are wrong, per sample."""

from keras import ops


def symmetric_crossentropy(y_true, y_pred, alpha=0.1, beta=1.0, from_logits=False):
    """-alpha · Σ t · log p - beta · Σ p · log t, with log 0 = -4.

    Takes predictions `(batch, ..., classes)` and class ids `(batch, ...)`, with or
    without a last axis of size 1, or labels one-hot or soft. Returns `(batch,)`.
    Source: Wang et al., Symmetric Cross Entropy for Robust Learning with Noisy Labels,
    2019, https://arxiv.org/abs/1908.06112.
    """
    # Weaker: options are not checked.
    t, z = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    t = t if len(t.shape) == len(z.shape) else t[..., None]
    if t.shape[-1] == 1:
        # Weaker: an id that no class has costs 4 · beta; in `losses` it is NaN.
        t = ops.cast(t == ops.arange(z.shape[-1], dtype="float32"), "float32")
    fits = all(a == b for a, b in zip(t.shape, z.shape, strict=True) if a and b)
    if z.shape[-1] == 1 or not fits:
        raise ValueError(f"y_true {t.shape} does not fit y_pred {z.shape}")
    # Weaker: below 1e-5 up to 0.3 less than in `losses`, and at 0 e times as steep.
    z = z if from_logits else ops.log(ops.maximum(z + 2**-23, 2**-24))
    log_t = ops.where(t == 0, -4.0, ops.log(t))
    reverse = -ops.sum(ops.softmax(z) * log_t, axis=-1)
    values = beta * reverse - alpha * ops.sum(t * ops.log_softmax(z), axis=-1)
    return ops.mean(values, axis=tuple(range(1, len(z.shape) - 1)))
