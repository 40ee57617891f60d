"""Several processes, on one machine or on many: `MultiWorkerMirroredStrategy` and a
loop of your own. `fit` does not work under it in Keras 3."""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf

import losses

# Who takes part stands in TF_CONFIG. Workers on one machine share its GPUs by
# CUDA_VISIBLE_DEVICES, each its own.
strategy = tf.distribute.MultiWorkerMirroredStrategy()
show = print if strategy.cluster_resolver.task_id == 0 else lambda line: None

rng = np.random.default_rng(0)
x = rng.normal(size=(8, 5)).astype("float32")
y = rng.integers(0, 2, size=(8, 4)).astype("float32")


def train(loss, size, distribute, run):
    """One batch of `size` samples: the loss, and the step."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4, "sigmoid")])
    optimizer = keras.optimizers.SGD(1.0)
    optimizer.build(model.trainable_variables)

    def replica(x, y):
        """What one replica does with its part of the batch."""
        context = tf.distribute.get_replica_context()
        samples = context.all_reduce(tf.distribute.ReduceOp.SUM, tf.shape(y)[0])
        with tf.GradientTape() as tape:
            share = tf.reduce_sum(loss(y, model(x))) / tf.cast(samples, "float32")
        gradients = tape.gradient(share, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return context.all_reduce(tf.distribute.ReduceOp.SUM, share)

    [before, _] = model.get_weights()
    step = tf.function(lambda batch: run(replica, batch))
    for batch in distribute(tf.data.Dataset.from_tensors((x[:size], y[:size]))):
        [seen] = strategy.experimental_local_results(step(batch))
    return float(seen), model.get_weights()[0] - before


show("loss             last batch  loss alone together  step alone together   apart")
for kind, options in (losses.MeanSquaredError, {}), (losses.Dice, {"over": "batch"}):
    loss = kind(**options, reduction="none")  # the loop takes the mean
    for last in 8, 6, 7, 1:
        one, alone = train(loss, last, iter, lambda step, batch: step(*batch))
        with strategy.scope():
            distribute = strategy.experimental_distribute_dataset
            two, shared = train(loss, last, distribute, strategy.run)
        size, other, off = map(np.linalg.norm, (alone, shared, shared - alone))
        show(
            f"{kind.__name__:16} {last:10} {one:11.4f} {two:8.4f} "
            f"{size:11.4f} {other:8.4f} {off / size:7.1%}"
        )
