"""The ways in which a backend compiles a function of two tensors."""

from losses.running import backend
from losses.running.bench import MODES


def graph(function, *tensors):
    return _function(function, [t.shape for t in tensors], tensors, False)


def graph_of_unknown_sizes(function, *tensors):
    return _function(function, map(_unknown, tensors), tensors, False)


def xla(function, *tensors):
    return _function(function, [t.shape for t in tensors], tensors, True)


def xla_of_unknown_sizes(function, *tensors):
    return _function(function, map(_unknown, tensors), tensors, True)


def jit(function, *tensors):
    import jax

    return jax.jit(function)(*tensors)


def dynamo(function, *tensors):
    """What `torch.compile` traces, without the code that Inductor makes of it."""
    import torch

    torch._dynamo.reset()
    return torch.compile(function, backend="aot_eager", fullgraph=True)(*tensors)


def dynamo_of_unknown_sizes(function, *tensors):
    import torch

    torch._dynamo.reset()
    compiled = torch.compile(
        function, backend="aot_eager", fullgraph=True, dynamic=True
    )
    return compiled(*tensors)


WAYS = {
    "tensorflow": [graph, graph_of_unknown_sizes, xla, xla_of_unknown_sizes],
    "jax": [jit],
    "torch": [dynamo, dynamo_of_unknown_sizes],
}[backend.NAME]

# The ways of `fit`: on PyTorch it compiles with Inductor, half a minute for one loss.
FIT = ["fit_eager"] if backend.NAME == "torch" else list(MODES)


def _function(function, shapes, tensors, jit_compile):
    import tensorflow as tf

    signature = [tf.TensorSpec(s, t.dtype) for s, t in zip(shapes, tensors)]
    return tf.function(function, signature, jit_compile=jit_compile)(*tensors)


def _unknown(tensor):
    """The last axis stays known, as in any model."""
    return [None] * (len(tensor.shape) - 1) + list(tensor.shape[-1:])
