"""What another version of Keras changes is found, sorted and told. The site shows it as
it was recorded."""

import ast
import json
import re
from dataclasses import replace

import keras
import pytest
from packaging.specifiers import SpecifierSet

from docs.generator import watch as pages
from docs.generator.render import navigation
from losses.evidence import store
from losses.source import registry
from tests import rendered, watch
from tests.rendered import SHELF

RECORDS = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted((store.DATA / "watch").glob("*.json"))
}
FAULTS = [variant for variant in registry.variants().values() if variant.holds_in]

ONE, TWO, THREE = ({"returns": [value, 0.5]} for value in (1.0, 2.0, 3.0))
REFUSED = {"raises": "ValueError", "message": "Shapes (2, 1) and (2,) differ"}
REWORDED = {"raises": "ValueError", "message": "Expected shape (2, 1), got (2,)"}
FAILED = {"raises": "TypeError", "message": "Shapes (2, 1) and (2,) differ"}

assert RECORDS, "make watch KERAS=3.10.0"
every_record = pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)


def found(before, after, probe="call"):
    """The changes from one (variant, reference) to another."""
    records = ({probe: dict(zip(watch.SIDES, both))} for both in (before, after))
    return list(watch.changes("dice/a", "sha256:1", *records))


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
        "source": "sha256:1",
    }


def test_ways_of_running_that_were_not_recorded_are_left_out():
    after = {"call": {"variant": ONE, "reference": TWO}}
    assert list(watch.changes("dice/a", "sha256:1", {}, after)) == []


def said(variant, before, after, **more):
    return {
        "variant": variant,
        "probe": "fit_graph",
        "side": "variant",
        "kind": "otherwise",
        "before": before,
        "after": after,
        "source": "sha256:1",
        **more,
    }


def test_one_message_that_was_reworded_is_one_entry():
    other = {**REFUSED, "message": "Shapes (4, 8, 8) and (4, 8) differ"}
    changes = [
        said("dice/a", REFUSED, REWORDED, kind="reworded"),
        said("dice/b", other, REWORDED, kind="reworded"),
        said("dice/b", other, REWORDED, kind="reworded", probe="call"),
        said("dice/c", FAILED, {**FAILED, "message": "Another"}, kind="reworded"),
    ]
    assert pages.groups(changes) == [changes[:3], changes[3:]]


def test_values_that_are_multiplied_alike_are_one_entry():
    twice = {"returns": [2.0, 1.0], "step": 4.0}, {"returns": [4.0, 2.0], "step": 8.0}
    tens = {"returns": 10.0, "step": 1.0}, {"returns": 20.0, "step": 2.0}
    changes = [
        said("dice/a", *twice),
        said("dice/b", ONE, THREE),
        said("dice/c", *tens),
        said("dice/d", ONE, THREE),
        said("dice/e", *tens, probe="save_load"),
        said("dice/e", ONE, THREE),
    ]
    apart = [[0, 2], [1], [3], [4, 5]]
    assert pages.groups(changes) == [[changes[n] for n in group] for group in apart]


@pytest.mark.parametrize(
    ("before", "after", "factor"),
    [
        ({"returns": 2.0, "step": 3.0}, {"returns": 4.0, "step": 3.0}, (2.0, 1.0)),
        ({"returns": [2.0, 0.0]}, {"returns": [1.0, 0.0]}, (0.5, 1.0)),
        ({"returns": [2.0, 0.0]}, {"returns": [1.0, 1.0]}, (None, 1.0)),
        ({"returns": [2.0, 1.0]}, {"returns": [1.0, 1.0]}, (None, 1.0)),
        ({"returns": ["nan", 1.0]}, {"returns": [1.0, 1.0]}, (None, 1.0)),
        ({"returns": [2.0]}, {"returns": 4.0}, None),
        ({"returns": 2.0}, REFUSED, None),
    ],
)
def test_a_factor_is_found_where_all_numbers_have_it(before, after, factor):
    assert pages.factor(before, after) == factor


