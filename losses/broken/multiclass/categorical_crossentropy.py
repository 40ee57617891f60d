"""Crossentropy from one-hot labels as it is often written."""

from math import exp, log

import keras
import numpy as np
from keras import ops

from losses.evidence.declarations import Raises, Returns, broken


@broken(
    y_true=[[0], [2]],
    y_pred=[[0.25, 0.25, 0.5], [0.25, 0.25, 0.5]],
    gives=Returns([0.0, 10 * log(2)]),
    instead=Raises("ValueError", r"y_true \(2, 1\) and y_pred \(2, 3\)"),
    found_by="check_label_format",
)
def class_ids_given(y_true, y_pred):
    """A sample of class 0 costs nothing, and one of class 2 ten times what it should.

    Ids `(batch, 1)` broadcast against `(batch, classes)`: the id becomes a factor of
    all the log probabilities. Take the loss of this catalog, which refuses ids. Then
    use `sparse_categorical_crossentropy`, or make the labels one-hot.
    """
    y_true = ops.cast(y_true, y_pred.dtype)  # -
    # + import losses

    return -ops.sum(y_true * ops.log(y_pred), axis=-1)  # -
    # + return losses.categorical_crossentropy(y_true, y_pred)


@broken(
    y_true=[1, 2],
    y_pred=[[0.5, 0.5], [0.5, 0.5]],
    gives=Returns([log(2), 0.0]),
    instead=Raises("ValueError", r"y_true \(2,\) and y_pred \(2, 2\)"),
    found_by="check_label_format",
)
def one_hot_too_small(y_true, y_pred):
    """One of the classes costs nothing, whatever is predicted for it.

    The classes are numbered from 1, so the last id has no one-hot column, and `one_hot`
    returns a row of zeros for it without an error. The loss of this catalog
    refuses ids. Number the classes from 0, or use its
    `sparse_categorical_crossentropy`, which does not ignore an id out of range.
    """
    labels = ops.one_hot(y_true, y_pred.shape[-1])  # -
    # + import losses

    return -ops.sum(labels * ops.log(y_pred), axis=-1)  # -
    # + return losses.categorical_crossentropy(y_true, y_pred)


@broken(
    y_true=[[1.0, 0.0, 0.0, 0.0]],
    y_pred=[[0.5, 0.25, 0.125, 0.125]],
    options={"label_smoothing": 0.2},
    gives=Returns([(0.8 * 1 + 0.2 * 9) * log(2)]),
    instead=Returns([(0.8 * 1 + 0.05 * 9) * log(2)]),
    fix_differs="it does not divide probabilities by their sum",
    fix_misses="it takes no integer labels and no sum but 1, and smooths by default",
    found_by="check_unknown_sizes",
)
def smoothing_by_the_batch_size(
    y_true,
    y_pred,
    label_smoothing=0.2,
):
    """The loss of a sample depends on how many others are in its batch.

    What smoothing takes from a label is spread over the classes. Here it is divided by
    the size of axis 0, the batch. Divide by `y_true.shape[-1]`.
    """
    spread = label_smoothing / ops.shape(y_true)[0]  # -
    # + spread = label_smoothing / y_true.shape[-1]
    y_true = y_true * (1 - label_smoothing) + spread
    return -ops.sum(y_true * ops.log(y_pred), axis=-1)


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[1.0, 0.0]],
    gives=Returns([log(1 + exp(-1))]),
    instead=Returns([0.0]),
    fix_differs="Keras clips probabilities at 1e-7",
    fix_misses="Keras clips probabilities at 1e-7",
    found_by="check_logits_or_probabilities",
)
def softmax_twice(y_true, y_pred):
    """A perfect prediction has a loss of 0.31, not 0.

    The model ends in a softmax and `from_logits=True` applies another, whose largest
    probability is then 0.73 for two classes. Remove either the softmax of the last
    layer or `from_logits=True`.
    """
    return keras.losses.categorical_crossentropy(
        y_true,
        y_pred,
        from_logits=True,  # -
    )


