"""Boundary: how far from the edge of a mask lies what is predicted, per image."""

from keras import ops


def boundary(y_true, y_pred, from_logits=False):
    """The mean of φ · p over the pixels and classes, with φ below 0 inside the mask.

    Takes signed distances φ to the edge as `y_true`, both sides `(batch, ...)` or
    `(batch, ..., 1)`, or `(batch, ..., classes)`. Returns `(batch,)`.
    Source: Kervadec et al., 2018, https://arxiv.org/abs/1812.07032.
    """
    p = ops.cast(y_pred, "float32")
    distance = ops.cast(y_true, "float32")
    if len(p.shape) < 4 and p.shape[-1] != 1:  # one class, without an axis for it
        p = p[..., None]
    if len(distance.shape) == len(p.shape) - 1:
        distance = distance[..., None]
    if any(a != b for a, b in zip(distance.shape, p.shape, strict=True) if a and b):
        raise ValueError(f"y_true {distance.shape} does not fit y_pred {p.shape}")
    if from_logits:
        p = ops.sigmoid(p) if p.shape[-1] == 1 else ops.softmax(p)
    return ops.mean(distance * p, axis=tuple(range(1, len(p.shape))))
