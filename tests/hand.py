"""Numbers worked out by hand, to which the broken variants can be put as well."""

from importlib import import_module

from losses.evidence.declarations import Case, Raises, Returns
from losses.evidence.outcomes import NotApplicable
from losses.ops import shapes
from losses.running import backend
from losses.running.probes import run
from tests.recording.subjects import reference

# What the catalog computes with, also where legacy Keras stands in for `keras`.
KERAS_3 = shapes.keras
# The ways of running that a backend lacks, and those that must give the number there.
INSTEAD = {
    "jax": {"fit_graph": "fit_xla"},
    "torch": {"fit_graph": "fit_eager", "fit_xla": "fit_eager"},
}


def given(
    y_true,
    y_pred,
    gives,
    probe="call",
    sample_weight=None,
    class_weight=None,
    **options,
):
    """One case: inputs, options of the loss, and the number; or the error it raises.

    `class_weight` goes to `fit` in the probe of this name, elsewhere to the loss.
    """
    if class_weight is not None and probe != "class_weight":
        options, class_weight = {**options, "class_weight": class_weight}, None
    outcome = gives if isinstance(gives, (Returns, Raises)) else Returns(gives)
    return Case(
        y_true,
        y_pred,
        outcome,
        probe=probe,
        options=options,
        sample_weight=sample_weight,
        class_weight=class_weight,
    )


def assert_gives(name, case):
    subject = reference(name, case)
    probe = INSTEAD.get(backend.NAME, {}).get(case.probe)
    if probe is not None:
        assert isinstance(run(case.probe, subject, case), NotApplicable)
    seen = run(probe or case.probe, subject, case)
    assert case.gives.fits(seen), f"worked out: {case.gives}, but it {seen}"


def module_of(loss):
    """The module that tests a loss by itself."""
    return import_module(f"tests.catalog.{loss.family}.test_{loss.name}")


def hand_cases(loss):
    """The cases `HAND` of the test file of a loss."""
    return module_of(loss).HAND
