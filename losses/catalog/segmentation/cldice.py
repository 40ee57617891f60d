"""Centerline Dice: are the lines in the middle of thin objects found?"""

from functools import reduce
from math import prod
from numbers import Integral

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.class_labels import is_ids, one_hot
from losses.ops.crossentropy import EPSILON
from losses.ops.options import check_at_least_zero
from losses.ops.refusals import Refused
from losses.ops.regions import class_mean, class_probabilities, masks, share
from losses.ops.shapes import sum_per_sample


@loss_function(page="dice/mask_without_channel_axis")
def cldice(
    y_true,
    y_pred,
    *,
    iterations: int = 3,
    smooth: float = 1.0,
    from_logits: bool = False,
    class_weight=None,
):
    """Centerline Dice loss, one value per sample: the mean over its classes.

        1 - 2 · precision · sensitivity / (precision + sensitivity)

        precision   = (Σ s(p)·t + smooth) / (Σ s(p) + smooth)
        sensitivity = (Σ s(t)·p + smooth) / (Σ s(t) + smooth)

    s is the soft skeleton, which thins a mask to the lines in its middle. A vessel
    counts by its length, however thin it is. Pools of the probabilities make the
    skeleton, so it has a gradient.

    Each of the `iterations` takes a pixel off every side. What is wider than
    2 · iterations + 2 pixels has no skeleton, and costs nothing even if it is missed.
    Nor does the loss see how thick the lines are: add `dice`.

    Args:
        y_true: one class: `(batch, height, width)` or `(batch, height, width, 1)` masks
            of 0 and 1. Several: class ids of either shape, or `(batch, height, width,
            classes)` one-hot labels. Any dtype, any number of spatial axes. Shapes
            alone tell these apart: `(batch, length, classes)` one-hot labels look like
            `(batch, height, width)` masks and are read as one class. There give class
            ids, or add an axis to both sides, `y[:, None]`. Labels between 0 and 1 are
            accepted, but along a line of them the loss is above 0 at p = t, and not
            lowest there.
        y_pred: one class: `(batch, height, width)` or `(batch, height, width, 1)`.
            Several: `(batch, height, width, classes)`.
        iterations: how often a mask is thinned, at least half the width of the widest
            object in pixels.
        smooth: added above and below; an empty mask predicted empty is 0 even for 0.
        from_logits: take the softmax of `y_pred` over the classes, or the sigmoid
            where there is one. Of logits as far off as -100 or 100 neither passes a
            gradient: where that happens, add a crossentropy.
        class_weight: one factor for each class in the mean over the classes: `[0, 1]`
            leaves out a background.

    Returns:
        `(batch,)` values in [0, 1], float32 or wider. Per-sample. An id that no class
        has gives NaN in every mode.

    Raises:
        ValueError: the shapes differ otherwise, or `iterations` is no whole number.
            Nothing is broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> line, cut = [[[0, 1, 1, 1, 0]]], [[[0.0, 1.0, 0.0, 1.0, 0.0]]]
        >>> float(cldice(line, cut)[0])  # precision 1, sensitivity (0 + 1) / (1 + 1)
        0.333...

    Source:
        Shit, Paetzold et al., clDice: a Novel Topology-Preserving Loss Function for
        Tubular Structure Segmentation, 2020, https://arxiv.org/abs/2003.07311. The
        neighbourhoods are those of their code, https://github.com/jocpae/clDice: a
        cross is eroded, a box is dilated. The code adds up all images. Until 2024 it
        left out the first class in PyTorch, of one channel everything; its Keras code
        cuts the first row off instead.
    """
    if not isinstance(iterations, Integral) or iterations < 0:
        raise Refused(f"iterations must be a whole number, 0 or more, not {iterations}")
    check_at_least_zero(smooth=smooth)
    labels, y_pred, _ = masks(y_true, y_pred)
    p = class_probabilities(y_pred, from_logits)
    if is_ids(labels, p):
        labels = one_hot(labels, p)  # pooling needs a mask of each class

    # 1 - precision and 1 - sensitivity
    alarms = _share_of(_skeleton(p, iterations), 1 - labels, smooth)
    misses = _share_of(_skeleton(labels, iterations), 1 - p, smooth)
    return class_mean(_together(alarms, misses), class_weight)


class Cldice(PerSampleLoss, of=cldice):
    """`cldice` for `model.compile`."""


def _share_of(skeleton, outside, smooth):
    """Which part of a skeleton is outside, `(batch, classes)`."""
    total = sum_per_sample(skeleton, by_class=True)
    return share(sum_per_sample(skeleton * outside, by_class=True), total + smooth)


def _together(alarms, misses):
    """1 - the harmonic mean of `1 - alarms` and `1 - misses`, over one denominator.

    Where both are 1 it is 1 as well, with a slope, so that training goes on.
    """
    right = 2 - alarms - misses
    none = right < EPSILON
    wrong = alarms + misses - 2 * alarms * misses
    return ops.where(none, 1 - right / 2, wrong / ops.where(none, 1.0, right))


def _skeleton(image, iterations):
    """What an opening takes away, of the image and of what is left of it after each
    erosion: `(batch, ..., classes)`."""
    skeleton = 0.0
    for _ in range(iterations + 1):
        eroded = _eroded(image)
        edge = ops.relu(image - _dilated(eroded))
        skeleton = skeleton + edge * (1 - skeleton)
        image = eroded
    return skeleton


def _eroded(image):
    """The least of a pixel and its neighbours along each axis, a cross."""
    return reduce(ops.minimum, [-_largest(-image, axis) for axis in _spatial(image)])


def _dilated(image):
    """The largest of a pixel and all around it, a box: along one axis after another."""
    return reduce(_largest, _spatial(image), image)


def _spatial(image):
    return range(1, len(image.shape) - 1)


def _largest(image, axis):
    """The largest of three pixels side by side along an axis; beyond the border there
    is nothing.

    Keras pools three axes at most, and TensorFlow does not in double precision.
    """
    size = ops.shape(image)
    rows = ops.reshape(image, (prod(size[:axis]), size[axis], prod(size[axis + 1 :])))
    pooled = ops.max_pool(rows, 3, 1, "same", "channels_last")
    return ops.reshape(pooled, size)
