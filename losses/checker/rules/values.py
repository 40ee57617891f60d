"""The number: finite, lowest where the prediction is right, and about the labels."""

import inspect
import re

import numpy as np

from losses.checker.calls import exchanged
from losses.checker.facts import same
from losses.checker.failures import LossFailed
from losses.checker.forms import code_of
from losses.checker.rule import error, note, rule, warning
from losses.checker.trace import LOGARITHMS, LOGISTIC


@rule(shown_by="binary_crossentropy/log_of_zero")
def check_finite(exam):
    """The loss is finite, for the tensors given and at the edges of the predictions.

    Probabilities of exactly 0 and 1 occur, an image without foreground occurs: log(0)
    is infinite, 0 / 0 is NaN.
    """
    values = np.asarray(exam.facts.base.returned, float)
    bad = int(np.sum(~np.isfinite(values)))
    if not np.isfinite(exam.facts.base.value):
        yield error(
            f"The loss is {exam.facts.base.value} for the tensors given"
            + (f", in {bad} of {values.size} values." if values.size > 1 else "."),
        )
        return
    for edge, run in exam.facts.at_edges:
        if "logits" in edge.where and not exam.facts.names_classes:
            continue
        if not np.isfinite(run.value):
            found = error if edge.surely and not edge.exact else warning
            yield found(f"The loss is {run.value} {edge.where}.")
            return


@rule(shown_by="dice/coefficient_as_the_loss")
def check_perfect_is_best(exam):
    """A perfect prediction has the lowest loss.

    A score returned as a loss, a sign exchanged, a missing absolute value, a weight
    below 0: training then moves away from the labels. A frequent class can hide that
    the sign of another is wrong, so each class is made wrong, and left out, by itself.
    """
    facts = exam.facts
    if facts.is_random or exam.by_design("no_minimum") or not facts.labels_used:
        return
    if facts.names_classes and exam.tensors.labels != "ids":
        yield from _of_classes(exam)
    elif exam.tensors.labels == "real" and np.all(np.isfinite(exam.tensors.y_true)):
        yield from _of_numbers(exam)


@rule(shown_by="mean_absolute_error/without_the_absolute_value")
def check_labels_matter(exam):
    """The labels change the loss, and the gradient too."""
    tensors = exam.tensors
    if exam.by_design("labels_unused"):
        return
    if not exam.facts.labels_used:
        compared = exam.facts.names_classes or tensors.is_comparable
        found = error if compared and tensors.labels_vary else note
        yield found("y_true is not used: any labels give the same loss.")
        return
    if exam.facts.is_random or not tensors.labels_vary or not exam.facts.flows:
        return
    if tensors.labels in ("other", "ids") or tensors.pairwise:
        return
    other = tensors.other_label
    if same(exam.value(other, tensors.y_pred), exam.facts.base.value, exam.facts.scale):
        return
    for pred in (tensors.y_pred, tensors.others, _between(tensors, other)):
        try:
            one = exam.run(tensors.y_true, pred, gradient=True).gradient
            two = exam.run(other, pred, gradient=True).gradient
        except LossFailed:
            return
        if one is None or two is None or not same(one, two, tolerance=1e-6):
            return
    yield error(
        "Other labels give the same gradient: the labels are added to the loss, and "
        "nothing pulls the predictions towards them. Is an absolute value or a square "
        "missing?"
    )


@rule(shown_by="binary_crossentropy/arguments_exchanged", graph=True)
def check_arguments_in_order(exam):
    """Labels are used as labels and predictions as predictions.

    Keras gives `(y_true, y_pred)`. A crossentropy with the two exchanged takes the
    logarithm of the labels.
    """
    if len(names := _first_two_names(exam.loss)) == 2:
        backwards = PREDICTION.search(names[0]) and LABEL.search(names[1])
        if backwards and _exchange_matters(exam):
            yield error(
                f"Its arguments are called ({', '.join(names)}), and Keras passes "
                "y_true first: the two are exchanged inside."
            )
            return
    if not exam.facts.is_read:
        return
    for name in exchanged(exam.facts.trace):
        found = warning if "divergence" in name else error
        yield found(
            f"{name} gets y_pred where it takes the labels, and the labels where it "
            f"takes predictions: call {name}(y_true, y_pred)."
        )
        return
    if _takes_logarithm_of_labels(exam):
        yield error(
            "A logarithm or an exponential is taken of the labels, and the predictions "
            "only enter as factors: y_true and y_pred are exchanged."
        )


