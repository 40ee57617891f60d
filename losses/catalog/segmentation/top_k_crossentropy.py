"""Top-k crossentropy: of each image, the pixels that are hardest."""

import math

import keras
from keras import ops

from losses.ops.elementwise import largest_first
from losses.ops.regions import pixel_crossentropy
from losses.ops.shapes import PerSampleLoss, totals


@keras.saving.register_keras_serializable("losses")
def top_k_crossentropy(
    y_true, y_pred, *, fraction=0.3, from_logits=False, ignore_class=None
):
    """Crossentropy of the hardest pixels, one value per sample: their mean.

        (v[1] + … + v[k]) / k,  v[1] ≥ v[2] ≥ …,  k = fraction · pixels, rounded down

    v is -log p of the right class at a pixel of the image. Only the k hardest pixels
    have a gradient; at least one does. A `fraction` of 1 is the mean over all.

    Args:
        y_true: one class: `(batch, height, width)` or `(batch, height, width, 1)`
            masks with values in [0, 1]. Several: class ids of either shape, or
            `(batch, height, width, classes)` one-hot. Any dtype, and any number of
            spatial axes. Labels and predictions of one shape with three axes or fewer
            are one class: give ids for several classes along one spatial axis.
        y_pred: one class: `(batch, height, width)` or `(batch, height, width, 1)`.
            Several: `(batch, height, width, classes)`. Probabilities, or logits with
            `from_logits`.
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
        raise ValueError(
            f"top_k_crossentropy: fraction must be above 0, at most 1, not {fraction}"
        )
    loss, see = "top_k_crossentropy", "dice/mask_without_channel_axis"
    values, counted = pixel_crossentropy(
        y_true, y_pred, from_logits, ignore_class, None, loss, see
    )
    if counted is None:
        counted = ops.ones_like(values, dtype="bool")
    # Of the pixels that count, not of the tensor: so ignoring is leaving out.
    # In float32 a product may fall a little short of a whole number.
    number = totals(ops.cast(counted, values.dtype))
    k = ops.maximum(ops.floor(fraction * number + 1e-3), 1)

    batch, *sizes, width = ops.shape(values)
    rows = math.prod(sizes)
    values = ops.where(counted, values, -float("inf"))
    values = ops.reshape(values, (batch, rows * width))
    if isinstance(rows, int):  # or it is not known before the run: then all are ranked
        rows = min(rows, int(fraction * rows) + 1)
    ranked = largest_first(values, by=values, most=rows * width)
    rank = ops.arange(1, rows * width + 1, dtype="int32")
    hardest = rank <= ops.cast(ops.minimum(k, number), "int32")[:, None]
    ranked = ops.reshape(ops.where(hardest, ranked, 0), (batch, rows, width))
    return totals(ranked) / k


@keras.saving.register_keras_serializable("losses")
class TopKCrossentropy(PerSampleLoss):
    """`top_k_crossentropy` for `model.compile`."""

    def __init__(
        self,
        *,
        fraction=0.3,
        from_logits=False,
        ignore_class=None,
        reduction="sum_over_batch_size",
        name="top_k_crossentropy",
        dtype=None,
    ):
        super().__init__(
            fraction=fraction,
            from_logits=from_logits,
            ignore_class=ignore_class,
            reduction=reduction,
            name=name,
            dtype=dtype,
        )

    def call(self, y_true, y_pred):
        return top_k_crossentropy(y_true, y_pred, **self.options)
