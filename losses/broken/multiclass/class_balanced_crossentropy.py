"""Crossentropy with weights from the counts of the classes, as it is often written."""

from math import log

from keras import ops
from numpy import nan

from losses.evidence.declarations import Returns, broken


@broken(
    y_true=[0, 1],
    y_pred=[[0.5, 0.5], [0.5, 0.5]],
    options={"counts": [1, 2], "beta": 0.5},
    gives=Returns([0.8 * log(2), 1.2 * log(2)]),
    instead=Returns([1.2 * log(2), 0.8 * log(2)]),
    fix_misses="it takes no probability of 0 and no id out of range, has its own beta",
    found_by="check_agrees_with_reference",
    fix_differs="it is written for predictions in float32",
)
def weights_inverted(
    y_true,
    y_pred,
    counts=(1, 2),
    beta=0.5,
):
    """The common class counts more than the rare one.

    `(1 - beta**n) / (1 - beta)` is the effective number of samples of a class; its
    weight must be the inverse. Divide the predictions by their sum too, as Keras does,
    or the gradient is not the usual one.
    """
    # + y_pred = y_pred / ops.sum(y_pred, axis=-1, keepdims=True)
    n = ops.array(counts, "float32")
    weights = (1 - beta**n) / (1 - beta)  # -
    # + weights = (1 - beta) / (1 - beta**n)
    weights = weights / ops.mean(weights)
    labels = ops.one_hot(y_true, len(counts))
    return -ops.sum(weights * labels * ops.log(y_pred), -1)


@broken(
    y_true=[0, 1],
    y_pred=[[0.5, 0.5], [0.5, 0.5]],
    options={"counts": [3, 3], "beta": 0.5},
    gives=Returns([4 / 7 * log(2), 4 / 7 * log(2)]),
    instead=Returns([log(2), log(2)]),
    fix_misses="it takes no probability of 0 and no id out of range, has its own beta",
    found_by="check_agrees_with_reference",
    fix_differs="it is written for predictions in float32",
)
def not_normalised(
    y_true,
    y_pred,
    counts=(3, 3),
    beta=0.5,
):
    """With classes of equal size the loss is below the crossentropy.

    The inverse of the effective number of samples is small, down to `1 - beta` for
    large classes, and every step is that much smaller. Divide the weights by their
    mean, and the predictions by their sum, as Keras does.
    """
    # + y_pred = y_pred / ops.sum(y_pred, axis=-1, keepdims=True)
    n = ops.array(counts, "float32")
    weights = (1 - beta) / (1 - beta**n)
    # + weights = weights / ops.mean(weights)
    labels = ops.one_hot(y_true, len(counts))
    return -ops.sum(weights * labels * ops.log(y_pred), -1)


@broken(
    y_true=[0, 0, 1],
    y_pred=[[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]],
    options={"counts": [1, 2], "beta": 0.5},
    gives=Returns([0.8 * log(2), 0.8 * log(2), 1.2 * log(2)]),
    instead=Returns([1.2 * log(2), 1.2 * log(2), 0.8 * log(2)]),
    on={"batch_of_one": Returns(nan, step=nan)},
    fix_differs="it does not divide probabilities by their sum",
    fix_misses="it takes no probability of 0 and no id out of range, has its own beta",
    found_by="check_samples_are_independent",
)
def counts_of_the_batch(
    y_true,
    y_pred,
    # + counts=(1, 2),
    beta=0.5,
):
    """The rare class counts least in a batch that happens to hold most of it.

    The classes are counted in each batch, so their weights change from batch to batch,
    and a class that is not in the batch has a weight of 1 / 0: the loss is NaN. Count
    once, in the training data.
    """
    labels = ops.one_hot(y_true, y_pred.shape[-1])
    n = ops.sum(labels, axis=0)  # -
    # + n = ops.array(counts, "float32")
    weights = (1 - beta) / (1 - beta**n)
    weights = weights / ops.mean(weights)
    return -ops.sum(weights * labels * ops.log(y_pred), -1)


@broken(
    y_true=[0, 1],
    y_pred=[[0.5, 0.5], [0.5, 0.5]],
    options={"counts": [30_000_000, 10_000_000], "beta": 0.99999},
    gives=Returns([0.5 * log(2), 1.5 * log(2)]),
    instead=Returns([log(2), log(2)]),
    fix_misses="it takes no probability of 0 and no id out of range, has its own beta",
    found_by="check_agrees_with_reference",
    fix_differs="it is written for predictions in float32",
)
def shares_for_counts(
    y_true,
    y_pred,
    counts=(30_000_000, 10_000_000),
    beta=0.99999,
):
    """With millions of samples a class three times as common still weighs a third.

    A share is less than one sample, where nothing saturates: `1 - beta**share` is
    proportional to the share, and the weight is its inverse. With ten million samples
    another one adds nothing, and the weights must be equal. Pass the counts. Divide the
    predictions by their sum too, as Keras does.
    """
    # + y_pred = y_pred / ops.sum(y_pred, axis=-1, keepdims=True)
    shares = [n / sum(counts) for n in counts]  # -
    weights = [(1 - beta) / (1 - beta**n) for n in shares]  # -
    # + weights = [(1 - beta) / (1 - beta**n) for n in counts]
    scale = len(counts) / sum(weights)
    weights = scale * ops.array(weights)
    labels = ops.one_hot(y_true, len(counts))
    return -ops.sum(weights * labels * ops.log(y_pred), -1)


@broken(
    y_true=[[0], [1]],
    y_pred=[[0.5, 0.5], [0.75, 0.25]],
    options={"counts": [1, 2], "beta": 0.5},
    gives=Returns([[1.2 * log(2), 2.4 * log(2)], [0.8 * log(2), 1.6 * log(2)]]),
    instead=Returns([1.2 * log(2), 1.6 * log(2)]),
    on={"fit_graph": Returns(1.5 * log(2))},
    found_by="check_nothing_broadcasts",
    fix_differs="it is written for predictions in float32",
)
def labels_in_a_column(
    y_true,
    y_pred,
    counts=(1, 2),
    beta=0.5,
):
    """The weights balance nothing: each sample gets those of all labels in the batch.

    Labels `(batch, 1)`, as CIFAR has them, give weights `(batch, 1)`, and times losses
    `(batch,)` these broadcast to `(batch, batch)`. Remove the axis first:
    give the labels the shape of the predictions without the classes.
    """
    n = ops.array(counts, "float32")
    weights = (1 - beta) / (1 - beta**n)
    weights = weights / ops.mean(weights)
    # + y_true = ops.reshape(y_true, ops.shape(y_pred)[:-1])
    ids = ops.cast(y_true, "int32")
    loss = ops.sparse_categorical_crossentropy(ids, y_pred)
    return ops.take(weights, ids) * loss
