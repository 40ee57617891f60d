"""CORN: is it higher than this rank, given that it is as high? Per sample."""

from keras import ops


def corn(y_true, y_pred):
    """-Σ_{k < t} log f[k] - log(1 - f[t]), f = sigmoid(z); the mean over the positions.

    Takes class ids `(batch, ...)` or `(batch, ..., 1)` for logits z of whether it is
    above each class but the last, `(batch, ..., classes - 1)`. Returns `(batch,)`.
    Source: Shi, Cao and Raschka, Deep Neural Networks for Rank-Consistent Ordinal
    Regression Based On Conditional Probabilities, 2021, https://arxiv.org/abs/2111.08851.
    """
    ids, z = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    ids = ids if len(ids.shape) == len(z.shape) else ids[..., None]
    size = (*z.shape[:-1], 1)
    if any(a != b for a, b in zip(ids.shape, size, strict=True) if a and b):
        raise ValueError(f"y_true {ids.shape} does not fit y_pred {z.shape}")
    tasks = ops.arange(z.shape[-1], dtype="float32")
    costs = ops.softplus(ops.where(tasks < ids, -z, z))
    values = ops.sum(ops.where(tasks <= ids, costs, 0.0), axis=-1)
    exists = ops.any(ids == ops.arange(z.shape[-1] + 1, dtype="float32"), axis=-1)
    values = ops.where(exists, values, float("nan"))
    return ops.mean(values, axis=tuple(range(1, len(z.shape) - 1)))
