"""The metrics of a model, run as a step of training runs them."""

from contextlib import contextmanager
from dataclasses import dataclass

import keras

from losses.checker.limits import TooLong
from losses.checker.models import trial
from losses.checker.models.arrays import tensors
from losses.checker.models.private import (
    CompileMetrics,
    MetricsList,
    compute_output_spec,
)
from losses.running import backend


@dataclass(frozen=True)
class Raised:
    """The error of a metric, its name where that is known, and whether only the graph
    raises it that `fit` makes of a step."""

    error: Exception
    name: str
    in_a_graph: bool = False


def failure_of_metrics(model, batch, y_pred):
    """What a metric raises on a batch and its predictions; None where none does."""
    given = getattr(model, "_compile_metrics", None)
    x, y, weight = map(tensors, (batch.x, batch.y, batch.sample_weight))

    def shown(x, y, y_pred, weight):
        return model.compute_metrics(x, y, y_pred, sample_weight=weight)

    with trial.untouched(model, wholly=True), _unbuilt(model):
        if given is not None:
            vars(model)["_compile_metrics"] = CompileMetrics(
                given._user_metrics,
                given._user_weighted_metrics,
                output_names=given.output_names,
            )
        try:
            shown(x, y, y_pred, weight)
        except TooLong:
            raise
        except Exception as error:
            return Raised(error, _name_in(error))
        if model.run_eagerly:
            return None
        try:
            _in_a_graph(shown, x, y, y_pred, weight)
        except Exception as error:
            return Raised(error, _name_in(error), True)
    return None


def _in_a_graph(shown, *tensors):
    """As `fit` traces it: on JAX and PyTorch to find out which variables there are."""
    if backend.NAME == "tensorflow":
        import tensorflow as tf

        tf.function(shown)(*tensors)
        return
    specs = keras.tree.map_structure(_spec, tensors)
    compute_output_spec(shown, *specs)


def _spec(part):
    if part is None:
        return None
    dtype = keras.backend.standardize_dtype(part.dtype)
    return keras.KerasTensor(tuple(part.shape), dtype)


@contextmanager
def _unbuilt(model):
    """Metrics that make their variables when they first run have none afterwards."""
    kept = [
        (
            metric,
            dict(vars(metric)),
            [(v, list(v)) for v in vars(metric).values() if type(v) is list],
        )
        for metric in trial.metrics_given(model)
    ]
    try:
        yield
    finally:
        for metric, attributes, lists in kept:
            vars(metric).clear()
            vars(metric).update(attributes)
            for found, content in lists:
                found[:] = content


def _name_in(error):
    """The name of the innermost metric among the frames of an error."""
    name, place = "", error.__traceback__
    while place is not None:
        owner = place.tb_frame.f_locals.get("self")
        whole = isinstance(owner, (CompileMetrics, MetricsList))
        if isinstance(owner, keras.metrics.Metric) and not whole:
            name = owner.name
        place = place.tb_next
    return name
