"""Asking the rules, one after the other, within a limit of time."""

from dataclasses import dataclass, field, replace

from losses.checker.failures import LossFailed, named
from losses.checker.limits import TooLong
from losses.checker.quiet import left_behind, silent
from losses.checker.report import Finding
from losses.running import backend

# Of the processor, for each rule. JAX compiles every operation for every shape.
SECONDS = 30.0 if backend.NAME == "jax" else 10.0
IN_ALL = 3  # times the limit of a rule; to compile a loop with XLA takes some seconds


@dataclass
class Answers:
    """Which rules were looked at, what they found, and why others were not: as a
    `Report` has it."""

    looked_at: list = field(default_factory=list)
    findings: list = field(default_factory=list)
    not_asked: dict = field(default_factory=dict)
    moot: dict = field(default_factory=dict)
    left_out: dict = field(default_factory=dict)
    failed: list = field(default_factory=list)

    @property
    def errors(self):
        return [f for f in self.findings if f.severity == "error"]

    def keep_error_of(self, name):
        """Of a rule that was looked at for the sake of others, only an error counts."""
        if not _has_error(self, name):
            self.looked_at = [rule for rule in self.looked_at if rule != name]
            self.findings = [f for f in self.findings if f.rule != name]

    def add(self, name, findings):
        self.findings += [replace(finding, rule=name) for finding in findings]


def ask(rules, examine, limit):
    """The answers of these rules, and the examination; that of a loss of which no
    instance can be made is None."""
    answers, todo = Answers(), dict(rules)
    try:
        exam = limit.run(silent(examine))
        limit.run(silent(lambda: exam.facts.attempts))
    except LossFailed as failure:
        answers.looked_at.append("check_runs")
        answers.add("check_runs", [_error(f"An instance cannot be made: {failure}")])
        return None, answers
    except TooLong as late:
        left_behind()
        sentence = f"It did not return within {late}."
        if late.by_clock or limit.seconds >= SECONDS:
            answers.looked_at.append("check_runs")
            answers.add("check_runs", [_error(sentence)])
            todo.pop("check_runs", None)
        else:  # the limit may be too short
            answers.add("check_runs", [_note(sentence)])
        answers.left_out = dict.fromkeys(todo, "the loss did not return")
        return None, answers
    while todo:
        name = next(iter(todo))
        rule = todo.pop(name)
        if reason := rule.not_asked_on(backend.NAME):
            answers.not_asked[name] = reason
        elif not (exam.facts.base_runs or rule.looks_only):
            answers.moot[name] = "the loss does not run on these tensors"
        elif limit.spent > IN_ALL * limit.seconds:
            whole = f"{IN_ALL * limit.seconds:g} s of processor time"
            answers.left_out[name] = f"the limit of {whole} was reached"
        elif reason := look(rule, exam, limit, answers):
            answers.left_out |= dict.fromkeys((name, *todo), reason)
            answers.looked_at.remove(name)
            break
        elif name == "check_no_state" and _has_error(answers, name):
            reason = "the loss keeps something between calls"
            answers.moot |= dict.fromkeys(todo, reason)
            break
    return exam, answers


def look(rule, exam, limit, answers):
    """Ask one rule. Returns why no other can be asked after it, or ""."""
    name = rule.name
    answers.looked_at.append(name)
    try:
        found = limit.run(silent(lambda: list(rule.look(exam))))
    except TooLong as late:
        left_behind()
        answers.add(name, [_note(f"The loss did not return within {late}.")])
        return "the loss did not return"
    except LossFailed as failure:
        found = [_note(f"Not judged: with other inputs it raises {named(failure)}")]
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        found = [_error(f"The rule itself failed, not the loss: {what}")]
        answers.failed.append(name)
    answers.add(name, found)
    return ""


def _has_error(answers, name):
    return any(f.rule == name and f.severity == "error" for f in answers.findings)


def _error(sentence):
    return Finding("", "error", sentence)


def _note(sentence):
    return Finding("", "note", sentence)
