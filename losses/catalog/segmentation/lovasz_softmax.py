"""Lovász-Softmax: the Jaccard index itself, made continuous by sorting the errors."""

from typing import Literal

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.regions import class_masks, class_probabilities, lovasz, masks


@loss_function(page="dice/mask_without_channel_axis")
def lovasz_softmax(
    y_true,
    y_pred,
    *,
    classes: Literal["present", "all"] = "present",
    ignore_class: int | None = None,
    over: Literal["image", "batch"] = "image",
    from_logits: bool = False,
):
    """Lovász-Softmax loss, one value per sample: the mean over its classes.

        Σ m[i] · (J(i) - J(i - 1)),  m[1] ≥ m[2] ≥ …

    m is 1 - p at the pixels of the class and p at the others, and J(i) is the Jaccard
    loss, 1 - intersection / union, of a prediction that is wrong at the first i of
    them. Where each p is 0 or 1 this is the Jaccard loss.

    The pixels of one image are sorted, so that each sample keeps a loss of its own.
    With `over="batch"` those of the whole batch are: a batch statistic, the same value
    for every sample. On several replicas of `tf.distribute` that is the batch of all of
    them together, sorted on each.

    Args:
        y_true: one class: `(batch, height, width)` or `(batch, height, width, 1)` masks
            of 0 and 1. Several: class ids of either shape, or `(batch, height, width,
            classes)` one-hot labels. Any dtype, any number of spatial axes. What is
            above 1/2 is in the mask. Shapes alone tell these apart: `(batch, length,
            classes)` one-hot labels look like `(batch, height, width)` masks and are
            read as one class. There give class ids, or add an axis to both sides, `y[:,
            None]`.
        y_pred: one class: `(batch, height, width)` or `(batch, height, width, 1)`.
            Several: `(batch, height, width, classes)`. Probabilities, or logits with
            `from_logits`.
        classes: `"present"`: the mean over the classes that the labels of the image
            have, or those of the batch; what is predicted of another is not seen by
            itself. `"all"`: over all; one that is absent costs its largest
            probability. Take it for a single class, whose empty masks teach nothing
            otherwise.
        ignore_class: value of `y_true` at the pixels that are left out.
        over: `"image"` or `"batch"`.
        from_logits: take the softmax of `y_pred` over the classes, or the sigmoid
            where there is one. Of logits as far off as -100 or 100 neither passes a
            gradient: where that happens, add a crossentropy.

    Returns:
        `(batch,)` values in [0, 1], float32 or wider; 0 is perfect overlap, or nothing
        to compare with. Per-sample; batch-coupled with `over="batch"`. An id that no
        class has gives NaN in every mode.

    Raises:
        ValueError: the shapes differ otherwise, or an option is none of those above.
            Nothing is broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> ids, p = [[[0, 1, 1]]], [[[[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]]]
        >>> float(lovasz_softmax(ids, p)[0])  # (0.6/2 + 0.2/6 + 0.1/3 + 0.8/2) / 2
        0.383...

    Source:
        Berman, Rannen Triki and Blaschko, The Lovász-Softmax loss, 2018,
        https://arxiv.org/abs/1705.08790. Their code sorts all pixels of a batch
        together unless told otherwise, and averages over the classes of the batch.
    """
    labels, y_pred, kept = masks(y_true, y_pred, ignore_class)
    p = class_probabilities(y_pred, from_logits)
    in_class, p = class_masks(labels, p, kept)
    # A tensor of the size of `y_pred`, which one-hot labels would be: each class is
    # sorted by errors of its own, and its labels go with them.
    errors = ops.where(in_class, 1 - p, p)
    return lovasz(errors, in_class, kept, classes, over)


class LovaszSoftmax(PerSampleLoss, of=lovasz_softmax):
    """`lovasz_softmax` for `model.compile`."""
