"""The labels: their values, format and shape, beside what the loss takes."""

import numpy as np

from losses.checker.rule import error, note, rule, warning
from losses.checker.tensors import squeezed


@rule(shown_by="labels/missing_targets_are_nan")
def check_labels_are_numbers(exam):
    """No label is NaN or infinite, unless the loss leaves it out."""
    for output in exam.judged("labels"):
        bad = int(np.sum(~np.isfinite(output.y_true.astype(float))))
        if bad and output.value is not None and not np.isfinite(output.value):
            yield error(
                f"{exam.of(output)}{bad} of {output.y_true.size} labels are NaN or "
                f"infinite, and the loss of the batch is {output.value}: a step makes "
                "all weights NaN. Leave these rows out, or put a number there and give "
                "them sample_weight 0."
            )
            output.broken.add("labels")


@rule(shown_by="labels/ids_for_one_hot_labels", looks_only=True)
def check_label_form(exam):
    """Class ids go to a sparse loss, one-hot labels to one that is not."""
    for output in exam.judged("labels"):
        wants, true, pred = output.wants, output.y_true, output.y_pred
        if not wants:
            continue
        shape, ids_shape = squeezed(true.shape), squeezed(pred.shape[:-1])
        if wants.labels == "rows" and output.units > 1:
            if true.shape != pred.shape and shape == ids_shape and _whole(true):
                sparse = (
                    "sparse_categorical_crossentropy, or "
                    if wants.name == "categorical_crossentropy"
                    else ""
                )
                yield error(
                    f"{exam.of(output)}{output.loss_name} takes one-hot labels "
                    f"{_shape(pred)}, and the labels {_shape(true)} are ids from "
                    f"{true.min():g} to {true.max():g}. Take {sparse}"
                    "keras.utils.to_categorical(labels)."
                )
                output.broken.add("labels")
        elif wants.labels == "ids" and output.units > 1:
            if true.shape == pred.shape and (one_hot := _names_a_class(true)):
                yield error(
                    f"{exam.of(output)}{output.loss_name} takes class ids "
                    f"{_shape(pred[..., 0])}, and the labels {_shape(true)} are "
                    f"{one_hot}. Take categorical_crossentropy, or "
                    "labels.argmax(axis=-1)."
                )
                output.broken.add("labels")
        elif wants.elementwise and output.units > 1 and output.rows_sum_to_one:
            ids = output.labels
            is_ids = shape == ids_shape and _whole(ids) and ids.max() > 1
            if is_ids and ids.min() >= 0 and ids.max() < output.units:
                yield error(
                    f"{exam.of(output)}the labels {_shape(true)} are class ids, and "
                    f"{output.loss_name} compares them as numbers with "
                    f"{output.units} probabilities, by broadcasting: {ids.max():g} is "
                    "never reached. Take sparse_categorical_crossentropy."
                )
                output.broken.add("labels")


@rule(shown_by="labels/categorical_loss_of_one_unit")
def check_units_are_enough(exam):
    """The head has a unit for each class."""
    for output in exam.judged("labels"):
        wants, true = output.wants, output.y_true
        if not wants:
            continue
        if "categorical" in wants.name and output.units == 1:
            yield error(
                f"{exam.of(output)}{output.loss_name} of one unit says nothing: the "
                "class is always the same, and the loss is "
                f"{_numbers(output)} whatever is predicted. Take binary_crossentropy "
                "for two classes, or one unit for each class."
            )
            output.broken.add("labels")
        elif wants.labels == "ids" and _whole(output.labels):
            beyond = output.labels[output.labels >= output.units]
            if beyond.size:
                yield error(
                    f"{exam.of(output)}{beyond.size} of {true.size} labels are classes "
                    f"without a unit in the head: ids go up to {beyond.max():g}, and "
                    f"{output.units} units have the classes 0 to {output.units - 1}. "
                    "Ids begin at 0."
                )
                output.broken.add("labels")


