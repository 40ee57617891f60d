"""Boundary: how far from the edge of a mask lies what is predicted, per image."""

from keras import ops


def boundary(y_true, y_pred, from_logits=False):
    """The mean of φ · p over the pixels and classes, with φ below 0 inside the mask.

    Takes signed distances φ to the edge as `y_true`, both sides `(batch, ...)` or
    `(batch, ..., 1)`, or `(batch, ..., classes)`. Returns `(batch,)`.
    Source: Kervadec et al., 2018, https://arxiv.org/abs/1812.07032.
    """
    t, p = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    if len(p.shape) < 4 and p.shape[-1] != 1:  # one class, without an axis for it
        p = p[..., None]
    t = t if len(t.shape) == len(p.shape) else t[..., None]
    if any(a != b for a, b in zip(t.shape, p.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    if from_logits:
        p = ops.sigmoid(p) if p.shape[-1] == 1 else ops.softmax(p)
    return ops.mean(t * p, axis=tuple(range(1, len(p.shape))))
