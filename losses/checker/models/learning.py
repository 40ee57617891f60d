"""Which variables of a model a step of training changes."""

import numpy as np
from keras import ops

from losses.checker.models import trial
from losses.running import backend

STEPS = 3  # after which what was 0 and without a gradient is so for good
RATE = 0.05


def size_of(gradients):
    return sum(float(np.sum(np.abs(g))) for g in gradients if g is not None)


def unreached(exam):
    """The trainable variables that no gradient leads to. JAX has 0 for none, and
    PyTorch behind round: there they are also those of which it is 0 with drawn
    weights, too."""
    variables, found = exam.model.trainable_variables, exam.step.gradients
    if backend.NAME == "tensorflow" or all(g is None or np.any(g) for g in found):
        return [v for v, g in zip(variables, found) if g is None]
    elsewhere = exam.drawn.gradients
    if len(elsewhere) != len(found):  # it raises with drawn weights
        return []
    both = zip(variables, found, elsewhere)
    return [v for v, *two in both if all(g is None or not np.any(g) for g in two)]


def stuck_at_zero(exam):
    """The kernels that are 0 throughout, have a gradient of 0, and are and have so
    after some steps, while others are trained."""
    variables, found = exam.model.trainable_variables, exam.step.gradients
    kernels = [
        place
        for place, (variable, gradient) in enumerate(zip(variables, found))
        if gradient is not None
        and len(variable.shape) > 1
        and not np.any(gradient)
        and not np.any(ops.convert_to_numpy(variable.value))
    ]
    with trial.untouched(exam.model):
        gradients = found
        for _ in range(STEPS if kernels else 0):
            for variable, gradient in zip(variables, gradients):
                if gradient is not None and np.any(gradient):
                    step = RATE * gradient / np.abs(gradient).max()
                    variable.assign_sub(np.asarray(step, gradient.dtype))
            gradients = exam.anew().step.gradients
            if len(gradients) != len(variables):
                return []
            kernels = [place for place in kernels if not np.any(gradients[place])]
    return [variables[place] for place in kernels]


def layers_of(model, variables):
    """Names for variables: of the outermost layers that have no others, and of the
    variables of layers that do."""
    wanted = {id(v) for v in variables}
    return list(dict.fromkeys(_names(model, wanted)))


def _names(layer, wanted):
    for part in getattr(layer, "_layers", ()):
        own = {id(v) for v in part.trainable_variables}
        if own and own <= wanted:
            yield part.name
        elif own & wanted:
            yield from _names(part, wanted)
    for variable in getattr(layer, "_trainable_variables", ()):
        if id(variable) in wanted:
            yield f"{layer.name}/{variable.name}"
