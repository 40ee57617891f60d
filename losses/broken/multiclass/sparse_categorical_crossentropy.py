"""Crossentropy from class ids as it is often written."""

from math import exp, log

import keras
from keras import ops
from numpy import nan

from losses.evidence.declarations import Raises, Returns, broken


@broken(
    y_true=[[0, 0, 1]],
    y_pred=[[0.25, 0.25, 0.5]],
    gives=Returns([log(4)]),
    instead=Raises("ValueError", r"y_true \(1, 3\) looks one-hot"),
    found_by="check_agrees_with_reference",
)
def one_hot_given(y_true, y_pred):
    """The probability of the right class has no influence on the loss.

    The zeros and ones of a one-hot label are taken for ids, and three probabilities are
    looked up instead of one. Take the loss of this catalog, which refuses them.
    Then use `categorical_crossentropy`, or pass the `argmax` of the labels.
    """
    ids = ops.cast(y_true, "int32")  # -
    p = ops.take_along_axis(y_pred, ids, axis=-1)  # -
    # + import losses

    return -ops.mean(ops.log(p), axis=-1)  # -
    # + return losses.sparse_categorical_crossentropy(y_true, y_pred)


@broken(
    y_true=[[0], [1]],
    y_pred=[[0.75, 0.25], [0.25, 0.75]],
    gives=Returns([log(16 / 3) / 2, log(16 / 3) / 2]),
    instead=Returns([log(4 / 3), log(4 / 3)]),
    on={"fit_graph": Returns(log(16 / 3) / 2)},
    fix_differs="it does not divide probabilities by their sum",
    found_by="check_nothing_broadcasts",
)
def column_of_ids(y_true, y_pred):
    """The loss of good predictions is nearly three times too high, in `fit` as well.

    Ids of shape `(batch, 1)` become one-hot labels `(batch, 1, classes)`, and with
    `(batch, classes)` these broadcast to `(batch, batch, classes)`: every label meets
    every prediction. Remove the axis first, and then the mean, which would be that of
    the batch.
    """
    # + y_true = ops.reshape(y_true, ops.shape(y_pred)[:-1])
    labels = ops.one_hot(y_true, y_pred.shape[-1])
    loss = -ops.sum(labels * ops.log(y_pred), axis=-1)
    return ops.mean(loss, axis=-1)  # -
    # + return loss


@broken(
    y_true=[[0, 255]],
    y_pred=[[[0.5, 0.5], [0.5, 0.5]]],
    options={"ignore_class": 255},
    gives=Returns([log(2) / 2]),
    instead=Returns([log(2)]),
    fix_misses="it takes no id out of range",
    found_by="check_agrees_with_reference",
)
def ignored_in_the_mean(y_true, y_pred, ignore_class=255):
    """The more positions a sample ignores, the smaller its loss.

    `ignore_class` sets their loss to 0, but the mean still divides by all positions.
    Divide by the number of those that count, or by 1 where none does.
    """
    loss = keras.losses.sparse_categorical_crossentropy(
        y_true,
        y_pred,
        ignore_class=ignore_class,
    )
    return ops.mean(loss, axis=-1)  # -
    # + counted = ops.cast(y_true != ignore_class, loss.dtype)
    # + return ops.sum(loss, axis=-1) / ops.maximum(ops.sum(counted, axis=-1), 1)


@broken(
    y_true=[[0, 255], [255, 255]],
    y_pred=[[[0.5, 0.5], [0.5, 0.5]], [[0.5, 0.5], [0.5, 0.5]]],
    options={"ignore_class": 255},
    gives=Returns([log(2), nan]),
    instead=Returns([log(2), 0.0]),
    on={"fit_graph": Returns(nan)},
    fix_misses="it takes no id out of range",
    found_by="check_finite",
)
def nothing_left_to_count(y_true, y_pred, ignore_class=255):
    """One sample that is ignored altogether turns the loss of the batch into NaN.

    Without a position that counts the mean is 0 / 0. Divide by `ops.maximum(count, 1)`.
    """
    loss = keras.losses.sparse_categorical_crossentropy(
        y_true,
        y_pred,
        ignore_class=ignore_class,
    )
    counted = ops.cast(y_true != ignore_class, loss.dtype)
    count = ops.sum(counted, axis=-1)
    return ops.sum(loss, axis=-1) / count  # -
    # + return ops.sum(loss, axis=-1) / ops.maximum(count, 1)


@broken(
    y_true=[2],
    y_pred=[[0.25, 0.75]],
    gives=Raises("InvalidArgumentError", "label value of 2 which is outside"),
    instead=Returns([nan]),
    on={
        "fit_graph": Raises(
            "InvalidArgumentError", "label value of 2 which is outside"
        ),
        "fit_xla": Returns(nan, step=nan),
    },
    found_by="check_label_format",
)
def label_of_no_class(y_true, y_pred):
    """An error names a label outside the valid range; with XLA the loss is NaN.

    The classes are numbered from 1, so the last id equals the number of classes. XLA
    raises no error: the loss is NaN, and the weights become NaN with it. Number the
    classes from 0, or give the model one more output. With the loss of this catalog
    such an id gives NaN in every mode.
    """
    # + import losses

    # + return losses.sparse_categorical_crossentropy(
    return ops.sparse_categorical_crossentropy(  # -
        y_true,
        y_pred,
    )


