"""Crossentropy of label maps: which class is this pixel?"""

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function, set_keras_mask
from losses.ops.class_labels import align_classes, kept_positions
from losses.ops.crossentropy import crossentropy
from losses.ops.shapes import mean_per_sample


@loss_function(page="pixelwise_crossentropy/weights_on_the_wrong_axis")
def pixelwise_crossentropy(
    y_true,
    y_pred,
    *,
    from_logits: bool = False,
    ignore_class: int | None = None,
    class_weight=None,
    per_pixel: bool = False,
):
    """Crossentropy of label maps, one value per sample: the mean over its pixels.

        -class_weight[t] · log p[t]

    Args:
        y_true: `(batch, height, width)` or `(batch, height, width, 1)` class ids, or
            `(batch, height, width, classes)` one-hot; any dtype, any number of spatial
            axes. Told apart by shape.
        y_pred: `(batch, height, width, classes)` probabilities, which are divided by
            their sum, or logits with `from_logits`. Below 3.2e-7 the logarithm of a
            probability continues as its tangent: a probability of 0 costs 15.9 and
            keeps its gradient.
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does.
        ignore_class: id of the pixels that are left out of the mean, such as the void
            label 255. In one-hot labels an id that no class has is a row of zeros.
        class_weight: one factor for each class. Not divided by their sum. This is the
            place for it: `fit(class_weight=...)` does not accept masks.
        per_pixel: return the map instead of its mean, 0 where ignored, for a
            `sample_weight` of that shape; the class refuses any other. Keras takes the
            mean of the pixels that are not ignored.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider; with `per_pixel`
        `(batch, height, width)`. An image of which every pixel is ignored is 0. An id
        that no class has gives NaN in every mode.

    Raises:
        ValueError: other shapes, a single class, or not one weight for each class.
        TypeError: `y_pred` holds integers.

    Example:
        >>> ids, p = [[[1, 255]]], [[[[0.5, 0.5], [0.9, 0.1]]]]
        >>> float(pixelwise_crossentropy(ids, p, ignore_class=255)[0])  # log 2
        0.693...

    Source:
        Long, Shelhamer and Darrell, Fully Convolutional Networks, 2014,
        https://arxiv.org/abs/1411.4038. They sum over the pixels; this is the mean.
    """
    labels, y_pred = align_classes(y_true, y_pred)
    kept = kept_positions(labels, y_pred, ignore_class)
    values = crossentropy(labels, y_pred, from_logits, class_weight, kept)
    if not per_pixel:
        return mean_per_sample(values, kept)
    if kept is None:
        return values
    values = ops.where(kept, values, 0)
    set_keras_mask(values, kept)
    return values


class PixelwiseCrossentropy(PerSampleLoss, of=pixelwise_crossentropy):
    """`pixelwise_crossentropy` for `model.compile`."""
