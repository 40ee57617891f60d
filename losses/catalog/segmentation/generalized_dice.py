"""Generalized Dice: one Dice of all classes, small ones counting as large ones."""

from typing import Literal

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.options import check_at_least_zero, class_weights
from losses.ops.regions import regions, share


@loss_function(page="dice/mask_without_channel_axis")
def generalized_dice(
    y_true,
    y_pred,
    *,
    smooth: float = 1e-6,
    from_logits: bool = False,
    ignore_class: int | None = None,
    class_weight=None,
    over: Literal["image", "batch"] = "image",
):
    """Generalized Dice loss, one value per sample: one ratio for all of its classes.

        1 - (2 Σ w Σ t·p + smooth) / (Σ w (Σ t + Σ p) + smooth),  w = 1 / (Σ t)²

    The inner sums run over the pixels of one image, the outer ones over the classes.
    With `over="batch"` the inner ones run over the whole batch: a batch statistic, the
    same value for every sample. On several replicas of `tf.distribute` that is the
    batch of all of them together.

    A class that is absent has no weight of its own: it gets the largest weight of the
    classes present, and 1 where none is. A false alarm of it weighs as much as one of
    the rarest class. Of one class the weight cancels, and what is predicted in an empty
    mask costs 1 with hardly a gradient: take `dice`.

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
        smooth: added above and below, after the weighting. The weights are tiny for
            large images, so it must be, too: an object of 1 % of 512 × 512 pixels that
            is missed altogether costs 0.98 by default and 0.0004 with a `smooth` of 1.
        from_logits: take the softmax of `y_pred` over the classes, or the sigmoid
            where there is one. Of logits as far off as -100 or 100 neither passes a
            gradient: where that happens, add a crossentropy.
        ignore_class: value of `y_true` at the pixels that are left out.
        class_weight: one factor for each class, on its weight `w`.
        over: `"image"` or `"batch"`.

    Returns:
        `(batch,)` values in [0, 1], float32 or wider; 0 is perfect overlap of masks of
        0 and 1. Per-sample; batch-coupled with `over="batch"`. An id that no class has
        gives NaN in every mode.

    Raises:
        ValueError: the shapes differ otherwise. Nothing is broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> ids, p = [[[0, 0, 1]]], [[[[1.0, 0.0], [0.6, 0.4], [0.6, 0.4]]]]
        >>> float(generalized_dice(ids, p)[0])  # 1 - 2 (1.6/4 + 0.4) / (4.2/4 + 1.8)
        0.438...

    Source:
        Sudre, Li, Vercauteren, Ourselin and Cardoso, Generalised Dice overlap as a deep
        learning loss function for highly unbalanced segmentations, 2017,
        https://arxiv.org/abs/1707.03237, without `smooth`. The weight of an absent
        class is that of MONAI.
    """
    check_at_least_zero(smooth=smooth)
    overlap, true, pred = regions(y_true, y_pred, from_logits, ignore_class, over)
    smallest = _smallest(true)
    # All of it times the square of `smallest`: 1 / (Σ t)² may be beyond float32.
    weight = ops.square(ops.where(true > 0, smallest / ops.maximum(true, smallest), 1))
    if class_weight is not None:
        weight = weight * class_weights(class_weight, weight)
    smooth = smooth * ops.square(smallest[..., 0])
    total = ops.sum(weight * (true + pred), axis=-1)
    wrong = ops.sum(weight * (true + pred - 2 * overlap), axis=-1)
    # 1 - … over one denominator
    return share(wrong, total + smooth)


class GeneralizedDice(PerSampleLoss, of=generalized_dice):
    """`generalized_dice` for `model.compile`."""


def _smallest(true):
    """The smallest class that is present, `(batch, 1)`; 1 where none is."""
    none = float("inf")
    # `ops.min` refuses an empty batch, and torch.compile refuses `ops.min`.
    smallest = ops.sort(ops.where(true > 0, true, none), axis=-1)[..., :1]
    return ops.where(smallest < none, smallest, 1.0)
