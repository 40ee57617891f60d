"""Weighted kappa as it is often written."""

from math import exp, log

from keras import ops
from numpy import inf, nan

from losses.evidence.declarations import Raises, Returns, broken


@broken(
    y_true=[[1, 0, 0], [0, 0, 1]],
    y_pred=[[0.6, 0.4, 0.0], [0.0, 0.6, 0.4]],
    probe="fit_graph",
    gives=Raises("ValueError", "No gradients provided for any variable"),
    instead=Returns(log(1 / 3)),
    on={
        "call": Returns([log(1 / 3), log(1 / 3)]),
        "gradient": Returns(kind="none"),
    },
    found_by="check_gradient_reaches_the_predictions",
    fix_misses="its labels must add up to 1, and a batch of a single class divides by "
    "0",
    fix_differs="each replica has the kappa of its own batch",
)
def confusion_matrix_from_argmax(y_true, y_pred):
    """`No gradients provided for any variable`, though the loss is a number.

    The metric counts predicted classes in a confusion matrix, and neither `argmax` nor
    a count has a gradient. Sum the probabilities instead: a prediction of 0.6 is six
    tenths of a count.
    """
    classes = y_pred.shape[-1]
    y_pred = ops.one_hot(  # -
        ops.argmax(y_pred, axis=-1),  # -
        classes,  # -
    )  # -
    y_true = ops.cast(y_true, y_pred.dtype)
    ids = ops.arange(classes, dtype=y_pred.dtype)
    weight = ops.square(ids[:, None] - ids)
    confusion = ops.matmul(ops.transpose(y_true), y_pred)
    true = ops.mean(y_true, axis=0)
    by_chance = true[:, None] * ops.sum(y_pred, axis=0)
    observed = ops.sum(weight * confusion)
    expected = ops.sum(weight * by_chance)
    loss = ops.log(observed / expected + 1e-6)
    return loss * ops.ones_like(y_pred[:, 0])


@broken(
    y_true=[[1, 0, 0], [1, 0, 0]],
    y_pred=[[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]],
    gives=Returns([nan, nan]),
    instead=Returns([log(1e-6), log(1e-6)]),
    on={"fit_graph": Returns(nan, step=nan)},
    found_by="check_finite",
    fix_misses="its labels must add up to 1",
)
def nothing_to_disagree_about(y_true, y_pred):
    """A batch with a single class turns the loss, then every weight, into NaN.

    Where all labels are of one class and correctly predicted, the observed and the
    expected disagreement are both 0: 0 / 0, before the epsilon is added. Divide only
    where the denominator is not 0: `ops.divide_no_nan`, or a `where` inside and outside
    the division.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    ids = ops.arange(y_pred.shape[-1], dtype=y_pred.dtype)
    weight = ops.square(ids[:, None] - ids)
    weight = ops.matmul(y_true, weight)
    observed = ops.sum(weight * y_pred)
    mean = ops.mean(y_pred, axis=0)
    expected = ops.sum(ops.sum(weight, axis=0) * mean)
    loss = ops.log(observed / expected + 1e-6)  # -
    # + loss = ops.log(ops.divide_no_nan(observed, expected) + 1e-6)
    return loss * ops.ones_like(y_pred[:, 0])


@broken(
    y_true=[[1, 0, 0], [0, 0, 1]],
    y_pred=[[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
    gives=Returns([-inf, -inf]),
    instead=Returns([log(1e-6), log(1e-6)]),
    on={"fit_graph": Returns(-inf, step=nan)},
    found_by="check_finite",
    fix_misses="its labels must add up to 1",
    fix_differs="each replica has the kappa of its own batch",
)
def log_of_perfect_agreement(y_true, y_pred):
    """A batch that is predicted exactly has a loss of minus infinity, and NaN follows.

    The logarithm of 1 - kappa has no lower bound. Add a constant inside it, usually
    1e-6.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    ids = ops.arange(y_pred.shape[-1], dtype=y_pred.dtype)
    weight = ops.square(ids[:, None] - ids)
    weight = ops.matmul(y_true, weight)
    observed = ops.sum(weight * y_pred)
    mean = ops.mean(y_pred, axis=0)
    expected = ops.sum(ops.sum(weight, axis=0) * mean)
    loss = ops.log(ops.divide_no_nan(observed, expected))  # -
    # + loss = ops.log(ops.divide_no_nan(observed, expected) + 1e-6)
    return loss * ops.ones_like(y_pred[:, 0])


