"""Deep supervision: outputs at several scales, each with the labels of its size."""

import keras
from keras import ops


def deep_supervision(y_true, y_pred, losses, weights=None):
    """Σ weight · loss(t at the size of p, p) / Σ weight, by default with 1, ½, ¼ …

    Takes labels `(batch, ...)` of the full size, for all or for each; a list or dict of
    outputs, finest first; a loss for all or for each. Returns `(batch,)`.
    Source: Lee et al., Deeply-Supervised Nets, 2014, https://arxiv.org/abs/1409.5185.
    """
    # Weaker: in compile Keras calls it for each output alone and adds up: bind `losses`
    # there and give `loss_weights`. That is why one small output is not refused.
    each = (list, tuple, dict)
    y_pred = y_pred if isinstance(y_pred, each) else [y_pred]
    names = list(y_pred) if isinstance(y_pred, dict) else list(range(len(y_pred)))
    weights = weights or [0.5**place for place in range(len(names))]
    weights = weights if isinstance(weights, dict) else dict(enumerate(weights))
    norm = sum(weights.values())
    if weights.keys() != set(names) or not min(weights.values()) >= 0 < norm:
        raise ValueError(f"weights {weights} do not fit the outputs {names}")
    total = 0.0
    for name, weight in weights.items():
        t = y_true[name] if isinstance(y_true, each) else y_true
        t, p = ops.cast(t, "float32"), ops.cast(y_pred[name], "float32")
        loss = keras.losses.get(losses[name] if isinstance(losses, each) else losses)
        loss = getattr(loss, "call", loss)  # before a `Loss` takes the mean
        # Weaker: a loss of one number for the whole batch is not refused.
        values = loss(_resized(t, p), p)
        total += weight * ops.mean(values, axis=tuple(range(1, len(values.shape))))
    return total / norm


def _resized(t, p):
    """The label in the middle of each pixel of an output, so that ids stay ids."""
    classes = len(t.shape) == len(p.shape) and (len(t.shape) > 3 or t.shape[-1] == 1)
    for axis in range(1, min(len(t.shape), len(p.shape)) - classes):
        # Weaker: a size that no stride makes, as 6 of 8 pixels, is resized as well.
        if t.shape[axis] and p.shape[axis] and t.shape[axis] < p.shape[axis]:
            raise ValueError(f"y_true {t.shape} is smaller than y_pred {p.shape}")
        full, size = ops.shape(t)[axis], ops.shape(p)[axis]
        middle = (2 * ops.arange(size, dtype="int32") + 1) * full // (2 * size)
        t = ops.take(t, middle, axis=axis)
    return t
