"""A model whose predictions are given."""

from contextlib import nullcontext

import keras
import numpy as np
from keras import ops

from losses.evidence.outcomes import Returns
from losses.running import backend
from losses.running.observe import Impossible


class Table(keras.layers.Layer):
    """Predictions as weights: row numbers in, the rows out."""

    def __init__(self, size, **arguments):
        super().__init__(**arguments)
        self.size = size

    def build(self, _):
        self.rows = self.add_weight(
            name="rows", shape=self.size, initializer="zeros", dtype=self.variable_dtype
        )

    def call(self, numbers):
        return ops.take(ops.cast(self.rows, self.compute_dtype), numbers, axis=0)

    def get_config(self):
        return {**super().get_config(), "size": self.size}


class Bench:
    """A model whose predictions are given. `compile` and `fit` as a user calls them;
    how they run is decided here.

    Args:
        y_pred: the predictions; a dict or a tuple for several outputs.
        learning_rate: 0 leaves them as they are; a schedule will do.
        compile_with: arguments that go before those of the user.
        fit_with: arguments for where the user gives none.
        scope: a context in which the model is made, compiled and trained.
        make: makes the model, by default a table of the predictions.
    """

    def __init__(
        self,
        y_pred,
        learning_rate=1.0,
        compile_with=None,
        fit_with=None,
        scope=nullcontext,
        make=None,
    ):
        self.scope = scope
        with scope():
            self.model = (make or table_model)(structured(y_pred, backend.as_array))
        self.batch = batch_of(y_pred)
        self.learning_rate = learning_rate
        self.compile_with, self.fit_with = compile_with or {}, fit_with or {}
        self.seen = None

    def compile(self, *_, **arguments):
        with self.scope():
            optimizer = keras.optimizers.SGD(self.learning_rate)
            if any(
                layer.dtype_policy.name == "mixed_float16"
                for layer in self.model.layers
            ):
                optimizer = backend.unscaled(optimizer)
            self.model.compile(optimizer, **{**arguments, **self.compile_with})

    def fit(self, x, y, **arguments):
        before = self.weights()
        if "sample_weight" in arguments:
            arguments["sample_weight"] = self._of(x, arguments["sample_weight"])
        with self.scope():
            history = self.run_fit(x, y, **{**self.fit_with, **arguments})
        step = distance(before, self.weights()) if self.learning_rate else None
        self.seen = Returns(history.history["loss"][0], step=step)
        return history

    def _of(self, rows, weights):
        """The weights of these rows: what a script brings belongs to the samples of its
        case, and some ways of running repeat them or leave some out."""

        if np.ndim(rows) > 1:
            raise Impossible("its weights belong to samples, and a row is a position")

        def taken(part):
            part = np.asarray(part)
            return np.take(part, rows, axis=0) if len(part) == self.batch else part

        if isinstance(weights, list) and np.ndim(weights[0]):  # one for each output
            return [taken(part) for part in weights]
        return structured(weights, taken)

    def run_fit(self, x, y, **arguments):
        given = {"batch_size": len(x), "shuffle": False, "verbose": 0, **arguments}
        return self.model.fit(x, y, **given)

    def weights(self):
        return self.model.get_weights()

    def __getattr__(self, name):
        return getattr(self.model, name)


MODES = {
    "fit_eager": {"run_eagerly": True},
    "fit_graph": {"jit_compile": False},
    "fit_xla": {"jit_compile": True},
}
# How Keras runs `fit` on a processor if nothing is said: with the errors that are seen.
USUAL = {"run_eagerly": False, "jit_compile": backend.NAME == "jax"}

# Where the numbers are what matters: nothing is compiled for them.
EAGER = MODES["fit_eager"]


def fit(subject, case, compile_with=USUAL, fit_with=None):
    """One step of training, and what it showed."""
    bench = Bench(case.y_pred, 1.0, compile_with, fit_with)
    return trained(subject, case, bench)


def trained(subject, case, bench, rows=None):
    """What a bench shows of these samples of a case, by default of all."""
    if rows is None:
        rows, labels = np.arange(bench.batch), structured(case.y_true, np.asarray)
    else:
        labels = structured(case.y_true, lambda part: np.take(part, rows, axis=0))
    subject.train(bench, rows, labels)
    return bench.seen


def structured(values, convert):
    """`convert` applied to the array of each output: of a dict, or of a tuple, which
    stands for a list of outputs; anything else is one array."""
    if isinstance(values, dict):
        return {name: convert(part) for name, part in values.items()}
    if isinstance(values, tuple):
        return [convert(part) for part in values]
    return convert(values)


def distance(before, after):
    """The norm of the step from some weights to others."""
    moved = (old - new for old, new in zip(before, after))
    return float(np.sqrt(sum(np.sum(np.square(part)) for part in moved)))


def batch_of(values):
    """The number of samples."""
    return len(keras.tree.flatten(structured(values, np.asarray))[0])


def table_model(y_pred):
    """A model that gives `y_pred`; outputs of a list are named first, second, third."""
    numbers = keras.Input((), dtype="int32")
    names = y_pred if isinstance(y_pred, dict) else ("first", "second", "third")
    parts = keras.tree.flatten(y_pred)
    tables = [Table(part.shape, name=name) for part, name in zip(parts, names)]
    outputs = [table(numbers) for table in tables]
    model = keras.Model(numbers, keras.tree.pack_sequence_as(y_pred, outputs))
    for table, part in zip(tables, parts):
        table.rows.assign(part)
    return model
