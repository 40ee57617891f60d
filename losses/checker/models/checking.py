"""Asking the rules about a model, and the rules about a lone loss for each output whose
loss is not one of Keras or of this catalog."""

from dataclasses import dataclass, replace

from losses.checker.asking import IN_ALL, Answers, ask, look
from losses.checker.examination import Examination
from losses.checker.failures import LossFailed, named
from losses.checker.limits import TooLong
from losses.checker.models import trial
from losses.checker.models.batches import USUAL, Batch, batch_of
from losses.checker.models.building import batch_needed, build as build
from losses.checker.models.examination import ModelExamination
from losses.checker.models.own import way_of
from losses.checker.quiet import left_behind, silent
from losses.checker.report import Finding, Seen
from losses.checker.rules import RULES as OF_LOSSES
from losses.checker.rules.models import RULES
from losses.running.seeds import kept_seeds

STEP = "check_step_runs"  # what an error outside of the rules is an error of
PAGE = "check/models/"
OF_HALVES = "check_half_precision"  # asked where the model gives such predictions


def known_rules():
    return {**RULES, **OF_LOSSES}


@dataclass(frozen=True)
class Data:
    """What `fit` would get, and a batch of it; `refused` is the rule about what it
    refuses of the weights, and the error."""

    given: tuple
    class_weight: dict | None
    batch: Batch
    refused: tuple | None = None

    @classmethod
    def of(cls, model, x, y, sample_weight, class_weight, batch_size=None):
        """Take a batch.

        Raises:
            TypeError, ValueError: the data are none that `fit` takes.
        """
        given = x, y, sample_weight
        options = {
            "batch_size": batch_size,
            "needed": batch_needed(model),
            "any_parts": bool(way_of(model)),
        }
        try:
            batch = batch_of(*given, class_weight, **options)
        except Exception as error:
            if class_weight is not None:
                refused = "check_class_weight_fits", LossFailed(error)
            elif sample_weight is not None:
                refused = "check_sample_weights_fit", LossFailed(error)
                given = x, y, None
            else:
                raise
            return cls(given, class_weight, batch_of(*given, **options), refused)
        return cls(given, class_weight, batch)

    def as_usual(self):
        """A batch as large as `fit` takes if nobody says how large."""
        weights = None if self.refused else self.class_weight
        batch = batch_of(*self.given, weights, batch_size=USUAL)
        return replace(self, batch=batch)


def examine(model, data, *, rules, limit, expect=()):
    """What the rules find: the answers, and what was seen of each output. The model
    and its seeds are as they were, also where the check is interrupted.

    Args:
        data: `Data`.
        rules: `{name: Rule}`, those about models and those about a lone loss.
        limit: of time, see `Limit`.
        expect: what the losses do by design.
    """
    with kept_seeds(), trial.untouched(model, wholly=True):
        answers = Answers()
        answers.add(STEP, [_note(told) for told in data.batch.notes])
        if way := way_of(model):
            answers.add(STEP, [_note(OWN.format(type(model).__name__, way))])
            return _of_a_way_of_its_own(model, data, way, rules, limit, answers)
        return _of_a_usual_step(model, data, rules, limit, expect, answers)


OWN = (
    "{0} trains by a {1} of its own. It is not looked into: what it makes of the data "
    "and the losses is not known."
)


def _of_a_way_of_its_own(model, data, way, rules, limit, answers):
    exam = ModelExamination(model, data.batch, data.class_weight)
    of_models = {name: rule for name, rule in rules.items() if name in RULES}
    asked = {name: rule for name, rule in of_models.items() if rule.of_any_step}
    reason = f"it trains by a {way} of its own"
    answers.moot = dict.fromkeys([n for n in of_models if n not in asked], reason)
    _ask(asked, exam, limit, answers)
    return answers, ()


