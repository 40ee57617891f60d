"""The matrix shows the evidence of every environment, cell by cell, on the page and as
JSON, and nothing else."""

import json
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import product
from math import isfinite

import pytest

from docs.generator import (
    cells as columns,
    devices,
    environments,
    matrix,
    portability,
    site_data,
)
from docs.generator.outcome import SIGNS, compare, numbers
from docs.generator.render import data
from docs.tests.rendered import SITE, fitting, pages
from losses.evidence import store
from losses.evidence.compare import ACROSS, NOTICED, same, together
from losses.evidence.environments import ENVIRONMENTS, OTHERS, REFERENCE
from losses.source import registry

pytestmark = pytest.mark.xdist_group("site")  # rendered once

PROBES = registry.probes()
TESTED = [loss for loss in SITE.losses.values() if loss.variants]

every_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)
every_other = pytest.mark.parametrize("environment", OTHERS)
every_loss = pytest.mark.parametrize("loss", TESTED, ids=lambda loss: loss.name)


def page():
    return pages()[matrix.PAGE]


@cache
def as_json():
    return json.loads(data(fitting())[matrix.DATA])


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


@cache
def tables():
    return Tables(page()).found


@cache
def recorded():
    """Straight from the files: `{(variant, environment, probe): both outcomes}`."""
    fitting()
    return {
        (variant, environment, probe): both
        for environment in ENVIRONMENTS
        for variant, probes in store.read(environment).cells.items()
        for probe, both in probes.items()
    }


@cache
def kind_of(key):
    return compare(recorded()[key]["variant"], recorded()[key]["reference"])


def test_each_column_and_each_phrase_is_of_one_probe():
    for part in ("column", "phrase"):
        told = {getattr(probe, part) for probe in PROBES.values()}
        assert len(told) == len(PROBES)
    assert columns.head(PROBES["gradient"]) == "gradient"
    assert columns.head(PROBES["torch_compile"]) == "torch.compile"
    assert columns.head(PROBES["fit_graph"]) == "fit graph"


def test_every_environment_was_run_in_every_way():
    assert {key[1:] for key in recorded()} == {
        (environment, probe) for environment in ENVIRONMENTS for probe in PROBES
    }


def test_the_json_is_the_evidence():
    cells = {
        (cell["variant"], cell["environment"], cell["probe"]): cell
        for cell in as_json()["cells"]
    }
    assert len(cells) == len(as_json()["cells"])
    assert cells.keys() == recorded().keys()
    for key, cell in cells.items():
        assert cell["wrong"] == recorded()[key]["variant"]
        assert cell["right"] == recorded()[key]["reference"]
        assert cell.get("mended", cell["right"]) == recorded()[key]["fix"]
        assert cell["kind"] == kind_of(key)


def test_the_json_is_the_same_every_time():
    again = data(site_data.read())[matrix.DATA]
    assert again == data(fitting())[matrix.DATA]
    assert f'href="{matrix.DATA}"' in page()


@every_loss
def test_every_cell_of_the_page_is_one_of_the_json(loss):
    """A cell stands for those environments of its row that have its way of running."""
    heads, rows = tables()[f"Matrix of {loss.name}"]
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
        cell
        for cell in as_json()["cells"]
        if cell["variant"].startswith(f"{loss.name}/")
    ]
    assert shown == {
        (cell["variant"], cell["environment"], cell["probe"]): cell["kind"]
        for cell in cells
    }


