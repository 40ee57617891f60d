"""What the graph of a loss makes of the labels, before they meet the predictions."""

from math import prod

import tensorflow as tf


def largest_of_labels(loss, ids, y_pred):
    """The names of the operations, and how many numbers the largest tensor holds that
    depends on the labels alone. One-hot labels would hold as many as `y_pred`."""

    @tf.function(
        input_signature=[
            tf.TensorSpec(ids.shape, ids.dtype),
            tf.TensorSpec(y_pred.shape, y_pred.dtype),
        ]
    )
    def traced(y_true, y_pred):
        return loss(y_true, y_pred)

    graph = traced.get_concrete_function().graph
    labels, predictions = (tensor.op for tensor in graph.inputs)
    of_labels, of_predictions, largest = {labels.name}, {predictions.name}, 0
    for operation in graph.get_operations():  # in the order in which they were made
        sources = {tensor.op.name for tensor in operation.inputs}
        if sources & of_predictions:
            of_predictions.add(operation.name)
        elif sources & of_labels:
            of_labels.add(operation.name)
            sizes = [tensor.shape.as_list() for tensor in operation.outputs]
            largest = max([largest, *map(prod, sizes)])
    return {operation.type for operation in graph.get_operations()}, largest
