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
    found_by="check_finite",
    fix_misses="it takes NaN alone for unknown",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def nan_times_zero(y_true, y_pred):
    """A single NaN label turns the loss into NaN, in spite of the mask.

    NaN times 0 is NaN, so multiplying by a mask removes nothing. Replace the unknown
    labels before they are used, with `ops.where`.
    """
    known = ops.logical_not(ops.isnan(y_true))
    # + y_true = ops.where(known, y_true, 0.0)
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
    found_by="check_finite",
    fix_misses="it takes NaN alone for unknown",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def compared_with_nan(y_true, y_pred):
    """A single NaN label turns the loss into NaN: the mask is True everywhere.

    NaN is not equal to anything, not even to NaN, so `y_true != nan` is always True.
    Use `ops.isnan(y_true)`.
    """
    known = y_true != nan  # -
    # + known = ops.logical_not(ops.isnan(y_true))
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
    found_by="check_gradient_is_finite",
    fix_misses="it takes NaN alone for unknown",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def where_after_the_operation(y_true, y_pred):
    """The loss is right, and after one step the weights are NaN.

    `where` removes the NaN from the value but not from the gradient: where it chooses
    the other side, the gradient is 0 times NaN. Replace the unknown labels before they
    are used.
    """
    known = ops.logical_not(ops.isnan(y_true))
    # + y_true = ops.where(known, y_true, 0.0)
    bce = ops.binary_crossentropy(y_true, y_pred)
    bce = ops.where(known, bce, 0.0)
    count = ops.sum(ops.cast(known, bce.dtype), axis=-1)
    return ops.sum(bce, axis=-1) / ops.maximum(count, 1)


@broken(
    y_true=[[1.0, -1.0, -1.0, -1.0], [1.0, 1.0, 1.0, 1.0]],
    y_pred=[[0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5]],
    gives=Returns([log(2) / 4, log(2)]),
    instead=Returns([log(2), log(2)]),
    found_by="check_agrees_with_reference",
    fix_misses="it takes -1 alone for unknown, and in a direct call its labels must "
    "be floats",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def divided_by_all_labels(y_true, y_pred):
    """The fewer known labels a sample has, the less it counts.

    Where a label is unknown, label and prediction become 0, which costs nothing. But
    the mean is still taken over all labels. Divide by the number of known ones, and
    by 1 where there are none.
    """
    known = ops.cast(y_true != -1, y_pred.dtype)
    # + bce = ops.binary_crossentropy(
    return keras.losses.binary_crossentropy(  # -
        y_true * known,
        y_pred * known,
    )
    # + return ops.sum(bce, axis=-1) / ops.maximum(ops.sum(known, axis=-1), 1)


@broken(
    y_true=[[1.0, -1.0]],
    y_pred=[[40.0, 0.0]],
    options={"from_logits": True},
    gives=Returns([log(2) / 2]),
    instead=Returns([0.0]),
    found_by="check_agrees_with_reference",
    fix_misses="it takes -1 alone for unknown, and in a direct call its labels must "
    "be floats",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def logits_set_to_zero(y_true, y_pred):
    """A perfect model still has a loss: 0.69 for each unknown label.

    The mask sets a prediction to 0 where the label is unknown. As a probability that
    costs nothing, but a logit of 0 is a probability of 1/2. Compute the loss of each
    label, set that of the unknown ones to 0, and divide by the number of known ones.
    """
    known = ops.cast(y_true != -1, y_pred.dtype)
    # + bce = ops.binary_crossentropy(
    return keras.losses.binary_crossentropy(  # -
        y_true * known,
        y_pred * known,
        from_logits=True,
    )
    # + return ops.sum(bce * known, axis=-1) / ops.maximum(ops.sum(known, axis=-1), 1)


@broken(
    y_true=[[1.0, -1.0], [-1.0, -1.0]],
    y_pred=[[0.5, 0.5], [0.5, 0.5]],
    gives=Returns([log(2), nan]),
    instead=Returns([log(2), 0.0]),
    on={"fit_graph": Returns(nan, step=nan)},
    found_by="check_finite",
    fix_misses="it takes -1 alone for unknown, and in a direct call its labels must "
    "be floats",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def nothing_known(y_true, y_pred):
    """One sample without a known label turns the loss of the batch into NaN.

    Without a known label the mean is 0 / 0. Divide by `ops.maximum(count, 1)`.
    """
    known = ops.cast(y_true != -1, y_pred.dtype)
    bce = ops.binary_crossentropy(y_true * known, y_pred)
    count = ops.sum(known, axis=-1)
    return ops.sum(bce * known, axis=-1) / count  # -
    # + return ops.sum(bce * known, axis=-1) / ops.maximum(count, 1)


@broken(
    y_true=[[1.0, -1.0], [1.0, -1.0], [1.0, -1.0]],
    y_pred=[[0.75, 0.5], [0.75, 0.25], [0.75, 0.125]],
    gives=Returns(
        [(log(4 / 3) + log(p) - 2 * log(1 - p)) / 2 for p in (0.5, 0.25, 0.125)]
    ),
    instead=Returns([log(4 / 3), log(4 / 3), log(4 / 3)]),
    found_by="check_label_values",
)
def missing_trained_as_a_label(y_true, y_pred):
    """The loss is negative and keeps falling.

    -1 marks an unknown label, but the formula takes it for a label: log p counts with
    the wrong sign, so the loss has no lower bound as p goes to 0. Leave these labels
    out, as `losses.multilabel_crossentropy` does.
    """
    # + import losses

    return keras.losses.binary_crossentropy(y_true, y_pred)  # -
    # + return losses.multilabel_crossentropy(y_true, y_pred)


@broken(
    y_true=[[1.0, -1.0], [1.0, 1.0]],
    y_pred=[[1.0, 0.5], [0.5, 0.5]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(log(2) / 3),
    instead=Returns(0.0),
    on={"call": Returns(2 / 3 * log(2))},
    found_by="check_one_value_per_sample",
    fix_misses="it takes -1 alone for unknown, and in a direct call its labels must "
    "be floats",
    fix_differs="a clipped probability has no gradient",
)
def one_mean_for_the_batch(y_true, y_pred):
    """A sample of weight 0 still counts: `sample_weight` only scales the whole loss.

    The sum over all known labels of the batch, divided by their number, is one scalar.
    How much a label counts also depends on how many known labels the other samples
    have. Sum and count over the last axis only, and
    divide by 1 where no label of a sample is known.
    """
    known = ops.cast(y_true != -1, y_pred.dtype)
    bce = ops.binary_crossentropy(y_true * known, y_pred)
    return ops.sum(bce * known) / ops.sum(known)  # -
    # + return ops.sum(bce * known, axis=-1) / ops.maximum(ops.sum(known, axis=-1), 1)
