"""One step of training, and what its losses are called with."""

from contextlib import contextmanager
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from losses.checker.models import trial
from losses.checker.models.arrays import array, tensors
from losses.checker.models.private import CompileLoss, get_loss
from losses.running.gradients import gradients


@dataclass
class Heard:
    """One call of a loss in a step: what it got, and what it gave or raised."""

    given: object
    output: int | None
    y_true: object
    y_pred: object
    sample_weight: object
    loss: object = None
    value: object = None
    error: Exception | None = None


@dataclass
class StepTaken:
    """What losses were called with, what the step minimises, and its gradients; or the
    error that it raises. `added` is what layers add to the loss, and `asked_for` says
    whether the step asks the model for it."""

    heard: list
    value: float | None
    gradients: list
    error: Exception | None = None
    asked_for: bool = True
    added: float = 0.0


def taken(model, batch):
    """A step of training without a change of weights."""
    heard = []

    def loss():
        into = [] if heard else heard  # JAX runs it again, to trace it
        x, y, weight = map(tensors, (batch.x, batch.y, batch.sample_weight))
        y_pred = called(model, x, training=True)
        flat = keras.tree.flatten(y_pred)
        with_losses(model, lambda loss: _Listening(loss, into, flat))
        total = model._compute_loss(
            x=x, y=y, y_pred=y_pred, sample_weight=weight, training=True
        )
        for call in into:
            if call.error is not None:
                raise call.error
        return total

    try:
        with trial.untouched(model):
            with asking_for_added(model) as asked:
                if model.trainable_variables:
                    value, found = gradients(model, loss)
                else:
                    value, found = loss(), []
            added = added_to(model)
    except Exception as error:
        return StepTaken(heard, None, [], error)
    total = float(np.sum(array(value)))
    return StepTaken(heard, total, found, None, bool(asked), added)


def added_to(model):
    """What the layers have added to the loss in the last call."""
    return float(sum(np.sum(array(part)) for part in model.losses))


@contextmanager
def asking_for_added(model):
    """A list that is not empty once somebody asks for what layers add to the loss."""
    name, asked = "_get_own_losses", []
    layers = [layer for layer in model._flatten_layers() if hasattr(layer, name)]

    def heard(layer):
        ask = getattr(layer, name)

        def answer(*arguments, **options):
            asked.append(layer)
            return ask(*arguments, **options)

        return answer

    for layer in layers:
        vars(layer)[name] = heard(layer)
    if not layers:
        asked.append(model)  # nobody can know
    try:
        yield asked
    finally:
        for layer in layers:
            vars(layer).pop(name, None)


def called(model, x, training):
    """What a model predicts for tensors."""
    if model._call_has_training_arg:
        return model(x, training=training)
    return model(x)


def with_losses(model, replaced=lambda loss: loss):
    """Make its losses anew, so that those that it has stay without what a call builds;
    each may be replaced by another."""
    compiled = getattr(model, "_compile_loss", None)
    if compiled is None:
        return
    vars(model)["_compile_loss"] = CompileLoss(
        keras.tree.map_structure(
            lambda loss: None if loss is None else replaced(loss), compiled._user_loss
        ),
        compiled._user_loss_weights,
        output_names=compiled.output_names,
    )


class _Listening(keras.losses.Loss):
    """A loss that tells what it was called with, and what it raises: the losses of the
    other outputs are called all the same."""

    def __init__(self, loss, heard, flat):
        super().__init__(name=getattr(loss, "name", None) or "loss")
        self.given, self.heard, self.flat = loss, heard, flat

    def __call__(self, y_true, y_pred, sample_weight=None):
        place = next((n for n, p in enumerate(self.flat) if p is y_pred), None)
        call = Heard(self.given, place, y_true, y_pred, sample_weight)
        self.heard.append(call)
        try:
            call.loss = get_loss(self.given, y_true, y_pred)
            call.value = call.loss(y_true, y_pred, sample_weight)
        except Exception as error:
            call.error = error
            return ops.zeros(())
        return call.value
