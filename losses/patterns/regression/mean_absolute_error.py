"""Mean absolute error, one value per sample."""

from keras import ops


def mean_absolute_error(y_true, y_pred):
    """The mean of `|y_true - y_pred|` over every axis but the first.

    Takes `(batch, ...)` numbers; a last axis of size 1 may be missing on one side.
    Returns `(batch,)`.
    Source: Laplace, Mémoire sur la probabilité des causes, 1774.
    """
    t, p = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    if len(t.shape) == len(p.shape) + 1:
        p = p[..., None]
    if len(p.shape) == len(t.shape) + 1:
        t = t[..., None]
    if any(a != b for a, b in zip(t.shape, p.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    distance = ops.where(t == p, 0.0, ops.abs(t - p))  # abs has a slope at 0 on JAX
    return ops.mean(distance, axis=tuple(range(1, len(p.shape))))
