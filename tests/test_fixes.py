"""The fix of every broken variant is small, and makes right what was wrong."""

from functools import cache

import pytest

import losses
from losses.evidence import fixes, store
from losses.evidence.declarations import Raises
from losses.evidence.environments import REFERENCE
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
    # Where the right way is a refusal, a fix may give the labels that are not refused.
    is_told = isinstance(case.instead, Raises) and case.fix_differs
    assert case.instead.fits(found) or is_told, (
        f"declared {case.instead}, but it {found}"
    )


@each_variant
def test_it_does_what_its_reference_does(variant):
    """In every way of running in every environment with Keras 3, as it was recorded, or
    its declaration says why not."""
    apart = [
        f"{environment} {probe}"
        for environment, recorded in evidence().items()
        for probe, what in fixes.differences(recorded.cells[variant.id]).items()
        if what
    ]
    assert bool(apart) == bool(variant.fix_differs), f"it differs in {apart}"


@cache
def evidence():
    return {name: store.read(name) for name in fixes.ASKED}


@each_variant
def test_it_gives_the_numbers_worked_out_by_hand(variant):
    """Those of inputs like its own, as they were recorded."""
    _, case = declared(variant)
    missed = store.document(kills.NAME)[variant.id]["fix_misses"]
    assert bool(missed) == bool(case.fix_misses), f"it misses {missed}"


@pytest.mark.reference
@pytest.mark.sliced(share=0.1)
@pytest.mark.parametrize("variant", rules.checked().values(), ids=rules.checked())
def test_its_rule_finds_no_error_in_it(variant):
    """But that of the labels, which the right way refuses, and a difference from the
    reference where that is declared."""
    _, case = declared(variant)
    arguments = rules.arguments(variant, subjects.fix(variant))
    report = losses.check(**arguments, only=[variant.found_by])
    compares = variant.found_by == "check_agrees_with_reference"
    differs = fixes.differences(evidence()[REFERENCE].cells[variant.id])
    is_told = compares and any(map(differs.get, ("call", "gradient")))
    if not (is_told or isinstance(case.instead, Raises)):
        assert variant.found_by not in {f.rule for f in report.of("error")}, report
