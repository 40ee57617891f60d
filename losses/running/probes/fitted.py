"""Ways of running a loss inside `fit` on one device."""

import tempfile
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from keras import ops

from losses.evidence.outcomes import Returns
from losses.running import backend
from losses.running.bench import (
    EAGER,
    MODES,
    USUAL,
    Bench,
    Table,
    batch_of,
    fit,
    structured,
    trained,
)
from losses.running.observe import Impossible
from losses.running.probe import probe
from losses.running.subject import compiled


@probe(
    phrase="`fit` run eagerly",
    column="fit\neager",
    compared_with="fit_graph",
)
def fit_eager(subject, case):
    """One step of `fit` with `run_eagerly=True`."""
    return fit(subject, case, MODES["fit_eager"])


@probe(
    phrase="`fit` as a graph",
    column="fit\ngraph",
    compared_with="fit_graph",
)
def fit_graph(subject, case):
    """One step of `fit` as a graph, which is TensorFlow's default on a processor."""
    if backend.NAME != "tensorflow":
        raise Impossible("this backend has no graph but what XLA or Dynamo compile")
    return fit(subject, case, MODES["fit_graph"])


@probe(
    phrase="`fit` with `jit_compile=True`",
    column="fit\nXLA",
    compared_with="fit_graph",
)
def fit_xla(subject, case):
    """One step of `fit` compiled by XLA, which is the default on a GPU."""
    if backend.NAME == "torch":
        raise Impossible("PyTorch does not compile with XLA")
    return fit(subject, case, MODES["fit_xla"])


