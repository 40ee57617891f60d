"""What is used of Keras that is not public, in one place: another Keras may lack it;
then `losses.check(model, ...)` says so, and a lone loss is checked as before."""

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