@rule(shown_by="binary_crossentropy/smoothing_not_halved")
def check_agrees_with_reference(exam):
    """It gives the numbers and gradients of the loss that it should equal (`like=`)."""
    if exam.like is None:
        return
    true, pred = exam.tensors.y_true, exam.tensors.y_pred
    weight = exam.sample_weight
    if weight is None:
        weight = np.resize([1.0, 0.0], exam.tensors.batch).astype("float32")
    calls = {
        "for the predictions given": (true, pred),
        "for other predictions": (true, exam.tensors.others),
        "with sample weights": (true, pred, weight),
    }
    for where, arguments in calls.items():
        mine, right = (x.run(*arguments, gradient=True) for x in (exam, exam.like))
        if not same(mine.value, right.value, abs(right.value)):
            yield error(
                f"It is not {exam.like.name}, {where}.",
                got=mine.value,
                right=right.value,
                factor=mine.value / right.value if right.value else np.inf,
            )
            return
        if not same(_or_zero(mine), _or_zero(right), tolerance=1e-3):
            yield error(
                f"The loss is that of {exam.like.name}, the gradient is another.",
                norm_of_its_gradient=float(np.linalg.norm(_or_zero(mine))),
                norm_of_the_right_one=float(np.linalg.norm(_or_zero(right))),
            )
            return


PREDICTION = re.compile(r"pred|logit|output|prob|hat|score", re.IGNORECASE)
LABEL = re.compile(r"true|target|label|truth|actual|\bgt\b", re.IGNORECASE)


ALL_WRONG = "that are all wrong"
CLASSES = 6  # of which each is left out in turn


def _between(tensors, other):
    """Predictions between the labels and the others, where slopes change their sign."""
    if tensors.labels != "real":
        return tensors.others
    middle = (np.nan_to_num(tensors.y_true) + np.nan_to_num(other)) / 2
    return middle.reshape(tensors.y_pred.shape).astype(tensors.y_pred.dtype)


def _of_classes(exam):
    tensors = exam.tensors
    try:
        found = _best_corner(exam, tensors)
        if found is None and tensors.labels != "two":
            # The class that is frequent here may be the rare one there.
            found = _best_corner(exam, tensors.of(tensors.other_label, tensors.y_pred))
    except LossFailed:
        return
    if found is None:
        return
    perfect, lowest, corner = found
    # A distance, for which 1 means close, or labels that say what it is not.
    other_meaning = tensors.y_pred.ndim <= 2 and lowest >= -1e-6
    yield (warning if other_meaning else error)(
        f"Predictions that are all right have a higher loss than predictions {corner}: "
        "is a score returned, a sign exchanged, or a weight negative?",
        all_right=perfect,
        **{"all_wrong" if corner == ALL_WRONG else "those": lowest},
    )


def _best_corner(exam, tensors):
    """`(loss of right predictions, of those that are better, which these are)`, or None
    where right ones are best. Wrong is one class alone, in some other class or in all
    others, or every class; of the latter all must be better."""

    def value(target):
        return exam.value(tensors.y_true, tensors.predicting(target))

    def is_better(loss):
        return perfect > loss + 1e-4 * max(abs(perfect), abs(loss))

    right = tensors.targets
    perfect = value(right)
    if not np.isfinite(perfect):
        return None
    alone, found = {}, None
    for label, target, corner in _one_class_wrong(tensors, right):
        loss = value(target)
        better = np.isfinite(loss) and is_better(loss)
        alone[label] = alone.get(label) or better
        if better and (found is None or loss < found[1]):
            found = perfect, loss, corner
    if found and not all(alone.values()):
        return found
    wrong = [value(target) for target in _all_wrong(tensors, right)]
    if np.all(np.isfinite(wrong)) and all(map(is_better, wrong)):
        return perfect, min(wrong), ALL_WRONG
    return found


