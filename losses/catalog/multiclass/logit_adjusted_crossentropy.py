"""Crossentropy for data in which some classes are far more common than others."""

from math import log

import keras
from keras import ops

from losses.ops.elementwise import TINY, crossentropy, per_class
from losses.ops.shapes import PerSampleLoss, align_classes, per_sample


@keras.saving.register_keras_serializable("losses")
def logit_adjusted_crossentropy(y_true, y_pred, *, priors, tau=1.0):
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
    labels, y_pred = align_classes(
        y_true,
        y_pred,
        "logit_adjusted_crossentropy",
        "logit_adjusted_crossentropy/labels_in_a_column",
    )
    adjustment = ops.convert_to_tensor(_adjustment(priors, tau, y_pred), y_pred.dtype)
    values, _ = crossentropy(
        labels, y_pred + adjustment, True, None, None, "logit_adjusted_crossentropy"
    )
    return per_sample(values)


@keras.saving.register_keras_serializable("losses")
class LogitAdjustedCrossentropy(PerSampleLoss):
    """`logit_adjusted_crossentropy` for `model.compile`."""

    def __init__(
        self,
        *,
        priors,
        tau=1.0,
        reduction="sum_over_batch_size",
        name="logit_adjusted_crossentropy",
        dtype=None,
    ):
        super().__init__(
            priors=priors, tau=tau, reduction=reduction, name=name, dtype=dtype
        )

    def call(self, y_true, y_pred):
        return logit_adjusted_crossentropy(y_true, y_pred, **self.options)


def _adjustment(priors, tau, y_pred):
    """What is added to the logit of each class."""
    priors = per_class(priors, y_pred, "priors", "logit_adjusted_crossentropy")
    if not tau >= 0:
        raise ValueError(
            f"logit_adjusted_crossentropy: tau must be 0 or more, not {tau}. More: "
            "losses explain logit_adjusted_crossentropy/subtracted_in_training"
        )
    return [tau * log(max(prior / sum(priors), TINY)) for prior in priors]
