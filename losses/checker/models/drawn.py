"""What a model gives with other weights than its own."""

import numpy as np
from keras import ops

from losses.checker.memo import once
from losses.checker.models import trial
from losses.checker.models.arrays import array, arrays

SCALES = (1.0, -1.0, 10.0, -10.0)  # of drawn weights
LARGEST = (1000.0, -1000.0)


class Drawn:
    """The model of an examination, with weights that are drawn; it is as it was after
    each run."""

    def __init__(self, exam):
        self.exam, self.model = exam, exam.model

    def of(self, place, everywhere=False, seed=0):
        """Predictions of an output by drawn weights: of the layer nearest to each
        output if that is known, otherwise of all layers. Those by the largest weights
        stand last."""
        near = bool(self.exam.heads[place].variables) and not everywhere
        if (near, seed) not in self._known:
            self._known[near, seed] = self._drawn(near, seed)
        return [flat[place] for flat in self._known[near, seed]]

    @once
    def _known(self):
        return {}

    def _drawn(self, near, seed):
        variables = self.model.trainable_variables
        if near:
            nearest = {id(v): v for head in self.exam.heads for v in head.variables}
            variables = list(nearest.values())
        drawn = [self._predictions_by(scale, variables, seed) for scale in SCALES]
        far = [self._predictions_by(scale, variables, seed) for scale in LARGEST]
        joined = (
            np.concatenate([*map(np.atleast_1d, parts)])
            for parts in zip(*filter(None, far))
        )
        return [*filter(None, drawn), *([list(joined)] if any(far) else [])]

    def _predictions_by(self, scale, variables, seed):
        """Flat arrays as in a step of training; None where the model raises."""
        draw = np.random.default_rng(seed)
        with trial.untouched(self.model):
            for variable in variables:
                now = np.asarray(ops.convert_to_numpy(variable.value), float)
                size = scale * max(float(np.std(now)), 0.1)
                variable.assign(draw.normal(size=now.shape) * size)
                if variable.constraint is not None:
                    variable.assign(variable.constraint(variable.value))
            try:
                return arrays(self.exam.call(training=True))
            except Exception:
                return None

    @once
    def gradients(self):
        """Those of a step, in the order of the trainable variables."""
        with trial.untouched(self.model):
            self._draw(1.0, seed=1)
            return self.exam.anew().step.gradients

    def added(self, scale=None):
        """What `add_loss` and regularisers add, with the present or other weights."""
        with trial.untouched(self.model):
            self._draw(scale)
            self.exam.call()
            return float(sum(np.sum(array(part)) for part in self.model.losses))

    def total(self, scale):
        """What a step minimises with other weights, and predictions near 0 where the
        heads are known; None where it raises."""
        with trial.untouched(self.model):
            self._draw(scale)
            for variable in (v for head in self.exam.heads for v in head.variables):
                variable.assign(ops.zeros_like(variable))
            return self.exam.anew().step.value

    def _draw(self, scale, seed=0):
        draw = np.random.default_rng(seed)
        for variable in self.model.trainable_variables if scale else ():
            variable.assign(draw.normal(size=tuple(variable.shape)) * scale)
