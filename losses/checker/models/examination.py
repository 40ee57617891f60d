"""A compiled model under examination: what it predicts, which loss meets which labels,
and what a step of training makes of them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import keras
import numpy as np
from keras import ops
from keras.src.trainers.compile_utils import CompileLoss

from losses.checker.failures import LossFailed, guarded
from losses.checker.memo import once
from losses.checker.models import trial
from losses.checker.models.heads import BOUNDS, Head, heads_of
from losses.checker.models.wants import wants_of
from losses.checker.tensors import Tensors, squeezed
from losses.running import backend

SCALES = (1.0, -1.0, 10.0, -10.0)  # of drawn weights
LARGEST = (1000.0, -1000.0)
OURS = "keras.", "losses.catalog.", "losses.ops."


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


@dataclass
class Output:
    """One output of a model, with what it is trained on; arrays are NumPy's."""

    name: str
    head: Head
    y_pred: np.ndarray
    y_true: np.ndarray | None = None
    sample_weight: np.ndarray | None = None
    given: object = None  # the loss as it was given to `compile`
    loss: object = None  # what Keras made of it
    loss_name: str = ""
    wants: object = None
    value: float | None = None  # in the step
    detached: float | None = None  # of the same predictions as numbers
    error: Exception | None = None
    draw: Callable | None = None  # predictions by other weights
    broken: set = field(default_factory=set)  # in what a rule has found an error

    @property
    def units(self):
        return self.y_pred.shape[-1] if self.y_pred.ndim > 1 else 1

    @once
    def drawn(self):
        """Predictions by other weights, those by the largest last."""
        return self.draw()

    @once
    def all_predictions(self):
        """The finite ones, with the present weights and with others."""
        everything = np.concatenate([p.ravel() for p in (self.y_pred, *self.drawn)])
        return everything[np.isfinite(everything)].astype(float)

    @once
    def bounds(self):
        """The lowest and the highest prediction that weights can reach: infinite where
        larger weights lead further."""
        known = BOUNDS.get(self.head.activation, (-np.inf, np.inf))
        if self.head.known and len(self.head.activations) < 2:
            return known
        *smaller, largest = [p[np.isfinite(p)].astype(float) for p in self.drawn]
        smaller = np.concatenate(smaller)
        if not (smaller.size and largest.size):
            return known
        low, high = smaller.min(), smaller.max()
        room = 5 * max(high - low, 1e-6)
        return (
            max(known[0], _bound(low, largest.min(), room, min)),
            min(known[1], _bound(high, largest.max(), room, max)),
        )

    @once
    def is_squashed(self):
        """Whether every prediction lies between 0 and 1 whatever the weights."""
        low, high = self.bounds
        return low >= -1e-6 and high <= 1 + 1e-6

    @once
    def rows_sum_to_one(self):
        """Whether the predictions of a row add up to 1 whatever the weights."""
        if self.units < 2 or not _sums_to_one(self.y_pred):
            return False
        if self.head.known and self.head.activations == ("softmax",):
            return True
        return self.is_squashed and all(map(_sums_to_one, self.drawn))

    @once
    def labels_choose_one(self):
        """Whether labels for each class, if they are that, add up to 1 in each row."""
        true = self.y_true
        return true.shape != self.y_pred.shape or np.allclose(
            true.sum(-1), 1, atol=0.01
        )

    @once
    def is_constant(self):
        """Whether all predictions are one number, whatever the weights."""
        if np.ptp(self.y_pred) > 1e-6 * np.abs(self.y_pred).max():
            return False
        values = self.all_predictions
        return values.size > 1 and bool(np.ptp(values) <= 1e-6 * np.abs(values).max())

    @property
    def is_custom(self):
        """Whether its loss is neither one of Keras nor one of this catalog."""
        module = getattr(getattr(self.loss, "fn", None), "__module__", None)
        module = module or type(self.loss).__module__
        return self.loss is not None and not module.startswith(OURS)

    @once
    def squeezed_shapes_differ(self):
        return squeezed(self.y_true.shape) != squeezed(self.y_pred.shape)

    def suits(self, labels):
        """Whether these labels have the values that the loss is made for."""
        values = labels[np.isfinite(labels.astype(float))].astype(float)
        if self.wants is None or not values.size:
            return True
        whole = bool(np.all(values == np.round(values)))
        low, high = values.min(), values.max()
        return {
            "unit": low >= 0 and high <= 1,
            "rows": low >= 0 and high <= 1,
            "signs": low >= -1 and high <= 1,
            "counts": low >= 0,
            "ids": whole and low >= 0 and high < self.units,
            "real": True,
        }[self.wants.labels]

    def loss_of(self, predictions):
        """The loss of other predictions in place of its own; None where it raises."""
        try:
            shaped = np.reshape(predictions, self.y_pred.shape)
            shaped = _tensor(shaped.astype(self.y_pred.dtype))
            value = self.loss(_tensor(self.y_true), shaped)
            return float(np.sum(_array(value)))
        except Exception:
            return None

    def loss_of_one(self, label):
        """A sentence on what one label costs that is out of range."""
        if self.wants is None or self.wants.name != "binary_crossentropy":
            return ""
        logits = self.wants.from_logits
        certain = np.full((1, 1), (20.0 if logits else 0.999999) * 1.0, "float32")
        if label < 0.5:
            certain = -certain if logits else 1 - certain
        found = self.loss(_tensor(np.full((1, 1), label, "float32")), _tensor(certain))
        value = float(np.sum(_array(found)))
        if value >= 0:
            return ""
        return f" A label of {label:g} has a loss of {value:.3g}: lower is no limit."

    @once
    def tensors(self):
        """Labels as `fit` hands them to a loss, in the rank and dtype of predictions,
        and predictions, with what the head says of these."""
        labels = self.y_true.astype(self.y_pred.dtype)
        if not self.squeezed_shapes_differ:
            labels = labels.reshape(self.y_pred.shape)
        found = Tensors(labels, self.y_pred)
        names_classes = found.labels in ("ids", "one_hot", "binary")
        if names_classes and self.is_squashed and not self.is_constant:
            return replace(found, from_logits=False)
        return found


