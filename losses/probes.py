"""The ways of running a loss: directly, through its gradient, and inside `fit`.

Inside `fit` the predictions are given: the model is a table of them, one row for each
sample, so that a training step with a learning rate of 1 moves the table by minus the
gradient. What is seen is the loss that Keras logs and the norm of that step.
"""

import inspect
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path

import keras
import numpy as np
from keras import ops

from losses.outcomes import Case, NotApplicable, Returns, observe


@dataclass(frozen=True)
class Subject:
    """What is run: `direct(y_true, y_pred)`, and `train(model, x, y)` inside `fit`.

    Either may be missing: a training script has no loss of its own to be called.
    """

    direct: Callable | None
    train: Callable
    custom_objects: dict

    @classmethod
    def of_variant(cls, variant, case):
        """A broken variant: a function, a `Loss` class, or a script `(model, x, y)`."""
        if inspect.isclass(variant):
            loss = variant(**accepted(variant, case.options))
            return cls(loss, _compiled(loss=loss), {variant.__name__: variant})
        if list(inspect.signature(variant).parameters)[:1] == ["model"]:
            return cls(None, variant, {})
        options = accepted(variant, case.options)
        if not options:
            return cls(variant, _compiled(loss=variant), {variant.__name__: variant})

        @wraps(variant)
        def loss(y_true, y_pred):
            return variant(y_true, y_pred, **options)

        return cls(loss, _compiled(loss=loss), {variant.__name__: loss})

    @classmethod
    def of_reference(cls, function, loss_class, case):
        """A loss of the catalog: its function directly, its class inside `fit`."""

        def direct(y_true, y_pred):
            return function(y_true, y_pred, **case.options)

        def train(model, x, y):
            loss = loss_class(**case.options)
            several = isinstance(case.y_pred, (dict, tuple))
            arguments = loss.compile_args(model) if several else {"loss": loss}
            return _compiled(**arguments)(model, x, y)

        return cls(direct, train, {})


class Table(keras.layers.Layer):
    """Predictions as weights: row numbers in, the rows out."""

    def __init__(self, size, **arguments):
        super().__init__(**arguments)
        self.size = size

    def build(self, _):
        self.rows = self.add_weight(shape=self.size, initializer="zeros")

    def call(self, numbers):
        return ops.take(self.rows, numbers, axis=0)

    def get_config(self):
        return {**super().get_config(), "size": self.size}


class Bench:
    """A model whose predictions are given. `compile` and `fit` as a user calls them;
    how they run is decided here."""

    def __init__(self, y_pred, learning_rate=1.0, compile_with=None, fit_with=None):
        self.model = _table_model(structured(y_pred, _floats))
        self.batch = len(self.model.get_weights()[0])
        self.learning_rate = learning_rate
        self.compile_with, self.fit_with = compile_with or {}, fit_with or {}
        self.seen = None

    def compile(self, *_, **arguments):
        optimizer = keras.optimizers.SGD(self.learning_rate)
        if self.model.dtype_policy.name == "mixed_float16":
            # Under the scale that Keras starts with, 2¹⁵, the first steps of many
            # losses overflow and are left out: then no gradient would be seen.
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=1)
        self.model.compile(optimizer, **{**arguments, **self.compile_with})

    def fit(self, x, y, **arguments):
        before = self.model.get_weights()
        history = self.model.fit(
            x,
            y,
            batch_size=self.batch,
            shuffle=False,
            verbose=0,
            **{**self.fit_with, **arguments},
        ).history
        moved = [old - new for old, new in zip(before, self.model.get_weights())]
        step = float(np.sqrt(sum(np.sum(np.square(part)) for part in moved)))
        self.seen = Returns(history["loss"][0], step=step)
        return history

    def __getattr__(self, name):
        return getattr(self.model, name)


MODES = {
    "fit_eager": {"run_eagerly": True},
    "fit_graph": {"jit_compile": False},
    "fit_xla": {"jit_compile": True},
}


def run_claim(claim):
    """What each part of a claim does, by way of running: `{part: {way: outcome}}`."""
    return {part: _run_part(code, claim) for part, code in claim.parts.items()}


def _run_part(code, claim):
    code = code.__func__ if isinstance(code, staticmethod) else code
    parameters = list(inspect.signature(code).parameters)
    if not parameters:
        ways = {"call": code}
    elif parameters == ["mode"]:
        ways = {way: partial(_logged, code, mode) for way, mode in MODES.items()}
    else:
        case = Case(claim.y_true, claim.y_pred, gives=None)
        subject = Subject.of_variant(code, case)
        names = claim.ways or ("call", *MODES)
        ways = {way: partial(PROBES[way], subject, case) for way in names}
    return {way: _observed_afresh(run) for way, run in ways.items()}


