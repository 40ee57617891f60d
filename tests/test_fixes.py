"""The fix of every broken variant is small, and makes right what was wrong."""

import numpy as np
import pytest

import losses
from losses.running.subject import accepted
from losses.source import registry
from losses.source.mending import changes
from tests.hand import hand_cases
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


@pytest.mark.reference
@each_variant
def test_it_gives_the_numbers_worked_out_by_hand(variant):
    """Those of inputs like its own."""
    code, (_, case) = subjects.fix(variant), declared(variant)
    missed = [
        f"number {number}, {hand.probe}: {hand.gives}"
        for number, hand in enumerate(hand_cases(registry.losses()[variant.loss]), 1)
        if kills.is_put_to(code, case, hand)
        and is_like(hand, case, code)
        and kills.misses(code, hand)
    ]
    assert bool(missed) == bool(case.fix_misses), "\n".join(missed)


def is_like(one, other, code):
    """Whether the inputs of two cases have the same ranks and dtypes, both or neither
    with a last axis of 1, and the same options but for those that the code takes."""
    return form(one) == form(other) and fixed(one, code) == fixed(other, code)


def fixed(case, code):
    """The options that the code has no parameter for."""
    taken = accepted(code, case.options)
    return {name: v for name, v in case.options.items() if name not in taken}


def form(case):
    if isinstance(case.y_pred, (dict, tuple)):
        return kills.structure(case.y_pred)
    true, pred = np.asarray(case.y_true), np.asarray(case.y_pred)
    return (
        true.ndim,
        pred.ndim,
        pred.dtype,
        true.shape[-1:] == (1,),
        pred.shape[-1:] == (1,),
    )


@pytest.mark.reference
@pytest.mark.parametrize("variant", rules.checked().values(), ids=rules.checked())
def test_its_rule_finds_it_no_more(variant):
    arguments = rules.arguments(variant, subjects.fix(variant))
    report = losses.check(**arguments, only=[variant.found_by])
    found = [f for f in report.findings if f.rule == variant.found_by]
    assert not [f for f in found if f.severity != "note"], str(report)
