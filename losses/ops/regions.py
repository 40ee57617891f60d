"""Overlap sums for segmentation losses: Σ t·p, Σ t, Σ p; and the Lovász extension.

Shared by the losses that differ only in what they make of the sums, so that a mask is
read in one way.
"""

import math

from keras import ops

from losses.ops.class_labels import (
    align_class_tensors,
    is_ids,
    kept_positions,
    mask_ignored,
    one_hot,
    take_class,
    valid_class_ids,
)
from losses.ops.crossentropy import binary_crossentropy, crossentropy
from losses.ops.options import check_ignore_class, check_over, class_weights
from losses.ops.refusals import Refused
from losses.ops.replicas import gathered, summed
from losses.ops.shapes import align_tensors, sum_per_sample, to_tensors

# Its square is the smallest number above 0 that float32 holds with all its digits.
NOTHING = 2.0**-63
# Of two or three classes one-hot labels take less time than a sum for each class: on a
# processor two thirds of it in a graph, and the same under XLA.
FEW = (2, 3)


def regions(y_true, y_pred, from_logits, ignore_class, over):
    """Overlap sums over the pixels of each image, without the ignored ones.

    Args:
        y_true: one class: `(batch, ...)` or `(batch, ..., 1)` masks. Several: class ids
            of either shape, or `(batch, ..., classes)` masks.
        y_pred: `(batch, ...)` or `(batch, ..., 1)`; `(batch, ..., classes)`.
        from_logits: take the softmax of `y_pred`, or the sigmoid of one class.
        ignore_class: value of `y_true` at the pixels that are left out, or None.
        over: `"image"`; or `"batch"`, which gives every sample the sums over all.

    Returns:
        `(batch, classes)` each: Σ t·p, Σ t and Σ p.
    """
    check_over(over)
    labels, y_pred, kept = masks(y_true, y_pred, ignore_class)
    return overlap_sums(labels, class_probabilities(y_pred, from_logits), kept, over)


def masks(y_true, y_pred, ignore_class=None):
    """Labels, predictions with an axis of the classes, and which pixels are kept.

    Returns:
        Labels: `(batch, ..., classes)` masks, or `(batch, ...)` int32 ids; `(batch,
        ..., classes)` predictions, 0 where ignored; `(batch, ...)` booleans, or None
        where all pixels are kept.
    """
    return masks_of_tensors(*to_tensors(y_true, y_pred), ignore_class)


def masks_of_tensors(y_true, y_pred, ignore_class=None):
    """`masks`, of what `to_tensors` has converted."""
    if _is_one_class(y_true.shape, y_pred.shape):
        y_true, y_pred = align_tensors(y_true, y_pred)
        kept = (
            None if ignore_class is None else y_true != check_ignore_class(ignore_class)
        )
        return y_true[..., None], mask_ignored(y_pred[..., None], kept), kept
    labels, y_pred = align_class_tensors(y_true, y_pred)
    kept = kept_positions(labels, y_pred, ignore_class)
    return labels, mask_ignored(y_pred, kept), kept


def class_probabilities(y_pred, from_logits):
    """The softmax of logits, or the sigmoid of one class; probabilities as they are."""
    if not from_logits:
        return y_pred
    return ops.sigmoid(y_pred) if y_pred.shape[-1] == 1 else ops.softmax(y_pred)


def overlap_sums(labels, p, kept, over):
    """Σ t·p, Σ t and Σ p of what `masks` gives, `(batch, classes)` each."""
    if is_ids(labels, p) and p.shape[-1] in FEW:
        labels = one_hot(labels, p, kept)
    sums = (_of_ids if is_ids(labels, p) else _of_masks)(labels, p, kept)
    if over == "image":
        return sums
    every = ops.ones_like(sums[0])
    return [every * part for part in summed([ops.sum(part, axis=0) for part in sums])]


def share(part, whole):
    """`part / whole`, and 0 where there is nothing to divide by.

    Without `smooth` an empty mask is divided by what is predicted in it, which may be
    1e-38. The slope of a quotient is a quotient by the square of that.
    """
    nothing = ops.abs(whole) < NOTHING
    return ops.where(nothing, 0.0, part / ops.where(nothing, 1.0, whole))


def class_mean(values, class_weight):
    """The mean over the classes: `(batch, classes)` to `(batch,)`."""
    weight = class_weights(class_weight, values)
    if weight is None:
        return ops.mean(values, axis=-1)
    return ops.sum(values * weight, axis=-1) / ops.sum(weight)


def pixel_crossentropy(labels, y_pred, kept, from_logits, class_weight=None):
    """The crossentropy of what `masks` gives, `(batch, ...)`: binary of one class."""
    if y_pred.shape[-1] != 1:
        return crossentropy(labels, y_pred, from_logits, class_weight, kept)
    weight = class_weights(class_weight, y_pred)  # of one class: that of the positives
    return binary_crossentropy(labels, y_pred, from_logits, weight)[..., 0]


def class_masks(labels, y_pred, kept):
    """Which pixels are of which class: `(batch, ..., classes)` booleans, False where
    ignored; and `y_pred`, NaN where an id is kept that no class has.

    `labels`, `y_pred` and `kept` come from `masks`. A mask is inside above 0.5.
    """
    if is_ids(labels, y_pred):
        _, factor = valid_class_ids(labels, y_pred, kept)
        y_pred = y_pred * factor[..., None]
        covered = labels[..., None] == ops.arange(ops.shape(y_pred)[-1], dtype="int32")
    else:
        covered = labels > 0.5
        y_pred = y_pred + 0 * labels  # NaN is not hidden
    if kept is not None:
        covered = ops.logical_and(covered, kept[..., None])
    return covered, y_pred


