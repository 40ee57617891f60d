"""Several processes that Ray starts: `JaxTrainer` and `keras.distribution` on JAX."""

import os

os.environ["KERAS_BACKEND"] = "jax"  # Ray hands it on

import ray.train
from ray.train.collective import broadcast_from_rank_zero
from ray.train.v2.jax import JaxTrainer
from ray.util import get_node_ip_address


def main():
    """What every worker does."""
    import jax
    import keras
    import numpy as np

    import losses

    context = ray.train.get_context()
    process, processes = context.get_world_rank(), context.get_world_size()
    first = broadcast_from_rank_zero(f"{get_node_ip_address()}:14300")
    if not jax.distributed.is_initialized():  # on GPUs and TPUs Ray has done it
        keras.distribution.initialize(first, processes, process)

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

    together = keras.distribution.DataParallel(auto_shard_dataset=False)
    rows = []
    for loss in losses.MeanSquaredError(), losses.Dice(over="batch"):
        for last in 8, 6, 7:
            whole = x[: 8 + last], y[: 8 + last]
            mine = [part[process::processes] for part in whole]
            one, alone = train(loss, *whole, 8)
            two, shared = train(loss, *mine, 8 // processes, together)
            size, other, off = map(np.linalg.norm, (alone, shared, shared - alone))
            rows.append(
                f"{type(loss).__name__:16} {last:10} {one:11.4f} {two:8.4f} "
                f"{size:11.4f} {other:8.4f} {off / size:7.1%}"
            )
    return rows


trainer = JaxTrainer(main, scaling_config=ray.train.ScalingConfig(num_workers=2))
rows = trainer.fit().return_value  # of the first worker
print("loss             last batch  loss alone together  step alone together   apart")
print(*rows, sep="\n")
