"""The matrix shows the evidence of every environment, cell by cell, on the page and as
JSON, and nothing else."""

import json
import math
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from docs.generator import (
    cells as columns,
    devices,
    environments,
    matrix,
    shelf as shelves,
)
from docs.generator.outcome import PROBES, SIGNS, compare
from docs.generator.render import data, render
from losses import probes, registry

SHELF = shelves.read()
PAGES = render(SHELF)
PAGE = PAGES[matrix.PAGE]
DATA = data(SHELF)[matrix.DATA]
JSON = json.loads(DATA)
OTHERS = [name for name in registry.ENVIRONMENTS if name != registry.REFERENCE]
TESTED = [loss for loss in SHELF.losses.values() if loss.variants]

every_environment = pytest.mark.parametrize("environment", registry.ENVIRONMENTS)
every_other = pytest.mark.parametrize("environment", OTHERS)
every_loss = pytest.mark.parametrize("loss", TESTED, ids=lambda loss: loss.name)


class Tables(HTMLParser):
    """The tables of a page: `{label: (heads, [(attributes, cells)])}`, a head or a cell
    being its attributes and its text."""

    def __init__(self, text):
        super().__init__()
        self.found, self.cell = {}, None
        self.feed(re.sub(r"```.*?```", "", text, flags=re.DOTALL))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if given.get("role") == "region":
            self.heads, self.rows = self.found.setdefault(given["aria-label"], ([], []))
        elif tag == "tr":
            self.into = self.heads
            if "data-row" in given:
                self.into = []
                self.rows.append((given, self.into))
        elif tag in ("th", "td"):
            self.cell = [given, ""]
            self.into.append(self.cell)

    def handle_endtag(self, tag):
        if tag in ("th", "td"):
            self.cell = None

    def handle_data(self, text):
        if self.cell is not None:
            self.cell[1] += text


TABLES = Tables(PAGE).found


def recorded():
    """Straight from the files: `{(variant, environment, probe): both outcomes}`."""
    return {
        (f"{loss.name}/{name}", environment, probe): both
        for environment in registry.ENVIRONMENTS
        for loss in TESTED
        for name, record in registry.evidence(loss.name, environment)[
            "variants"
        ].items()
        for probe, both in record["probes"].items()
    }


RECORDED = recorded()


def kind_of(key):
    return compare(RECORDED[key]["variant"], RECORDED[key]["reference"])


def test_the_ways_of_running_are_those_that_run():
    assert list(PROBES) == list(probes.PROBES)
    assert list(columns.HEADS) == list(PROBES)
    for column in (PROBES, columns.HEADS):
        assert len(set(column.values())) == len(column)


def test_every_environment_was_run_in_every_way():
    assert {key[1:] for key in RECORDED} == {
        (environment, probe)
        for environment in registry.ENVIRONMENTS
        for probe in PROBES
    }


def test_the_json_is_the_evidence():
    cells = {
        (cell["variant"], cell["environment"], cell["probe"]): cell
        for cell in JSON["cells"]
    }
    assert len(cells) == len(JSON["cells"])
    assert cells.keys() == RECORDED.keys()
    for key, cell in cells.items():
        assert cell["wrong"] == RECORDED[key]["variant"]
        assert cell["right"] == RECORDED[key]["reference"]
        assert cell["kind"] == kind_of(key)


def test_the_json_is_the_same_every_time():
    assert data(shelves.read())[matrix.DATA] == DATA
    assert f'href="{matrix.DATA}"' in PAGE


@every_loss
def test_every_cell_of_the_page_is_one_of_the_json(loss):
    """A cell stands for those environments of its row that have its way of running."""
    heads, rows = TABLES[f"Matrix of {loss.name}"]
    columns = {
        number: (given["data-probe"], given.get("data-not", "").split())
        for number, (given, _) in enumerate(heads)
        if "data-probe" in given
    }
    assert [probe for probe, _ in columns.values()] == list(PROBES)
    shown = {}
    for given, cells in rows:
        assert len(cells) == len(heads)
        for number, (probe, missing) in columns.items():
            data, text = cells[number]
            sign, word = SIGNS[data["data-kind"]]
            assert text == sign + word
            assert data["title"] == word
            for environment in given["data-environments"].split():
                key = given["data-row"], environment, probe
                assert key not in shown
                away = environment in missing
                shown[key] = "absent" if away else data["data-kind"]
    cells = [
        cell for cell in JSON["cells"] if cell["variant"].startswith(f"{loss.name}/")
    ]
    assert shown == {
        (cell["variant"], cell["environment"], cell["probe"]): cell["kind"]
        for cell in cells
    }


