"""A saved model does not come back as it was."""

import keras
import numpy as np
from keras import layers

from losses.evidence.declarations import script


@script(found_by="check_model_saves", severity="warning")
def layer_without_its_options():
    """The model is loaded without a complaint, and predicts something else.

    `get_config` of a layer of one's own lists what `__init__` gets when it is loaded.
    The factor is not in it, and the loaded layer has the default.
    """

    @keras.saving.register_keras_serializable("flowers")
    class Scaled(layers.Layer):
        def __init__(self, factor=1.0, **options):
            super().__init__(**options)
            self.factor = factor

        def call(self, x):
            return self.factor * x

        def get_config(self):
            return super().get_config()  # -
            # + return {**super().get_config(), "factor": self.factor}

    x = np.random.default_rng(0).normal(size=(64, 4))
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1), Scaled(100.0)])
    model.compile("adam", loss="mse")
    return model.fit(x, 100 * x.sum(axis=-1))
