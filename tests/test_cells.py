"""The reference losses hold in every cell: environment × way of running × inputs.

Read from the evidence, which the tests of each environment compare with what happens.
"""

import tomllib
from functools import cache

import pytest

from losses.evidence import store
from losses.evidence.compare import ACROSS, ROUNDED, same
from losses.evidence.environments import ENVIRONMENTS, REFERENCE
from losses.source import registry

HOME = REFERENCE
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
    # A custom loop calls the function, which gets no names of the outputs to refuse.
    "weighted_multi_output/labels_in_the_wrong_order": dict.fromkeys(
        ENVIRONMENTS, "custom_loop"
    ),
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


@cache
def recorded(environment):
    return store.read(environment)


def references(variant, environment):
    """What the reference did on the inputs of a variant, by probe."""
    cells = recorded(environment).cells.get(variant.id)
    assert cells, f"no evidence: make record-{environment}"
    return {probe: sides["reference"] for probe, sides in cells.items()}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("variant", registry.variants().values(), ids=lambda v: v.id)
def test_the_reference_gives_the_same_in_every_cell(variant, environment):
    home = references(variant, HOME)
    apart = {
        probe: f"{found}: {here} for {there}"
        for probe, here in references(variant, environment).items()
        for there in [wanted(probe, home)]
        if (found := difference(probe, here, there))
        and errors(here, there) not in ERRORS.get((environment, probe), ())
    }
    declared = DIFFERENT.get(variant.id, {}).get(environment, "")
    assert apart.keys() == set(declared.split()), apart


@pytest.mark.parametrize(("environment", "probe"), ERRORS)
def test_the_other_errors_are_met(environment, probe):
    met = {
        errors(
            references(variant, environment)[probe],
            wanted(probe, references(variant, HOME)),
        )
        for variant in registry.variants().values()
    }
    assert met >= ERRORS[environment, probe]


def errors(here, home):
    """The error of the reference in a cell, and the one at home; None for none."""
    return here.get("raises"), home.get("raises")


def wanted(probe, home):
    """What a cell is held against, in the reference environment."""
    other = registry.probes()[probe].compared_with
    return home[probe if other == "itself" else other]


def difference(probe, here, home):
    """In what a cell differs: error, value, step; or None."""
    if "not_applicable" in here or "not_applicable" in home:
        return None
    if "raises" in here or "raises" in home:
        return "error" if here.get("raises") != home.get("raises") else None
    tolerance = ROUNDED.get(probe, ACROSS)
    for part, name in {"returns": "value", "step": "step"}.items():
        both = part in here and part in home
        if both and not same(here[part], home[part], tolerance):
            return name
    return None


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_two_devices_that_share_a_batch_evenly_give_what_one_gives(environment):
    apart = {}
    for variant in registry.variants().values():
        for probe in ("two_replicas", "data_parallel", "two_workers"):
            shared = references(variant, environment)[probe]
            alone = shared.get("alone", {})
            if "returns" in alone and difference(probe, shared, alone):
                apart[variant.id, probe] = shared
    assert not apart


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_evidence_was_recorded_with_the_versions_that_are_installed(environment):
    assert recorded(environment).versions == ENVIRONMENTS[environment].versions


def test_the_suite_runs_on_the_versions_of_the_reference_environment():
    path = registry.HERE.parent / "pyproject.toml"
    extras = tomllib.loads(path.read_text("utf-8"))["project"]["optional-dependencies"]
    assert set(ENVIRONMENTS[REFERENCE].requirements) <= set(extras["test"])