def _observed_afresh(run):
    """Names that Keras counts up, `dense_1`, start over: they stand in messages."""
    keras.utils.clear_session(free_memory=False)
    return observe(run)


def _logged(script, mode):
    return Returns(script(mode).history["loss"][0])


def accepted(variant, options):
    """Those of the options that a variant has a parameter for."""
    return {
        k: v for k, v in options.items() if k in inspect.signature(variant).parameters
    }


def run(probe, subject, case):
    """What `subject` does on the inputs of `case` in one way of running."""
    if probe in ("call", "gradient") and subject.direct is None:
        return NotApplicable("it is a training script")
    return observe(lambda: PROBES[probe](subject, case))


def call(subject, case):
    """`loss(y_true, y_pred)` with tensors."""
    return subject.direct(
        structured(case.y_true, ops.convert_to_tensor),
        structured(case.y_pred, ops.convert_to_tensor),
    )


def gradient(subject, case):
    """`tape.gradient` of what the loss returns: of its sum, where that is no scalar."""
    import tensorflow as tf

    y_true, y_pred = (
        structured(case.y_true, ops.convert_to_tensor),
        structured(case.y_pred, ops.convert_to_tensor),
    )
    with tf.GradientTape() as tape:
        tape.watch(y_pred)
        loss = subject.direct(y_true, y_pred)
    found = tape.gradient(loss, y_pred)
    return (
        keras.tree.map_structure(ops.convert_to_numpy, found)
        if found is not None
        else None
    )


def fit_eager(subject, case):
    """One step of `fit` with `run_eagerly=True`."""
    return _fit(subject, case, compile_with=MODES["fit_eager"])


def fit_graph(subject, case):
    """One step of `fit` as a graph, which is the default on a processor."""
    return _fit(subject, case, compile_with=MODES["fit_graph"])


def fit_xla(subject, case):
    """One step of `fit` with `jit_compile=True`, which is the default on a GPU."""
    return _fit(subject, case, compile_with=MODES["fit_xla"])


def sample_weight(subject, case):
    """`fit(sample_weight=...)`, by default 1 and 0 in turn."""
    weight = case.sample_weight
    if weight is None:
        weight = np.resize([1.0, 0.0], Bench(case.y_pred).batch)
    with_weight = {"sample_weight": structured(weight, np.asarray)}
    return _fit(subject, case, MODES["fit_graph"], with_weight)


def class_weight(subject, case):
    """`fit(class_weight=...)`, by default 1 for class 0 and 2 for class 1."""
    weight = {"class_weight": case.class_weight or {0: 1.0, 1: 2.0}}
    return _fit(subject, case, MODES["fit_graph"], weight)


def mixed_float16(subject, case):
    """One step of `fit` under the policy `mixed_float16`."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        return _fit(subject, case, compile_with=MODES["fit_graph"])
    finally:
        keras.config.set_dtype_policy(before)


def save_load(subject, case):
    """`evaluate` after `model.save` and `load_model`."""
    bench = Bench(case.y_pred, 0.0, MODES["fit_graph"])
    x, y = np.arange(bench.batch), structured(case.y_true, np.asarray)
    subject.train(bench, x, y)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        bench.model.save(path)
        objects = {**subject.custom_objects, "Table": Table}
        loaded = keras.models.load_model(path, custom_objects=objects)
    result = loaded.evaluate(x, y, batch_size=bench.batch, verbose=0, return_dict=True)
    return Returns(result["loss"])


PROBES = {
    probe.__name__: probe
    for probe in (
        call,
        gradient,
        fit_eager,
        fit_graph,
        fit_xla,
        sample_weight,
        class_weight,
        mixed_float16,
        save_load,
    )
}


def _fit(subject, case, compile_with, fit_with=None):
    bench = Bench(case.y_pred, 1.0, compile_with, fit_with)
    subject.train(bench, np.arange(bench.batch), structured(case.y_true, np.asarray))
    return bench.seen


def _compiled(**arguments):
    def train(model, x, y):
        model.compile(**arguments)
        return model.fit(x, y)

    return train


def structured(values, convert):
    """`convert` applied to the array of each output: of a dict, or of a tuple, which
    stands for a list of outputs; anything else is one array."""
    if isinstance(values, dict):
        return {name: convert(part) for name, part in values.items()}
    if isinstance(values, tuple):
        return [convert(part) for part in values]
    return convert(values)


def _floats(values):
    return np.asarray(values, "float32")


def _table_model(y_pred):
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
