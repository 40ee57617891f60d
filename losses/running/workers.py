"""Two processes that train together on localhost, as they would on two machines.

Each joins the other by its rank, and then runs the same subjects in the same order.
"""

from types import SimpleNamespace

import keras
import numpy as np

from losses.running import backend
from losses.running.bench import USUAL, Bench, trained
from losses.running.observe import Impossible
from losses.running.probes.devices import beside_one, distributed, evenly


class Worker:
    """This process, which trains together with another one. TensorFlow learns of the
    cluster by `TF_CONFIG`, which must be there before."""

    this = None

    @classmethod
    def join(cls, rank, ports):
        """Make this process one of two, which listen at these ports."""
        cls.this = cls(rank, ports)

    @classmethod
    def joined(cls):
        """This process, once it is one of two."""
        if cls.this is None:
            raise Impossible("this process has joined no other")
        return cls.this

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
        return beside_one(
            lambda: trained(subject, case, self._bench(case), rows),
            lambda: trained(subject, case, Bench(case.y_pred, 1.0, USUAL), rows),
        )

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
        halves = _halves(self.rank, x, y, arguments.pop("sample_weight", None))
        given = dict(zip(("x", "y", "sample_weight"), halves))
        return super().run_fit(**given, **arguments)


class Looped(Bench):
    """A training loop around `strategy.run`: `fit` does not run under this strategy."""

    def __init__(self, y_pred, rank, strategy):
        super().__init__(y_pred, 1.0, USUAL, scope=strategy.scope)
        self.rank, self.strategy = rank, strategy

    def run_fit(self, x, y, **arguments):
        import tensorflow as tf

        strategy, model = self.strategy, self.model
        halves = _halves(self.rank, x, y, arguments.pop("sample_weight", None))
        if arguments:
            raise Impossible(f"compute_loss takes no {', '.join(arguments)}")

        def train(x, y, weights=None):
            with tf.GradientTape() as tape:
                y_pred = model(x, training=True)
                loss = model.compute_loss(x, y, y_pred, weights)
            gradients = tape.gradient(loss, model.trainable_variables)
            model.optimizer.apply_gradients(zip(gradients, model.trainable_variables))
            return loss

        @tf.function
        def step(*batch):
            losses = strategy.run(train, args=batch)
            return strategy.reduce(tf.distribute.ReduceOp.SUM, losses, axis=None)

        batch = keras.tree.map_structure(tf.constant, halves)
        return SimpleNamespace(history={"loss": [float(step(*batch))]})


def _halves(rank, x, y, weights):
    """What one of two processes has of a batch: no weights where there are none."""
    batch = (x, y) if weights is None else (x, y, weights)
    return keras.tree.map_structure(lambda part: np.split(part, 2)[rank], batch)
