"""Crossentropy with a weight of its own on the first term of its series."""

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.class_labels import align_classes, is_ids, take_class
from losses.ops.crossentropy import crossentropy, softmax
from losses.ops.refusals import Refused
from losses.ops.shapes import mean_per_sample


@loss_function(page="poly1_crossentropy/ids_as_one_hot")
def poly1_crossentropy(
    y_true, y_pred, *, epsilon: float = 1.0, from_logits: bool = False
):
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
            or logits with `from_logits`. Below 3.2e-7 the logarithm of a probability
            continues as its tangent: a probability of 0 costs 15.9 and keeps its
            gradient.
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
    if not epsilon >= -1:
        raise Refused(
            f"epsilon must be -1 or more, not {epsilon}: below, a perfect prediction "
            "is no longer the best."
        )
    labels, y_pred = align_classes(y_true, y_pred)
    values = crossentropy(labels, y_pred, from_logits)
    missing = _missing(labels, softmax(y_pred, from_logits))
    return mean_per_sample(values + epsilon * missing)


class Poly1Crossentropy(PerSampleLoss, of=poly1_crossentropy):
    """`poly1_crossentropy` for `model.compile`."""


def _missing(labels, p):
    """Σ t · (1 - p)."""
    if is_ids(labels, p):
        return 1 - take_class(p, labels)
    return ops.sum(labels * (1 - p), axis=-1)
