"""The last layer: whether it gives what the loss is for, and can reach the labels."""

import keras
import numpy as np

from losses.checker.models.activations import of_function
from losses.checker.rule import error, rule, warning

CERTAIN = 0.95  # a softmax that cannot give more is cut off


@rule(shown_by="heads/softmax_over_one_unit")
def check_head_can_change(exam):
    """The predictions depend on the weights."""
    for output in exam.judged("head"):
        if output.is_constant and not exam.is_dead(output):
            value = output.all_predictions[0]
            over = (
                "softmax over one unit"
                if output.units == 1 and abs(value - 1) < 1e-5
                else ""
            )
            yield error(
                f"{exam.of(output)}every prediction is {value:g}, for all rows and for "
                f"all weights that were tried{_because(over)}."
                + (_instead(output, "sigmoid") if over else "")
            )
            output.broken.add("head")


@rule(shown_by="heads/sigmoid_after_a_sigmoid")
def check_head_is_one_activation(exam):
    """No two activations follow each other that squash numbers."""
    for output in exam.judged("head"):
        squashing = [step.name for step in output.head.steps if step.squashes]
        if len(squashing) < 2 or not output.head.squashes:
            continue
        low, high = output.head.bounds
        told = (
            f"{exam.of(output)}{squashing[1]} is followed by {squashing[0]} "
            f"(layers {_layers(output)}): whatever the weights, predictions lie "
            f"between {low:.3g} and {high:.3g}. Remove one of them."
        )
        if _wants_probabilities(output) or _beyond(output, low, high).any():
            yield error(told)
            output.broken.add("head")
        else:
            yield warning(told)


@rule(shown_by="heads/probabilities_for_logits")
def check_head_fits_from_logits(exam):
    """Probabilities go to a loss with from_logits=False, logits to one with True."""
    for output in exam.judged("head"):
        wants = output.wants
        if not (wants and wants.from_logits and output.is_squashed):
            continue
        known = output.head.squashes or output.rows_sum_to_one
        if not known and not output.saturates:
            continue
        told = (
            f"the head ends in {output.head}"
            if output.head.known
            else "the predictions lie between 0 and 1, however large weights were drawn"
        )
        cause = (
            f"{exam.of(output)}{told}, and {output.loss_name} "
            "has from_logits=True: remove one of the two."
        )
        if output.value is not None and not _same(output.value, output.detached):
            yield warning(
                f"{cause} On TensorFlow this loss looks for what went into the "
                "activation and trains by that; on JAX and PyTorch it does not.",
                loss_in_the_step=output.value,
                loss_of_these_predictions=output.detached,
            )
        else:
            floor = _floor(output)
            yield (error if known else warning)(
                f"{cause} The loss takes the probabilities for logits: it stays "
                "above 0 even where every prediction is right.",
                **({"of_right_predictions": floor} if floor is not None else {}),
            )
        output.broken.add("head")


@rule(shown_by="heads/no_activation_for_probabilities")
def check_head_gives_probabilities(exam):
    """Where the loss takes probabilities, the head gives them."""
    for output in exam.judged("head"):
        wants = output.wants
        if not wants or not _wants_probabilities(output):
            continue
        if not output.is_squashed:
            yield from _no_probabilities(exam, output)
        elif (
            wants.of_classes
            and output.units > 1
            and not output.rows_sum_to_one
            and output.labels_choose_one
            and np.all(np.isfinite(output.y_pred.astype(float)))
        ):
            yield from _rows(exam, output)


@rule(shown_by="heads/counts_below_zero")
def check_head_gives_positive_numbers(exam):
    """Where the loss takes a logarithm of the predictions, they are above 0."""
    for output in exam.judged("head"):
        wants, pred = output.wants, output.y_pred.astype(float)
        if not wants or wants.predictions != "positive":
            continue
        below = int(np.sum(pred < -1e-6))
        if not below:
            continue
        yield error(
            f"{exam.of(output)}{output.loss_name} takes the logarithm of the "
            f"predictions, and {below} of {pred.size} are below 0, down to "
            f'{pred.min():.3g}. Take activation="exponential" or "softplus".',
            loss_of_the_batch=output.value,
        )
        output.broken.add("head")


@rule(shown_by="heads/softmax_in_half_precision")
def check_head_has_full_precision(exam):
    """Probabilities are computed with 32 bits."""
    for output in exam.judged("head"):
        if output.is_half and output.head.squashes and _wants_probabilities(output):
            kind = output.y_pred.dtype.name
            most = 1 - 2.0 ** (-9 if kind == "bfloat16" else -12)
            yield warning(
                f"{exam.of(output)}the head, {_described(output)}, is computed in "
                f"{kind}: every probability above {most:.5g} becomes 1. Give this "
                'layer dtype="float32".'
            )


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
        elif _beyond(output, low, high).any() and output.suits(output.labels):
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
        beyond = _beyond(output, low, high)
        if not beyond.any():
            continue
        exact = output.loss_of(labels)
        best = output.loss_of(np.clip(labels, low, high))
        if exact is None or best is None or not exact < best - 1e-3 * abs(best):
            continue
        is_distance = output.wants is not None or abs(exact) <= 1e-6 * max(best, 1)
        if not is_distance or not output.bounds_hold:
            continue
        number = int(beyond.sum())
        tried = "" if output.head.known else ", as far as weights were drawn"
        yield (error if output.head.known else warning)(
            f"{exam.of(output)}{number} of {labels.size} labels cannot be reached: the "
            f"head, {_described(output)}, gives numbers {_between(low, high)}{tried}, "
            f"and labels go from {labels.min():g} to {labels.max():g}. Take another "
            "activation, or scale the labels.",
            loss_of_exact_predictions=exact,
            loss_of_the_nearest_it_can_reach=best,
        )
        output.broken.add("head")


