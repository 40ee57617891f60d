"""What `losses.check` says of the losses of tests/wild, which people wrote, on every
backend: a broken one is found, by a rule that names what is wrong; a right one has no
error."""

import pytest

import losses
from losses.checker import RULES
from losses.running import backend
from tests import wild
from tests.checker import verdicts
from tests.conftest import is_full

# What rules may be named, by what is wrong with a loss.
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


def here(cases):
    """Those that are what they are on this backend."""
    return [case for case in cases if backend.NAME not in case.not_on]


OF_KERAS = "builtin-"  # test_keras_losses looks at these, for warnings as well


@pytest.fixture
def errors(pytestconfig):
    """The rules that may find an error: check_xla warns at most."""
    every = is_full(pytestconfig)
    return [name for name in RULES if every or name != "check_xla"]


@pytest.mark.sliced(share=0.05, elsewhere=True)
@pytest.mark.parametrize("case", here(wild.BROKEN), ids=lambda case: case.id)
def test_a_broken_loss_is_found(case):
    rules = NAMES[case.failure_class] if not case.intent else ()
    report = losses.check(case.fresh(), *case.make_data(), only=rules)
    found = {f.rule for f in report.findings if f.severity != "note"}
    if case.intent:
        assert not report.of("error"), "it can be told after all: no intent needed"
    elif case.id in OTHERWISE.get(backend.NAME, {}):
        assert not found & rules, "it is found after all: no reason needed"
    else:
        assert found & rules or rules & report.not_asked.keys(), report


@pytest.mark.sliced(share=0.05, elsewhere=True)
@pytest.mark.parametrize("case", here(wild.BROKEN), ids=lambda case: case.id)
def test_mended_it_has_no_error(case, errors):
    report = losses.check(case.fresh("fixed"), *case.make_data(), only=errors)
    assert report, report


@pytest.mark.sliced(share=0.05, elsewhere=True)
@pytest.mark.parametrize(
    "case",
    [case for case in here(wild.CORRECT) if not case.id.startswith(OF_KERAS)],
    ids=lambda case: case.id,
)
def test_a_correct_loss_has_no_error(case, errors):
    report = losses.check(case.fresh(), *case.make_data(), only=errors)
    assert report, report


SIGN = "the term that ends in a sign is seen in a graph of TensorFlow only"
# Which mistakes the rules meant for them do not find on a backend, and why.
OTHERWISE = {
    "jax": {"nograd-sign-term": SIGN},
    "torch": {
        "nograd-sign-term": SIGN,
        "label-bce-out-of-range": "PyTorch raises for labels outside 0 and 1",
        "nangrad-acos-angle": "rounded otherwise, a cosine is more than 1 at once",
    },
}


def test_a_verdict_is_the_worst_that_a_rule_says():
    one = {"a": {"x": "error", "y": "", "z": "note"}, "b": "does not run there"}
    other = {"a": {"x": "error", "y": "warning", "z": ""}, "b": {"x": "error"}}
    assert verdicts.differences(one, other) == {"a": {"y": ("", "warning")}}


def test_rules_that_cannot_be_asked_here_say_why():
    reasons = {rule.name: rule.not_asked_on(backend.NAME) for rule in RULES.values()}
    found = losses.check("mse", (8, 2), (8, 2))
    assert found.not_asked == {name: why for name, why in reasons.items() if why}
    assert found.complete
    assert found
    first, *rest = str(found).splitlines()
    asked = len(RULES) - len(found.not_asked)
    needed = f"; {len(found.not_asked)} need TensorFlow" if found.not_asked else ""
    assert first == f"mse: nothing found by {asked} rules{needed}"
    for why in found.not_asked.values():
        assert f"not asked ({why}): " in " ".join(rest)
