"""Binary crossentropy as it is often written."""

from math import exp, log

import keras
from keras import ops
from numpy import nan

from losses.evidence.declarations import Raises, Returns, broken


@broken(
    y_true=[1.0, 0.0],
    y_pred=[[0.75], [0.25]],
    gives=Returns([log(16 / 3) / 2, log(16 / 3) / 2]),
    instead=Returns([log(4 / 3), log(4 / 3)]),
    found_by="check_nothing_broadcasts",
)
def column_minus_vector(y_true, y_pred):
    """The loss of good predictions is nearly three times too high, without an error.

    Labels `(batch,)` and predictions `(batch, 1)` broadcast to `(batch, batch)`: each
    prediction is compared with the labels of all samples. `fit` aligns the two for a
    plain function, and its loss is right; a direct call and a custom training loop do
    not. Give the labels the shape of the predictions, which is right in all of them;
    `y_true[:, None]` adds an axis too many in `fit`.
    """
    # + y_true = ops.reshape(y_true, ops.shape(y_pred))
    positive = y_true * ops.log(y_pred)
    negative = (1 - y_true) * ops.log(1 - y_pred)
    return -ops.mean(positive + negative, axis=-1)


@broken(
    y_true=[1.0, 0.0],
    y_pred=[[0.75], [0.25]],
    probe="fit_graph",
    gives=Returns(log(16 / 3) / 2),
    instead=Returns(log(4 / 3)),
    found_by="check_nothing_broadcasts",
    fix_misses="called directly, a Loss class gives the mean of the batch",
    fix_differs="called directly, a Loss class gives the mean of the batch",
)
class ColumnMinusVectorInASubclass(keras.losses.Loss):
    """The loss is nearly three times too high in `fit` as well, without an error.

    Keras aligns `(batch,)` labels with `(batch, 1)` predictions for a plain function. A
    subclass that overrides `Loss.call` gets them unaligned, and broadcasts them to
    `(batch, batch)`. Give the labels the shape of the predictions
    in `call`.
    """

    def call(self, y_true, y_pred):
        # + y_true = ops.reshape(y_true, ops.shape(y_pred))
        positive = y_true * ops.log(y_pred)
        negative = (1 - y_true) * ops.log(1 - y_pred)
        return -ops.mean(positive + negative, axis=-1)


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[0.75], [0.25]],
    probe="fit_graph",
    gives=Returns(log(16 / 3) / 2),
    instead=Returns(log(4 / 3)),
    on={"call": Returns([log(16 / 3) / 2, log(16 / 3) / 2])},
    found_by="check_nothing_broadcasts",
    fix_misses="it takes the logarithm of 0, and in a direct call its labels must be "
    "floats",
)
def one_side_squeezed(y_true, y_pred):
    """Labels and predictions have the same shape, and still the loss is too high.

    The loss removes the last axis of the predictions but not of the labels, so the two
    broadcast to `(batch, batch)`, in `fit` and in a direct call. Squeeze neither:
    of two vectors the mean over the last axis is one number for the batch.
    """
    p = ops.squeeze(y_pred, axis=-1)  # -
    # + p = y_pred
    positive = y_true * ops.log(p)
    negative = (1 - y_true) * ops.log(1 - p)
    return -ops.mean(positive + negative, axis=-1)


@broken(
    y_true=[[[1.0], [0.0]]],
    y_pred=[[[0.5], [0.5]]],
    gives=Raises("InvalidArgumentError", "Invalid reduction dimension"),
    instead=Returns([log(2)]),
    on={"fit_graph": Raises("ValueError", "Invalid reduction dimension 1")},
    found_by="check_runs",
)
def squeeze_on_a_batch_of_one(y_true, y_pred):
    """A batch of one sample raises an error about a reduction dimension.

    `squeeze` without an axis removes every axis of size 1, including the batch: of
    `(1, steps, 1)` only `(steps,)` is left. Name the axis.
    """
    y, p = ops.squeeze(y_true), ops.squeeze(y_pred)  # -
    # + y, p = ops.squeeze(y_true, axis=-1), ops.squeeze(y_pred, axis=-1)
    positive = y * ops.log(p)
    negative = (1 - y) * ops.log(1 - p)
    return -ops.mean(positive + negative, axis=1)


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[1.0], [0.0]],
    gives=Returns([log(1 + exp(-1)), log(2)]),
    instead=Returns([0.0, 0.0]),
    found_by="check_logits_or_probabilities",
    fix_misses="it clips probabilities as Keras does",
    fix_differs="a clipped probability has no gradient",
)
def probability_as_logits(y_true, y_pred):
    """Perfect predictions have a loss of 0.31 and 0.69, and it never gets lower.

    The model ends in a sigmoid and the loss applies another. Probabilities of 0 and 1,
    taken for logits, become 0.5 and 0.73. Remove either the sigmoid of the last layer
    or `from_logits=True`.
    """
    return keras.losses.binary_crossentropy(
        y_true,
        y_pred,
        from_logits=True,  # -
    )