def _wants_probabilities(output):
    wants = output.wants
    return (
        wants is not None
        and not wants.from_logits
        and wants.predictions in ("chances", "rows")
    )


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


def _beyond(output, low, high):
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
            f"one 1, up to {sums.max():g}, and {_described(output)} shares 1 among the "
            "classes of a row. Where several may be right, take a sigmoid.",
            loss_of_exact_predictions=exact,
            loss_of_shared_ones=best,
        )


def _between(low, high):
    if np.isinf(high):
        return f"from {low:.3g} on"
    return f"up to {high:.3g}" if np.isinf(low) else f"between {low:.3g} and {high:.3g}"


def _no_probabilities(exam, output):
    """Predictions were seen outside of 0 and 1: with the weights as they are, or with
    others."""
    wants, head = output.wants, output.head
    now = output.is_outside(output.y_pred)
    if not now and not output.is_outside(output.all_predictions):
        return
    if now and not head.known and not exam.is_outside_in_predict(output):
        yield error(
            f"{exam.of(output)}{output.loss_name} takes probabilities, and in a step "
            f"of training it gets other numbers: {_outside(output)}. predict gives "
            "probabilities: a layer behind the activation changes them in training, "
            "such as Dropout."
        )
        output.broken.add("head")
        return
    told = (
        f"{exam.of(output)}{output.loss_name} takes probabilities, and the "
        f"head, {_described(output)}, gives other numbers: {_outside(output)}."
        + _instead(output, "softmax" if wants.of_classes else "sigmoid", logits=True)
    )
    normalised = (
        wants.name == "categorical_crossentropy"
        and head.activation != "relu"
        and output.all_predictions.min() >= 0
    )  # Keras divides each row by its sum
    if normalised or not (head.known or now):
        yield warning(told)
    else:
        yield error(told)
    output.broken.add("head")


def _rows(exam, output):
    sums = output.y_pred.astype(float).sum(-1)
    span = f"rows add up to {sums.min():.3g} to {sums.max():.3g}"
    if output.head.activation in ("sigmoid", "hard_sigmoid"):
        numbers = {}
        if output.value is not None and not _same(output.value, output.detached):
            numbers = {
                "loss_in_the_step": output.value,
                "loss_of_these_predictions": output.detached,
            }
        yield warning(
            f"{exam.of(output)}{output.loss_name} is for one of several classes, and "
            f"the head has one sigmoid for each: {span}, not to 1. Take "
            'activation="softmax", or binary_crossentropy for classes that may come '
            "together.",
            **numbers,
        )
    else:
        coupled = exam.depends_on_the_batch(output)
        elsewhere = output.head.activation == "softmax"
        yield (error if coupled or elsewhere else warning)(
            f"{exam.of(output)}{output.loss_name} takes a probability for each class, "
            f"and the {span}, not to 1"
            + ("; a row depends on the other rows of its batch" if coupled else "")
            + ". Is the softmax over another axis than the last?"
        )
    output.broken.add("head")


def _floor(output):
    right = output.tensors.targets
    return None if right is None else output.loss_of(right)


def _outside(output):
    now = output.y_pred.astype(float)
    if output.is_outside(now):
        beyond = int(((now < 0) | (now > 1)).sum())
        return (
            f"{beyond} of {now.size} lie outside of 0 and 1 in this batch, from "
            f"{now.min():.3g} to {now.max():.3g}"
        )
    drawn = output.all_predictions
    return f"with other weights from {drawn.min():.3g} to {drawn.max():.3g}"


def _described(output):
    if not output.head.known:
        return "whose activation is not known"
    where = f" of layer {output.head.layer!r}" if output.head.layer else ""
    return f"{output.head}{where}"


def _layers(output):
    names = [
        name
        for step, name in zip(output.head.steps, output.head.layers)
        if step.squashes
    ]
    return ", ".join(map(repr, names[:2]))


def _because(reason):
    return f": {reason}" if reason else ""


def _instead(output, activation, logits=False):
    more = ", or from_logits=True in the loss" if logits else ""
    if output.head.activation not in ("linear", "?"):
        more = ""
    if logits and "crossentropy" not in output.loss_name:
        more = ""
    return f' Take activation="{activation}"{more}.'


def _same(one, other):
    return other is None or abs(one - other) <= 1e-3 * max(abs(one), abs(other), 1e-3)
