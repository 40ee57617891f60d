"""Dice: how much of two masks does not overlap."""

import math

import keras
from keras import ops

from losses.elementwise import counted_positions, known_ids, weights, without
from losses.replicas import summed
from losses.shapes import PerSampleLoss, align, align_classes, tensors, totals


@keras.saving.register_keras_serializable("losses")
def dice(
    y_true,
    y_pred,
    *,
    smooth=1.0,
    from_logits=False,
    ignore_class=None,
    class_weight=None,
    over="image",
):
    """Soft Dice loss, one value per sample: the mean over its classes.

        1 - (2 Σ t·p + smooth) / (Σ t + Σ p + smooth)

    The sums run over the pixels of one image, so that each sample keeps a loss of its
    own. With `over="batch"` they run over the whole batch: a batch statistic, the same
    value for every sample. On several replicas of `tf.distribute` that is the batch of
    all of them together.

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
            where there is one.
        ignore_class: value of `y_true` at the pixels that are left out.
        class_weight: one factor for each class in the mean over the classes.
        over: `"image"` or `"batch"`.

    Returns:
        `(batch,)` values in [0, 1], float32 or wider; 0 is perfect overlap. Per-sample;
        batch-coupled with `over="batch"`.

    Raises:
        ValueError: the shapes differ otherwise. Nothing is broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> float(dice([[[1, 1, 0, 0]]], [[[1.0, 0.0, 1.0, 0.0]]], smooth=0)[0])
        0.5

    Source:
        Milletari, Navab and Ahmadi, V-Net, 2016, https://arxiv.org/abs/1606.04797.
        They square the terms of the denominator; this is the plain set form.
        `keras.losses.Dice` has its epsilon below only, and sums over the whole batch.
    """
    if over not in ("image", "batch"):
        raise ValueError(f"dice: over must be 'image' or 'batch', not {over!r}")
    overlap, total = _regions(y_true, y_pred, from_logits, ignore_class)
    if over == "batch":
        batch = ops.ones_like(overlap)
        sums = summed([ops.sum(overlap, axis=0), ops.sum(total, axis=0)])
        overlap, total = (batch * part for part in sums)

    # (total - 2·overlap) / (total + smooth) is the formula over one denominator.
    loss = ops.divide_no_nan(total - 2 * overlap, total + smooth)
    weight = weights(class_weight, overlap, "dice")
    if weight is None:
        return ops.mean(loss, axis=-1)
    return ops.sum(loss * weight, axis=-1) / ops.sum(weight)


@keras.saving.register_keras_serializable("losses")
class Dice(PerSampleLoss):
    """`dice` for `model.compile`."""

    def __init__(
        self,
        *,
        smooth=1.0,
        from_logits=False,
        ignore_class=None,
        class_weight=None,
        over="image",
        reduction="sum_over_batch_size",
        name="dice",
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
        return dice(y_true, y_pred, **self.options)


def _regions(y_true, y_pred, from_logits, ignore_class):
    """Σ t·p and Σ t + Σ p, each `(batch, classes)`, without the ignored pixels."""
    y_true, y_pred = tensors(y_true, y_pred, "dice")
    see = "dice/mask_without_channel_axis"
    if _is_one_class(y_true.shape, y_pred.shape):
        y_true, y_pred = align(y_true, y_pred, "dice", see)
        counted = None if ignore_class is None else y_true != ignore_class
        y_true, y_pred = y_true[..., None], without(y_pred[..., None], counted)
        p = ops.sigmoid(y_pred) if from_logits else y_pred
        return _of_masks(y_true, p, counted)

    y_true, y_pred = align_classes(y_true, y_pred, "dice", see)
    counted = counted_positions(y_true, y_pred, ignore_class)
    y_pred = without(y_pred, counted)
    p = ops.softmax(y_pred) if from_logits else y_pred
    if len(y_true.shape) < len(y_pred.shape):
        return _of_ids(y_true, p, counted)
    return _of_masks(y_true, p, counted)


def _is_one_class(true, pred):
    if pred[-1] == 1 or len(true) > len(pred):
        return True
    return len(pred) <= 3 and len(true) == len(pred) and true[-1] != 1


def _of_masks(y_true, y_pred, counted):
    y_true, y_pred = without(y_true, counted), without(y_pred, counted)
    overlap = totals(y_true * y_pred, kept=1)
    return overlap, totals(y_true, kept=1) + totals(y_pred, kept=1)


def _of_ids(ids, y_pred, counted):
    """The same without a one-hot tensor: each pixel adds to the class it has."""
    classes = ops.shape(y_pred)[-1]
    ids, factor = known_ids(ids, y_pred, counted)
    y_pred = without(y_pred, counted)
    chosen = ops.take_along_axis(y_pred, ops.expand_dims(ids, -1), axis=-1)[..., 0]
    present = ops.ones_like(chosen) if counted is None else counted

    # A sum for each class in each line of pixels, and then over the lines.
    lines = ops.shape(ids)[: max(1, len(ids.shape) - 1)]
    numbers = ops.reshape(ops.arange(math.prod(lines), dtype="int32"), lines)
    if len(ids.shape) > 1:
        numbers = numbers[..., None]
    segments = ops.reshape(numbers * classes + ids, (-1,))

    def by_class(values):
        values = ops.reshape(ops.cast(values, y_pred.dtype), (-1,))
        # One more, which stays empty: on PyTorch Keras takes 0 for a number not given.
        number = math.prod(lines) * classes + 1
        sums = ops.segment_sum(values, segments, num_segments=number)[:-1]
        return totals(ops.reshape(sums, (*lines, classes)), kept=1)

    return by_class(chosen * factor), by_class(present) + totals(y_pred, kept=1)