def lovasz(errors, inside, kept, classes, over):
    """The Lovász extension of the Jaccard loss: the mean over the classes.

    From the largest error on, each is weighed by how much the Jaccard loss grows when
    that pixel is wrong besides those before it. The weights have no gradient.

    Args:
        errors: `(batch, ..., classes)`; below 0 is none.
        inside: booleans of the same shape: the pixels of each class.
        kept: `(batch, ...)` booleans, or None where all pixels are kept.
        classes: `"all"`; or `"present"`, those that have a pixel.
        over: `"image"`; or `"batch"`, which gives every sample what all pixels of the
            batch give together.

    Returns:
        `(batch,)` values; 0 where no class is present.
    """
    check_over(over)
    if classes not in ("present", "all"):
        raise Refused(f"classes must be 'present' or 'all', not {classes!r}")
    batch, *sizes, number = ops.shape(errors)
    pixels = math.prod(sizes)
    errors = ops.reshape(ops.relu(mask_ignored(errors, kept)), (batch, pixels, number))
    inside = ops.reshape(inside, (batch, pixels, number))
    size = sum_per_sample(ops.cast(inside, errors.dtype), by_class=True)
    every = ops.ones_like(size)
    # One number to sort: where there is no error, it does not matter what is inside.
    signed = ops.where(inside, errors, -errors)
    if over == "batch":
        signed, size = gathered(signed), summed(ops.sum(size, axis=0, keepdims=True))
        pixels = pixels * ops.shape(signed)[0]
        signed = ops.reshape(signed, (1, pixels, number))

    signed = ops.swapaxes(signed, 1, 2)
    signed = largest_first(signed, by=ops.abs(signed))
    growth = ops.stop_gradient(_growth(signed > 0, size[..., None], pixels))
    values = ops.sum(ops.abs(signed) * growth, axis=-1)
    values, size = every * values, every * size
    if classes == "all":
        return ops.mean(values, axis=-1)
    present = ops.logical_or(size > 0, ops.isnan(values))  # NaN is not hidden
    return share(
        ops.sum(ops.where(present, values, 0), axis=-1),
        ops.sum(ops.cast(present, values.dtype), axis=-1),
    )


def largest_first(values, by, most=None):
    """`values` along the last axis in the order of `by`, the largest first: all of
    them, or the first `most`.

    NaN comes before everything: no cut hides it, and no sort gets it to compare.
    """
    key = ops.where(ops.isnan(by), float("inf"), by)
    order = ops.argsort(-key, axis=-1) if most is None else ops.top_k(key, most)[1]
    return ops.take_along_axis(values, order, axis=-1)


def _growth(inside, size, pixels):
    """By how much each pixel makes the Jaccard loss grow, when those before it are
    wrong already.

    A pixel of the class leaves the intersection: 1 / union. Any other enters the union:
    intersection · (1 / (union - 1) - 1 / union). Differences of two Jaccard losses
    would lose their digits in large images. Counts are exact up to 2²⁴ pixels in
    float32.
    """
    missed = ops.cumsum(ops.cast(inside, size.dtype), axis=-1)
    intersection = size - missed
    union = intersection + ops.arange(pixels, dtype=size.dtype) + 1
    entering = intersection / (union * ops.maximum(union - 1, 1))
    # The first false alarm in an image without the class is all there is: from 0 to 1.
    return ops.where(ops.logical_or(inside, union == 1), 1 / union, entering)


def _is_one_class(true, pred):
    """Shapes alone decide: `(batch, length, classes)` one-hot labels look like `(batch,
    height, width)` masks, and are one class."""
    if pred[-1] == 1 or len(true) > len(pred):
        return True
    return len(pred) <= 3 and len(true) == len(pred) and true[-1] != 1


def _of_masks(y_true, p, kept):
    y_true, p = mask_ignored(y_true, kept), mask_ignored(p, kept)
    return [sum_per_sample(part, by_class=True) for part in (y_true * p, y_true, p)]


def _of_ids(ids, p, kept):
    """The same without a one-hot tensor: each pixel adds to the class it has."""
    classes = ops.shape(p)[-1]
    p = mask_ignored(p, kept)
    chosen = take_class(p, ids, kept)
    ids, _ = valid_class_ids(ids, p, kept)
    present = ops.ones_like(chosen) if kept is None else kept

    # A sum for each class in each line of pixels, and then over the lines.
    lines = ops.shape(ids)[: max(1, len(ids.shape) - 1)]
    numbers = ops.reshape(ops.arange(math.prod(lines), dtype="int32"), lines)
    if len(ids.shape) > 1:
        numbers = numbers[..., None]
    segments = ops.reshape(numbers * classes + ids, (-1,))

    def by_class(values):
        values = ops.reshape(ops.cast(values, p.dtype), (-1,))
        # One more, which stays empty: on PyTorch Keras takes 0 for no `num_segments`.
        number = math.prod(lines) * classes + 1
        sums = ops.segment_sum(values, segments, num_segments=number)[:-1]
        return sum_per_sample(ops.reshape(sums, (*lines, classes)), by_class=True)

    return [by_class(chosen), by_class(present), sum_per_sample(p, by_class=True)]
