"""The reference losses hold in every cell: environment × way of running × inputs.

Read from the evidence, which the tests of each environment compare with what they see.
"""

import tomllib

import numpy as np
import pytest

from losses.evidence import store
from losses.evidence.environments import ENVIRONMENTS, REFERENCE
from losses.source import registry

HOME = REFERENCE
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
ABS = (
    "gradient custom_loop fit_eager fit_xla batch_of_one sample_weight "
    "sample_weight_column mixed_float16 mixed_bfloat16 data_parallel two_workers"
)
OTHER_CLASS = {"tf_keras": "class_weight"}
ONE_PIXEL = {
    "keras-torch": "gradient custom_loop fit_eager batch_of_one partial_batch "
    "sample_weight sample_weight_column mixed_float16 mixed_bfloat16 float64 save_load"
}
SCALED = dict.fromkeys(ENVIRONMENTS, "mixed_float16")
# Where another error is met, or none: (there, at home), None for none.
ERRORS = {
    # Legacy Keras is given the function, and knows nothing of what the class refuses.
    ("tf_keras", "sample_weight_by_position"): {(None, "ValueError")},
    # It looks class weights up otherwise, and refuses labels that no weight belongs to.
    ("tf_keras", "class_weight"): {
        (None, "TypeError"),
        ("ValueError", "TypeError"),
        ("InvalidArgumentError", "TypeError"),
        ("InvalidArgumentError", None),
    },
    # It says otherwise that weights by name do not go with a list of outputs.
    ("tf_keras", "sample_weight"): {("ValueError", "TypeError")},
    ("tf_keras", "sample_weight_column"): {("ValueError", "TypeError")},
    # Dynamo finds that every way through the loss ends in its ValueError.
    ("keras-torch", "torch_compile"): {("Unsupported", "ValueError")},
}
# Where a reference differs: by variant and environment the ways of running.
DIFFERENT = {
    # Keras's own mean absolute error of 0, where JAX gives abs a slope of 1.
    "multitask/first_sample_for_the_first_task": {
        "keras-jax": f"{ABS} loss_subclass class_weight"
    },
    "weighted_multi_output/one_function_for_all_outputs": {"keras-jax": ABS},
    # Legacy Keras looks up the class weight of a row with NaN at another class.
    "multilabel_crossentropy/nan_times_zero": OTHER_CLASS,
    "multilabel_crossentropy/compared_with_nan": OTHER_CLASS,
    "multilabel_crossentropy/where_after_the_operation": OTHER_CLASS,
    # Of an output of one pixel Keras's own crossentropy has no gradient on PyTorch.
    "deep_supervision/labels_resized_bilinearly": ONE_PIXEL,
    "deep_supervision/labels_max_pooled": ONE_PIXEL,
    # A step that is NaN, or beyond float16, is left out under loss scaling.
    "corn/ranks_from_one": SCALED,
    "weighted_kappa/log_of_perfect_agreement": SCALED,
    "weighted_kappa/kappa_as_the_loss": SCALED,
    "weighted_kappa/ids_as_a_distribution": SCALED,
    "sparse_categorical_crossentropy/label_of_no_class": SCALED,
    "sparse_categorical_crossentropy/label_of_no_class_gathered": SCALED,
}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("variant", registry.variants().values(), ids=lambda v: v.id)
def test_the_reference_gives_the_same_in_every_cell(variant, environment):
    home = seen(variant, HOME)
    apart = {
        probe: f"{found}: {right} for {wanted(probe, home)}"
        for probe, sides in seen(variant, environment).items()
        for right in [sides["reference"]]
        if (found := difference(probe, right, wanted(probe, home)))
        and errors(right, wanted(probe, home))
        not in ERRORS.get((environment, probe), ())
    }
    declared = DIFFERENT.get(variant.id, {}).get(environment, "")
    assert apart.keys() == set(declared.split()), apart


@pytest.mark.parametrize(("environment", "probe"), ERRORS)
def test_the_other_errors_are_met(environment, probe):
    met = {
        errors(
            seen(variant, environment)[probe]["reference"],
            wanted(probe, seen(variant, HOME)),
        )
        for variant in registry.variants().values()
    }
    assert met >= ERRORS[environment, probe]


def errors(here, home):
    """The error of the reference in a cell, and the one at home; None for none."""
    return here.get("raises"), home.get("raises")


def seen(variant, environment):
    evidence = store.evidence(variant.loss, environment)
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
        return "error" if here.get("raises") != home.get("raises") else None
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


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_two_devices_that_share_a_batch_evenly_give_what_one_gives(environment):
    apart = {}
    for variant in registry.variants().values():
        for probe in ("two_replicas", "data_parallel", "two_workers"):
            shared = seen(variant, environment)[probe]["reference"]
            alone = shared.get("alone", {})
            if "returns" in alone and difference(probe, shared, alone):
                apart[variant.id, probe] = shared
    assert not apart


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_evidence_was_seen_with_the_versions_of_the_extra(environment):
    path = registry.HERE.parent / "pyproject.toml"
    extras = tomllib.loads(path.read_text("utf-8"))["project"]["optional-dependencies"]
    pinned = dict(requirement.split("==") for requirement in extras[environment])
    for loss in registry.losses().values():
        if loss.variants:
            seen_with = store.evidence(loss.name, environment)["environment"]
            assert seen_with == pinned
