"""`losses.check`: what is wrong with anybody's loss, why, and what it does to training.

The rules stand in `losses.checker.rules`, one function each. `check` runs them; so do
`parametrize_with_rules` for pytest and `losses check` on the command line.
"""

import keras

from losses.checker.asking import SECONDS, ask
from losses.checker.examination import BY_DESIGN, Examination
from losses.checker.forms import name_of
from losses.checker.limits import Limit
from losses.checker.quiet import quietly
from losses.checker.report import Finding, Report
from losses.checker.rules import RULES
from losses.checker.tensors import TASKS, Tensors, given, plausible
from losses.running.seeds import kept_seeds


def is_model(subject):
    return isinstance(subject, keras.Model)


def known_rules():
    """Those about models, and those about a lone loss."""
    return _checking().known_rules()


def _checking():
    """What checks models: it needs what Keras does not promise to keep."""
    try:
        from losses.checker.models import checking
    except ImportError as error:
        raise ImportError(
            f"losses.check(model, ...) is not made for Keras {keras.__version__}: "
            f"{error}. losses.check(loss, y_true, y_pred) checks a loss alone."
        ) from error
    return checking


def check(*subject, **arguments):
    """Tell what is wrong with a loss, or with a compiled model and its data.

    `check(loss, y_true, y_pred, ...)` is `check_loss`, `check(model, x, y, ...)` is
    `check_model`; both have their own documentation.

    Returns:
        A `Report`, true where nothing is wrong.

    Example:
        >>> import keras, losses
        >>> bool(losses.check("mse", (8, 2), (8, 2)))
        True
    """
    first = subject[0] if subject else arguments.get("model")
    if is_model(first):
        return check_model(*subject, **arguments)
    return check_loss(*subject, **arguments)


def check_model(
    model,
    x,
    y=None,
    sample_weight=None,
    class_weight=None,
    *,
    batch_size=None,
    expect=(),
    skip=None,
    only=(),
    quick=False,
    seconds=None,
):
    """Tell what is wrong between a compiled model, its losses, its data and weights.

    One batch is looked at: of arrays at most 64 rows from everywhere, unless
    `batch_size` or the model asks for another number. The model stays as it is: its
    weights, its optimizer, its metrics, what it has compiled, and the random state of
    Keras and its backend. A model that has no weights yet is built, as `fit` would
    build it, and a generator has one batch less. Of a model that trains by a
    `train_step` of its own, only what comes of such a step is looked at.

    Args:
        model: A compiled `keras.Model` of any kind.
        x: Inputs as `fit` takes them: arrays, tensors, lists or dicts of them, a
            `tf.data.Dataset`, a `keras.utils.PyDataset`, a PyTorch `DataLoader`, a
            generator.
        y: Labels as `fit` takes them beside arrays.
        sample_weight: Weights as `fit` takes them.
        class_weight: `{class: weight}` as `fit` takes it.
        batch_size: As `fit` takes it beside arrays, where the model or its loss needs
            a batch of this size.
        expect: What the losses do by design, as for a lone loss.
        skip: `{rule: reason}` for rules that are known to fail.
        only: The names of the rules to look at, instead of all.
        quick: Leave out what compiles with XLA, fits, or saves.
        seconds: The limit for each rule in seconds of processor time, as for a loss.

    Returns:
        A `Report` with a row in `.outputs` for each output: its head, loss, labels and
        weights as they were read.

    Raises:
        TypeError: The data are none that `fit` takes, or `skip` gives no reasons.
        ValueError: The model is not compiled, `fit` refuses the data, or a word or rule
            is not known.

    Example:
        >>> import keras, losses, numpy as np
        >>> model = keras.Sequential(
        ...     [keras.Input((4,)), keras.layers.Dense(1, "softmax")])
        >>> model.compile(loss="binary_crossentropy")
        >>> report = losses.check(model, np.random.rand(8, 4), np.arange(8) % 2)
        >>> report.of("error")[0].rule
        'check_head_can_change'
    """
    if not getattr(model, "compiled", False):
        raise ValueError("The model is not compiled: call model.compile(...) first.")
    checking = _checking()
    skip, expect, only = _asked(skip, expect, only, checking.known_rules())
    limit = _limit(seconds)
    rules = _chosen(checking.known_rules(), only, quick)
    with quietly(), kept_seeds():
        data = checking.Data.of(model, x, y, sample_weight, class_weight, batch_size)
    checking.build(model, data.batch.x)  # what it draws, fit does not draw any more
    with quietly():
        answers, outputs = checking.examine(
            model, data, rules=rules, limit=limit, expect=expect
        )
    return _report(model.name, answers, skip, outputs=outputs)


