"""The labels: their values, format and shape, beside what the loss takes."""

import numpy as np

from losses.checker.rule import error, rule
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
            if true.shape != pred.shape and shape == ids_shape and is_whole(true):
                sparse = (
                    "sparse_categorical_crossentropy, or "
                    if wants.name == "categorical_crossentropy"
                    else ""
                )
                yield error(
                    f"{exam.of(output)}{output.loss_name} takes one-hot labels "
                    f"{shape_of(pred)}, and the labels {shape_of(true)} are ids from "
                    f"{true.min():g} to {true.max():g}. Take {sparse}"
                    "keras.utils.to_categorical(labels)."
                )
                output.broken.add("labels")
        elif wants.labels == "ids" and output.units > 1:
            if true.shape == pred.shape and (one_hot := _names_a_class(true)):
                yield error(
                    f"{exam.of(output)}{output.loss_name} takes class ids "
                    f"{shape_of(pred[..., 0])}, and the labels {shape_of(true)} are "
                    f"{one_hot}. Take categorical_crossentropy, or "
                    "labels.argmax(axis=-1)."
                )
                output.broken.add("labels")
        elif wants.elementwise and output.units > 1 and output.rows_sum_to_one:
            ids = output.labels
            is_ids = shape == ids_shape and is_whole(ids) and ids.max() > 1
            if is_ids and ids.min() >= 0 and ids.max() < output.units:
                yield error(
                    f"{exam.of(output)}the labels {shape_of(true)} are class ids, and "
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
                f"{_losses(output)} whatever is predicted. Take binary_crossentropy "
                "for two classes, or one unit for each class."
            )
            output.broken.add("labels")
        elif wants.labels == "ids" and is_whole(output.labels):
            beyond = output.labels[output.labels >= output.units]
            if beyond.size:
                yield error(
                    f"{exam.of(output)}{beyond.size} of {true.size} labels are classes "
                    f"without a unit in the head: ids go up to {beyond.max():g}, and "
                    f"{output.units} units have the classes 0 to {output.units - 1}. "
                    + _beyond(output, beyond)
                )
                output.broken.add("labels")


VOID = 255  # in masks of images: no class, or not known


def _beyond(output, beyond):
    if np.all(beyond == VOID):
        told = f"{VOID} often marks what belongs to no class: "
        if output.wants.name == "sparse_categorical_crossentropy":
            return f"{told}ignore_class={VOID} in the loss leaves it out."
        return f"{told}give these labels sample_weight 0, and a class that exists."
    if output.labels.min() == 1 and beyond.max() == output.units:
        return "Ids begin at 0: subtract 1."
    return "Ids begin at 0, and the last layer needs a unit for each."


def _losses(output):
    values = [output.value, output.loss_of(1 - output.y_pred)]
    known = sorted({f"{value:.3g}" for value in values if value is not None})
    return " or ".join(known) or "0"


def is_whole(array):
    known = array[np.isfinite(array.astype(float))]
    return bool(known.size) and bool(np.all(known == np.round(known)))


def is_one_hot(true):
    return set(np.unique(true)) <= {0, 1} and np.all(true.sum(-1) == 1)


def _names_a_class(true):
    """What rows of labels are that say which class holds; "" where they do not."""
    if is_one_hot(true):
        return "one-hot"
    sums = true.astype(float).sum(-1)
    return "soft" if np.all(true >= 0) and np.allclose(sums, 1, atol=1e-3) else ""


def shape_of(array):
    """As a sentence shows it."""
    return str(tuple(array.shape)).replace(",)", ",)")
