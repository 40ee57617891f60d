"""The two arguments: labels used as labels, predictions as predictions."""

import inspect
import re

import numpy as np

from losses.checker.calls import exchanged
from losses.checker.facts import same
from losses.checker.failures import LossFailed
from losses.checker.forms import code_of
from losses.checker.rule import error, note, rule, warning
from losses.checker.trace import LOGARITHMS, LOGISTIC


@rule(shown_by="mean_absolute_error/without_the_absolute_value")
def check_labels_matter(exam):
    """The labels change the loss, and the gradient too.

    What is read can cancel out: `e * a + (1 - e) * a` is `a`, and a sum over one-hot
    labels is 1 whatever the class. Each column that is read must count. Labels that
    enter as a sum over the batch are those of no sample.
    """
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
    if _adds_labels(exam):
        yield error(
            "Other labels give the same gradient: the labels are added to the loss, "
            "and nothing pulls the predictions towards them. Is an absolute value or a "
            "square missing?"
        )
    elif _in_another_order(exam):
        yield from _of_no_sample(exam)
    else:
        yield from _columns(exam)


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


def _in_another_order(exam):
    """Whether labels that stand beside other samples make no difference."""
    tensors, draw = exam.tensors, np.random.default_rng(0)
    if tensors.pairwise or tensors.batch < 3:
        return False
    orders = [draw.permutation(tensors.batch) for _ in range(3)]
    others = [tensors.y_true[order] for order in orders]
    others = [o for o in others if not np.array_equal(o, tensors.y_true)]
    return bool(others) and all(_alike(exam, other) for other in others)


def _alike(exam, labels):
    """Whether these labels give the same loss and the same gradient as those given."""
    for pred in (exam.tensors.y_pred, exam.tensors.others):
        try:
            one = exam.run(exam.tensors.y_true, pred, gradient=True)
            two = exam.run(labels, pred, gradient=True)
        except LossFailed:
            return False
        if not (np.isfinite(one.value) and same(one.value, two.value, tolerance=1e-5)):
            return False
        if not same(one.returned, two.returned, tolerance=1e-5):
            return False
        if not same(_or_zero(one), _or_zero(two), tolerance=1e-5):
            return False
    return True


def _of_no_sample(exam):
    tensors = exam.tensors
    value = exam.facts.base.value
    if tensors.labels != "other" and _alike(exam, tensors.other_label):
        yield error(
            "y_true is read, and cancels out: other labels give the same loss and the "
            "same gradient.",
            loss=value,
            with_other_labels=exam.value(tensors.other_label, tensors.y_pred),
        )
    elif not exam.by_design("batch"):
        yield warning(
            "The labels of the samples can be exchanged among them, and neither the "
            "loss nor the gradient changes: they enter as a sum over the batch, and "
            "no sample is compared with its own label. Right only for a loss that "
            "compares whole batches (expect='batch').",
            loss=value,
            labels_exchanged=exam.value(tensors.y_true[::-1], tensors.y_pred),
        )


def _adds_labels(exam):
    tensors = exam.tensors
    if tensors.labels in ("other", "ids") or tensors.pairwise:
        return False
    other = tensors.other_label
    if same(exam.value(other, tensors.y_pred), exam.facts.base.value, exam.facts.scale):
        return False
    for pred in (tensors.y_pred, tensors.others, _between(tensors, other)):
        try:
            one = exam.run(tensors.y_true, pred, gradient=True).gradient
            two = exam.run(other, pred, gradient=True).gradient
        except LossFailed:
            return False
        if one is None or two is None or not same(one, two, tolerance=1e-6):
            return False
    return True


def _columns(exam):
    """Columns that are read, and play no part whatever stands in them."""
    true = exam.tensors.y_true
    if not exam.facts.is_read or true.ndim < 2 or not 2 <= true.shape[-1] <= COLUMNS:
        return
    for column in exam.facts.trace.columns_of_labels():
        values = true[..., column]
        if not (np.all(np.isfinite(values)) and np.ptp(values) > 0):
            continue
        low, high = values.min(), values.max()
        changed = np.roll(values, 1, axis=0), low + high - values, -1 - values, 0
        found = []
        for replaced in changed:
            other = np.copy(true)
            other[..., column] = replaced
            try:
                value = exam.value(other, exam.tensors.y_pred)
            except LossFailed:
                break
            if np.isfinite(value):  # an undefined value says nothing
                found.append(value if _alike(exam, other) else None)
        else:
            if len(found) > 1 and None not in found:
                yield error(
                    f"Column {column} of y_true, y_true[..., {column}], is read, and "
                    "plays no part: whatever stands in it, loss and gradient are the "
                    "same. It cancels out.",
                    loss=exam.facts.base.value,
                    with_other_values_in_it=found[0],
                )


COLUMNS = 16  # of labels, at most


def _between(tensors, other):
    """Predictions between the labels and the others, where slopes change their sign."""
    if tensors.labels != "real":
        return tensors.others
    middle = (np.nan_to_num(tensors.y_true) + np.nan_to_num(other)) / 2
    return middle.reshape(tensors.y_pred.shape).astype(tensors.y_pred.dtype)


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
