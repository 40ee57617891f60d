"""Lovász hinge: the Jaccard index of a mask, on logits, by sorting the margins."""

from typing import Literal

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.regions import class_masks, lovasz, masks


@loss_function(page="dice/mask_without_channel_axis")
def lovasz_hinge(
    y_true,
    y_pred,
    *,
    classes: Literal["all", "present"] = "all",
    ignore_class: int | None = None,
    over: Literal["image", "batch"] = "image",
):
    """Lovász hinge loss of logits, one value per sample.

        Σ m[i] · (J(i) - J(i - 1)),  m[1] ≥ m[2] ≥ …

    m is max(0, 1 - z) at the pixels of the mask and max(0, 1 + z) at the others, with
    the logits z, and J(i) is the Jaccard loss, 1 - intersection / union, of a
    prediction that is wrong at the first i of them. A mask is predicted where z is
    above 0, and beyond 1 there is nothing left to learn.

    The pixels of one image are sorted, so that each sample keeps a loss of its own.
    With `over="batch"` those of the whole batch are: a batch statistic, the same value
    for every sample. On several replicas of `tf.distribute` that is the batch of all of
    them together, sorted on each.

    Args:
        y_true: `(batch, height, width)` or `(batch, height, width, 1)` masks of 0 and
            1; what is above 1/2 is in the mask. Any dtype, any number of spatial axes.
        y_pred: logits of either shape. With a last axis of several classes, and more
            than three axes, each is a mask of its own and the value is the mean over
            them; labels are then of the same shape, or class ids. Shapes alone tell
            these apart: `(batch, length, classes)` one-hot labels look like `(batch,
            height, width)` masks and are read as one class. There give class ids, or
            add an axis to both sides, `y[:, None]`.
        classes: `"all"`: the mean over all masks; one that is empty costs 1 + z of the
            highest logit, a false alarm. `"present"`: over those that are not empty, in
            the image or in the batch; where all are, the value is 0.
        ignore_class: value of `y_true` at the pixels that are left out.
        over: `"image"` or `"batch"`.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider. Per-sample; batch-coupled with
        `over="batch"`. An image of which every pixel is ignored is 0.

    Raises:
        ValueError: the shapes differ otherwise, or an option is none of those above.
            Nothing is broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> mask, logits = [[[1, 1, 0]]], [[[2.0, -1.0, 0.5]]]
        >>> float(lovasz_hinge(mask, logits)[0])  # 2 · 1/2 + 1.5 · (2/3 - 1/2)
        1.25

    Source:
        Yu and Blaschko, The Lovász Hinge, 2015, https://arxiv.org/abs/1512.07797; for
        the Jaccard loss Berman, Rannen Triki and Blaschko, The Lovász-Softmax loss,
        2018, https://arxiv.org/abs/1705.08790.
    """
    labels, z, kept = masks(y_true, y_pred, ignore_class)
    in_mask, z = class_masks(labels, z, kept)
    margins = ops.where(in_mask, 1 - z, 1 + z)
    return lovasz(margins, in_mask, kept, classes, over)


class LovaszHinge(PerSampleLoss, of=lovasz_hinge):
    """`lovasz_hinge` for `model.compile`."""
