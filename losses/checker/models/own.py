"""A model that trains in a way of its own: one step of it, run and undone. What it does
is not known, only what comes of it."""

from contextlib import contextmanager
from dataclasses import dataclass

import keras
import numpy as np

from losses.checker.models import trial
from losses.checker.models.arrays import array, tensors
from losses.checker.models.building import has_built_layers
from losses.checker.models.step import added_to, asking_for_added
from losses.running import backend

WAYS = ("train_step", "make_train_function", "fit")


def way_of(model):
    """The name of the method by which a model trains in its own way, in place of that
    of Keras; "" of any other."""
    for name in WAYS:
        inherited = getattr(keras.Model, name)
        if name in vars(model) or getattr(type(model), name) is not inherited:
            return name
    return ""


@dataclass(frozen=True)
class OwnStep:
    """What came of it: `without_y_pred` says that compute_loss was called so, `ruined`
    names the variables that are no longer finite."""

    error: Exception | None = None
    without_y_pred: bool = False
    asked_for: bool = True
    added: float = 0.0
    ruined: tuple = ()


def own_step_of(model, data):
    """One step of a model that has a `train_step` of its own, or None where it cannot
    be run so that nothing of it stays: on JAX, which hands it the state, and where
    variables are made in it."""
    if way_of(model) != "train_step" or backend.NAME == "jax":
        return None
    if not has_built_layers(model):
        return None
    with trial.untouched(model, wholly=True), _calls(model) as calls:
        try:
            with trial.fresh_optimizers(model), asking_for_added(model) as asked:
                before = _not_finite(model)
                model.train_step(tensors(data))
                ruined = [name for name in _not_finite(model) if name not in before]
            added = added_to(model)
        except Exception as error:
            if model.run_eagerly or backend.NAME != "tensorflow":
                return OwnStep(error, None in calls)
            return OwnStep(_error_in_a_graph(model, data), None in calls)
    return OwnStep(None, None in calls, bool(asked), added, tuple(ruined))


def _error_in_a_graph(model, data):
    """The error, if it is raised there as well, where `fit` runs it."""
    import tensorflow as tf

    with trial.untouched(model, wholly=True), trial.fresh_optimizers(model):
        try:
            tf.function(model.train_step)(tensors(data))
        except Exception as error:
            return error
    return None


@contextmanager
def _calls(model):
    """What compute_loss is called with as predictions: None where there are none."""
    compute, found = model.compute_loss, []

    def compute_loss(x=None, y=None, y_pred=None, *others, **options):
        found.append(y_pred if y_pred is None else True)
        return compute(x, y, y_pred, *others, **options)

    kept = vars(model).get("compute_loss", trial.ABSENT)
    vars(model)["compute_loss"] = compute_loss
    try:
        yield found
    finally:
        trial.put(vars(model), "compute_loss", kept)


def _not_finite(model):
    return [
        variable.path
        for variable in model.trainable_variables
        if not np.all(np.isfinite(array(variable.value).astype(float)))
    ]