@rule(shown_by="labels/labels_of_minus_one_and_one")
def check_labels_suit_the_loss(exam):
    """The labels have the values that the loss is made for."""
    for output in exam.judged("labels"):
        wants, true = output.wants, output.labels
        if not wants or output.broken or not true.size or not np.isfinite(true).all():
            continue
        has_rows = output.units > 1 and output.y_true.shape == output.y_pred.shape
        if wants.labels == "unit" and not output.suits(true):
            yield error(_outside(exam, output, true))
            output.broken.add("labels")
        elif wants.labels == "counts" and not output.suits(true):
            yield error(
                f"{exam.of(output)}{output.loss_name} takes labels from 0 on, and they "
                f"go down to {true.min():g}."
            )
            output.broken.add("labels")
        elif wants.labels == "ids":
            yield from _ids(exam, output, true)
        elif wants.labels == "rows" and has_rows:
            yield from _rows(exam, output)
        elif has_rows and wants.elementwise and output.rows_sum_to_one:
            yield from _under_a_softmax(exam, output)
        if output.broken:
            continue
        if wants.labels == "unit" and output.units > 2:
            yield from _one_class(exam, output)
        if wants.labels in ("unit", "ids") and output.y_true.ndim < 3:
            yield from _all_alike(exam, output, true)


@rule(shown_by="labels/one_target_for_every_step")
def check_labels_have_the_shape(exam):
    """Labels and predictions have one shape: nothing is broadcast."""
    for output in exam.judged("labels"):
        wants, true, pred = output.wants, output.y_true, output.y_pred
        if not wants or not output.squeezed_shapes_differ:
            continue
        columns = true.ndim == pred.ndim > 1 and true.shape[:-1] == pred.shape[:-1]
        if not wants.elementwise and not (wants.labels == "rows" and columns):
            continue
        what = "do not fit" if output.error is not None else "are broadcast"
        yield error(
            f"{exam.of(output)}labels {_shape(output.y_true)} and predictions "
            f"{_shape(output.y_pred)} {what}: {_why(output.y_true, output.y_pred)}"
        )
        output.broken.add("labels")


def _why(true, pred):
    if true.ndim == pred.ndim and true.shape[:-1] == pred.shape[:-1]:
        columns, units = true.shape[-1], pred.shape[-1]
        return (
            f"the labels have {columns} column{'s' if columns > 1 else ''}, the head "
            f"{units} unit{'s' if units > 1 else ''}. Give the last layer {columns}."
        )
    return (
        "each label is compared with several predictions. Does a layer give a value "
        "for each step or pixel (return_sequences=True, no Flatten), and one is meant?"
    )


def _outside(exam, output, true):
    number = int(np.sum((true < 0) | (true > 1)))
    values = np.unique(true)
    worst = true.ravel()[np.argmax(np.abs(true - 0.5))]
    far = output.loss_of_one(worst)
    found = (
        f"{exam.of(output)}{output.loss_name} takes labels between 0 and 1, and "
        f"{number} of {true.size} lie outside, from {true.min():g} to {true.max():g}."
    )
    if set(values) <= {-1, 1}:
        return f"{found} Take (labels + 1) / 2, or the hinge loss for -1 and 1.{far}"
    if set(values) <= {0, 255}:
        return f"{found} Divide them by 255.{far}"
    if set(values) <= {1, 2}:
        return f"{found} Subtract 1.{far}"
    if np.any(values != np.round(values)) or len(values) > 20:
        return f"{found} These are the targets of a regression: take mse.{far}"
    if len(values) > 2:
        return (
            f"{found} These are ids of {len(values)} classes: take a head with so many "
            f"units, softmax and sparse_categorical_crossentropy.{far}"
        )
    return f"{found}{far}"


def _ids(exam, output, true):
    parts = int(np.sum(true != np.round(true)))
    if parts:
        yield error(
            f"{exam.of(output)}{parts} of {true.size} class ids are no whole numbers, "
            f"from {true.min():g} to {true.max():g}: Keras cuts them off, and "
            f"{int(np.sum(np.trunc(true) == 0))} count as class 0. Were they scaled "
            "with the inputs?"
        )
        output.broken.add("labels")
    elif true.min() < 0:
        number = int(np.sum(true < 0))
        yield error(
            f"{exam.of(output)}{number} of {true.size} labels are {true.min():g}, "
            f"which is no class. Where it means that there is no label: "
            f"ignore_class={true.min():g}.",
            loss_of_the_batch=output.value,
        )
        output.broken.add("labels")


