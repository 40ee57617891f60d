"""Steps of training: gradients, `add_loss`, `train_step` and optimizers."""

import keras
import numpy as np
from keras import layers, ops

from losses.evidence.declarations import error


@error(tensorflow="ValueError")
def no_gradient():
    """No gradient passes through the loss: it rounds, compares, counts, takes an argmax
    or computes in NumPy.

    Such a number goes to `metrics`. Train by a loss that changes with the prediction.
    """

    def wrong_answers(y_true, y_pred):
        return ops.mean(ops.abs(y_true - ops.round(y_pred)), axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", loss=wrong_answers)  # -
    # + model.compile("adam", loss="binary_crossentropy", metrics=[wrong_answers])
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(tensorflow="ValueError", torch="RuntimeError")
def predictions_not_used():
    """The loss does not depend on the predictions of the model.

    It uses labels or constants alone, or predictions of something else.
    """

    def squared(y_true, y_pred):
        return ops.mean(ops.square(y_true), axis=-1)  # -
        # + return ops.mean(ops.square(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=squared)
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(tensorflow="UserWarning")
def output_without_a_loss():
    """A part of the model leads to no loss: an output without one, or a layer that
    nothing uses.

    Give each output a loss. What is not to be trained gets `trainable = False`.
    """
    inputs = keras.Input((4,))
    model = keras.Model(inputs, [layers.Dense(1)(inputs), layers.Dense(1)(inputs)])
    model.compile("adam", loss=["mse", None])  # -
    # + model.compile("adam", loss=["mse", "mse"])
    y = np.ones((8, 1))
    return model.fit(np.ones((8, 4)), [y, y])


@error(tensorflow="UserWarning", torch="UserWarning")
def nothing_to_train():
    """All variables are frozen: the loss stays where it is.

    `trainable = False` on a model holds for all of its layers.
    """
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.trainable = False  # -
    model.compile("adam", loss="mse")
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("NotImplementedError")
def loss_added_to_a_functional_model():
    """`model.add_loss(tensor)` is gone from functional models in Keras 3.

    Call `self.add_loss` in the `call` of a layer that gets the tensor.
    """

    class Penalty(layers.Layer):
        def call(self, x):
            self.add_loss(0.1 * ops.mean(ops.square(x)))
            return x

    inputs = keras.Input((4,))
    code = layers.Dense(2)(inputs)
    # + code = Penalty()(code)
    model = keras.Model(inputs, layers.Dense(4)(code))
    model.add_loss(0.1 * ops.mean(ops.square(code)))  # -
    model.compile("adam", loss="mse")
    return model.fit(np.ones((8, 4)), np.ones((8, 4)))


@error(tensorflow="ValueError")
def compute_loss_by_place():
    """`self.compute_loss(y, y_pred)`: its first argument is `x`, and so labels are
    missing.

    Name the arguments: `compute_loss(x=x, y=y, y_pred=y_pred)`.
    """
    import tensorflow as tf

    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.head = layers.Dense(1)

        def call(self, x):
            return self.head(x)

        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                loss = self.compute_loss(y, self(x, training=True))  # -
                # + loss = self.compute_loss(x, y, self(x, training=True))
            slopes = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply_gradients(zip(slopes, self.trainable_variables))
            return {"loss": loss}

    model = Model()
    model.compile("adam", loss="mse")
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(tensorflow="TypeError")
def integers_in_a_step():
    """A `train_step` computes with integer labels and float predictions.

    A loss of Keras casts labels, and a product in the step does not. Cast them first:
    `ops.cast(y, y_pred.dtype)`.
    """
    import tensorflow as tf

    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.head = layers.Dense(1)

        def call(self, x):
            return self.head(x)

        def train_step(self, data):
            x, y = data
            # + y = tf.cast(y, "float32")
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(y - self(x, training=True)))
            slopes = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply(slopes, self.trainable_variables)
            return {"loss": loss}

    model = Model()
    model.compile("adam")
    return model.fit(np.ones((8, 4)), np.ones((8, 1), "int64"))


