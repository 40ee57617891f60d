"""Every broken variant does what it declares, and its reference does what is right.

Each is run in the way that shows it. Of what it does in all other ways, the cells of
losses/evidence, those are compared that were recorded with other code, and a slice of
the rest.
"""

from functools import cache

import keras
import numpy as np
import pytest

from losses.evidence import keys, store
from losses.evidence.compare import keep
from losses.source import registry
from tests.conftest import SHARE, is_full
from tests.recording import environments, kills, subjects, workers
from tests.recording.subjects import declared, outcomes, verdict
from tests.slices import is_drawn

VARIANTS = list(registry.variants().values())


def each_variant(test):
    """A test of every variant; one process runs those of one loss, which share runs."""
    cases = [pytest.param(v, marks=pytest.mark.xdist_group(v.loss)) for v in VARIANTS]
    return pytest.mark.parametrize("variant", cases, ids=[v.id for v in VARIANTS])(test)


@cache
def recorded(environment):
    return store.read(environment)


@pytest.mark.reference
@each_variant
def test_broken(variant):
    _, case = declared(variant)
    missed = []
    for probe, gives in {case.probe: case.gives, **case.on}.items():
        outcome, _ = outcomes(variant, probe)
        if not gives.fits(outcome):
            missed.append(f"{probe}: declared {gives}, but it {outcome}")
    wrong = verdict(case.holds_in, keras.__version__, missed)
    assert not wrong, wrong


@pytest.mark.reference
@each_variant
def test_instead(variant):
    _, case = declared(variant)
    _, outcome = outcomes(variant, case.probe)
    assert case.instead.fits(outcome), f"declared {case.instead}, but it {outcome}"
    assert not case.gives.fits(outcome), "the reference is broken the same way"


@pytest.mark.reference
@each_variant
def test_killed_by_the_value_tests_of_its_reference(variant):
    """The number that told them apart when it was recorded is tried first."""
    first = store.document("kills").get(variant.id, {}).get("killed_by", ())
    told = any(kills.fails(variant, case) for case in kills.in_order(variant, first))
    assert told, "no number worked out by hand tells it from the reference"


@each_variant
def test_evidence(variant, environment, request):
    evidence = recorded(environment)
    before = evidence.cells.get(variant.id, {})
    again = [
        probe
        for probe in registry.probes()
        if is_full(request.config)
        or evidence.keys.get(variant.id, {}).get(probe) != keys.of_cell(variant, probe)
        or is_drawn(f"{variant.id} {probe}", SHARE)
    ]
    found = {}
    if "two_workers" in again:
        again.remove("two_workers")
        found["two_workers"] = workers.asked(variant.id, environment)
    found = {p: subjects.cell(variant, p) for p in again} | {
        probe: answer.result() for probe, answer in found.items()
    }
    apart = {
        probe: {"recorded": before.get(probe), "now": cell}
        for probe, cell in found.items()
        if keep(cell, before.get(probe)) != before.get(probe)
    }
    if again:
        environments.free()
    assert not apart, "read the difference, then: make record"


def test_the_evidence_is_of_the_present_code_and_versions(environment):
    evidence = recorded(environment)
    stale = [
        f"{variant.id} · {probe}"
        for variant in VARIANTS
        for probe in registry.probes()
        if evidence.keys.get(variant.id, {}).get(probe) != keys.of_cell(variant, probe)
    ]
    assert not stale, f"{len(stale)} cells: make record-{environment}"
    assert evidence.keys.keys() == registry.variants().keys()
    assert evidence.versions == environments.installed(environment)


def test_every_probe_leaves_the_policy_as_it_was():
    assert keras.layers.Layer().dtype_policy.name == "float32"
    assert np.dtype(keras.backend.floatx()) == np.float32
