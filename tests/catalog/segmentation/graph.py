"""What the graph of a loss makes of the labels, before they meet the predictions."""

from math import prod

from losses.running import backend


def largest_of_labels(loss, ids, y_pred):
    """How many numbers the largest tensor holds that depends on the labels alone.
    One-hot labels would hold as many as `y_pred`."""
    trace = {"tensorflow": _graph, "jax": _jaxpr, "torch": _fx}[backend.NAME]
    labels, predictions, steps = trace(loss, ids, y_pred)
    comes_from, largest = {labels: {labels}, predictions: {predictions}}, 0
    for sources, result, size in steps:  # in the order in which they were made
        comes_from[result] = set().union(*(comes_from.get(s, ()) for s in sources))
        if comes_from[result] == {labels}:
            largest = max(largest, size)
    return largest


def _graph(loss, ids, y_pred):
    import tensorflow as tf

    signature = [tf.TensorSpec(given.shape, given.dtype) for given in (ids, y_pred)]
    graph = tf.function(loss, signature).get_concrete_function().graph
    labels, predictions = (tensor.name for tensor in graph.inputs)
    steps = [
        ([tensor.name for tensor in operation.inputs], result.name, prod(result.shape))
        for operation in graph.get_operations()
        for result in operation.outputs
        if result.name not in (labels, predictions)
    ]
    return labels, predictions, steps


def _jaxpr(loss, ids, y_pred):
    import jax

    jaxpr = jax.make_jaxpr(loss)(ids, y_pred).jaxpr
    return *jaxpr.invars, _equations(jaxpr)


def _equations(jaxpr):
    """Those of functions that are called in it stand in place of the call."""
    from jax.extend.core import ClosedJaxpr, Var

    for equation in jaxpr.eqns:
        sources = [part for part in equation.invars if isinstance(part, Var)]
        called = [p for p in equation.params.values() if isinstance(p, ClosedJaxpr)]
        if not called:
            # A broadcast is none of its own: it is done where the numbers are used.
            broadcast = equation.primitive.name == "broadcast_in_dim"
            for result in equation.outvars:
                yield sources, result, 0 if broadcast else prod(result.aval.shape)
            continue
        [function] = called
        for outside, inside in zip(equation.invars, function.jaxpr.invars):
            known = [outside] if isinstance(outside, Var) else []
            yield known, inside, 0
        yield from _equations(function.jaxpr)
        for inside, outside in zip(function.jaxpr.outvars, equation.outvars):
            known = [inside] if isinstance(inside, Var) else []
            yield known, outside, 0


def _fx(loss, ids, y_pred):
    import torch
    from torch.fx.experimental.proxy_tensor import make_fx

    traced = make_fx(loss)(torch.tensor(ids), torch.tensor(y_pred))
    labels, predictions, *nodes = traced.graph.nodes
    steps = [
        (node.all_input_nodes, node, node.meta["val"].numel())
        for node in nodes
        if hasattr(node.meta.get("val"), "numel")
    ]
    return labels, predictions, steps
