"""Multitask: several tasks side by side in one packed tensor, one value per sample."""

import keras
from keras import ops


def multitask(y_true, y_pred, tasks, weights=None):
    """The weighted sum of the loss of each task on its columns: Σ weight · loss(t, p).

    Takes `(batch, ..., columns)`, cut in the order of `tasks={"box": (4, "mse"), ...}`.
    Ids have one column: of a loss named sparse..., or with a pair, `((1, 10), loss)`.
    `weights` has numbers by name, else 1. Returns `(batch,)`.
    Source: Caruana, Multitask Learning, 1997, Machine Learning 28.
    """
    p = ops.cast(y_pred, "float32")
    t = ops.cast(y_true, "float32")
    weights = weights or {}
    if not set(weights) <= set(tasks):
        raise ValueError(f"weights {list(weights)} do not fit tasks {list(tasks)}")
    total, true_end, pred_end = 0.0, 0, 0
    for name, (columns, loss) in tasks.items():
        loss = keras.losses.get(loss)
        # Weaker: a name tells whose labels are ids; a task of 0 columns gives NaN.
        ids = "sparse" in getattr(loss, "__name__", getattr(loss, "name", ""))
        pair = columns
        if not isinstance(columns, tuple):
            pair = (1 if ids else columns, columns)
        true_start, true_end = true_end, true_end + pair[0]
        pred_start, pred_end = pred_end, pred_end + pair[1]
        call = getattr(loss, "call", loss)  # of a Loss, without its reduction
        values = call(t[..., true_start:true_end], p[..., pred_start:pred_end])
        if len(values.shape) == 0:
            raise ValueError(f"the loss of {name} gives no value for each sample")
        values = ops.mean(values, axis=tuple(range(1, len(values.shape))))
        total = total + weights.get(name, 1.0) * values
    found, cut = (*t.shape, p.shape[-1]), (*p.shape[:-1], true_end, pred_end)
    if any(a != b for a, b in zip(found, cut, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} and y_pred {p.shape} do not fit {tasks}")
    return total
