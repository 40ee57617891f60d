"""What `losses.check(model, x, y)` says of the models of tests/wild_models: a wrong one
is found by a rule that names what to change; without the mistake it has no error."""

import pytest

import losses
from losses.checker import known_rules
from losses.running import backend
from tests.wild_models import WRONG

HERE = [case for case in WRONG if backend.NAME not in case.not_on]


@pytest.mark.parametrize("case", HERE, ids=lambda case: case.id)
def test_a_wrong_model_is_found(case):
    report = losses.check(*case.build(False))
    rules = [f for f in report.findings if f.rule in case.rules if f.severity != "note"]
    said = [f for f in rules if all(word in f.sentence for word in case.words)]
    assert said, report


@pytest.mark.parametrize("case", HERE, ids=lambda case: case.id)
def test_mended_it_has_no_error(case):
    report = losses.check(*case.build(True))
    assert report, report


def test_there_are_such_rules():
    for case in WRONG:
        assert set(case.rules) & known_rules().keys(), case.id
