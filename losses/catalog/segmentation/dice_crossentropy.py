"""Dice and crossentropy: the overlap of the masks, and every pixel of them."""

from typing import Literal

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.options import check_at_least_zero, check_over
from losses.ops.regions import (
    class_mean,
    class_probabilities,
    masks,
    overlap_sums,
    pixel_crossentropy,
    share,
)
from losses.ops.shapes import mean_per_sample


@loss_function(page="dice/mask_without_channel_axis")
def dice_crossentropy(
    y_true,
    y_pred,
    *,
    dice_weight: float = 1.0,
    ce_weight: float = 1.0,
    smooth: float = 1.0,
    from_logits: bool = False,
    ignore_class: int | None = None,
    class_weight=None,
    over: Literal["image", "batch"] = "image",
):
    """Dice plus crossentropy, one value per sample.

        dice_weight · dice + ce_weight · crossentropy

    The first is `dice`. The second is `pixelwise_crossentropy`, or, for one class,
    `pixelwise_binary_crossentropy`: the mean over the pixels of each image. Dice looks
    at a class as a whole, however small it is; the crossentropy has a gradient at every
    pixel, also where nothing overlaps yet.

    Args:
        y_true: one class: `(batch, height, width)` or `(batch, height, width, 1)` masks
            of 0 and 1. Several: class ids of either shape, or `(batch, height, width,
            classes)` one-hot labels, of classes that exclude one another. Any dtype,
            any number of spatial axes. Shapes alone tell these apart: `(batch, length,
            classes)` one-hot labels look like `(batch, height, width)` masks and are
            read as one class. There give class ids, or add an axis to both sides, `y[:,
            None]`. Labels between 0 and 1 are accepted, but Dice is then above 0 at p =
            t, and not lowest there.
        y_pred: one class: `(batch, height, width)` or `(batch, height, width, 1)`.
            Several: `(batch, height, width, classes)`. The crossentropy divides the
            probabilities of several classes by their sum; Dice takes them as they are.
            Below 3.2e-7 the logarithm of a probability continues as its tangent: a
            probability of 0 costs 15.9 and keeps its gradient.
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
    check_at_least_zero(dice_weight=dice_weight, ce_weight=ce_weight, smooth=smooth)
    check_over(over)
    labels, y_pred, kept = masks(y_true, y_pred, ignore_class)
    p = class_probabilities(y_pred, from_logits)
    overlap, true, pred = overlap_sums(labels, p, kept, over)
    # 1 - … over one denominator
    dice = share(true + pred - 2 * overlap, true + pred + smooth)
    # From the logits themselves: their log softmax keeps digits that p has lost.
    values = pixel_crossentropy(labels, y_pred, kept, from_logits, class_weight)

    dice, ce = class_mean(dice, class_weight), mean_per_sample(values, kept)
    return dice_weight * dice + ce_weight * ce


class DiceCrossentropy(PerSampleLoss, of=dice_crossentropy):
    """`dice_crossentropy` for `model.compile`."""
