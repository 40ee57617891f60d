"""Crossentropy with weights from how many samples each class has, per sample."""

from keras import ops


def class_balanced_crossentropy(y_true, y_pred, counts, beta=0.999, from_logits=False):
    """-w[t] · log p[t], w[c] = C · e[c] / Σ e, e[c] = (1 - beta) / (1 - beta^n[c]).

    Takes predictions `(batch, ..., classes)` and class ids `(batch, ...)`, with or
    without a last axis of size 1, or labels one-hot or soft. Returns `(batch,)`.
    Source: Cui et al., Class-Balanced Loss Based on Effective Number of Samples, 2019,
    https://arxiv.org/abs/1901.05555.
    """
    # Weaker: options are not checked.
    t, z = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    t = t if len(t.shape) == len(z.shape) else t[..., None]
    if t.shape[-1] == 1:
        # Weaker: an id that no class has costs 0; in `losses` it is NaN.
        t = ops.cast(t == ops.arange(z.shape[-1], dtype="float32"), "float32")
    fits = all(a == b for a, b in zip(t.shape, z.shape, strict=True) if a and b)
    if z.shape[-1] == 1 or not fits or len(counts) != z.shape[-1]:
        raise ValueError(f"y_true {t.shape}, {len(counts)} counts do not fit {z.shape}")
    # Weaker: below 1e-5 up to 0.3 less than in `losses`, and at 0 e times as steep.
    z = z if from_logits else ops.log(ops.maximum(z + 2**-23, 2**-24))
    rarity = [(1 - beta) / (1 - beta ** counts[c]) for c in range(len(counts))]
    weight = ops.convert_to_tensor(rarity, "float32") * (len(rarity) / sum(rarity))
    values = -ops.sum(weight * t * ops.log_softmax(z), axis=-1)
    return ops.mean(values, axis=tuple(range(1, len(z.shape) - 1)))
