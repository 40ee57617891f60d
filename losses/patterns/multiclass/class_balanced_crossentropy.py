"""Crossentropy with weights from how many samples each class has, per sample."""

from keras import ops


def class_balanced_crossentropy(y_true, y_pred, counts, beta=0.999, from_logits=False):
    """-w[t] · log p[t], w[c] = C · e[c] / Σ e, e[c] = (1 - beta) / (1 - beta^n[c]).

    Takes predictions `(batch, ..., classes)` and class ids `(batch, ...)`, with or
    without a last axis of size 1, or labels one-hot or soft. Returns `(batch,)`.
    Source: Cui et al., Class-Balanced Loss Based on Effective Number of Samples, 2019,
    https://arxiv.org/abs/1901.05555.
    """
    z = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    if len(t.shape) == len(z.shape) - 1:
        t = t[..., None]
    if t.shape[-1] == 1:
        t = t == ops.arange(z.shape[-1], dtype="float32")  # class ids
        exists = ops.any(t, axis=-1, keepdims=True)
        t = ops.where(exists, ops.cast(t, "float32"), float("nan"))
    fits = all(a == b for a, b in zip(t.shape, z.shape, strict=True) if a and b)
    if z.shape[-1] == 1 or not fits:
        raise ValueError(f"y_true {t.shape} does not fit y_pred {z.shape}")
    counts = [counts[c] for c in range(len(counts))]  # also of a dict
    if len(counts) != z.shape[-1] or min(counts) < 1 or not 0 <= beta < 1:
        raise ValueError(f"counts {counts}, beta {beta} do not fit y_pred {z.shape}")
    rarity = [(1 - beta) / (1 - beta**count) for count in counts]
    weight = ops.convert_to_tensor(rarity, "float32") * (len(rarity) / sum(rarity))
    if not from_logits:
        # Weaker: below 1e-5 up to 0.3 less than in `losses`, and at 0 e times as steep.
        z = ops.log(z + 2**-23)  # the softmax divides them by their sum
    values = -ops.sum(weight * t * ops.log_softmax(z), axis=-1)
    return ops.mean(values, axis=tuple(range(1, len(z.shape) - 1)))
