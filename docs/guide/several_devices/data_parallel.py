"""Several devices in one process: `keras.distribution.DataParallel` on JAX."""

import os

os.environ["KERAS_BACKEND"] = "jax"
# One processor as two devices. With two GPUs or TPUs leave this out; with more, take
# batches that their number divides.
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"

import keras
import numpy as np

import losses

rng = np.random.default_rng(0)
x = rng.normal(size=(16, 5)).astype("float32")
y = rng.integers(0, 2, size=(16, 4)).astype("float32")


def train(loss, last, distribution):
    """Two batches, of 8 and of `last` samples: the loss, and the step of the second."""
    keras.distribution.set_distribution(distribution)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4, "sigmoid")])
    rate = keras.optimizers.schedules.PiecewiseConstantDecay([0], [0.0, 1.0])
    model.compile(keras.optimizers.SGD(rate), loss=loss)
    [before, _], end = model.get_weights(), 8 + last
    seen = model.fit(x[:end], y[:end], batch_size=8, shuffle=False, verbose=0)
    return seen.history["loss"][0], model.get_weights()[0] - before


print("loss             last batch  loss alone together  step alone together   apart")
for loss in losses.MeanSquaredError(), losses.Dice(over="batch"):
    for last in 8, 6:
        one, alone = train(loss, last, None)
        two, shared = train(loss, last, keras.distribution.DataParallel())
        size, other, off = map(np.linalg.norm, (alone, shared, shared - alone))
        print(
            f"{type(loss).__name__:16} {last:10} {one:11.4f} {two:8.4f} "
            f"{size:11.4f} {other:8.4f} {off / size:7.1%}"
        )
