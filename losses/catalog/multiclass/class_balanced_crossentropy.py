"""Crossentropy with weights from how many samples each class has."""

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.class_labels import align_classes
from losses.ops.crossentropy import crossentropy
from losses.ops.options import per_class
from losses.ops.refusals import Refused
from losses.ops.shapes import mean_per_sample


@loss_function(page="class_balanced_crossentropy/labels_in_a_column")
def class_balanced_crossentropy(
    y_true, y_pred, *, counts, beta: float = 0.999, from_logits: bool = False
):
    """Class-balanced crossentropy, one value per sample: the mean over its positions.

        -w[t] · log p[t],  w[c] = C · e[c] / Σ e,  e[c] = (1 - beta) / (1 - beta^n[c])

    `1 / e[c]` is the effective number of samples of a class: each further one adds
    less, because it is more likely to be like one that is there already.

    Args:
        y_true: `(batch,)` class ids for `(batch, classes)`, or `(batch, ...)` for
            `(batch, ..., classes)`, with or without a trailing axis of size 1; or
            one-hot labels of the shape of `y_pred`; any dtype. Told apart by shape.
        y_pred: `(batch, ..., classes)` probabilities, which are divided by their sum,
            or logits with `from_logits`. Below 3.2e-7 the logarithm of a probability
            continues as its tangent: a probability of 0 costs 15.9 and keeps its
            gradient.
        counts: how many samples of each class there are in the training data, 1 or
            more: a sequence in the order of the ids, or a dict. Not of the batch, and
            not shares.
        beta: in [0, 1). With 0 every class has the same weight; the nearer to 1, the
            nearer the weights come to one over the count. Above some 1 / (1 - beta)
            samples, 1000 for 0.999, more of them make a class hardly any lighter.
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider. Per-sample. An id that no class
        has gives NaN in every mode.

    Raises:
        ValueError: shapes that do not fit; not one count of 1 or more for each class;
            a `beta` outside of [0, 1).
        TypeError: `y_pred` holds integers.

    Example:
        >>> p = [[0.5, 0.5], [0.5, 0.5]]
        >>> loss = class_balanced_crossentropy([0, 1], p, counts=[1, 2], beta=0.5)
        >>> float(loss[0]), float(loss[1])  # 6/5 and 4/5 of log 2
        (0.831..., 0.554...)

    Source:
        Cui, Jia, Lin, Song and Belongie, Class-Balanced Loss Based on Effective Number
        of Samples, 2019, https://arxiv.org/abs/1901.05555. As there, the weights add up
        to the number of classes, whatever the batch.
    """
    labels, y_pred = align_classes(y_true, y_pred)
    weights = _weights(per_class(counts, y_pred, "counts"), beta)
    return mean_per_sample(crossentropy(labels, y_pred, from_logits, weights))


class ClassBalancedCrossentropy(PerSampleLoss, of=class_balanced_crossentropy):
    """`class_balanced_crossentropy` for `model.compile`."""


def _weights(counts, beta):
    """One over the effective number of samples of each class, with a mean of 1."""
    if min(counts) < 1:
        raise Refused(
            f"counts of class {counts.index(min(counts))} is {min(counts):g}; it must "
            "be a number of samples, 1 or more, not a share. For a class without any "
            "say 1: it has no effective number. "
            "More: losses explain class_balanced_crossentropy/shares_for_counts"
        )
    if not 0 <= beta < 1:
        raise Refused(
            f"beta must be in [0, 1), not {beta}. For one over the count take 0.9999 "
            "or more."
        )
    inverse = [(1 - beta) / (1 - beta**count) for count in counts]
    return [len(inverse) * weight / sum(inverse) for weight in inverse]
