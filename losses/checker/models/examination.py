"""A compiled model under examination: what it predicts, which loss meets which labels,
and what a step of training makes of them."""

from dataclasses import replace
from functools import partial

import keras
import numpy as np

from losses.checker.failures import guarded
from losses.checker.memo import once
from losses.checker.models import trial
from losses.checker.models.arrays import array, arrays, rows_in, rows_of, tensors
from losses.checker.models.drawn import Drawn
from losses.checker.models.heads import Head, heads_of
from losses.checker.models.metrics import failure_of_metrics
from losses.checker.models.outputs import Output
from losses.checker.models.own import own_step_of, way_of
from losses.checker.models.shown import shown_of
from losses.checker.models.step import called, taken


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
        return getattr(self.model, "loss", None)

    @property
    def loss_weights(self):
        compiled = getattr(self.model, "_compile_loss", None)
        return getattr(compiled, "_user_loss_weights", None)

    @property
    def has_own_step(self):
        kind = type(self.model)
        return bool(way_of(self.model)) or (
            kind.compute_loss is not keras.Model.compute_loss
        )

    @property
    def model_trains_in_its_own_way(self):
        return bool(way_of(self.model))

    @property
    def step_fails(self):
        """Whether a step raises, so that there is nothing to save."""
        if self.model_trains_in_its_own_way:
            return self.own_step is not None and self.own_step.error is not None
        return self.step.error is not None

    @once
    def metrics_raise(self):
        """What a metric raises, see `Raised`; None where none does."""
        return failure_of_metrics(self.model, self.batch, self.y_pred)

    @property
    def inputs_not_finite(self):
        """The inputs that are not finite, by their place."""
        flat = keras.tree.flatten_with_path(self.batch.x)
        for path, part in flat:
            is_float = isinstance(part, np.ndarray) and part.dtype.kind == "f"
            if is_float and not np.all(np.isfinite(part)):
                yield "".join(f"[{key!r}]" for key in path), part

    @once
    def not_finite_by_inputs(self):
        """Whether predictions are not finite, and are with 0 in place of what is not
        finite in the inputs."""
        if all(np.all(np.isfinite(part)) for part in self.predictions):
            return False
        x = keras.tree.map_structure(
            lambda part: (
                np.nan_to_num(part, nan=0, posinf=0, neginf=0)
                if isinstance(part, np.ndarray) and part.dtype.kind == "f"
                else part
            ),
            self.batch.x,
        )
        filled = ModelExamination(self.model, replace(self.batch, x=x))
        return all(np.all(np.isfinite(part)) for part in filled.predictions)

    @once
    def own_step(self):
        """What came of a step that the model takes in its own way; None of another."""
        return own_step_of(self.model, self.batch.data)

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
    def is_flat(self):
        """Whether the model gives a tensor, or a list or a dict of tensors: what meets
        what in other structures is not followed."""
        given = self.y_pred
        parts = given.values() if isinstance(given, dict) else given
        nested = keras.tree.is_nested(given)
        return not nested or not any(map(keras.tree.is_nested, parts))

    @once
    def adds_losses(self):
        """Whether a layer adds a loss, by a regulariser or itself."""
        with trial.untouched(self.model):
            self.call()
            return bool(self.model.losses)

    @property
    def rows(self):
        return rows_in(
            next(p for p in keras.tree.flatten(self.batch.x) if p is not None)
        )

    @property
    def with_labels(self):
        """Of an output that is a single number nothing is known: it is no prediction
        of labels, and has no rows."""
        return [
            output
            for output in self.outputs
            if output.loss is not None
            and output.y_true is not None
            and output.y_pred.ndim
        ]

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
        rows = len(output.y_pred) // 2
        if not rows or output.place >= len(self.predictions):
            return False
        half = keras.tree.map_structure(
            lambda part: rows_of(part, np.arange(rows)), self.batch.x
        )
        other = ModelExamination(self.model, replace(self.batch, x=half))
        return not np.allclose(
            other.predictions[output.place],
            self.predictions[output.place][:rows],
            rtol=1e-3,
            atol=1e-5,
        )

    def is_outside_in_predict(self, output):
        """Whether `predict` gives numbers that are no probabilities, too."""
        place = output.place
        if place >= len(self.predictions):
            return True
        return output.is_outside(self.predictions[place])

    def loss_weight_of(self, output):
        weights = self.loss_weights
        if not self.is_flat:
            return None
        if isinstance(weights, dict):
            return weights.get(output.name)
        if isinstance(weights, (list, tuple)) and len(weights) == len(self.names):
            return weights[output.place]
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

    @property
    def shown(self):
        """The metrics of each output, see `Shown`."""
        return shown_of(self.model, self.outputs, self.names)

    @property
    def weights_are_zero(self):
        weights = [o.sample_weight for o in self.outputs if o.sample_weight is not None]
        return bool(weights) and not any(np.any(weight) for weight in weights)

    @once
    def names(self):
        """The names of the outputs, in the order of the flat predictions."""
        paths = [path for path, _ in keras.tree.flatten_with_path(self.y_pred)]
        if isinstance(self.y_pred, dict) or not self.is_flat:
            return ["/".join(map(str, path)) for path in paths]
        known = getattr(self.model, "output_names", None)
        if known and len(known) == len(paths):
            return list(known)
        many = len(paths) > 1
        return [f"output {n}" if many else "output" for n in range(len(paths))]

    # the runs

    @once
    def y_pred(self):
        """What a step of training predicts, in its structure, as tensors."""
        return guarded(partial(self._call, training=True))

    def _call(self, training=False):
        with trial.untouched(self.model):
            return self.call(training)

    def call(self, training=False):
        return called(self.model, tensors(self.batch.x), training)

    @once
    def predictions(self):
        """What `predict` gives: flat arrays."""
        return arrays(guarded(self._call))

    @once
    def heads(self):
        found, number = heads_of(self.model), len(keras.tree.flatten(self.y_pred))
        if found is None or len(found) != number:
            return [Head()] * number
        return found

    @once
    def step(self):
        """One step of training without a change of weights."""
        assert self.y_pred is not None  # the first call makes the variables
        return taken(self.model, self.batch)

    @once
    def outputs(self):
        """Every output, with its loss, labels and weights where it met any."""
        heard, flat = self.step.heard, keras.tree.flatten(self.y_pred)
        found = []
        for place, name in enumerate(self.names):
            output = Output(name, place, self.heads[place], array(flat[place]))
            output.draw = partial(self.drawn.of, place)
            if call := _call_of(place, flat, heard):
                output.takes(call)
            found.append(output)
        return found

    @once
    def drawn(self):
        """The model with other weights."""
        return Drawn(self)

    def anew(self):
        """An examination of the model as it is now, on the same batch."""
        return ModelExamination(self.model, self.batch)


def _call_of(place, flat, heard):
    """What the loss of an output was called with. A tensor that is given out twice is
    told apart by the order of its losses."""
    same = [n for n, tensor in enumerate(flat) if tensor is flat[place]]
    calls = [call for call in heard if call.output == same[0]]
    if len(same) > 1:
        calls = calls[same.index(place) :]
    return calls[0] if calls else None
