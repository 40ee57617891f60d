"""The gradient: it exists, it is finite, and it points the right way."""

import keras
import numpy as np

from losses.checker.captured import captured
from losses.checker.facts import same
from losses.checker.failures import LossFailed
from losses.checker.rule import error, note, rule, warning
from losses.running import backend


@rule(shown_by="mean_absolute_error/rounded_predictions")
def check_gradient_reaches_the_predictions(exam):
    """The predictions get a gradient, and no term of the loss is cut off from it.

    `argmax`, `round`, casts to integers and NumPy have no gradient; that of `sign` is
    zero. A comparison is one too, unless it only chooses.
    """
    gradient = exam.facts.base.gradient
    ends = _dead_ends(exam)
    names = ", ".join(ends)
    if gradient is None:
        cause = f"{names} has none" if ends else "nothing leads from y_pred to it"
        if metric := _metric(exam):
            cause = (
                f"{metric}, a metric of keras.metrics, is used as the loss, and its "
                "result is a running mean that it keeps in variables. Use the loss of "
                "keras.losses instead"
            )
        yield error(f"No gradient reaches the predictions: {cause}. {NO_GRADIENTS}")
    elif not np.any(gradient != 0):
        if any(_moves(exam, pred) for pred in _elsewhere(exam)):
            return
        values = [exam.value(exam.tensors.y_true, pred) for pred in _elsewhere(exam)]
        found = warning if same(values[0], values[-1]) else error
        yield found(
            "The gradient is zero, here and at other predictions: nothing is learned."
            + (f" {names} is flat." if ends else "")
        )
    elif ends:
        yield warning(
            f"A term of it goes through {names}, where the gradient ends: it counts in "
            "the loss, and nothing trains it."
        )


@rule(shown_by="mean_squared_error/root_of_zero")
def check_gradient_is_finite(exam):
    """The gradient is finite wherever the loss is.

    The slopes of `sqrt` at 0, of `acos` at 1 and of powers below 1 at 0 are infinite,
    and infinity times 0 is NaN: one such sample turns every weight into NaN.
    """
    run = exam.facts.base
    if run.gradient is None or not np.isfinite(run.value):
        return
    bad = int(np.sum(~np.isfinite(run.gradient)))
    if bad:
        yield error(
            f"The loss is finite and the gradient is not, in {bad} of "
            f"{run.gradient.size} entries: after one step the weights are NaN.",
            loss=run.value,
        )
        return
    for edge, run in exam.facts.at_edges:
        if run.gradient is None or not np.isfinite(run.value):
            continue
        if not np.all(np.isfinite(run.gradient)):
            found = error if edge.surely and edge.exact else warning
            yield found(f"The gradient is not finite {edge.where}.", loss=run.value)
            return


@rule(shown_by="mean_squared_error/half_of_the_gradient_stopped")
def check_gradient_is_the_slope(exam):
    """The gradient agrees with finite differences.

    It does not behind a `stop_gradient`, a straight-through estimator or a gradient of
    one's own, which may be meant.
    """
    gradient = exam.facts.base.gradient
    if exam.facts.is_random or gradient is None or not np.all(np.isfinite(gradient)):
        return
    slopes = []
    for seed in range(4):
        by_gradient, by_differences, noise = _slopes(exam, seed)
        apart = abs(by_gradient - by_differences)
        most = max(abs(by_gradient), abs(by_differences))
        if not np.isfinite(apart) or apart <= 0.2 * most + noise:
            return
        slopes.append((by_gradient, by_differences))
    yield note(
        "The gradient is not the slope of the loss: is there a stop_gradient, a "
        "rounding or a gradient of its own, and is it meant?",
        gradient=[a for a, _ in slopes],
        finite_differences=[b for _, b in slopes],
    )


@rule(shown_by="mean_absolute_error/own_gradient_with_the_wrong_sign")
def check_a_step_lowers_the_loss(exam):
    """A small step against the gradient lowers the loss."""
    facts, pred = exam.facts, exam.tensors.y_pred
    gradient = facts.base.gradient
    if facts.is_random or not facts.flows or not np.all(np.isfinite(gradient)):
        return
    size = _spread(pred) / np.max(np.abs(gradient))
    losses = []
    for step in size * np.array([1e-5, 1e-4, 1e-3, 1e-2]):
        moved = (pred - step * gradient).astype(pred.dtype)
        expected = step * float(np.sum(gradient.astype(float) ** 2))
        if expected > 1e-5 * facts.scale:  # below, the last digits decide
            losses.append(exam.value(exam.tensors.y_true, moved))
            if not losses[-1] - facts.base.value > expected / 10:
                return
    # At a kink, such as that of |x|, the loss rises in every direction: no mistake.
    if losses and exam.value(exam.tensors.y_true, 2 * pred - moved) < facts.base.value:
        yield error(
            "Small steps against the gradient make the loss larger, and so does "
            "training.",
            before=facts.base.value,
            after=losses,
        )


NO_GRADIENTS = {
    "tensorflow": "fit raises 'No gradients provided for any variable'.",
    "jax": "fit raises, or learns nothing.",
    "torch": "fit raises 'element 0 of tensors does not require grad'.",
}[backend.NAME]


def _dead_ends(exam):
    return exam.facts.trace.dead_ends() if exam.facts.is_read else []


def _metric(exam):
    """The class of a metric that the loss is or calls, or ""."""
    values = exam.loss, *(value for _, value, _ in captured(exam.loss))
    metrics = (v for v in values if isinstance(v, keras.metrics.Metric))
    return next((type(metric).__name__ for metric in metrics), "")


def _elsewhere(exam):
    tensors = exam.tensors
    yield tensors.others
    spread = _spread(tensors.y_pred)
    wave = np.cos(3 * np.arange(tensors.y_pred.size)).reshape(tensors.y_pred.shape)
    low, high = tensors.y_pred.min(), tensors.y_pred.max()
    moved = tensors.y_pred + spread * wave
    yield np.clip(moved, low, high).astype(tensors.y_pred.dtype)


def _moves(exam, pred):
    try:
        found = exam.run(exam.tensors.y_true, pred, gradient=True).gradient
    except LossFailed:
        return False
    return found is not None and bool(np.any(found != 0))


def _slopes(exam, seed):
    """The slope along a random direction: by the gradient, by differences, and how far
    the second may be off by rounding alone."""
    true, pred = exam.tensors.y_true, exam.tensors.y_pred.astype("float64")
    direction = np.random.default_rng(seed).choice([-1.0, 1.0], size=pred.shape)
    if exam.tensors.unit:
        direction *= pred * (1 - pred) + 1e-3
    step = 3e-3 * _spread(pred)
    values = [
        exam.value(true, (pred + sign * step * direction).astype("float32"))
        for sign in (1, -1)
    ]
    by_differences = (values[0] - values[1]) / (2 * step)
    noise = 4e-7 * max(abs(values[0]), abs(values[1]), exam.facts.scale) / step
    return float(np.sum(exam.facts.base.gradient * direction)), by_differences, noise


def _spread(pred):
    return float(np.std(pred)) or 1.0
