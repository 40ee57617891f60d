"""Crossentropy of the hardest pixels of each image, one value per image."""

import math

from keras import ops


def top_k_crossentropy(y_true, y_pred, fraction=0.3, from_logits=False):
    """The mean of -log p[t] over the hardest `fraction` of the pixels, one at least.

    Takes masks `(batch, ...)` or `(batch, ..., 1)`, or `(batch, ..., classes)` against
    ids `(batch, ...)`, `(batch, ..., 1)` or one-hot labels. Returns `(batch,)`.
    Source: Wu et al., 2016, https://arxiv.org/abs/1605.06885.
    """
    # Weaker: options are not checked.
    t, z = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    if len(t.shape) >= len(z.shape) < 4 and z.shape[-1] != 1:  # one class, no axis
        z = z[..., None]
    t = t if len(t.shape) == len(z.shape) else t[..., None]
    if t.shape[-1] == 1 != z.shape[-1]:
        # Weaker: an id that no class has is no class anywhere; in `losses` NaN.
        t = ops.cast(t == ops.arange(z.shape[-1], dtype="float32"), "float32")
    if any(a != b for a, b in zip(t.shape, z.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {z.shape}")
    if z.shape[-1] == 1:  # of one class: is it there or not, with logits z and 0
        t = ops.concatenate([t, 1 - t], -1)
        z = ops.concatenate([z, 0 * z if from_logits else 1 - z], -1)
    # Weaker: below 1e-5 up to 0.3 less than in `losses`, and at 0 e times as steep.
    z = z if from_logits else ops.log(ops.maximum(z + 2**-23, 2**-24))
    values = -ops.sum(t * ops.log_softmax(z), axis=-1)
    pixels = math.prod(ops.shape(values)[1:])
    values = -ops.sort(-ops.reshape(values, (-1, pixels)), axis=-1)
    rank = ops.cumsum(ops.ones_like(values), axis=-1)
    k = ops.maximum(ops.floor(fraction * ops.cast(pixels, "float32") + 1e-3), 1.0)
    return ops.sum(ops.where(rank <= k, values, 0 * values), axis=-1) / k  # NaN stays
