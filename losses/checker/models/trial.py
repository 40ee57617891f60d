"""Running a model so that it stays as it was: its variables, its optimizer, what it has
compiled, and the random state that Keras keeps."""

from contextlib import contextmanager

import keras
import numpy as np
from keras import ops

from losses.running import backend

# What a step of training or a call may put into a model.
REPLACED = (
    "optimizer",
    "_compile_loss",
    "_compile_metrics",
    "_loss_tracker",
    "train_function",
    "test_function",
    "predict_function",
    "stop_training",
    "_jax_state",
    "_jax_state_synced",
)
ABSENT = object()


@contextmanager
def untouched(model):
    """Whatever is done to the model inside is undone. A model that has no weights yet
    keeps those that it is built with."""
    before = {name: vars(model).get(name, ABSENT) for name in REPLACED}
    values = [(variable, _copy(variable)) for variable in _variables(model)]
    try:
        yield
    finally:
        for name, value in before.items():
            if value is ABSENT:
                vars(model).pop(name, None)
            else:
                vars(model)[name] = value
        for variable, value in values:
            variable.assign(value)


def _variables(model):
    """Of the model, its metrics and its optimizer, and the seeds that Keras keeps."""
    from keras.src.backend.common import global_state

    found = {id(variable): variable for variable in model.variables}
    for owner in (
        *getattr(model, "metrics", ()),
        *_metrics_given(model),
        getattr(model, "optimizer", None),
    ):
        found |= {id(v): v for v in getattr(owner, "variables", ())}
    seeds = global_state.get_global_attribute("global_seed_generator")
    if seeds is not None:
        found[id(seeds.state)] = seeds.state
    return list(found.values())


def _metrics_given(model):
    """The metrics that the user handed to `compile`, which may not be built yet."""
    given = getattr(model, "_compile_metrics", None)
    parts = (
        getattr(given, "_user_metrics", None),
        getattr(given, "_user_weighted_metrics", None),
    )
    return [
        part
        for part in keras.tree.flatten(parts)
        if isinstance(part, keras.metrics.Metric)
    ]


def _copy(variable):
    return np.array(ops.convert_to_numpy(variable.value))


def gradients(model, loss):
    """The value of `loss()`, and its gradients with respect to the trainable variables
    of a model, as arrays; None where nothing leads back to a variable."""
    run = {"tensorflow": _taped, "jax": _traced, "torch": _watched}[backend.NAME]
    return run(model, loss)


def _taped(model, loss):
    import tensorflow as tf

    variables = [v.value for v in model.trainable_variables]
    with tf.GradientTape() as tape:
        value = loss()
    found = tape.gradient(value, variables)
    return value, [
        None if part is None else np.asarray(tf.convert_to_tensor(part))
        for part in found
    ]


def _traced(model, loss):
    import jax

    trainable = model.trainable_variables
    others = [v for v in model.variables if not any(v is t for t in trainable)]

    def stateless(values):
        mapping = [
            *zip(trainable, values),
            *((v, v.value) for v in others),
        ]
        with keras.StatelessScope(state_mapping=mapping):
            return loss()

    value = loss()  # without tracers, which no report can show
    found = jax.grad(stateless)([v.value for v in trainable])
    return value, [np.asarray(part) for part in found]


def _watched(model, loss):
    import torch

    variables = [v.value for v in model.trainable_variables]
    value = loss()
    found = torch.autograd.grad(value, variables, allow_unused=True)
    return value, [
        None if part is None else part.detach().cpu().numpy() for part in found
    ]
