"""Regions: what masks and predictions cover, and what both of them do.

Shared by the losses that differ only in what they make of the three sums, so that a
mask is read in one way.
"""

import math

from keras import ops

from losses.ops.elementwise import (
    at_ids,
    at_least_zero,
    binary_crossentropy,
    counted_positions,
    crossentropy,
    known_ids,
    largest_first,
    only_one,
    weights,
    without,
)
from losses.ops.replicas import gathered, summed
from losses.ops.shapes import align, align_classes, is_ids, tensors, totals

# Its square is the smallest number above 0 that float32 holds with all its digits.
NOTHING = 2.0**-63
# Of two or three classes one-hot labels take less time than a sum for each class: on a
# processor two thirds of it in a graph, and the same under XLA.
FEW = (2, 3)


def regions(y_true, y_pred, from_logits, ignore_class, over, loss, see):
    """Sums over the pixels of each image, without the ignored ones.

    Args:
        y_true: one class: `(batch, ...)` or `(batch, ..., 1)` masks. Several: class ids
            of either shape, or `(batch, ..., classes)` masks.
        y_pred: `(batch, ...)` or `(batch, ..., 1)`; `(batch, ..., classes)`.
        from_logits: take the softmax of `y_pred`, or the sigmoid of one class.
        ignore_class: value of `y_true` at the pixels that are left out, or None.
        over: `"image"`; or `"batch"`, which gives every sample the sums over all.
        loss, see: the name that an error message starts with, and where to read on.

    Returns:
        `(batch, classes)` each: Σ t·p, Σ t and Σ p.
    """
    _check_over(over, loss)
    labels, p, counted = masks(y_true, y_pred, from_logits, ignore_class, loss, see)
    if is_ids(labels, p) and p.shape[-1] in FEW:
        labels = one_hot(labels, p, counted)
    sums = (_of_ids if is_ids(labels, p) else _of_masks)(labels, p, counted)
    if over == "image":
        return sums
    every = ops.ones_like(sums[0])
    return [every * part for part in summed([ops.sum(part, axis=0) for part in sums])]


def dice(overlap, true, pred, smooth, loss):
    """Dice of each class: 1 - (2 Σ t·p + smooth) / (Σ t + Σ p + smooth).

    `overlap`, `true` and `pred` are the three sums of `regions`.
    """
    at_least_zero(loss, smooth=smooth)
    # 1 - … over one denominator
    return share(true + pred - 2 * overlap, true + pred + smooth)


def tversky(overlap, true, pred, alpha, beta, smooth, loss):
    """Tversky of each class, with `alpha` on the false positives Σ (1 - t)·p and `beta`
    on the false negatives Σ t·(1 - p).

    `overlap`, `true` and `pred` are the three sums of `regions`.
    """
    at_least_zero(loss, alpha=alpha, beta=beta, smooth=smooth)
    wrong = alpha * (pred - overlap) + beta * (true - overlap)
    # 1 - … over one denominator
    return share(wrong, overlap + wrong + smooth)


def share(part, whole):
    """`part / whole`, and 0 where there is nothing to divide by.

    Without `smooth` an empty mask is divided by what is predicted in it, which may be
    1e-38. The slope of a quotient is a quotient by the square of that.
    """
    nothing = ops.abs(whole) < NOTHING
    return ops.where(nothing, 0.0, part / ops.where(nothing, 1.0, whole))


def lovasz(errors, inside, counted, classes, over, loss):
    """The Lovász extension of the Jaccard loss: the mean over the classes.

    From the largest error on, each is weighed by how much the Jaccard loss grows when
    that pixel is wrong besides those before it. The weights have no gradient.

    Args:
        errors: `(batch, ..., classes)`; below 0 is none.
        inside: booleans of the same shape: the pixels of each class.
        counted: `(batch, ...)` booleans, or None where all pixels count.
        classes: `"all"`; or `"present"`, those that have a pixel.
        over: `"image"`; or `"batch"`, which gives every sample what all pixels of the
            batch give together.
        loss: the name that an error message starts with.

    Returns:
        `(batch,)` values; 0 where no class is present.
    """
    _check_over(over, loss)
    if classes not in ("present", "all"):
        raise ValueError(f"{loss}: classes must be 'present' or 'all', not {classes!r}")
    batch, *sizes, number = ops.shape(errors)
    pixels = math.prod(sizes)
    errors = ops.reshape(ops.relu(without(errors, counted)), (batch, pixels, number))
    inside = ops.reshape(inside, (batch, pixels, number))
    size = totals(ops.cast(inside, errors.dtype), kept=1)
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
    seen = ops.logical_or(size > 0, ops.isnan(values))  # NaN is not hidden
    return share(
        ops.sum(ops.where(seen, values, 0), axis=-1),
        ops.sum(ops.cast(seen, values.dtype), axis=-1),
    )


