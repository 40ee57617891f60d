"""The fix of every broken variant is small, and makes right what was wrong."""

import pytest

import losses
from losses.evidence import store
from losses.source.mending import changes
from tests.recording import kills, rules, subjects
from tests.recording.subjects import declared
from tests.test_variants import each_variant

LONG = 4  # changed lines


@each_variant
def test_it_is_small(variant):
    _, case = declared(variant)
    assert changes(variant.source), "it has no fix"
    is_long = variant.changed_lines > LONG
    assert bool(case.fix_is_long) == is_long, f"{variant.changed_lines} changed lines"


@pytest.mark.reference
@each_variant
def test_it_gives_what_is_right(variant):
    _, case = declared(variant)
    found = subjects.after_fix(variant, case.probe)
    assert case.instead.fits(found), f"declared {case.instead}, but it {found}"


@each_variant
def test_it_gives_the_numbers_worked_out_by_hand(variant):
    """Those of inputs like its own, as they were recorded."""
    _, case = declared(variant)
    missed = store.document(kills.NAME)[variant.id]["fix_misses"]
    assert bool(missed) == bool(case.fix_misses), f"it misses {missed}"


@pytest.mark.reference
@pytest.mark.parametrize("variant", rules.checked().values(), ids=rules.checked())
def test_its_rule_finds_it_no_more(variant):
    arguments = rules.arguments(variant, subjects.fix(variant))
    report = losses.check(**arguments, only=[variant.found_by])
    found = [f for f in report.findings if f.rule == variant.found_by]
    assert not [f for f in found if f.severity != "note"], str(report)
