"""Crossentropy for classes of which some are far more common, one value per sample."""

import math

from keras import ops


def logit_adjusted_crossentropy(y_true, y_pred, priors, tau=1.0):
    """-Σ t · log softmax(z + tau · log prior), the mean over the positions.

    Takes logits z `(batch, ..., classes)` and class ids `(batch, ...)`, with or without
    a last axis of size 1, or labels one-hot or soft. Returns `(batch,)`.
    Source: Menon et al., Long-tail learning via logit adjustment, 2020, equation 10,
    https://arxiv.org/abs/2007.07314.
    """
    z = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    if len(t.shape) == len(z.shape) - 1:
        t = t[..., None]
    if t.shape[-1] == 1:
        t = _one_hot(t, z.shape[-1])
    fits = all(a == b for a, b in zip(t.shape, z.shape, strict=True) if a and b)
    if z.shape[-1] == 1 or not fits:
        raise ValueError(f"y_true {t.shape} does not fit y_pred {z.shape}")
    priors = [priors[c] for c in range(len(priors))]  # also of a dict
    if len(priors) != z.shape[-1] or not all(prior >= 0 for prior in (*priors, tau)):
        raise ValueError(f"priors {priors}, tau {tau} do not fit y_pred {z.shape}")
    shares = [max(prior / sum(priors), 2**-126) for prior in priors]
    z = z + ops.convert_to_tensor([tau * math.log(share) for share in shares])
    values = -ops.sum(t * ops.log_softmax(z), axis=-1)
    return ops.mean(values, axis=tuple(range(1, len(values.shape))))


def _one_hot(ids, classes):
    """NaN where no class has the id."""
    chosen = ids == ops.arange(classes, dtype="float32")
    exists = ops.any(chosen, axis=-1, keepdims=True)
    return ops.where(exists, ops.cast(chosen, "float32"), math.nan)