@broken(
    y_true=[2],
    y_pred=[[0.25, 0.75]],
    probe="fit_xla",
    gives=Returns(log(4 / 3), step=0.0),
    instead=Returns(nan),
    on={
        "call": Raises("InvalidArgumentError", r"indices\[0,0\] = 2 is not in \[0, 2\)")
    },
    found_by="check_label_format",
)
def label_of_no_class_gathered(y_true, y_pred):
    """With XLA an id out of range is taken for the last class, without an error.

    On a CPU a lookup out of range raises an error. XLA returns the last entry and
    passes no gradient back: the loss looks right and nothing is learned. Number the
    classes from 0. With the loss of this catalog such an id gives NaN in every mode.
    """
    ids = ops.cast(y_true, "int32")[:, None]  # -
    p = ops.take_along_axis(y_pred, ids, axis=-1)  # -
    # + import losses

    return -ops.log(p[:, 0])  # -
    # + return losses.sparse_categorical_crossentropy(y_true, y_pred)


@broken(
    y_true=[[0, 255]],
    y_pred=[[[0.5, 0.5], [0.5, 0.5]]],
    options={"ignore_class": 255, "class_weight": [1.0, 3.0]},
    gives=Raises("InvalidArgumentError", r"indices\[0,1\] = 255 is not in \[0, 2\)"),
    instead=Returns([log(2)]),
    on={"fit_xla": Returns(log(2))},
    fix_misses="it always has weights, none of them integers, and no id out of range",
    found_by="check_label_format",
    fix_differs="it is written for predictions in float32",
)
def class_weight_at_255(
    y_true,
    y_pred,
    ignore_class=255,
    class_weight=(1.0, 3.0),
):
    """The ignored ids still raise an error: 255 is not in [0, 2).

    Their loss is removed, but their weight is looked up before that. XLA raises
    nothing. Look up a weight that exists: `ops.where(counted, ids, 0)`.
    """
    ids = ops.cast(y_true, "int32")
    counted = ids != ignore_class
    loss = ops.sparse_categorical_crossentropy(
        ops.where(counted, ids, 0),
        y_pred,
    )
    loss = loss * ops.take(class_weight, ids)  # -
    # + loss = loss * ops.take(class_weight, ops.where(counted, ids, 0))
    loss = ops.where(counted, loss, 0)
    count = ops.sum(ops.cast(counted, loss.dtype), axis=-1)
    return ops.sum(loss, axis=-1) / ops.maximum(count, 1)


@broken(
    y_true=[0, 1],
    y_pred=[[0.5, 0.5], [0.5, 0.5]],
    options={"class_weight": [1.0, 3.0]},
    probe="fit_graph",
    gives=Raises("TypeError", "'indices' has DataType float32 not in list of allowed"),
    instead=Returns(2 * log(2)),
    on={"call": Returns([log(2), 3 * log(2)])},
    fix_misses="it always has weights, none of them integers, and clips as Keras does",
    found_by="check_label_dtypes",
    fix_differs="it is written for predictions in float32",
)
def ids_are_float_in_fit(
    y_true,
    y_pred,
    class_weight=(1.0, 3.0),
):
    """What works in a direct call raises an error in `fit`: indices are float32.

    `fit` casts the labels to float before it calls the loss, and a float cannot be an
    index. Cast them back: `ops.cast(y_true, "int32")`.
    """
    loss = ops.sparse_categorical_crossentropy(
        y_true,
        y_pred,
    )
    return ops.take(class_weight, y_true) * loss  # -
    # + return ops.take(class_weight, ops.cast(y_true, "int32")) * loss


@broken(
    y_true=[0, 0],
    y_pred=[[2.0, -1.0], [-1.0, 2.0]],
    options={"from_logits": True},
    gives=Returns([0.0, -log(1e-7)]),
    instead=Returns([log(1 + exp(-3)), log(1 + exp(3))]),
    on={"gradient": Returns([[0.0, 0.0], [0.0, 0.0]])},
    found_by="check_logits_or_probabilities",
)
def logits_as_probabilities(y_true, y_pred):
    """A sample costs nothing or 16.1, and neither has a gradient.

    The model ends without a softmax, so its outputs are no probabilities. Keras clips
    them to 1e-7 and 1 - 1e-7, where there is no gradient. Pass `from_logits=True`.
    """
    return ops.sparse_categorical_crossentropy(
        y_true,
        y_pred,
        # + from_logits=True,
    )


@broken(
    y_true=[0, 1],
    y_pred=[[0.75, 0.25], [0.75, 0.25]],
    probe="fit_graph",
    gives=Raises("ValueError", "No gradients provided for any variable"),
    instead=Returns(log(16 / 3) / 2),
    on={"call": Returns([0.0, 1.0])},
    fix_misses="it takes no sum but 1 and no id out of range, clips as Keras does",
    found_by="check_gradient_reaches_the_predictions",
)
def wrong_answers_counted(y_true, y_pred):
    """`fit` raises "No gradients provided for any variable"; a direct call works.

    The number of wrong answers does not change when a probability changes a little:
    `argmax` has no gradient. Train on the crossentropy, and count in a metric.
    """
    answer = ops.argmax(y_pred, axis=-1)  # -
    wrong = ops.cast(y_true, answer.dtype) != answer  # -
    return ops.cast(wrong, "float32")  # -
    # + return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)