@probe(
    phrase="`fit` with the function inside a `Loss` class",
    column="in a\nLoss",
    compared_with="fit_graph",
)
def loss_subclass(subject, case):
    """`fit` with the function called inside `call` of a `keras.losses.Loss`, where
    Keras does not bring the ranks together."""
    loss = subject.called()
    if isinstance(loss, keras.losses.Loss):
        raise Impossible("it is such a class: see fit")

    class InASubclass(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return loss(y_true, y_pred)

    if isinstance(case.y_pred, (dict, tuple)):
        raise Impossible("a loss sees one output at a time inside fit")
    return fit(replace(subject, train=compiled(loss=InASubclass())), case)


@probe(
    phrase="`fit` on one sample",
    column="one\nsample",
    compared_with="itself",
)
def batch_of_one(subject, case):
    """One step of `fit` on the first sample alone."""
    return trained(subject, case, Bench(case.y_pred, 1.0, USUAL), np.arange(1))


@probe(
    phrase="`fit` with one sample in the last batch",
    column="last\nbatch",
    compared_with="itself",
)
def partial_batch(subject, case):
    """What `fit` logs where the last batch of the epoch holds one sample; nothing is
    learned meanwhile."""
    size = max(2, batch_of(case.y_pred))
    bench = Bench(case.y_pred, 0.0, USUAL, {"batch_size": size})
    return trained(subject, case, bench, np.resize(np.arange(bench.batch), size + 1))


@probe(
    phrase="`fit` with `sample_weight`",
    column="sample\nweight",
    compared_with="itself",
)
def sample_weight(subject, case):
    """`fit(sample_weight=...)` of shape `(batch,)`, by default 1 and 0 in turn."""
    return _weighted(subject, case, structured(_weights(case), np.asarray))


@probe(
    phrase="`fit` with `sample_weight` of shape `(batch, 1)`",
    column="weight\n(n, 1)",
    compared_with="itself",
)
def sample_weight_column(subject, case):
    """`fit(sample_weight=...)` of shape `(batch, 1)`."""
    column = structured(_weights(case), lambda weights: np.reshape(weights, (-1, 1)))
    return _weighted(subject, case, column)


@probe(
    phrase="`fit` with a `sample_weight` for each position",
    column="weight\nby pos.",
    compared_with="itself",
)
def sample_weight_by_position(subject, case):
    """`fit(sample_weight=...)` with a weight for every position: 1 and 0 in turn."""
    if isinstance(case.y_pred, (dict, tuple)):
        raise Impossible("the outputs have no positions in common")
    labels, size = np.shape(case.y_true), np.shape(case.y_pred)
    if len(labels) < len(size):
        size = labels
    elif len(size) > 2:
        size = size[:-1]
    if len(size) < 2 or size[1:] == (1,):
        raise Impossible("a sample has one position")
    return _weighted(subject, case, np.resize([1.0, 0.0], size))


@probe(
    phrase="`fit` with `class_weight`",
    column="class\nweight",
    compared_with="itself",
)
def class_weight(subject, case):
    """`fit(class_weight=...)`, by default 1 for class 0 and 2 for class 1."""
    weight = {"class_weight": case.class_weight or {0: 1.0, 1: 2.0}}
    return fit(subject, case, fit_with=weight)


@probe(
    phrase="`fit` with the mask of an `Embedding`",
    column="mask",
    compared_with="itself",
)
def masking(subject, case):
    """`fit` on the output of an `Embedding(mask_zero=True)`: the first position of the
    first sample is padding."""
    size = None if isinstance(case.y_pred, (dict, tuple)) else np.shape(case.y_pred)
    if size is None or len(size) < 2 or size[1] < 2:
        raise Impossible("there is no axis of positions")
    bench = Bench(case.y_pred, 1.0, USUAL, make=_masked_model)
    rows = np.arange(size[0] * size[1]).reshape(size[:2])
    subject.train(bench, rows, np.asarray(case.y_true))
    return bench.seen


@probe(
    phrase="`fit` under `mixed_float16`",
    column="mixed\nf16",
    compared_with="fit_graph",
)
def mixed_float16(subject, case):
    """One step of `fit` under the policy `mixed_float16`."""
    with backend.policy("mixed_float16"):
        return fit(subject, case, EAGER)


@probe(
    phrase="`fit` under `mixed_bfloat16`",
    column="mixed\nbf16",
    compared_with="fit_graph",
)
def mixed_bfloat16(subject, case):
    """One step of `fit` under the policy `mixed_bfloat16`."""
    with backend.policy("mixed_bfloat16"):
        return fit(subject, case, EAGER)


@probe(
    phrase="`fit` in `float64`",
    column="f64",
    compared_with="fit_graph",
)
def float64(subject, case):
    """One step of `fit` after `set_floatx("float64")`."""
    if backend.NAME == "jax":
        raise Impossible("JAX computes in float32 unless jax_enable_x64 is set")
    with backend.floats("float64"):
        return fit(subject, case, EAGER)


@probe(
    phrase="`evaluate` after `save` and `load_model`",
    column="save\nload",
    compared_with="fit_graph",
)
def save_load(subject, case):
    """`evaluate` after `model.save` and `load_model`."""
    bench = Bench(case.y_pred, 0.0, EAGER)
    trained(subject, case, bench)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        bench.model.save(path)
        objects = {**subject.custom_objects, "Table": Table}
        loaded = keras.models.load_model(path, custom_objects=objects)
    x, y = np.arange(bench.batch), structured(case.y_true, np.asarray)
    result = loaded.evaluate(x, y, batch_size=bench.batch, verbose=0, return_dict=True)
    return Returns(result["loss"])


def _weights(case):
    if case.sample_weight is not None:
        return case.sample_weight
    return np.resize([1.0, 0.0], batch_of(case.y_pred))


def _weighted(subject, case, weight):
    return fit(subject, case, fit_with={"sample_weight": weight})


class Positions(keras.layers.Layer):
    """`(batch, positions, width)` with the width in the form of the predictions."""

    def __init__(self, size):
        super().__init__()
        self.size, self.supports_masking = size, True

    def call(self, rows):
        return ops.reshape(rows, (-1, *self.size))


def _masked_model(y_pred):
    batch, positions, *rest = y_pred.shape
    numbers = keras.Input((positions,), dtype="int32")
    table = keras.layers.Embedding(
        batch * positions, int(np.prod(rest)), mask_zero=True
    )
    model = keras.Model(numbers, Positions((positions, *rest))(table(numbers)))
    model.set_weights([y_pred.reshape(batch * positions, -1)])
    return model
