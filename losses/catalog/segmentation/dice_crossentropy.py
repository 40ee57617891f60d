"""Dice and crossentropy: the overlap of the masks, and every pixel of them."""

import keras

from losses.ops.elementwise import at_least_zero
from losses.ops.regions import dice, over_classes, pixel_crossentropy, regions
from losses.ops.shapes import PerSampleLoss, per_sample


@keras.saving.register_keras_serializable("losses")
def dice_crossentropy(
    y_true,
    y_pred,
    *,
    dice_weight=1.0,
    ce_weight=1.0,
    smooth=1.0,
    from_logits=False,
    ignore_class=None,
    class_weight=None,
    over="image",
):
    """Dice plus crossentropy, one value per sample.

        dice_weight · dice + ce_weight · crossentropy

    The first is `dice`. The second is `pixelwise_crossentropy`, or, for one class,
    `pixelwise_binary_crossentropy`: the mean over the pixels of each image. Dice looks
    at a class as a whole, however small it is; the crossentropy has a gradient at every
    pixel, also where nothing overlaps yet.

    Args:
        y_true: one class: `(batch, height, width)` or `(batch, height, width, 1)`
            masks with values in [0, 1]. Several: class ids of either shape, or
            `(batch, height, width, classes)` one-hot, of classes that exclude one
            another. Any dtype, and any number of spatial axes. Labels and predictions
            of one shape with three axes or fewer are one class: give ids for several
            classes along one spatial axis.
        y_pred: one class: `(batch, height, width)` or `(batch, height, width, 1)`.
            Several: `(batch, height, width, classes)`.
        dice_weight: factor on Dice, 0 or more.
        ce_weight: factor on the crossentropy, 0 or more.
        smooth: added above and below in Dice, as in `dice`.
        from_logits: take the softmax of `y_pred` over the classes, or the sigmoid
            where there is one. It holds for both.
        ignore_class: value of `y_true` at the pixels that both leave out.
        class_weight: one factor for each class. In Dice it weights the mean over the
            classes; in the crossentropy it is a factor on the pixels of the class, not
            divided by their sum. For one class that is `pos_weight`.
        over: `"image"` or `"batch"`, for Dice; the crossentropy stays that of an image.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider; 0 is certain and right.
        Per-sample; batch-coupled with `over="batch"`. An id that no class has gives NaN
        in every mode.

    Raises:
        ValueError: the shapes differ otherwise, or a factor is below 0. Nothing is
            broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> mask, half = [[[1, 0]]], [[[0.5, 0.5]]]
        >>> float(dice_crossentropy(mask, half)[0])  # 1/3 + log 2
        1.026...

    Source:
        Isensee et al., nnU-Net: Self-adapting Framework for U-Net-Based Medical Image
        Segmentation, 2018, https://arxiv.org/abs/1809.10486. Their Dice is minus the
        coefficient, so that their loss may be negative.
    """
    given, loss = (y_true, y_pred), "dice_crossentropy"
    at_least_zero(loss, dice_weight=dice_weight, ce_weight=ce_weight)
    see = "dice/mask_without_channel_axis"
    sums = regions(*given, from_logits, ignore_class, over, loss, see)
    overlap = over_classes(dice(*sums, smooth, loss), class_weight, loss)
    values, counted = pixel_crossentropy(
        *given, from_logits, ignore_class, class_weight, loss, see
    )
    return dice_weight * overlap + ce_weight * per_sample(values, counted)


@keras.saving.register_keras_serializable("losses")
class DiceCrossentropy(PerSampleLoss):
    """`dice_crossentropy` for `model.compile`."""

    def __init__(
        self,
        *,
        dice_weight=1.0,
        ce_weight=1.0,
        smooth=1.0,
        from_logits=False,
        ignore_class=None,
        class_weight=None,
        over="image",
        reduction="sum_over_batch_size",
        name="dice_crossentropy",
        dtype=None,
    ):
        super().__init__(
            dice_weight=dice_weight,
            ce_weight=ce_weight,
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
        return dice_crossentropy(y_true, y_pred, **self.options)
