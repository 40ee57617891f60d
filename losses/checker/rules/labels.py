"""The labels: their dtype, their format, and their values."""

import numpy as np
from keras.backend import standardize_dtype
from keras.ops import is_tensor

from losses.checker.facts import same
from losses.checker.failures import LossFailed, named
from losses.checker.rule import error, note, rule, warning
from losses.running.backend import array


@rule(shown_by="dice/uint8_mask", looks_only=True)
def check_label_dtypes(exam):
    """Labels of any dtype give the same loss, directly and in `fit`.

    TensorFlow does not multiply integers with floats; Keras casts the labels to float32
    before a loss sees them, so what needs integers raises in `fit`. Cast inside.
    """
    tensors = exam.tensors
    name = tensors.y_true.dtype.name
    direct, as_float = exam.facts.failed("direct"), exam.facts.failed("float")
    if direct and not as_float:
        yield error(
            f"Called directly with labels of {name}, it raises {named(direct)} "
            "Cast them: ops.cast(y_true, y_pred.dtype)."
        )
    elif as_float and not direct:
        yield error(
            f"It needs labels of {name}, and fit hands over float32: there it raises "
            f"{named(as_float)} Cast them: ops.cast(y_true, 'int32')."
        )
    elif not direct and exam.tensors.y_true.dtype.kind == "f":
        yield from _whole_numbers(exam)


@rule(shown_by="dice/ids_against_softmax", looks_only=True)
def check_label_format(exam):
    """Class ids go to a loss for ids, one-hot labels to one for one-hot labels.

    Ids used as numbers weigh each class by its id, and class 0 by nothing. An id beyond
    the last class has a one-hot row of zeros, or raises, or is NaN.
    """
    if wanted := exam.facts.wants_other_labels:
        yield error(
            f"With the labels given, {exam.tensors.y_true.shape}, it raises "
            f"{named(exam.facts.failed('fit'))} With {wanted} it runs."
        )
        return
    if exam.facts.failed("fit") or exam.facts.is_random or not exam.facts.labels_used:
        return
    tensors = exam.tensors
    if tensors.labels == "ids" and exam.facts.names_classes:
        yield from _ids_beyond(exam)
        # Where samples are compared, labels that are all alike say nothing.
        compares = not exam.facts.is_scalar or exam.by_design("batch")
        if not (exam.facts.is_coupled and compares):
            yield from _ids_as_numbers(exam)


@rule(shown_by="binary_crossentropy/formula_for_minus_one_and_one")
def check_label_values(exam):
    """The labels have the values that the formula is made for, and each of them trains.

    A crossentropy of labels outside [0, 1] has no minimum; a hinge of 0 and 1 instead
    of -1 and 1 learns nothing from class 0; CTC counts the labels that are not 0, so
    that a letter 0 costs a word its last one, and a padding of -1 is a letter.
    """
    tensors = exam.tensors
    if not exam.facts.labels_used or exam.facts.is_random:
        return
    if tensors.labels in ("two", "real") and tensors.unit:
        yield from _labels_outside(exam)
    if tensors.labels == "other" and _is_ctc(exam):
        yield from _blank_among_letters(exam)
    one_of_them = tensors.one_hot_along is not None
    if tensors.labels == "binary" and exam.facts.flows and not one_of_them:
        yield from _label_without_gradient(exam)


def _whole_numbers(exam):
    true = exam.tensors.y_true
    if not np.all(true == np.round(true)):
        return
    try:
        got = exam.direct(true.astype("int32"), exam.tensors.y_pred)
    except LossFailed:
        return  # loudly, and in fit they are cast
    want = exam.facts.attempts["direct"]
    if exam.facts.is_random or not (_numeric(got) and _numeric(want)):
        return
    floats, integers = (float(np.mean(array(value))) for value in (want, got))
    if not same(integers, floats, exam.facts.scale):
        yield warning(
            "Called directly with integer labels, it gives another number.",
            floats=floats,
            integers=integers,
        )


def _numeric(value):
    return is_tensor(value) and "float" in standardize_dtype(value.dtype)


def _ids_beyond(exam):
    tensors = exam.tensors
    classes = tensors.y_pred.shape[-1]
    beyond = tensors.ids >= classes
    if not beyond.any() or not np.isfinite(exam.facts.base.value):
        return
    gradient = exam.facts.base.gradient
    moved = np.any(gradient.reshape(*tensors.ids.shape, -1) != 0, axis=-1)
    from_one = tensors.ids.min() == 1 and tensors.ids.max() == classes
    trained = bool(np.any(moved[beyond]))
    unlearned = error if from_one else note
    learned = note if from_one else warning
    yield (learned if trained else unlearned)(
        f"Labels go from {tensors.ids.min()} to {tensors.ids.max()}, and y_pred has "
        f"{classes} classes, 0 to {classes - 1}."
        + (" Subtract 1, unless the loss does." if from_one else ""),
        positions=int(beyond.sum()),
        of_them_with_a_gradient=int(np.sum(moved[beyond])),
    )


