"""Generalized Dice: one Dice of all classes, small ones counting as large ones."""

import keras
from keras import ops

from losses.ops.elementwise import at_least_zero, weights
from losses.ops.regions import regions, share
from losses.ops.shapes import PerSampleLoss


@keras.saving.register_keras_serializable("losses")
def generalized_dice(
    y_true,
    y_pred,
    *,
    smooth=1e-6,
    from_logits=False,
    ignore_class=None,
    class_weight=None,
    over="image",
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
        y_true: one class: `(batch, height, width)` or `(batch, height, width, 1)`
            masks with values in [0, 1]. Several: class ids of either shape, or
            `(batch, height, width, classes)` one-hot. Any dtype, and any number of
            spatial axes. Labels and predictions of one shape with three axes or fewer
            are one class: give ids for several classes along one spatial axis.
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
        `(batch,)` values in [0, 1], float32 or wider; 0 is perfect overlap. Per-sample;
        batch-coupled with `over="batch"`. An id that no class has gives NaN in every
        mode.

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
    at_least_zero("generalized_dice", smooth=smooth)
    see = "dice/mask_without_channel_axis"
    overlap, true, pred = regions(
        y_true, y_pred, from_logits, ignore_class, over, "generalized_dice", see
    )
    smallest = _smallest(true)
    # All of it times the square of `smallest`: 1 / (Σ t)² may be beyond float32.
    weight = ops.square(ops.where(true > 0, smallest / ops.maximum(true, smallest), 1))
    if class_weight is not None:
        weight = weight * weights(class_weight, weight, "generalized_dice")
    smooth = smooth * ops.square(smallest[..., 0])
    total = ops.sum(weight * (true + pred), axis=-1)
    wrong = ops.sum(weight * (true + pred - 2 * overlap), axis=-1)
    # 1 - … over one denominator
    return share(wrong, total + smooth)


@keras.saving.register_keras_serializable("losses")
class GeneralizedDice(PerSampleLoss):
    """`generalized_dice` for `model.compile`."""

    def __init__(
        self,
        *,
        smooth=1e-6,
        from_logits=False,
        ignore_class=None,
        class_weight=None,
        over="image",
        reduction="sum_over_batch_size",
        name="generalized_dice",
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
        return generalized_dice(y_true, y_pred, **self.options)


def _smallest(true):
    """The smallest class that is present, `(batch, 1)`; 1 where none is."""
    none = float("inf")
    # `ops.min` refuses an empty batch, and torch.compile refuses `ops.min`.
    smallest = ops.sort(ops.where(true > 0, true, none), axis=-1)[..., :1]
    return ops.where(smallest < none, smallest, 1.0)
