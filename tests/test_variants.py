"""Every broken variant does what it declares, and the reference does the right thing.

Both are run in every way there is. What was seen is kept in losses/evidence, one file
for each loss, and shown on the site. After a change on purpose: `pytest
--evidence=update`, and read the diff.
"""

from functools import cache
from importlib import import_module

import keras
import numpy as np
import pytest

from losses import registry
from losses.outcomes import NotApplicable, Raises
from losses.probes import PROBES, Subject, accepted, run
from tests.evidence import as_json, settle
from tests.hand import hand_cases, reference

VARIANTS = list(registry.variants().values())
LOSSES = [loss for loss in registry.losses().values() if loss.variants]


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


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.id)
def test_broken(variant):
    _, case = declared(variant)
    for probe, gives in {case.probe: case.gives, **case.on}.items():
        outcome, _ = seen(variant, probe)
        assert gives.fits(outcome), f"{probe}: declared {gives}, but it {outcome}"


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.id)
def test_instead(variant):
    _, case = declared(variant)
    _, outcome = seen(variant, case.probe)
    assert case.instead.fits(outcome), f"declared {case.instead}, but it {outcome}"
    assert not case.gives.fits(outcome), "the reference is broken the same way"


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.id)
def test_killed_by_the_value_tests_of_its_reference(variant):
    assert killers(variant), "no number worked out by hand tells it from the reference"


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_evidence(loss, request):
    records = {variant.name: record(variant) for variant in loss.variants}
    settle(loss.name, {"variants": records}, request.config)


def record(variant):
    probes = {}
    for probe in PROBES:
        wrong, right = seen(variant, probe)
        probes[probe] = {"variant": as_json(wrong), "reference": as_json(right)}
    return {
        "source": registry.variant_fingerprint(variant),
        "killed_by": killers(variant),
        "value_tests": len(hand_cases(registry.losses()[variant.loss])),
        "probes": probes,
    }


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
    assert keras.config.dtype_policy().name == "float32"
    assert np.dtype(keras.config.floatx()) == np.float32
