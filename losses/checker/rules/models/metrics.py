"""The metrics: what they show of these labels and this head."""

import difflib

import keras
import numpy as np

from losses.checker.failures import LossFailed, named
from losses.checker.models.shown import WORDS, is_known, labels_like
from losses.checker.models.trial import as_given_for_metrics
from losses.checker.rule import error, note, rule, warning

SURE, SLIGHT = 0.999, 0.3  # a probability, and a logit, of what is right
ACCURACIES = {
    "BinaryAccuracy": "cuts predictions at 0.5 and counts those that equal their label",
    "CategoricalAccuracy": "counts rows in which the largest prediction stands where "
    "the largest label does",
    "SparseCategoricalAccuracy": "takes the place of the largest prediction for the "
    "class, and counts rows in which it equals the label",
    "Accuracy": "counts predictions that equal their label to the last digit",
}
CUTTING = {  # at a threshold, and what takes another one
    "BinaryAccuracy": "threshold=0",
    "BinaryIoU": "threshold=0.0",
    "F1Score": "",
    "FBetaScore": "",
    "FalseNegatives": "thresholds=0",
    "FalsePositives": "thresholds=0",
    "Precision": "thresholds=0",
    "Recall": "thresholds=0",
    "TrueNegatives": "thresholds=0",
    "TruePositives": "thresholds=0",
}
RANKING = {  # over thresholds between 0 and 1
    "AUC": "from_logits=True",
    "PrecisionAtRecall": "",
    "RecallAtPrecision": "",
    "SensitivityAtSpecificity": "",
    "SpecificityAtSensitivity": "",
}
COUNTS = "FalseNegatives", "FalsePositives", "TrueNegatives", "TruePositives"
OTHERS = {
    "IoU",
    "MeanIoU",
    "OneHotIoU",
    "OneHotMeanIoU",
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
}
PER_CLASS = "F1Score", "FBetaScore"  # a number for each
TRIED = {*ACCURACIES, *CUTTING, *RANKING, *OTHERS}


@rule(shown_by="training/metric_of_another_shape", looks_only=True)
def check_metrics_run(exam):
    """The metrics run on the labels and predictions of a step."""
    if exam.step.error is not None:
        return
    raised = exam.metrics_raise
    if raised is None:
        return
    for given in as_given_for_metrics(exam.model):
        if told := _misnamed(given, exam.names):
            yield error(f"{told} Without this the model trains.")
            return
    name = f"The metric {raised.name!r}" if raised.name else "A metric"
    where = ", in the graph that fit makes of it" if raised.in_a_graph else ""
    yield error(
        f"{name} raises{where}: {named(LossFailed(raised.error))} The loss runs: "
        "without this metric the model trains."
    )


