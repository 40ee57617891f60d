"""What fails under `MirroredStrategy`."""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

from contextlib import nullcontext

import keras
import numpy as np
import tensorflow as tf

[processor] = tf.config.list_physical_devices("CPU")
halves = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(processor, halves)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def train(samples=16, made_in=strategy.scope, **compile_with):
    with made_in():
        model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4)])
    with strategy.scope():
        model.compile("sgd", loss="mse", **compile_with)
        x, y = np.zeros((samples, 5)), np.zeros((samples, 4))
        model.fit(x, y, batch_size=8, verbose=0)


for what, given in {
    "two batches of 8": {},
    "a first batch of 7": {"samples": 7},
    "jit_compile=True": {"jit_compile": True},
    "a model made outside of the scope": {"made_in": nullcontext},
}.items():
    try:
        train(**given)
        print(f"{what}: trained")
    except Exception as error:
        [first, *_] = str(error).splitlines() or [""]
        print(f"{what}: {type(error).__name__}: {first}")
