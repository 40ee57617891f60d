"""Lovász-Softmax: the Jaccard index itself, made continuous by sorting the errors."""

import keras
from keras import ops

from losses.ops.regions import covered, lovasz, masks
from losses.ops.shapes import PerSampleLoss


@keras.saving.register_keras_serializable("losses")
def lovasz_softmax(
    y_true,
    y_pred,
    *,
    classes="present",
    ignore_class=None,
    over="image",
    from_logits=False,
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
        y_true: one class: `(batch, height, width)` or `(batch, height, width, 1)`
            masks of 0 and 1. Several: class ids of either shape, or `(batch, height,
            width, classes)` one-hot. Any dtype, and any number of spatial axes. Labels
            and predictions of one shape with three axes or fewer are one class: give
            ids for several classes along one spatial axis.
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
    see = "dice/mask_without_channel_axis"
    labels, p, counted = masks(
        y_true, y_pred, from_logits, ignore_class, "lovasz_softmax", see
    )
    inside, p = covered(labels, p, counted)
    # A tensor of the size of `y_pred`, which one-hot labels would be: each class is
    # sorted by errors of its own, and its labels go with them.
    errors = ops.where(inside, 1 - p, p)
    return lovasz(errors, inside, counted, classes, over, "lovasz_softmax")


@keras.saving.register_keras_serializable("losses")
class LovaszSoftmax(PerSampleLoss):
    """`lovasz_softmax` for `model.compile`."""

    def __init__(
        self,
        *,
        classes="present",
        ignore_class=None,
        over="image",
        from_logits=False,
        reduction="sum_over_batch_size",
        name="lovasz_softmax",
        dtype=None,
    ):
        super().__init__(
            classes=classes,
            ignore_class=ignore_class,
            over=over,
            from_logits=from_logits,
            reduction=reduction,
            name=name,
            dtype=dtype,
        )

    def call(self, y_true, y_pred):
        return lovasz_softmax(y_true, y_pred, **self.options)