@every_loss
def test_a_cell_has_a_frame_where_the_environments_differ(loss):
    heads, rows = TABLES[f"Matrix of {loss.name}"]
    for given, cells in rows:
        for (head, _), (cell, _) in zip(heads, cells, strict=True):
            if "data-probe" in head:
                having = [
                    environment
                    for environment in registry.ENVIRONMENTS
                    if environment not in head.get("data-not", "").split()
                ]
                kinds = {
                    kind_of((given["data-row"], environment, head["data-probe"]))
                    for environment in having
                }
                ran = set(given["data-environments"].split()) & set(having)
                assert ("data-differs" in cell) == (len(kinds) > 1 and bool(ran))


@every_loss
def test_environments_that_agree_share_a_row(loss):
    _, rows = TABLES[f"Matrix of {loss.name}"]
    by_variant = {}
    for given, cells in rows:
        by_variant.setdefault(given["data-row"], []).append((given, cells))
    assert list(by_variant) == [variant.id for variant in loss.variants]
    for name, found in by_variant.items():
        assert [given.get("id") for given, _ in found] == [
            name,
            *[None] * (len(found) - 1),
        ]
        differ = any("data-differs" in cell for _, cells in found for cell, _ in cells)
        assert differ == (len(found) > 1)
        if len(found) == 1:
            assert found[0][1][1][1] == "all environments"
        record = SHELF.seen(SHELF.variants[name])
        known = f"{len(record['killed_by'])} of {record['value_tests']}"
        assert {cells[-1][1] for _, cells in found} == {known}


def test_a_column_says_where_it_is_missing():
    ran = {key[1:] for key in RECORDED if kind_of(key) != "absent"}
    _, rows = TABLES["Ways of running"]
    for loss in TESTED:
        heads, _ = TABLES[f"Matrix of {loss.name}"]
        for given, _ in heads:
            if "data-probe" in given:
                probe = given["data-probe"]
                missing = [e for e in registry.ENVIRONMENTS if (e, probe) not in ran]
                assert given.get("data-not", "").split() == missing
    for given, (_, _, where_, why) in rows:
        probe = given["data-row"]
        missing = [e for e in registry.ENVIRONMENTS if (e, probe) not in ran]
        assert where_[1] == f"{5 - len(missing)} of {len(registry.ENVIRONMENTS)}"
        for environment in missing:
            reasons = {
                both["variant"]["not_applicable"]
                for key, both in RECORDED.items()
                if key[1:] == (environment, probe)
            }
            assert environment in why[1]
            assert any(reason in why[1] for reason in reasons)


@every_environment
def test_the_summary_counts_the_cells(environment):
    counted = Counter(kind_of(key) for key in RECORDED if key[1] == environment)
    known = JSON["environments"][environment]
    assert {kind: n for kind, n in known["summary"].items() if n} == counted
    assert known["versions"] == registry.evidence("dice", environment)["environment"]
    _, rows = TABLES["Environments"]
    [cells] = [cells for given, cells in rows if given["data-row"] == environment]
    shown = {d["data-kind"]: int(text) for d, text in cells if "data-kind" in d}
    assert shown == known["summary"]
    assert all(version in cells[1][1] for version in known["versions"].values())
    assert cells[2][1] == known["recorded_by"]


def test_the_start_page_counts_what_was_compared():
    ran = [key for key in RECORDED if kind_of(key) != "absent"]
    said = " ".join(PAGES["index.md"].split())
    assert (
        f"{len(registry.ENVIRONMENTS)} environments · {len(PROBES)} ways of running · "
        f"{len(ran)} comparisons of wrong and right"
    ) in said