@broken(
    y_true=[[1.0], [1.0]],
    y_pred=[[1.0], [-1.0]],
    options={"from_logits": True},
    gives=Returns([0.0, -log(1e-7)]),
    instead=Returns([log(1 + exp(-1)), log(1 + exp(1))]),
    on={"gradient": Returns([[0.0], [0.0]])},
    found_by="check_logits_or_probabilities",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def logits_as_probability(y_true, y_pred):
    """A sample costs nothing or 16.1, and neither has a gradient.

    The model ends without a sigmoid, so its output is not in [0, 1] and is clipped to
    1e-7 and 1 - 1e-7, where there is no gradient. Pass `from_logits=True`.
    """
    return keras.losses.binary_crossentropy(y_true, y_pred)  # -
    # + return keras.losses.binary_crossentropy(y_true, y_pred, from_logits=True)


@broken(
    y_true=[[0.0]],
    y_pred=[[40.0]],
    options={"from_logits": True},
    probe="gradient",
    gives=Returns([[0.0]]),
    instead=Returns([[1.0]]),
    on={"fit_graph": Returns(-log(2.0**-23), step=0.0)},
    found_by="check_gradient_reaches_the_predictions",
    fix_misses="in a direct call its labels must be floats",
)
def sigmoid_then_clip(y_true, y_pred):
    """The most confident mistake is never corrected: its gradient is 0.

    In float32 the sigmoid of 40 is 1, and the clip that protects the logarithm has no
    gradient there: the loss stays at 15.9 where it should be 40. Compute with the
    logits, whose `log_sigmoid` stays finite, or pass `from_logits=True` to the loss of
    Keras.
    """
    p = ops.clip(ops.sigmoid(y_pred), 1e-7, 1 - 1e-7)  # -
    positive = y_true * ops.log(p)  # -
    # + positive = y_true * ops.log_sigmoid(y_pred)
    negative = (1 - y_true) * ops.log(1 - p)  # -
    # + negative = (1 - y_true) * ops.log_sigmoid(-y_pred)
    return -ops.mean(positive + negative, axis=-1)


@broken(
    y_true=[[1.0], [1.0], [0.0], [0.0]],
    y_pred=[[1.0], [-1.0], [1.0], [-1.0]],
    options={"from_logits": True},
    gives=Returns([log(1 + exp(-1)), log(1 + exp(1)), log(2), log(2)]),
    instead=Returns([log(1 + exp(z)) for z in (-1, 1, 1, -1)]),
    on={"gradient": Returns([[-1 / (1 + exp(1))], [-1 / (1 + exp(-1))], [0.0], [0.0]])},
    found_by="check_label_values",
    fix_misses="in a direct call its labels must be floats",
)
def formula_for_minus_one_and_one(y_true, y_pred):
    """Each sample of label 0 costs 0.69, whatever is predicted, and has no gradient.

    log(1 + exp(-y · f)) is made for labels -1 and 1. With 0 the prediction drops out:
    log(1 + exp 0) is log 2, and its gradient is 0, so all predictions drift towards the
    positives. Change the labels, `2 * y_true - 1`, or use the formula for 0 and 1,
    `ops.softplus(y_pred) - y_true * y_pred`.
    """
    margin = y_true * y_pred  # -
    # + margin = (2 * y_true - 1) * y_pred
    return ops.mean(ops.softplus(-margin), axis=-1)


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[1.0], [0.5]],
    gives=Returns([nan, log(2)]),
    instead=Returns([0.0, log(2)]),
    on={"fit_graph": Returns(nan, step=nan)},
    found_by="check_finite",
    fix_misses="in a direct call its labels must be floats, and it clips "
    "probabilities as Keras does",
    fix_differs="a clipped probability has no gradient",
)
def log_of_zero(y_true, y_pred):
    """The loss becomes NaN when a prediction is perfect, and the weights with it.

    In float32 a sigmoid can be exactly 1, and the term of the other class is then 0
    times log 0, which is NaN, not 0. Clip the probabilities, as Keras does. Better,
    compute with logits: a clipped probability has no gradient.
    """
    # + y_pred = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    positive = y_true * ops.log(y_pred)
    negative = (1 - y_true) * ops.log(1 - y_pred)
    return -ops.mean(positive + negative, axis=-1)


