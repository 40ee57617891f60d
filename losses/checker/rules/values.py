"""The number: finite, and lowest where the prediction is right."""

import numpy as np

from losses.checker.failures import LossFailed
from losses.checker.rule import error, rule, warning


@rule(shown_by="binary_crossentropy/log_of_zero")
def check_finite(exam):
    """The loss is finite, for the tensors given and at the edges of the predictions.

    Probabilities of exactly 0 and 1 occur, and so do an image without foreground, a
    list whose labels are all equal, a sample that is alone in its class, and a batch
    without a known label: log(0) is infinite, 0 / 0 is NaN.
    """
    values = np.asarray(exam.facts.base.returned, float)
    bad = int(np.sum(~np.isfinite(values)))
    if not np.isfinite(exam.facts.base.value):
        yield error(
            f"The loss is {exam.facts.base.value} for the tensors given"
            + (f", in {bad} of {values.size} values" if values.size > 1 else "")
            + _which(exam.tensors, ~np.isfinite(values))
            + "."
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


def _which(tensors, bad):
    """What the samples have in common that have no finite value, if anything."""
    true = tensors.y_true.reshape(tensors.batch, -1)
    if bad.shape[:1] != (tensors.batch,) or bad.size != tensors.batch:
        return ""
    bad = bad.reshape(-1)
    if tensors.labels == "ids" and true.shape[1] == 1:
        _, place, counts = np.unique(true, return_inverse=True, return_counts=True)
        alone = counts[place.reshape(-1)] == 1
        if np.array_equal(bad, alone):
            return ": those of the samples that are alone in their class"
    if true.shape[1] > 1:
        if np.array_equal(bad, ~true.any(1)):
            return ": those of the samples whose labels are all 0"
        if np.array_equal(bad, np.ptp(true, axis=1) == 0):
            return ": those of the samples whose labels are all equal"
    return ""


ALL_WRONG = "that are all wrong"
CLASSES = 6  # of which each is left out in turn


def _of_classes(exam):
    tensors = exam.tensors
    try:
        found = _best_corner(exam, tensors)
        if found is None and tensors.labels != "two" and exam.facts.is_coupled:
            # The class that is frequent here may be the rare one elsewhere.
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
        several = np.ptp(right) and tensors.one_hot_along is None
        for label in (0, 1) if several else ():
            what = f"of {1 - label} everywhere, wrong where the label is {label}"
            yield label, np.full_like(right, 1 - label), what
        return
    classes = right.shape[-1]
    present = np.flatnonzero(right.reshape(-1, classes).any(0))
    for label in present[:CLASSES] if len(present) > 1 else ():
        here = right[..., label, None] == 1
        own = np.eye(classes)[label]
        said = np.roll(own, 1)
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
    if (beyond := _one_for_all(exam, exact)) is not None:
        yield error(
            "It takes the logarithm of the predictions as a crossentropy does, and the "
            "labels are numbers beyond 1: one large number for every row is no worse "
            "than exact predictions. For a regression take mse.",
            **beyond,
        )
        return
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
    span = max(np.ptp([perfect, *moved]), 1e-6)
    margin, gain = 1e-3 * span, perfect - min(moved)
    numbers = {"exact": perfect, "lowest_of_others": min(moved)}
    if all(perfect > m + margin for m in moved):
        yield (error if tensors.is_comparable else warning)(
            "Exact predictions have the highest loss of all tried: is a score "
            "returned, or a sign exchanged?",
            **numbers,
        )
    elif tensors.is_comparable and gain > min(
        30e-3 * span, 0.1 * abs(perfect) + 1e-5 * span
    ):
        yield warning(
            "Predictions that miss the labels have a lower loss than exact ones. Right "
            "only where y_pred is no estimate of y_true (expect='no_minimum').",
            **numbers,
        )


def _one_for_all(exam, exact):
    """The losses of exact predictions, and of one large number in place of each, where
    the latter is no worse; None where it is, or where no logarithm is taken of
    predictions that may be beyond 1."""
    tensors = exam.tensors
    beyond_one = exact.min() >= 0 and exact.max() > 1 and np.ptp(exact) > 0
    if tensors.unit or not beyond_one or not exam.facts.takes_logarithm:
        return None
    large = np.full_like(exact, 10 * exact.max())
    try:
        ours, others = (
            exam.value(tensors.y_true, pred.astype("float32"))
            for pred in (exact, large)
        )
    except LossFailed:
        return None
    if not np.all(np.isfinite([ours, others])) or others > ours + 1e-6:
        return None
    return {"exact": ours, "ten_times_the_largest": others}
