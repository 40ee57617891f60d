"""Crossentropy of label maps, one value per image."""

from keras import ops


def pixelwise_crossentropy(y_true, y_pred, from_logits=False, ignore_class=None):
    """The mean of -log p[t] over the pixels that are not ignored.

    Takes ids `(batch, ...)` or `(batch, ..., 1)`, or one-hot labels, and predictions
    `(batch, ..., classes)`. With `ignore_class` every other id that no class has is
    ignored as well. Returns `(batch,)`.
    Source: Long et al., FCN, 2014, https://arxiv.org/abs/1411.4038.
    """
    t, z = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    t = t if len(t.shape) == len(z.shape) else t[..., None]
    ids = ops.arange(z.shape[-1], dtype="float32")
    # Weaker: a row of zeros, and an id that no class has, is left out of the mean; in
    # `losses` these count, the second as NaN.
    t = ops.cast(t == ids, "float32") if t.shape[-1] == 1 else t
    fits = all(a == b for a, b in zip(t.shape, z.shape, strict=True) if a and b)
    if z.shape[-1] == 1 or not fits:
        raise ValueError(f"y_true {t.shape} does not fit y_pred {z.shape}")
    if ignore_class is not None:
        t = t * ops.cast(ids != ignore_class, "float32")
    # Weaker: another value where probabilities add up to 0 or less.
    # Weaker: below 1e-5 up to 0.3 less than in `losses`, and at 0 e times as steep.
    z = z if from_logits else ops.log(ops.maximum(z + 2**-23, 2**-24))
    every = tuple(range(1, len(z.shape)))
    total = -ops.sum(t * ops.log_softmax(z), axis=every)
    return total / ops.maximum(ops.sum(t, axis=every), 1.0)  # by how many are kept
