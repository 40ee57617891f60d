"""Several processes, on one machine or on many: `keras.distribution` on JAX."""

import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np

import losses

# KERAS_DISTRIBUTION_JOB_ADDRESSES, _NUM_PROCESSES and _PROCESS_ID say who takes part.
# Processes on one machine share its GPUs by CUDA_VISIBLE_DEVICES, each its own.
keras.distribution.initialize()
process = int(os.environ["KERAS_DISTRIBUTION_PROCESS_ID"])
processes = int(os.environ["KERAS_DISTRIBUTION_NUM_PROCESSES"])
show = print if process == 0 else lambda line: None

rng = np.random.default_rng(0)
x = rng.normal(size=(16, 5)).astype("float32")
y = rng.integers(0, 2, size=(16, 4)).astype("float32")


def train(loss, x, y, size, distribution=None):
    """Two batches: the loss, and the step of the second."""
    keras.distribution.set_distribution(distribution)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4, "sigmoid")])
    rate = keras.optimizers.schedules.PiecewiseConstantDecay([0], [0.0, 1.0])
    model.compile(keras.optimizers.SGD(rate), loss=loss)
    [before, _] = model.get_weights()
    seen = model.fit(x, y, batch_size=size, shuffle=False, verbose=0)
    return seen.history["loss"][0], model.get_weights()[0] - before


# Each process brings its own part of the data, so DataParallel must not cut it again.
together = keras.distribution.DataParallel(auto_shard_dataset=False)
show("loss             last batch  loss alone together  step alone together   apart")
for loss in losses.MeanSquaredError(), losses.Dice(over="batch"):
    for last in 8, 6, 7:
        whole = x[: 8 + last], y[: 8 + last]
        mine = [part[process::processes] for part in whole]
        one, alone = train(loss, *whole, 8)
        two, shared = train(loss, *mine, 8 // processes, together)
        size, other, off = map(np.linalg.norm, (alone, shared, shared - alone))
        show(
            f"{type(loss).__name__:16} {last:10} {one:11.4f} {two:8.4f} "
            f"{size:11.4f} {other:8.4f} {off / size:7.1%}"
        )
