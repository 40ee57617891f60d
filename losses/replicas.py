"""Several replicas: what a loss that couples the samples of a batch adds up."""

import keras


def summed(values):
    """The sum over the replicas of a `tf.distribute` strategy.

    A replica holds a part of the batch, and what is summed over that part is summed
    here over the whole of it. `values` come back as they are where there is no other
    replica: without a strategy, while Keras builds a model under one, and on other
    backends. There an array holds the whole batch wherever its parts lie, as under
    `keras.distribution`; under `jax.pmap` and PyTorch's `DistributedDataParallel` it
    does not, and each part is a batch of its own.

    Args:
        values: a tensor, or a list of tensors: sums over the batch. Each has the same
            shape on every replica.
    """
    if keras.config.backend() != "tensorflow":
        return values
    import tensorflow as tf

    context = tf.distribute.get_replica_context()  # None outside of every replica
    if context is None or context.num_replicas_in_sync == 1:
        return values
    return context.all_reduce(tf.distribute.ReduceOp.SUM, values)