@every_loss
def test_a_cell_has_a_frame_where_the_environments_differ(loss):
    heads, rows = tables()[f"Matrix of {loss.name}"]
    for given, cells in rows:
        for (head, _), (cell, _) in zip(heads, cells, strict=True):
            if "data-probe" in head:
                having = [
                    environment
                    for environment in ENVIRONMENTS
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
    _, rows = tables()[f"Matrix of {loss.name}"]
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
        kills = store.document("kills")[name]
        known = f"{len(kills['killed_by'])} of {kills['value_tests']}"
        assert {cells[-1][1] for _, cells in found} == {known}


def test_a_column_says_where_it_is_missing():
    ran = {key[1:] for key in recorded() if kind_of(key) != "absent"}
    _, rows = tables()["Ways of running"]
    for loss in TESTED:
        heads, _ = tables()[f"Matrix of {loss.name}"]
        for given, _ in heads:
            if "data-probe" in given:
                probe = given["data-probe"]
                missing = [e for e in ENVIRONMENTS if (e, probe) not in ran]
                assert given.get("data-not", "").split() == missing
    for given, (_, _, where_, why) in rows:
        probe = given["data-row"]
        missing = [e for e in ENVIRONMENTS if (e, probe) not in ran]
        existing = len(ENVIRONMENTS) - len(missing)
        assert where_[1] == f"{existing} of {len(ENVIRONMENTS)}"
        for environment in missing:
            reasons = {
                side["not_applicable"]
                for key, both in recorded().items()
                for side in both.values()
                if key[1:] == (environment, probe) and "not_applicable" in side
            }
            assert environment in why[1]
            assert any(reason in why[1] for reason in reasons)


@every_environment
def test_the_summary_counts_the_cells(environment):
    counted = Counter(kind_of(key) for key in recorded() if key[1] == environment)
    known = as_json()["environments"][environment]
    assert {kind: n for kind, n in known["summary"].items() if n} == counted
    assert known["versions"] == store.versions(environment)
    _, rows = tables()["Environments"]
    [cells] = [cells for given, cells in rows if given["data-row"] == environment]
    shown = {d["data-kind"]: int(text) for d, text in cells if "data-kind" in d}
    assert shown == known["summary"]
    assert all(version in cells[1][1] for version in known["versions"].values())
    assert cells[2][1] == known["recorded_by"]


def test_the_start_page_counts_what_was_compared():
    ran = [key for key in recorded() if kind_of(key) != "absent"]
    said = " ".join(pages()["index.md"].split())
    assert (
        f"{len(ENVIRONMENTS)} environments · {len(PROBES)} ways of running · "
        f"{len(ran)} comparisons of wrong and right"
    ) in said


def contrast(here, there):
    """What differs between two outcomes of different environments, or None."""
    if "not_applicable" in {**here, **there}:
        return None
    if "raises" in here or "raises" in there:
        if "raises" in here and "raises" in there:
            return None
        return "raises" if "raises" in here else "silent"
    return None if same(together(here), together(there), NOTICED) else "other"


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        (0.009, 0.0005, True),
        (1.0, 1.009, False),
        (1.0, 1.011, True),
        (0.0, 0.0000005, False),
        (0.0, 0.000002, True),
    ],
)
def test_small_numbers_are_held_apart_by_their_share(one, other, apart):
    sides = [{"returns": [value]} for value in (one, other)]
    assert same(*sides, NOTICED) is not apart


@every_other
def test_the_sentences_count_what_differs_from_the_reference_environment(environment):
    found = {"raises": {}, "silent": {}, "other": {}}
    for (variant, where_, probe), both in recorded().items():
        if where_ != environment:
            continue
        home = recorded()[variant, REFERENCE, probe]
        what = contrast(both["variant"], home["variant"])
        too = contrast(both["reference"], home["reference"])
        if what and what != too:
            found[what].setdefault(variant, []).append(probe)
    for what, variants in found.items():
        known = f'data-environment="{environment}" data-contrast="{what}"'
        [(text, count, said)] = re.findall(
            rf'(<(?:p|details) class="contrast" {known} data-count="(\d+)">'
            r"(.*?)</(?:p|details)>)",
            page(),
        )
        assert int(count) == len(variants)
        number = (
            f"{len(variants)} of {len(SITE.variants)} variants" if variants else "no"
        )
        assert f"<code>{environment}</code> {number} " in said
        assert (", in one way of running or more, " in said) == bool(variants)
        items = re.findall(
            r'<li><a href="#(.*?)"><code>.*?</code></a> (.*?)</li>', text
        )
        assert items == [
            (variant, ", ".join(columns.head(PROBES[probe]) for probe in ways))
            for variant, ways in variants.items()
        ]


def test_the_filters_offer_what_there_is():
    [form] = re.findall("<form.*?</form>", page())
    assert " hidden>" in form.partition("</label>")[0]
    for name, values in {
        "loss": [loss.name for loss in TESTED],
        "environment": ENVIRONMENTS,
        "probe": PROBES,
        "kind": SIGNS,
    }.items():
        [select] = re.findall(rf'<select name="{name}">.*?</select>', form)
        assert re.findall('value="(.*?)"', select) == ["", *values]
    boxes = re.findall('<input type="checkbox" name="(.*?)"( checked)?>', form)
    assert boxes == [("differ", " checked"), ("words", "")]


