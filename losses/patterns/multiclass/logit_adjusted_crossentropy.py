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
    # Weaker: options are not checked.
    t, z = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    t = t if len(t.shape) == len(z.shape) else t[..., None]
    if t.shape[-1] == 1:
        # Weaker: an id that no class has costs 0; in `losses` it is NaN.
        t = ops.cast(t == ops.arange(z.shape[-1], dtype="float32"), "float32")
    fits = all(a == b for a, b in zip(t.shape, z.shape, strict=True) if a and b)
    if z.shape[-1] == 1 or not fits or len(priors) != z.shape[-1]:
        raise ValueError(f"y_true {t.shape}, {len(priors)} priors do not fit {z.shape}")
    priors = [priors[c] for c in range(len(priors))]  # also of a dict
    log_prior = [math.log(max(prior / sum(priors), 2**-126)) for prior in priors]
    z = z + tau * ops.convert_to_tensor(log_prior, "float32")
    values = -ops.sum(t * ops.log_softmax(z), axis=-1)
    return ops.mean(values, axis=tuple(range(1, len(z.shape) - 1)))
