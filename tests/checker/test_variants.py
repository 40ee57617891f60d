"""`losses.check` finds the broken variants of the catalog, each by the rule that is
meant for it, and is silent about the losses of the catalog."""

import pytest

import losses
from losses.checker import RULES
from losses.running import backend
from losses.source import registry
from tests.examples import EXAMPLES
from tests.recording.rules import ON_MORE_DATA, checked, report_on


@pytest.mark.sliced
@pytest.mark.parametrize("name", checked())
def test_a_variant_is_found_by_its_rule(name):
    variant = checked()[name]
    report = report_on(variant, variant.found_by)
    assert variant.found_by in {finding.rule for finding in report.findings}, report


def test_a_variant_that_can_be_checked_names_the_rule_that_finds_it():
    named = {v.id: v.found_by for v in registry.variants().values() if v.found_by}
    assert named.keys() == checked().keys()
    assert set(named.values()) <= set(RULES)
    assert set(ON_MORE_DATA) <= set(named)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_finds_the_variant_that_it_names(rule):
    report = report_on(checked()[rule.shown_by], rule.name)
    assert (rule.name in report.not_asked) == bool(rule.not_asked_on(backend.NAME))
    if rule.name not in report.not_asked:
        severities = [f.severity for f in report.findings if f.rule == rule.name]
        here = SEVERITIES | OTHERWISE.get(backend.NAME, {})
        assert severities == [s for s in [here.get(rule.name, "error")] if s]


# What a rule says of the variant that shows it, where that is no error.
SEVERITIES = {
    "check_arguments": "warning",
    "check_one_value_per_sample": "warning",
    "check_order_of_samples": "warning",
    "check_batch_size": "warning",
    "check_weights_choose_samples": "warning",
    "check_gradient_is_the_slope": "note",
    "check_xla": "warning",
    "check_saves": "warning",
}


# The same on other backends, where it is another; None where it finds nothing.
OTHERWISE = {}


@pytest.mark.sliced
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
    assert report.complete
    assert not report.of("error") + report.of("warning"), report
