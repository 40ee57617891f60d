"""Sum or gather values across `tf.distribute` replicas."""

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
    context = _several()
    return values if context is None else context.all_reduce("SUM", values)


def gathered(values):
    """The samples of all replicas of a `tf.distribute` strategy, in one batch.

    For what cannot be summed, such as a ranking. Where there is no other replica, and
    there only, as for `summed`, `values` come back as they are. It costs the memory of
    the whole batch on every replica.

    Args:
        values: a tensor `(batch, ...)`. The batch may differ between the replicas.
    """
    context = _several()
    return values if context is None else context.all_gather(values, axis=0)


def _several():
    """The context of this replica, or None where there is no other."""
    if keras.config.backend() != "tensorflow":
        return None
    import tensorflow as tf

    context = tf.distribute.get_replica_context()  # None outside of every replica
    alone = context is None or context.num_replicas_in_sync == 1
    return None if alone else context