def test_only_the_matrix_loads_its_script():
    loading = [path for path, text in pages().items() if matrix.SCRIPT in text]
    assert loading == [matrix.PAGE]
    assert (site_data.DOCS / matrix.SCRIPT).is_file()


def changed(environment, id_, probe, **sides):
    """The site, with another outcome there, of the variant or of its reference."""
    evidence = fitting().evidence[environment]
    probes = evidence.cells[id_]
    both = {**probes[probe], **sides}
    cells = {**evidence.cells, id_: {**probes, probe: both}}
    evidence = replace(evidence, cells=cells)
    return replace(SITE, evidence={**SITE.evidence, environment: evidence})


def test_a_value_where_the_reference_environment_refuses_is_a_difference():
    refused = {"raises": "OddError", "message": "only at home"}
    variant = next(
        v
        for v in fitting().variants.values()
        if "returns" in SITE.cells[v.id, "keras-jax", "sample_weight"].reference
    )
    site = changed(REFERENCE, variant.id, "sample_weight", reference=refused)
    loss = site.losses[variant.loss]
    seen = site.cells[variant.id, "keras-jax", "sample_weight"].reference
    pairs = portability.outcomes(site, loss, "keras-jax", "sample_weight")
    assert (seen, refused) in pairs
    text, data = portability._cell(site, loss, "keras-jax", "sample_weight")
    assert "raises nothing" in text
    assert int(data["data-apart"]) >= 1


@pytest.mark.parametrize(
    ("one", "other", "parts"),
    [
        ({"returns": 0.5, "step": 1.0}, {"returns": 0.5, "step": 1.0}, []),
        ({"returns": 0.5, "step": 1.0}, {"returns": 0.5}, []),
        ({"returns": 0.5, "step": 1.0}, {"returns": 0.5, "step": 1.01}, ["step"]),
        (
            {"returns": 0.0005, "step": 1.0},
            {"returns": 0.0006, "step": 2.0},
            ["returns", "step"],
        ),
        ({"raises": "A", "message": "x"}, {"raises": "A", "message": "y"}, []),
        ({"raises": "A", "message": "x"}, {"raises": "B", "message": "x"}, ["raises"]),
        ({"returns": 0.5}, {"raises": "A", "message": "x"}, ["raises"]),
    ],
)
def test_in_what_two_runs_differ(one, other, parts):
    assert devices.differing(one, other) == parts
    assert devices.differing(other, one) == parts


def test_several_devices_that_raise_are_held_against_one():
    refused = {"raises": "OddError", "message": "only here"}
    variant = next(iter(SITE.variants.values()))
    site = changed("keras-jax", variant.id, "data_parallel", reference=refused)
    one = fitting().cells[variant.id, "keras-jax", "fit_xla"].reference
    told = devices.coupling(site, site.losses[variant.loss], "data_parallel")
    assert (refused, one) in told
    assert devices.differing(refused, one) == ["raises"]


def test_another_outcome_in_one_environment_gives_it_a_row():
    variant = next(iter(SITE.variants.values()))
    before = environments.groups(fitting(), variant.id, environments.exists(SITE))
    outcome = {"raises": "OddError", "message": "only here"}
    site = changed("keras-jax", variant.id, variant.probe, variant=outcome)
    assert SITE.cells[variant.id, "keras-jax", variant.probe].kind != "raises"
    after = environments.groups(site, variant.id, environments.exists(site))
    assert len(after) >= len(before)
    assert ["keras-jax"] in after
    here = environments.contrasts(site, "keras-jax")["raises"][variant.id]
    assert variant.probe in here


def test_what_the_environment_itself_cannot_do_is_not_held_against_a_wrong_way():
    refused = {"raises": "OddError", "message": "only here"}
    variant = next(
        v
        for v in fitting().variants.values()
        if "returns" in SITE.cells[v.id, REFERENCE, "call"].variant
        and "returns" in SITE.cells[v.id, REFERENCE, "call"].reference
    )
    site = changed("keras-jax", variant.id, "call", variant=refused)
    told = environments.contrasts(site, "keras-jax")["raises"]
    assert "call" in told[variant.id]
    site = changed("keras-jax", variant.id, "call", variant=refused, reference=refused)
    told = environments.contrasts(site, "keras-jax")["raises"]
    assert "call" not in told.get(variant.id, ())


