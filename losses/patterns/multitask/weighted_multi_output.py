"""Weighted multi-output: a loss and a weight for each output, by name."""

import keras
from keras import ops


def weighted_multi_output(y_true, y_pred, outputs):
    """The weighted sum of the losses of the outputs: Σ weight · loss(t[name], p[name]).

    Takes dicts of `(batch, ...)` and `outputs={"height": ("mse", 0.7), ...}`, a loss,
    which gives one value per sample, and a weight for each name. Returns `(batch,)`.
    Source: Caruana, Multitask Learning, 1997, Machine Learning 28.
    """
    # Weaker: no lists; and not for `compile`, where Keras calls it once an output:
    # there give the same as `loss={name: loss}, loss_weights={name: weight}`.
    if not set(y_true) == set(y_pred) == set(outputs):
        raise ValueError(f"{list(y_true)}, {list(y_pred)} are not {list(outputs)}")
    total = 0.0
    for name, (loss, weight) in outputs.items():
        p = ops.cast(y_pred[name], "float32")
        t = ops.cast(y_true[name], "float32")
        if len(p.shape) == 1:
            p = p[:, None]
        if len(t.shape) == len(p.shape) - 1:
            t = t[..., None]
        # Weaker: one column of labels beside several of predictions must be class ids.
        ids = t.shape[-1] == 1
        sizes = zip(t.shape, (*p.shape[:-1], 1 if ids else p.shape[-1]), strict=True)
        if any(a != b for a, b in sizes if a and b):
            raise ValueError(f"{name}: y_true {t.shape} does not fit y_pred {p.shape}")
        loss = keras.losses.get(loss)
        values = getattr(loss, "call", loss)(t, p)  # of a Loss, without its reduction
        if len(values.shape) == 0:
            raise ValueError(f"the loss of {name} gives no value for each sample")
        values = ops.mean(values, axis=tuple(range(1, len(values.shape))))
        total = total + weight * values
    return total
