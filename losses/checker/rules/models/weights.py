"""Weights of samples, classes and outputs, and masks: what they fall on."""

import numpy as np

from losses.checker.failures import LossFailed, named
from losses.checker.rule import error, note, rule, warning
from losses.checker.tensors import squeezed


@rule(shown_by="weights/sample_weights_by_name_for_a_list", looks_only=True)
def check_sample_weights_fit(exam):
    """Weights of samples have the structure of the outputs, and the shape of the
    losses."""
    weight, predicted = exam.batch.sample_weight, exam.y_pred
    if weight is None or exam.class_weight or exam.has_own_step:
        return
    if isinstance(weight, dict) and not isinstance(predicted, dict):
        if len(exam.names) > 1:
            yield error(
                "sample_weight has names, and the model gives its outputs in a list: "
                f"Keras looks for number 0 and raises. Give a list in the order "
                f"{', '.join(map(repr, exam.names))}, or outputs in a dict."
            )
        return
    for output in exam.outputs:
        if output.sample_weight is not None and output.loss is not None:
            yield from _shapes(exam, output)


@rule(shown_by="weights/every_sample_weighs_nothing")
def check_sample_weights_count(exam):
    """Some sample has a weight."""
    for output in exam.outputs:
        weight = output.sample_weight
        if weight is None or weight.size == 0:
            continue
        if not np.any(weight):
            yield error(
                f"{exam.of(output)}all {weight.size} weights of this batch are 0: the "
                "loss is 0, and nothing is learned.",
                loss=output.value,
            )
        elif not np.all(np.isfinite(weight)):
            yield error(f"{exam.of(output)}some weights of samples are not finite.")
        elif np.any(weight < 0):
            yield from _below_zero(exam, output, weight)
        elif output.y_true is not None:
            yield from _whole_classes(exam, output)


@rule(
    shown_by="weights/class_weight_for_every_step",
    looks_only=True,
)
def check_class_weight_fits(exam):
    """class_weight is for one output with one class for each row."""
    given = exam.class_weight
    if given is None:
        return
    if len(exam.names) > 1:
        yield error(
            f"class_weight is for models of one output, and this has "
            f"{len(exam.names)}. Give sample_weight, a weight for each row of each "
            "output."
        )
        return
    labels = exam.labels_given
    if labels is None:
        return
    column = labels.ndim < 2 or (labels.shape[-1] == 1 and labels.ndim < 3)
    if column or _are_rows(labels):
        yield from _keys(exam, given, labels)
        return
    taken = labels.argmax(-1) if labels.shape[-1] > 1 else labels[..., 0]
    yield error(
        f"class_weight is for one class in each row, and the labels are "
        f"{tuple(labels.shape)}: Keras takes them for one-hot, and the place of the "
        f"largest along the last axis, {np.unique(taken)[:6].tolist()}, for the class. "
        "Give sample_weight of the shape of the labels instead: "
        "weights_of_classes[labels]."
    )


@rule(shown_by="weights/mask_lost_on_the_way")
def check_mask_reaches_the_loss(exam):
    """Where a layer masks padding, the loss leaves it out."""
    for output in exam.judged():
        yield from _mask_beside(exam, output)
        mask = exam.mask_made
        if mask is None or output.sample_weight is not None:
            continue
        if output.y_pred.ndim < 3 or output.y_pred.shape[:2] != mask.shape:
            continue
        if output.mask is not None or mask.all():
            continue
        hidden = int((~mask).sum())
        yield warning(
            f"{exam.of(output)}{exam.mask_maker!r} masks {hidden} of {mask.size} steps "
            "as padding, and the mask does not reach the loss: these steps are trained "
            "like the others. A layer on the way drops it: set self.supports_masking = "
            "True in it, or give sample_weight."
        )


@rule(shown_by="weights/loss_weight_below_zero")
def check_loss_weights_are_numbers(exam):
    """The weights of losses are finite, and none is below 0."""
    weights = [exam.loss_weight_of(o) for o in exam.outputs if o.loss is not None]
    if weights and not any(weight is None or weight for weight in weights):
        yield error(
            "The weight of every loss is 0 (loss_weights): nothing is learned from the "
            "labels.",
            loss=exam.step.value,
        )
        return
    for output in exam.outputs:
        weight = exam.loss_weight_of(output)
        if weight is None:
            continue
        if not np.isfinite(weight):
            yield error(f"{exam.of(output)}its loss has the weight {weight:g}.")
        elif weight < 0:
            yield warning(
                f"{exam.of(output)}its loss has the weight {weight:g}: training drives "
                "it up instead of down."
            )


def _keys(exam, given, labels):
    """Keys that are no class, and classes that are no key: Keras takes 1 for those."""
    if labels.dtype.kind not in "fiub" or not labels.size:
        return
    rows = labels.ndim > 1 and labels.shape[-1] > 1
    ids = np.unique(np.round(labels.argmax(-1) if rows else labels).astype(int))
    [output] = exam.outputs[:1]
    number = max(output.units, 2)
    strange = [key for key in given if key not in range(number)]
    missing = [int(label) for label in ids if label not in given and label >= 0]
    if strange and not set(given) & set(range(number)):
        yield error(
            f"class_weight has the keys {_some(strange)}, and none is a class: every "
            "weight is 1. The keys are ids of classes, whole numbers from 0 on.",
            largest_weight_of_the_batch=_largest(output),
        )
    elif strange:
        without = f", and class {_some(missing)} gets 1" if missing else ""
        yield warning(
            f"class_weight has the keys {_some(strange)}, which are no classes: they "
            f"go from 0 to {number - 1}{without}. Keras says nothing."
        )
    elif missing and len(given) > 1:
        yield note(
            f"class_weight says nothing of {_some(missing)}, and this batch has such "
            "labels: Keras takes 1 for them."
        )


