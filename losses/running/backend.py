"""Where the backends differ: gradients, a training step of one's own, precision."""

from contextlib import contextmanager

import keras
import numpy as np
from keras import ops

NAME = keras.backend.backend()
# Legacy Keras, where it stands in for `keras`, has none of this.
LEGACY = not hasattr(keras, "config")


def gradient(loss, y_pred):
    """The gradient of what the loss returns: of its sum, where that is no scalar. None
    where nothing leads back to the predictions of an output, if the backend can tell.
    """
    y_pred = keras.tree.map_structure(ops.convert_to_tensor, y_pred)
    found = {"tensorflow": _tape, "jax": _vjp, "torch": _autograd}[NAME](loss, y_pred)
    if found is None:
        return None
    return keras.tree.map_structure(
        lambda part: None if part is None else ops.convert_to_numpy(part), found
    )


def _tape(loss, y_pred):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(y_pred)
        values = loss(y_pred)
    return tape.gradient(values, y_pred)


def _vjp(loss, y_pred):
    import jax

    values, pull = jax.vjp(loss, y_pred)
    [found] = pull(keras.tree.map_structure(ops.ones_like, values))
    return found


def _autograd(loss, y_pred):
    import torch

    watched = keras.tree.map_structure(lambda t: t.detach().requires_grad_(), y_pred)
    values = keras.tree.flatten(loss(watched))
    total = sum(ops.sum(value) for value in values)
    found = torch.autograd.grad(total, keras.tree.flatten(watched), allow_unused=True)
    return keras.tree.pack_sequence_as(y_pred, list(found))


def own_step(model, optimizer, loss, x, y):
    """A training step as people write it, of the mean of what `loss(y, model(x))`
    returns: compiled, where the backend does that. Gives that mean."""
    steps = {"tensorflow": _tensorflow_step, "jax": _jax_step, "torch": _torch_step}
    return steps[NAME](model, optimizer, loss, x, y)


def _tensorflow_step(model, optimizer, loss, x, y):
    import tensorflow as tf

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            value = ops.mean(loss(y, model(x, training=True)))
        gradients = tape.gradient(value, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return value

    return step(x, y)


def _jax_step(model, optimizer, loss, x, y):
    import jax

    def value_of(weights, x, y):
        y_pred, _ = model.stateless_call(weights, [], x, training=True)
        return ops.mean(loss(y, y_pred))

    weights = [variable.value for variable in model.trainable_variables]
    value, gradients = jax.jit(jax.value_and_grad(value_of))(weights, x, y)
    optimizer.apply(gradients, model.trainable_variables)
    return value


def _torch_step(model, optimizer, loss, x, y):
    import torch

    model.zero_grad()
    value = ops.mean(loss(y, model(x, training=True)))
    value.backward()
    gradients = [variable.value.grad for variable in model.trainable_variables]
    with torch.no_grad():
        optimizer.apply(gradients, model.trainable_variables)
    return value


@contextmanager
def policy(name):
    """The dtype policy of every layer made meanwhile."""
    if LEGACY:
        get, put = (
            keras.mixed_precision.global_policy,
            keras.mixed_precision.set_global_policy,
        )
    else:
        get, put = keras.config.dtype_policy, keras.config.set_dtype_policy
    before = get()
    put(name)
    try:
        yield
    finally:
        put(before)


@contextmanager
def floats(name):
    """The dtype that Keras makes numbers of, meanwhile; and the policy of that name."""
    before = keras.backend.floatx()
    keras.backend.set_floatx(name)
    try:
        with policy(name):
            yield
    finally:
        keras.backend.set_floatx(before)


def unscaled(optimizer):
    """The optimizer of mixed precision, without the scale that Keras starts with, 2¹⁵:
    under that the first steps of many losses overflow and are left out, and no gradient
    would be seen."""
    if LEGACY:
        return keras.mixed_precision.LossScaleOptimizer(optimizer, initial_scale=1)
    return keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=1)


def as_array(values):
    return np.asarray(values, keras.backend.floatx())
