"""`losses.check`: what is wrong with anybody's loss, why, and what it does to training.

The rules stand in `losses.checker.rules`, one function each. `check` runs them; so do
`parametrize_with_rules` for pytest and `losses check` on the command line.
"""

import io
import logging
import random
import time
import warnings
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace

import numpy as np

from losses.checker.examined import BY_DESIGN, Examined
from losses.checker.limits import TooLong, within
from losses.checker.report import Finding, Report
from losses.checker.rules import RULES
from losses.checker.running import LossFailed, name_of
from losses.checker.tensors import TASKS, Tensors, given, plausible

SECONDS = 10.0  # for each rule


def check(
    loss,
    y_true,
    y_pred,
    *,
    sample_weight=None,
    task=None,
    from_logits=None,
    expect=(),
    like=None,
    skip=None,
    quick=False,
    seconds=None,
):
    """Tell what is wrong with a loss.

    Args:
        loss: A function `(y_true, y_pred)`, a `keras.losses.Loss`, the name of a loss
            of Keras, a lambda, a `functools.partial`.
        y_true: Example labels `(batch, ...)`: an array, a tensor, nested lists; or a
            tuple of sizes, and labels of that shape are made up.
        y_pred: Example predictions `(batch, ...)`, floats, likewise. Give at least as
            many samples as a batch needs to show every class.
        sample_weight: Weights as `fit` would get them.
        task: What the tensors are, and what is made up is like: `"binary"`,
            `"multiclass"`, `"regression"`, `"segmentation"`. Without it class ids are
            told by their shape and whole numbers.
        from_logits: Whether the predictions are logits (True) or probabilities (False).
            Without it, it is read off their range.
        expect: What the loss does by design, a word or several: `"scalar"` (one number
            for the batch), `"batch"` (it needs the whole batch), `"order"` (the place
            in the batch means something), `"random"`, `"labels_unused"`, `"no_minimum"`
            (y_pred is no estimate of y_true).
        like: A loss that it should equal, in any of the forms of `loss`.
        skip: `{rule: reason}` for rules that are known to fail. A skip that is not
            needed is reported.
        quick: Leave out what compiles with XLA, fits, or saves.
        seconds: The limit of time for each rule, 10 if nothing is said. When as much
            has passed in all, the rest is left out, and the report says so.

    Returns:
        A `Report`, true where nothing is wrong. It prints as a table, and has
        `.findings` and `.to_json()`.

    Raises:
        TypeError: The loss cannot be called.
        ValueError: The tensors are no tensors of numbers with the same first axis, or a
            word, rule or name is not known.

    Example:
        >>> import keras, losses
        >>> def loss(y_true, y_pred):
        ...     return keras.ops.mean(y_true - y_pred, axis=-1)
        >>> report = losses.check(loss, (8, 2), (8, 2))
        >>> bool(report)
        False
        >>> print(report.of("error")[0].sentence)
        Other labels give the same gradient: ...
    """
    if skip is not None and not isinstance(skip, dict):
        raise TypeError("skip gives a reason for each rule: {rule: reason}.")
    skip, expect = skip or {}, _words(expect)
    seconds = SECONDS if seconds is None else seconds
    _known("rule", skip, RULES)
    _known("task", [task] if task else [], TASKS)
    _known("expectation", expect, BY_DESIGN)
    tensors = _tensors(y_true, y_pred, from_logits, task)
    rules = {n: r for n, r in RULES.items() if not (quick and r.slow)}
    with _quietly():
        try:
            exam = within(
                seconds,
                lambda: Examined(
                    loss,
                    tensors,
                    sample_weight,
                    expect,
                    None if like is None else Examined(like, tensors),
                ),
            )
        except (LossFailed, TooLong) as failure:
            finding = Finding(
                "check_runs",
                "error",
                f"An instance cannot be made: {failure or 'it does not come back.'}",
            )
            return Report(name_of(loss), ("check_runs",), (finding,))
        looked_at, findings = _look(exam, rules, seconds)
    kept = [f for f in findings if f.rule not in skip]
    broken = {f.rule for f in findings}
    kept += [
        Finding(rule, "note", f"skip is not needed: the rule holds ({reason}).")
        for rule, reason in skip.items()
        if rule not in broken and rule in looked_at
    ]
    if len(looked_at) == len(rules):
        kept += [
            Finding("check_runs", "note", f"expect={word!r} is not needed.")
            for word in sorted(expect - exam.used)
        ]
    skipped = {rule: reason for rule, reason in skip.items() if rule in broken}
    return Report(exam.name, tuple(looked_at), tuple(kept), skipped)