def test_the_report_tells_each_change():
    changes = [
        said("dice/a", ONE, TWO, kind="mended"),
        said("dice/a", REFUSED, REWORDED, kind="reworded", probe="call"),
        said("dice/b", REFUSED, REWORDED, kind="reworded"),
    ]
    text = pages.report(
        {
            "environment": {"keras": "3.9.0", "tensorflow": "2.20.0"},
            "against": {"keras": "3.15.1", "tensorflow": "2.21.0"},
            "probes": ["call", "fit_graph"],
            "variants": 5,
            "faults": {},
            "changes": changes,
        }
    )
    parts = text.split("\n\n")
    assert parts[:2] == [
        "## Keras 3.9.0 { #keras-3-9-0 }",
        "Keras 3.9.0 · TensorFlow 2.20.0, beside Keras 3.15.1 · TensorFlow 2.21.0. "
        "5 variants: 3 the same, 1 not broken there, 2 other words. Ways of "
        "running: `call` and `fit_graph`.",
    ]
    assert [part for part in parts if part.startswith("###")] == [
        "### Not broken there { #mended-3-9-0 }",
        "### Other words { #reworded-3-9-0 }",
    ]
    assert parts[-2:] == [
        "For example `dice/a`, `call`:",
        "```text\n"
        "3.15.1  raises ValueError\n"
        "        Shapes (2, 1) and (2,) differ\n"
        "3.9.0   raises ValueError\n"
        "        Expected shape (2, 1), got (2,)\n"
        "```",
    ]
    assert "**1 variant: another value.** `dice/a` (`fit_graph`)." in parts
    assert (
        "**2 variants: `ValueError` in other words.** "
        "`dice/a` (`call`), `dice/b` (`fit_graph`)." in parts
    )


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
    from tests.test_variants import verdict

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


@pytest.mark.parametrize("variant", FAULTS, ids=lambda variant: variant.id)
def test_a_fault_of_keras_stands_at_its_variant(variant):
    text = rendered.pages()[f"losses/{variant.loss}.md"]
    section = text.split(f"{{ #{variant.name} }}")[1].partition("\n### ")[0]
    assert f'<span class="tag">{pages.escape(variant.fault)}</span>' in section


def test_the_page_is_on_the_site_and_in_its_navigation():
    assert rendered.pages()[pages.PAGE].strip() == pages.page(SHELF).strip()
    assert pages.PAGE in json.dumps(navigation(SHELF))


@every_record
def test_the_page_counts_what_was_recorded(record):
    by_kind = {kind: set() for kind in pages.KINDS}
    for change in record["changes"]:
        by_kind[change["kind"]].add(change["variant"])
    changed = {change["variant"] for change in record["changes"]}
    row = re.escape(f'data-row="keras-{record["environment"]["keras"]}"')
    [cells] = re.findall(f"<tr {row}>.*?</th>(.*?)</tr>", rendered.pages()[pages.PAGE])
    assert re.findall("<td>(.*?)</td>", cells) == [
        str(record["variants"] - len(changed)),
        *(str(len(by_kind[kind])) for kind in pages.KINDS),
    ]


@every_record
def test_the_page_shows_every_change_once(record):
    version = record["environment"]["keras"].replace(".", "-")
    page = rendered.pages()[pages.PAGE]
    section = page.split(f"{{ #keras-{version} }}")[1].partition("\n## ")[0]
    shown = re.findall(r">([a-z_]+/[a-z_0-9]+)</code></a> \((.*?)\)", section)
    listed = [(variant, probe) for variant, ways in shown for probe in ways.split(", ")]
    recorded = [(c["variant"], f"`{c['probe']}`") for c in record["changes"]]
    assert sorted(listed) == sorted(recorded)


@every_record
def test_a_record_holds_differences_only(record):
    for change in record["changes"]:
        assert not watch.alike(change["before"], change["after"]), change["variant"]


def test_the_page_says_where_a_variant_has_another_text_now():
    changes = [said("dice/a", ONE, TWO), said("dice/b", THREE, TWO)]
    current = {"dice/a": "sha256:2", "dice/b": "sha256:1"}
    versions = {"keras": "3.9.0"}
    text = pages.report(
        {
            "environment": versions,
            "against": versions,
            "probes": ["fit_graph"],
            "variants": 2,
            "faults": {},
            "changes": changes,
        },
        wanted=current,
    )
    assert re.findall("Seen with an older text.*", text) == [
        "Seen with an older text of `dice/a`."
    ]


@pytest.fixture
def fresh():
    """No outcome is kept from before, or for later."""
    from tests.test_variants import seen

    seen.cache_clear()
    yield
    seen.cache_clear()


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
    variant = registry.variants()["dice/epsilon_below_only"]
    seen = watch.record([variant])
    assert ("call", "mended") in {(c["probe"], c["kind"]) for c in seen["changes"]}
    assert seen["faults"] == {variant.id: False}
