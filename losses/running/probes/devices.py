"""Ways of running a loss on two devices, each beside what one device does."""

from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import keras
import numpy as np

from losses.running import backend
from losses.running.bench import EAGER, USUAL, Bench, batch_of, trained
from losses.running.observe import Impossible, observe
from losses.running.probe import probe


@probe(
    phrase="`fit` on two replicas",
    column="2 rep-\nlicas",
    compared_with="fit_graph",
)
def two_replicas(subject, case):
    """`fit` under `MirroredStrategy` on two devices, the batch split evenly. A batch of
    odd size holds every sample twice."""
    return _shared(subject, case, evenly(case), mirrored().scope, (1.0, EAGER))


@probe(
    phrase="`fit` on two replicas with unequal shares",
    column="uneven\nshares",
    compared_with="itself",
)
def two_replicas_uneven(subject, case):
    """An epoch of two batches under `MirroredStrategy`: the second, from which alone is
    learned, gives one device a sample more. The first must split evenly, because Keras
    builds the loss with it; the loss is the mean over both."""
    strategy = mirrored()
    uneven = np.append(evenly(case), 0)
    rows = np.concatenate([uneven, uneven[:1], uneven])
    second = keras.optimizers.schedules.PiecewiseConstantDecay([0], [0.0, 1.0])
    given = (second, EAGER, {"batch_size": len(uneven) + 1})
    return _shared(subject, case, rows, strategy.scope, given)


@probe(
    phrase="`fit` under `DataParallel` on two devices",
    column="Data-\nParallel",
    compared_with="fit_graph",
)
def data_parallel(subject, case):
    """`fit` under `keras.distribution.DataParallel` on two devices."""
    if backend.LEGACY or backend.NAME == "torch":
        raise Impossible("there is no keras.distribution")
    if backend.NAME == "tensorflow":
        raise Impossible("keras.distribution shares nothing on TensorFlow")
    return _shared(subject, case, evenly(case), distributed, (1.0, USUAL))


@probe(
    phrase="a training step of two processes",
    column="2 work-\ners",
    compared_with="fit_graph",
)
def two_workers(subject, case):
    """A training step of two processes, each with half of the batch. It runs in a
    process that has joined another: see `losses.running.workers`."""
    from losses.running.workers import Worker

    return Worker.joined().run(subject, case)


def evenly(case):
    """Numbers of samples that two devices can share."""
    batch = batch_of(case.y_pred)
    return np.arange(batch) if batch % 2 == 0 else np.repeat(np.arange(batch), 2)


def beside_one(together, alone):
    """What several devices do, beside what one does: both are run here."""
    return replace(together(), alone=observe(alone))


def _shared(subject, case, rows, scope, given):
    return beside_one(
        lambda: trained(subject, case, Bench(case.y_pred, *given, scope=scope), rows),
        lambda: trained(subject, case, Bench(case.y_pred, *given), rows),
    )


@contextmanager
def distributed():
    """Keras keeps the distribution of a model with its variables."""
    devices = keras.distribution.list_devices("cpu")[:2]
    if len(devices) < 2:
        raise Impossible("this process has one device")
    before = keras.distribution.distribution()
    keras.distribution.set_distribution(
        keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False)
    )
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)


@cache
def mirrored():
    """One for the whole process: a second one takes the collective operations of the
    first for its own, and finds that their shapes differ."""
    if backend.NAME != "tensorflow":
        raise Impossible("MirroredStrategy is TensorFlow's")
    import tensorflow as tf

    devices = tf.config.list_logical_devices("CPU")
    if len(devices) < 2:
        raise Impossible("this process has one logical device")
    # The sums of the default are the same, and start threads for each.
    return tf.distribute.MirroredStrategy(
        [device.name for device in devices[:2]],
        cross_device_ops=tf.distribute.ReductionToOneDevice(),
    )