def _all_wrong(tensors, right):
    if tensors.labels != "one_hot":
        return [1 - right]
    shifts = range(1, min(right.shape[-1], 4))
    return [np.roll(right, shift, axis=-1) for shift in shifts]


def _one_class_wrong(tensors, right):
    """`(class, predictions, what they are)`: right but for one class."""
    if tensors.labels != "one_hot":
        for label in (0, 1) if np.ptp(right) else ():
            what = f"of {1 - label} everywhere, wrong where the label is {label}"
            yield label, np.full_like(right, 1 - label), what
        return
    classes = right.shape[-1]
    present = np.flatnonzero(right.reshape(-1, classes).any(0))
    for label in present[:CLASSES] if len(present) > 1 else ():
        here = right[..., label, None] == 1
        own = np.eye(classes)[label]
        for shift in range(1, min(classes, 4)):
            said = np.roll(own, shift)
            what = f"that say class {np.argmax(said)} where the label is {label}"
            yield label, np.where(here, said, right), what
        if classes > 2:
            even = (1 - own) / (classes - 1)
            what = f"that leave class {label} out"
            yield label, np.where(here, even, right), what


def _of_numbers(exam):
    tensors = exam.tensors
    exact = tensors.y_true.reshape(tensors.y_pred.shape).astype(float)
    spread = float(np.std(exact)) or 1.0
    draw = np.random.default_rng(0)
    directions = [
        *(draw.normal(size=exact.shape) for _ in range(3)),
        np.ones_like(exact),
    ]
    try:
        perfect = exam.value(tensors.y_true, exact.astype("float32"))
        moved = [
            exam.value(tensors.y_true, (exact + sign * size * d).astype("float32"))
            for d in directions
            for size in (0.3 * spread, spread)
            for sign in (1, -1)
        ]
    except LossFailed:
        return
    if not np.all(np.isfinite([perfect, *moved])):
        return
    margin = 1e-3 * max(np.ptp([perfect, *moved]), 1e-6)
    numbers = {"exact": perfect, "lowest_of_others": min(moved)}
    if all(perfect > m + margin for m in moved):
        yield (error if tensors.is_comparable else warning)(
            "Exact predictions have the highest loss of all tried: is a score "
            "returned, or a sign exchanged?",
            **numbers,
        )
    elif tensors.is_comparable and perfect > min(moved) + 30 * margin:
        yield warning(
            "Predictions that miss the labels have a lower loss than exact ones. Right "
            "only where y_pred is no estimate of y_true (expect='no_minimum').",
            **numbers,
        )


def _first_two_names(loss):
    try:
        return list(inspect.signature(code_of(loss)).parameters)[:2]
    except (TypeError, ValueError):
        return []


def _exchange_matters(exam):
    tensors = exam.tensors
    if tensors.y_true.shape != tensors.y_pred.shape:
        return True
    try:
        there = exam.value(tensors.y_true, tensors.y_pred)
        back = exam.value(tensors.y_pred, tensors.y_true.astype(tensors.y_pred.dtype))
    except LossFailed:
        return True
    return not same(there, back, exam.facts.scale)


def _takes_logarithm_of_labels(exam):
    """Whether a logarithm or exponential sees labels of 0 and 1 alone, and the loss is
    a straight line in the predictions."""
    tensors = exam.tensors
    if tensors.labels not in ("binary", "one_hot") or exam.facts.is_random:
        return False
    try:
        kinds = LOGARITHMS | LOGISTIC
        if not exam.facts.trace.reaches(kinds, "y_true", alone=True):
            return False
        one, two = tensors.y_pred, tensors.others
        ends = exam.value(tensors.y_true, one), exam.value(tensors.y_true, two)
        middle = exam.value(tensors.y_true, (one + two) / 2)
    except LossFailed:
        return False
    scale = exam.facts.scale
    return same(middle, np.mean(ends), scale) and not same(*ends, scale)


def _or_zero(run):
    return np.zeros(1) if run.gradient is None else run.gradient
