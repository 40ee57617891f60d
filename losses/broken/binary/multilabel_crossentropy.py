"""Crossentropy of labels that are not all known, as it is often written."""

from math import log

import keras
from keras import ops
from numpy import nan

from losses.evidence.declarations import Returns, broken


@broken(
    y_true=[[1.0, nan]],
    y_pred=[[0.5, 0.5]],
    gives=Returns([nan]),
    instead=Returns([log(2)]),
    on={"fit_graph": Returns(nan, step=nan)},
)
def nan_times_zero(y_true, y_pred):
    """One label that is NaN turns the loss into NaN, in spite of the mask.

    NaN times 0 is NaN, so a mask that is multiplied removes nothing. Choose instead of
    multiplying, and before the labels are used: `ops.where(known, y_true, 0)`.
    """
    known = ops.logical_not(ops.isnan(y_true))
    known = ops.cast(known, y_pred.dtype)
    bce = ops.binary_crossentropy(y_true, y_pred)
    count = ops.sum(known, axis=-1)
    return ops.sum(bce * known, axis=-1) / count


@broken(
    y_true=[[1.0, nan]],
    y_pred=[[0.5, 0.5]],
    gives=Returns([nan]),
    instead=Returns([log(2)]),
    on={"fit_graph": Returns(nan, step=nan)},
)
def compared_with_nan(y_true, y_pred):
    """One label that is NaN turns the loss into NaN: the mask is True everywhere.

    NaN is not equal to anything, not even to NaN, so `y_true != nan` holds for all.
    Ask `ops.isnan(y_true)`.
    """
    known = y_true != nan
    y = ops.where(known, y_true, 0.0)
    bce = ops.binary_crossentropy(y, y_pred)
    known = ops.cast(known, bce.dtype)
    count = ops.sum(known, axis=-1)
    return ops.sum(bce * known, axis=-1) / count


@broken(
    y_true=[[1.0, nan]],
    y_pred=[[0.5, 0.5]],
    probe="gradient",
    gives=Returns([[-2.0, nan]]),
    instead=Returns([[-2.0, 0.0]]),
    on={"call": Returns([log(2)]), "fit_graph": Returns(log(2), step=nan)},
)
def where_after_the_operation(y_true, y_pred):
    """The loss is right, and after one step the weights are NaN.

    `where` takes the NaN out of the value and not out of the gradient: that of what is
    not chosen is 0 times NaN. Put a number in the place of the label before anything is
    done with it: `ops.where(known, y_true, 0)`.
    """
    known = ops.logical_not(ops.isnan(y_true))
    bce = ops.binary_crossentropy(y_true, y_pred)
    bce = ops.where(known, bce, 0.0)
    count = ops.sum(ops.cast(known, bce.dtype), axis=-1)
    return ops.sum(bce, axis=-1) / ops.maximum(count, 1)


@broken(
    y_true=[[1.0, -1.0, -1.0, -1.0], [1.0, 1.0, 1.0, 1.0]],
    y_pred=[[0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5]],
    gives=Returns([log(2) / 4, log(2)]),
    instead=Returns([log(2), log(2)]),
)
def divided_by_all_labels(y_true, y_pred):
    """The fewer labels a sample has, the less it counts.

    Where a label is not known, label and prediction become 0, which costs nothing. The
    mean is still taken over all of them. Divide by the number of those that are known.
    """
    known = ops.cast(y_true != -1, y_pred.dtype)
    return keras.losses.binary_crossentropy(
        y_true * known,
        y_pred * known,
    )


@broken(
    y_true=[[1.0, -1.0]],
    y_pred=[[40.0, 0.0]],
    options={"from_logits": True},
    gives=Returns([log(2) / 2]),
    instead=Returns([0.0]),
)
def logits_set_to_zero(y_true, y_pred):
    """A perfect model keeps a loss: 0.69 for each label that is not known.

    A prediction times a mask is 0 where nothing is known. As a probability that costs
    nothing, but a logit of 0 is a probability of 1/2. Take the loss of each label, and
    leave out those.
    """
    known = ops.cast(y_true != -1, y_pred.dtype)
    return keras.losses.binary_crossentropy(
        y_true * known,
        y_pred * known,
        from_logits=True,
    )


@broken(
    y_true=[[1.0, -1.0], [-1.0, -1.0]],
    y_pred=[[0.5, 0.5], [0.5, 0.5]],
    gives=Returns([log(2), nan]),
    instead=Returns([log(2), 0.0]),
    on={"fit_graph": Returns(nan, step=nan)},
)
def nothing_known(y_true, y_pred):
    """One sample without any label turns the loss of the batch into NaN.

    Nothing divided by the number of known labels is 0 / 0. Divide by
    `ops.maximum(count, 1)`.
    """
    known = ops.cast(y_true != -1, y_pred.dtype)
    bce = ops.binary_crossentropy(y_true * known, y_pred)
    count = ops.sum(known, axis=-1)
    return ops.sum(bce * known, axis=-1) / count


@broken(
    y_true=[[1.0, -1.0], [1.0, -1.0], [1.0, -1.0]],
    y_pred=[[0.75, 0.5], [0.75, 0.25], [0.75, 0.125]],
    gives=Returns(
        [(log(4 / 3) + log(p) - 2 * log(1 - p)) / 2 for p in (0.5, 0.25, 0.125)]
    ),
    instead=Returns([log(4 / 3), log(4 / 3), log(4 / 3)]),
)
def missing_trained_as_a_label(y_true, y_pred):
    """The loss is negative and keeps falling.

    -1 stands for what nobody knows, and the formula takes it for a label: log p counts
    with the wrong sign, so the loss has no end below as p goes to 0. Leave these labels
    out.
    """
    return keras.losses.binary_crossentropy(y_true, y_pred)


@broken(
    y_true=[[1.0, -1.0], [1.0, 1.0]],
    y_pred=[[1.0, 0.5], [0.5, 0.5]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(log(2) / 3),
    instead=Returns(0.0),
    on={"call": Returns(2 / 3 * log(2))},
)
def one_mean_for_the_batch(y_true, y_pred):
    """A sample of weight 0 still counts: `sample_weight` only scales the whole loss.

    The sum over all known labels of the batch, by their number, is one scalar. What a
    label counts depends on how many the other samples have, too. Sum and count over the
    last axis only.
    """
    known = ops.cast(y_true != -1, y_pred.dtype)
    bce = ops.binary_crossentropy(y_true * known, y_pred)
    return ops.sum(bce * known) / ops.sum(known)
