"""Ways of running a loss without `fit`."""

import keras
import numpy as np
from keras import ops

from losses.outcomes import Impossible, Returns
from losses.probes import backend
from losses.probes.bench import Bench, distance, structured


def call(subject, case):
    """`loss(y_true, y_pred)` with tensors."""
    return subject.called()(*_tensors(case))


def gradient(subject, case):
    """The gradient of what the loss returns: of its sum, where that is no scalar."""
    loss = subject.called()
    y_true, y_pred = _tensors(case)
    return backend.gradient(lambda y_pred: loss(y_true, y_pred), y_pred)


def custom_loop(subject, case):
    """A training step of your own, which takes the mean of what the loss returns."""
    loss = subject.called()
    bench = Bench(case.y_pred)
    optimizer = keras.optimizers.SGD(1.0)
    before = bench.weights()
    x = ops.convert_to_tensor(np.arange(bench.batch))
    y = structured(case.y_true, ops.convert_to_tensor)
    value = backend.own_step(bench.model, optimizer, loss, x, y)
    return Returns(
        float(ops.convert_to_numpy(value)), step=distance(before, bench.weights())
    )


def unknown_batch(subject, case):
    """A layer of a model whose `Input`s do not know the size of the batch."""
    loss = subject.called()

    class LossLayer(keras.layers.Layer):
        def call(self, inputs):
            return loss(*inputs)

    given = _tensors(case)
    inputs = keras.tree.map_structure(_input, list(given))
    model = keras.Model(inputs, LossLayer()(inputs))
    return model.predict_on_batch(list(given))


def unknown_sizes(subject, case):
    """`tf.function` with a signature that knows the size of the last axis only."""
    loss = subject.called()
    if backend.NAME != "tensorflow":
        raise Impossible("shapes are always known when this backend runs a loss")
    import tensorflow as tf

    def signature(tensor):
        known = tensor.shape[-1:] if len(tensor.shape) > 1 else []
        unknown = [None] * (len(tensor.shape) - len(known))
        return tf.TensorSpec([*unknown, *known], tensor.dtype)

    given = _tensors(case)
    return tf.function(loss, keras.tree.map_structure(signature, given))(*given)


def torch_compile(subject, case):
    """`torch.compile(fullgraph=True)` of the loss, called directly with predictions
    that want a gradient: Dynamo traces it and its gradient as one graph, which is run
    without generating machine code, which takes seconds."""
    loss = subject.called()
    if backend.NAME != "torch":
        raise Impossible("torch.compile is PyTorch's")
    import torch

    torch._dynamo.reset()
    y_true, y_pred = _tensors(case)
    for part in keras.tree.flatten(y_pred):
        part.requires_grad_(part.is_floating_point())
    whole = torch.compile(loss, backend="aot_eager", fullgraph=True)
    return keras.tree.map_structure(ops.stop_gradient, whole(y_true, y_pred))


def _tensors(case):
    return (
        structured(case.y_true, ops.convert_to_tensor),
        structured(case.y_pred, ops.convert_to_tensor),
    )


def _input(tensor):
    dtype = ops.convert_to_numpy(tensor).dtype.name
    return keras.Input(tensor.shape[1:], dtype=dtype)