class ModelExamination:
    """`facts` that rules ask for are worked out once; the model is as it was after each
    of them."""

    def __init__(self, model, batch, class_weight=None):
        self.model = model
        self.batch = batch
        self.class_weight = class_weight
        self.explained = False  # a rule has found an error

    # the structure

    @property
    def loss(self):
        """As it was given to `compile`."""
        compiled = getattr(self.model, "_compile_loss", None)
        return getattr(compiled, "_user_loss", None)

    @property
    def loss_weights(self):
        compiled = getattr(self.model, "_compile_loss", None)
        return getattr(compiled, "_user_loss_weights", None)

    @property
    def has_own_step(self):
        kind = type(self.model)
        return any(
            getattr(kind, name) is not getattr(keras.Model, name)
            for name in ("train_step", "compute_loss")
        )

    @once
    def y_pred(self):
        """What a step predicts, in its structure."""
        return self._predicted

    @property
    def by_structure(self):
        """What is dealt out to the outputs: `{what: structure}`."""
        return {
            "loss": self.loss,
            "loss_weights": self.loss_weights,
            "y": self.batch.y,
            "sample_weight": self.batch.sample_weight,
        }

    @property
    def names_differ(self):
        return bool(set(map(str, self.loss)) - set(self.names))

    @once
    def adds_losses(self):
        """Whether a layer adds a loss, by a regulariser or itself."""
        with trial.untouched(self.model):
            self._plain_call()
            return bool(self.model.losses)

    @property
    def rows(self):
        return len(keras.tree.flatten(self.batch.x)[0])

    @property
    def with_labels(self):
        return [o for o in self.outputs if o.loss is not None and o.y_true is not None]

    def judged(self, part=None):
        """Outputs that train, and in which no rule has found an error yet: in one part,
        "head" or "labels", or in any."""
        return [
            output
            for output in self.with_labels
            if not (part in output.broken if part else output.broken)
        ]

    def of(self, output):
        """How a sentence about an output begins."""
        return f"Output {output.name!r}: " if len(self.names) > 1 else ""

    @property
    def failing(self):
        """The output in whose loss the step raises."""
        return next((o for o in self.outputs if o.error is not None), None)

    def is_dead(self, output):
        """Whether its predictions are 0 because of a relu."""
        return output.head.activation.startswith("relu")

    def depends_on_the_batch(self, output):
        """Whether the predictions of a row are others without the other rows."""
        place = self.outputs.index(output)
        rows = len(output.y_pred) // 2
        if not rows:
            return False
        half = keras.tree.map_structure(
            lambda part: None if part is None else part[:rows], self.batch.x
        )
        other = ModelExamination(self.model, replace(self.batch, x=half))
        return not np.allclose(
            other.predictions[place], output.y_pred[:rows], rtol=1e-3, atol=1e-5
        )

    def loss_weight_of(self, output):
        weights = self.loss_weights
        if isinstance(weights, dict):
            return weights.get(output.name)
        if isinstance(weights, (list, tuple)) and len(weights) == len(self.names):
            return weights[self.names.index(output.name)]
        return None

    @property
    def labels_given(self):
        flat = [part for part in keras.tree.flatten(self.batch.y) if part is not None]
        return np.asarray(flat[0]) if len(flat) == 1 else None

    @once
    def _masking(self):
        """The first layer that makes a mask of the inputs, and its mask."""
        flat = keras.tree.flatten(self.batch.x)
        for layer in self.model._flatten_layers(include_self=False):
            if getattr(layer, "mask_zero", False):
                for part in flat:
                    if part is not None and np.ndim(part) == 2:
                        return layer, np.asarray(part) != 0
        return None, None

    @property
    def mask_maker(self):
        return self._masking[0].name

    @property
    def mask_made(self):
        return self._masking[1]

    def mask_of(self, output):
        flat = keras.tree.flatten(self._predicted)
        return keras.src.backend.get_keras_mask(flat[self.outputs.index(output)])

    @property
    def accuracies(self):
        """Outputs and the accuracies that are shown of them, by their word."""
        compiled = getattr(self.model, "_compile_metrics", None)
        for given in (
            getattr(compiled, "_user_metrics", None),
            getattr(compiled, "_user_weighted_metrics", None),
        ):
            for place, output in enumerate(self.outputs):
                for metric in _metrics_of(given, output.name, place, len(self.names)):
                    if metric in ("accuracy", "acc") and output.y_true is not None:
                        yield output, metric

    @property
    def weights_are_zero(self):
        weights = [o.sample_weight for o in self.outputs if o.sample_weight is not None]
        return bool(weights) and not any(np.any(weight) for weight in weights)

    @once
    def gradient_elsewhere(self):
        """The size of the gradient with drawn weights."""
        draw = np.random.default_rng(1)
        with trial.untouched(self.model):
            for variable in self.model.trainable_variables:
                variable.assign(draw.normal(size=tuple(variable.shape)))
            other = ModelExamination(self.model, self.batch)
            step = other.step
        return sum(float(np.sum(np.abs(g))) for g in step.gradients if g is not None)

    @once
    def names(self):
        """The names of the outputs, in the order of the flat predictions."""
        named = self._predicted if isinstance(self._predicted, dict) else None
        if named is not None and not any(map(keras.tree.is_nested, named.values())):
            return [str(name) for name in _flat_keys(named)]
        known = getattr(self.model, "output_names", None)
        flat = keras.tree.flatten(self._predicted)
        if known and len(known) == len(flat):
            return list(known)
        return (
            ["output"] if len(flat) == 1 else [f"output {n}" for n in range(len(flat))]
        )

    # the runs

    @once
    def _predicted(self):
        """What the model predicts in a step of training, as tensors."""
        return guarded(partial(self._call, training=True))

    def _call(self, training):
        x = keras.tree.map_structure(_tensor, self.batch.x)
        with trial.untouched(self.model):
            if self.model._call_has_training_arg:
                return self.model(x, training=training)
            return self.model(x)

    @once
    def predictions(self):
        """What the model predicts otherwise: flat arrays."""
        return _arrays(guarded(partial(self._call, training=False)))

    @once
    def heads(self):
        found = heads_of(self.model)
        flat = keras.tree.flatten(self._predicted)
        if found is None or len(found) != len(flat):
            return [Head(known=False) for _ in flat]
        if isinstance(self._predicted, dict):
            order = [t.name for t in self.model.outputs]
            packed = keras.tree.pack_sequence_as(self.model._outputs_struct, found)
            found = keras.tree.flatten(packed) if order else found
        return found

    @once
    def step(self):
        """One step of training without a change of weights."""
        assert self._predicted is not None  # the first call makes the variables
        heard = []

        def loss():
            into = [] if heard else heard  # JAX runs it again, to trace it
            x = keras.tree.map_structure(_tensor, self.batch.x)
            y = keras.tree.map_structure(_tensor, self.batch.y)
            weight = keras.tree.map_structure(_tensor, self.batch.sample_weight)
            model = self.model
            takes = model._call_has_training_arg
            y_pred = model(x, training=True) if takes else model(x)
            vars(model)["_compile_loss"] = self._listening(
                into, keras.tree.flatten(y_pred)
            )
            return model._compute_loss(
                x=x, y=y, y_pred=y_pred, sample_weight=weight, training=True
            )

        try:
            with trial.untouched(self.model):
                if self.model.trainable_variables:
                    value, found = trial.gradients(self.model, loss)
                else:
                    value, found = loss(), []
        except Exception as error:
            return StepTaken(heard, None, [], error)
        return StepTaken(heard, float(backend.array(value)), found)

    def _listening(self, heard, flat):
        compiled = getattr(self.model, "_compile_loss", None)
        if compiled is None:
            return None
        listening = keras.tree.map_structure(
            lambda loss: None if loss is None else _Listening(loss, heard, flat),
            compiled._user_loss,
        )
        return CompileLoss(
            listening, compiled._user_loss_weights, output_names=compiled.output_names
        )

    @once
    def outputs(self):
        """Every output, with its loss, labels and weights where it met any."""
        heard, found = self.step.heard, []
        for place, (name, head, y_pred) in enumerate(
            zip(self.names, self.heads, self.predictions)
        ):
            output = Output(name, head, y_pred)
            output.draw = partial(self._drawn_of, place)
            for call in heard:
                if call.output == place:
                    _take(output, call)
                    break
            found.append(output)
        return found

    def _drawn_of(self, place):
        return [drawn[place] for drawn in self._drawn]

    @once
    def _drawn(self):
        """Predictions by drawn weights near the outputs, flat arrays; those by the
        largest weights stand last."""
        largest = map(np.concatenate, zip(*map(self._predictions_by, LARGEST)))
        return [*map(self._predictions_by, SCALES), list(largest)]

    def _predictions_by(self, scale):
        draw = np.random.default_rng(0)
        near = {id(v): v for head in self.heads for v in head.weights}
        variables = list(near.values()) or self.model.trainable_variables
        with trial.untouched(self.model):
            for variable in variables:
                now = np.asarray(ops.convert_to_numpy(variable.value), float)
                size = scale * max(float(np.std(now)), 0.1)
                variable.assign(draw.normal(size=now.shape) * size)
            try:
                return _arrays(self._plain_call())
            except Exception as error:
                raise LossFailed(error) from error

    def _plain_call(self):
        x = keras.tree.map_structure(_tensor, self.batch.x)
        takes = self.model._call_has_training_arg
        return self.model(x, training=False) if takes else self.model(x)

    def added(self, scale=None):
        """What `add_loss` and regularisers add, with the present or other weights."""
        with trial.untouched(self.model):
            if scale is not None:
                draw = np.random.default_rng(0)
                for variable in self.model.trainable_variables:
                    shape = tuple(variable.shape)
                    variable.assign(draw.normal(size=shape) * scale)
            self._plain_call()
            return float(sum(np.sum(backend.array(part)) for part in self.model.losses))


