"""Squared earth mover's distance as it is often written."""

from keras import ops
from numpy import nan

from losses.evidence.declarations import Returns, broken


@broken(
    y_true=[[1, 0, 0], [1, 0, 0]],
    y_pred=[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    gives=Returns([2.0, 6.0]),
    instead=Returns([1.0, 2.0]),
)
def sums_along_the_batch(y_true, y_pred):
    """The same prediction costs more, the later it stands in the batch.

    The sums run over the samples: axis 0 is what `tf.cumsum` and the old
    `keras.backend.cumsum` take if nothing is said. The classes have no order any more,
    and a sample is held against those before it. Say `axis=-1`.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    apart = ops.cumsum(y_pred - y_true, axis=0)
    return ops.sum(ops.square(apart), axis=-1)


@broken(
    y_true=[[0, 2, 2]],
    y_pred=[[0.0, 0.5, 0.5]],
    gives=Returns([11.25]),
    instead=Returns([0.0]),
)
def labels_not_normalised(y_true, y_pred):
    """A perfect prediction has a loss of 11, and the more votes there are the more.

    The labels are counts, how many voters gave each mark, and the predictions add up to
    1. Divide the labels by their sum.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    apart = ops.cumsum(y_pred - y_true, axis=-1)
    return ops.sum(ops.square(apart), axis=-1)


@broken(
    y_true=[[1, 0, 0, 0], [1, 0, 0, 0]],
    y_pred=[[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]],
    gives=Returns([2.0, 2.0]),
    instead=Returns([1.0, 3.0]),
)
def sums_left_out(y_true, y_pred):
    """The neighbour of the class costs as much as the class at the other end.

    Class by class, a difference does not know how far it is to the next one. That is
    the Brier score, which has no order. Take the differences of the cumulative sums:
    `ops.cumsum(..., axis=-1)`.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    return ops.sum(ops.square(y_pred - y_true), axis=-1)


@broken(
    y_true=[[2], [0]],
    y_pred=[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]],
    gives=Returns([9.0, 3.0]),
    instead=Returns([0.0, 0.0]),
)
def ids_against_probabilities(y_true, y_pred):
    """Perfect predictions do not have a loss of 0, and classes are numbers.

    Ids `(batch, 1)` broadcast over the classes, so that the sums up to each class are
    compared with the id. Make the ids one-hot: `ops.one_hot(y_true[:, 0], classes)`.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
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
)
def root_of_zero(y_true, y_pred):
    """One perfect prediction, and every weight is NaN. The loss was 0.

    The slope of a root at 0 is infinite, and times the slope 0 of the square it is no
    number. Leave the root out, or take `ops.sqrt(mean + 1e-12)`.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    apart = ops.cumsum(y_pred - y_true, axis=-1)
    mean = ops.mean(ops.square(apart), axis=-1)
    return ops.sqrt(mean)


@broken(
    y_true=[[0, 0, 1]],
    y_pred=[[-20.0, -20.0, 20.0]],
    options={"from_logits": True},
    gives=Returns([20.0**2 + 40.0**2 + 21.0**2]),
    instead=Returns([0.0]),
)
def logits_taken_as_probabilities(y_true, y_pred):
    """The surer the model of the right class, the higher the loss.

    The model ends without a softmax, and the sums of its logits are pulled towards 0
    and 1, so they become probabilities of a kind, which may be below 0. Take the
    softmax first: `ops.softmax(y_pred)`.
    """
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
)
def mean_over_the_batch(y_true, y_pred):
    """A sample of weight 0 still counts.

    The last line takes the mean over the batch, as Keras does afterwards, and what
    `sample_weight` gets to weight is one number for all. Return a value per sample.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    apart = ops.cumsum(y_pred - y_true, axis=-1)
    distance = ops.sum(ops.square(apart), axis=-1)
    return ops.mean(distance)
