"""Crossentropy from one-hot or soft labels, one value per sample."""

from keras import ops


def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0):
    """-Σ t · log p over the classes, the mean over the positions.

    Takes one-hot or soft labels and predictions `(batch, ..., classes)`; probabilities
    are divided by their sum. Returns `(batch,)`.
    Source: Good, Rational Decisions, 1952, J. of the Royal Statistical Society B 14.
    """
    t, z = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    same = len(t.shape) == len(z.shape) and z.shape[-1] != 1
    if not same or any(a != b for a, b in zip(t.shape, z.shape) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {z.shape}")
    # Weaker: another value where probabilities add up to 0 or less.
    # Weaker: below 1e-5 up to 0.3 less than in `losses`, and at 0 e times as steep.
    z = z if from_logits else ops.log(ops.maximum(z + 2**-23, 2**-24))
    even = ops.sum(t, axis=-1, keepdims=True) / z.shape[-1]
    t = (1 - label_smoothing) * t + label_smoothing * even
    values = -ops.sum(t * ops.log_softmax(z), axis=-1)
    return ops.mean(values, axis=tuple(range(1, len(z.shape) - 1)))
