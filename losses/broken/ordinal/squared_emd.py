"""Squared earth mover's distance as it is often written."""

from keras import ops
from numpy import nan

from losses.evidence.declarations import Returns, broken


@broken(
    y_true=[[1, 0, 0], [1, 0, 0]],
    y_pred=[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    gives=Returns([2.0, 6.0]),
    instead=Returns([1.0, 2.0]),
    found_by="check_samples_are_independent",
    fix_misses="it does not divide counts by their sum",
)
def sums_along_the_batch(y_true, y_pred):
    """The same prediction costs more, the later it comes in the batch.

    The sums run over the samples: axis 0 is the default of `tf.cumsum` and the old
    `keras.backend.cumsum`. The order of the classes is lost, and each sample is summed
    with those before it. Pass `axis=-1`.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    apart = ops.cumsum(y_pred - y_true, axis=0)  # -
    # + apart = ops.cumsum(y_pred - y_true, axis=-1)
    return ops.sum(ops.square(apart), axis=-1)


@broken(
    y_true=[[0, 2, 2]],
    y_pred=[[0.0, 0.5, 0.5]],
    gives=Returns([11.25]),
    instead=Returns([0.0]),
    found_by="check_agrees_with_reference",
    fix_misses="a row of zeros counts as a label",
)
def labels_not_normalised(y_true, y_pred):
    """A perfect prediction has a loss of 11, and a higher one with more votes.

    The labels are counts, how many voters gave each grade, while the predictions add up
    to 1. Divide the labels by their sum, where it is not 0.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    # + y_true = ops.divide_no_nan(y_true, ops.sum(y_true, -1, keepdims=True))
    apart = ops.cumsum(y_pred - y_true, axis=-1)
    return ops.sum(ops.square(apart), axis=-1)


@broken(
    y_true=[[1, 0, 0, 0], [1, 0, 0, 0]],
    y_pred=[[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]],
    gives=Returns([2.0, 2.0]),
    instead=Returns([1.0, 3.0]),
    found_by="check_agrees_with_reference",
    fix_misses="it does not divide counts by their sum",
)
def sums_left_out(y_true, y_pred):
    """The next class costs as much as the class at the other end.

    A difference class by class does not know how far apart two classes are. This is the
    Brier score, which ignores the order. Take the differences of the cumulative sums.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    return ops.sum(ops.square(y_pred - y_true), axis=-1)  # -
    # + apart = ops.cumsum(y_pred - y_true, axis=-1)
    # + return ops.sum(ops.square(apart), axis=-1)


@broken(
    y_true=[[2], [0]],
    y_pred=[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]],
    gives=Returns([9.0, 3.0]),
    instead=Returns([0.0, 0.0]),
    found_by="check_label_format",
)
def ids_against_probabilities(y_true, y_pred):
    """Perfect predictions do not get a loss of 0: ids are taken for probabilities.

    Ids `(batch, 1)` broadcast over the classes, so the sum up to each class is compared
    with the id. Make the ids one-hot.
    """
    y_true = ops.cast(y_true, y_pred.dtype)  # -
    # + y_true = ops.one_hot(y_true[:, 0], y_pred.shape[-1], dtype=y_pred.dtype)
    cdf_true = ops.cumsum(y_true, axis=-1)
    cdf_pred = ops.cumsum(y_pred, axis=-1)
    apart = cdf_pred - cdf_true
    return ops.sum(ops.square(apart), axis=-1)


@broken(
    y_true=[[0, 1, 0]],
    y_pred=[[0.0, 1.0, 0.0]],
    probe="gradient",
    gives=Returns([[nan, nan, nan]]),
    instead=Returns([[0.0, 0.0, 0.0]]),
    on={"call": Returns([0.0]), "fit_graph": Returns(0.0, step=nan)},
    found_by="check_gradient_is_finite",
    fix_misses="it does not divide counts by their sum",
)
def root_of_zero(y_true, y_pred):
    """One perfect prediction, with a loss of 0, turns every weight into NaN.

    The slope of a root at 0 is infinite, and times the slope 0 of the square it is NaN.
    Leave the root out, and return the sum of the squares. `ops.sqrt(mean + 1e-12)`
    helps in float32 but not in float16, where 1e-12 is 0.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    apart = ops.cumsum(y_pred - y_true, axis=-1)
    mean = ops.mean(ops.square(apart), axis=-1)  # -
    return ops.sqrt(mean)  # -
    # + return ops.sum(ops.square(apart), axis=-1)


@broken(
    y_true=[[0, 0, 1]],
    y_pred=[[-20.0, -20.0, 20.0]],
    options={"from_logits": True},
    gives=Returns([20.0**2 + 40.0**2 + 21.0**2]),
    instead=Returns([0.0]),
    found_by="check_perfect_is_best",
)
def logits_taken_as_probabilities(y_true, y_pred):
    """The more certain the model is of the right class, the higher the loss.

    The model ends without a softmax, and the cumulative sums of its logits are pulled
    towards 0 and 1, so the logits become a kind of probabilities, which may be
    negative. Apply the softmax first.
    """
    # + y_pred = ops.softmax(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    apart = ops.cumsum(y_pred - y_true, axis=-1)
    return ops.sum(ops.square(apart), axis=-1)


@broken(
    y_true=[[1, 0, 0], [1, 0, 0]],
    y_pred=[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(0.75),
    instead=Returns(0.5),
    on={"call": Returns(1.5)},
    found_by="check_one_value_per_sample",
    fix_misses="it does not divide counts by their sum",
)
def mean_over_the_batch(y_true, y_pred):
    """A sample of weight 0 still counts.

    The last line takes the mean over the batch, as Keras does afterwards, so
    `sample_weight` has one number to weight for all samples. Return one value per
    sample.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    apart = ops.cumsum(y_pred - y_true, axis=-1)
    distance = ops.sum(ops.square(apart), axis=-1)
    return ops.mean(distance)  # -
    # + return distance