def _some(keys):
    more = ", ..." if len(keys) > 5 else ""
    return ", ".join(map(repr, keys[:5])) + more


def _largest(output):
    weight = output.sample_weight
    return 1.0 if weight is None else float(np.max(weight))


def _below_zero(exam, output, weight):
    """Rewards may be below 0, some of them, and choose among classes. A distance that
    such a weight turns around has no lowest value."""
    number, wants = int(np.sum(weight < 0)), output.wants
    measured = wants is not None and wants.labels in ("real", "counts")
    if number == weight.size or measured:
        which = "all" if number == weight.size else f"{number} of"
        yield warning(
            f"{exam.of(output)}{which} {weight.size} weights of samples are below 0, "
            f"down to {weight.min():g}: training drives the loss of these samples up, "
            "without end."
        )


def _whole_classes(exam, output):
    """Classes of which no sample has a weight."""
    wants, true = output.wants, output.y_true.astype(float)
    if wants is None or wants.labels not in ("unit", "ids") or output.labels.size == 0:
        return
    known = {0, 1} if wants.labels == "unit" else set(range(output.units))
    found = set(np.unique(true)) & known
    left = found - set(np.unique(output.labels))
    of_rows = squeezed(true.shape) == (len(true),)  # of steps, 0 may be padding
    if not left or not (of_rows or len(found - left) == 1) or len(left) == len(found):
        return
    by = "class_weight" if exam.class_weight else "sample_weight"
    names = ", ".join(f"{label:g}" for label in sorted(left))
    rest = ", ".join(f"{label:g}" for label in sorted(found - left)[:6])
    told = (
        f"{exam.of(output)}{by} gives every label {names} of this batch the weight 0: "
    )
    if len(found - left) > 1:
        yield warning(f"{told}nothing is learned of it.")
        return
    yield warning(
        f"{told}the loss sees {rest} alone, and nothing keeps the model from always "
        "saying so. Give a weight above 0."
    )


def _mask_beside(exam, output):
    """A mask of steps that meets a loss without a value for each step."""
    mask, values = output.mask, output.value_shape
    if mask is None or values is None or mask.all() or len(values) >= mask.ndim:
        return
    told = (
        f"{exam.of(output)}the mask of the model is {tuple(mask.shape)}, one for each "
        f"step, and {output.loss_name} "
    )
    told += f"returns {tuple(values)}" if values else "returns one number"
    instead = "Return a value for each step: Keras takes the mean of those that count."
    if output.error is not None:
        yield error(f"{told}: it raises {named(LossFailed(output.error))} {instead}")
    else:
        hidden = int((~mask.astype(bool)).sum())
        yield warning(
            f"{told}: {hidden} of {mask.size} steps are padding, and count in it like "
            f"the others. {instead}"
        )


def _shapes(exam, output):
    weight, rows = output.sample_weight, output.y_pred.shape[:1]
    value_shape = output.value_shape
    if not value_shape:
        return
    fits = squeezed(weight.shape) in (squeezed(value_shape), rows)
    of_rows = squeezed(weight.shape) == rows
    beside = of_rows and not _meet_rows(weight.shape, value_shape)
    if output.error is not None and (not fits or beside):
        yield error(
            f"{exam.of(output)}sample_weight {tuple(weight.shape)} does not fit the "
            f"loss, which has a value for each of {tuple(value_shape)}: it raises "
            f"{named(LossFailed(output.error))} Give weights {tuple(value_shape)}, "
            + (
                "one for each row."
                if value_shape == rows
                else "or a loss of one value for each row."
            )
        )
    elif beside and output.wants is not None:
        yield error(
            f"{exam.of(output)}sample_weight {tuple(weight.shape)} has one weight for "
            f"each row, and the loss a value for each of {tuple(value_shape)}: by "
            f"broadcasting the weights fall on axis "
            f"{len(value_shape) - len(weight.shape)}. Give weights "
            f"{tuple(value_shape)}."
        )


def _meet_rows(weight, values):
    """Whether weights of rows, of this shape, meet the rows of values of that: Keras
    brings a last axis of one together, and the rest is broadcast from behind."""
    weight, values = list(weight), list(values)
    if len(values) == len(weight) + 1 and values[-1] == 1:
        return True
    if len(weight) == len(values) + 1 and weight[-1] == 1:
        return True
    return len(weight) == len(values)


def _are_rows(labels):
    """One-hot labels, smoothed or mixed ones, and rows of 0 for padding."""
    sums = labels.astype(float).sum(-1)
    of_one = np.all(np.isclose(sums, 1, atol=1e-3) | (sums == 0)) and np.any(sums)
    return bool(np.all(labels >= 0) and of_one)
