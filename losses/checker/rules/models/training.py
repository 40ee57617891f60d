"""A step of training: what it minimises, what learns from it, what metrics show."""

import re

import numpy as np

from losses.checker.failures import LossFailed, first_line, named
from losses.checker.models.metrics import accuracy_of
from losses.checker.rule import error, note, rule, warning


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
    size = sum(float(np.sum(np.abs(g))) for g in found if g is not None)
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
        elsewhere = exam.gradient_elsewhere
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


@rule(shown_by="training/added_loss_with_the_wrong_sign")
def check_added_losses_are_bounded(exam):
    """What layers add to the loss does not fall without end."""
    if not exam.adds_losses:
        return
    try:
        values = [exam.added(scale) for scale in (1.0, 10.0)]
    except LossFailed:
        return
    now = exam.added()
    if values[1] < -10 * max(abs(now), 1) and values[1] < values[0]:
        totals = [exam.total(scale) for scale in (1.0, 10.0)]
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


@rule(shown_by="training/metric_of_another_shape", looks_only=True)
def check_metrics_run(exam):
    """The metrics run on the labels and predictions of a step."""
    if exam.step.error is not None:
        return
    raised = exam.metrics_raise
    if raised is None:
        return
    name = f"The metric {raised.name!r}" if raised.name else "A metric"
    where = ", in the graph that fit makes of it" if raised.in_a_graph else ""
    yield error(
        f"{name} raises{where}: {named(LossFailed(raised.error))} The loss runs: "
        "without this metric the model trains."
    )


@rule(shown_by="training/accuracy_of_a_regression")
def check_metrics_fit(exam):
    """Metrics count what the labels and the head mean."""
    for output, word in exam.accuracies:
        wants, true = output.wants, output.y_true
        if wants is None:
            continue
        try:
            kind, value = accuracy_of(output)
        except Exception:
            continue  # check_metrics_run tells what it raises
        means = f"{exam.of(output)}{word} is keras.metrics.{kind} for these shapes: it"
        if wants.labels in ("real", "counts") and not _are_classes(output):
            yield warning(
                f"{means} {COUNTS[kind]}, and the labels are numbers from "
                f"{true.min():g} to {true.max():g}. For a regression take mae.",
                accuracy=value,
            )
        elif wants.predictions != "chances":
            continue
        elif wants.from_logits and kind == "BinaryAccuracy":
            if output.is_squashed:
                continue  # check_head_fits_from_logits tells which of the two is wrong
            between = output.y_pred.astype(float)
            wrong = int(np.sum((between > 0) & (between <= 0.5)))
            yield warning(
                f"{means} {COUNTS[kind]}. These are logits, which are cut at 0: "
                f"{wrong} of {between.size} are counted as the other class now. Take "
                "keras.metrics.BinaryAccuracy(threshold=0)."
            )
        elif kind == "CategoricalAccuracy" and not output.labels_choose_one:
            yield note(
                f"{means} {COUNTS[kind]}, and rows have several labels or none. "
                "keras.metrics.BinaryAccuracy counts each label.",
                accuracy=value,
            )


COUNTS = {
    "BinaryAccuracy": "cuts predictions at 0.5 and counts those that equal their label",
    "CategoricalAccuracy": "counts rows in which the largest prediction stands where "
    "the largest label does",
    "SparseCategoricalAccuracy": "takes the place of the largest prediction for the "
    "class, and counts rows in which it equals the label",
}


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
    told = f"{type(step.error).__name__}: {first_line(step.error)}"
    of = (
        f" in {where.loss_name} of {where.name!r}"
        if where is not None and len(exam.names) > 1
        else f" in {where.loss_name}"
        if where is not None
        else ""
    )
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


def _are_classes(output):
    true = output.y_true.astype(float)
    whole = np.all(true == np.round(true))
    return bool(whole and (output.is_squashed or output.rows_sum_to_one))
