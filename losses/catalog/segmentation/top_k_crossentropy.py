"""Top-k crossentropy: of each image, the pixels that are hardest."""

import math

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.refusals import Refused
from losses.ops.regions import largest_first, masks, pixel_crossentropy
from losses.ops.shapes import sum_per_sample


@loss_function(page="dice/mask_without_channel_axis")
def top_k_crossentropy(
    y_true,
    y_pred,
    *,
    fraction: float = 0.3,
    from_logits: bool = False,
    ignore_class: int | None = None,
):
    """Crossentropy of the hardest pixels, one value per sample: their mean.

        (v[1] + … + v[k]) / k,  v[1] ≥ v[2] ≥ …,  k = fraction · pixels, rounded down

    v is -log p of the right class at a pixel of the image. Only the k hardest pixels
    have a gradient; at least one does. A `fraction` of 1 is the mean over all.

    Args:
        y_true: one class: `(batch, height, width)` or `(batch, height, width, 1)` masks
            with values in [0, 1]. Several: class ids of either shape, or `(batch,
            height, width, classes)` one-hot labels. Any dtype, any number of spatial
            axes. Shapes alone tell these apart: `(batch, length, classes)` one-hot
            labels look like `(batch, height, width)` masks and are read as one class.
            There give class ids, or add an axis to both sides, `y[:, None]`.
        y_pred: one class: `(batch, height, width)` or `(batch, height, width, 1)`.
            Several: `(batch, height, width, classes)`. Probabilities, which are divided
            by their sum where there are several classes, or logits with `from_logits`.
            Below 3.2e-7 the logarithm of a probability continues as its tangent: a
            probability of 0 costs 15.9 and keeps its gradient.
        fraction: which part of the pixels of an image counts, above 0, at most 1.
        from_logits: whether `y_pred` holds logits: of the softmax over the classes, or
            of the sigmoid where there is one.
        ignore_class: value of `y_true` at the pixels that are left out: they are not
            ranked, and `fraction` is that of the others.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider. Per-sample. An image of which
        every pixel is ignored is 0. An id that no class has gives NaN in every mode.

    Raises:
        ValueError: the shapes differ otherwise, or `fraction` is out of its range.
            Nothing is broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> mask, p = [[[1, 1, 1, 1]]], [[[0.9, 0.5, 0.8, 0.25]]]
        >>> float(top_k_crossentropy(mask, p, fraction=0.5)[0])  # (log 4 + log 2) / 2
        1.039...

    Source:
        Wu, Shen and van den Hengel, Bridging Category-level and Instance-level Semantic
        Image Segmentation, 2016, https://arxiv.org/abs/1605.06885. Their k is a number
        of pixels, 512. nnU-Net takes a part of the pixels of the whole batch; this is a
        part of each image.
    """
    if not 0 < fraction <= 1:
        raise Refused(f"fraction must be above 0, at most 1, not {fraction}")
    labels, y_pred, kept = masks(y_true, y_pred, ignore_class)
    values = pixel_crossentropy(labels, y_pred, kept, from_logits)
    if kept is None:
        kept = ops.ones_like(values, dtype="bool")
    # Of the pixels that are kept, not of the tensor: so ignoring is leaving out.
    # In float32 a product may fall a little short of a whole number.
    number = sum_per_sample(ops.cast(kept, values.dtype))
    k = ops.maximum(ops.floor(fraction * number + 1e-3), 1)

    batch, *sizes, width = ops.shape(values)
    rows = math.prod(sizes)
    values = ops.where(kept, values, -float("inf"))
    values = ops.reshape(values, (batch, rows * width))
    if isinstance(rows, int):  # or it is not known before the run: then all are ranked
        rows = min(rows, int(fraction * rows) + 1)
    ranked = largest_first(values, by=values, most=rows * width)
    rank = ops.arange(1, rows * width + 1, dtype="int32")
    hardest = rank <= ops.cast(ops.minimum(k, number), "int32")[:, None]
    ranked = ops.reshape(ops.where(hardest, ranked, 0), (batch, rows, width))
    return sum_per_sample(ranked) / k


class TopKCrossentropy(PerSampleLoss, of=top_k_crossentropy):
    """`top_k_crossentropy` for `model.compile`."""
