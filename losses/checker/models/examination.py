"""A compiled model under examination: what it predicts, which loss meets which labels,
and what a step of training makes of them."""

from dataclasses import replace
from functools import partial

import keras
import numpy as np
from keras import ops

from losses.checker.failures import LossFailed, guarded
from losses.checker.memo import once
from losses.checker.models import trial
from losses.checker.models.arrays import array, arrays, rows_in, rows_of, tensors
from losses.checker.models.heads import Head, heads_of
from losses.checker.models.metrics import failure_of_metrics
from losses.checker.models.outputs import Output
from losses.checker.models.own import own_step_of, way_of
from losses.checker.models.step import called, taken

SCALES = (1.0, -1.0, 10.0, -10.0)  # of drawn weights
LARGEST = (1000.0, -1000.0)


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
        return rows_in(
            next(p for p in keras.tree.flatten(self.batch.x) if p is not None)
        )

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
            lambda part: rows_of(part, np.arange(rows)), self.batch.x
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
        flat = keras.tree.flatten(self.y_pred)
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
        named = self.y_pred if isinstance(self.y_pred, dict) else None
        if named is not None and not any(map(keras.tree.is_nested, named.values())):
            return sorted(map(str, named))  # as trees are flattened
        known = getattr(self.model, "output_names", None)
        flat = keras.tree.flatten(self.y_pred)
        if known and len(known) == len(flat):
            return list(known)
        return (
            ["output"] if len(flat) == 1 else [f"output {n}" for n in range(len(flat))]
        )

    # the runs

    @once
    def y_pred(self):
        """What a step of training predicts, in its structure, as tensors."""
        return guarded(partial(self._call, training=True))

    def _call(self, training=False):
        with trial.untouched(self.model):
            return self._plain_call(training)

    def _plain_call(self, training=False):
        return called(self.model, tensors(self.batch.x), training)

    @once
    def predictions(self):
        """What the model predicts otherwise: flat arrays."""
        return arrays(guarded(self._call))

    @once
    def heads(self):
        found, number = heads_of(self.model), len(keras.tree.flatten(self.y_pred))
        if found is None or len(found) != number:
            return [Head(known=False)] * number
        return found

    @once
    def step(self):
        """One step of training without a change of weights."""
        assert self.y_pred is not None  # the first call makes the variables
        return taken(self.model, self.batch)

    @once
    def outputs(self):
        """Every output, with its loss, labels and weights where it met any."""
        heard, found = self.step.heard, []
        for place, (name, head, y_pred) in enumerate(
            zip(self.names, self.heads, self.predictions)
        ):
            output = Output(name, head, y_pred)
            output.draw = partial(self._drawn_of, place)
            if call := next((c for c in heard if c.output == place), None):
                output.takes(call)
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
                return arrays(self._plain_call())
            except Exception as error:
                raise LossFailed(error) from error

    def added(self, scale=None):
        """What `add_loss` and regularisers add, with the present or other weights."""
        with trial.untouched(self.model):
            if scale is not None:
                draw = np.random.default_rng(0)
                for variable in self.model.trainable_variables:
                    shape = tuple(variable.shape)
                    variable.assign(draw.normal(size=shape) * scale)
            self._plain_call()
            return float(sum(np.sum(array(part)) for part in self.model.losses))


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
