"""What a check of models needs of Keras that is not public. Another Keras may lack it:
then `losses.check(model, ...)` says so, and a lone loss is checked as before."""

import keras
from keras.src.backend import compute_output_spec, get_keras_mask, set_keras_mask
from keras.src.trainers.compile_utils import (
    CompileLoss,
    CompileMetrics,
    MetricsList,
    get_loss,
    get_metric,
)
from keras.src.trainers.data_adapters import get_data_adapter

__all__ = [
    "CompileLoss",
    "CompileMetrics",
    "MetricsList",
    "compute_output_spec",
    "get_data_adapter",
    "get_keras_mask",
    "get_loss",
    "get_metric",
    "set_keras_mask",
]

METHODS = "_flatten_layers", "_compute_loss"  # of a model, called where they are needed
for name in METHODS:
    if not hasattr(keras.Model, name):
        raise ImportError(f"keras.Model.{name} is not there")
