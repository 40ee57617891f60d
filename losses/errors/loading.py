"""Models that are saved with a loss, and loaded."""

import keras
import numpy as np
from keras import layers, ops

from losses.evidence.declarations import error


@error("TypeError")
def own_loss_not_registered():
    """The model was saved with a loss of your own, and Keras does not know its name.

    Register it, and import its file before `load_model`. Or hand it over in
    `custom_objects`, or load with `compile=False`.
    """

    def squared(y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=squared)
    model.fit(np.ones((8, 4)), np.ones((8, 1)))
    model.save("model.keras")
    return keras.models.load_model("model.keras")  # -
    # + own = {"squared": squared}
    # + return keras.models.load_model("model.keras", custom_objects=own)


@error("TypeError")
def own_loss_of_a_class():
    """The model was saved with a loss of a class of your own, and Keras does not know
    the class.

    Put `@keras.saving.register_keras_serializable()` above it.
    """

    class Squared(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return ops.mean(ops.square(y_true - y_pred), axis=-1)

    # + keras.saving.register_keras_serializable()(Squared)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=Squared())
    model.fit(np.ones((8, 4)), np.ones((8, 1)))
    model.save("model.keras")
    return keras.models.load_model("model.keras")


@error("TypeError")
def loss_without_a_config():
    """A class of losses takes an argument that its `get_config` does not give.

    `get_config` returns all that `__init__` takes.
    """

    @keras.saving.register_keras_serializable()
    class Weighted(keras.losses.Loss):
        def __init__(self, weight, **options):
            super().__init__(**options)
            self.weight = weight

        # + def get_config(self):
        # +     return {**super().get_config(), "weight": self.weight}

        def call(self, y_true, y_pred):
            return self.weight * ops.mean(ops.square(y_true - y_pred), axis=-1)

    config = keras.losses.serialize(Weighted(2.0))
    return keras.losses.deserialize(config)


@error("TypeError")
def bound_method():
    """The loss of the saved model is a method of an object: `loss=self.compute`.

    A method has no name by which it could be found again. Make it a function, or load
    with `compile=False`.
    """

    class Losses:
        def squared(self, y_true, y_pred):
            return ops.mean(ops.square(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss=Losses().squared)
    model.fit(np.ones((8, 4)), np.ones((8, 1)))
    model.save("model.keras")
    return keras.models.load_model("model.keras")  # -
    # + return keras.models.load_model("model.keras", compile=False)


@error("ValueError")
def lambda_as_a_loss():
    """The loss of the saved model is a lambda, and Keras runs none from a file.

    Give it a name with `def`, and register it. Whoever trusts the file loads it with
    `safe_mode=False`.
    """
    losses = {"loss": lambda y_true, y_pred: ops.abs(y_true - y_pred)}
    config = keras.saving.serialize_keras_object(losses["loss"])
    return keras.saving.deserialize_keras_object(config)  # -
    # + return keras.saving.deserialize_keras_object(config, safe_mode=False)


@error("UserWarning")
def lambda_serialized():
    """The loss is a lambda, which is saved as bytes of Python, and is refused when the
    model is loaded.

    Give it a name with `def`, and register it.
    """
    losses = {"loss": lambda y_true, y_pred: ops.abs(y_true - y_pred)}  # -
    # + losses = {"loss": keras.losses.mean_absolute_error}
    return keras.saving.serialize_keras_object(losses["loss"])


@error("ValueError")
def registered_without_a_config():
    """`register_keras_serializable` stands above a class without `get_config`.

    Derive it from `keras.losses.Loss`, or write the method.
    """

    # + class Squared(keras.losses.Loss):
    class Squared:  # -
        def __call__(self, y_true, y_pred, sample_weight=None):
            return ops.mean(ops.square(y_true - y_pred))

    return keras.saving.register_keras_serializable()(Squared)


@error("TypeError")
def config_that_is_no_dict():
    """`get_config` of a loss returns nothing, or no dict."""

    class Squared(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return ops.mean(ops.square(y_true - y_pred), axis=-1)

        def get_config(self):
            super().get_config()  # -
            # + return super().get_config()

    return keras.losses.serialize(Squared())


@error("UserWarning")
def own_compile():
    """The model has a `compile` of its own, and loading cannot call it.

    Write `get_compile_config` and `compile_from_config`, or compile after loading.
    """

    @keras.saving.register_keras_serializable(name="Weighted")
    class Weighted(keras.Sequential):
        def compile(self, weight, **options):
            super().compile(**options)
            self.weight = weight

        # + def get_compile_config(self):
        # +     return {}

    model = Weighted([keras.Input((4,)), layers.Dense(1)])
    model.compile(2.0, optimizer="adam", loss="mse")
    model.save("model.keras")
    return keras.models.load_model("model.keras")


@error("ValueError")
def saved_without_a_format():
    """The file of the model has no ending that Keras 3 knows: ".keras" or ".h5"."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss="mse")
    return model.save("model")  # -
    # + return model.save("model.keras")


@error("TypeError")
def object_as_a_loss():
    """The loss is an object of a class that is no `keras.losses.Loss`, and cannot be
    saved.

    Derive the class from `keras.losses.Loss`, or give it `get_config`.
    """

    # + class Squared(keras.losses.Loss):
    class Squared:  # -
        def __call__(self, y_true, y_pred, sample_weight=None):
            return ops.mean(ops.square(y_true - y_pred))

    return keras.saving.serialize_keras_object(Squared())


@error("TypeError")
def config_that_is_no_config():
    """`deserialize` got something that no loss was made of: an object, not a dict."""
    config = keras.losses.MeanSquaredError()
    # + config = keras.losses.serialize(config)
    return keras.saving.deserialize_keras_object(config)


@error("ValueError")
def config_without_a_class():
    """`keras.losses.deserialize` got the dict of `get_config`, which names no class.

    `keras.losses.serialize` gives a dict that does.
    """
    loss = keras.losses.Huber(2.0)
    config = {"config": loss.get_config()}  # -
    # + config = keras.losses.serialize(loss)
    return keras.losses.deserialize(config)
