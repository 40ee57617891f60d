"""The reference losses hold in every cell: environment × way of running × inputs.

Read from the evidence, which the tests of each environment compare with what they see.
"""

import tomllib

import numpy as np
import pytest

from losses import registry

HOME = registry.REFERENCE
# What a cell is held against, in the reference environment.
AS_A_CALL = ("call", "unknown_batch", "unknown_sizes", "torch_compile")
AS_A_STEP = (
    "fit_eager",
    "fit_graph",
    "fit_xla",
    "loss_subclass",
    "mixed_float16",
    "mixed_bfloat16",
    "float64",
    "save_load",
    "two_replicas",
    "data_parallel",
    "two_workers",
)
CLOSE = {"mixed_float16": 2e-3, "mixed_bfloat16": 1e-2}  # of the predictions themselves
# Where a reference differs, and why: (variant, environment, way of running).
DIFFERENT = {}


@pytest.mark.parametrize("environment", registry.ENVIRONMENTS)
@pytest.mark.parametrize("variant", registry.variants().values(), ids=lambda v: v.id)
def test_the_reference_gives_the_same_in_every_cell(variant, environment):
    home = seen(variant, HOME)
    apart = {
        probe: f"{found}: {sides['reference']} for {wanted(probe, home)}"
        for probe, sides in seen(variant, environment).items()
        if (found := difference(probe, sides["reference"], wanted(probe, home)))
    }
    declared = {key[2] for key in DIFFERENT if key[:2] == (variant.id, environment)}
    assert apart.keys() == declared, apart


def seen(variant, environment):
    evidence = registry.evidence(variant.loss, environment)
    assert evidence, f"no evidence: make record-{environment}"
    return evidence["variants"][variant.name]["probes"]


def wanted(probe, home):
    if probe in AS_A_CALL:
        return home["call"]["reference"]
    return home["fit_graph" if probe in AS_A_STEP else probe]["reference"]


def difference(probe, here, home):
    """In what a cell differs: error, value, step; or None."""
    if "not_applicable" in here or "not_applicable" in home:
        return None
    if "raises" in here or "raises" in home:
        return None if "raises" in here and "raises" in home else "error"
    close = CLOSE.get(probe, 1e-4)
    for part in ("returns", "step"):
        if part in here and part in home and not near(here[part], home[part], close):
            return {"returns": "value"}.get(part, part)
    return None


def near(one, other, close):
    """Equal in structure, and in every number; NaN equals NaN."""
    if isinstance(one, dict) and isinstance(other, dict):
        return near(sorted(one.items()), sorted(other.items()), close)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(
            near(*pair, close) for pair in zip(one, other)
        )
    try:  # JSON has no NaN: it is text, as the names are
        one, other = float(one), float(other)
    except (TypeError, ValueError):
        return one == other
    return bool(np.isclose(one, other, rtol=close, atol=1e-5, equal_nan=True))


@pytest.mark.parametrize("environment", registry.ENVIRONMENTS)
def test_two_devices_that_share_a_batch_evenly_give_what_one_gives(environment):
    apart = {}
    for variant in registry.variants().values():
        for probe in ("two_replicas", "data_parallel", "two_workers"):
            shared = seen(variant, environment)[probe]["reference"]
            alone = shared.get("alone", {})
            if "returns" in alone and difference(probe, shared, alone):
                apart[variant.id, probe] = shared
    assert not apart


@pytest.mark.parametrize("environment", registry.ENVIRONMENTS)
def test_the_evidence_was_seen_with_the_versions_of_the_extra(environment):
    path = registry.HERE.parent / "pyproject.toml"
    extras = tomllib.loads(path.read_text("utf-8"))["project"]["optional-dependencies"]
    pinned = dict(requirement.split("==") for requirement in extras[environment])
    for loss in registry.losses().values():
        if loss.variants:
            seen_with = registry.evidence(loss.name, environment)["environment"]
            public = {name: v.partition("+")[0] for name, v in seen_with.items()}
            assert public == pinned  # torch 2.13.0+cpu is torch 2.13.0
