"""What `compile` is told about losses, weights and metrics."""

import keras
import numpy as np
from keras import layers

from losses.evidence.declarations import error


@error("ValueError")
def name_of_no_loss():
    """The name of the loss is misspelt, or the loss has another name in Keras 3.

    Names are those of the functions in `keras.losses`, in small letters with
    underscores, or those of the classes. A loss of your own goes to `compile` as it is,
    and not by its name.
    """
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("adam", loss="categorical_cross_entropy")  # -
    # + model.compile("adam", loss="categorical_crossentropy")
    return model.fit(np.ones((8, 4)), np.eye(3)[np.arange(8) % 3])


@error("ValueError")
def value_for_a_loss():
    """`loss` is a number or a tensor: the loss was called instead of handed over.

    Keras calls the loss for each batch. Give it the function, without labels and
    predictions.
    """
    x = y = np.ones((8, 1), "float32")
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    model.compile("adam", loss=float(np.mean(np.square(y - model.predict(x)))))  # -
    # + model.compile("adam", loss=keras.losses.mean_squared_error)
    return model.fit(x, y)


@error(tensorflow="ValueError", torch="ValueError")
def no_loss():
    """`compile` got no loss, or the loss was given under another word than `loss`."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", metrics=["mse"])  # -
    # + model.compile("adam", loss="mse", metrics=["mse"])
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("ValueError")
def never_compiled():
    """The model was not compiled, or was built or loaded anew since.

    `fit` and `evaluate` need a loss. A model that is loaded with `compile=False`, or
    cloned, has none.
    """
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    # + model.compile("adam", loss="mse")
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("NotImplementedError")
def loss_without_call():
    """A subclass of `keras.losses.Loss` has no method `call(self, y_true, y_pred)`.

    Keras looks for the name `call`; it is not `forward`, and not `__call__`, in which
    weights are applied.
    """

    class Squared(keras.losses.Loss):
        # + def call(self, y_true, y_pred):
        def forward(self, y_true, y_pred):  # -
            return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=Squared())
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("ValueError")
def reduction_of_another_name():
    """`reduction` has a name that Keras 3 does not know, such as "auto".

    It is "sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none" or
    None. `keras.losses.Reduction` of Keras 2 is gone.
    """
    loss = keras.losses.MeanSquaredError(reduction="average")  # -
    # + loss = keras.losses.MeanSquaredError(reduction="mean")
    return loss(np.ones((8, 1)), np.zeros((8, 1)))


@error("AttributeError")
def reduction_of_keras_2():
    """`keras.losses.Reduction` is gone in Keras 3: reductions are strings."""
    none = keras.losses.Reduction.NONE  # -
    # + none = "none"
    loss = keras.losses.MeanSquaredError(reduction=none)
    return loss(np.ones((8, 1)), np.zeros((8, 1)))


@error("ValueError")
def loss_weights_as_an_integer():
    """`loss_weights` is an integer, and Keras takes a float, a list or a dict."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss="mse", loss_weights=2)  # -
    # + model.compile("adam", loss="mse", loss_weights=2.0)
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("ValueError")
def fewer_loss_weights_than_losses():
    """There are fewer `loss_weights`, or more, than losses: each loss needs one."""
    inputs = keras.Input((4,))
    model = keras.Model(inputs, [layers.Dense(1)(inputs) for _ in range(3)])
    model.compile("adam", loss=["mse"] * 3, loss_weights=[1.0, 0.5])  # -
    # + model.compile("adam", loss=["mse"] * 3, loss_weights=[1.0, 0.5, 0.5])
    return model.fit(np.ones((8, 4)), [np.ones((8, 1))] * 3)


@error("ValueError")
def class_weights_as_loss_weights():
    """`loss_weights` holds a weight for each class, and the model has one output.

    `loss_weights` are for outputs. Weights of classes go to `fit` as `class_weight`.
    """
    y = np.eye(3)[np.arange(8) % 3]
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("adam", "categorical_crossentropy", loss_weights=[1.0, 2.0, 5.0])  # -
    return model.fit(np.ones((8, 4)), y)  # -
    # + model.compile("adam", "categorical_crossentropy")
    # + return model.fit(np.ones((8, 4)), y, class_weight={0: 1.0, 1: 2.0, 2: 5.0})


