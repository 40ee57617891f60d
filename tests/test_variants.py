"""Every broken variant does what it declares, and its reference does what is right.

Each is run in the way that shows it. Of what it does in all other ways, the cells of
losses/evidence, those are run that were recorded with other code, and of every way of
running a few others, which the commit's content chooses; with --full all.
"""

from functools import cache
from itertools import count

import keras
import numpy as np
import pytest

from losses.evidence import store
from losses.evidence.compare import keep
from losses.source import registry
from tests.conftest import is_full
from tests.recording import cells, environments, kills, subjects, workers
from tests.recording.subjects import declared, verdict
from tests.slices import some_of

VARIANTS = list(registry.variants().values())
FEW = 3  # of every way of running
OFTEN = 25  # cells, after which what their models hold is given back: it takes a while
CELLS = count(1)


def each_variant(test):
    """A test of every variant; one process runs those of one loss, which share runs."""
    cases = [pytest.param(v, marks=pytest.mark.xdist_group(v.loss)) for v in VARIANTS]
    return pytest.mark.parametrize("variant", cases, ids=[v.id for v in VARIANTS])(test)


@cache
def recorded(environment):
    return store.read(environment)


@cache
def stale(environment):
    return cells.stale(recorded(environment))


def pytest_generate_tests(metafunc):
    everything = is_full(metafunc.config)
    if metafunc.function is test_evidence:
        environment = metafunc.config.getoption("--environment")
        pairs = cells_of(environment, everything)
        cases = [pytest.param(*pair, marks=in_one_process(*pair)) for pair in pairs]
        ids = [f"{variant.id} {probe}" for variant, probe in pairs]
        metafunc.parametrize(("variant", "probe"), cases, ids=ids)
    if metafunc.function is test_the_numbers_that_it_fails_are_recorded:
        again = some_of(registry.variants(), FEW)
        again += [variant.id for variant in kills.stale()]
        chosen = [v for v in VARIANTS if everything or v.id in again]
        metafunc.parametrize("variant", chosen, ids=[v.id for v in chosen])


def cells_of(environment, everything):
    """The cells that are run: pairs of a variant and a probe."""
    drawn = {
        probe: some_of([f"{variant.id} {probe}" for variant in VARIANTS], FEW)
        for probe in registry.probes()
    }
    return [
        (variant, probe)
        for variant in VARIANTS
        for probe in registry.probes()
        if everything
        or probe in stale(environment).get(variant.id, ())
        or f"{variant.id} {probe}" in drawn[probe]
    ]


def in_one_process(variant, probe):
    """What one process runs: all of a loss, and the two workers, started once."""
    alike = probe if probe == "two_workers" else variant.loss
    return pytest.mark.xdist_group(alike)


@pytest.mark.reference
@each_variant
def test_broken(variant):
    _, case = declared(variant)
    missed = []
    for probe, gives in {case.probe: case.gives, **case.on}.items():
        found = subjects.outcome(variant, probe)
        if not gives.fits(found):
            missed.append(f"{probe}: declared {gives}, but it {found}")
    wrong = verdict(case.holds_in, keras.__version__, missed)
    assert not wrong, wrong


@pytest.mark.reference
@each_variant
def test_instead(variant):
    _, case = declared(variant)
    found = subjects.instead(variant, case.probe)
    assert case.instead.fits(found), f"declared {case.instead}, but it {found}"
    assert not case.gives.fits(found), "the reference is broken the same way"


@pytest.mark.reference
@each_variant
def test_killed_by_the_value_tests_of_its_reference(variant):
    """The number that told them apart when it was recorded is tried first."""
    first = store.document(kills.NAME).get(variant.id, {}).get("killed_by", ())
    told = any(kills.fails(variant, case) for case in kills.in_order(variant, first))
    assert told, "no number worked out by hand tells it from the reference"


@pytest.mark.reference
def test_the_numbers_that_it_fails_are_recorded(variant):
    assert kills.tried(variant) == store.document(kills.NAME).get(variant.id)


def test_evidence(variant, probe, environment):
    if probe == "two_workers":
        cell = workers.asked(variant.id, environment).result()
    else:
        cell = subjects.cell(variant, probe)
        if next(CELLS) % OFTEN == 0:
            environments.free()
    before = recorded(environment).cells.get(variant.id, {}).get(probe)
    assert keep(cell, before) == before, "read the difference, then: make record"


def test_the_evidence_is_of_the_present_code_and_versions(environment):
    assert not stale(environment), f"make record-{environment}"
    assert recorded(environment).keys.keys() == registry.variants().keys()


@pytest.mark.reference
def test_the_numbers_that_variants_fail_are_of_the_present_code():
    assert not kills.stale(), "python -m tests.recording kills"
    assert store.keys_of(kills.NAME).keys() == registry.variants().keys()
    assert store.document(kills.NAME).keys() == registry.variants().keys()


@pytest.mark.parametrize("probe", [p for p in registry.probes() if "float" in p])
def test_a_probe_leaves_the_policy_as_it_was(probe):
    """Also in a process in which nobody has set one."""
    environments.free()
    subjects.cell(VARIANTS[0], probe)
    assert keras.layers.Layer().dtype_policy.name == "float32"
    assert np.dtype(keras.backend.floatx()) == np.float32