class _Listening(keras.losses.Loss):
    """A loss that tells what it was called with."""

    def __init__(self, loss, heard, flat):
        super().__init__(name=getattr(loss, "name", None) or "loss")
        self.given, self.heard, self.flat = loss, heard, flat

    def __call__(self, y_true, y_pred, sample_weight=None):
        from keras.src.trainers.compile_utils import get_loss

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


def _sums_to_one(predictions):
    sums = predictions.astype(float).sum(-1)
    return np.allclose(sums[np.isfinite(sums)], 1, atol=1e-2)


def _bound(before, now, room, outer):
    """Where predictions end: nowhere, if weights a hundred times as large lead on."""
    if abs(now - before) > room and outer(now, before) == now:
        return outer(-np.inf, np.inf)
    return float(outer(before, now))


def _take(output, call):
    output.given, output.loss = call.given, call.loss
    output.loss_name = _name_of(call.loss)
    output.wants = wants_of(call.loss)
    output.y_true = _numbers(call.y_true)
    output.sample_weight = (
        None if call.sample_weight is None else _array(call.sample_weight)
    )
    output.error = call.error
    if call.value is not None:
        output.value = float(np.sum(_array(call.value)))
        output.detached = _detached(call)


def _numbers(labels):
    """As an array, if they are numbers: Keras hands over a name where it finds none."""
    array = None if labels is None else _array(labels)
    return array if array is not None and array.dtype.kind in "fiub" else None


