"""The fix of every broken variant is small, and makes right what was wrong."""

import re

import pytest

import losses
from losses.evidence import store
from losses.evidence.codec import encoded
from losses.evidence.compare import keep
from losses.evidence.declarations import Raises
from losses.source import registry
from losses.source.mending import changes
from tests.conftest import is_full
from tests.recording import kills, rules, subjects
from tests.recording.subjects import declared
from tests.slices import some_of
from tests.test_variants import each_variant

LONG = 4  # changed lines
FEW = 2  # of every way of running
# What the class of a loss refuses, and no function is asked about.
REFUSED_BY_A_CLASS = re.compile(
    r"\w+: (sample_weight .* must |y_pred carries the mask )"
)
VARIANTS = registry.variants()


def pytest_generate_tests(metafunc):
    if metafunc.function is test_it_does_what_its_reference_does:
        every = [(v, probe) for v in VARIANTS for probe in registry.probes()]
        chosen = {
            cell
            for probe in registry.probes()
            for cell in some_of([cell for cell in every if cell[1] == probe], FEW)
        }
        everything = is_full(metafunc.config)
        cells = [cell for cell in every if everything or cell in chosen]
        ids = [" ".join(cell) for cell in cells]
        metafunc.parametrize(("name", "probe"), cells, ids=ids)


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
    told = f"declared {case.instead}, but it {found}"
    assert case.instead.fits(found) or case.probe in case.fix_differs, told


@pytest.mark.reference
def test_it_does_what_its_reference_does(name, probe):
    """In every way of running, but where its declaration says why not."""
    variant, case = VARIANTS[name], declared(VARIANTS[name])[1]
    if probe == "two_workers":  # is asked in a process that has joined another
        return
    found, right = (
        encoded(run(variant, probe)) for run in (subjects.after_fix, subjects.instead)
    )
    if REFUSED_BY_A_CLASS.match(right.get("message", "")):
        return
    if "not_applicable" in found or "not_applicable" in right:  # one is a script
        return
    differs = keep(found, right) != right
    by_its_gradient = "gradient" in case.fix_differs and "step" in right
    told = probe in case.fix_differs or (differs and by_its_gradient)
    assert differs == told, f"{found}, but {right}"


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
    is_told = case.fix_differs and variant.found_by == "check_agrees_with_reference"
    if not (is_told or isinstance(case.instead, Raises)):
        assert variant.found_by not in {f.rule for f in report.of("error")}, report
