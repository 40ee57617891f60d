"""`losses.check` finds what is wrong, names the rule, and is silent where all is well.

It is judged on the broken variants of the catalog, on the losses of the catalog, on
those of Keras, and on the losses of tests/wild, which people wrote.
"""

import functools
import inspect
import json

import numpy as np
import pytest

import losses
from losses.checker import RULES, plausible
from losses.evidence import keys
from losses.running.subject import Subject
from losses.source import registry
from tests import wild
from tests.evidence import settle
from tests.examples import EXAMPLES
from tests.hand import module_of, reference
from tests.test_variants import declared

# Which rule finds which variant. Not listed: training scripts, and losses of several
# outputs at once, which `check` does not take.
FOUND_BY = {loss.name: module_of(loss).FOUND_BY for loss in registry.losses().values()}

# Their own inputs are too few to tell: two samples, or labels that are all alike.
ON_MORE_DATA = {
    "mean_absolute_error/without_the_absolute_value": plausible((8, 2), (8, 2)),
    "pixelwise_binary_crossentropy/logits_taken_as_probabilities": plausible(
        (4, 5, 6), (4, 5, 6), "segmentation", from_logits=True
    ),
    "pixelwise_binary_crossentropy/probabilities_taken_as_logits": plausible(
        (4, 5, 6), (4, 5, 6), "segmentation"
    ),
    "binary_crossentropy/probability_as_logits": plausible((8, 1), (8, 1), "binary"),
    "sparse_categorical_crossentropy/logits_as_probabilities": plausible(
        (8,), (8, 3), from_logits=True
    ),
}

# What rules may be named for a loss in the wild, by what is wrong with it.
NAMES = {
    "arg_order": {"check_arguments_in_order"},
    "batch_reduction": {
        "check_one_value_per_sample",
        "check_batch_size",
        "check_samples_are_independent",
    },
    "broadcast": {"check_nothing_broadcasts"},
    "contract": {"check_arguments", "check_runs", "check_returns_a_tensor"},
    "dtype": {"check_label_dtypes"},
    "graph_mode": {"check_graph", "check_runs", "check_xla", "check_returns_a_tensor"},
    "label_format": {"check_label_format", "check_label_values"},
    "logits_probs": {"check_logits_or_probabilities"},
    "nan_gradient": {"check_gradient_is_finite"},
    "nan_value": {"check_finite"},
    "no_gradient": {"check_gradient_reaches_the_predictions"},
    "precision": {"check_half_precision"},
    "state": {"check_no_state", "check_captures"},
    "static_shape": {
        "check_any_batch_size",
        "check_captures",
        "check_one_value_per_sample",
        "check_unknown_sizes",
    },
    "wrong_axis": {
        "check_one_value_per_sample",
        "check_order_of_samples",
        "check_samples_are_independent",
    },
    "wrong_optimum": {"check_labels_matter", "check_perfect_is_best"},
}


def is_script(code, case):
    """Whether a variant is a training script, or a loss of several outputs at once."""
    if isinstance(case.y_pred, (dict, tuple)):
        return True
    parameters = [] if inspect.isclass(code) else inspect.signature(code).parameters
    return list(parameters)[:1] == ["model"]


LOSSES = {
    variant.id: variant
    for variant in registry.variants().values()
    if not is_script(*declared(variant))
}


def arguments(variant):
    """What `losses.check` gets for a variant: its inputs as `fit` would get them, and
    the reference to compare with where nothing else tells."""
    code, case = declared(variant)
    rule = FOUND_BY[variant.loss].get(variant.name)
    y_true, y_pred = np.asarray(case.y_true), np.asarray(case.y_pred)
    if rule != "check_label_dtypes" and not variant.loss.startswith(("sparse", "pix")):
        y_true = y_true.astype("float32")
    if y_pred.dtype != "float16":
        y_pred = y_pred.astype("float32")
    y_true, y_pred = ON_MORE_DATA.get(variant.id, (y_true, y_pred))
    known = {"from_logits": case.options.get("from_logits")}
    if rule == "check_agrees_with_reference":
        known["like"] = reference(variant.loss, case).direct
    loss = Subject.of_variant(code, case).direct
    return {"loss": loss, "y_true": y_true, "y_pred": y_pred, **known}


@functools.cache
def report_on(variant):
    return losses.check(**arguments(variant))


@pytest.mark.drawn
@pytest.mark.parametrize("name", LOSSES)
def test_a_variant_is_found_by_its_rule(name):
    variant = LOSSES[name]
    assert variant.name in FOUND_BY[variant.loss], "say which rule finds it"
    rule = FOUND_BY[variant.loss][variant.name]
    found = {finding.rule for finding in report_on(variant).findings}
    assert rule in found, report_on(variant)


def test_the_table_names_variants_and_rules_that_exist():
    ids = {f"{loss}/{name}" for loss in FOUND_BY for name in FOUND_BY[loss]}
    assert ids == set(LOSSES)
    assert {rule for loss in FOUND_BY.values() for rule in loss.values()} <= set(RULES)
    assert set(ON_MORE_DATA) <= ids


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_finds_the_variant_that_it_names(rule):
    found = report_on(LOSSES[rule.shown_by]).findings
    assert rule.name in {finding.rule for finding in found}


def test_evidence_of_the_rules(request):
    records = {}
    for rule in registry.rules():
        record = {"variant": rule.shown_by, "source": keys.of_rule(rule)}
        report = report_on(LOSSES[rule.shown_by])
        record |= {"report": json.loads(report.to_json()), "text": str(report)}
        records[rule.name] = record
    settle("check/rules", {"rules": records, "example": example()}, request.config)


def example():
    """The report that the site shows whole, and the code beside it."""
    namespace = {}
    exec(CODE, namespace)
    return {"code": CODE, "text": str(namespace["report"])}


CODE = """\
import keras, losses

def rmse(y_true, y_pred):
    error = y_true - y_pred
    return keras.ops.sqrt(keras.ops.mean(error**2))

report = losses.check(rmse, y_true=(32,), y_pred=(32, 1))
print(report)
"""


@pytest.mark.drawn
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
@pytest.mark.parametrize("form", ["function", "class"])
def test_the_losses_of_the_catalog_are_clean(example, form):
    loss = example.instance() if form == "class" else example.function
    report = losses.check(
        loss,
        example.y_true,
        example.y_pred,
        from_logits=example.options.get("from_logits"),
        expect="batch" if example.is_coupled else (),
    )
    assert not report.of("error") + report.of("warning"), report


class TestInTheWild:
    """Losses of public threads and projects, broken and correct."""

    @pytest.mark.parametrize("case", wild.BROKEN, ids=lambda case: case.id)
    def test_a_broken_loss_is_found(self, case):
        report = losses.check(case.fresh(), *case.make_data())
        found = {f.rule for f in report.findings if f.severity != "note"}
        if case.intent:
            assert not report.of("error"), "it can be told after all: no intent needed"
        else:
            assert found & NAMES[case.failure_class], report

    @pytest.mark.parametrize("case", wild.BROKEN, ids=lambda case: case.id)
    def test_mended_it_has_no_error(self, case):
        report = losses.check(case.fresh("fixed"), *case.make_data())
        assert report, report

    @pytest.mark.parametrize("case", wild.CORRECT, ids=lambda case: case.id)
    def test_a_correct_loss_has_no_error(self, case):
        report = losses.check(case.fresh(), *case.make_data())
        assert report, report
