"""Asking the rules about a model, and the rules about a lone loss for each output whose
loss is not one of Keras or of this catalog."""

from dataclasses import replace

import keras

from losses.checker.asking import IN_ALL, Answers, ask, look
from losses.checker.examination import Examination
from losses.checker.failures import LossFailed, named
from losses.checker.limits import TooLong
from losses.checker.models.batches import batch_of
from losses.checker.models.examination import ModelExamination
from losses.checker.quiet import left_behind, silent
from losses.checker.report import Finding, Seen
from losses.checker.rules import RULES as OF_LOSSES
from losses.checker.rules.models import RULES

STEP = "check_step_runs"  # what an error outside of the rules is an error of
CONSUMED = "One batch was taken from the generator: fit gets the next one."


def is_model(subject):
    return isinstance(subject, keras.Model)


def known_rules():
    return {**RULES, **OF_LOSSES}


def examine(model, x, y, sample_weight, class_weight, *, rules, limit, expect=()):
    """What the rules find: the answers, and what was seen of each output.

    Args:
        rules: `{name: Rule}`, those about models and those about a lone loss.
        limit: of time, see `Limit`.
        expect: what the losses do by design.

    Raises:
        TypeError, ValueError: the data are none that `fit` takes.
    """
    batch, refused = _batch(model, x, y, sample_weight, class_weight)
    exam, answers = ModelExamination(model, batch, class_weight), Answers()
    if batch.consumed:
        answers.add(STEP, [Finding("", "note", CONSUMED)])
    of_models = {name: rule for name, rule in rules.items() if name in RULES}
    try:
        limit.run(silent(lambda: exam.outputs))
    except LossFailed as failure:
        answers.looked_at.append(STEP)
        sentence = f"The model does not run on x: {named(failure)}"
        answers.add(STEP, [Finding("", "error", sentence, {}, "check/models/")])
        of_models.pop(STEP, None)
        answers.moot = dict.fromkeys(of_models, "the model does not run on x")
        return answers, ()
    except TooLong as late:
        left_behind()
        answers.left_out = dict.fromkeys(rules, f"a step took longer than {late}")
        return answers, ()
    for name, rule in of_models.items():
        if limit.spent > IN_ALL * limit.seconds:
            answers.left_out[name] = "the limit was reached"
        elif reason := look(rule, exam, limit, answers):
            answers.left_out |= dict.fromkeys(of_models, reason)
            break
        exam.explained |= bool(answers.errors)
    answers.findings = [
        replace(finding, folder="check/models/") for finding in answers.findings
    ]
    if refused is not None and not answers.errors:
        sentence = f"fit refuses the data: {named(refused)}"
        answers.add(STEP, [Finding("", "error", sentence)])
    of_losses = {name: rule for name, rule in rules.items() if name in OF_LOSSES}
    for output in exam.outputs:
        if output.is_custom and not output.broken and output.y_true is not None:
            _lone(output, exam, of_losses, limit, expect, answers)
    return answers, tuple(map(_seen, exam.outputs))


def _batch(model, x, y, sample_weight, class_weight):
    """A batch, and the error where `fit` refuses the weights of classes."""
    try:
        return batch_of(x, y, sample_weight, class_weight), None
    except Exception as error:
        if class_weight is None:
            raise
        return batch_of(x, y, sample_weight), LossFailed(error)


def _lone(output, exam, rules, limit, expect, answers):
    """What the rules about a lone loss find with these labels and predictions."""
    weight = output.sample_weight

    def examination():
        return Examination(output.given, output.tensors, weight, expect)

    _, found = ask(rules, examination, limit)
    where = exam.of(output) or f"{output.loss_name}: "
    answers.looked_at += [r for r in found.looked_at if r not in answers.looked_at]
    answers.findings += [
        replace(finding, sentence=f"{where}{finding.sentence}")
        for finding in found.findings
    ]
    answers.not_asked |= found.not_asked
    answers.moot |= found.moot
    answers.left_out |= found.left_out
    answers.failed += found.failed


def _seen(output):
    """The row of an output in the report."""
    return Seen(
        output=output.name,
        head=f"{tuple(output.y_pred.shape[1:])} {output.head}".replace(",)", ")"),
        loss=output.loss_name or "none",
        labels=_labels(output),
        weights="" if output.sample_weight is None else _span(output.sample_weight),
    )


def _labels(output):
    true = output.y_true
    if true is None:
        return "none"
    kind = output.tensors.labels if true.size else ""
    words = {
        "ids": "class ids",
        "one_hot": "one-hot",
        "soft": "rows that sum to 1",
        "binary": "0 and 1",
    }
    return f"{words.get(kind, true.dtype.name)} {_span(true)}"


def _span(array):
    shape = str(tuple(array.shape[1:])).replace(",)", ")") if array.ndim > 1 else ""
    return f"{shape} {array.min():g} to {array.max():g}".strip()