@broken(
    y_true=[[1.0, 0.0], [0.0, 0.0]],
    y_pred=[[0.75, 0.25], [0.75, 0.25]],
    options={"label_smoothing": 0.2},
    gives=Returns([0.9 * log(4 / 3) + 0.1 * log(4), 0.1 * log(4 / 3) + 0.1 * log(4)]),
    instead=Returns([0.9 * log(4 / 3) + 0.1 * log(4), 0.0]),
    fix_misses="it takes no integer labels, clips as Keras does, smooths by default",
    found_by="check_agrees_with_reference",
)
def ignored_rows_smoothed(
    y_true,
    y_pred,
    label_smoothing=0.2,
):
    """A sample masked by a row of zeros is trained on after all.

    Smoothing adds the same to every class, also in a row of zeros, and pulls these
    predictions towards equal probabilities. Add `label_smoothing / classes` times the
    sum of the row, or mask samples with `sample_weight`.
    """
    # + spread = label_smoothing * ops.mean(y_true, axis=-1, keepdims=True)
    # + y_true = y_true * (1 - label_smoothing) + spread
    return keras.losses.categorical_crossentropy(
        y_true,
        y_pred,
        label_smoothing=label_smoothing,  # -
    )


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.5, 0.5]],
    probe="gradient",
    gives=Returns(None, kind="none"),
    instead=Returns([[-1.0, 1.0]]),
    on={
        "call": Returns([log(2)]),
        "fit_eager": Raises("ValueError", "No gradients provided for any variable"),
        "fit_graph": Raises(
            "NotImplementedError", "Cannot convert a symbolic tf.Tensor"
        ),
    },
    fix_misses="it takes no integer labels, and adds 1e-7 to a probability of 0",
    found_by="check_graph",
)
def numpy_log(y_true, y_pred):
    """The value is right but has no gradient; in a graph there is an error.

    The gradient tape does not record NumPy, and while a graph is built there are no
    values yet. Use `ops.log`, and divide the probabilities by their sum, as Keras
    does: then raising them all changes nothing.
    """
    log_p = np.log(y_pred + 1e-7)  # -
    # + y_pred = y_pred / ops.sum(y_pred, axis=-1, keepdims=True)
    # + log_p = ops.log(y_pred + 1e-7)
    return -ops.sum(y_true * log_p, axis=-1)


@broken(
    y_true=[[1.0, 0.0], [1.0, 0.0]],
    y_pred=[[0.0, 5.0], [0.0, 5.0]],
    options={"from_logits": True},
    gives=Returns([log(2), log(2)]),
    instead=Returns([log(1 + exp(5)), log(1 + exp(5))]),
    on={"gradient": Returns([[0.0, 0.0], [0.0, 0.0]])},
    fix_misses="it takes no integer labels and no logits 200 apart",
    found_by="check_samples_are_independent",
)
def softmax_over_the_batch(y_true, y_pred):
    """Two clearly wrong predictions look undecided and have no gradient.

    `axis=0` is the batch: each class is shared out among the samples, so that identical
    samples get one half each, whatever the logits. Apply the softmax over the classes,
    `axis=-1`, which is its default.
    """
    p = ops.softmax(y_pred, axis=0)  # -
    # + p = ops.softmax(y_pred, axis=-1)
    return -ops.sum(y_true * ops.log(p), axis=-1)


@broken(
    y_true=[[0.0, 1.0], [0.0, 1.0]],
    y_pred=[[0.5, 0.5], [0.5, 0.5]],
    options={"class_weight": [1.0, 3.0]},
    gives=Returns([log(2), 3 * log(2)]),
    instead=Returns([3 * log(2), 3 * log(2)]),
    fix_differs="it does not divide probabilities by their sum",
    fix_misses="it takes no integer labels, dict or sum but 1, and always has weights",
    found_by="check_any_batch_size",
)
def class_weight_by_position(
    y_true,
    y_pred,
    class_weight=(1.0, 3.0),
):
    """Two samples of the same class have different weights.

    The weights `(classes,)` are multiplied with the loss `(batch,)`: the first sample
    gets the weight of class 0, the second that of class 1. There is no error because
    there are as many samples as classes. Multiply the labels with the
    weights, before the sum over the classes.
    """
    weight = ops.array(class_weight, y_pred.dtype)
    loss = -ops.sum(y_true * ops.log(y_pred), axis=-1)  # -
    return weight * loss  # -
    # + return -ops.sum(weight * y_true * ops.log(y_pred), axis=-1)


@broken(
    y_true=[[1.0, 0.0, 0.0, 0.0]],
    y_pred=[[0.25, 0.25, 0.25, 0.25]],
    probe="fit_graph",
    gives=Returns((log(4) + 3 * log(4 / 3)) / 4),
    instead=Returns(log(4)),
)
def binary_crossentropy_of_classes(model, x, y):
    """A model that only guesses has a loss of 0.56 with four classes, not 1.39.

    Each class is a yes or no of its own, and three of the four answers are nearly right
    already; the mean over the classes hides the one that is not. For one class out of
    several, compile with `categorical_crossentropy`.
    """
    model.compile(loss="binary_crossentropy")  # -
    # + model.compile(loss="categorical_crossentropy")
    return model.fit(x, y)
