"""A loss that somebody has written, and what Keras and its backends make of it."""

import keras
import numpy as np
from keras import layers, ops

from losses.evidence.declarations import error


@error("ValueError")
def nothing_returned():
    """The loss, or a metric, returns nothing: its last line has no `return`."""

    def squared(y_true, y_pred):
        ops.mean(ops.square(y_true - y_pred), axis=-1)  # -
        # + return ops.mean(ops.square(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=squared)
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(tensorflow="TypeError", jax="TypeError", torch="ValueError")
def factory_not_called():
    """The loss returns a function: it makes losses, and was not called.

    A loss with options is made by a call: `loss=focal(gamma=2)`.
    """

    def huber(delta=1.0, slope=1.0):
        def loss(y_true, y_pred):
            return slope * keras.losses.huber(y_true, y_pred, delta)

        return loss

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=huber)  # -
    # + model.compile("adam", loss=huber(delta=2.0))
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("TypeError")
def third_argument():
    """The loss takes more than labels and predictions.

    Keras calls it with these two. Give the others before: by a function that returns
    the loss, or in the `__init__` of a `keras.losses.Loss`. A function that returns
    the loss is called itself: `loss=focal(2.0, 0.25)`.
    """

    # + def weighted(y_true, y_pred, weight=2.0):
    def weighted(y_true, y_pred, weight):  # -
        return weight * ops.mean(ops.square(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=weighted)
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("TypeError")
def labels_not_taken():
    """The loss makes losses and was not called, or takes less than labels and
    predictions.

    Keras calls it with these two. A function with options that returns the loss is
    called first: `loss=focal(2.0)`.
    """

    def focal(gamma=2.0):
        def loss(y_true, y_pred):
            error = keras.losses.binary_crossentropy(y_true, y_pred)
            return error * ops.power(1 - ops.exp(-error), gamma)

        return loss

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", loss=focal)  # -
    # + model.compile("adam", loss=focal(2.0))
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(tensorflow="ValueError", jax="TypeError", torch="TypeError")
def argument_that_is_none():
    """The loss has an argument that is None unless it is given, such as
    `sample_weight=None`, and computes with it.

    Keras calls a loss with labels and predictions, and applies the weights itself.
    """

    def weighted(y_true, y_pred, sample_weight=None):
        error = ops.mean(ops.square(y_true - y_pred), axis=-1)
        return error * sample_weight  # -
        # + return error

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=weighted)
    return model.fit(np.ones((8, 4)), np.ones((8, 1)), sample_weight=np.ones(8))