@error(tensorflow="AttributeError")
def step_of_keras_2():
    """`compiled_loss(y, y_pred, regularization_losses=...)` of Keras 2 is gone.

    `self.compute_loss(x, y, y_pred, sample_weight)` adds regularisation itself.
    """
    import tensorflow as tf

    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.head = layers.Dense(1)

        def call(self, x):
            return self.head(x)

        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                loss = self.compute_loss(x, y, self(x, training=True))
            self.optimizer.minimize(loss, self.trainable_variables, tape)  # -
            # + slopes = tape.gradient(loss, self.trainable_variables)
            # + self.optimizer.apply(slopes, self.trainable_variables)
            return {"loss": loss}

    model = Model()
    model.compile("adam", loss="mse")
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(tensorflow="UserWarning", jax="AttributeError", torch="AttributeError")
def compiled_loss_of_keras_2():
    """`self.compiled_loss(...)` in a `train_step` is that of Keras 2.

    Call `self.compute_loss(x, y, y_pred, sample_weight)`.
    """
    x, y = np.ones((8, 4), "float32"), np.ones((8, 1), "float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss="mse")
    return model.compiled_loss(y, model(x))  # -
    # + return model.compute_loss(x, y, model(x))


@error(tensorflow="UserWarning", jax="AttributeError", torch="AttributeError")
def loss_of_a_model():
    """`model.loss` is a function in Keras 3, and not what `compile` got.

    Call `self.compute_loss(x, y, y_pred, sample_weight)`.
    """
    x, y = np.ones((8, 4), "float32"), np.ones((8, 1), "float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss="mse")
    return keras.Model.loss(model, y, model(x))  # -
    # + return model.compute_loss(x, y, model(x))


@error(tensorflow="UserWarning", jax="AttributeError", torch="AttributeError")
def compiled_metrics_of_keras_2():
    """`self.compiled_metrics.update_state(...)` in a `train_step` is that of Keras 2.

    Call `self.compute_metrics(x, y, y_pred, sample_weight)`.
    """
    x, y = np.ones((8, 4), "float32"), np.ones((8, 1), "float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss="mse", metrics=["mae"])
    return model.compiled_metrics.update_state(y, model(x))  # -
    # + return model.compute_metrics(x, y, model(x), None)


@error(tensorflow="ValueError", torch="ValueError")
def optimizer_of_another_model():
    """The optimizer was made for other variables: of another model, or from before a
    layer was added or unfrozen.

    Give each model an optimizer of its own, and compile again after a change.
    """
    first = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    second = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    optimizer = keras.optimizers.Adam()
    first.compile(optimizer, "mse")
    first.fit(np.ones((8, 4)), np.ones((8, 1)))
    second.compile(optimizer, "mse")  # -
    # + second.compile(keras.optimizers.Adam(), "mse")
    return second.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("ValueError")
def learning_rate_as_lr():
    """An optimizer got a word of Keras 2, such as `lr`: it is `learning_rate` now."""
    optimizer = keras.optimizers.Adam(lr=1e-3)  # -
    # + optimizer = keras.optimizers.Adam(learning_rate=1e-3)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile(optimizer, "mse")
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("UserWarning")
def decay_of_keras_2():
    """`decay` of an optimizer is ignored in Keras 3.

    Give a schedule as the learning rate.
    """
    optimizer = keras.optimizers.Adam(decay=1e-3)  # -
    # + rate = keras.optimizers.schedules.InverseTimeDecay(1e-3, 1, 1e-3)
    # + optimizer = keras.optimizers.Adam(rate)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile(optimizer, "mse")
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("ValueError")
def loss_in_the_place_of_a_rate():
    """The learning rate is neither a number, nor a schedule, nor a function."""
    optimizer = keras.optimizers.Adam("0.001")  # -
    # + optimizer = keras.optimizers.Adam(0.001)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile(optimizer, "mse")
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(tensorflow="RuntimeError")
def gradients_of_keras_2():
    """`tf.gradients` or `K.gradients` is asked for a slope outside of a graph.

    Take a `tf.GradientTape`, in a `train_step` of your own.
    """
    import tensorflow as tf

    x = tf.constant([1.0, 2.0])
    return tf.gradients(tf.square(x), x)  # -
    # + with tf.GradientTape() as tape:
    # +     tape.watch(x)
    # +     squared = tf.square(x)
    # + return tape.gradient(squared, x)
