"""Crossentropy for classes of which some are far more common, per sample."""

import math

from keras import ops


def logit_adjusted_crossentropy(y_true, y_pred, priors, tau=1.0):
    """-Σ t · log softmax(z + tau · log prior), the mean over the positions.

    Takes logits z `(batch, ..., classes)` and class ids `(batch, ...)`, with or
    without a last axis of size 1, or labels one-hot or soft. Returns `(batch,)`.
    Source: Menon et al., Long-tail learning via logit adjustment, 2020, equation 10,
    https://arxiv.org/abs/2007.07314.
    """
    z = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    if len(t.shape) == len(z.shape) - 1:
        t = t[..., None]
    if t.shape[-1] == 1:
        t = t == ops.arange(z.shape[-1], dtype="float32")  # class ids
        exists = ops.any(t, axis=-1, keepdims=True)
        t = ops.where(exists, ops.cast(t, "float32"), float("nan"))
    fits = all(a == b for a, b in zip(t.shape, z.shape, strict=True) if a and b)
    if z.shape[-1] == 1 or not fits:
        raise ValueError(f"y_true {t.shape} does not fit y_pred {z.shape}")
    priors = [priors[c] for c in range(len(priors))]  # also of a dict
    if len(priors) != z.shape[-1] or not all(prior >= 0 for prior in (*priors, tau)):
        raise ValueError(f"priors {priors}, tau {tau} do not fit y_pred {z.shape}")
    log_prior = [math.log(max(prior / sum(priors), 2**-126)) for prior in priors]
    z = z + tau * ops.convert_to_tensor(log_prior, "float32")
    values = -ops.sum(t * ops.log_softmax(z), axis=-1)
    return ops.mean(values, axis=tuple(range(1, len(z.shape) - 1)))