@error("TypeError")
def call_without_self():
    """`call` of a class of losses has no `self`: it gets labels and predictions beside
    the loss itself.

    Write `def call(self, y_true, y_pred)`.
    """

    class Squared(keras.losses.Loss):
        # + def call(self, y_true, y_pred):
        def call(y_true, y_pred):  # -
            return ops.mean(ops.square(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=Squared())
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("TypeError")
def class_instead_of_a_loss():
    """`loss` is a class that is no `keras.losses.Loss`, or one that needs arguments.

    Keras makes an object of it. Give an object.
    """

    class Weighted(keras.losses.Loss):
        def __init__(self, weight):
            super().__init__()
            self.weight = weight

        def call(self, y_true, y_pred):
            return self.weight * ops.mean(ops.square(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=Weighted)  # -
    # + model.compile("adam", loss=Weighted(2.0))
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("TypeError")
def option_that_the_loss_does_not_take():
    """A class of losses gets `name`, `reduction` or `dtype`, and does not take it.

    Keras hands these on when a model is loaded. Pass them to `super().__init__`.
    """

    class Squared(keras.losses.Loss):
        # + def __init__(self, **options):
        def __init__(self):  # -
            super().__init__()  # -
            # + super().__init__(**options)

        def call(self, y_true, y_pred):
            return ops.mean(ops.square(y_true - y_pred), axis=-1)

    return Squared(reduction="sum")(np.ones((8, 1)), np.zeros((8, 1)))


@error("AttributeError")
def mathematics_of_keras_2():
    """`keras.backend` of Keras 3 has no `sum`, `mean`, `log`, `square`: they are in
    `keras.ops`."""

    def squared(y_true, y_pred):
        return keras.backend.mean(ops.square(y_true - y_pred), axis=-1)  # -
        # + return ops.mean(ops.square(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=squared)
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(tensorflow="OperatorNotAllowedInGraphError", jax="TracerBoolConversionError")
def if_of_a_tensor():
    """A Python `if`, `while`, `and` or `max` asks for the value of a tensor.

    While a step is compiled there is no value yet. Take `ops.where`, `ops.cond` or
    `ops.maximum`.
    """

    def one_sided(y_true, y_pred):
        error = ops.mean(y_true - y_pred, axis=-1)
        if ops.sum(error) > 0:  # -
            return error  # -
        return -error  # -
        # + return ops.where(ops.sum(error) > 0, error, -error)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=one_sided)
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(tensorflow="OperatorNotAllowedInGraphError")
def loop_over_a_tensor():
    """A Python loop goes over the samples of a tensor.

    While a step is compiled their number is not known. Compute with whole tensors, or
    take `ops.map`.
    """

    def squared(y_true, y_pred):
        errors = [ops.square(t - p) for t, p in zip(y_true, y_pred)]  # -
        return ops.sum(errors)  # -
        # + return ops.sum(ops.square(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=squared)
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(
    tensorflow="NotImplementedError",
    jax="TracerArrayConversionError",
    torch="RuntimeError",
)
def numpy_inside():
    """NumPy, SciPy or scikit-learn computes inside of the loss.

    They need values, which are not there while a step is compiled, and give no
    gradient. Take `keras.ops`.
    """

    def squared(y_true, y_pred):
        return np.square(np.array(y_true) - np.array(y_pred)).mean(axis=-1)  # -
        # + return ops.mean(ops.square(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=squared)
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(tensorflow="AttributeError", jax="AttributeError", torch="RuntimeError")
def value_by_numpy():
    """The loss asks a tensor for `.numpy()`, which a compiled step does not have.

    Compute with the tensor itself.
    """

    def squared(y_true, y_pred):
        predicted = y_pred.numpy()  # -
        # + predicted = y_pred
        return ops.mean(ops.square(y_true - predicted), axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=squared)
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("AttributeError")
def prediction_that_is_no_distribution():
    """The loss asks predictions for what a tensor does not have, such as `log_prob`.

    The model ends in a distribution, and Keras hands a tensor over, which it was turned
    into. Let the model give its parameters, and make the distribution in the loss.
    """

    def likelihood(y_true, y_pred):
        return -y_pred.log_prob(y_true)  # -
        # + return ops.mean(0.5 * ops.square(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=likelihood)
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(tensorflow="TypeError", jax="TypeError")
def item_assigned():
    """The loss assigns to a tensor, `mask[0] = 1` or `x.assign(...)`: tensors do not
    change.

    Build a new one with `ops.where`, `ops.concatenate` or `ops.slice_update`.
    """

    def without_the_first(y_true, y_pred):
        error = ops.square(y_true - y_pred)
        error[:, 0] = 0.0  # -
        # + error = ops.where(ops.arange(2) > 0, error, 0.0)
        return ops.mean(error, axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    model.compile("adam", loss=without_the_first)
    return model.fit(np.ones((8, 4)), np.ones((8, 2)))


@error(tensorflow="TypeError")
def length_of_a_tensor():
    """The loss asks for `len(...)` of a tensor, or uses a size that is None.

    Sizes that are not known before a batch comes are in `ops.shape(...)`.
    """

    def squared(y_true, y_pred):
        return ops.sum(ops.square(y_true - y_pred), axis=-1) / len(y_pred)  # -
        # + size = ops.cast(ops.shape(y_pred)[0], "float32")
        # + return ops.sum(ops.square(y_true - y_pred), axis=-1) / size

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=squared)
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(tensorflow="ValueError")
def size_that_is_none():
    """The loss uses `y_pred.shape[0]`, and the size of a batch is None while a step is
    compiled.

    `ops.shape(y_pred)[0]` is a tensor that has the size when it runs.
    """

    def squared(y_true, y_pred):
        size = y_pred.shape[0]  # -
        # + size = ops.cast(ops.shape(y_pred)[0], "float32")
        return ops.sum(ops.square(y_true - y_pred)) / size

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=squared)
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(tensorflow="TypeError")
def reshaped_by_a_size_that_is_none():
    """The loss hands a shape with None to `reshape`, `zeros` or `ones`.

    The size of a batch is not known while a step is compiled. Take -1 or
    `ops.shape(...)`.
    """

    def squared(y_true, y_pred):
        flat = (y_pred.shape[0], 4)  # -
        # + flat = (-1, 4)
        error = ops.square(ops.reshape(y_true, flat) - ops.reshape(y_pred, flat))
        return ops.mean(error, axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(4)])
    model.compile("adam", loss=squared)
    return model.fit(np.ones((8, 4)), np.ones((8, 4)))


