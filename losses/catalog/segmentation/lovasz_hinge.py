"""Lovász hinge: the Jaccard index of a mask, on logits, by sorting the margins."""

import keras
from keras import ops

from losses.ops.regions import covered, lovasz, masks
from losses.ops.shapes import PerSampleLoss


@keras.saving.register_keras_serializable("losses")
def lovasz_hinge(y_true, y_pred, *, classes="all", ignore_class=None, over="image"):
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
            1; any dtype, any number of spatial axes.
        y_pred: logits of either shape. With a last axis of several classes, and more
            than three axes, each is a mask of its own and the value is the mean over
            them; labels are then of the same shape, or class ids.
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
    see = "dice/mask_without_channel_axis"
    labels, z, counted = masks(y_true, y_pred, False, ignore_class, "lovasz_hinge", see)
    inside, z = covered(labels, z, counted)
    margins = ops.where(inside, 1 - z, 1 + z)
    return lovasz(margins, inside, counted, classes, over, "lovasz_hinge")


@keras.saving.register_keras_serializable("losses")
class LovaszHinge(PerSampleLoss):
    """`lovasz_hinge` for `model.compile`."""

    def __init__(
        self,
        *,
        classes="all",
        ignore_class=None,
        over="image",
        reduction="sum_over_batch_size",
        name="lovasz_hinge",
        dtype=None,
    ):
        super().__init__(
            classes=classes,
            ignore_class=ignore_class,
            over=over,
            reduction=reduction,
            name=name,
            dtype=dtype,
        )

    def call(self, y_true, y_pred):
        return lovasz_hinge(y_true, y_pred, **self.options)
