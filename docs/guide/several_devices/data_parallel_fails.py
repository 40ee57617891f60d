"""What fails under `keras.distribution.DataParallel` on JAX."""

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"

import keras
import numpy as np

keras.distribution.set_distribution(keras.distribution.DataParallel())


def train(samples):
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4)])
    model.compile("sgd", loss="mse")
    x, y = np.zeros((samples, 5)), np.zeros((samples, 4))
    model.fit(x, y, batch_size=8, verbose=0)


for samples in 16, 14, 15, 9:
    try:
        train(samples)
        print(f"8 + {samples - 8} samples: trained")
    except Exception as error:
        print(f"8 + {samples - 8} samples: {type(error).__name__}: {error}")