@broken(
    y_true=[[1, 0, 0], [0, 0, 1]],
    y_pred=[[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
    gives=Returns([1.0, 1.0]),
    instead=Returns([log(1e-6), log(1e-6)]),
    found_by="check_perfect_is_best",
    fix_misses="its labels must add up to 1",
    fix_differs="each replica has the kappa of its own batch",
)
def kappa_as_the_loss(y_true, y_pred):
    """Perfect agreement has the highest possible loss.

    This is kappa, which is 1 for perfect agreement. A loss is minimised, so training
    lowers it. Return the logarithm of `1 - kappa`, with a constant inside that keeps it
    finite.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    ids = ops.arange(y_pred.shape[-1], dtype=y_pred.dtype)
    weight = ops.square(ids[:, None] - ids)
    weight = ops.matmul(y_true, weight)
    observed = ops.sum(weight * y_pred)
    mean = ops.mean(y_pred, axis=0)
    expected = ops.sum(ops.sum(weight, axis=0) * mean)
    kappa = 1 - ops.divide_no_nan(observed, expected)  # -
    return kappa * ops.ones_like(y_pred[:, 0])  # -
    # + loss = ops.log(ops.divide_no_nan(observed, expected) + 1e-6)
    # + return loss * ops.ones_like(y_pred[:, 0])


@broken(
    y_true=[[1, 0], [0, 1]],
    y_pred=[[0.75, 0.25], [0.5, 0.5]],
    gives=Returns([0.0, 0.0]),
    instead=Returns([log(0.75), log(0.75)]),
    on={"gradient": Returns([[0.0, 0.0], [0.0, 0.0]])},
    found_by="check_agrees_with_reference",
    fix_misses="its labels must add up to 1",
    fix_differs="each replica has the kappa of its own batch",
)
def one_sample_at_a_time(y_true, y_pred):
    """The loss is 0 for every prediction, and nothing is learned.

    The sums run over the classes of one sample, to give each sample its own value. But
    with a single label the disagreement expected by chance equals the observed one: the
    ratio is always 1. Kappa needs the batch: expect of every label the mean
    prediction, sum over the batch, and return the result for every sample.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    ids = ops.arange(y_pred.shape[-1], dtype=y_pred.dtype)
    weight = ops.square(ids[:, None] - ids)
    observed = ops.matmul(y_true, weight) * y_pred
    expected = ops.matmul(y_pred, weight) * y_true  # -
    # + expected = ops.matmul(ops.mean(y_pred, 0, keepdims=True), weight) * y_true
    observed = ops.sum(observed, axis=-1)  # -
    # + observed = ops.sum(observed)
    expected = ops.sum(expected, axis=-1)  # -
    # + expected = ops.sum(expected)
    ratio = ops.divide_no_nan(observed, expected)
    return ops.log(ratio + 1e-6)  # -
    # + return ops.log(ratio + 1e-6) * ops.ones_like(y_pred[:, 0])


@broken(
    y_true=[[1, 0], [0, 1]],
    y_pred=[[0.75, 0.25], [0.5, 0.5]],
    gives=Returns([log(0.375), log(0.375)]),
    instead=Returns([log(0.75), log(0.75)]),
    on={"batch_of_one": Returns(0.0)},
    found_by="check_agrees_with_reference",
    fix_misses="its labels must add up to 1",
    fix_differs="each replica has the kappa of its own batch",
)
def not_divided_by_the_batch(y_true, y_pred):
    """The larger the batch, the lower the loss: the ratio is not 1 - kappa.

    Two counts over the batch are multiplied, which counts pairs of samples, as many as
    the square of the batch size; the observed disagreement counts single samples.
    Divide the product by the batch size: take the mean of one of the two counts.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    ids = ops.arange(y_pred.shape[-1], dtype=y_pred.dtype)
    weight = ops.square(ids[:, None] - ids)
    weight = ops.matmul(y_true, weight)
    observed = ops.sum(weight * y_pred)
    count = ops.sum(y_pred, axis=0)
    expected = ops.sum(ops.sum(weight, axis=0) * count)  # -
    # + expected = ops.sum(ops.mean(weight, axis=0) * count)
    ratio = ops.divide_no_nan(observed, expected)
    loss = ops.log(ratio + 1e-6)
    return loss * ops.ones_like(y_pred[:, 0])


@broken(
    y_true=[[0], [2]],
    y_pred=[[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
    gives=Returns([log(1.6), log(1.6)]),
    instead=Returns([log(1e-6), log(1e-6)]),
    found_by="check_agrees_with_reference",
    fix_differs="each replica has the kappa of its own batch",
)
def ids_as_a_distribution(y_true, y_pred):
    """Perfect predictions score worse than chance.

    Ids `(batch, 1)` broadcast where one-hot labels are expected: the id is counted in
    every class, and the label becomes three times the id. Make the ids one-hot.
    """
    y_true = ops.cast(y_true, y_pred.dtype)  # -
    # + y_true = ops.one_hot(y_true[:, 0], y_pred.shape[-1], dtype=y_pred.dtype)
    ids = ops.arange(y_pred.shape[-1], dtype=y_pred.dtype)
    label = ops.sum(y_true * ids, axis=-1, keepdims=True)
    observed = ops.sum(ops.square(label - ids) * y_pred)
    weight = ops.square(ids[:, None] - ids)
    true = ops.sum(y_true, axis=0)[:, None]
    mean = ops.mean(y_pred, axis=0)
    expected = ops.sum(true * weight * mean)
    ratio = ops.divide_no_nan(observed, expected)
    loss = ops.log(ratio + 1e-6)
    return loss * ops.ones_like(y_pred[:, 0])


@broken(
    y_true=[[1, 0], [0, 1]],
    y_pred=[[3.0, -1.0], [-1.0, 2.0]],
    options={"from_logits": True},
    gives=Returns([nan, nan]),
    instead=Returns([log(1 / (1 + exp(4)) + 1 / (1 + exp(3)) + 1e-6)] * 2),
    found_by="check_finite",
    fix_differs="each replica has the kappa of its own batch",
)
def logits_taken_as_probabilities(y_true, y_pred):
    """The loss is NaN as soon as the model is good.

    The model ends without a softmax. Logits below 0 count as fewer than no samples, and
    the logarithm of a negative sum is NaN. Apply a softmax first.
    """
    # + y_pred = ops.softmax(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    ids = ops.arange(y_pred.shape[-1], dtype=y_pred.dtype)
    weight = ops.square(ids[:, None] - ids)
    weight = ops.matmul(y_true, weight)
    observed = ops.sum(weight * y_pred)
    mean = ops.mean(y_pred, axis=0)
    expected = ops.sum(ops.sum(weight, axis=0) * mean)
    ratio = ops.divide_no_nan(observed, expected)
    loss = ops.log(ratio + 1e-6)
    return loss * ops.ones_like(y_pred[:, 0])
