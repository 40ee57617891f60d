"""`fit` under `MultiWorkerMirroredStrategy`."""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf

strategy = tf.distribute.MultiWorkerMirroredStrategy()
with strategy.scope():
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4)])
    model.compile("sgd", loss="mse")
try:
    model.fit(np.zeros((8, 5)), np.zeros((8, 4)), verbose=0)
    seen = "trained"
except Exception as error:
    [first, *_] = str(error).splitlines()
    seen = f"{type(error).__name__}: {first}"
if strategy.cluster_resolver.task_id == 0:
    print(seen)