def check_loss(
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
    only=(),
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
        sample_weight: Weights as `fit` would get them, numbers of shape `(batch,)` or
            `(batch, 1)`, or one for each position.
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
        only: The names of the rules to look at, instead of all.
        quick: Leave out what compiles with XLA, fits, or saves.
        seconds: The limit for each rule in seconds of processor time, 10 if nothing is
            said (30 on JAX), so that a busy machine changes nothing. When three times
            as much was used in all, the rest is left out. A loss that sleeps or hangs
            is left after a minute by the clock, or ten times as many seconds.

    Returns:
        A `Report`, true where nothing is wrong and no rule was left out. It prints as a
        table, and has `.findings`, `.complete` and `.to_json()`. Where Keras runs on
        another backend than TensorFlow, rules that read its graphs are not asked; the
        report names them. Afterwards the seed of TensorFlow or PyTorch is 0.

    Raises:
        TypeError: The loss cannot be called, predictions are no floats, or `skip` gives
            no reasons.
        ValueError: The tensors are no tensors of numbers with the same first axis, a
            word, rule or name is not known, `quick` leaves out a rule of `only`, or
            `seconds` is not above 0.

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
    skip, expect, only = _asked(skip, expect, only, RULES)
    _known("task", [task] if task else [], TASKS)
    limit = _limit(seconds)
    tensors = _tensors(y_true, y_pred, from_logits, task)
    rules = _chosen(RULES, only, quick, "check_runs")

    def examine():
        other = None if like is None else Examination(like, tensors)
        return Examination(loss, tensors, sample_weight, expect, other)

    with quietly():
        exam, answers = ask(rules, examine, limit)
    if only and "check_runs" not in only:
        answers.keep_error_of("check_runs")
    notes = []
    if exam and not only and answers.looked_at == list(rules):
        notes = [
            Finding("check_runs", "note", f"expect={word!r} is not needed.")
            for word in sorted(expect - exam.used)
        ]
    made_up = _made_up(tensors) if task is None and given(y_true) is None else ""
    return _report(name_of(loss), answers, skip, notes, made_up=made_up)


def _asked(skip, expect, only, rules):
    """The words of a user, of which all are known."""
    if skip is not None and not isinstance(skip, dict):
        raise TypeError("skip gives a reason for each rule: {rule: reason}.")
    skip, expect, only = skip or {}, _words(expect), _words(only)
    _known("rule", [*skip, *only], rules)
    _known("expectation", expect, BY_DESIGN)
    return skip, expect, only


def _limit(seconds):
    seconds = SECONDS if seconds is None else seconds
    if not (isinstance(seconds, (int, float)) and seconds > 0):
        raise ValueError(f"seconds is a number above 0, and is {seconds!r}.")
    return Limit(seconds)


def _chosen(rules, only, quick, *always):
    """The rules to look at."""
    if quick and (slow := [name for name in only if rules[name].slow]):
        raise ValueError(f"quick=True leaves out {', '.join(slow)}: ask one or both.")
    return {
        name: rule
        for name, rule in rules.items()
        if not (quick and rule.slow) and (not only or name in (*only, *always))
    }


def _report(name, answers, skip, notes=(), **more):
    broken = {f.rule for f in answers.findings}
    unneeded = [
        Finding(rule, "note", f"skip is not needed: the rule holds ({reason}).")
        for rule, reason in skip.items()
        if rule not in broken and rule in answers.looked_at
    ]
    return Report(
        loss=name,
        rules=tuple(answers.looked_at),
        findings=(
            *(f for f in answers.findings if f.rule not in skip),
            *unneeded,
            *notes,
        ),
        skipped={rule: reason for rule, reason in skip.items() if rule in broken},
        not_asked=answers.not_asked,
        moot=answers.moot,
        left_out=answers.left_out,
        failed=tuple(answers.failed),
        **more,
    )


def parametrize_with_rules(losses_and_tensors, *, strict=False):
    """Parametrize a test over rules: one test for each loss and rule, by their names.
    The test gets a function that raises an `AssertionError` with the findings where the
    rule finds an error, or, `strict`, a warning, or where it was left out because the
    limit was reached. A rule that was skipped or not asked is skipped, with the reason.

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
        assert name not in seen.left_out, f"{name}: {seen.left_out[name]}"
        if name not in seen.rules:
            reasons = {**seen.moot, **seen.not_asked}
            skip(reasons.get(name, "not looked at: by quick= or only="))
        wrong = [f for f in seen.findings if f.rule == name and f.severity in fatal]
        assert not wrong, str(Report(seen.loss, (name,), tuple(wrong)))

    return check_rule


def _made_up(tensors):
    """As what labels are made up where nobody says."""
    is_float = tensors.y_true.dtype.kind == "f"
    return "numbers of a regression" if is_float else "class ids"


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


def _words(given):
    return frozenset([given] if isinstance(given, str) else given or ())


def _known(what, names, known):
    for name in names:
        if name not in known:
            raise ValueError(
                f"There is no {what} {name!r}. There are: {', '.join(known)}."
            )
