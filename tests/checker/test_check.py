"""`losses.check` itself: what it takes and gives back, and that nothing stops it."""

import functools
import itertools
import json
import random
import sys

import keras
import numpy as np
import pytest
from hypothesis import given, settings, strategies
from keras import ops

import losses
from losses import checker
from losses.checker import RULES, plausible
from losses.checker.report import SEVERITIES
from losses.running import backend
from losses.source import registry

Y_TRUE, Y_PRED = plausible((8, 3), (8, 3))


def good(y_true, y_pred):
    return ops.mean(ops.square(ops.cast(y_true, y_pred.dtype) - y_pred), axis=-1)


def scaled(y_true, y_pred, factor):
    return factor * good(y_true, y_pred)


class Good(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return good(y_true, y_pred)


class Callable:
    def __call__(self, y_true, y_pred):
        return good(y_true, y_pred)


def rounded(y_true, y_pred):
    return ops.mean(ops.square(y_true - ops.round(y_pred)), axis=-1)


# What the form of a loss and of its tensors may change.
OF_THE_FORM = (
    "check_arguments",
    "check_runs",
    "check_returns_a_tensor",
    "check_one_value_per_sample",
    "check_graph",
    "check_captures",
    "check_saves",
)


@functools.cache
def of_rounded():
    return losses.check(rounded, Y_TRUE, Y_PRED)


def found(loss, *tensors, **arguments):
    """`{rule: severity}` of what is found."""
    report = losses.check(loss, *(tensors or (Y_TRUE, Y_PRED)), **arguments)
    return {finding.rule: finding.severity for finding in report.findings}


class TestForms:
    @pytest.mark.parametrize(
        "loss",
        [
            good,
            Good(),
            Good,
            Callable(),
            lambda y_true, y_pred: good(y_true, y_pred),
            functools.partial(scaled, factor=2.0),
            "mse",
            "MeanSquaredError",
            keras.losses.MeanSquaredError(reduction="sum"),
            losses.mean_squared_error,
            losses.MeanSquaredError(),
        ],
        ids=lambda loss: type(loss).__name__,
    )
    def test_a_loss_in_any_form(self, loss):
        report = losses.check(loss, Y_TRUE, Y_PRED, only=OF_THE_FORM)
        assert report, report
        assert not report.of("warning"), report

    @pytest.mark.parametrize("given", [3, None, [good], "no_such_loss"])
    def test_no_loss(self, given):
        with pytest.raises((TypeError, ValueError), match="loss"):
            losses.check(given, Y_TRUE, Y_PRED)

    @pytest.mark.parametrize(
        "tensors",
        [
            (Y_TRUE, Y_PRED),
            (Y_TRUE.tolist(), Y_PRED.tolist()),
            (ops.convert_to_tensor(Y_TRUE), ops.convert_to_tensor(Y_PRED)),
            (keras.Variable(Y_TRUE), keras.Variable(Y_PRED)),
            ((8, 3), (8, 3)),
            (Y_TRUE, (8, 3)),
            ((8, 3), Y_PRED),
        ],
        ids=["arrays", "lists", "tensors", "variables", "shapes", "shape", "shape too"],
    )
    def test_tensors_in_any_form(self, tensors):
        assert not found(good, *tensors, only=OF_THE_FORM)

    @pytest.mark.parametrize(
        ("tensors", "error", "message"),
        [
            (((8, 3), (7, 3)), ValueError, "same number of samples"),
            (((8, 0), (8, 0)), ValueError, "no size may be 0"),
            ((Y_TRUE[:0], Y_PRED[:0]), ValueError, "at least one"),
            ((Y_TRUE, Y_PRED.round().astype(int)), TypeError, "predictions are floats"),
            ((np.array([["a"]]), Y_PRED[:1]), ValueError, "tensors of numbers"),
            (([[1, 2], [3]], Y_PRED[:2]), ValueError, "padded"),
            (({"a": Y_TRUE}, {"a": Y_PRED}), ValueError, "one output at a time"),
        ],
    )
    def test_what_are_no_tensors(self, tensors, error, message):
        with pytest.raises(error, match=message):
            losses.check(good, *tensors)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"expect": "magic"}, "There is no expectation 'magic'. There are: scalar"),
            ({"skip": {"check_x": "why"}}, "There is no rule 'check_x'. There are"),
            ({"only": ["check_x"]}, "There is no rule 'check_x'. There are"),
            ({"task": "magic"}, "There is no task .magic.. There are: binary"),
        ],
    )
    def test_words_that_do_not_exist(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            losses.check(good, (8, 3), (8, 3), **arguments)


class TestReport:
    def test_it_is_false_with_an_error_and_names_rule_page_and_numbers(self):
        report = of_rounded()
        assert not report
        finding = report.of("error")[0]
        assert finding.rule == "check_gradient_reaches_the_predictions"
        assert finding.page == f"check/#{finding.rule}"
        cause = "Round" if backend.NAME == "tensorflow" else "gradient is zero"
        assert cause in finding.sentence

    def test_a_sum_takes_the_same_step_on_two_replicas(self):
        def summed(y_true, y_pred):
            return ops.sum(good(y_true, y_pred))

        rule = "check_one_value_per_sample"
        report = losses.check(summed, Y_TRUE, Y_PRED, only=rule)
        finding = report.of("warning")[0]
        assert finding.numbers["two_replicas_multiply_the_step_by"] == pytest.approx(1)
        assert finding.sentence.endswith("they scale the whole loss.")

    def test_warnings_and_notes_leave_it_true(self):
        report = losses.check(
            lambda y_true, y_pred: ops.mean(good(y_true, y_pred)), Y_TRUE, Y_PRED
        )
        assert report
        assert [f.severity for f in report.findings] == ["warning", "note"]
        numbers = report.findings[0].numbers
        assert numbers["two_replicas_multiply_the_step_by"] == pytest.approx(
            2, rel=1e-5
        )
        assert "steps add up" in report.findings[0].sentence
        alone = np.mean(np.square(Y_TRUE[0] - Y_PRED[0]))
        assert numbers["loss_of_that_sample"] == pytest.approx(alone, rel=1e-5)
        everything = np.mean(np.square(Y_TRUE - Y_PRED))
        assert numbers["all_weight_on_one_sample"] == pytest.approx(
            everything, rel=1e-5
        )

    def test_json_holds_all_of_it(self):
        def infinite(y_true, y_pred):
            return good(y_true, y_pred) / 0.0

        report = losses.check(infinite, Y_TRUE, Y_PRED)
        data = json.loads(report.to_json())
        assert (data["loss"], data["ok"]) == ("infinite", False)
        asked = [name for name in RULES if name not in report.not_asked]
        assert data["rules"] == list(report.rules) == asked
        assert [f["rule"] for f in data["findings"]] == [
            f.rule for f in report.findings
        ]
        assert {f["severity"] for f in data["findings"]} <= set(SEVERITIES)

    def test_it_prints_as_a_table_that_fits(self):
        text = str(of_rounded())
        assert text.startswith("rounded: 1 error")
        assert all(
            len(line) <= 88 and line == line.rstrip() for line in text.split("\n")
        )

    def test_errors_stand_first(self):
        def scalar_of_rounded(y_true, y_pred):
            return ops.mean(rounded(y_true, y_pred))

        lines = str(
            losses.check(scalar_of_rounded, Y_TRUE, Y_PRED, quick=True)
        ).splitlines()
        marks = [line.split()[0] for line in lines if line.startswith(SEVERITIES)]
        assert marks == sorted(marks, key=SEVERITIES.index)
        assert {"error", "warning"} <= set(marks)

    def test_every_rule_says_what_must_hold_in_one_sentence(self):
        for rule in RULES.values():
            assert rule.sentence.endswith("."), rule.name
            assert rule.name.startswith("check_")
            assert rule.shown_by in registry.variants()


SKIP = {"check_gradient_reaches_the_predictions": "an upper bound, reported only"}


class TestSkipAndExpect:
    def test_a_skipped_rule_counts_no_more_and_is_told(self):
        report = losses.check(rounded, Y_TRUE, Y_PRED, skip=SKIP)
        assert report
        assert report.skipped == SKIP
        assert "an upper bound" in str(report)
        assert json.loads(report.to_json())["skipped"] == SKIP

    def test_a_skip_that_is_not_needed_is_reported(self):
        report = losses.check(good, Y_TRUE, Y_PRED, skip=SKIP)
        (finding,) = report.findings
        assert finding.rule in SKIP
        assert "not needed" in finding.sentence

    def test_what_is_expected_is_a_note(self):
        def score(y_true, y_pred):
            return ops.mean(good(y_true, y_pred))

        rule = "check_one_value_per_sample"
        assert found(score, only=rule)[rule] == "warning"
        assert found(score, only=rule, expect="scalar")[rule] == "note"

    def test_an_expectation_that_is_not_needed_is_reported(self):
        report = losses.check(good, Y_TRUE, Y_PRED, expect=["scalar"])
        unneeded = [] if report.not_asked else ["expect='scalar' is not needed."]
        assert [f.sentence for f in report.findings] == unneeded

    def test_a_sign_exchanged_is_expected_with_no_minimum(self):
        def score(y_true, y_pred):
            return -good(y_true, y_pred)

        rule = "check_perfect_is_best"
        assert found(score, only=rule)[rule] == "error"
        assert not found(score, quick=True, expect="no_minimum")

    def test_like_compares_numbers_and_gradients(self):
        def halved(y_true, y_pred):
            return good(y_true, y_pred) / 2

        report = losses.check(halved, Y_TRUE, Y_PRED, like="mse", quick=True)
        (finding,) = report.findings
        assert finding.rule == "check_agrees_with_reference"
        assert finding.numbers["factor"] == pytest.approx(0.5)
        assert not found(good, like=losses.MeanSquaredError(), quick=True)

    def test_weights_that_do_not_fit(self):
        weights = np.ones(5, "float32")
        rule = "check_weights_choose_samples"
        assert found(good, sample_weight=weights, only=rule)[rule] == "error"
        weights = np.ones(8, "float32")
        assert not found(good, sample_weight=weights, quick=True)

    def test_from_logits_decides_what_predictions_are(self):
        labels, logits = plausible((8, 1), (8, 1), "binary", from_logits=True)
        inside = np.clip(np.abs(logits) / 4, 0.01, 0.99)
        loss = functools.partial(keras.losses.binary_crossentropy, from_logits=True)
        rule = "check_logits_or_probabilities"
        asked = not RULES[rule].not_asked_on(backend.NAME)
        guessed = found(loss, labels, inside, only=rule)
        assert guessed == ({rule: "error"} if asked else {})
        assert not found(loss, labels, inside, only=rule, from_logits=True)


def raises(y_true, y_pred):
    raise RuntimeError("out of order")


def exits(y_true, y_pred):
    sys.exit("enough")


def recurses(y_true, y_pred):
    return recurses(y_true, y_pred)


def nothing(y_true, y_pred):
    return None


def text(y_true, y_pred):
    return "garbage"


def ragged(y_true, y_pred):
    return [[1.0], [1.0, 2.0]]


def an_iterator(y_true, y_pred):
    return itertools.count()


def strings(y_true, y_pred):
    return np.array(["a", "b"])


def seventh_call_raises():
    calls = itertools.count(1)

    def loss(y_true, y_pred):
        if next(calls) > 6:
            raise RuntimeError("tired")
        return good(y_true, y_pred)

    return loss


class Forgetful(keras.losses.Loss):
    """Its option is lost in a saved model."""

    def __init__(self, factor=1.0, **arguments):
        super().__init__(**arguments)
        self.factor = factor

    def call(self, y_true, y_pred):
        return self.factor * good(y_true, y_pred)


class Mindful(Forgetful):
    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


class Needy(Mindful):
    """Its option is no JSON."""

    def get_config(self):
        return {**super().get_config(), "factor": object()}


def mean_absolute_error(y_true, y_pred):
    return good(y_true, y_pred)


def made_by_a_factory(factor):
    def loss(y_true, y_pred):
        return factor * good(y_true, y_pred)

    return loss


class TestSaving:
    @pytest.mark.parametrize(
        ("loss", "severity", "said"),
        [
            (Forgetful(2.0), "warning", "options are missing in get_config"),
            (Needy(2.0), "warning", "raises TypeError"),
            (mean_absolute_error, "warning", "Keras has a loss called mean_absolute"),
            (made_by_a_factory(2.0), "note", "closure holds: factor"),
            (
                lambda y_true, y_pred: good(y_true, y_pred),
                "note",
                "A lambda has no name",
            ),
        ],
        ids=["lost", "no JSON", "name of Keras", "closure", "lambda"],
    )
    def test_what_is_lost(self, loss, severity, said):
        report = losses.check(loss, Y_TRUE, Y_PRED, only="check_saves")
        (finding,) = report.findings
        assert finding.severity == severity
        assert said in finding.sentence

    @pytest.mark.parametrize(
        "loss",
        [Mindful(2.0), Forgetful(), good, losses.dice],
        ids=["all", "nothing", "function", "name of Keras in a package"],
    )
    def test_what_is_kept(self, loss):
        assert not found(loss, only="check_saves")


class TestNothingStopsIt:
    @pytest.mark.parametrize(
        "loss",
        [raises, exits, recurses, nothing, text, ragged, an_iterator, strings],
        ids=lambda loss: loss.__name__,
    )
    def test_a_loss_that_raises_or_returns_garbage(self, loss):
        report = losses.check(loss, Y_TRUE, Y_PRED)
        assert not report
        assert not any("Not judged" in f.sentence for f in report.findings), report

    def test_the_error_is_told_once_and_in_its_own_words(self):
        report = losses.check(raises, Y_TRUE, Y_PRED)
        (finding,) = report.findings
        assert finding.rule == "check_runs"
        assert "RuntimeError: out of order" in finding.sentence
        assert finding.numbers["y_true"] == "float32 (8, 3)"

    def test_a_loss_that_raises_after_some_calls(self):
        assert found(seventh_call_raises(), quick=True)["check_no_state"] == "error"

    def test_prints_of_the_loss_are_kept_away(self, capsys):
        def talks(y_true, y_pred):
            print("talking")
            return good(y_true, y_pred)

        assert not found(talks)
        assert capsys.readouterr().out == ""

    def test_it_leaves_no_trace(self):
        random.seed(1), np.random.seed(1)
        before = random.getstate()[1], np.random.get_state()[1].tolist()
        found(good)
        after = random.getstate()[1], np.random.get_state()[1].tolist()
        assert before == after
        assert keras.config.dtype_policy().name == "float32"

    def test_a_loss_object_is_not_changed(self):
        loss = Good()
        before = dict(vars(loss))
        found(loss)
        assert vars(loss) == before


@losses.parametrize_with_rules(
    [
        (good, (8, 3), (8, 3)),
        {"loss": Good(), **{"y_true": Y_TRUE, "y_pred": Y_PRED, "quick": True}},
    ]
)
def test_the_door_for_pytest(check):
    check()


def test_the_door_for_pytest_names_rules_and_fails_where_one_does():
    mark = losses.parametrize_with_rules([(rounded, Y_TRUE, Y_PRED)])
    tests = {case.id: case.values[0] for case in mark.args[1]}
    assert list(tests) == [f"rounded-{name}" for name in RULES]
    with pytest.raises(AssertionError, match="1 error by 1 rule\nerror   check_grad"):
        tests["rounded-check_gradient_reaches_the_predictions"]()
    tests["rounded-check_runs"]()


class TestPlausible:
    @settings(max_examples=60, deadline=None)
    @given(
        batch=strategies.integers(1, 6),
        sizes=strategies.lists(strategies.integers(1, 4), max_size=2),
        classes=strategies.integers(2, 5),
        ids=strategies.booleans(),
        from_logits=strategies.booleans(),
    )
    def test_classes(self, batch, sizes, classes, ids, from_logits):
        pred = (batch, *sizes, classes)
        true = pred[:-1] if ids else pred
        labels, predictions = plausible(true, pred, "multiclass", from_logits)
        assert labels.shape == true
        assert predictions.shape == pred
        if ids:
            assert set(np.unique(labels)) <= set(range(classes))
        else:
            np.testing.assert_array_equal(labels.sum(-1), 1)
        if not from_logits:
            np.testing.assert_allclose(predictions.sum(-1), 1, rtol=1e-5)

    @pytest.mark.parametrize("task", checker.tensors.TASKS)
    def test_labels_of_a_task(self, task):
        labels, predictions = plausible((8, 5, 1), (8, 5, 1), task)
        if task == "regression":
            assert np.corrcoef(labels.ravel(), predictions.ravel())[0, 1] > 0.5
        elif task != "multiclass":
            assert set(np.unique(labels)) == {0, 1}
            assert 0 < predictions.min() < predictions.max() < 1

    @pytest.mark.parametrize(
        ("true", "pred", "message"),
        [
            ((8, 5), (8, 4), "neither as class ids"),
            ((8, 4, 2), (8, 4), "neither as class ids"),
        ],
    )
    def test_shapes_that_do_not_fit_the_task(self, true, pred, message):
        with pytest.raises(ValueError, match=message):
            plausible(true, pred, "multiclass")


@pytest.mark.tensorflow
class TestFunctionsOfTensorFlow:
    def test_one_is_a_loss(self):
        import tensorflow as tf

        report = losses.check(tf.function(good), Y_TRUE, Y_PRED)
        assert report, report
        assert not report.of("warning"), report

    @pytest.mark.parametrize("form", ["function", "partial", "class"])
    def test_it_can_be_compiled_afterwards(self, form):
        """A call under a tape would leave a function that XLA cannot compile."""
        import tensorflow as tf

        @tf.function
        def function(y_true, y_pred, most=100.0):
            if tf.reduce_mean(y_pred) > most:
                return 2.0 * good(y_true, y_pred)
            return good(y_true, y_pred)

        class Class(keras.losses.Loss):
            @tf.function
            def call(self, y_true, y_pred):
                if tf.reduce_mean(y_pred) > 100.0:
                    return 2.0 * good(y_true, y_pred)
                return good(y_true, y_pred)

        loss = {
            "function": function,
            "partial": functools.partial(function, most=100.0),
            "class": Class(),
        }[form]
        rules = "check_gradient_reaches_the_predictions", "check_xla", "check_fit"
        assert losses.check(loss, Y_TRUE, Y_PRED, only=rules)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
        model.compile("sgd", loss, jit_compile=True)
        history = model.fit(Y_PRED, Y_TRUE, batch_size=8, verbose=0).history
        assert np.isfinite(history["loss"][0])
