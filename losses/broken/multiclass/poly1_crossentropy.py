"""Poly-1 crossentropy as it is often written."""

from math import exp, log

import keras
from keras import ops

from losses.evidence.declarations import Returns, broken


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[2.0, 0.0]],
    options={"from_logits": True},
    gives=Returns([log(1 + exp(-2)) - 1]),
    instead=Returns([log(1 + exp(-2)) + 1 - 1 / (1 + exp(-2))]),
    fix_misses="it does not cast integer labels",
    found_by="check_agrees_with_reference",
)
def logit_for_the_probability(
    y_true,
    y_pred,
    epsilon=1.0,
):
    """The loss falls below 0 and keeps falling as the logits grow.

    The crossentropy applies its own softmax, so `y_pred` is still a logit in the line
    after it, where a probability is needed. Apply the softmax there too.
    """
    p = ops.sum(y_true * y_pred, axis=-1)  # -
    # + p = ops.sum(y_true * ops.softmax(y_pred), axis=-1)
    ce = keras.losses.categorical_crossentropy(
        y_true,
        y_pred,
        from_logits=True,
    )
    return ce + epsilon * (1 - p)


@broken(
    y_true=[[0], [1]],
    y_pred=[[0.25, 0.75], [0.25, 0.75]],
    gives=Returns([1.0, log(16 / 3)]),
    instead=Returns([2 * log(2) + 3 / 4, log(4 / 3) + 1 / 4]),
    fix_differs="it does not divide probabilities by their sum",
    found_by="check_label_format",
)
def ids_as_one_hot(y_true, y_pred, epsilon=1.0):
    """A sample of class 0 costs 1, whatever is predicted for it.

    Ids `(batch, 1)` broadcast against `(batch, classes)`: the id becomes a factor of
    all the probabilities. Make the labels one-hot.
    """
    y_true = ops.cast(y_true, y_pred.dtype)  # -
    # + ids = ops.reshape(y_true, ops.shape(y_pred)[:-1])
    # + y_true = ops.one_hot(ids, y_pred.shape[-1], dtype=y_pred.dtype)
    p = ops.sum(y_true * y_pred, axis=-1)
    ce = -ops.sum(y_true * ops.log(y_pred), axis=-1)
    return ce + epsilon * (1 - p)


@broken(
    y_true=[[0.5, 0.5]],
    y_pred=[[0.1, 0.9]],
    gives=Returns([-log(0.09) / 2 + 1 - 0.3]),
    instead=Returns([-log(0.09) / 2 + 1 / 2]),
    fix_misses="it takes no integer labels, row of zeros or probability of 0",
    found_by="check_agrees_with_reference",
)
def p_of_the_loss(y_true, y_pred, epsilon=1.0):
    """With soft labels the loss is 0.2 too high.

    `exp(-crossentropy)` is the probability of the label only if there is one label.
    With two halves it is the geometric mean, here 0.3, where the arithmetic mean is
    needed. Use `ops.sum(y_true * y_pred, axis=-1)`, of predictions divided by their
    sum, as Keras does.
    """
    # + y_pred = y_pred / ops.sum(y_pred, axis=-1, keepdims=True)
    ce = -ops.sum(y_true * ops.log(y_pred), axis=-1)
    p = ops.exp(-ce)  # -
    # + p = ops.sum(y_true * y_pred, axis=-1)
    return ce + epsilon * (1 - p)


@broken(
    y_true=[[1.0, 0.0], [1.0, 0.0]],
    y_pred=[[0.5, 0.5], [0.25, 0.75]],
    gives=Returns([1.5 * log(2) + 1 / 2, 1.5 * log(2) + 3 / 4]),
    instead=Returns([log(2) + 1 / 2, 2 * log(2) + 3 / 4]),
    fix_differs="it does not divide probabilities by their sum",
    fix_misses="it takes no integer labels or row of zeros, and clips as Keras does",
    found_by="check_samples_are_independent",
)
def crossentropy_of_the_batch(
    y_true,
    y_pred,
    epsilon=1.0,
):
    """Every sample has the crossentropy of the whole batch.

    The object `CategoricalCrossentropy()` returns the mean over the batch, and that is
    added to the term of each sample. Without weights the total is right. Use the
    function `keras.losses.categorical_crossentropy`, which returns one value per
    sample.
    """
    p = ops.sum(y_true * y_pred, axis=-1)
    cce = keras.losses.CategoricalCrossentropy()  # -
    # + cce = keras.losses.categorical_crossentropy
    return cce(y_true, y_pred) + epsilon * (1 - p)


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[1.0, 0.0]],
    gives=Returns([1.0]),
    instead=Returns([0.0]),
    fix_differs="it does not divide probabilities by their sum",
    fix_misses="it takes no integer labels or row of zeros, and clips as Keras does",
    found_by="check_agrees_with_reference",
)
def p_for_one_minus_p(y_true, y_pred, epsilon=1.0):
    """A perfect prediction has a loss of 1, not 0.

    The added term rises with the probability of the label, so it pulls against the
    crossentropy. It must be `epsilon * (1 - p)`.
    """
    p = ops.sum(y_true * y_pred, axis=-1)
    ce = keras.losses.categorical_crossentropy(
        y_true,
        y_pred,
    )
    return ce + epsilon * p  # -
    # + return ce + epsilon * (1 - p)
