"""Mean squared error as it is often written."""

import keras
import numpy as np
from keras import ops

from losses.evidence.declarations import Raises, Returns, broken


@broken(
    y_true=[1.0, 2.0],
    y_pred=[[1.0], [2.0]],
    gives=Returns([0.5, 0.5]),
    instead=Returns([0.0, 0.0]),
    found_by="check_nothing_broadcasts",
)
def column_minus_vector(y_true, y_pred):
    """Perfect predictions do not get a loss of 0.

    Labels `(batch,)` minus predictions `(batch, 1)` is `(batch, batch)`: every label is
    compared with every prediction. `fit` aligns the two for a plain function; a direct
    call, a custom training loop and a `Loss` subclass do not. Give the labels the shape
    of the predictions. `y_true[:, None]` is one axis too many in `fit`, which has added
    it already.
    """
    # + y_true = ops.reshape(y_true, ops.shape(y_pred))
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


@broken(
    y_true=[1.0, 2.0],
    y_pred=[[1.0], [2.0]],
    probe="fit_graph",
    gives=Returns(0.5),
    instead=Returns(0.0),
    found_by="check_nothing_broadcasts",
    fix_differs="called directly, a Loss class returns the mean over the batch",
    fix_misses="called directly, a Loss class returns the mean over the batch",
)
class ColumnMinusVectorInASubclass(keras.losses.Loss):
    """The loss of perfect predictions is not 0, in `fit` as well.

    Keras aligns `(batch,)` labels with `(batch, 1)` predictions for a plain function. A
    subclass that overrides `Loss.call` gets them unaligned, and broadcasts them to
    `(batch, batch)`. Give the labels the shape of the predictions in `call`.
    """

    def call(self, y_true, y_pred):
        # + y_true = ops.reshape(y_true, ops.shape(y_pred))
        squared = ops.square(y_true - y_pred)
        return ops.mean(squared, axis=-1)


@broken(
    y_true=[[[1.0, 2.0]], [[3.0, 4.0]]],
    y_pred=[[1.0, 2.0], [3.0, 4.0]],
    gives=Returns([[0.0, 4.0], [4.0, 0.0]]),
    instead=Raises("ValueError", r"y_true \(2, 1, 2\) and y_pred \(2, 2\)"),
    found_by="check_nothing_broadcasts",
)
def extra_axis_in_the_labels(y_true, y_pred):
    """Perfect predictions do not get a loss of 0: the labels have an extra axis.

    `(batch, 1, features)` against `(batch, features)` broadcasts to
    `(batch, batch, features)`. Keras aligns only a trailing axis of size 1. Remove the
    axis from the labels before training, `y[:, 0]`. The loss of the catalog refuses
    them as they are.
    """
    # + import losses

    return ops.mean(ops.square(y_true - y_pred), axis=-1)  # -
    # + return losses.mean_squared_error(y_true, y_pred)


