"""Every broken variant does what it declares, and the reference does the right thing.

Both are run in every way there is, in every environment. What was seen is kept in
losses/evidence, one file for each loss, and shown on the site. After a change on
purpose: `pytest --evidence=update`, and read the diff.
"""

from functools import cache
from importlib import import_module

import keras
import numpy as np
import pytest
from packaging.specifiers import SpecifierSet

from losses import registry
from losses.outcomes import NotApplicable, Raises
from losses.probes import PROBES, Subject, accepted, run
from tests import environments, workers
from tests.environments import versions
from tests.evidence import as_json, settle
from tests.hand import hand_cases, reference

VARIANTS = list(registry.variants().values())
LOSSES = [loss for loss in registry.losses().values() if loss.variants]


def each_variant(test):
    """A test of every variant; one process runs those of one loss, which share runs."""
    cases = [pytest.param(v, marks=pytest.mark.xdist_group(v.loss)) for v in VARIANTS]
    parametrized = pytest.mark.parametrize(
        "variant", cases, ids=[v.id for v in VARIANTS]
    )
    return pytest.mark.reference(parametrized(test))


@cache
def declared(variant):
    """The function, class or script of a variant, and its declaration."""
    family = registry.losses()[variant.loss].family
    module = import_module(f"losses.broken.{family}.{variant.loss}")
    code = next(v for k, v in vars(module).items() if registry.snake(k) == variant.name)
    return code, code.case


@cache
def seen(variant, probe):
    """What the variant and its reference do in one way of running."""
    code, case = declared(variant)
    return (
        run(probe, Subject.of_variant(code, case), case),
        run(probe, reference(variant.loss, case), case),
    )


@each_variant
def test_broken(variant):
    _, case = declared(variant)
    missed = []
    for probe, gives in {case.probe: case.gives, **case.on}.items():
        outcome, _ = seen(variant, probe)
        if not gives.fits(outcome):
            missed.append(f"{probe}: declared {gives}, but it {outcome}")
    wrong = verdict(case.holds_in, keras.__version__, missed)
    assert not wrong, wrong


def verdict(holds_in, version, missed):
    """What is wrong with a declaration, or "": `missed` says where the variant did not
    do what is declared, and outside of the versions of a fault of Keras it must not."""
    if holds_in is None:
        return "\n".join(missed)
    if version in SpecifierSet(holds_in, prereleases=True):
        ended = f"no longer broken in Keras {version}: end its holds_in"
        return "\n".join([ended, *missed]) if missed else ""
    return "" if missed else f"still broken in Keras {version}: widen its holds_in"


@each_variant
def test_instead(variant):
    _, case = declared(variant)
    _, outcome = seen(variant, case.probe)
    assert case.instead.fits(outcome), f"declared {case.instead}, but it {outcome}"
    assert not case.gives.fits(outcome), "the reference is broken the same way"


@each_variant
def test_killed_by_the_value_tests_of_its_reference(variant):
    assert killers(variant), "no number worked out by hand tells it from the reference"


@pytest.mark.parametrize(
    "loss",
    [pytest.param(loss, marks=pytest.mark.xdist_group(loss.name)) for loss in LOSSES],
    ids=[loss.name for loss in LOSSES],
)
def test_evidence(loss, request):
    environment = request.config.getoption("--environment")
    records = {
        variant.name: fresh(variant, request.config) or record(variant, environment)
        for variant in loss.variants
    }
    environments.free()
    settle(loss.name, {"variants": records}, request.config)


def fresh(variant, config):
    """The committed record, if it will do: of the same sources and versions."""
    if config.getoption("--evidence") != "stale":
        return None
    environment = config.getoption("--environment")
    committed = registry.evidence(variant.loss, environment)
    kept = (committed or {}).get("variants", {}).get(variant.name)
    current = registry.variant_fingerprint(variant)
    if not kept or kept["source"] != current:
        return None
    return kept if committed["environment"] == versions(environment) else None


def record(variant, environment):
    by_two_workers = workers.asked(variant.id, environment)
    probes = {}
    for probe in PROBES:
        wrong, right = seen(variant, probe)
        probes[probe] = {"variant": as_json(wrong), "reference": as_json(right)}
    probes["two_workers"] = by_two_workers.result()
    record = {"source": registry.variant_fingerprint(variant), "probes": probes}
    if environment != registry.REFERENCE:
        return record
    tests = len(hand_cases(registry.losses()[variant.loss]))
    return {**record, "killed_by": killers(variant), "value_tests": tests}


@cache
def killers(variant):
    """Which of the reference's value tests the variant fails, by number."""
    cases = hand_cases(registry.losses()[variant.loss])
    return [number for number, case in enumerate(cases, 1) if fails(variant, case)]


def fails(variant, case):
    code, declaration = declared(variant)
    known = accepted(code, case.options) == case.options
    if not (known or case.options == declaration.options):
        return False
    if structure(case.y_pred) != structure(declaration.y_pred):
        return False
    # Not to refuse bad input is a flaw only where the reference should have refused.
    if isinstance(case.gives, Raises) and not isinstance(declaration.instead, Raises):
        return False
    outcome = run(case.probe, Subject.of_variant(code, case), case)
    return not isinstance(outcome, NotApplicable) and not case.gives.fits(outcome)


def structure(y_pred):
    """The names or the number of the outputs; None for one."""
    if isinstance(y_pred, dict):
        return set(y_pred)
    return len(y_pred) if isinstance(y_pred, tuple) else None


def test_every_probe_leaves_the_policy_as_it_was():
    assert keras.layers.Layer().dtype_policy.name == "float32"
    assert np.dtype(keras.backend.floatx()) == np.float32
