"""Jaccard: how much of the union of two masks is not in both."""

import keras

from losses.ops.elementwise import at_least_zero
from losses.ops.regions import over_classes, regions, share
from losses.ops.shapes import PerSampleLoss


@keras.saving.register_keras_serializable("losses")
def jaccard(
    y_true,
    y_pred,
    *,
    smooth=1.0,
    from_logits=False,
    ignore_class=None,
    class_weight=None,
    over="image",
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
        y_true: one class: `(batch, height, width)` or `(batch, height, width, 1)`
            masks with values in [0, 1]. Several: class ids of either shape, or
            `(batch, height, width, classes)` one-hot. Any dtype, and any number of
            spatial axes. Labels and predictions of one shape with three axes or fewer
            are one class: give ids for several classes along one spatial axis.
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
        `(batch,)` values in [0, 1], float32 or wider; 0 is perfect overlap. Per-sample;
        batch-coupled with `over="batch"`. An id that no class has gives NaN in every
        mode.

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
    at_least_zero("jaccard", smooth=smooth)
    see = "dice/mask_without_channel_axis"
    overlap, true, pred = regions(
        y_true, y_pred, from_logits, ignore_class, over, "jaccard", see
    )
    union = true + pred - overlap
    # 1 - … over one denominator
    values = share(union - overlap, union + smooth)
    return over_classes(values, class_weight, "jaccard")


@keras.saving.register_keras_serializable("losses")
class Jaccard(PerSampleLoss):
    """`jaccard` for `model.compile`."""

    def __init__(
        self,
        *,
        smooth=1.0,
        from_logits=False,
        ignore_class=None,
        class_weight=None,
        over="image",
        reduction="sum_over_batch_size",
        name="jaccard",
        dtype=None,
    ):
        super().__init__(
            smooth=smooth,
            from_logits=from_logits,
            ignore_class=ignore_class,
            class_weight=class_weight,
            over=over,
            reduction=reduction,
            name=name,
            dtype=dtype,
        )

    def call(self, y_true, y_pred):
        return jaccard(y_true, y_pred, **self.options)
