"""Every broken variant does what it declares, and the reference does the right thing.

Each is run in the way that shows it. What was seen in every way there is, in every
environment, is kept in losses/evidence, one file for each loss, and shown on the site;
a share of it, drawn anew each day, is seen again. After a change on purpose:
`pytest --evidence=stale`, and read the diff.
"""

from functools import cache
from importlib import import_module

import keras
import numpy as np
import pytest
from packaging.specifiers import SpecifierSet

from losses.evidence import keys, store
from losses.evidence.environments import REFERENCE
from losses.evidence.outcomes import NotApplicable, Raises
from losses.running.probes import PROBES, run
from losses.running.subject import Subject, accepted
from losses.source import registry
from tests import environments, workers
from tests.environments import versions
from tests.evidence import as_json, drawn, settle
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
    cases = hand_cases(registry.losses()[variant.loss])
    told = any(fails(variant, case) for case in cases)
    assert told, "no number worked out by hand tells it from the reference"


@pytest.mark.parametrize(
    "loss",
    [pytest.param(loss, marks=pytest.mark.xdist_group(loss.name)) for loss in LOSSES],
    ids=[loss.name for loss in LOSSES],
)
def test_evidence(loss, request):
    config = request.config
    committed = store.evidence(loss.name, config.getoption("--environment")) or {}
    records = {
        variant.name: record(variant, current(variant, committed, config), config)
        for variant in loss.variants
    }
    environments.free()
    settle(loss.name, {"variants": records}, config)


def current(variant, committed, config):
    """The committed record, if it is of the same sources and versions."""
    kept = committed.get("variants", {}).get(variant.name, {})
    same = kept.get("source") == keys.of_variant(variant)
    environment = config.getoption("--environment")
    return kept if same and committed["environment"] == versions(environment) else {}


def record(variant, kept, config):
    """What is seen of a variant. Of what was `kept`, only what is drawn is seen again.

    What two workers do is asked for first: they run beside this process.
    """
    environment = config.getoption("--environment")
    cells = dict(kept.get("probes", {}))
    again = [p for p in PROBES if p not in cells or drawn(config, variant.id, p)]
    waiting = {}
    if "two_workers" in again:
        again.remove("two_workers")
        waiting["two_workers"] = workers.asked(variant.id, environment)
    for probe in again:
        wrong, right = seen(variant, probe)
        cells[probe] = {"variant": as_json(wrong), "reference": as_json(right)}
    cells |= {probe: answer.result() for probe, answer in waiting.items()}
    probes = {probe: cells[probe] for probe in PROBES}
    record = {"source": keys.of_variant(variant), "probes": probes}
    if environment != REFERENCE:
        return record
    tests = len(hand_cases(registry.losses()[variant.loss]))
    told = kept.get("killed_by")
    if told is None or kept["value_tests"] != tests or drawn(config, variant.id):
        told = killers(variant)
    return {**record, "killed_by": told, "value_tests": tests}


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
