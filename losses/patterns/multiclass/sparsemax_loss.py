"""The loss of the sparsemax, a softmax with probabilities of exactly 0, per sample."""

from keras import ops


def sparsemax_loss(y_true, y_pred):
    """Σ p · (z - p / 2) + t · (t / 2 - z), p = sparsemax(z), mean over the positions.

    Takes logits z `(batch, ..., classes)` and class ids `(batch, ...)`, with or
    without a last axis of size 1, or labels one-hot or soft. Returns `(batch,)`.
    Source: Martins and Astudillo, From Softmax to Sparsemax, 2016,
    https://arxiv.org/abs/1602.02068.
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
    largest = ops.stop_gradient(ops.amax(z, axis=-1, keepdims=True))
    moved = largest[..., 0] * (1 - ops.sum(t, axis=-1))  # 0 where labels add up to 1
    z = z - largest
    p = ops.stop_gradient(_sparsemax(z))  # so that the gradient is p - t
    terms = (p - t) * z + (t * t - p * p) / 2
    values = ops.sum(ops.where(p == t, 0.0, terms), axis=-1) + moved  # z may be -inf
    return ops.mean(values, axis=tuple(range(1, len(z.shape) - 1)))


def _sparsemax(z):
    """What exceeds a threshold, of logits of which the largest is 0."""
    ordered = -ops.sort(-ops.maximum(z, -1.0), axis=-1)
    total = ops.cumsum(ordered, axis=-1)
    rank = ops.arange(1, z.shape[-1] + 1, dtype="float32")
    chosen = ops.cast(1 + rank * ordered > total, "float32")
    count = ops.sum(chosen, axis=-1, keepdims=True)
    threshold = (ops.sum(chosen * ordered, axis=-1, keepdims=True) - 1) / count
    return ops.relu(z - threshold)
