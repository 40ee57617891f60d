"""What the last activation can reach: scores that may be any number, and the labels."""

import keras
import numpy as np

from losses.checker.models.activations import of_function
from losses.checker.rule import error, rule, warning
from losses.checker.rules.models.values import are_bytes

CERTAIN = 0.95  # a softmax that cannot give more is cut off
NOISE = 0.05  # of a loss: that much may be noise


@rule(shown_by="heads/relu_before_from_logits")
def check_scores_are_not_cut_off(exam):
    """What goes into a softmax or a sigmoid may be any number."""
    for output in exam.judged("head"):
        cutting, low, high = _cut_off(output)
        if cutting is None or output.wants is None:
            continue
        final = "softmax" if output.wants.of_classes else "sigmoid"
        final = output.head.activation if output.head.squashes else final
        told = f"{exam.of(output)}{cutting} cuts off what goes into the {final}: "
        if output.wants.of_classes:
            if high < CERTAIN:
                yield error(
                    f"{told}no probability is above {high:.3g}, whatever the "
                    "weights. Leave it out.",
                )
                output.broken.add("head")
            elif cutting == "relu":
                yield warning(
                    f"{told}a class whose score is below 0 learns nothing, "
                    "and a row in which all are gets the same probability for each. "
                    "Leave it out."
                )
        elif beyond(output, low, high).any() and output.suits(output.labels):
            yield error(
                f"{told}every probability lies between {low:.3g} and "
                f"{high:.3g}, whatever the weights. Leave it out."
            )
            output.broken.add("head")


@rule(shown_by="heads/sigmoid_for_targets_beyond_one")
def check_head_reaches_the_labels(exam):
    """The last activation lets the predictions come to the labels."""
    for output in exam.judged("head"):
        if output.wants is not None and not output.wants.elementwise:
            continue
        if output.wants is not None and output.wants.from_logits:
            continue
        low, high = output.bounds
        labels = output.y_true.astype(float)
        if output.squeezed_shapes_differ or not np.all(np.isfinite(labels)):
            continue
        if not (output.head.known or np.ptp(labels)):
            continue  # labels for form, of a model that works out its loss itself
        if not output.suits(output.labels):
            continue  # check_labels_suit_the_loss tells
        if output.is_custom and output.rows_sum_to_one:
            yield from _more_than_one_is_right(exam, output)
        outside = beyond(output, low, high)
        if not outside.any():
            continue
        exact = output.loss_of(labels)
        best = output.loss_of(np.clip(labels, low, high))
        if exact is None or best is None or not exact < best - 1e-3 * abs(best):
            continue
        is_distance = output.wants is not None or abs(exact) <= 1e-6 * max(best, 1)
        if not is_distance or not output.bounds_hold:
            continue
        number = int(outside.sum())
        tried = "" if output.head.known else ", as far as weights were drawn"
        grave = best - exact > NOISE * _of_the_mean(output)
        yield (error if output.head.known and grave else warning)(
            f"{exam.of(output)}{number} of {labels.size} labels cannot be reached: the "
            f"head, {output.head.described}, gives numbers "
            f"{_between(low, high)}{tried}, and labels go from {labels.min():g} to "
            f"{labels.max():g}. "
            + (
                "They look like pixels of an image: divide them by 255."
                if are_bytes(output.labels)
                else "Take another activation, or scale the labels."
            ),
            loss_of_exact_predictions=exact,
            loss_of_the_nearest_it_can_reach=best,
        )
        output.broken.add("head")


def _of_the_mean(output):
    """The loss where every prediction is the mean of the labels: what is small beside
    it is noise. 0 where it is not known."""
    mean = np.full(output.y_pred.shape, output.labels.mean())
    return output.loss_of(mean) or 0.0


def _cut_off(output):
    """The activation before a softmax or a sigmoid, in the head or in the loss, and
    between which numbers probabilities lie for it; None where there is none."""
    steps, wants = output.head.steps, output.wants
    if wants is None or wants.predictions not in ("chances", "rows"):
        return None, *output.head.bounds
    if not wants.from_logits:
        cut = len(steps) > 1 and steps[0].squashes and not steps[1].squashes
        return steps[1].name if cut else None, *output.head.bounds
    if not steps or steps[0].squashes:
        return None, *output.head.bounds
    shape = output.y_pred.shape
    final = of_function(
        keras.activations.softmax if wants.of_classes else keras.activations.sigmoid,
        shape,
    )
    return steps[0].name, *final.image(*output.head.bounds)


def beyond(output, low, high):
    """Which labels, of those that count, lie outside of what the head can give."""
    if output.squeezed_shapes_differ:
        return np.zeros(1, bool)
    labels = output.y_true.astype(float)
    span = max(float(np.ptp(output.labels)) if output.labels.size else 0.0, 1e-6)
    room = max((0.01 if output.head.known else 0.1) * span, output.rounding)
    return output.counts & ((labels < low - room) | (labels > high + room))


def _more_than_one_is_right(exam, output):
    """Labels of 0 and 1 of which a row has several, under a softmax."""
    labels = output.y_true.astype(float)
    if labels.shape != output.y_pred.shape or not np.all((labels == 0) | (labels == 1)):
        return
    sums = output.label_rows.sum(-1)
    several = int(np.sum(sums > 1))
    shared = labels / np.maximum(labels.sum(-1, keepdims=True), 1)
    exact, best = output.loss_of(labels), output.loss_of(shared)
    if several and exact is not None and best is not None and exact < best:
        yield warning(
            f"{exam.of(output)}{several} of {len(sums)} rows of labels have more than "
            f"one 1, up to {sums.max():g}, and {output.head.described} shares 1 among "
            "the classes of a row. Where several may be right, take a sigmoid.",
            loss_of_exact_predictions=exact,
            loss_of_shared_ones=best,
        )


def _between(low, high):
    if np.isinf(high):
        return f"from {low:.3g} on"
    return f"up to {high:.3g}" if np.isinf(low) else f"between {low:.3g} and {high:.3g}"
