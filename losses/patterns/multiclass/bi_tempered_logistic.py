"""Crossentropy with two temperatures, for labels some of which are wrong."""

from keras import ops


def bi_tempered_logistic(y_true, y_pred, t1=0.8, t2=1.3):
    """Σ t · (log_t1 t - log_t1 p) - (t^(2 - t1) - p^(2 - t1)) / (2 - t1).

    Takes logits z `(batch, ..., classes)` and class ids `(batch, ...)`, with or
    without a last axis of size 1, or labels one-hot or soft. Returns `(batch,)`.
    Source: Amid et al., Robust Bi-Tempered Logistic Loss Based on Bregman Divergences,
    2019, https://arxiv.org/abs/1906.03361.
    """
    if not (0 <= t1 <= 1 and t2 > 0):
        raise ValueError(f"t1 must be in [0, 1] and t2 above 0, not {t1} and {t2}")
    z = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    if len(t.shape) == len(z.shape) - 1:
        t = t[..., None]
    if t.shape[-1] == 1:
        # Weaker: an id that no class has counts as no class; in `losses` as NaN.
        t = ops.cast(t == ops.arange(z.shape[-1], dtype="float32"), "float32")
    fits = all(a == b for a, b in zip(t.shape, z.shape, strict=True) if a and b)
    if z.shape[-1] == 1 or not fits:
        raise ValueError(f"y_true {t.shape} does not fit y_pred {z.shape}")
    log_p, log_t = _log_softmax(z, t2), ops.log(ops.maximum(t, 1e-37))
    # Weaker: with t1 = t2 = 1 too, soft labels cost nothing where p is t.
    values = t * (_log(log_t, t1) - _log(log_p, t1))
    values += (ops.exp((2 - t1) * log_p) - ops.power(t, 2 - t1)) / (2 - t1)
    return ops.mean(ops.sum(values, axis=-1), axis=tuple(range(1, len(z.shape) - 1)))


def _log(log_x, t):
    return log_x if t == 1 else ops.expm1((1 - t) * log_x) / (1 - t)


def _log_exp(x, t):
    """log exp_t x; exp_t x is 0 where a t below 1 makes the base negative."""
    return x if t == 1 else ops.log(ops.maximum(1 + (1 - t) * x, 1e-37)) / (1 - t)


def _log_softmax(z, t):
    """log exp_t(z - normaliser), with steps of Newton to where p adds up to 1."""
    z = z - ops.stop_gradient(ops.amax(z, axis=-1, keepdims=True))
    normaliser = ops.zeros_like(z[..., :1])
    for _ in range(15):
        normaliser = ops.stop_gradient(normaliser)  # the last step has the gradient
        log_p = _log_exp(z - normaliser, t)
        slope = ops.stop_gradient(ops.sum(ops.exp(t * log_p), axis=-1, keepdims=True))
        normaliser += (ops.sum(ops.exp(log_p), axis=-1, keepdims=True) - 1) / slope
    return _log_exp(z - normaliser, t)
