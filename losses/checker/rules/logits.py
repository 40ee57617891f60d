"""What the predictions are: logits or probabilities, and which of them a loss takes."""

import numpy as np

from losses.checker.facts import same
from losses.checker.failures import LossFailed
from losses.checker.rule import error, rule, warning
from losses.checker.trace import HARMLESS, LOGARITHMS, LOGISTIC

CUT = HARMLESS | {"Relu", "Relu6"}
# Where probabilities are picked by the labels before the logarithm is taken.
FOLDED = {"Sum", "Mean", "Mul", "AddV2"}


@rule(shown_by="binary_crossentropy/logits_as_probability", graph=True)
def check_logits_or_probabilities(exam):
    """Logits go to a loss that takes logits, probabilities to one that takes those.

    A second sigmoid or softmax leaves a floor that no prediction gets below. The
    logarithm of a raw score is NaN, or cut off, and then has no gradient. So are the
    negative scores that a relu makes 0 before the sigmoid or softmax.
    """
    tensors = exam.tensors
    if tensors.targets is None or exam.facts.is_random or not exam.facts.is_read:
        return
    trace = exam.facts.trace
    takes_logits = trace.reaches(LOGISTIC, through=HARMLESS)
    takes_chances = trace.reaches(LOGARITHMS, through=HARMLESS | FOLDED)
    if tensors.predictions == "probabilities" and tensors.unit:
        if takes_logits:
            yield from _floor(exam)
        elif tensors.labels in ("ids", "one_hot") and not takes_chances:
            yield from _straight(exam)
    elif tensors.predictions == "logits" and trace.twice_logistic():
        yield from _twice(exam)
    elif tensors.predictions == "logits" and not tensors.unit and not takes_logits:
        if takes_chances:
            yield from _out_of_range(exam)
        elif exam.tensors.from_logits is not False:
            yield from _falls_with_size(exam)
    if tensors.predictions == "logits" and trace.reaches(LOGISTIC, through=CUT):
        yield from _cut_at_zero(exam)


def _floor(exam):
    tensors = exam.tensors
    targets = tensors.targets.reshape(tensors.y_pred.shape)
    try:
        perfect = exam.value(tensors.y_true, targets.astype("float32"))
        opposite = exam.value(tensors.y_true, (1 - targets).astype("float32"))
        logits = exam.value(tensors.y_true, (40 * targets - 20).astype("float32"))
    except LossFailed:
        return
    if perfect - logits > 0.1 * max(abs(opposite - logits), 1e-6):
        yield error(
            "It takes logits, and gets probabilities: a sigmoid or softmax in it, or "
            "from_logits=True, is one too many. Perfect predictions do not get below "
            "the floor.",
            perfect_probabilities=perfect,
            perfect_logits=logits,
        )


def _twice(exam):
    """A second sigmoid or softmax sees numbers between 0 and 1."""
    tensors = exam.tensors
    targets = tensors.targets.reshape(tensors.y_pred.shape)
    perfect, opposite = (
        exam.value(tensors.y_true, (sign * (40 * targets - 20)).astype("float32"))
        for sign in (1, -1)
    )
    if perfect > 0.05 * abs(opposite):
        yield error(
            "A sigmoid or softmax is applied twice, by from_logits=True for one: "
            "perfect predictions do not get below the floor.",
            all_right=perfect,
            all_wrong=opposite,
        )


def _out_of_range(exam):
    tensors = exam.tensors
    outside = (tensors.y_pred < 0) | (tensors.y_pred > 1)
    gradient = exam.facts.base.gradient
    if gradient is None:
        return
    cut = ~np.isfinite(gradient) | (gradient == 0)
    share = float(np.mean(cut[outside]))
    if not share:
        return  # it brings them into range itself
    targets = np.clip(tensors.targets, 1e-6, 1 - 1e-6).reshape(tensors.y_pred.shape)
    right, wrong = (
        exam.value(tensors.y_true, chances.astype("float32"))
        for chances in (targets, 1 - targets)
    )
    if not right < 0.05 * wrong:
        return  # what it takes the logarithm of is no probability
    yield error(
        "It takes probabilities, and gets scores outside [0, 1]: it takes their "
        "logarithm. Apply a sigmoid or a softmax first, or use from_logits=True.",
        scores_outside=float(np.mean(outside)),
        of_those_without_gradient=share,
    )


def _falls_with_size(exam):
    """A ratio of areas falls below its minimum where scores count as areas."""
    tensors = exam.tensors
    if tensors.labels != "binary" and tensors.labels != "one_hot":
        return
    if not exam.facts.labels_used or not np.ptp(tensors.y_true):
        return  # the model works out its loss itself, and labels are there for form
    targets = tensors.targets.reshape(tensors.y_pred.shape)
    try:
        perfect = exam.value(tensors.y_true, targets.astype("float32"))
        far = [
            min(
                exam.value(tensors.y_true, (size * target).astype("float32"))
                for target in (targets, 2 * targets - 1)
            )
            for size in (20.0, 200.0)
        ]
    except LossFailed:
        return
    if abs(perfect) > 1e-3 or not np.all(np.isfinite(far)):
        return
    if far[0] < -0.5 and far[1] < far[0]:
        yield error(
            "It takes probabilities, and gets scores outside [0, 1]: larger scores "
            "make it fall below its minimum. Apply a sigmoid or a softmax first.",
            perfect_probabilities=perfect,
            scores_of_20=far[0],
        )


def _straight(exam):
    """Minus the probability of the label, where minus its logarithm is meant."""
    tensors = exam.tensors
    right = tensors.predicting(tensors.targets)
    others = tensors.predicting(np.roll(tensors.targets, 1, axis=-1))
    best, worst = (exam.value(tensors.y_true, pred) for pred in (right, others))
    middle = exam.value(tensors.y_true, (right + others) / 2)
    if best < -1e-3 and same(middle, (best + worst) / 2) and abs(worst) < 1e-3:
        yield warning(
            "It is minus the probability of the label, a straight line: the formula "
            "takes log-probabilities. Take the logarithm first.",
            all_right=best,
            all_wrong=worst,
        )


def _cut_at_zero(exam):
    """Scores below 0 that are made 0: by the loss, or before it."""
    true, pred = exam.tensors.y_true, exam.tensors.y_pred
    if not (exam.facts.flows and exam.tensors.labels_vary):
        return
    above = (np.abs(pred) + 0.5).astype("float32")
    if _is_flat(exam, -above) and not _is_flat(exam, above):
        yield error(
            "It makes negative scores 0 before its sigmoid or softmax, by a relu or a "
            "maximum with 0: where all scores are negative, none has a gradient. Leave "
            "the scores as they are.",
            all_scores_negative=exam.value(true, -above),
            gradient_there=0.0,
        )
    elif pred.size >= 8 and pred.min() == 0 and np.mean(pred == 0) > 0.1:
        yield warning(
            "It takes logits, and no prediction is negative while many are exactly 0: "
            "they look like the output of a relu. Without negative scores a sigmoid "
            "does not get below 0.5, and those that are 0 have no gradient. Give the "
            "output without the relu.",
            predictions_of_0=float(np.mean(pred == 0)),
        )


def _is_flat(exam, pred):
    try:
        run = exam.run(exam.tensors.y_true, pred, gradient=True)
    except LossFailed:
        return False
    if run.gradient is None or not np.isfinite(run.value):
        return False
    return not np.any(run.gradient != 0)
