"""A step of training: what it minimises, what learns from it, what metrics show."""

import re

import numpy as np

from losses.checker.captured import captured, is_array
from losses.checker.failures import LossFailed, named
from losses.checker.models.arrays import tensor
from losses.checker.models.learning import (
    layers_of,
    size_of,
    stuck_at_zero,
    unreached,
)
from losses.checker.rule import error, rule, warning


@rule(shown_by="training/rounded_predictions", of_any_step=True)
def check_something_learns(exam):
    """A gradient arrives at the variables that are trained."""
    if exam.model_trains_in_its_own_way:
        yield from _ruined(exam.own_step)
        return
    if exam.step.error is not None:
        return
    if not exam.model.trainable_variables:
        frozen = len(exam.model.variables)
        yield error(
            f"No variable of the model is trainable, of {frozen}: a step changes "
            "nothing. Was trainable = False set on the whole model?"
        )
        return
    if any(output.broken for output in exam.outputs):
        return
    found = exam.step.gradients
    size = size_of(found)
    if not np.isfinite(size):
        yield error(
            "The gradient is not finite: one step makes the weights NaN.",
            loss=exam.step.value,
        )
    elif found and all(g is None for g in found):
        yield error(
            "No gradient leads from the loss to any variable: something on the way "
            "has none, such as round, argmax, a comparison, or NumPy."
        )
    elif size == 0 and exam.step.value and not exam.weights_are_zero:
        elsewhere = size_of(exam.drawn.gradients)
        if elsewhere == 0:
            yield error(
                "The gradient of every variable is 0, with these weights and with "
                "others: nothing is learned. Does the loss round or compare its "
                "predictions?",
                loss=exam.step.value,
            )
        else:
            yield warning(
                "The gradient of every variable is 0 with these weights, and not with "
                "others: the model is dead at the start. Is every relu below 0?",
                loss=exam.step.value,
            )
    elif size and all(o.loss is not None for o in exam.outputs):
        yield from _in_part(exam)


def _in_part(exam):
    """Variables that stay as they are, while others learn."""
    number = len(exam.model.trainable_variables)
    if lost := unreached(exam):
        yield warning(
            f"No gradient leads from the loss to {_named(exam, lost)}: {len(lost)} of "
            f"{number} trainable variables stay as they are. Does the loss not depend "
            "on them, or by way of stop_gradient, argmax or round only? Where that is "
            "meant: layer.trainable = False."
        )
    elif stuck := stuck_at_zero(exam):
        yield warning(
            f"The weights of {_named(exam, stuck)} are 0 and stay 0: what goes into "
            "the next layer is 0 as well, so that neither has a gradient. Leave "
            'kernel_initializer="zeros" to the last layer.'
        )


def _named(exam, variables):
    names = layers_of(exam.model, variables)
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(map(repr, names[:3])) + more


@rule(shown_by="training/added_loss_with_the_wrong_sign")
def check_added_losses_are_bounded(exam):
    """What layers add to the loss does not fall without end."""
    if not exam.adds_losses:
        return
    try:
        values = [exam.drawn.added(scale) for scale in (1.0, 10.0)]
    except LossFailed:
        return
    now = exam.drawn.added()
    if values[1] < -10 * max(abs(now), 1) and values[1] < values[0]:
        totals = [exam.drawn.total(scale) for scale in (1.0, 10.0)]
        falls = any(t is not None and t < -10 * max(abs(now), 1) for t in totals)
        yield (error if falls else warning)(
            "What the layers add to the loss falls without end: larger weights make it "
            "lower, and training only enlarges them. Is its sign exchanged?",
            now=now,
            with_weights_around_1=values[0],
            with_weights_around_10=values[1],
        )


@rule(
    shown_by="training/compute_loss_without_added_losses",
    of_any_step=True,
)
def check_added_losses_count(exam):
    """What layers add to the loss is part of what is minimised."""
    own = exam.model_trains_in_its_own_way
    step = exam.own_step if own else exam.step
    if step is None or step.error is not None or step.asked_for or not step.added:
        return
    name = "train_step" if own else "compute_loss"
    yield warning(
        f"{name} leaves out what layers and regularisers add to the loss, "
        f"{step.added:.3g} in this batch: it never reads self.losses. Add "
        "sum(self.losses), or take the loss from super().compute_loss(...).",
        added=step.added,
    )


@rule(
    shown_by="training/weights_as_long_as_the_data",
    looks_only=True,
    of_any_step=True,
)
def check_step_runs(exam):
    """A step of training runs."""
    if exam.model_trains_in_its_own_way:
        yield from _own(exam.own_step)
        return
    step = exam.step
    if step.error is None or exam.explained:
        return
    where = exam.failing
    told = named(LossFailed(step.error))
    of = (
        f" in {where.loss_name} of {where.name!r}"
        if where is not None and len(exam.names) > 1
        else f" in {where.loss_name}"
        if where is not None
        else ""
    )
    if where is not None and (held := _held(where)):
        name, size = held
        yield error(
            f"A step of training raises{of}: {told} The loss holds {name} with {size} "
            f"rows, and runs for a batch of {size} only. Give weights of rows through "
            "sample_weight, which fit deals out, and anything else through the labels."
        )
        where.broken.add("loss")
        return
    rows = exam.batch.rows
    whole = rows and rows > exam.rows and re.search(rf"\b{rows}\b", told)
    yield error(
        f"A step of training raises{of}: {told}"
        + (
            f" The data has {rows} rows, a batch has fewer: does the loss hold an "
            "array as long as the data?"
            if whole
            else ""
        )
    )


def _held(output):
    """The name and the rows of an array that a loss holds, if it runs for as many rows,
    and not for the batch."""
    rows = len(output.y_pred)
    for name, value, _ in captured(output.given) if output.is_custom else ():
        size = np.shape(value)[0] if is_array(value) and np.ndim(value) else 0
        if size in (0, 1, rows) or size > 10**5:
            continue
        index = np.arange(size) % rows
        try:
            output.loss(tensor(output.y_true[index]), tensor(output.y_pred[index]))
        except Exception:
            continue
        return name, size
    return None


def _own(step):
    """What a step of one's own raises."""
    if step is None or step.error is None:
        return
    told = named(LossFailed(step.error))
    if step.without_y_pred:
        told += (
            " compute_loss was called without y_pred. Its arguments are x, y, y_pred, "
            "sample_weight: give them by name, y_pred=y_pred."
        )
    if isinstance(step.error, AttributeError):  # a callback may set it
        yield warning(f"The train_step of the model raises {told}")
    else:
        yield error(f"The train_step of the model raises {told}")


def _ruined(step):
    if step is not None and step.ruined:
        yield error(
            f"After one train_step {len(step.ruined)} variables are NaN or infinite: "
            f"{', '.join(step.ruined[:3])}."
        )
