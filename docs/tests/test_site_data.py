"""Nothing is built where sources, evidence and declarations do not fit together."""

import re
from dataclasses import replace

import pytest

from docs.generator import site_data
from docs.tests.rendered import SITE, complaint, fitting
from losses.evidence.environments import ENVIRONMENTS, OTHERS, REFERENCE
from losses.evidence.store import Evidence
from losses.source import registry

ID = "dice/whole_batch"
CELL = {"variant": {"returns": 1.0}, "reference": {"returns": 2.0}}
ALIKE = {"variant": {"returns": 1.0}, "reference": {"returns": 1.0}}


def recorded(name, **changes):
    """What one environment holds of one cell."""
    known = {
        "versions": ENVIRONMENTS[name].versions,
        "cells": {ID: {"call": CELL}},
        "keys": {ID: {"call": "1"}},
    }
    return Evidence(name, **{**known, **changes})


def evidence(name=None, **changes):
    """The evidence of all environments, of which one has been changed."""
    kept = {other: recorded(other) for other in ENVIRONMENTS}
    if name:
        kept[name] = recorded(name, **changes)
    return {"evidence": kept}


def cells(*pairs, keys=None):
    """Cells, and their keys: `(variant, probe)`."""
    found, known = {}, {}
    for variant, probe in pairs:
        found.setdefault(variant, {})[probe] = CELL
        known.setdefault(variant, {})[probe] = "1"
    return {"cells": found, "keys": known if keys is None else keys}


SMALL = replace(
    SITE,
    losses={},
    rules=(),
    ids=("dice",),
    documents={},
    document_keys={},
    wanted={ID: {"call": "1"}},
    wanted_documents={},
    misplaced={},
    **evidence(),
)
RULE = {"check/rules#check_a": "1"}
SHOWN = {"check/rules": {"rules": {"check_a": {}}}}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"ids": ("dice", "dice/a", "dice/a")}, ["duplicate id: dice/a"]),
        (
            evidence("keras-jax", cells={}, keys={}),
            [f"no evidence: keras-jax/{ID} · 1 cell"],
        ),
        (evidence("keras-jax", versions={}), ["no evidence at all: keras-jax"]),
        ({"evidence": {}}, [f"no evidence at all: {name}" for name in ENVIRONMENTS]),
        (
            evidence("keras-jax", **cells((ID, "call"), (ID, "fit"), (ID, "mask"))),
            [f"evidence of nothing: keras-jax/{ID} · 2 cells"],
        ),
        (
            evidence(REFERENCE, **cells((ID, "call"), ("dice/gone", "call"))),
            [f"evidence of nothing: {REFERENCE}/dice/gone · 1 cell"],
        ),
        # A key without its cell, a cell without its key.
        (
            evidence(REFERENCE, cells={}),
            [f"no evidence: {REFERENCE}/{ID} · 1 cell"],
        ),
        (
            evidence(REFERENCE, **cells((ID, "call"), keys={})),
            [f"no evidence: {REFERENCE}/{ID} · 1 cell"],
        ),
        (
            evidence("tf_keras", keys={ID: {"call": "0"}}),
            [f"stale evidence: tf_keras/{ID} · 1 cell"],
        ),
        (
            {
                "wanted": {
                    ID: {"call": "1", "fit": "1"},
                    "dice/no_smoothing": {"x": "1"},
                }
            },
            [f"no evidence: {name}/dice · 2 cells" for name in ENVIRONMENTS],
        ),
        (
            evidence("keras-jax", versions={"keras": "3.0", "jax": "0.1"}),
            ["recorded with other versions: keras-jax · keras 3.0, jax 0.1"],
        ),
        ({"misplaced": {"tf_keras": ["mse"]}}, ["not as written: tf_keras/mse"]),
        (
            {"evidence": {**evidence()["evidence"], "keras-mxnet": Evidence("a")}},
            ["evidence of nothing: keras-mxnet"],
        ),
        ({"wanted_documents": RULE}, ["no evidence: check/rules · check_a"]),
        (
            {"wanted_documents": RULE, "document_keys": RULE},
            ["no evidence: check/rules · check_a"],
        ),
        ({"document_keys": RULE}, ["evidence of nothing: check/rules · check_a"]),
        ({"documents": SHOWN}, ["evidence of nothing: check/rules · check_a"]),
        (
            {
                "wanted_documents": RULE,
                "documents": SHOWN,
                "document_keys": {"check/rules#check_a": "0"},
            },
            ["stale evidence: check/rules · check_a"],
        ),
        (
            {"wanted_documents": {"claims/shapes#a": "1", "claims/shapes#b": "1"}},
            ["no evidence: claims/shapes · 2 records"],
        ),
        ({"wanted_documents": {"demo/binary#": "1"}}, ["no evidence: demo/binary"]),
        ({"documents": {"demo/binary": {}}}, ["evidence of nothing: demo/binary"]),
        ({"documents": {"kills": {"a/b": {}}}}, ["evidence of nothing: kills · a/b"]),
    ],
)
def test_what_does_not_fit_is_named(changes, said):
    site = replace(SMALL, **changes)
    assert site_data.problems(site) == said
    assert site_data.complaint(site).splitlines()[1:] == said


