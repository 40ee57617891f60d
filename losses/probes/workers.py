"""Two processes that train together on localhost, as they would on two machines.

Each joins the other by its rank, and then runs the same subjects in the same order.
"""

from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np

from losses.outcomes import observe
from losses.probes import backend
from losses.probes.bench import USUAL, Bench
from losses.probes.devices import distributed, evenly, trained


class Joined:
    """This process and another one. TensorFlow learns of the cluster by `TF_CONFIG`,
    which must be there before it is imported."""

    def __init__(self, rank, ports):
        self.rank = rank
        if backend.NAME == "jax":
            addresses = ",".join(f"127.0.0.1:{port}" for port in ports)
            keras.distribution.initialize(addresses, len(ports), rank)
        else:
            import tensorflow as tf

            self.strategy = tf.distribute.MultiWorkerMirroredStrategy()

    def run(self, subject, case):
        """What both do with the batch, beside what this one does alone."""
        rows = evenly(case)
        alone = observe(lambda: self._alone(subject, case, rows))
        together = observe(lambda: trained(subject, case, rows, self._bench(case)))
        return (
            replace(together, alone=alone) if hasattr(together, "alone") else together
        )

    def _alone(self, subject, case, rows):
        return trained(subject, case, rows, Bench(case.y_pred, 1.0, USUAL))

    def _bench(self, case):
        if backend.NAME == "jax":
            return Sharded(case.y_pred, self.rank)
        if backend.LEGACY:
            return Bench(case.y_pred, 1.0, USUAL, scope=self.strategy.scope)
        return Looped(case.y_pred, self.rank, self.strategy)


class Sharded(Bench):
    """`fit` of JAX, in which each process is given its half of the batch."""

    def __init__(self, y_pred, rank):
        super().__init__(y_pred, 1.0, USUAL, scope=distributed)
        self.rank = rank

    def run_fit(self, x, y, **arguments):
        half = np.split(np.arange(len(x)), 2)[self.rank]
        labels = keras.tree.map_structure(lambda part: part[half], y)
        return super().run_fit(x[half], labels, **arguments)


class Looped(Bench):
    """A training loop around `strategy.run`: `fit` does not run under this strategy."""

    def __init__(self, y_pred, rank, strategy):
        super().__init__(y_pred, 1.0, USUAL, scope=strategy.scope)
        self.rank, self.strategy = rank, strategy

    def run_fit(self, x, y, **arguments):
        import tensorflow as tf

        strategy, model = self.strategy, self.model
        half = np.split(np.arange(len(x)), 2)[self.rank]

        def train(x, y):
            with tf.GradientTape() as tape:
                y_pred = model(x, training=True)
                loss = model.compute_loss(x=x, y=y, y_pred=y_pred)
            gradients = tape.gradient(loss, model.trainable_variables)
            model.optimizer.apply_gradients(zip(gradients, model.trainable_variables))
            return loss

        @tf.function
        def step(x, y):
            losses = strategy.run(train, args=(x, y))
            return strategy.reduce(tf.distribute.ReduceOp.SUM, losses, axis=None)

        batch = keras.tree.map_structure(lambda part: tf.constant(part[half]), (x, y))
        return SimpleNamespace(history={"loss": [float(step(*batch))]})
