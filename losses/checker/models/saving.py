"""A model, saved and loaded again."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from losses.checker.limits import TooLong
from losses.checker.models import trial
from losses.checker.models.arrays import array, arrays, tensors
from losses.checker.models.step import called, with_losses

LARGEST = 2 * 10**7  # numbers in a model: to write and read more takes too long


@dataclass(frozen=True)
class Saved:
    """How it went: the error of saving, the error of loading with all that the model
    is made of at hand, the names without which it does not load, and whether it needs
    `safe_mode=False`; otherwise the model."""

    model: keras.Model | None = None
    saving: Exception | None = None
    loading: Exception | None = None
    names: tuple = ()
    unsafe: bool = False


def saved_and_loaded(model):
    """None where the model is too large."""
    if sum(int(np.prod(v.shape)) for v in model.variables) > LARGEST:
        return None
    with tempfile.TemporaryDirectory() as folder, trial.untouched(model, wholly=True):
        path = Path(folder) / "model.keras"
        try:
            model.save(path)
        except TooLong:
            raise
        except Exception as error:
            return Saved(saving=error)
        return _loaded(model, path)


def _loaded(model, path):
    try:
        return Saved(keras.saving.load_model(path))
    except TooLong:
        raise
    except Exception as first:
        own = _own_objects(model)
        for safe in (True, False):
            try:
                found = keras.saving.load_model(
                    path, custom_objects=own, safe_mode=safe
                )
                return Saved(found, names=tuple(own), unsafe=not safe)
            except TooLong:
                raise
            except Exception as error:
                last = error
        return Saved(loading=last if own else first, names=tuple(own))


def _own_objects(model):
    """What a model is made of that is no part of Keras, by its name."""
    parts = [
        *model._flatten_layers(),
        *trial.losses_given(model),
        *keras.tree.flatten(trial.as_given_for_metrics(model)),
        getattr(model, "optimizer", None),
    ]
    for layer in model._flatten_layers():
        parts += [value for value in vars(layer).values() if callable(value)]
    found = {}
    for part in parts:
        for one in (part, *_wrapped(part)):
            if not callable(one) or isinstance(one, type):
                continue
            kind = one if hasattr(one, "__name__") else type(one)
            if not (kind.__module__ or "").startswith(("keras.", "builtins")):
                found[kind.__name__] = kind
    return found


def _wrapped(part):
    """The function that a loss of Keras calls."""
    function = getattr(part, "fn", None) or getattr(part, "_fn", None)
    return () if function is None else (function,)


def results(model, batch):
    """Predictions and the loss, without what is drawn in training."""
    with trial.untouched(model):
        x, y, weight = map(tensors, (batch.x, batch.y, batch.sample_weight))
        y_pred = called(model, x, training=False)
        with_losses(model)
        loss = model._compute_loss(
            x=x, y=y, y_pred=y_pred, sample_weight=weight, training=False
        )
        return arrays(y_pred), float(np.sum(array(loss)))
