"""Jaccard: how much of the union of two masks is not in both."""

from typing import Literal

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.options import check_at_least_zero
from losses.ops.regions import class_mean, regions, share


@loss_function(page="dice/mask_without_channel_axis")
def jaccard(
    y_true,
    y_pred,
    *,
    smooth: float = 1.0,
    from_logits: bool = False,
    ignore_class: int | None = None,
    class_weight=None,
    over: Literal["image", "batch"] = "image",
):
    """Soft Jaccard loss (1 - IoU), one value per sample: the mean over its classes.

        1 - (Σ t·p + smooth) / (Σ t + Σ p - Σ t·p + smooth)

    The sums run over the pixels of one image, so that each sample keeps a loss of its
    own. With `over="batch"` they run over the whole batch: a batch statistic, the same
    value for every sample. On several replicas of `tf.distribute` that is the batch of
    all of them together.

    For one class it is `2 d / (1 + d)`, where `d` is `dice` with twice the `smooth`.
    The two rank predictions alike; this one is steeper where most is found already,
    and flatter where little is.

    Args:
        y_true: one class: `(batch, height, width)` or `(batch, height, width, 1)` masks
            of 0 and 1. Several: class ids of either shape, or `(batch, height, width,
            classes)` one-hot labels. Any dtype, any number of spatial axes. Shapes
            alone tell these apart: `(batch, length, classes)` one-hot labels look like
            `(batch, height, width)` masks and are read as one class. There give class
            ids, or add an axis to both sides, `y[:, None]`. Labels between 0 and 1 are
            accepted, but the loss is then above 0 at p = t, and not lowest there. Where
            t is 1/2 everywhere, p = 1/2 gives 2/3 and p = 1 gives 1/2.
        y_pred: one class: `(batch, height, width)` or `(batch, height, width, 1)`.
            Several: `(batch, height, width, classes)`.
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
        ValueError: the shapes differ otherwise. Nothing is broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> float(jaccard([[[1, 1, 0]]], [[[1.0, 0.0, 0.0]]], smooth=0)[0])
        0.5

    Source:
        Rahman and Wang, Optimizing Intersection-Over-Union in Deep Neural Networks for
        Image Segmentation, 2016, https://doi.org/10.1007/978-3-319-50835-1_22, for one
        class and without `smooth`.
    """
    check_at_least_zero(smooth=smooth)
    overlap, true, pred = regions(y_true, y_pred, from_logits, ignore_class, over)
    union = true + pred - overlap
    # 1 - … over one denominator
    values = share(union - overlap, union + smooth)
    return class_mean(values, class_weight)


class Jaccard(PerSampleLoss, of=jaccard):
    """`jaccard` for `model.compile`."""
