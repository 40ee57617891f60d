"""Lovász hinge: the Jaccard index of masks, on logits, one value per image."""

import math

from keras import ops


def lovasz_hinge(y_true, y_pred):
    """Σ m[i] · (J(i) - J(i - 1)), the mean over classes: margins m[1] ≥ m[2] ≥ … and
    the Jaccard loss J(i) of a mask that is wrong at the first i of them.

    Takes masks `(batch, ...)` or `(batch, ..., 1)`, or `(batch, ..., classes)` against
    ids `(batch, ...)`, `(batch, ..., 1)` or one-hot labels. Returns `(batch,)`.
    Source: Yu and Blaschko, 2015, https://arxiv.org/abs/1512.07797.
    """
    t, z = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    if len(t.shape) >= len(z.shape) < 4 and z.shape[-1] != 1:  # one class, no axis
        z = z[..., None]
    t = t if len(t.shape) == len(z.shape) else t[..., None]
    if t.shape[-1] == 1 != z.shape[-1]:
        # Weaker: an id that no class has is no class anywhere; in `losses` NaN.
        t = ops.cast(t == ops.arange(z.shape[-1], dtype="float32"), "float32")
    if any(a != b for a, b in zip(t.shape, z.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {z.shape}")
    flat = (-1, math.prod(ops.shape(z)[1:-1]), z.shape[-1])
    z, t = ops.reshape(z, flat), ops.reshape(t, flat)
    errors = ops.relu(1 - z * (2 * t - 1))
    order = ops.argsort(-errors, axis=1)
    errors, t = (ops.take_along_axis(x, order, axis=1) for x in (errors, t))
    size = ops.sum(t, axis=1, keepdims=True)
    jaccard = 1 - (size - ops.cumsum(t, axis=1)) / (size + ops.cumsum(1 - t, axis=1))
    growth = ops.concatenate([jaccard[:, :1], jaccard[:, 1:] - jaccard[:, :-1]], axis=1)
    return ops.mean(ops.sum(errors * growth, axis=1), axis=-1)
