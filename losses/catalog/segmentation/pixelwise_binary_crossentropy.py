"""Binary crossentropy of masks: is this pixel in it, or not?"""

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.crossentropy import binary_crossentropy
from losses.ops.shapes import align, mean_per_sample


@loss_function(page="pixelwise_binary_crossentropy/mask_without_channel_axis")
def pixelwise_binary_crossentropy(
    y_true,
    y_pred,
    *,
    from_logits: bool = False,
    pos_weight=None,
    per_pixel: bool = False,
):
    """Binary crossentropy of masks, one value per sample: the mean over its pixels.

        -(pos_weight · t · log p + (1 - t) · log(1 - p))

    Args:
        y_true: `(batch, height, width)` or `(batch, height, width, 1)` masks of any
            dtype, values in [0, 1]; any number of spatial axes. A last axis larger
            than 1 holds labels that may overlap.
        y_pred: the same shape, but for the trailing 1; probabilities, or logits with
            `from_logits`. Below 3.2e-7 the logarithm of a probability continues as its
            tangent: a probability of 0 costs 15.9 and keeps its gradient.
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does.
        pos_weight: factor on the foreground, one number or one for each label.
        per_pixel: return the map instead of its mean, without a trailing 1, for a
            `sample_weight` of that shape. The class refuses any other.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider; with `per_pixel` one for each
        pixel.

    Raises:
        ValueError: the shapes differ otherwise. Nothing is broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> mask, half = [[[1, 0], [0, 0]]], [[[0.5, 0.5], [0.5, 0.5]]]
        >>> float(pixelwise_binary_crossentropy(mask, half)[0])  # log 2
        0.693...

    Source:
        Ronneberger, Fischer and Brox, U-Net, 2015, https://arxiv.org/abs/1505.04597,
        without their weight map: give it as `sample_weight` with `per_pixel`.
    """
    y_true, y_pred = align(y_true, y_pred)
    values = binary_crossentropy(y_true, y_pred, from_logits, pos_weight, least_rank=4)
    if not per_pixel:
        return mean_per_sample(values)
    return ops.squeeze(values, -1) if values.shape[-1] == 1 else values


class PixelwiseBinaryCrossentropy(PerSampleLoss, of=pixelwise_binary_crossentropy):
    """`pixelwise_binary_crossentropy` for `model.compile`."""