def value_apart(one, other):
    """Whether two values of an outcome differ by more than one in a hundred."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() != other.keys() or any(
            value_apart(one[k], other[k]) for k in one if k != "alone"
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) != len(other) or any(map(value_apart, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) > max(0.01 * max(abs(one), abs(other)), 0.01)
    return one != other


@every_other
def test_the_sentences_count_what_differs_from_the_reference_environment(environment):
    found = {"raises": {}, "silent": {}, "other": {}}
    for (variant, where_, probe), both in RECORDED.items():
        here = both["variant"]
        there = RECORDED[variant, registry.REFERENCE, probe]["variant"]
        if where_ != environment or "not_applicable" in {**here, **there}:
            continue
        if "raises" in here and "raises" not in there:
            found["raises"].setdefault(variant, []).append(probe)
        elif "raises" in there and "raises" not in here:
            found["silent"].setdefault(variant, []).append(probe)
        elif "returns" in here and value_apart(here, there):
            found["other"].setdefault(variant, []).append(probe)
    for what, variants in found.items():
        known = f'data-environment="{environment}" data-contrast="{what}"'
        [(text, count, said)] = re.findall(
            rf'(<(?:p|details) class="contrast" {known} data-count="(\d+)">'
            r"(.*?)</(?:p|details)>)",
            PAGE,
        )
        assert int(count) == len(variants)
        number = f"{len(variants)} of {len(SHELF.variants)} wrong" if variants else "no"
        assert f"<code>{environment}</code> {number} " in said
        items = re.findall(
            r'<li><a href="#(.*?)"><code>.*?</code></a> (.*?)</li>', text
        )
        assert items == [
            (variant, ", ".join(columns.head(probe) for probe in ways))
            for variant, ways in variants.items()
        ]


def test_the_filters_offer_what_there_is():
    [form] = re.findall("<form.*?</form>", PAGE)
    assert " hidden>" in form.partition("</label>")[0]
    for name, values in {
        "loss": [loss.name for loss in TESTED],
        "environment": registry.ENVIRONMENTS,
        "probe": PROBES,
        "kind": SIGNS,
    }.items():
        [select] = re.findall(rf'<select name="{name}">.*?</select>', form)
        assert re.findall('value="(.*?)"', select) == ["", *values]


def test_only_the_matrix_loads_its_script():
    loading = [path for path, text in PAGES.items() if matrix.SCRIPT in text]
    assert loading == [matrix.PAGE]
    assert (shelves.DOCS / matrix.SCRIPT).is_file()


def changed(environment, variant, probe, outcome):
    """The shelf, with another outcome of a wrong way there."""
    evidence = json.loads(json.dumps(SHELF.evidence_of(environment)))
    record = evidence[variant.loss]["variants"][variant.name]
    record["probes"][probe]["variant"] = outcome
    return replace(SHELF, elsewhere={**SHELF.elsewhere, environment: evidence})


def test_another_outcome_in_one_environment_gives_it_a_row():
    variant = next(iter(SHELF.variants.values()))
    before = environments.groups(SHELF, variant.id, environments.exists(SHELF))
    outcome = {"raises": "OddError", "message": "only here"}
    shelf = changed("keras-jax", variant, variant.probe, outcome)
    assert SHELF.cells[variant.id, "keras-jax", variant.probe].kind != "raises"
    after = environments.groups(shelf, variant.id, environments.exists(shelf))
    assert len(after) >= len(before)
    assert ["keras-jax"] in after
    here = environments.contrasts(shelf, "keras-jax")["raises"][variant.id]
    assert variant.probe in here


ANY = object()  # value, but no error


def compared(loss, environment, probe):
    """What the reference did there, beside what it should have done, computed anew: a
    direct call in the reference environment, its mean, or the same way of running."""
    changed_inputs = {
        "call",
        "gradient",
        "batch_of_one",
        "partial_batch",
        "sample_weight",
        "sample_weight_column",
        "sample_weight_by_position",
        "class_weight",
        "masking",
        "two_replicas_uneven",
    }
    for variant in loss.variants:
        seen = RECORDED[variant.id, environment, probe]["reference"]
        there = RECORDED[variant.id, registry.REFERENCE, probe]["reference"]
        direct = RECORDED[variant.id, registry.REFERENCE, "call"]["reference"]
        if probe not in changed_inputs and "returns" in direct:
            wanted = direct["returns"]
            if probe not in ("unknown_batch", "unknown_sizes", "torch_compile"):
                many = isinstance(wanted, dict) and "mean" in wanted
                wanted = wanted["mean"] if many else float(np.mean(np.float64(wanted)))
        elif "raises" in there and "raises" not in direct:
            wanted = ANY
        else:
            outcome = direct if probe.startswith(("unknown", "torch")) else there
            wanted = outcome.get("returns", outcome.get("raises"))
        if wanted is not None and "not_applicable" not in seen:
            if wanted is ANY:
                yield "raises" in seen, False
            else:
                yield seen.get("returns", seen.get("raises")), wanted


def alike(one, other):
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if not (isinstance(one, (int, float)) and isinstance(other, (int, float))):
        return str(one) == str(other)
    return math.isclose(one, other, rel_tol=1e-4, abs_tol=1e-4)


@every_loss
def test_a_loss_says_where_it_runs(loss):
    tables = Tables(PAGES[f"losses/{loss.name}.md"]).found
    _, rows = tables[f"Where {loss.name} runs"]
    assert [given["data-row"] for given, _ in rows] == list(registry.ENVIRONMENTS)
    apart = {}
    for given, (*_, ways, runs, same) in rows:
        pairs = {
            probe: list(compared(loss, given["data-row"], probe)) for probe in PROBES
        }
        fitting = {probe: [alike(*p) for p in found] for probe, found in pairs.items()}
        for probe, found in fitting.items():
            apart.setdefault(probe, []).append((len(found) - sum(found), len(found)))
        assert ways[1] == f"{sum(map(bool, pairs.values()))} of {len(PROBES)}"
        assert int(runs[1]) == sum(map(len, pairs.values()))
        assert int(same[1]) == sum(map(sum, fitting.values()))
    differing = {probe: n for probe, n in apart.items() if any(few for few, _ in n)}
    _, rows = tables.get(f"Where {loss.name} differs", ([], []))
    assert {
        given["data-row"]: [
            (int(cell["data-apart"]), int(cell["data-runs"])) for cell, _ in cells[1:]
        ]
        for given, cells in rows
    } == differing


@pytest.mark.parametrize(
    ("shared", "alone", "said"),
    [
        ({"returns": 0.97}, {"returns": 1.0}, "loss × 0.97"),
        ({"returns": 0.5}, {"returns": 0.25}, "loss × 2"),
        (
            {"returns": 0.5, "step": 0.5},
            {"returns": 0.5, "step": 1.0},
            "step × 0.5",
        ),
        ({"returns": 0.5}, {"returns": 0.0}, "0.5 instead of 0.0"),
        ({"returns": "nan"}, {"returns": 0.5}, "NaN instead of 0.5"),
        (
            {"raises": "ValueError", "message": "x"},
            {"returns": 0.5, "step": 1.0},
            "raises ValueError instead of 0.5, step 1.0",
        ),
    ],
)
def test_what_two_devices_give_is_told_as_a_factor(shared, alone, said):
    assert devices.factor(shared, alone) == said


def shared(loss, probe):
    """What the reference does on several devices and on one, by environment."""
    return [
        (key[1], both["reference"], both["reference"]["alone"])
        for key, both in RECORDED.items()
        if key[0].startswith(f"{loss.name}/")
        and key[2] == probe
        and "alone" in both["reference"]
    ]


@every_loss
def test_what_several_devices_give_is_told_of_each_loss(loss):
    text = PAGES[f"losses/{loss.name}.md"]
    for probe in devices.SHARED:
        seen = shared(loss, probe)
        shown = re.findall(rf'<li data-probe="{probe}" data-apart="(\d+)">', text)
        apart = [
            environment
            for environment, several, one in seen
            if any(
                not alike(several.get(part), one.get(part))
                for part in ("returns", "step", "raises")
            )
        ]
        assert shown == ([str(len(apart))] if seen else [])
        if probe == "two_replicas":
            assert seen, "two replicas are run in the reference environment"
            assert not apart, "a batch shared evenly is one batch"
    kind = "Batch-coupled" if "batch-coupled" in loss.doc.lower() else "Per-sample"
    assert f"<p><b>{kind}" in text