def _rows(exam, output):
    rows = output.label_rows
    sums = rows.sum(-1)
    if np.allclose(sums, 1, atol=1e-2):
        return
    nothing = np.abs(sums) < 1e-6
    if np.all(rows >= 0) and np.allclose(sums[~nothing], 1, atol=1e-2):
        yield from _rows_of_zeros(exam, output, int(nothing.sum()))
        return
    if np.all(np.count_nonzero(rows, axis=-1) <= 1):
        return  # one-hot rows times the weight of a sample, or an advantage
    several = set(np.unique(rows)) <= {0, 1}
    found = (
        f"{exam.of(output)}{output.loss_name} takes labels whose rows add up to 1, and "
        f"these add up to {sums.min():g} to {sums.max():g}."
    )
    if several:
        number = int(nothing.sum())
        yield error(
            f"{found} Several labels may hold at once, or none: take sigmoids and "
            "binary_crossentropy."
            + (f" {number} rows without a label have a loss of 0." if number else "")
        )
    else:
        yield error(f"{found} For measured numbers take a linear head and mse.")
    output.broken.add("labels")


def _rows_of_zeros(exam, output, number):
    """Rows without a class: padding of steps and pixels; of samples, most likely a
    class that was left out."""
    if output.y_true.ndim > 2:
        return
    yield warning(
        f"{exam.of(output)}{number} of {len(output.label_rows)} rows of labels are 0 "
        f"for every class: {output.loss_name} of such a row is 0, whatever is "
        "predicted. Is a class missing, or are these rows meant to be left out?"
    )


def _under_a_softmax(exam, output):
    """Labels of 0 and 1 of which a row has several."""
    rows = output.label_rows
    sums = rows.sum(-1)
    if not set(np.unique(rows)) <= {0, 1} or not np.any(sums > 1):
        return
    wrong = int(np.sum(np.abs(sums - 1) > 1e-3))
    yield error(
        f"{exam.of(output)}the rows of labels add up to {sums.min():g} to "
        f"{sums.max():g}, those of a softmax to 1: {wrong} of {sums.size} rows cannot "
        "be right. Take sigmoids.",
    )
    output.broken.add("labels")


def _one_class(exam, output):
    true = output.y_true
    if not output.wants.name.startswith("binary"):
        return
    if true.shape == output.y_pred.shape and _is_one_hot(true):
        yield note(
            f"{exam.of(output)}one of {output.units} classes is right in each row: "
            "softmax and categorical_crossentropy are made for that, and accuracy "
            "counts each class on its own here."
        )


def _all_alike(exam, output, true):
    if true.size >= 16 and np.all(true == true[0]):
        yield note(
            f"{exam.of(output)}all {true.size} labels of this batch are {true[0]:g}. "
            "Are the data sorted by class? fit shuffles arrays, and leaves a dataset "
            "in its order."
        )


def _numbers(output):
    values = [output.value, output.loss_of(1 - output.y_pred)]
    known = sorted({f"{value:.3g}" for value in values if value is not None})
    return " or ".join(known) or "0"


def _whole(array):
    known = array[np.isfinite(array.astype(float))]
    return bool(known.size) and bool(np.all(known == np.round(known)))


def _is_one_hot(true):
    return set(np.unique(true)) <= {0, 1} and np.all(true.sum(-1) == 1)


def _names_a_class(true):
    """What rows of labels are that say which class holds; "" where they do not."""
    if _is_one_hot(true):
        return "one-hot"
    sums = true.astype(float).sum(-1)
    return "soft" if np.all(true >= 0) and np.allclose(sums, 1, atol=1e-3) else ""


def _shape(array):
    return str(tuple(array.shape)).replace(",)", ",)")