@error("ValueError")
def metric_outside_of_a_list():
    """`metrics` is one name or object. It is a list, even with one metric."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss="mse", metrics="mae")  # -
    # + model.compile("adam", loss="mse", metrics=["mae"])
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("ValueError")
def weighted_metric_outside_of_a_list():
    """`weighted_metrics` is one name or object. It is a list, even with one metric."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss="mse", weighted_metrics="mae")  # -
    # + model.compile("adam", loss="mse", weighted_metrics=["mae"])
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("ValueError")
def name_of_no_metric():
    """The name of a metric is misspelt, or is no metric of Keras, such as "f1"."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["f1"])  # -
    # + f1 = keras.metrics.F1Score(threshold=0.5)
    # + model.compile("adam", "binary_crossentropy", metrics=[f1])
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("ValueError")
def metric_by_the_name_of_no_output():
    """`metrics` is a dict, and one of its names is not the name of an output."""
    inputs = keras.Input((4,))
    price = layers.Dense(1, name="price")(inputs)
    sold = layers.Dense(1, activation="sigmoid", name="sold")(inputs)
    model = keras.Model(inputs, [price, sold])
    losses = ["mse", "binary_crossentropy"]
    model.compile("adam", losses, metrics={"prices": ["mae"]})  # -
    # + model.compile("adam", losses, metrics={"price": ["mae"]})
    return model.fit(np.ones((8, 4)), [np.ones((8, 1)), np.ones((8, 1))])


@error("ValueError")
def metrics_that_fit_no_outputs():
    """`metrics` is a list that is longer or shorter than the list of outputs.

    With several outputs it holds one list for each of them.
    """

    class Two(keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = layers.Dense(1), layers.Dense(1)

        def call(self, x):
            return self.first(x), self.second(x)

    model = Two()
    model.compile("adam", loss=["mse", "mse"], metrics=["mae"])  # -
    # + model.compile("adam", loss=["mse", "mse"], metrics=[["mae"], ["mae"]])
    return model.fit(np.ones((8, 4)), (np.ones((8, 1)), np.ones((8, 1))))


@error("ValueError")
def metric_of_one_of_several_outputs():
    """A metric in the list of one output is none: misspelt, or None."""
    inputs = keras.Input((4,))
    model = keras.Model(inputs, [layers.Dense(1)(inputs), layers.Dense(1)(inputs)])
    model.compile("adam", ["mse", "mse"], metrics=[["mae"], ["f1"]])  # -
    # + model.compile("adam", ["mse", "mse"], metrics=[["mae"], ["mse"]])
    return model.fit(np.ones((8, 4)), [np.ones((8, 1)), np.ones((8, 1))])


@error("ValueError")
def name_of_no_optimizer():
    """The first argument of `compile` is the optimizer, and this is none.

    The loss was given in its place, or the name is misspelt.
    """
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("mse", "adam")  # -
    # + model.compile("adam", "mse")
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("TypeError")
def sample_weight_mode_of_keras_2():
    """`compile` has no `sample_weight_mode` any more.

    Weights of steps go to `fit` with the shape that the values of the loss have:
    `(batch, steps)`.
    """
    model = keras.Sequential([keras.Input((5, 4)), layers.Dense(1)])
    model.compile("adam", "mse", sample_weight_mode="temporal")  # -
    # + model.compile("adam", "mse")
    x, y = np.ones((8, 5, 4)), np.ones((8, 5, 1))
    return model.fit(x, y, sample_weight=np.ones((8, 5)))


@error(tensorflow="UserWarning")
def compiled_and_run_eagerly():
    """`run_eagerly=True` and `jit_compile=True` exclude each other.

    Without a compiled step there is nothing for XLA to compile.
    """
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse", run_eagerly=True, jit_compile=True)  # -
    # + model.compile("adam", "mse", run_eagerly=True)
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(torch="ValueError")
def several_steps_at_once():
    """PyTorch runs one step at a time: no `steps_per_execution` above 1."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse", steps_per_execution=2)  # -
    # + model.compile("adam", "mse")
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(torch="ValueError")
def several_steps_of_evaluation():
    """PyTorch evaluates one step at a time: no `steps_per_execution`."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse", steps_per_execution=2)  # -
    # + model.compile("adam", "mse")
    return model.evaluate(np.ones((8, 4)), np.ones((8, 1)))


@error("ValueError")
def metric_that_is_none():
    """A metric is None: often what makes it has no `return`."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse", metrics=[None])  # -
    # + model.compile("adam", "mse")
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(torch="ValueError")
def several_steps_of_prediction():
    """PyTorch predicts one step at a time: no `steps_per_execution`."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse", steps_per_execution=2)  # -
    # + model.compile("adam", "mse")
    return model.predict(np.ones((8, 4)))