def pixel_crossentropy(
    y_true, y_pred, from_logits, ignore_class, class_weight, loss, see
):
    """The crossentropy of one class or of several, as `regions` takes them.

    Returns:
        `(batch, ...)` values, and `(batch, ...)` booleans or None where all count.
    """
    # as they are given: the logarithm of a softmax is more exact than that of its value
    labels, y_pred, counted = masks(y_true, y_pred, False, ignore_class, loss, see)
    if y_pred.shape[-1] != 1:
        return crossentropy(
            labels, y_pred, from_logits, ignore_class, class_weight, loss
        )
    weight = weights(class_weight, y_pred, loss)
    values = binary_crossentropy(labels, y_pred, from_logits, weight, loss)
    return values[..., 0], counted


def over_classes(values, class_weight, loss):
    """The mean over the classes: `(batch, classes)` to `(batch,)`."""
    weight = weights(class_weight, values, loss)
    if weight is None:
        return ops.mean(values, axis=-1)
    return ops.sum(values * weight, axis=-1) / ops.sum(weight)


def masks(y_true, y_pred, from_logits, ignore_class, loss, see):
    """Labels, probabilities, and which pixels count.

    Returns:
        Labels: `(batch, ..., classes)` masks, or `(batch, ...)` int32 ids; `(batch,
        ..., classes)` probabilities, those of a 0 where ignored; `(batch, ...)`
        booleans, or None where all pixels count.
    """
    y_true, y_pred = tensors(y_true, y_pred, loss)
    if _is_one_class(y_true.shape, y_pred.shape):
        y_true, y_pred = align(y_true, y_pred, loss, see)
        counted = None if ignore_class is None else y_true != only_one(ignore_class)
        y_true, y_pred = y_true[..., None], without(y_pred[..., None], counted)
        return y_true, ops.sigmoid(y_pred) if from_logits else y_pred, counted
    y_true, y_pred = align_classes(y_true, y_pred, loss, see)
    counted = counted_positions(y_true, y_pred, ignore_class)
    y_pred = without(y_pred, counted)
    return y_true, ops.softmax(y_pred) if from_logits else y_pred, counted


def covered(labels, y_pred, counted):
    """Which pixels are of which class: `(batch, ..., classes)` booleans, False where
    ignored; and `y_pred`, NaN where an id counts that no class has.

    `labels`, `y_pred` and `counted` come from `masks`. A mask is inside above 0.5.
    """
    if is_ids(labels, y_pred):
        _, factor = known_ids(labels, y_pred, counted)
        y_pred = y_pred * factor[..., None]
        found = labels[..., None] == ops.arange(ops.shape(y_pred)[-1], dtype="int32")
    else:
        found = labels > 0.5
        y_pred = y_pred + 0 * labels  # NaN is not hidden
    if counted is not None:
        found = ops.logical_and(found, counted[..., None])
    return found, y_pred


def one_hot(ids, y_pred, counted):
    """Masks of the classes, NaN where an id counts that no class has."""
    ids, factor = known_ids(ids, y_pred, counted)
    labels = ops.one_hot(ids, ops.shape(y_pred)[-1], dtype=y_pred.dtype)
    return labels * factor[..., None]


def _check_over(over, loss):
    if over not in ("image", "batch"):
        raise ValueError(f"{loss}: over must be 'image' or 'batch', not {over!r}")


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
    if pred[-1] == 1 or len(true) > len(pred):
        return True
    return len(pred) <= 3 and len(true) == len(pred) and true[-1] != 1


def _of_masks(y_true, y_pred, counted):
    y_true, y_pred = without(y_true, counted), without(y_pred, counted)
    return [totals(part, kept=1) for part in (y_true * y_pred, y_true, y_pred)]


def _of_ids(ids, y_pred, counted):
    """The same without a one-hot tensor: each pixel adds to the class it has."""
    classes = ops.shape(y_pred)[-1]
    y_pred = without(y_pred, counted)
    chosen = at_ids(y_pred, ids, counted)
    ids, _ = known_ids(ids, y_pred, counted)
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

    return [by_class(chosen), by_class(present), totals(y_pred, kept=1)]