def _of_a_usual_step(model, data, rules, limit, expect, answers):
    of_models = {name: rule for name, rule in rules.items() if name in RULES}
    try:
        exam = limit.run(silent(lambda: _examination(model, data)))
    except LossFailed as failure:
        answers.looked_at.append(STEP)
        sentence = f"The model does not run on x: {named(failure)}"
        answers.add(STEP, [Finding("", "error", sentence, {}, PAGE)])
        of_models.pop(STEP, None)
        answers.moot = dict.fromkeys(of_models, "the model does not run on x")
        return answers, ()
    except TooLong as late:
        left_behind()
        answers.left_out = dict.fromkeys(rules, f"a step took longer than {late}")
        return answers, ()
    _ask(of_models, exam, limit, answers)
    if data.refused is not None and not answers.errors:
        rule, failure = data.refused
        sentence = f"fit refuses the weights: {named(failure)}"
        answers.add(rule, [Finding("", "error", sentence, {}, PAGE)])
    of_losses = {name: rule for name, rule in rules.items() if name in OF_LOSSES}
    for output in exam.with_labels:
        if output.is_custom and not output.broken:
            _lone(output, exam, of_losses, limit, expect, answers)
    return answers, tuple(map(_seen, exam.outputs))


def _examination(model, data):
    """That of the batch, or of one as large as `fit` takes, if the model or its loss
    runs for this size only."""
    exam = ModelExamination(model, data.batch, data.class_weight)
    failure = _failure(exam)
    if failure is not None and data.batch.cut:
        other = ModelExamination(model, data.as_usual().batch, data.class_weight)
        if _failure(other) is None:
            return other
    if isinstance(failure, LossFailed):
        raise failure
    return exam


def _failure(exam):
    """What the model, or a step of it, raises on the batch."""
    try:
        assert exam.outputs is not None
    except LossFailed as failure:
        return failure
    return exam.step.error


def _ask(rules, exam, limit, answers):
    todo = dict(rules)
    while todo:
        name = next(iter(todo))
        rule = todo.pop(name)
        if limit.spent > IN_ALL * limit.seconds:
            answers.left_out[name] = "the limit was reached"
        elif reason := look(rule, exam, limit, answers):
            answers.left_out |= dict.fromkeys(todo, reason)
            break
        exam.explained |= bool(answers.errors)
    answers.findings = [replace(found, folder=PAGE) for found in answers.findings]


def _note(sentence):
    return Finding("", "note", sentence, {}, PAGE)


def _lone(output, exam, rules, limit, expect, answers):
    """What the rules about a lone loss find with these labels and predictions."""
    weight = output.sample_weight
    if not output.is_half:
        rules = {name: rule for name, rule in rules.items() if name != OF_HALVES}

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
        head=f"{_shape(output.y_pred)} {output.head}",
        loss=output.loss_name or "none",
        labels=_labels(output),
        weights=_weights(output),
    )


WORDS = {
    "ids": "class ids",
    "one_hot": "one-hot",
    "soft": "rows that sum to 1",
    "binary": "0 and 1",
}
ALIKE = "one_hot", "soft", "binary"  # of which the range tells nothing


def _labels(output):
    """What labels are, between which numbers, and how many do not count."""
    true = output.y_true
    if true is None:
        return "none"
    kind = output.tensors.labels if true.size else ""
    counted = output.labels
    parts = [WORDS.get(kind, "numbers"), _shape(true)]
    if kind not in ALIKE and counted.size:
        parts.append(_span(counted))
    left_out = true.size - counted.size
    told = " ".join(filter(None, parts))
    return f"{told}, {left_out} do not count" if left_out else told


def _weights(output):
    weight = output.sample_weight
    return "" if weight is None else f"{_shape(weight)} {_span(weight)}".strip()


def _shape(array):
    """That of one row."""
    return str(tuple(array.shape[1:])).replace(",)", ")") if array.ndim > 1 else ""


def _span(array):
    low, high = array.min(), array.max()
    return f"{low:g} to {high:g}" if low != high else f"{low:g}"