def _ids_as_numbers(exam):
    """Whether, for each class, saying so is better than saying another."""
    tensors = exam.tensors
    classes = tensors.y_pred.shape[-1]
    if tensors.ids.max() >= classes or tensors.ids.min() < 0:
        return
    if exam.by_design("no_minimum"):
        return
    blind, flat = [], []
    for label in np.unique(tensors.ids):
        true = np.full_like(tensors.y_true, label)
        said = [_certain(tensors, said) for said in range(classes)]
        try:
            losses = [exam.value(true, pred) for pred in said]
        except LossFailed:
            return
        if not np.all(np.isfinite(losses)):
            return
        if not np.any(losses):
            continue  # a class that is ignored
        own = losses.pop(label)
        if own > min(losses) - 1e-4 * max(np.ptp([own, *losses]), 1e-6):
            blind.append(int(label))
            flat.append(same(np.full(len(losses), own), losses, tolerance=1e-3))
    names = ", ".join(map(str, blind))
    if blind and all(flat):
        yield error(
            f"For class {names} any answer has the same loss: ids are used as numbers, "
            "or as one-hot labels. Make them one-hot, or use a loss for ids."
        )
    elif blind:
        yield warning(
            f"If the labels are class ids: for class {names} the right answer does not "
            "have the lowest loss. If they are numbers, say task='regression'."
        )


def _certain(tensors, label):
    """Predictions that all say this class, nearly with certainty."""
    classes = tensors.y_pred.shape[-1]
    row = np.where(np.arange(classes) == label, 0.97, 0.03 / (classes - 1))
    pred = np.broadcast_to(row, tensors.y_pred.shape)
    pred = np.log(pred) if tensors.predictions == "logits" else pred
    return pred.astype(tensors.y_pred.dtype)


def _labels_outside(exam):
    tensors = exam.tensors
    true = tensors.y_true
    if not np.all(np.isfinite(true)) or (true.min() >= 0 and true.max() <= 1):
        return
    if tensors.labels == "real" and true.min() < 0:
        return  # rewards, returns: a gain and no class
    if tensors.labels == "real" and not exam.facts.takes_logarithm:
        return
    middle = (true.min() + true.max()) / 2
    certain = (true > middle).astype("float32").reshape(tensors.y_pred.shape)
    certain = np.clip(certain, 1e-6, 1 - 1e-6)
    try:
        value = exam.value(true, certain)
    except LossFailed:
        return
    values = f"{true.min():g} to {true.max():g}"
    if np.isfinite(value) and value < -1e-3:
        yield error(
            f"The labels go from {values}, the predictions from 0 to 1, and the loss "
            "has no minimum: it falls below 0. Bring the labels to 0 and 1.",
            certain_predictions=value,
        )
    elif tensors.labels == "two" and not _scales(exam, certain, value):
        yield warning(
            f"The labels are {values}, the predictions lie between 0 and 1: no "
            "prediction can reach them."
        )


def _scales(exam, right, value):
    """Whether it brings such labels to 0 and 1 itself: right predictions then have the
    lowest loss."""
    try:
        wrong = exam.value(exam.tensors.y_true, 1 - right)
    except LossFailed:
        return False
    return abs(value) < 1e-2 and wrong > value + 0.05


def _label_without_gradient(exam):
    tensors = exam.tensors
    ones = tensors.y_true.reshape(tensors.y_pred.shape) == 1
    if min(ones.sum(), (~ones).sum()) < 2:
        return
    several = tensors.y_pred.ndim > 1 and tensors.y_pred.shape[-1] > 1
    if several and np.allclose(tensors.y_pred.sum(-1), 1, atol=1e-2):
        return  # a softmax: what one class gains the others lose
    trained = {0: False, 1: False}
    preds = [tensors.y_pred, tensors.others, 0 * tensors.y_pred + 0.5]
    if tensors.predictions == "logits":
        preds += [0 * tensors.y_pred + 0.1, 0 * tensors.y_pred - 0.1]
    for pred in preds:
        gradient = exam.run(tensors.y_true, pred, gradient=True).gradient
        if gradient is None:
            return
        trained[1] |= bool(np.any(gradient[ones] != 0))
        trained[0] |= bool(np.any(gradient[~ones] != 0))
        if all(trained.values()):
            return
    for label, other in ((0, 1), (1, 0)):
        if trained[other] and not trained[label]:
            yield error(
                f"Samples of label {label} get no gradient, whatever is predicted: the "
                "formula is made for other labels (-1 and 1?), or a term is missing.",
                samples_of_this_label=int(np.sum(ones == bool(label))),
            )


def _is_ctc(exam):
    """Whether it is the CTC loss of Keras, or calls it."""
    calls = exam.facts.trace.calls if exam.facts.is_read else ()
    return exam.name in ("CTC", "ctc") or any(name == "ctc" for name, *_ in calls)


def _blank_among_letters(exam):
    """A word that is as good with another last letter, or with another padding."""
    true, pred = exam.tensors.y_true, exam.tensors.y_pred
    if true.ndim != 2 or pred.ndim != 3 or not np.all(true == np.round(true)):
        return
    value = exam.facts.base.value
    for row, word in enumerate(true):
        letters = np.flatnonzero(word > 0)
        if letters.size and np.any(word[: letters[-1]] == 0):
            other = np.copy(true)
            other[row, letters[-1]] = 1 if word[letters[-1]] != 1 else 2
            again = exam.value(other, pred)
            if same(again, value, tolerance=1e-6):
                yield error(
                    "It takes 0 for the blank and for padding, and the words have a 0 "
                    f"among their letters, as sample {row} does: its last letter is "
                    "not counted. Count the letters from 1, and pad with 0.",
                    loss=value,
                    with_another_last_letter=again,
                )
                return
    if true.min() < 0:
        longer = np.pad(true, ((0, 0), (0, 1)), constant_values=true.min())
        padded = exam.value(longer, pred)
        if not same(padded, value, exam.facts.scale):
            yield error(
                f"The labels are padded with {true.min():g}, and it takes that for a "
                "letter: more of it makes another loss. Only 0 is padding. Count the "
                "letters from 1, and pad with 0.",
                loss=value,
                with_one_more_column_of_it=padded,
            )
