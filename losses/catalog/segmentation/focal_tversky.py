"""Focal Tversky: Tversky that goes on learning where most is found already."""

from typing import Literal

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.crossentropy import EPSILON
from losses.ops.options import check_at_least_zero
from losses.ops.refusals import Refused
from losses.ops.regions import class_mean, regions, share


@loss_function(page="dice/mask_without_channel_axis")
def focal_tversky(
    y_true,
    y_pred,
    *,
    gamma: float = 4 / 3,
    alpha: float = 0.5,
    beta: float = 0.5,
    smooth: float = 1.0,
    from_logits: bool = False,
    ignore_class: int | None = None,
    class_weight=None,
    over: Literal["image", "batch"] = "image",
):
    """Focal Tversky loss, one value per sample: the mean over its classes.

        (1 - (Σ t·p + smooth) / (Σ t·p + alpha FP + beta FN + smooth)) ** (1 / gamma)

    with the false positives FP = Σ (1 - t)·p and the false negatives FN = Σ t·(1 - p).
    The exponent is taken for each class, before the mean. Above a `gamma` of 1 the
    slope grows as the loss of a class falls, below 1 it fades.

    The sums run over the pixels of one image, so that each sample keeps a loss of its
    own. With `over="batch"` they run over the whole batch: a batch statistic, the same
    value for every sample. On several replicas of `tf.distribute` that is the batch of
    all of them together.

    Args:
        y_true: one class: `(batch, height, width)` or `(batch, height, width, 1)` masks
            of 0 and 1. Several: class ids of either shape, or `(batch, height, width,
            classes)` one-hot labels. Any dtype, any number of spatial axes. Shapes
            alone tell these apart: `(batch, length, classes)` one-hot labels look like
            `(batch, height, width)` masks and are read as one class. There give class
            ids, or add an axis to both sides, `y[:, None]`. Labels between 0 and 1 are
            accepted, but the loss is then above 0 at p = t, and not lowest there.
        y_pred: one class: `(batch, height, width)` or `(batch, height, width, 1)`.
            Several: `(batch, height, width, classes)`.
        gamma: above 0; the exponent is `1 / gamma`. 1 is `tversky`.
        alpha: factor on the false positives, 0 or more.
        beta: factor on the false negatives, 0 or more.
        smooth: added above and below; an empty mask predicted empty is 0 even for 0.
        from_logits: take the softmax of `y_pred` over the classes, or the sigmoid
            where there is one. Of logits as far off as -100 or 100 neither passes a
            gradient: where that happens, add a crossentropy.
        ignore_class: value of `y_true` at the pixels that are left out.
        class_weight: one factor for each class in the mean over the classes.
        over: `"image"` or `"batch"`.

    Returns:
        `(batch,)` values in [0, 1], float32 or wider; 0 is perfect overlap of masks of
        0 and 1. Per-sample; batch-coupled with `over="batch"`. An id that no class has
        gives NaN in every mode.

    Raises:
        ValueError: the shapes differ otherwise, or an option is out of its range.
            Nothing is broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> mask, half = [[[1, 1, 0, 0]]], [[[1.0, 0.0, 1.0, 0.0]]]
        >>> float(focal_tversky(mask, half, smooth=0)[0])  # 0.5 ** 0.75
        0.594...

    Source:
        Abraham and Khan, A Novel Focal Tversky Loss Function, 2018,
        https://arxiv.org/abs/1810.07842. They sum over the classes; this is the mean.
        Their alpha is on the false negatives, in paper and code (0.7, with 0.3 on the
        others); here it is on the false positives, as for `tversky`. Their code writes
        the exponent itself, 0.75, as gamma.
        Below 1.2e-7 the power goes on as a straight line to 0, because its slope is
        infinite there.
    """
    if not gamma > 0:
        raise Refused(f"gamma must be above 0, not {gamma}")
    check_at_least_zero(alpha=alpha, beta=beta, smooth=smooth)
    overlap, true, pred = regions(y_true, y_pred, from_logits, ignore_class, over)
    wrong = alpha * (pred - overlap) + beta * (true - overlap)
    # 1 - … over one denominator
    values = _power(share(wrong, overlap + wrong + smooth), 1 / gamma)
    return class_mean(values, class_weight)


class FocalTversky(PerSampleLoss, of=focal_tversky):
    """`focal_tversky` for `model.compile`."""


def _power(values, exponent):
    """`values ** exponent`, and below `EPSILON` the line from there to 0: finite in
    slope, and defined where rounding has left a value just below 0."""
    above = values > EPSILON
    power = ops.where(above, values, EPSILON) ** exponent
    return ops.where(above, power, values * EPSILON ** (exponent - 1))
