"""Squared earth mover's distance: how far from the class is what was predicted?"""

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.class_labels import align_classes, is_ids, valid_class_ids
from losses.ops.shapes import mean_per_sample


@loss_function(page="squared_emd/ids_against_probabilities")
def squared_emd(y_true, y_pred, *, from_logits: bool = False):
    """Squared earth mover's distance of ordered classes, one value per sample.

        Σ_k (P[k] - T[k])²,  P[k] = p[0] + … + p[k],  T[k] = (t[0] + … + t[k]) / Σ t

    The probability of a class that is two steps away counts more than that of its
    neighbour. Certain of a class n steps away, the distance is n.

    Args:
        y_true: `(batch,)` class ids from 0, lowest first, for `(batch, classes)`, with
            or without a trailing axis of size 1; or `(batch, classes)` one-hot labels,
            distributions or counts, such as how many voters gave each mark; or with
            more axes before the classes, over which the mean is taken; any dtype. Told
            apart by shape. Counts are divided by their sum.
        y_pred: `(batch, ..., classes)` probabilities, or logits with `from_logits`.
        from_logits: whether `y_pred` holds logits. Their softmax is taken, and where it
            is certain of a wrong class there is next to no gradient: the distance is
            one between probabilities. It goes well with a crossentropy beside it.

    Returns:
        `(batch,)` values in [0, classes - 1], float32 or wider. Per-sample. A row of
        zeros as label counts nothing. An id that no class has gives NaN in every mode.

    Raises:
        ValueError: shapes that do not fit.
        TypeError: `y_pred` holds integers.

    Example:
        >>> p = [[0.0, 1.0, 0.0], [0.0, 0.5, 0.5]]
        >>> loss = squared_emd([0, 0], p)  # 1, and 1² + (1/2)²
        >>> float(loss[0]), float(loss[1])
        (1.0, 1.25)

    Source:
        Hou, Yu and Samaras, Squared Earth Mover's Distance-based Loss for Training Deep
        Neural Networks, 2016, https://arxiv.org/abs/1611.05916: as there it is a sum
        over the classes. Talebi and Milanfar, NIMA, 2017,
        https://arxiv.org/abs/1709.05424, take the root of the mean,
        `(loss / classes) ** 0.5`, which has no gradient at 0. Statisticians know it as
        the ranked probability score (Epstein, 1969).
    """
    labels, y_pred = align_classes(y_true, y_pred)
    p = ops.softmax(y_pred) if from_logits else y_pred
    apart, factor = (_from_ids if is_ids(labels, p) else _from_shares)(labels, p)
    return mean_per_sample(ops.sum(ops.square(apart), axis=-1) * factor)


class SquaredEmd(PerSampleLoss, of=squared_emd):
    """`squared_emd` for `model.compile`."""


def _from_ids(ids, p):
    """What lies between the sums of both, and a factor: NaN for an id of no class."""
    ids, factor = valid_class_ids(ids, p)
    reached = ops.expand_dims(ids, -1) <= ops.arange(ops.shape(p)[-1], dtype="int32")
    reached = ops.cast(reached, p.dtype)
    return ops.cumsum(p, axis=-1) - reached, factor


def _from_shares(shares, p):
    """The same, and a factor: 0 for a row of zeros."""
    total = ops.sum(shares, axis=-1, keepdims=True)
    some = total > 0
    shares = shares / ops.where(some, total, 1)
    return ops.cumsum(p - shares, axis=-1), ops.cast(some[..., 0], p.dtype)
