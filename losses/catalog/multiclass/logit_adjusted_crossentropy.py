"""Crossentropy for data in which some classes are far more common than others."""

from math import log

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.class_labels import align_classes
from losses.ops.crossentropy import TINY, crossentropy
from losses.ops.options import per_class
from losses.ops.refusals import Refused
from losses.ops.shapes import mean_per_sample


@loss_function(page="logit_adjusted_crossentropy/labels_in_a_column")
def logit_adjusted_crossentropy(y_true, y_pred, *, priors, tau: float = 1.0):
    """Logit-adjusted crossentropy, one value per sample: the mean over its positions.

        log Σ_c exp(z[c] + tau · log prior[c]) - (z[t] + tau · log prior[t])

    The logits of common classes are raised in training, so that those of rare ones must
    win by more. For predictions leave them as they are: they then make up for how rare
    a class is, and the error of each class counts alike.

    Args:
        y_true: `(batch,)` class ids for `(batch, classes)`, or `(batch, ...)` for
            `(batch, ..., classes)`, with or without a trailing axis of size 1; or
            one-hot labels of the shape of `y_pred`; any dtype. Told apart by shape.
        y_pred: `(batch, ..., classes)` logits z, never probabilities.
        priors: how common each class is in the training data, 0 or more: a sequence in
            the order of the ids, or a dict. Divided by their sum, so counts will do.
        tau: 0 or more: how much of it. With 0 this is the crossentropy.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider. Per-sample. A class with a prior
        of 0 takes no part, as if its prior were 2⁻¹²⁶; a label of it costs about
        87 · tau more than it would. An id that no class has gives NaN in every mode.

    Raises:
        ValueError: shapes that do not fit; not one number of 0 or more in `priors` for
            each class, or nothing but 0; a `tau` below 0.
        TypeError: `y_pred` holds integers.

    Example:
        >>> z, priors = [[0.0, 0.0]], [0.75, 0.25]
        >>> float(logit_adjusted_crossentropy([1], z, priors=priors)[0])  # log 4
        1.386...

    Source:
        Menon, Jayasumana, Rawat, Jain, Veit and Kumar, Long-tail learning via logit
        adjustment, 2020, https://arxiv.org/abs/2007.07314, equation 10.
    """
    if not tau >= 0:
        raise Refused(
            f"tau must be 0 or more, not {tau}. More: losses explain "
            "logit_adjusted_crossentropy/subtracted_in_training"
        )
    labels, y_pred = align_classes(y_true, y_pred)
    priors = per_class(priors, y_pred, "priors")
    adjustment = [tau * log(max(prior / sum(priors), TINY)) for prior in priors]
    logits = y_pred + ops.convert_to_tensor(adjustment, y_pred.dtype)
    return mean_per_sample(crossentropy(labels, logits, from_logits=True))


class LogitAdjustedCrossentropy(PerSampleLoss, of=logit_adjusted_crossentropy):
    """`logit_adjusted_crossentropy` for `model.compile`."""
