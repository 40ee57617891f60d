"""Mean squared error, one value per sample."""

from keras import ops


def mean_squared_error(y_true, y_pred):
    """The mean of `(y_true - y_pred)²` over every axis but the first.

    Takes `(batch, ...)` numbers; a last axis of size 1 may be missing on one side.
    Returns `(batch,)`.
    Source: Gauss, Theoria combinationis observationum, 1823.
    """
    t, p = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    if len(t.shape) == len(p.shape) + 1:
        p = p[..., None]
    if len(p.shape) == len(t.shape) + 1:
        t = t[..., None]
    if any(a != b for a, b in zip(t.shape, p.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    return ops.mean(ops.square(t - p), axis=tuple(range(1, len(p.shape))))