@broken(
    y_true=[[1.0, 2.0], [3.0, 4.0]],
    y_pred=[[1.0, 2.0], [3.0, 2.0]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(2.0),
    instead=Returns(0.0),
    found_by="check_batch_size",
    fix_misses="in a direct call its labels must be floats",
)
def sum_over_everything(y_true, y_pred):
    """A sample of weight 0 still counts: `sample_weight` only scales the whole loss.

    A sum over every axis is one scalar for the batch, so there is no loss per sample to
    weight; only the mean of the weights has an effect. Take the mean over every axis
    but the first.
    """
    return ops.sum(ops.square(y_true - y_pred))  # -
    # + return ops.mean(ops.square(y_true - y_pred), axis=-1)


@broken(
    y_true=[[0.0, 0.0], [0.0, 0.0]],
    y_pred=[[0.0, 0.0], [1.0, 0.0]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(0.25),
    instead=Returns(0.0),
    found_by="check_one_value_per_sample",
    fix_misses="in a direct call its labels must be floats",
)
def mean_over_the_batch_axis(y_true, y_pred):
    """`sample_weight` weights the features instead of the samples.

    A mean over axis 0 leaves one value per feature. With as many features as samples
    the weights fit them, and nothing is raised: here the sample of weight 1 is perfect
    and the loss is not 0. Axis 0 is the batch; take the mean over the other axes.
    """
    return ops.mean(ops.square(y_true - y_pred), axis=0)  # -
    # + return ops.mean(ops.square(y_true - y_pred), axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[1.0], [3.0]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(2.5),
    instead=Returns(0.5),
    on={"call": Returns(5.0)},
    found_by="check_arguments",
)
def weights_as_a_third_argument(
    y_true,
    y_pred,
    sample_weight=None,  # -
):
    """A sample of weight 0 still counts: the loss accepts weights but never gets them.

    Keras passes labels and predictions only, so `sample_weight` stays None. Keras
    multiplies the weights with what the loss returns, and that is one scalar: here 5 ·
    1/2, where (1 · 1 + 9 · 0) / 2 is right. Return one value per sample, without
    weights, and pass them to `fit(sample_weight=...)`.
    """
    squared = ops.square(y_true - y_pred)
    values = ops.mean(squared, axis=-1)
    if sample_weight is not None:  # -
        values = values * sample_weight  # -
    return ops.mean(values)  # -
    # + return values


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[1.0], [2.0]],
    probe="sample_weight",
    sample_weight=[1.0, 3.0],
    gives=Raises("ValueError", "Dimensions must be equal, but are 4 and 2"),
    instead=Returns(6.5),
    on={"call": Raises("InvalidArgumentError", r"shapes: \[4\] vs. \[2\]")},
    found_by="check_captures",
    fix_differs="Keras cannot save an object that is not a Loss",
)
class WeightsOfTheWholeDataSet:
    """`Dimensions must be equal` in `fit`, unless the batch is the whole data set.

    The loss holds a weight for each of 4 rows, but `fit` passes it a batch of 2, and it
    cannot know which. With all rows in one batch it runs, and once `fit` shuffles them
    it weights the wrong ones. Leave them out of the value, and pass them to
    `fit(sample_weight=loss.weights)`, which batches and shuffles them with the rows.
    """

    def __init__(self):
        self.weights = np.array([1.0, 3.0, 1.0, 3.0])

    def __call__(self, y_true, y_pred):
        squared = ops.square(y_true - y_pred)
        return self.weights * ops.mean(squared, axis=-1)  # -
        # + return ops.mean(squared, axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[1.0], [1.0]],
    gives=Returns(0.5),
    instead=Returns([1.0, 1.0]),
    found_by="check_batch_size",
)
def divided_by_a_fixed_batch_size(y_true, y_pred):
    """The last batch of an epoch, which is smaller, counts less than it should.

    Its 2 samples are divided by 4, and the loss is one scalar for all of them. Return
    one value per sample, and leave the mean over the batch to Keras.
    """
    batch_size = 4  # -
    return ops.sum(ops.square(y_true - y_pred)) / batch_size  # -
    # + return ops.mean(ops.square(y_true - y_pred), axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[1.0], [2.0]],
    probe="fit_graph",
    gives=Returns(2.0),
    instead=Returns(2.5),
    on={"call": Returns([[1.0, 4.0], [1.0, 2.0]], kind="list")},
    found_by="check_returns_a_tensor",
)
def two_losses_in_a_list(y_true, y_pred):
    """A list of two losses trains on their mean, not on their sum. Nothing is raised.

    Keras stacks the list into one tensor and takes the mean over all of it. Return
    the one to train on and watch the other, `metrics=["mae"]`; or add the two, each
    with its weight.
    """
    squared = ops.mean(ops.square(y_true - y_pred), axis=-1)
    absolute = ops.mean(ops.abs(y_true - y_pred), axis=-1)  # -
    return [squared, absolute]  # -
    # + return squared


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[10.0], [20.0]],
    probe="fit_graph",
    gives=Returns(2.5),
    instead=Returns(250.0),
    found_by="check_no_state",
    fix_differs="called directly, a Loss class returns the mean over the batch, and "
    "legacy Keras has no Variable",
    fix_is_long="the state of a loss is made in its __init__",
)
class WarmUpCountedInPython(keras.losses.Loss):
    """The warm-up never ends: the loss stays a hundredth of what it should become.

    `fit` runs Python only while it builds its graph, so the count at that moment is a
    constant in every step. The graph of the validation is built later, so its loss is
    frozen at another count. `run_eagerly=True` counts on, which hides the mistake. Keep
    the factor in a `keras.Variable`, which the graph reads in every step, and let a
    callback assign to it.
    """

    calls = 0  # -
    # + def __init__(self, **options):
    # +     super().__init__(**options)
    # +     self.warm = keras.Variable(1.0, trainable=False)

    def call(self, y_true, y_pred):
        self.calls += 1  # -
        warm = min(1.0, self.calls / 100)  # -
        squared = ops.square(y_true - y_pred)
        return warm * ops.mean(squared, axis=-1)  # -
        # + return self.warm * ops.mean(squared, axis=-1)


