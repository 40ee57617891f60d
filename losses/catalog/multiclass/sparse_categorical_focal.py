"""Focal loss from class ids: a crossentropy that leaves alone what is known well."""

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.class_labels import (
    align_classes,
    is_ids,
    kept_positions,
    valid_class_ids,
)
from losses.ops.crossentropy import crossentropy, focal_factor
from losses.ops.options import per_class, plain
from losses.ops.refusals import Refused, WrongShapes
from losses.ops.shapes import mean_per_sample, shape_of


@loss_function(page="sparse_categorical_focal/one_hot_given")
def sparse_categorical_focal(
    y_true,
    y_pred,
    *,
    gamma: float = 2.0,
    alpha=None,
    from_logits: bool = False,
    ignore_class: int | None = None,
):
    """Focal loss of class ids, one value per sample: the mean over its positions.

        -alpha[t] · (1 - p[t])^gamma · log p[t]

    Args:
        y_true: `(batch,)` class ids for `(batch, classes)`, or `(batch, ...)` for
            `(batch, ..., classes)`, with or without a trailing axis of size 1; any
            dtype.
        y_pred: `(batch, ..., classes)` probabilities, which are divided by their sum,
            or logits with `from_logits`. Below 3.2e-7 the logarithm of a probability
            continues as its tangent: a probability of 0 costs 15.9 and keeps its
            gradient.
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
    labels, y_pred = align_classes(y_true, y_pred)
    if not is_ids(labels, y_pred):
        raise WrongShapes(
            f"y_true {shape_of(labels)} looks one-hot, having the shape of y_pred "
            f"{shape_of(y_pred)}; it must be class ids of shape "
            f"{tuple(y_pred.shape[:-1])}. Take the argmax of the labels."
        )
    kept = kept_positions(labels, y_pred, ignore_class)
    values = crossentropy(labels, y_pred, from_logits, kept=kept)
    missing = -ops.expm1(-values)  # 1 - p, of which 1 - exp would lose digits
    values = focal_factor(missing, gamma) * values
    if alpha is not None:
        ids, _ = valid_class_ids(labels, y_pred, kept)
        values = ops.take(_factors(alpha, y_pred), ids) * values
    return mean_per_sample(values, kept)


class SparseCategoricalFocal(PerSampleLoss, of=sparse_categorical_focal):
    """`sparse_categorical_focal` for `model.compile`."""


def _factors(alpha, y_pred):
    alpha = plain(alpha)
    if isinstance(alpha, (int, float)):
        raise Refused(
            f"alpha is {alpha}; it must be one factor for each class of y_pred "
            f"{shape_of(y_pred)}. The same for all of them balances nothing: leave it "
            "out. More: losses explain sparse_categorical_focal/alpha_as_one_factor"
        )
    return ops.convert_to_tensor(per_class(alpha, y_pred, "alpha"), y_pred.dtype)
