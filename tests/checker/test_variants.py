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
    found = {finding.rule for finding in report.findings}
    if name in UNSEEN.get(backend.NAME, {}):
        assert variant.found_by not in found, "it is found after all: no reason needed"
        return
    if backend.NAME != "tensorflow":  # the rule, or the loss itself, may be for that
        found |= report.not_asked.keys() | report.moot.keys()
    assert variant.found_by in found, report


INTEGERS = "integers are multiplied with floats there"
IN_SILENCE = "JAX raises no error for an index out of range"
GUESSED = "that the predictions name classes is read in a graph of TensorFlow"
UNSEEN_ELSEWHERE = {
    "bi_tempered_logistic/ids_as_one_hot": GUESSED,
    "binary_crossentropy/integer_labels": INTEGERS,
    "boundary/mask_for_the_distances": GUESSED,
    "corn/one_output_for_each_class": GUESSED,
    "dice/uint8_mask": INTEGERS,
    "mean_absolute_error/integer_labels": INTEGERS,
}
# Which variants their rule does not find on a backend, and why.
UNSEEN = {
    "jax": UNSEEN_ELSEWHERE
    | {
        "lovasz_hinge/loop_over_the_images": "JAX unrolls a loop over a known size",
        "pixelwise_crossentropy/weight_of_the_void_label": IN_SILENCE,
        "sparse_categorical_crossentropy/label_of_no_class_gathered": IN_SILENCE,
    },
    "torch": UNSEEN_ELSEWHERE
    | {
        "mean_squared_error/weights_of_the_whole_data_set": (
            "PyTorch takes no array of NumPy in any batch, which check_runs tells"
        ),
        "sparse_categorical_crossentropy/ids_are_float_in_fit": (
            "PyTorch takes floats as ids there"
        ),
    },
}


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
        here = SEVERITIES | OTHERWISE[backend.NAME]
        expected = here.get(rule.name, "error")
        assert severities == [expected] * (expected is not None)


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


# The same on JAX and PyTorch, where it is another; None where it finds nothing.
SEVERITIES_ELSEWHERE = {
    # The gradient is zero there, not missing; the loss of these two samples is as flat.
    "check_gradient_reaches_the_predictions": "warning",
    "check_label_dtypes": None,  # they multiply integers with floats
    "check_fit": None,  # sizes are always known
}
OTHERWISE = {
    "tensorflow": {},
    "jax": SEVERITIES_ELSEWHERE,
    "torch": SEVERITIES_ELSEWHERE
    | {
        "check_a_step_lowers_the_loss": None,  # its own gradient raises in PyTorch
        "check_captures": None,  # its array of NumPy raises in any batch: check_runs
    },
}


@pytest.mark.sliced(share=0.01)
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
@pytest.mark.parametrize("form", ["function", "class"])
def test_the_losses_of_the_catalog_are_clean(example, form):
    def function(y_true, y_pred):
        return example.function(y_true, y_pred)

    loss = example.instance() if form == "class" else function
    report = losses.check(
        loss,
        example.y_true,
        example.y_pred,
        from_logits=example.options.get("from_logits"),
        expect="batch" if example.is_coupled else (),
    )
    assert report.complete
    assert not report.of("error") + report.of("warning"), report