def compared(loss, environment, probe):
    """What the reference did there, beside what it should have done, computed anew: a
    direct call in the reference environment, its mean with the step of `fit`, or the
    same way of running; None beside a run that is held against nothing."""
    compared_with = PROBES[probe].compared_with
    for variant in loss.variants:
        seen = recorded()[variant.id, environment, probe]["reference"]
        there = recorded()[variant.id, REFERENCE, probe]["reference"]
        direct = recorded()[variant.id, REFERENCE, "call"]["reference"]
        fitted = recorded()[variant.id, REFERENCE, "fit_graph"]["reference"]
        if "not_applicable" in seen:
            continue
        if compared_with == "call":
            yield seen, direct
        elif compared_with == "fit_graph" and "returns" in direct:
            yield seen, {"returns": mean(direct["returns"]), "step": fitted.get("step")}
        elif environment == REFERENCE or "not_applicable" in there:
            yield seen, None
        else:
            yield seen, there


def mean(value):
    if isinstance(value, dict) and "mean" in value:
        return value["mean"]
    found = [float(number) for number in numbers(value)]
    result = sum(found) / len(found)
    return result if isfinite(result) else str(result)


def fits(seen, wanted):
    """The same error; or the same value, and the same step where there are two."""
    if "raises" in seen or "raises" in wanted:
        return seen.get("raises") == wanted.get("raises")
    steps = [side.get("step") for side in (seen, wanted)]
    return same(seen["returns"], wanted["returns"], ACROSS) and (
        None in steps or same(*steps, ACROSS)
    )


@every_loss
def test_a_loss_says_where_it_runs(loss):
    shown = Tables(pages()[f"losses/{loss.name}.md"]).found
    _, rows = shown[f"Where {loss.name} runs"]
    assert [given["data-row"] for given, _ in rows] == list(ENVIRONMENTS)
    apart = {}
    for given, (*_, ways, runs, held, same_) in rows:
        pairs = {
            probe: list(compared(loss, given["data-row"], probe)) for probe in PROBES
        }
        fitting = {
            probe: [fits(*pair) for pair in found if pair[1] is not None]
            for probe, found in pairs.items()
        }
        for probe, found in fitting.items():
            apart.setdefault(probe, []).append((len(found) - sum(found), len(found)))
        assert ways[1] == f"{sum(map(bool, pairs.values()))} of {len(PROBES)}"
        assert int(runs[1]) == sum(map(len, pairs.values()))
        assert int(held[1]) == sum(map(len, fitting.values()))
        assert int(same_[1]) == sum(map(sum, fitting.values()))
    differing = {probe: n for probe, n in apart.items() if any(few for few, _ in n)}
    _, rows = shown.get(f"Where {loss.name} differs", ([], []))
    assert {
        given["data-row"]: [
            (int(cell["data-apart"]), int(cell["data-held"])) for cell, _ in cells[1:]
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
    """What the reference does on several devices and on one, by environment. Where it
    raises on several there is nothing `alone`: one is that of `fit`."""
    for variant, environment in product(loss.variants, ENVIRONMENTS):
        seen = recorded()[variant.id, environment, probe]["reference"]
        if "not_applicable" not in seen:
            fit = "fit_xla" if environment == "keras-jax" else "fit_graph"
            fitted = recorded()[variant.id, environment, fit]["reference"]
            yield environment, seen, seen.get("alone", fitted)


@every_loss
def test_what_several_devices_give_is_told_of_each_loss(loss):
    text = pages()[f"losses/{loss.name}.md"]
    for probe in devices.shared(SITE):
        seen = list(shared(loss, probe))
        shown = re.findall(rf'<li data-probe="{probe}" data-apart="(\d+)">', text)
        apart = [
            environment for environment, several, one in seen if not fits(several, one)
        ]
        assert shown == ([str(len(apart))] if seen else [])
        if probe == "two_replicas":
            assert seen, "two replicas are run in the reference environment"
            assert not apart, "a batch shared evenly is one batch"
    kind = "Batch-coupled" if "batch-coupled" in loss.doc.lower() else "Per-sample"
    assert f"<p><b>{kind}" in text