@broken(
    y_true=[[1.0, 2.0], [0.0, 0.0]],
    y_pred=[[1.0, 2.0], [1.0, 1.0]],
    probe="gradient",
    gives=Returns([[np.nan, np.nan], [0.5, 0.5]]),
    instead=Returns([[0.0, 0.0], [1.0, 1.0]]),
    on={"call": Returns([0.0, 1.0])},
    found_by="check_gradient_is_finite",
    fix_misses="in a direct call its labels must be floats",
)
def root_of_zero(y_true, y_pred):
    """Weights turn into NaN while the loss is still a number.

    The root has an infinite slope at 0. A sample predicted exactly gives infinity
    times 0 in the gradient, which is NaN. Train on the square, and take the root of
    its mean only to report it; or add a small constant under the root.
    """
    squared = ops.square(y_true - y_pred)
    return ops.sqrt(ops.mean(squared, axis=-1))  # -
    # + return ops.mean(squared, axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[1.0], [3.0]],
    probe="gradient",
    gives=Returns([[1.0], [3.0]]),
    instead=Returns([[2.0], [6.0]]),
    on={"call": Returns([1.0, 9.0])},
    found_by="check_gradient_is_the_slope",
)
def half_of_the_gradient_stopped(y_true, y_pred):
    """The loss is right, and each step is half as long as the learning rate says.

    The slope of a square comes from two equal factors. `stop_gradient` makes one of
    them a constant, so 2 · error becomes 1 · error, as if the learning rate were
    halved. Use `ops.square`; stop the gradient of targets only.
    """
    error = y_true - y_pred
    fixed = y_true - ops.stop_gradient(y_pred)  # -
    return ops.mean(error * fixed, axis=-1)  # -
    # + return ops.mean(ops.square(error), axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[0.0], [1.0]],
    probe="fit_graph",
    gives=Raises("NotImplementedError", "Cannot convert a symbolic tf.Tensor"),
    instead=Returns(0.5),
    on={
        "call": Returns([0.0, 1.0]),
        "fit_eager": Raises("ValueError", "No gradients provided"),
    },
    found_by="check_graph",
)
def numpy_in_the_loss(y_true, y_pred):
    """`Cannot convert a symbolic tf.Tensor to a numpy array`, though a call works.

    NumPy needs numbers, and while `fit` builds its graph there are none yet.
    `run_eagerly=True` only changes the error: NumPy does not record what it computes,
    so there is no gradient. Write `ops.mean`, `ops.square`.
    """
    return np.mean(np.square(y_true - y_pred), axis=-1)  # -
    # + return ops.mean(ops.square(y_true - y_pred), axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[1.0], [3.0]],
    probe="fit_xla",
    gives=Raises("InvalidArgumentError", "requires a fixed tensor list size"),
    instead=Returns(5.0),
    on={"call": Returns(5.0), "fit_graph": Returns(5.0)},
    found_by="check_xla",
    fix_is_long="the loop is all there is, and goes",
)
def loop_over_the_samples(y_true, y_pred):
    """`XLA compilation requires a fixed tensor list size`; without XLA it trains.

    The gradient of a loop needs the values of each iteration, and XLA must know how
    many there are. `fit` compiles with XLA by default where there is a GPU, so the same
    script runs on one machine and not on the other. Compute all samples at once, and
    return one value for each.
    """

    # + error = y_true - y_pred
    def add(sample, total):  # -
        error = y_true[sample] - y_pred[sample]  # -
        return total + ops.mean(ops.square(error))  # -

    samples = ops.shape(y_pred)[0]  # -
    total = ops.fori_loop(0, samples, add, 0.0)  # -
    return total / ops.cast(samples, "float32")  # -
    # + return ops.mean(ops.square(error), axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[0.0], [1.0]],
    probe="fit_graph",
    gives=Raises("ValueError", "None values not supported"),
    instead=Returns(0.5),
    on={
        "call": Returns(kind="none"),
        "fit_eager": Raises("ValueError", r"convert a value \(None\)"),
    },
    found_by="check_returns_a_tensor",
)
def nothing_returned(y_true, y_pred):
    """`None values not supported` in `fit`, while a direct call raises nothing.

    The function ends without `return`, so it returns None. Return the value.
    """
    squared = ops.square(y_true - y_pred)
    ops.mean(squared, axis=-1)  # -
    # + return ops.mean(squared, axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[0.0], [1.0]],
    probe="fit_graph",
    gives=Raises("TypeError", "got <function .*> of type 'function'"),
    instead=Returns(0.5),
    on={"fit_eager": Raises("ValueError", r"convert a value \(<function")},
    fix_differs="load_model cannot find a loss made in a function",
)
def factory_not_called(model, x, y):
    """`Expected float32, but got <function ...> of type 'function'` in `fit`.

    `compile` gets the function that makes the loss, not the loss. Keras calls it with
    labels and predictions in place of its two settings, and gets a function back. Call
    it yourself, with the settings or without: `loss=weighted_error()`.
    """

    def weighted_error(factor=1.0, power=2.0):
        def loss(y_true, y_pred):
            error = ops.abs(y_true - y_pred) ** power
            return factor * ops.mean(error, axis=-1)

        return loss

    model.compile(loss=weighted_error)  # -
    # + model.compile(loss=weighted_error())
    return model.fit(x, y)