@error(tensorflow="ValueError")
def variable_made_inside():
    """The loss makes a variable each time it is called.

    Make it once, in `__init__` or outside. What needs no training is a constant:
    `ops.convert_to_tensor`.
    """
    import tensorflow as tf

    def weighted(y_true, y_pred):
        weight = tf.Variable(2.0)  # -
        # + weight = tf.constant(2.0)
        return weight * ops.mean(ops.square(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=weighted)
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(tensorflow="ValueError")
def tensor_of_the_model_inside():
    """The loss uses an input or output of the model by its name: a `KerasTensor`.

    It stands for values that the loss never gets. Hand what is needed over with the
    labels, or add the loss inside of a layer, with `add_loss`.
    """
    import tensorflow as tf

    inputs = keras.Input((4,))
    model = keras.Model(inputs, layers.Dense(4)(inputs))

    def residual(y_true, y_pred):
        rest = tf.square(y_pred - inputs)  # -
        # + rest = tf.square(y_pred)
        return tf.reduce_mean(tf.square(y_true - y_pred) + rest, axis=-1)

    model.compile("adam", loss=residual)
    return model.fit(np.ones((8, 4)), np.ones((8, 4)))


@error(tensorflow="InvalidArgumentError")
def labels_of_integers():
    """Labels are integers or of another precision than the predictions, in a loss that
    is called by hand.

    `fit` casts labels to the dtype of the predictions. Cast them first:
    `ops.cast(y_true, y_pred.dtype)`.
    """
    import tensorflow as tf

    def squared(y_true, y_pred):
        # + y_true = tf.cast(y_true, y_pred.dtype)
        return tf.reduce_mean(tf.square(y_true - y_pred), axis=-1)

    return squared(tf.constant([[1], [0]]), tf.constant([[0.5], [0.5]]))


@error(tensorflow="TypeError")
def integers_times_floats():
    """The loss computes with an integer or float64 and the predictions, which are
    float32.

    `fit` makes labels float32, so the loss itself has cast them, or uses a size or a
    constant. Cast it: `ops.cast(value, y_pred.dtype)`.
    """

    def weighted(y_true, y_pred):
        labels = ops.cast(y_true, "int64")  # -
        # + labels = ops.cast(y_true, y_pred.dtype)
        return ops.mean(labels * y_pred, axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=weighted)
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(tensorflow="TypeError")
def one_hot_of_floats():
    """The loss looks labels up, in `one_hot`, `gather` or a crossentropy of ids, and
    `fit` has made floats of them.

    Cast them back: `ops.cast(y_true, "int32")`.
    """
    import tensorflow as tf

    def crossentropy(y_true, y_pred):
        # + y_true = tf.cast(y_true, "int32")
        labels = tf.one_hot(y_true[:, 0], 3)
        return keras.losses.categorical_crossentropy(labels, y_pred)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("adam", loss=crossentropy)
    return model.fit(np.ones((8, 4)), np.ones((8, 1), "int32"))


@error(tensorflow="InvalidArgumentError", jax="TypeError", torch="ValueError")
def array_of_the_whole_data_set():
    """The loss uses an array as long as the data set, and gets the rows of a batch.

    Hand the array over as `sample_weight`, or as another column of the labels: both are
    cut into batches.
    """
    x, y, weights = np.ones((80, 4)), np.ones((80, 1)), np.ones((80, 1), "float32")

    def weighted(y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred) * weights, axis=-1)  # -
        # + return ops.mean(ops.square(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=weighted)
    return model.fit(x, y)  # -
    # + return model.fit(x, y, sample_weight=weights)


@error(tensorflow="InvalidArgumentError", jax="TypeError", torch="RuntimeError")
def fixed_size_of_a_batch():
    """The loss is written for one size of a batch, and the last batch is smaller.

    Take the size from `ops.shape(y_pred)[0]`, or leave the rest of the data out with
    `drop_remainder=True`.
    """

    def weighted(y_true, y_pred):
        weights = ops.ones((32, 1))  # -
        # + weights = ops.ones_like(y_pred)
        return ops.mean(ops.square(y_true - y_pred) * weights, axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=weighted)
    return model.fit(np.ones((40, 4)), np.ones((40, 1)), batch_size=32)


@error(tensorflow="ValueError", jax="TypeError", torch="RuntimeError")
def another_number_of_columns():
    """Labels and predictions have another size on an axis that is known before a batch
    comes.

    Give the last layer as many units as labels have columns.
    """
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])  # -
    # + model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    model.compile("adam", loss="mse")
    return model.fit(np.ones((8, 4)), np.ones((8, 2)))


@error(tensorflow="TypeError", torch="ValueError")
def pair_returned():
    """The loss returns a pair or a list: it must return one tensor.

    Add the parts up. Report them by `metrics`.
    """

    def two(y_true, y_pred):
        error = ops.mean(ops.abs(y_true - y_pred), axis=-1)
        return error, "l1"  # -
        # + return error

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=two)
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))