def parametrize_with_rules(losses_and_tensors, *, strict=False):
    """Parametrize a test over rules: one test for each loss and rule, by their names.
    The test gets a function that raises an `AssertionError` with the findings where the
    rule finds an error, or, `strict`, a warning. A rule that was skipped or not looked
    at is skipped, with the reason.

    Args:
        losses_and_tensors: A list of `(loss, y_true, y_pred)`, or of dictionaries with
            the arguments of `check`.
        strict: Whether warnings fail as well.

    Example:
        @losses.parametrize_with_rules([(my_loss, (32,), (32, 1))])
        def test_my_loss(check):
            check()
    """
    import pytest

    names = ("loss", "y_true", "y_pred")
    fatal = ("error", "warning") if strict else ("error",)
    cases = []
    for one in losses_and_tensors:
        arguments = (
            dict(one) if isinstance(one, dict) else dict(zip(names, one, strict=True))
        )
        report = _Once(arguments)
        for name in RULES:
            label = f"{name_of(arguments['loss'])}-{name}"
            case = _assertion(report, name, fatal, pytest.skip)
            cases.append(pytest.param(case, id=label))
    return pytest.mark.parametrize("check", cases)


class _Once:
    """The report of a check that several tests share."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.report = None

    def __call__(self):
        if self.report is None:
            self.report = check(**self.arguments)
        return self.report


def _assertion(report, name, fatal, skip):
    def check_rule():
        seen = report()
        if name in seen.skipped:
            skip(seen.skipped[name])
        if name not in seen.rules:
            skip("not looked at: a quick check, or no time left")
        wrong = [f for f in seen.findings if f.rule == name and f.severity in fatal]
        assert not wrong, str(Report(seen.loss, (name,), tuple(wrong)))

    return check_rule


def _look(exam, rules, seconds):
    """Which rules were looked at, and what they found."""
    late = f"It did not come back within {seconds:g} s."
    looked_at, findings, left_out = [], [], []
    started = time.monotonic()
    try:
        within(seconds, lambda: exam.attempts)
    except TooLong:
        return ["check_runs"], [Finding("check_runs", "error", late)]
    for name, rule in rules.items():
        if not (exam.base_runs or rule.looks_only):
            continue
        if time.monotonic() - started > seconds * (0.8 if rule.slow else 1):
            left_out.append(name)
            continue
        looked_at.append(name)
        try:
            found = within(seconds, lambda rule=rule: list(rule.look(exam)))
        except TooLong:
            findings.append(Finding(name, "note", late))
            break
        except LossFailed as failure:
            found = [Finding("", "note", f"Not judged: with other inputs it {failure}")]
        except Exception as error:
            sentence = f"Not judged: {type(error).__name__}: {error}"
            found = [Finding("", "note", sentence)]
        findings += [replace(finding, rule=name) for finding in found]
        if name == "check_no_state" and _is_error(found):
            break
    if left_out:
        sentence = f"The {seconds:g} s are over. Left out: {', '.join(left_out)}."
        findings.append(Finding("check_runs", "note", sentence))
    return looked_at, findings


def _is_error(findings):
    return any(finding.severity == "error" for finding in findings)


def _tensors(y_true, y_pred, from_logits, task):
    true, pred = given(y_true), given(y_pred)
    if true is None or pred is None:
        shapes = (
            _sizes(y_true) if true is None else true.shape,
            _sizes(y_pred) if pred is None else pred.shape,
        )
        made = plausible(*shapes, task, from_logits)
        true, pred = (m if x is None else x for m, x in zip(made, (true, pred)))
    if pred.dtype.kind not in "fV":
        raise TypeError(
            f"y_pred has dtype {pred.dtype}; predictions are floats. Give what a model "
            "gives, before any rounding."
        )
    if true.shape[0] != pred.shape[0] or not pred.size:
        raise ValueError(
            f"y_true {true.shape} and y_pred {pred.shape} must have the same number of "
            "samples on their first axis, at least one."
        )
    return Tensors(true, pred, from_logits, task)


def _sizes(shape):
    return shape if isinstance(shape, tuple) else (shape,)


def _words(expect):
    return frozenset([expect] if isinstance(expect, str) else expect)


def _known(what, names, known):
    for name in names:
        if name not in known:
            raise ValueError(
                f"There is no {what} {name!r}. There are: {', '.join(known)}."
            )


@contextmanager
def _quietly():
    """Without the prints and warnings of the loss, and without TensorFlow's advice
    about functions traced often; the seeds of Python and NumPy stay."""
    states = random.getstate(), np.random.get_state()
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel("ERROR")
    try:
        with (
            redirect_stdout(io.StringIO()),
            warnings.catch_warnings(action="ignore"),
        ):
            yield
    finally:
        logger.setLevel(level)
        random.setstate(states[0])
        np.random.set_state(states[1])
