"""What another version of Keras changes is found and sorted."""

import ast
from dataclasses import replace

import keras
import pytest
from packaging.specifiers import SpecifierSet

from losses.evidence import store
from losses.evidence.versions import alike, changes
from losses.source import registry
from tests.recording import watch
from tests.recording.subjects import outcome, verdict

RECORDS = store.watched()
FAULTS = [variant for variant in registry.variants().values() if variant.holds_in]

ONE, TWO, THREE = ({"returns": [value, 0.5]} for value in (1.0, 2.0, 3.0))
REFUSED = {"raises": "ValueError", "message": "Shapes (2, 1) and (2,) differ"}
REWORDED = {"raises": "ValueError", "message": "Expected shape (2, 1), got (2,)"}
FAILED = {"raises": "TypeError", "message": "Shapes (2, 1) and (2,) differ"}

assert RECORDS, "make watch KERAS=3.10.0"
every_record = pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)


def found(before, after, probe="call"):
    """The changes from one (variant, reference) to another."""
    records = ({probe: dict(zip(store.SIDES, both))} for both in (before, after))
    return list(changes("dice/a", "1", *records))


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ((ONE, TWO), (ONE, TWO), {}),
        ((ONE, TWO), ({"returns": [1.00001, 0.5]}, TWO), {}),
        ((ONE, TWO), ({"returns": [1.001, 0.5]}, TWO), {"variant": "otherwise"}),
        ((ONE, TWO), (TWO, TWO), {"variant": "mended"}),
        ((ONE, TWO), (THREE, TWO), {"variant": "otherwise"}),
        ((ONE, TWO), (REFUSED, TWO), {"variant": "otherwise"}),
        ((ONE, REFUSED), (REFUSED, REFUSED), {"variant": "mended"}),
        ((REFUSED, TWO), (REWORDED, TWO), {"variant": "reworded"}),
        ((REFUSED, TWO), (FAILED, TWO), {"variant": "otherwise"}),
        ((ONE, REFUSED), (ONE, REWORDED), {"reference": "reworded"}),
        ((ONE, TWO), (ONE, THREE), {"reference": "reference"}),
        ((ONE, TWO), (ONE, REFUSED), {"reference": "reference"}),
        # Where the right way does another thing, to do the same is not to be right.
        ((ONE, TWO), (THREE, THREE), {"variant": "alike", "reference": "reference"}),
        # Where the two are one and stay one, it is told once.
        ((ONE, ONE), (TWO, TWO), {"reference": "reference"}),
        # What one device does alone is told by the other ways of running.
        (({**ONE, "alone": ONE}, TWO), ({**ONE, "alone": TWO}, TWO), {}),
    ],
)
def test_a_change_is_of_one_kind(before, after, kinds):
    assert {c["side"]: c["kind"] for c in found(before, after)} == kinds


def test_a_change_holds_what_was_before_and_what_is_there():
    [change] = found((ONE, TWO), (TWO, TWO), probe="masking")
    assert change == {
        "variant": "dice/a",
        "probe": "masking",
        "side": "variant",
        "kind": "mended",
        "before": ONE,
        "after": TWO,
        "key": "1",
    }


def test_ways_of_running_that_were_not_recorded_are_left_out():
    after = {"call": {"variant": ONE, "reference": TWO}}
    assert list(changes("dice/a", "1", {}, after)) == []


@pytest.mark.parametrize(
    ("holds_in", "version", "missed", "wrong"),
    [
        (None, "3.15.1", [], ""),
        (None, "3.15.1", ["call: declared 1"], "call: declared 1"),
        (">=3.6.0,<=3.15.1", "3.10.0", [], ""),
        (">=3.6.0,<=3.15.1", "3.16.0", ["call: declared 1"], ""),
        (
            ">=3.6.0,<=3.15.1",
            "3.15.1",
            ["call: declared 1"],
            "no longer broken in Keras 3.15.1: end its holds_in\ncall: declared 1",
        ),
        (
            ">=3.6.0,<=3.15.1",
            "3.16.0",
            [],
            "still broken in Keras 3.16.0: widen its holds_in",
        ),
    ],
)
def test_a_fault_must_be_seen_where_it_is_declared_and_nowhere_else(
    holds_in, version, missed, wrong
):
    assert verdict(holds_in, version, missed) == wrong


def test_a_declaration_that_does_not_hold_there_is_told():
    named = {variant.id: variant for variant in FAULTS}
    fault = named["dice/epsilon_below_only"]
    assert fault.holds_in == ">=3.6.0,<=3.15.1"
    told = [
        watch.amiss({"environment": {"keras": version}, "faults": {fault.id: held}})
        for version in ("3.6.0", "3.16.0")
        for held in (True, False)
    ]
    assert told == [
        [],
        [f"`{fault.id}`: no longer broken in Keras 3.6.0: end its holds_in"],
        [f"`{fault.id}`: still broken in Keras 3.16.0: widen its holds_in"],
        [],
    ]


@pytest.mark.parametrize(
    ("declared", "fault"),
    [
        (None, ""),
        (">=3.6.0,<=3.15.1", "a fault of Keras, seen in 3.6.0 to 3.15.1"),
        ("<3.12", "a fault of Keras, seen in <3.12"),
    ],
)
def test_a_fault_of_keras_names_its_versions(declared, fault):
    arguments = {"holds_in": ast.Constant(declared)} if declared else {}
    variant = replace(next(iter(registry.variants().values())), arguments=arguments)
    assert variant.fault == fault


@every_record
def test_faults_were_seen_where_they_are_declared(record):
    version = record["environment"]["keras"]
    assert record["faults"] == {
        variant.id: version in SpecifierSet(variant.holds_in) for variant in FAULTS
    }


@every_record
def test_a_record_holds_differences_only(record):
    for change in record["changes"]:
        assert not alike(change["before"], change["after"]), change["variant"]


@pytest.fixture
def fresh():
    """No outcome is kept from before, or for later."""
    outcome.cache_clear()
    yield
    outcome.cache_clear()


@pytest.mark.reference
def test_nothing_changes_in_the_reference_environment(fresh):
    variant = registry.variants()["dice/epsilon_below_only"]
    seen = watch.record([variant])
    assert seen["changes"] == []
    assert seen["faults"] == {variant.id: True}
    assert seen["environment"] == seen["against"]


@pytest.mark.reference
def test_a_keras_that_mends_its_fault_is_noticed(fresh, monkeypatch):
    def mended(y_true, y_pred, axis):
        y_true = keras.ops.cast(y_true, y_pred.dtype)
        overlap = keras.ops.sum(y_true * y_pred, axis)
        total = keras.ops.sum(y_true, axis) + keras.ops.sum(y_pred, axis)
        return 1 - (2 * overlap + 1) / (total + 1)

    monkeypatch.setattr(keras.losses, "dice", mended)
    monkeypatch.setattr(watch, "PROBES", ("call",))
    variant = registry.variants()["dice/epsilon_below_only"]
    seen = watch.record([variant])
    assert ("call", "mended") in {(c["probe"], c["kind"]) for c in seen["changes"]}
    assert seen["faults"] == {variant.id: False}
