"""What goes into a model is not what it takes."""

import keras
import numpy as np
from keras import layers

from losses.evidence.declarations import script


@script(found_by="check_inputs_are_numbers")
def missing_values_in_x():
    """The loss is NaN from the first step on.

    Some measurements are missing and stand as NaN in the inputs. What is computed from
    them is NaN, and after one step so are all weights. Fill the gaps, or leave these
    rows out.
    """
    x = np.random.default_rng(0).normal(size=(64, 4))
    y = (x[:, 0] > 0).astype("int32")
    x[::9, 2] = np.nan
    # + x = np.nan_to_num(x)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", loss="binary_crossentropy")
    return model.fit(x, y)
