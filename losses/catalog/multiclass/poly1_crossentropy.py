"""Crossentropy with a weight of its own on the first term of its series."""

import keras
from keras import ops

from losses.ops.elementwise import at_ids, crossentropy, probabilities
from losses.ops.shapes import PerSampleLoss, align_classes, is_ids, per_sample


@keras.saving.register_keras_serializable("losses")
def poly1_crossentropy(y_true, y_pred, *, epsilon=1.0, from_logits=False):
    """Poly-1 crossentropy, one value per sample: the mean over its positions.

        Σ_c t[c] · (-log p[c] + epsilon · (1 - p[c]))

    The crossentropy is `(1 - p) + (1 - p)² / 2 + (1 - p)³ / 3 + …`. Here the first of
    these terms has the factor `1 + epsilon`.

    Args:
        y_true: `(batch, classes)` one-hot or soft labels for `(batch, classes)`, or
            `(batch,)` class ids, with or without a trailing axis of size 1; or with
            more axes before the classes, over which the mean is taken; any dtype. Told
            apart by shape.
        y_pred: `(batch, ..., classes)` probabilities, which are divided by their sum,
            or logits with `from_logits`.
        epsilon: -1 or more. Above 0 it pulls harder on what is predicted well already,
            below 0 less; with 0 this is the crossentropy.
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider. Per-sample. A row of zeros as
        label counts nothing. An id that no class has gives NaN in every mode.

    Raises:
        ValueError: shapes that do not fit; an `epsilon` below -1.
        TypeError: `y_pred` holds integers.

    Example:
        >>> p = [[0.25, 0.5, 0.25]]
        >>> float(poly1_crossentropy([[0, 1, 0]], p)[0])  # log 2 + 1/2
        1.193...

    Source:
        Leng, Tan, Liu, Cubuk, Shi, Cheng and Anguelov, PolyLoss: A Polynomial Expansion
        Perspective of Classification Loss Functions, 2022,
        https://arxiv.org/abs/2204.12511. They give it for logits and labels of 1; the
        sum over soft labels is what they do where they smooth labels.
    """
    labels, y_pred = align_classes(
        y_true,
        y_pred,
        "poly1_crossentropy",
        "poly1_crossentropy/ids_as_one_hot",
    )
    if not epsilon >= -1:
        raise ValueError(
            f"poly1_crossentropy: epsilon must be -1 or more, not {epsilon}: below, a "
            "perfect prediction is no longer the best."
        )
    values, _ = crossentropy(
        labels, y_pred, from_logits, None, None, "poly1_crossentropy"
    )
    p = probabilities(y_pred, from_logits)
    return per_sample(values + epsilon * _missing(labels, p))


@keras.saving.register_keras_serializable("losses")
class Poly1Crossentropy(PerSampleLoss):
    """`poly1_crossentropy` for `model.compile`."""

    def __init__(
        self,
        *,
        epsilon=1.0,
        from_logits=False,
        reduction="sum_over_batch_size",
        name="poly1_crossentropy",
        dtype=None,
    ):
        super().__init__(
            epsilon=epsilon,
            from_logits=from_logits,
            reduction=reduction,
            name=name,
            dtype=dtype,
        )

    def call(self, y_true, y_pred):
        return poly1_crossentropy(y_true, y_pred, **self.options)


def _missing(labels, p):
    """What the probability of the label misses of 1."""
    if is_ids(labels, p):
        return 1 - at_ids(p, labels)
    return ops.sum(labels * (1 - p), axis=-1)
