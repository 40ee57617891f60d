"""The page *What changed between versions* shows what was recorded, and so does the
report of one version."""

import json
import re

import pytest

from docs.generator import watch
from docs.generator.render import navigation
from docs.tests.rendered import SITE, pages
from losses.evidence.versions import KINDS

pytestmark = pytest.mark.xdist_group("site")  # rendered once

FAULTS = [variant for variant in SITE.variants.values() if variant.holds_in]

ONE, TWO, THREE = ({"returns": [value, 0.5]} for value in (1.0, 2.0, 3.0))
REFUSED = {"raises": "ValueError", "message": "Shapes (2, 1) and (2,) differ"}
REWORDED = {"raises": "ValueError", "message": "Expected shape (2, 1), got (2,)"}
FAILED = {"raises": "TypeError", "message": "Shapes (2, 1) and (2,) differ"}

every_record = pytest.mark.parametrize(
    "record", SITE.watched.values(), ids=SITE.watched
)


def said(variant, before, after, **more):
    return {
        "variant": variant,
        "probe": "fit_graph",
        "side": "variant",
        "kind": "otherwise",
        "before": before,
        "after": after,
        "key": "1",
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
    assert watch.groups(changes) == [changes[:3], changes[3:]]


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
    assert watch.groups(changes) == [[changes[n] for n in group] for group in apart]


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
    assert watch.factor(before, after) == factor


def test_the_report_tells_each_change():
    changes = [
        said("dice/a", ONE, TWO, kind="mended"),
        said("dice/a", REFUSED, REWORDED, kind="reworded", probe="call"),
        said("dice/b", REFUSED, REWORDED, kind="reworded"),
    ]
    text = watch.report(
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


@pytest.mark.parametrize("variant", FAULTS, ids=lambda variant: variant.id)
def test_a_fault_of_keras_stands_at_its_variant(variant):
    text = pages()[f"losses/{variant.loss}.md"]
    section = text.split(f"{{ #{variant.name} }}")[1].partition("\n### ")[0]
    assert f'<span class="tag">{watch.escape(variant.fault)}</span>' in section


def test_the_page_is_on_the_site_and_in_its_navigation():
    assert pages()[watch.PAGE].strip() == watch.page(SITE).strip()
    assert watch.PAGE in json.dumps(navigation(SITE))


@every_record
def test_the_page_counts_what_was_recorded(record):
    by_kind = {kind: set() for kind in KINDS}
    for change in record["changes"]:
        by_kind[change["kind"]].add(change["variant"])
    changed = {change["variant"] for change in record["changes"]}
    row = re.escape(f'data-row="keras-{record["environment"]["keras"]}"')
    [cells] = re.findall(f"<tr {row}>.*?</th>(.*?)</tr>", pages()[watch.PAGE])
    assert re.findall("<td>(.*?)</td>", cells) == [
        str(record["variants"] - len(changed)),
        *(str(len(by_kind[kind])) for kind in KINDS),
    ]


@every_record
def test_the_page_shows_every_change_once(record):
    version = record["environment"]["keras"].replace(".", "-")
    page = pages()[watch.PAGE]
    section = page.split(f"{{ #keras-{version} }}")[1].partition("\n## ")[0]
    shown = re.findall(r">([a-z_]+/[a-z_0-9]+)</code></a> \((.*?)\)", section)
    listed = [(variant, probe) for variant, ways in shown for probe in ways.split(", ")]
    recorded = [(c["variant"], f"`{c['probe']}`") for c in record["changes"]]
    assert sorted(listed) == sorted(recorded)


def test_the_page_says_where_a_variant_has_another_text_now():
    changes = [said("dice/a", ONE, TWO), said("dice/b", THREE, TWO)]
    current = {"dice/a": "2", "dice/b": "1"}
    versions = {"keras": "3.9.0"}
    text = watch.report(
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
    assert re.findall("Recorded with an older text.*", text) == [
        "Recorded with an older text of `dice/a`."
    ]
