"""Tversky: Dice with a price for each of the two kinds of error."""

import keras

from losses.ops.regions import over_classes, regions, tversky as terms
from losses.ops.shapes import PerSampleLoss


@keras.saving.register_keras_serializable("losses")
def tversky(
    y_true,
    y_pred,
    *,
    alpha=0.5,
    beta=0.5,
    smooth=1.0,
    from_logits=False,
    ignore_class=None,
    class_weight=None,
    over="image",
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
        y_true: one class: `(batch, height, width)` or `(batch, height, width, 1)`
            masks with values in [0, 1]. Several: class ids of either shape, or
            `(batch, height, width, classes)` one-hot. Any dtype, and any number of
            spatial axes. Labels and predictions of one shape with three axes or fewer
            are one class: give ids for several classes along one spatial axis.
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
        `(batch,)` values in [0, 1], float32 or wider; 0 is perfect overlap. Per-sample;
        batch-coupled with `over="batch"`. An id that no class has gives NaN in every
        mode.

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
    see = "dice/mask_without_channel_axis"
    sums = regions(y_true, y_pred, from_logits, ignore_class, over, "tversky", see)
    values = terms(*sums, alpha, beta, smooth, "tversky")
    return over_classes(values, class_weight, "tversky")


@keras.saving.register_keras_serializable("losses")
class Tversky(PerSampleLoss):
    """`tversky` for `model.compile`."""

    def __init__(
        self,
        *,
        alpha=0.5,
        beta=0.5,
        smooth=1.0,
        from_logits=False,
        ignore_class=None,
        class_weight=None,
        over="image",
        reduction="sum_over_batch_size",
        name="tversky",
        dtype=None,
    ):
        super().__init__(
            alpha=alpha,
            beta=beta,
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
        return tversky(y_true, y_pred, **self.options)
