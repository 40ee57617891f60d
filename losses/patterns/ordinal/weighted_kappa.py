"""Weighted kappa: do labels and predictions agree better than by chance?"""

from keras import ops


def weighted_kappa(y_true, y_pred, weightage="quadratic", from_logits=False):
    """log(observed / expected disagreement + 1e-6) of the batch, once for each sample.

    Takes predictions `(batch, ..., classes)` and class ids `(batch, ...)`, with or
    without a last axis of size 1, or labels one-hot or soft. Returns `(batch,)`.
    Source: de La Torre et al., Weighted kappa loss function for ordinal data, 2018,
    https://doi.org/10.1016/j.patrec.2017.05.018.
    """
    t, p = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    t = t if len(t.shape) == len(p.shape) else t[..., None]
    if t.shape[-1] == 1:
        # Weaker: an id that no class has counts as no class; in `losses` as NaN.
        t = ops.cast(t == ops.arange(p.shape[-1], dtype="float32"), "float32")
    fits = all(a == b for a, b in zip(t.shape, p.shape, strict=True) if a and b)
    if p.shape[-1] == 1 or not fits:
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    # Weaker: on several replicas each has the kappa of its own part of the batch.
    p = ops.softmax(p) if from_logits else p
    classes = ops.arange(p.shape[-1], dtype="float32")
    steps = ops.abs(classes[:, None] - classes)
    far = ops.matmul(t, {"linear": steps, "quadratic": ops.square(steps)}[weightage])
    every = tuple(range(len(p.shape) - 1))
    mass = ops.sum(t, axis=-1, keepdims=True)
    observed = ops.sum(far * p) * ops.sum(mass)
    expected = ops.sum(ops.sum(far, every) * ops.sum(mass * p, every))
    nothing = expected < 1e-30  # all labels and predictions are one class
    share = ops.where(nothing, 0.0, observed / ops.where(nothing, 1.0, expected))
    return ops.broadcast_to(ops.log(share + 1e-6), ops.shape(p)[:1])
