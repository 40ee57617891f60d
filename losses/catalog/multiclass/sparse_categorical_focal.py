"""Focal loss from class ids: a crossentropy that leaves alone what is known well."""

import keras
from keras import ops

from losses.ops.elementwise import crossentropy, focus, known_ids, per_class
from losses.ops.shapes import (
    PerSampleLoss,
    align_classes,
    is_ids,
    per_sample,
    plain,
    shown,
)


@keras.saving.register_keras_serializable("losses")
def sparse_categorical_focal(
    y_true, y_pred, *, gamma=2.0, alpha=None, from_logits=False, ignore_class=None
):
    """Focal loss of class ids, one value per sample: the mean over its positions.

        -alpha[t] · (1 - p[t])^gamma · log p[t]

    Args:
        y_true: `(batch,)` class ids for `(batch, classes)`, or `(batch, ...)` for
            `(batch, ..., classes)`, with or without a trailing axis of size 1; any
            dtype.
        y_pred: `(batch, ..., classes)` probabilities, which are divided by their sum,
            or logits with `from_logits`.
        gamma: 0 or more: how much less the labels count that are predicted well. With
            0 this is the crossentropy; with 2 a probability of 0.9 counts a hundredth.
        alpha: one factor for each class, a sequence. Not divided by their sum. One
            number for all is refused: it would change the step size and nothing else.
        from_logits: whether `y_pred` holds logits. A loss of exactly 0 or in the
            millions means that it does.
        ignore_class: id of the positions that are left out of the mean. It need not
            be one of the classes: 255 and -1 will do.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider. Per-sample. A sample of which
        every position is ignored is 0. An id that no class has gives NaN in every mode.

    Raises:
        ValueError: one-hot labels, or other shapes that do not fit; a `gamma` below 0;
            not one number of 0 or more in `alpha` for each class.
        TypeError: `y_pred` holds integers.

    Example:
        >>> p = [[0.25, 0.5, 0.25]]
        >>> float(sparse_categorical_focal([1], p)[0])  # log 2 / 4
        0.173...

    Source:
        Lin, Goyal, Girshick, He and Dollár, Focal Loss for Dense Object Detection,
        2017, https://arxiv.org/abs/1708.02002. They have a sigmoid for each class, and
        divide by the number of objects; this is the softmax form, and the mean over the
        positions. `keras.losses.CategoricalFocalCrossentropy` clips the probabilities,
        of logits too, and has a factor of 0.25 if nothing is said.
    """
    labels, y_pred = align_classes(
        y_true,
        y_pred,
        "sparse_categorical_focal",
        "sparse_categorical_focal/one_hot_given",
    )
    if not is_ids(labels, y_pred):
        raise ValueError(
            f"sparse_categorical_focal: y_true {shown(labels)} looks one-hot, having "
            f"the shape of y_pred {shown(y_pred)}; it must be class ids of shape "
            f"{tuple(y_pred.shape[:-1])}. Take the argmax of the labels. "
            "More: losses explain sparse_categorical_focal/one_hot_given"
        )
    values, counted = crossentropy(
        labels, y_pred, from_logits, ignore_class, None, "sparse_categorical_focal"
    )
    missing = -ops.expm1(-values)  # 1 - p, of which 1 - exp would lose digits
    values = values * focus(missing, gamma, "sparse_categorical_focal")
    if alpha is not None:
        ids, _ = known_ids(labels, y_pred, counted)
        values = values * ops.take(_factors(alpha, y_pred), ids)
    return per_sample(values, counted)


@keras.saving.register_keras_serializable("losses")
class SparseCategoricalFocal(PerSampleLoss):
    """`sparse_categorical_focal` for `model.compile`."""

    def __init__(
        self,
        *,
        gamma=2.0,
        alpha=None,
        from_logits=False,
        ignore_class=None,
        reduction="sum_over_batch_size",
        name="sparse_categorical_focal",
        dtype=None,
    ):
        super().__init__(
            gamma=gamma,
            alpha=alpha,
            from_logits=from_logits,
            ignore_class=ignore_class,
            reduction=reduction,
            name=name,
            dtype=dtype,
        )

    def call(self, y_true, y_pred):
        return sparse_categorical_focal(y_true, y_pred, **self.options)


def _factors(alpha, y_pred):
    alpha = plain(alpha)
    if isinstance(alpha, (int, float)):
        raise ValueError(
            f"sparse_categorical_focal: alpha is {alpha}; it must be one factor for "
            f"each class of y_pred {shown(y_pred)}. The same for all of them balances "
            "nothing: leave it out. "
            "More: losses explain sparse_categorical_focal/alpha_as_one_factor"
        )
    factors = per_class(alpha, y_pred, "alpha", "sparse_categorical_focal")
    return ops.convert_to_tensor(factors, y_pred.dtype)
