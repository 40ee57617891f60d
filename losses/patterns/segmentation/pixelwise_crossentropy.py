"""Crossentropy of label maps, one value per image."""

from keras import ops


def pixelwise_crossentropy(y_true, y_pred, from_logits=False, ignore_class=None):
    """The mean of -log p[t] over the pixels that are not ignored.

    Takes ids `(batch, ...)` or `(batch, ..., 1)`, or one-hot labels, and predictions
    `(batch, ..., classes)`. With `ignore_class` every other id that no class has is
    ignored as well. Returns `(batch,)`.
    Source: Long et al., FCN, 2014, https://arxiv.org/abs/1411.4038.
    """
    p = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    classes = p.shape[-1]
    ids = ops.arange(classes, dtype="float32")
    if len(t.shape) == len(p.shape) - 1:
        t = t[..., None]
    if t.shape[-1] == 1 != classes:
        t = ops.cast(t == ids, "float32")
        if ignore_class is None:  # NaN of an id that no class has
            t = ops.where(ops.any(t > 0, axis=-1, keepdims=True), t, float("nan"))
    fits = all(a == b for a, b in zip(t.shape, p.shape, strict=True) if a and b)
    if classes == 1 or not fits:
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    kept = ops.ones_like(p[..., 0])
    if ignore_class is not None:  # by now a row of zeros, if no class has that id
        t = t * ops.cast(ids != ignore_class, "float32")
        kept = ops.sum(t, axis=-1)
    if from_logits:
        log_p = ops.log_softmax(p)
    else:
        log_p = _log(p / ops.maximum(ops.sum(p, axis=-1, keepdims=True), 2**-23))
    pixels = tuple(range(1, len(p.shape) - 1))
    values = ops.sum(-t * log_p, axis=(*pixels, -1))
    return values / ops.maximum(ops.sum(kept, axis=pixels), 1.0)


def _log(p):
    """The logarithm; below e · 2⁻²³ its tangent, so that 0 costs 16 and has a slope."""
    least = 3.2404596e-7
    return ops.log(ops.maximum(p, least)) + ops.minimum(p / least - 1, 0.0)
