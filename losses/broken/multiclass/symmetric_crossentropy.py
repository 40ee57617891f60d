"""Symmetric crossentropy as it is often written."""

from math import exp, log

import keras
from keras import ops
from numpy import inf, nan

from losses.evidence.declarations import Returns, broken


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.75, 0.25]],
    gives=Returns([inf]),
    instead=Returns([0.1 * log(4 / 3) + 4 / 4]),
    on={
        "gradient": Returns([[-0.1 * 4 / 3, inf]]),
        "fit_graph": Returns(inf, step=inf),
    },
    fix_differs="it does not divide probabilities by their sum",
    fix_misses="it takes no integer labels and no sum but 1, clips at 1e-7",
    found_by="check_finite",
)
def clip_on_the_wrong_term(
    y_true,
    y_pred,
    alpha=0.1,
    beta=1.0,
):
    """The loss of every one-hot label is infinite.

    The predictions are clipped, as in any crossentropy, but the second term takes the
    logarithm of the labels, most of which are 0. There the labels need a smallest
    value: `ops.where(y_true == 0, log_zero, ...)`.
    """
    p = ops.clip(y_pred, 1e-7, 1.0)
    ce = -ops.sum(y_true * ops.log(p), axis=-1)
    rce = -ops.sum(p * ops.log(y_true), axis=-1)  # -
    # + log_t = ops.where(y_true == 0, -4.0, ops.log(y_true))
    # + rce = -ops.sum(p * log_t, axis=-1)
    return alpha * ce + beta * rce


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.5, 0.5]],
    gives=Returns([0.1 * log(2) - 0.5 * log(1e-7)]),
    instead=Returns([0.1 * log(2) + 4 / 2]),
    fix_misses="it takes no integer labels, and clips as Keras does",
    found_by="check_agrees_with_reference",
)
def clipped_by_keras(
    y_true,
    y_pred,
    alpha=0.1,
    beta=1.0,
):
    """The second term weighs four times what it should.

    With the arguments swapped Keras clips the labels, at 1e-7, so the logarithm of 0
    becomes -16.1. The two factors are tuned for -4. Write out the term yourself,
    with predictions divided by their sum, as Keras does in the first.
    """
    # + y_pred = y_pred / ops.sum(y_pred, axis=-1, keepdims=True)
    cce = keras.losses.categorical_crossentropy
    ce = cce(y_true, y_pred)
    rce = cce(y_pred, y_true)  # -
    # + log_t = ops.where(y_true == 0, -4.0, ops.log(y_true))
    # + rce = -ops.sum(y_pred * log_t, axis=-1)
    return alpha * ce + beta * rce


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.25, 0.75]],
    gives=Returns([2 * log(2) + 0.1 * 3]),
    instead=Returns([0.1 * 2 * log(2) + 3]),
    fix_misses="it takes no integer or soft labels and no probability of 0",
    found_by="check_agrees_with_reference",
)
def factors_exchanged(
    y_true,
    y_pred,
    alpha=0.1,
    beta=1.0,
):
    """A wrong label pulls ten times as hard as it should.

    `alpha`, the small factor, belongs to the crossentropy, and `beta` to the robust
    term. Swapped, the loss is hardly more than the crossentropy. Divide the
    predictions by their sum too, as Keras does.
    """
    # + y_pred = y_pred / ops.sum(y_pred, axis=-1, keepdims=True)
    ce = -ops.sum(y_true * ops.log(y_pred), axis=-1)
    log_t = ops.where(y_true > 0, 0.0, -4.0)
    rce = -ops.sum(y_pred * log_t, axis=-1)
    return beta * ce + alpha * rce  # -
    # + return alpha * ce + beta * rce


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[2.0, -2.0]],
    options={"from_logits": True},
    gives=Returns([0.1 * log(1 + exp(-4)) - 8]),
    instead=Returns([0.1 * log(1 + exp(-4)) + 4 / (1 + exp(4))]),
    found_by="check_agrees_with_reference",
)
def logits_in_the_second_term(
    y_true,
    y_pred,
    alpha=0.1,
    beta=1.0,
):
    """The loss falls below 0 and keeps falling as the logits grow.

    The crossentropy applies its own softmax, so `y_pred` is still a logit in the second
    term, where a probability is needed. Apply the softmax there too.
    """
    ce = keras.losses.categorical_crossentropy(
        y_true,
        y_pred,
        from_logits=True,
    )
    log_t = ops.where(y_true > 0, 0.0, -4.0)
    rce = -ops.sum(y_pred * log_t, axis=-1)  # -
    # + rce = -ops.sum(ops.softmax(y_pred) * log_t, axis=-1)
    return alpha * ce + beta * rce