def _detached(call):
    """The loss of the same predictions, which have forgotten what they came from."""
    y_pred = _tensor(_array(call.y_pred))
    mask = keras.src.backend.get_keras_mask(call.y_pred)
    if mask is not None:
        keras.src.backend.set_keras_mask(y_pred, mask)
    try:
        return float(np.sum(_array(call.loss(call.y_true, y_pred, call.sample_weight))))
    except Exception:
        return None


def _name_of(loss):
    function = getattr(loss, "fn", None)
    if function is not None:
        return getattr(function, "__name__", type(loss).__name__)
    return type(loss).__name__ if isinstance(loss, keras.losses.Loss) else str(loss)


def _flat_keys(named):
    return sorted(named)


def _arrays(structure):
    return [_array(part) for part in keras.tree.flatten(structure)]


def _array(tensor):
    return np.asarray(backend.array(tensor))


def _tensor(part):
    return None if part is None else ops.convert_to_tensor(part)


def _metrics_of(given, name, place, outputs):
    """Those given for one output, as they were given."""
    if given is None:
        return []
    if isinstance(given, dict):
        found = given.get(name, ())
    elif isinstance(given, (list, tuple)):
        nested = any(isinstance(part, (list, tuple, dict)) for part in given)
        found = given[place] if nested and place < len(given) else given
        if not nested and outputs > 1:
            found = given[place] if place < len(given) else ()
    else:
        found = given
    found = found if isinstance(found, (list, tuple)) else [found]
    return [part for part in found if isinstance(part, str)]