def test_a_variant_without_kills_is_named():
    variant = next(iter(SITE.variants.values()))
    loss = replace(SITE.losses[variant.loss], variants=(variant,))
    site = replace(
        SMALL,
        losses={variant.loss: loss},
        evidence={name: Evidence(name) for name in ENVIRONMENTS},
    )
    site.evidence[REFERENCE].versions = ENVIRONMENTS[REFERENCE].versions
    assert f"no evidence: kills · {variant.id}" in site_data.problems(site)


def test_a_variant_that_does_nothing_wrong_is_named():
    variant = next(iter(SITE.variants.values()))
    kept = SITE.evidence[REFERENCE]
    probes = {**kept.cells[variant.id], variant.probe: ALIKE}
    changed = replace(kept, cells={**kept.cells, variant.id: probes})
    site = replace(SITE, evidence={**SITE.evidence, REFERENCE: changed})
    assert f"no difference from the reference: {variant.id}" in site_data.problems(site)


def test_the_evidence_fits_the_code():
    assert not complaint(), complaint()
    assert site_data.problems(fitting()) == []


def test_the_command_that_mends_it_is_named():
    assert site_data.commands(SMALL) == []
    broken = replace(SMALL, **evidence("tf_keras", keys={}))
    assert site_data.commands(broken) == ["make record-tf_keras"]
    assert "make record-tf_keras" in site_data.complaint(broken).splitlines()[0]
    nothing = replace(SMALL, evidence={})
    assert site_data.commands(nothing) == [
        f"make record-{name}" for name in ENVIRONMENTS
    ]


def test_every_environment_is_recorded_by_the_makefile():
    makefile = (registry.HERE.parent / "Makefile").read_text("utf-8")
    assert re.search(r"^record-\$\(REFERENCE\):", makefile, re.MULTILINE)
    assert re.search(r"^\$\(OTHERS:%=record-%\): record-%:", makefile, re.MULTILINE)
    assert [name for name in ENVIRONMENTS if name != REFERENCE] == OTHERS


def test_each_id_is_listed_as_often_as_it_was_found():
    assert sorted(SITE.ids) == sorted(
        [
            *registry.losses(),
            *registry.variants(),
            *registry.claims(),
            *registry.errors(),
            *(rule.name for rule in registry.rules()),
            *(rule.name for rule in registry.rules(registry.OF_MODELS)),
        ]
    )


def with_record(rule, record):
    """The site, with another record of this rule."""
    rules = SITE.documents["check/rules"]
    changed = {**rules, "rules": {**rules["rules"], rule.name: record}}
    return replace(SITE, documents={**SITE.documents, "check/rules": changed})


@pytest.mark.parametrize("change", [{"variant": "dice/another"}, {"report": {}}])
def test_a_variant_that_its_rule_does_not_find_is_named(change):
    rule = SITE.rules[0]
    record = {**SITE.record(rule), **change}
    record["report"] = record["report"] or {"findings": []}
    found = site_data.problems(with_record(rule, record))
    assert f"not found by its rule: {rule.shown_by} · {rule.name}" in found
