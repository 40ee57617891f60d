"""The values of labels, and their shape beside that of the predictions."""

from dataclasses import replace

import numpy as np

from losses.checker.rule import error, note, rule, warning
from losses.checker.rules.models.labels import is_one_hot, is_whole, shape_of
from losses.checker.tensors import squeezed


@rule(shown_by="labels/labels_of_minus_one_and_one")
def check_labels_suit_the_loss(exam):
    """The labels have the values that the loss is made for."""
    for output in exam.judged("labels"):
        wants, true = output.wants, output.labels
        if not true.size or not np.isfinite(true).all():
            continue
        if wants is None:
            yield from _scaled(exam, output)
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
        elif wants.name == "mean_absolute_percentage_error":
            yield from _percentages(exam, output, true)
        elif output.broken:
            continue
        elif wants.labels == "rows" and has_rows:
            yield from _rows(exam, output)
        elif has_rows and wants.elementwise and output.rows_sum_to_one:
            yield from _under_a_softmax(exam, output)
        if output.broken:
            continue
        if wants.labels == "unit" and output.units > 2:
            yield from _one_class(exam, output)
        if wants.labels in ("unit", "ids") and output.y_true.ndim < 3:
            yield from _all_alike(exam, output)


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
            f"{exam.of(output)}labels {shape_of(true)} and predictions "
            f"{shape_of(pred)} {what}: {_why(output)}"
        )
        output.broken.add("labels")


def _why(output):
    true, pred = output.y_true, output.y_pred
    column = squeezed(true.shape) == squeezed(pred.shape[:-1])
    if column and pred.ndim < 3:
        return _one_number_each(output)
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


def _one_number_each(output):
    """Labels of one number a row, and several units."""
    ids, units = output.labels, output.units
    classes = is_whole(ids) and ids.min() >= 0 and ids.max() < max(units, 2)
    told = f"a row has one label, and the head {units} units."
    if not classes or output.wants.labels not in ("unit", "real"):
        return f"{told} Give the last layer 1 unit."
    two = units == 2 or ids.max() < 2
    return (
        f"{told} For ids of classes take softmax and sparse_categorical_crossentropy"
        + (", or for two classes one unit and a sigmoid." if two else ".")
    )


def are_bytes(labels):
    """Whether they look like the values of an image that was not scaled."""
    whole = bool(np.all(labels == np.round(labels)))
    values = np.unique(labels)
    mask = values.size == 2 and values[1] == 255
    seen = mask or (values.size > 20 and 100 < values[-1] <= 255)
    return whole and seen and bool(values[0] >= 0)


def _scaled(exam, output):
    """Labels that a loss of one's own wants between 0 and 1, such as a mask of 0 and
    255: right predictions then do not have the lowest loss, and have with labels that
    are divided."""
    labels, values = output.labels, np.unique(output.labels)
    if output.broken or output.squeezed_shapes_differ or values.max() <= 1:
        return
    two = len(values) == 2 and values[0] == 0
    if not two and not are_bytes(labels):
        return
    most = values.max() if two else 255.0
    shares = output.y_true.astype(float) / most
    if not output.is_squashed and not two:
        return
    right = (shares > 0.5).astype(float)
    wrong = 1 - right
    if not output.is_squashed:
        right, wrong = 40 * right - 20, 40 * wrong - 20
    divided = replace(output, y_true=shares.astype("float32"))
    found = output.loss_of(right), output.loss_of(wrong)
    meant = divided.loss_of(right), divided.loss_of(wrong)
    if None in (*found, *meant) or not np.all(np.isfinite([*found, *meant])):
        return
    if not meant[0] < meant[1] - 0.05 or meant[0] < -1e-3:
        return
    falls = found[0] < -0.05
    if not falls and not (two and meant[0] < 1e-2 and found[0] > meant[0] + 0.1):
        return
    known = output.head.known or not output.is_squashed
    yield (error if known else warning)(
        f"{exam.of(output)}the labels go from 0 to {most:g}, and {output.loss_name} "
        f"takes labels between 0 and 1: divide them by {most:g}. With these, "
        + (
            "its loss falls below 0: it has no lowest value that means right."
            if falls
            else "right predictions have a loss as if they were wrong."
        ),
        loss_of_right_predictions=found[0],
        the_same_with_divided_labels=meant[0],
    )
    output.broken.add("labels")


def _percentages(exam, output, true):
    number = int(np.sum(np.abs(true) < 1e-6))
    if number:
        yield warning(
            f"{exam.of(output)}{number} of {true.size} labels are 0, and "
            f"{output.loss_name} divides by the label: these rows make up the whole "
            "loss. Take mae, or leave them out.",
            loss_of_the_batch=output.value,
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
    if set(values) <= {1, 2}:
        return f"{found} Subtract 1.{far}"
    if are_bytes(true):
        return f"{found} They look like pixels of an image: divide them by 255.{far}"
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
    if several and nothing.any():
        yield error(
            f"{found} Several labels may hold at once, or none: take sigmoids and "
            f"binary_crossentropy. {int(nothing.sum())} rows without a label have a "
            "loss of 0."
        )
    elif np.all(rows >= 0):
        yield warning(
            f"{found} It weighs each row by its sum, and is lowest where predictions "
            "are its shares. That is right for counts; where several labels hold at "
            "once, take sigmoids and binary_crossentropy."
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
    if true.shape == output.y_pred.shape and is_one_hot(true):
        yield note(
            f"{exam.of(output)}one of {output.units} classes is right in each row: "
            "softmax and categorical_crossentropy are made for that, and accuracy "
            "counts each class on its own here."
        )


def _all_alike(exam, output):
    true = output.y_true.ravel()  # check_sample_weights_count tells of those without
    if true.size >= 16 and np.all(true == true[0]):
        yield note(
            f"{exam.of(output)}all {true.size} labels of this batch are {true[0]:g}. "
            "Are the data sorted by class? fit shuffles arrays, and leaves a dataset "
            "in its order."
        )
