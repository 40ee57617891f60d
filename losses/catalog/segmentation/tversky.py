"""Tversky: Dice with a price for each of the two kinds of error."""

from typing import Literal

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.options import check_at_least_zero
from losses.ops.regions import class_mean, regions, share


@loss_function(page="dice/mask_without_channel_axis")
def tversky(
    y_true,
    y_pred,
    *,
    alpha: float = 0.5,
    beta: float = 0.5,
    smooth: float = 1.0,
    from_logits: bool = False,
    ignore_class: int | None = None,
    class_weight=None,
    over: Literal["image", "batch"] = "image",
):
    """Soft Tversky loss, one value per sample: the mean over its classes.

        1 - (Σ t·p + smooth) / (Σ t·p + alpha FP + beta FN + smooth)

    with the false positives FP = Σ (1 - t)·p and the false negatives FN = Σ t·(1 - p).
    A larger `beta` finds more of the object, a larger `alpha` marks less beside it.

    The sums run over the pixels of one image, so that each sample keeps a loss of its
    own. With `over="batch"` they run over the whole batch: a batch statistic, the same
    value for every sample. On several replicas of `tf.distribute` that is the batch of
    all of them together.

    With 0.5 and 0.5 it is `dice` with twice the `smooth`, with 1 and 1 `jaccard`.

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
        alpha: factor on the false positives, 0 or more.
        beta: factor on the false negatives, 0 or more. The two need not add up to 1.
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
        ValueError: the shapes differ otherwise, or a factor is below 0. Nothing is
            broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> mask, missed = [[[1, 1, 0, 0]]], [[[1.0, 0.0, 0.0, 0.0]]]
        >>> float(tversky(mask, missed, alpha=0.2, beta=1.0, smooth=0)[0])
        0.5

    Source:
        Salehi, Erdogmus and Gholipour, Tversky loss function for image segmentation,
        2017, https://arxiv.org/abs/1706.05721, for one class and without `smooth`.
        `keras.losses.Tversky` has alpha and beta exchanged, up to Keras 3.15.1 at
        least, its epsilon below only, and sums over the whole batch.
    """
    check_at_least_zero(alpha=alpha, beta=beta, smooth=smooth)
    overlap, true, pred = regions(y_true, y_pred, from_logits, ignore_class, over)
    wrong = alpha * (pred - overlap) + beta * (true - overlap)
    # 1 - … over one denominator
    values = share(wrong, overlap + wrong + smooth)
    return class_mean(values, class_weight)


class Tversky(PerSampleLoss, of=tversky):
    """`tversky` for `model.compile`."""
