"""`keras.distribution.DataParallel` on TensorFlow: no error, and nothing is shared."""

import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf

[processor] = tf.config.list_physical_devices("CPU")
halves = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(processor, halves)
keras.distribution.set_distribution(keras.distribution.DataParallel())


def loss(y_true, y_pred):
    where, samples = y_pred.device[-5:], tf.shape(y_pred)[0]
    tf.print(samples, "samples on", where, output_stream=sys.stdout)
    return keras.losses.mean_squared_error(y_true, y_pred)


model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4)])
model.compile("sgd", loss=loss, run_eagerly=True)
print("devices:", *keras.distribution.list_devices())
model.fit(np.zeros((8, 5)), np.zeros((8, 4)), verbose=0)
print("the weights are on", model.weights[0].value.device[-5:])
