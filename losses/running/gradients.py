"""The gradients of what a model is trained on, on each backend."""

import keras
import numpy as np

from losses.running import backend


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
        # Without collecting, what layers add is lost in such a scope.
        with keras.StatelessScope(state_mapping=mapping, collect_losses=True):
            return loss()

    value = loss()  # without tracers, which no report can show
    found = jax.grad(stateless)([v.value for v in trainable])
    return value, [np.asarray(part) for part in found]


def _watched(model, loss):
    import torch

    variables = [v.value for v in model.trainable_variables]
    value = loss()
    if not value.requires_grad:
        return value, [None] * len(variables)
    found = torch.autograd.grad(value, variables, allow_unused=True)
    return value, [
        None if part is None else part.detach().cpu().numpy() for part in found
    ]
