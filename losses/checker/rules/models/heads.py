"""The last layer: whether it gives what the loss is for, and can reach the labels."""

import numpy as np

from losses.checker.rule import error, rule, warning
from losses.checker.rules.models.reach import beyond


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
        if _wants_probabilities(output) or beyond(output, low, high).any():
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
        if wants is None:
            yield from _no_areas(exam, output)
        elif not wants.takes_probabilities:
            continue
        elif not output.is_squashed:
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
                f"{exam.of(output)}the head, {output.head.described}, is computed in "
                f"{kind}: every probability above {most:.5g} becomes 1. Give this "
                'layer dtype="float32".'
            )


def _wants_probabilities(output):
    return output.wants is not None and output.wants.takes_probabilities


FAR = 20.0


def _no_areas(exam, output):
    """A loss of one's own or of this catalog that is lowest at the labels, among 0 and
    1, and lower still beyond: a ratio of areas, a crossentropy."""
    true = output.y_true.astype(float)
    if output.is_squashed or output.squeezed_shapes_differ:
        return
    if set(np.unique(true)) != {0.0, 1.0}:
        return
    now = output.is_outside(output.y_pred)
    exact, far = output.loss_of(true), output.loss_of(FAR * true)
    others = [output.loss_of(p) for p in (1 - true, 0 * true, 0 * true + 1)]
    if None in (exact, far, *others) or not np.all(np.isfinite([exact, far, *others])):
        return
    if abs(exact) > 1e-2 or min(others) < exact + 0.05 or far > exact - 0.1:
        return
    activation = "softmax" if output.tensors.labels == "one_hot" else "sigmoid"
    yield (error if output.head.known or now else warning)(
        f"{exam.of(output)}{output.loss_name} takes probabilities, and the head, "
        f"{output.head.described}, gives other numbers: {_outside(output)}. Beyond 1 "
        "it falls below the loss of exact predictions." + _instead(output, activation),
        loss_of_exact_predictions=exact,
        loss_where_1_is_predicted_as_20=far,
    )
    output.broken.add("head")


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
        f"head, {output.head.described}, gives other numbers: {_outside(output)}."
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
        steps = output.head.steps
        elsewhere = bool(steps) and steps[0].name == "softmax" and steps[0].axis is None
        yield (error if coupled or elsewhere else warning)(
            f"{exam.of(output)}{output.loss_name} takes a probability for each class, "
            f"and the {span}, not to 1"
            + ("; a row depends on the other rows of its batch" if coupled else "")
            + (
                ". Is the softmax over another axis than the last?"
                if coupled or elsewhere
                else ". Keras divides each row by its sum."
            )
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