@broken(
    y_true=[[1], [0]],
    y_pred=[[0.5], [0.5]],
    gives=Raises(
        "InvalidArgumentError", "expected to be a int32 tensor but is a float"
    ),
    instead=Returns([log(2), log(2)]),
    on={"fit_graph": Returns(log(2))},
    found_by="check_label_dtypes",
    fix_misses="it clips probabilities as Keras does",
)
def integer_labels(y_true, y_pred):
    """The loss trains in `fit` but raises an error when called directly.

    `*` does not convert an int tensor to float. `fit` casts the labels to float first;
    a custom training loop does not. Cast `y_true` to the dtype of `y_pred`.
    """
    # + y_true = ops.cast(y_true, y_pred.dtype)
    p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    positive = y_true * ops.log(p)
    negative = (1 - y_true) * ops.log(1 - p)
    return -ops.mean(positive + negative, axis=-1)


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[0.5], [0.5]],
    options={"pos_weight": 3.0},
    gives=Returns([log(2), 3 * log(2)]),
    instead=Returns([3 * log(2), log(2)]),
    found_by="check_agrees_with_reference",
    fix_misses="by default its pos_weight is 3, and in a direct call its labels must "
    "be floats",
)
def pos_weight_on_the_negatives(
    y_true,
    y_pred,
    pos_weight=3.0,
):
    """A `pos_weight` meant to find more positives makes a missed one count less.

    The factor is on the wrong term, so a false positive costs three times as much as a
    miss. It belongs to `y_true * log(p)`.
    """
    p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    positive = y_true * ops.log(p)
    negative = (1 - y_true) * ops.log(1 - p)
    weighted = positive + pos_weight * negative  # -
    # + weighted = pos_weight * positive + negative
    return -ops.mean(weighted, axis=-1)


@broken(
    y_true=[[1.0]],
    y_pred=[[0.5]],
    options={"pos_weight": 3.0},
    probe="save_load",
    gives=Returns(log(2)),
    instead=Returns(3 * log(2)),
    on={"fit_graph": Returns(3 * log(2))},
    found_by="check_saves",
    fix_misses="called directly, a Loss class gives the mean of the batch",
    fix_differs="called directly, a Loss class gives the mean of the batch",
)
class OptionsLostInSaving(keras.losses.Loss):
    """After saving and loading, the loss is a different one. Nothing is raised.

    `save` keeps what `get_config` returns, and that of `Loss` has only the name and the
    reduction. `load_model` rebuilds the loss from these two, so `pos_weight` is back at
    its default. Override `get_config` and return `pos_weight` as well.
    """

    def __init__(self, pos_weight=1.0, **arguments):
        super().__init__(**arguments)
        self.pos_weight = pos_weight

    # + def get_config(self):
    # +     return super().get_config() | {"pos_weight": self.pos_weight}

    def call(self, y_true, y_pred):
        p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
        positive = y_true * ops.log(p)
        negative = (1 - y_true) * ops.log(1 - p)
        weighted = self.pos_weight * positive + negative
        return -ops.mean(weighted, axis=-1)


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[0.75], [0.25]],
    options={"label_smoothing": 0.2},
    gives=Returns([log(4 / 3), 0.2 * log(4) + 0.8 * log(4 / 3)]),
    instead=Returns([0.1 * log(4) + 0.9 * log(4 / 3)] * 2),
    found_by="check_agrees_with_reference",
    fix_misses="by default it smooths labels by 0.2, and in a direct call its labels "
    "must be floats",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def smoothing_not_halved(
    y_true,
    y_pred,
    label_smoothing=0.2,
):
    """Equally good predictions of the two classes do not have the same loss.

    What smoothing takes from a label goes to both classes, half to each. Without the
    half, 0 becomes 0.2 but 1 stays 1, so only the negatives are smoothed. Add
    `label_smoothing / 2`.
    """
    y_true = y_true * (1 - label_smoothing)
    y_true = y_true + label_smoothing  # -
    # + y_true = y_true + label_smoothing / 2
    return keras.losses.binary_crossentropy(y_true, y_pred)


@broken(
    y_true=[[0.0]],
    y_pred=[[0.5]],
    gives=Returns([-log(1e-7) / 2]),
    instead=Returns([log(2)]),
    found_by="check_arguments_in_order",
    fix_misses="it clips probabilities as Keras does",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def arguments_exchanged(y_true, y_pred):
    """An undecided prediction costs 8.1 instead of 0.69.

    The prediction is taken for the label, and the loss takes the logarithm of the
    label, which is 0. Labels come first: `(y_true, y_pred)`.
    """
    return keras.losses.binary_crossentropy(y_pred, y_true)  # -
    # + return keras.losses.binary_crossentropy(y_true, y_pred)


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[0.75], [0.25]],
    probe="fit_graph",
    gives=Raises("ValueError", "No gradients provided for any variable"),
    instead=Returns(log(4 / 3)),
    on={"gradient": Returns(None, kind="none")},
    found_by="check_gradient_reaches_the_predictions",
    fix_misses="it clips probabilities as Keras does",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def rounded_predictions(y_true, y_pred):
    """`fit` raises "No gradients provided for any variable"; a direct call works.

    `round` has no gradient, nor has `argmax` or a comparison, so the model cannot tell
    in which direction to go. Pass the probabilities to the loss, and round in a metric.
    """
    y_pred = ops.round(y_pred)  # -
    return keras.losses.binary_crossentropy(y_true, y_pred)
