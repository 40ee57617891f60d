"""Where the backends differ: gradients, compiled steps, a step of one's own, dtypes."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass

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


def value_and_gradient(loss, y_pred):
    """What `loss(y_pred)` returns, and its gradient: None where nothing leads back to
    the predictions, or where NumPy cut the way. JAX tells of no missing way: there the
    gradient is zero."""
    return {"tensorflow": _taped, "jax": _traced, "torch": _watched}[NAME](loss, y_pred)


def _taped(loss, y_pred):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(y_pred)
        value = loss(y_pred)
    found = tape.gradient(value, y_pred)
    return value, None if found is None else tf.convert_to_tensor(found)


def _traced(loss, y_pred):
    """The value is that of a call without tracers, in which NumPy works."""
    import jax

    value = loss(y_pred)
    try:
        return value, _vjp(loss, y_pred)
    except (
        jax.errors.TracerArrayConversionError,
        jax.errors.ConcretizationTypeError,
    ):
        return value, None


def _watched(loss, y_pred):
    import torch

    value = loss(y_pred)
    watched = y_pred.detach().requires_grad_()
    try:
        total = loss(watched)
    except RuntimeError as error:
        if "requires grad" not in str(error):
            raise
        return value, None  # .numpy() of what wants a gradient
    if not getattr(total, "requires_grad", False):
        return value, None
    [found] = torch.autograd.grad(ops.sum(total), [watched], allow_unused=True)
    return value, found


@dataclass(frozen=True)
class Compiled:
    """`call(y_true, y_pred)` gives value and gradient. On TensorFlow, `graph` is what
    runs, and `operations` are those of the loss alone, without its gradient."""

    call: Callable
    graph: object = None
    operations: tuple = ()


# PyTorch runs a loss as it is written.
COMPILES = NAME in ("tensorflow", "jax")


def compiled(loss, y_true, y_pred, unknown=None):
    """`loss(y_true, y_pred)` and its gradient, compiled as `fit` compiles them if
    nothing is said: for arrays of these shapes and dtypes. Of the first axes, so many
    as `unknown(shape)` says, the size is not known; TensorFlow alone can do that."""
    if NAME == "tensorflow":
        return _tensorflow_graph(loss, y_true, y_pred, unknown)
    import jax

    def step(y_true, y_pred):
        return jax.value_and_grad(lambda y_pred: ops.sum(loss(y_true, y_pred)))(y_pred)

    return Compiled(jax.jit(step))


def _tensorflow_graph(loss, y_true, y_pred, unknown):
    import tensorflow as tf

    operations = []

    def step(y_true, y_pred):
        with tf.GradientTape() as tape:
            tape.watch(y_pred)
            value = loss(y_true, y_pred)
        operations.extend(tf.compat.v1.get_default_graph().get_operations())
        return value, tape.gradient(value, y_pred)

    def specified(array):
        free = unknown(array.shape) if unknown else 0
        return tf.TensorSpec([None] * free + list(array.shape[free:]), array.dtype)

    signature = specified(y_true), specified(y_pred)
    function = tf.function(step, autograph=False).get_concrete_function(*signature)
    return Compiled(function, function.graph, tuple(operations))


def by_xla(compiled):
    """What TensorFlow compiled, compiled by XLA. It is not traced once more."""
    import tensorflow as tf

    def step(y_true, y_pred):
        return compiled.call(y_true, y_pred)

    return Compiled(tf.function(step, autograph=False, jit_compile=True))


def retraced(function):
    """Another `tf.function` of the same code: one that was called under a tape may be
    impossible to compile with XLA."""
    import tensorflow as tf

    return tf.function(function)


def batches(size, x, y, *sample_weight):
    """What `fit` takes to read these arrays in batches of a size. On TensorFlow that is
    a data set, which it reads with a quarter less work."""
    arrays = x, y, *sample_weight
    if NAME == "tensorflow":
        import tensorflow as tf

        return {"x": tf.data.Dataset.from_tensor_slices(arrays).batch(size)}
    names = "x", "y", "sample_weight"
    return {**dict(zip(names, arrays)), "batch_size": size}


def variables_of(run):
    """The trainable variables that `run()` uses; None where a backend does not tell."""
    if NAME != "tensorflow":
        return None
    import tensorflow as tf

    with tf.GradientTape() as tape:
        run()
    return tape.watched_variables()


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
    with policy(name):  # first: where none was set, the policy is that of floatx
        keras.backend.set_floatx(name)
        try:
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


def tensor(values):
    """An array as a tensor of its dtype; a tensor as it is."""
    if ops.is_tensor(values):
        return values
    if NAME == "tensorflow":
        import tensorflow as tf

        return tf.constant(values)
    return ops.convert_to_tensor(values)


def array(value):
    """A tensor as an array; anything else as it is."""
    return ops.convert_to_numpy(value) if ops.is_tensor(value) else value


def as_array(values):
    return np.asarray(values, keras.backend.floatx())
