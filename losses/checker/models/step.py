"""One step of training, and what its losses are called with."""

from dataclasses import dataclass

import keras
from keras.src.trainers.compile_utils import CompileLoss, get_loss

from losses.checker.models import trial
from losses.checker.models.arrays import array, tensors


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
    error that it raises."""

    heard: list
    value: float | None
    gradients: list
    error: Exception | None = None


def taken(model, batch):
    """A step of training without a change of weights. A model that has a step of its
    own and no loss is not asked."""
    heard = []
    if type(model).train_step is not keras.Model.train_step and _loss_of(model) is None:
        return StepTaken(heard, None, [])

    def loss():
        into = [] if heard else heard  # JAX runs it again, to trace it
        x, y, weight = map(tensors, (batch.x, batch.y, batch.sample_weight))
        y_pred = called(model, x, training=True)
        vars(model)["_compile_loss"] = _listening(model, into, y_pred)
        return model._compute_loss(
            x=x, y=y, y_pred=y_pred, sample_weight=weight, training=True
        )

    try:
        with trial.untouched(model):
            if model.trainable_variables:
                value, found = trial.gradients(model, loss)
            else:
                value, found = loss(), []
    except Exception as error:
        return StepTaken(heard, None, [], error)
    return StepTaken(heard, float(array(value)), found)


def called(model, x, training):
    """What a model predicts for tensors."""
    if model._call_has_training_arg:
        return model(x, training=training)
    return model(x)


def _loss_of(model):
    return getattr(model, "_compile_loss", None)


def _listening(model, heard, y_pred):
    """Its losses, each of which tells what it is called with."""
    compiled, flat = _loss_of(model), keras.tree.flatten(y_pred)
    if compiled is None:
        return None
    listening = keras.tree.map_structure(
        lambda loss: None if loss is None else _Listening(loss, heard, flat),
        compiled._user_loss,
    )
    return CompileLoss(
        listening, compiled._user_loss_weights, output_names=compiled.output_names
    )


class _Listening(keras.losses.Loss):
    """A loss that tells what it was called with."""

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
            raise
        return call.value