def _misnamed(given, names):
    """Metrics for outputs that there are not, or that Keras does not know by name."""
    listed = ", ".join(map(repr, names))
    if isinstance(given, dict) and (strange := [n for n in given if n not in names]):
        told = ", ".join(map(repr, strange))
        return f"metrics names {told}, and the outputs are {listed}."
    if isinstance(given, (list, tuple)) and len(names) > 1 and len(given) != len(names):
        return (
            f"metrics has {len(given)} parts for {len(names)} outputs, {listed}: a "
            "list has a part for each, a dict has those that are named."
        )
    for word in keras.tree.flatten(given):
        if isinstance(word, str) and not is_known(word):
            near = difflib.get_close_matches(word, WORDS, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            return f"Keras has no metric {word!r}.{hint}"
    return ""


@rule(shown_by="training/accuracy_of_a_regression")
def check_metrics_fit(exam):
    """Metrics count what the labels and the head mean.

    Right predictions of the form of this head are given to each metric of Keras, with
    labels of the form of these: it must show 1, and less for wrong ones.
    """
    if exam.step.error is not None:
        return
    for shown in exam.shown:
        output, kind = shown.output, shown.kind
        if output.broken or kind not in TRIED:
            continue
        if kind in ACCURACIES and _is_regression(output):
            yield from _of_numbers(exam, shown)
        elif output.tensors.labels == "binary" and kind == "CategoricalAccuracy":
            yield from _of_several(exam, shown)
        else:
            yield from _of_classes(exam, shown)


def _is_regression(output):
    wants, true = output.wants, output.y_true.astype(float)
    if wants is None or wants.labels not in ("real", "counts"):
        return False
    whole = np.all(true == np.round(true))
    return not (whole and (output.is_squashed or output.rows_sum_to_one))


def _of_numbers(exam, shown):
    true, value = shown.output.y_true, shown.of_this_batch()
    if value is not None and value.ndim == 0:
        yield warning(
            f"{_called(exam, shown)} {ACCURACIES[shown.kind]}, and the labels are "
            f"numbers from {true.min():g} to {true.max():g}. For a regression take "
            "mae.",
            accuracy=float(value),
        )


def _of_several(exam, shown):
    output, value = shown.output, shown.of_this_batch()
    if output.units > 1 and not output.labels_choose_one and value is not None:
        yield note(
            f"{_called(exam, shown)} {ACCURACIES[shown.kind]}, and rows have several "
            "labels or none. keras.metrics.BinaryAccuracy counts each label.",
            accuracy=float(value),
        )
    elif output.units == 1:
        yield from _of_classes(exam, shown)


def _of_classes(exam, shown):
    """What it makes of predictions that are all right, and all wrong."""
    made, logits = labels_like(shown.output), _are_logits(shown.output)
    if made is None or logits is None:
        return
    labels, right = made
    kind, cut = shown.kind, _threshold(shown)
    if logits and (kind in RANKING or cut == 0.5):
        yield from _of_logits(exam, shown, labels, right)
        return
    if kind in COUNTS or (logits and cut is not None):
        return  # at a threshold that the user chose
    good = shown.of(labels, _predictions(shown.output, right, logits))
    bad = shown.of(labels, _wrong(shown.output, right, logits))
    if good is None or bad is None or (good.ndim and kind not in PER_CLASS):
        return
    good, bad = float(np.min(good)), float(np.max(bad))
    if good < 1 - 1e-3:
        yield warning(
            f"{_called(exam, shown)} does not give 1 for predictions that are all "
            f"right: it {_why(shown)}",
            of_right_predictions=good,
        )
    elif bad > 1 - 1e-3:
        yield warning(
            f"{_called(exam, shown)} gives {bad:g} for right and for wrong "
            f"predictions: it {_why(shown)}",
            of_wrong_predictions=bad,
        )


def _of_logits(exam, shown, labels, right):
    """Logits are cut at 0. What cuts at 0.5 misses some, and thresholds between 0 and 1
    do not see the order of the rest."""
    output, kind = shown.output, shown.kind
    instead = {**CUTTING, **RANKING}[kind]
    shift = 2 if kind in RANKING else 0
    good = shown.of(labels, SLIGHT * (2 * right - 1) - shift)
    if good is None or (good.ndim and kind not in PER_CLASS):
        return
    best = {
        "FalseNegatives": 0,
        "FalsePositives": 0,
        "TrueNegatives": right.size - right.sum(),
        "TruePositives": right.sum(),
    }.get(kind, 1)
    good = float(np.min(good))
    if abs(good - best) < 1e-2 and kind not in ("TrueNegatives", "FalsePositives"):
        return
    if kind in RANKING:
        told = "looks at thresholds between 0 and 1, and these are logits"
    else:
        now = output.y_pred.astype(float)
        missed = int(np.sum((now > 0) & (now <= 0.5)))
        told = (
            f"{ACCURACIES.get(kind, 'cuts predictions at 0.5')}. These are logits, "
            f"which are cut at 0: {missed} of {now.size} are counted as the other "
            "class now"
        )
    rows = output.wants is not None and output.wants.of_classes
    layer = "softmax" if rows else "sigmoid"
    if instead and not (rows and kind in CUTTING):
        told += f". Take keras.metrics.{kind}({instead})."
    else:
        told += (
            f'. It takes probabilities only: end the model with activation="{layer}", '
            "and leave out from_logits=True."
        )
    of = "of_a_perfect_order" if kind in RANKING else "of_right_predictions"
    yield warning(
        f"{_called(exam, shown)} {told}",
        **({of: good} if abs(good - best) >= 1e-2 else {}),
    )


def _called(exam, shown):
    """What the sentence is about: the word of the user, and what it stands for."""
    where = exam.of(shown.output)
    if isinstance(shown.given, str) and shown.given in ("accuracy", "acc"):
        return f"{where}{shown.word} is keras.metrics.{shown.kind} for these shapes: it"
    return f"{where}the metric {shown.word!r} (keras.metrics.{shown.kind})"


def _are_logits(output):
    """None where it is not known what the predictions are."""
    wants = output.wants
    if wants is None:
        return False if output.is_squashed else None
    if wants.predictions in ("chances", "rows"):
        return wants.from_logits
    return False


def _threshold(shown):
    """Where it cuts predictions; None where it does not, or at several places."""
    if shown.kind not in CUTTING:
        return None
    options = shown.options
    given = options.get("thresholds", options.get("threshold"))
    if given is None:  # the largest of a row counts, or it is the default
        return None if shown.kind in PER_CLASS else 0.5
    given = list(np.atleast_1d(given))
    return given[0] if len(given) == 1 else None


def _predictions(output, right, logits):
    if set(np.unique(output.labels)) == {-1, 1}:
        return SURE * (2 * right - 1)
    if logits:
        return 10 * (2 * right - 1)
    rest = 1 - SURE
    if output.tensors.labels in ("ids", "one_hot") and output.units > 1:
        rest /= output.units - 1
    return np.where(right == 1, SURE, rest)


def _wrong(output, right, logits):
    """Predictions that are as sure of something else, and of nothing less than of what
    is right."""
    of_one = right.ndim > 1 and right.shape[-1] > 1 and np.all(right.sum(-1) == 1)
    other = np.roll(right, 1, axis=-1) if of_one else 1 - right
    found = _predictions(output, other, logits)
    least = found.min()
    return np.where(right == 1, least / 2 if least > 0 else 2 * least, found)


def _why(shown):
    """What it does, and what to take instead."""
    kind, output = shown.kind, shown.output
    form = output.tensors.labels
    if kind == "Accuracy":
        return f'{ACCURACIES[kind]}. Take "accuracy".'
    if kind in ("CategoricalAccuracy", "TopKCategoricalAccuracy") and form == "ids":
        return (
            "takes one-hot labels, and these are class ids. Take "
            f"keras.metrics.Sparse{kind}."
        )
    if kind == "CategoricalAccuracy" and output.units == 1:
        return (
            "looks for the largest of a row, and a row has one number. Take "
            "keras.metrics.BinaryAccuracy."
        )
    if kind.startswith("Sparse") and output.units == 1:
        return "takes a probability for each class. Take keras.metrics.BinaryAccuracy."
    if kind.startswith("Sparse") and form != "ids":
        return (
            "takes class ids for labels. Take keras.metrics."
            f"{kind.removeprefix('Sparse')}."
        )
    if kind in PER_CLASS and output.units == 1:
        return (
            "looks for the largest of a row, and a row has one number. Say "
            "threshold=0.5."
        )
    if kind == "BinaryAccuracy" and np.any(output.labels < 0):
        return f"{ACCURACIES[kind]}: labels of -1 never do."
    if kind in ("IoU", "MeanIoU"):
        if output.units == 1:
            return (
                "takes whole numbers for predictions, and cuts the others off. Take "
                "keras.metrics.BinaryIoU."
            )
        instead = "sparse_y_pred=False"
        instead += "" if form == "ids" else ", sparse_y_true=False"
        return f"takes class ids, and these are rows of classes. Say {instead}."
    if "TopK" in kind:
        k = shown.options.get("k", 5)
        return f"looks at the {k} largest of {output.units}."
    return ACCURACIES.get(kind, "is made for other labels or predictions.")