@broken(
    y_true=[[1.0, 0.0], [1.0, 0.0]],
    y_pred=[[0.5, 0.5], [0.25, 0.75]],
    gives=Returns(0.15 * log(2) + 2.5),
    instead=Returns([0.1 * log(2) + 2, 0.2 * log(2) + 3]),
    fix_differs="it does not divide probabilities by their sum",
    fix_misses="it takes no integer or soft labels, sum but 1 or probability of 0",
    found_by="check_one_value_per_sample",
)
def mean_of_each_term(
    y_true,
    y_pred,
    alpha=0.1,
    beta=1.0,
):
    """The loss is one number for the batch, so weights cannot choose samples.

    The mean of each of the two terms is taken before they are added. Without weights
    the result is right; with weights the whole batch is scaled. Sum over the classes
    only.
    """
    log_t = ops.where(y_true > 0, 0.0, -4.0)
    ce = -ops.sum(y_true * ops.log(y_pred), axis=-1)
    rce = -ops.sum(y_pred * log_t, axis=-1)
    ce, rce = ops.mean(ce), ops.mean(rce)  # -
    return alpha * ce + beta * rce


@broken(
    y_true=[[0], [1]],
    y_pred=[[0.25, 0.75], [0.25, 0.75]],
    gives=Returns([4.0, 0.1 * log(16 / 3)]),
    instead=Returns([0.2 * log(2) + 3, 0.1 * log(4 / 3) + 1]),
    fix_differs="it does not divide probabilities by their sum",
    found_by="check_label_format",
)
def ids_as_one_hot(
    y_true,
    y_pred,
    alpha=0.1,
    beta=1.0,
):
    """A sample of class 0 costs 4, whatever is predicted for it.

    Ids `(batch, 1)` broadcast against `(batch, classes)`: class 0 counts as no label at
    all, and class 1 as a label of every class. Make the labels one-hot.
    """
    y_true = ops.cast(y_true, y_pred.dtype)  # -
    # + ids = ops.reshape(y_true, ops.shape(y_pred)[:-1])
    # + y_true = ops.one_hot(ids, y_pred.shape[-1], dtype=y_pred.dtype)
    log_t = ops.where(y_true > 0, 0.0, -4.0)
    ce = -ops.sum(y_true * ops.log(y_pred), axis=-1)
    rce = -ops.sum(y_pred * log_t, axis=-1)
    return alpha * ce + beta * rce


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[1.0, 0.0]],
    gives=Returns([nan]),
    instead=Returns([0.0]),
    fix_differs="Keras clips probabilities at 1e-7",
    fix_misses="it takes no integer or soft labels and no sum but 1, clips as Keras",
    found_by="check_finite",
)
def log_of_zero_times_zero(
    y_true,
    y_pred,
    alpha=0.1,
    beta=1.0,
):
    """A perfect prediction has a loss of NaN.

    The labels are protected from log 0, the predictions are not, and 0 times log 0 is
    NaN. A softmax gives 0 as soon as a class is far behind. Use the crossentropy of
    Keras, or compute it from logits.
    """
    log_t = ops.where(y_true > 0, 0.0, -4.0)
    ce = -ops.sum(y_true * ops.log(y_pred), axis=-1)  # -
    # + ce = keras.losses.categorical_crossentropy(y_true, y_pred)
    rce = -ops.sum(y_pred * log_t, axis=-1)
    return alpha * ce + beta * rce
