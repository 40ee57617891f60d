"""The site shows what is on the site_data and what was seen of it, and nothing else.

The pages are tested as text here. Where mkdocs is installed, `python -m docs.generator
prove` and `check` test the build and what was built.
"""

import ast
import builtins
import json
import re
from html.parser import HTMLParser

import pytest

from docs.generator import check, costs, site_data
from docs.generator.costs import figure
from docs.generator.mistakes import messages
from docs.generator.outcome import MANY, SIGNS, compare
from docs.generator.pairs import changed
from docs.generator.render import fill, navigation, render
from docs.generator.text import entries, first_clause, inline, sections, table
from docs.tests.rendered import SITE, fitting, pages
from losses.evidence import fixes
from losses.source import registry
from losses.source.phrases import ways as in_words

pytestmark = pytest.mark.xdist_group("site")  # rendered once

VARIANTS = list(SITE.variants.values())
CLAIMS = list(SITE.claims)


class Rows(HTMLParser):
    """The tables of a page: `{label: {row: [(attributes, text), ...]}}`."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.label, self.row, self.cell = {}, None, None, None
        self.feed(re.sub(r"```.*?```", "", text, flags=re.DOTALL))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if given.get("role") == "region":
            self.label = given["aria-label"]
            self.tables[self.label] = {}
        elif tag == "tr" and "data-row" in given:
            self.row = self.tables[self.label].setdefault(given["data-row"], [])
        elif tag == "td":
            self.cell = [given, ""]
            self.row.append(self.cell)

    def handle_endtag(self, tag):
        if tag == "td":
            self.cell = None

    def handle_data(self, text):
        if self.cell is not None:
            self.cell[1] += text


def page_of(loss):
    return pages()[f"losses/{loss}.md"]


def section_of(variant):
    _, found = page_of(variant.loss).split(f"{{ #{variant.name} }}")
    return found.split("\n### ")[0]


def numbers(value):
    """Every number in an outcome, in order; NaN and the infinities as text."""
    if isinstance(value, dict):
        return [n for part in value.values() for n in numbers(part)]
    if isinstance(value, list):
        return [n for part in value for n in numbers(part)]
    return [] if value is None else [str(value)]


def shown_numbers(text):
    found = re.findall(r"-?\d[\d.]*(?:e[+-]?\d+)?|NaN|-?∞", text)
    return [{"NaN": "nan", "∞": "inf", "-∞": "-inf"}.get(n, n) for n in found]


def assert_shows(cell, outcome):
    """A cell shows an outcome, and carries all of it unless that is long."""
    data, text = cell
    carried = json.loads(data["data-seen"])
    if "raises" in outcome:
        assert carried == outcome
        assert outcome["raises"] in text
    elif "not_applicable" in outcome:
        assert carried == outcome
        assert outcome["not_applicable"] in text
    else:
        expected = numbers(outcome["returns"])
        if len(expected) > MANY:
            finite = [float(n) for n in expected if n not in ("nan", "inf", "-inf")]
            others = set(expected) & {"nan", "inf", "-inf"}
            ends = [str(min(finite)), str(max(finite))] if finite else []
            shown = shown_numbers(text)[: 1 + len(ends) + len(others)]
            assert shown[: 1 + len(ends)] == [str(len(expected)), *ends]
            assert set(shown[1 + len(ends) :]) == others
        else:
            assert carried == outcome
            assert shown_numbers(text)[: len(expected)] == expected
        if "step" in outcome:
            [step] = re.findall(r"step (\S+?)(?=;|$| )", text.partition(";")[0])
            assert shown_numbers(step) == numbers(outcome["step"])


def test_every_loss_has_a_page_and_a_row():
    listed = Rows(pages()["losses/index.md"]).tables.values()
    assert {row for rows in listed for row in rows} == set(SITE.losses)
    for name, loss in SITE.losses.items():
        assert loss.title.split("`")[0].strip() in page_of(name)
        assert loss.class_name in page_of(name)
        assert f"::: losses.{name}\n" in pages()["api.md"]


def test_every_variant_has_a_section_and_a_mistake():
    listed = re.findall(r'data-variant="(\S+?)"', pages()["mistakes.md"])
    assert sorted(listed) == sorted(SITE.variants)
    for variant in VARIANTS:
        assert page_of(variant.loss).count(f"{{ #{variant.name} }}") == 1


def test_every_claim_is_listed_once_by_its_source():
    tables = Rows(pages()["heard/index.md"]).tables
    rows = {row: cells for label in tables for row, cells in tables[label].items()}
    assert sorted(rows) == sorted(claim.id for claim in CLAIMS)
    for claim in CLAIMS:
        (_, where), (data, _) = rows[claim.id]
        assert claim.source.endswith(where)
        assert data["data-verdict"] == SITE.record(claim)["verdict"]
        assert f"{{ #{claim.name} }}" in pages()[f"heard/{claim.subject}.md"]


def test_the_sidebar_leads_to_every_page_but_no_variant():
    def leaves(part):
        if isinstance(part, str):
            return [part]
        parts = part.values() if isinstance(part, dict) else part
        return [leaf for each in parts for leaf in leaves(each)]

    parts = navigation(SITE)
    names = [name for part in parts for name in part]
    assert len(set(names)) == len(names)
    assert sorted(leaves(parts)) == sorted(pages())


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.id)
def test_a_variant_shows_what_was_seen(variant):
    tables = Rows(section_of(variant)).tables
    cells = SITE.cells_of(variant)
    different, same = {}, {}
    for label, rows in tables.items():
        shown = same if label == f"No difference: {variant.id}" else different
        shown |= {
            probe: cells for ways, cells in rows.items() for probe in ways.split()
        }
    assert {*different, *same} == set(cells)
    for probe, seen in cells.items():
        wrong, right, difference = (different if probe in different else same)[probe]
        for cell, side in ((wrong, "variant"), (right, "reference")):
            assert cell[0]["data-side"] == side
            assert_shows(cell, getattr(seen, side))
        assert difference[0]["data-kind"] == seen.kind
        assert (probe in same) == (seen.kind in ("same", "absent"))


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.id)
def test_a_variant_shows_its_code_its_tests_and_its_environment(variant):
    text, kills = section_of(variant), SITE.kills(variant)
    assert all(variant.runnable(side) in text for side in ("code", "fix"))
    assert f'data-killed="{len(kills["killed_by"])}"' in text
    assert f'data-tests="{kills["value_tests"]}"' in text
    assert all(v in text for v in SITE.versions().values())


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.id)
def test_a_variant_says_in_how_many_ways_its_fix_does_what_is_right(variant):
    """Those in which it does not are named, with the reason, and environments where
    that is otherwise."""
    text, found = section_of(variant), SITE.differences(variant)
    apart = [probe for probe, what in found.items() if what]
    if {found[probe] for probe in apart} == {"gradient"}:
        said = f"in all {len(found)} ways of running, and another gradient in "
        said += str(len(apart))
    else:
        said = f"in {len(found) - len(apart)} of {len(found)} ways of running"
        named = inline(in_words(SITE.probes, apart, [*found]))
        said += f", not in {named}" if apart else ""
    assert said in text
    told = text.partition(said)[2].partition("Ready to use")[0]
    assert inline(variant.fix_differs) in told
    for name in fixes.ASKED[1:]:
        there = SITE.differences(variant, name)
        other = any(what != found.get(p, "") for p, what in there.items())
        assert (f"on <code>{name}</code> " in told) == other
        apart = sum(map(bool, there.values()))
        same = len(there) - apart
        assert not other or f"in {apart} of" in told or f"in {same} of" in told


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.id)
def test_a_claim_shows_what_was_seen(claim):
    tables = Rows(pages()[f"heard/{claim.subject}.md"]).tables
    record = SITE.record(claim)
    for part, ways in record["seen"].items():
        shown = []
        for key, cells in tables[f"{claim.id}: {part}"].items():
            for way in key.removeprefix(f"{claim.id}/{part}/").split():
                shown.append(way)
                assert_shows(cells[0], ways[way])
                assert ways[way].get("message", "") in cells[0][1]
                if part in record["held"]:
                    held = way in record["held"][part]
                    assert cells[1][0]["data-held"] == str(held)
        assert sorted(shown) == sorted(ways)


def test_every_error_of_a_wrong_way_can_be_searched_for():
    text = pages()["mistakes.md"]
    for variant in VARIANTS:
        for message in messages(SITE, variant):
            assert inline(message.splitlines()[0])[:40].split("<")[0] in text


def test_every_demonstration_is_drawn():
    for demo in SITE.demos.values():
        for run in demo["runs"]:
            if run["wrong"]:
                assert f'data-run="{run["name"]}"' in pages()["costs.md"]
                loss = run["name"].partition("/")[0]
                assert f'data-run="{run["name"]}"' in page_of(loss)


def test_rendering_twice_gives_the_same_text():
    assert pages() == render(site_data.read())


def test_no_page_holds_an_absolute_path_or_what_was_not_filled_in():
    for path, text in pages().items():
        assert str(registry.HERE.parent) not in text, path
        assert "<!-- " not in text, path


@pytest.mark.parametrize(
    ("wrong", "right", "kind"),
    [
        ({"returns": [0.5]}, {"returns": [0.5]}, "same"),
        ({"returns": 0.693147}, {"returns": 0.693148}, "same"),
        ({"returns": "nan"}, {"returns": "nan"}, "same"),
        ({"returns": 0.5}, {"returns": 0.6}, "value"),
        ({"returns": "nan"}, {"returns": 0.6}, "value"),
        ({"returns": 0.5}, {"returns": [0.5]}, "shape"),
        ({"returns": [0.5], "kind": "list"}, {"returns": [0.5]}, "shape"),
        ({"returns": 0.5, "step": 1.0}, {"returns": 0.5, "step": 2.0}, "step"),
        ({"returns": 0.5}, {"raises": "ValueError", "message": ""}, "silent"),
        ({"raises": "ValueError", "message": ""}, {"returns": 0.5}, "raises"),
        ({"raises": "A", "message": "x"}, {"raises": "A", "message": "y"}, "raises"),
        ({"raises": "A", "message": "x"}, {"raises": "A", "message": "x"}, "same"),
        ({"not_applicable": "a script"}, {"returns": 0.5}, "absent"),
        ({"returns": 0.5}, {"not_applicable": "a script"}, "absent"),
        ({"returns": 0.000500}, {"returns": 0.000507}, "value"),
        ({"returns": 0.0}, {"returns": 0.0000005}, "same"),
        ({"returns": 0.5, "alone": {"returns": 0.1}}, {"returns": 0.5}, "same"),
    ],
)
def test_how_two_outcomes_differ(wrong, right, kind):
    assert compare(wrong, right) == kind


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.id)
def test_code_to_copy_brings_its_names(variant):
    """What a side uses is imported, defined in it, or built in."""
    for side in ("code", "fix"):
        nodes = list(ast.walk(ast.parse(variant.runnable(side))))
        names = [node for node in nodes if isinstance(node, ast.Name)]
        bound = {n.id for n in names if not isinstance(n.ctx, ast.Load)} | {
            *dir(builtins)
        }
        for node in nodes:
            if isinstance(node, ast.alias):
                bound.add(node.asname or node.name.partition(".")[0])
            bound.add(getattr(node, "name", None) or getattr(node, "arg", None))
        assert {n.id for n in names} <= bound


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.id)
def test_as_many_lines_are_marked_as_the_title_says(variant):
    out, new = changed(*map(variant.runnable, ("code", "fix")))
    assert max(len(out), len(new)) <= variant.changed_lines <= len(out) + len(new)
    assert ("taken out" in variant.change) == (not new)
    assert ("put in" in variant.change) == (not out)


def test_changed_lines_are_those_that_differ():
    wrong = "def a(y):\n    x = 1\n    return x"
    right = "def a(y):\n    x = 2\n\n    z = 3\n    return x"
    assert changed(wrong, right) == [[2], [2, 4]]


def test_a_docstring_falls_into_its_sections():
    doc = (
        "Title.\n\n    formula\n\nArgs:\n    a: one\n        two; three.\n    b: four."
    )
    parts = sections(doc)
    assert parts[""] == "Title.\n\n    formula"
    assert entries(parts["Args"]) == {"a": "one two; three.", "b": "four."}
    assert first_clause("`(batch, ...)` of any kind; more. And more.") == (
        "`(batch, ...)` of any kind"
    )


def test_text_from_outside_is_escaped():
    assert inline("a < b, `c < d`") == "a &lt; b, <code>c &lt; d</code>"
    cell = ("x", {"data-seen": '{"a": "<b>"}'})
    assert 'data-seen="{&quot;a&quot;: &quot;&lt;b&gt;&quot;}"' in table(
        ["head"], [[("first", "key"), cell]], "name", "label"
    )


def test_a_page_by_hand_gets_its_numbers_and_examples():
    variant = VARIANTS[0]
    text = fill(
        fitting(), "index.md", f"<!-- count: losses -->\n<!-- show: {variant.id} -->"
    )
    assert text.startswith(f"{len(SITE.losses)}\n")
    assert variant.title in text
    with pytest.raises(KeyError):
        fill(SITE, "index.md", "<!-- show: dice/no_such_variant -->")
    with pytest.raises(KeyError):
        fill(SITE, "index.md", "<!-- count: sheep -->")


def test_a_figure_says_what_it_shows():
    variant = VARIANTS[0]
    demo = {
        "metric": "accuracy",
        "better": "higher",
        "also": {"box error": "lower"},
        "judged_on": "held-out data",
        "seeds": [0, 1],
        "runs": [
            {
                "name": variant.loss,
                "wrong": False,
                "loss": [0.4, 0.2],
                "metric": [0.8, 0.96],
                "also": {"box error": [2.0, 1.0]},
                "final": {"accuracy": [0.95, 0.97], "box error": [0.8, 1.2]},
            },
            {
                "name": variant.id,
                "wrong": True,
                "loss": [0.4, "nan"],
                "metric": [0.75, 0.5],
                "also": {"box error": [3.0, 1.3]},
                "final": {"accuracy": [0.4, 0.6], "box error": [1.1, 1.5]},
            },
        ],
    }
    drawn = figure(SITE, "costs.md", demo, demo["runs"][1])
    caption = re.sub("<.*?>", "", drawn[drawn.index("<figcaption>") :]).strip()
    assert caption == (
        "After 2 epochs the accuracy on held-out data, where higher is better, is in "
        f"the mean of 2 seeds 0.5 with {variant.id} and 0.96 with {variant.loss}. "
        "The box error, where lower is better, is 1.3 and 1: no difference, the seeds "
        "of the two overlap."
    )
    titles = re.findall('class="title".*?>(.*?)<', drawn)
    assert titles == ["training loss", "accuracy", "box error"]
    # 300 wide with margins of 44: epochs at 44 and 256. 160 high with margins of 24:
    # of 0.5 … 0.96, 0.75 lies at 24 + 112 · (0.96 - 0.75) / 0.46 = 75.1, 0.5 at 136.
    assert '<path class="wrong" d="M44.0 75.1L256.0 136.0"/>' in drawn
    # The name of that line stands at its end, 4 lower, but not among the epochs.
    assert '<text class="wrong" x="261" y="136.0">wrong</text>' in drawn
    # The loss ends in NaN: one point, no line.
    assert '<path class="wrong" d="M44.0 24.0"/>' in drawn


@pytest.mark.parametrize(
    ("right", "wrong", "heights"),
    [
        ([1.0, 0.0], [1.0, 0.0], (124.0, 136.0)),  # both at 136: 12 apart, at the foot
        ([0.0, 1.0], [0.0, 1.0], (22.0, 34.0)),  # both at 24, and 4: 6 up and 6 down
        ([0.0, 1.0], [1.0, 0.0], (28.0, 136.0)),  # far apart
    ],
)
def test_names_of_lines_are_kept_apart(right, wrong, heights):
    drawn = costs._plot("loss", right, wrong)
    found = re.findall(r'<text class="(right|wrong)" x="261" y="(.*?)"', drawn)
    assert found == [("right", str(heights[0])), ("wrong", str(heights[1]))]


@pytest.mark.parametrize(
    ("wrong", "right", "expected"),
    [
        ([0.5, 0.7], [0.8, 1.0], False),
        ([0.5, 0.8], [0.8, 1.0], True),
        ([0.1, 2.0], [0.8, 1.0], True),
        (["nan", "nan"], [0.8, 1.0], False),
    ],
)
def test_seeds_that_overlap_are_no_difference(wrong, right, expected):
    assert costs.overlap(wrong, right) == expected
    assert costs.overlap(right, wrong) == expected


def test_every_metric_of_a_demonstration_is_drawn():
    figures = pages()["costs.md"].split('<figure class="costs"')[1:]
    drawn = {re.search('data-run="(.*?)"', text)[1]: text for text in figures}
    for demo in SITE.demos.values():
        for run in demo["runs"]:
            for metric in run["final"] if run["wrong"] else ():
                assert f">{metric}</text>" in drawn[run["name"]]
                assert metric in drawn[run["name"]].split("<figcaption>")[1]


def test_what_was_found_is_drawn_beside_the_truth():
    for demo in (demo for demo in SITE.demos.values() if "images" in demo):
        [figure] = re.findall(
            r'<figure class="pictures">.*?</figure>', pages()["costs.md"], re.DOTALL
        )
        rows = re.findall(r'<th scope="row".*?>(.*?)</th>', figure)
        shown = [re.sub("<.*?>", "", row) for row in rows]
        assert shown == [*demo["images"], *(run["name"] for run in demo["runs"])]
        assert figure.count("<svg") == 3 * len(rows)


def test_each_difference_has_its_own_sign():
    signs = [mark for mark, _ in SIGNS.values()]
    assert len(set(signs)) == len(signs)


def test_the_list_of_losses_shows_that_dice_takes_several_classes():
    listed = Rows(pages()["losses/index.md"]).tables["Losses: segmentation"]["dice"]
    for (_, text), shown in zip(
        listed[:2],
        (
            "Several: class ids of either shape",
            "Several: (batch, height, width, classes)",
        ),
        strict=True,
    ):
        assert text.startswith("one class: (batch, height, width)")
        assert shown in text


PAGE = '<h1 id="top">x</h1><a href="other.html#here">y</a>'
OTHER = '<h1 id="here">x</h1><a href="index.html">y</a>'


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("", []),
        ('<a href="https://arxiv.org/abs/1606.04797">x</a>', []),
        ('<a href="#top">x</a><img src="data:image/png;base64,x">', []),
        ('<a href="gone.html">x</a>', ["index.html: no file gone.html"]),
        (
            '<a href="other.html#gone">x</a>',
            ["index.html: no anchor other.html#gone"],
        ),
        ('<a href="#gone">x</a>', ["index.html: no anchor #gone"]),
        ('<p id="top">x</p>', ["index.html: id 'top' twice"]),
        (
            '<script src="https://cdn.example/a.js"></script>',
            ["index.html: loads https://cdn.example/a.js from another host"],
        ),
        (
            '<link rel="stylesheet" href="//cdn.example/a.css">',
            ["index.html: loads //cdn.example/a.css from another host"],
        ),
        (
            '<link rel="preconnect" href="https://cdn.example">',
            ["index.html: loads https://cdn.example from another host"],
        ),
        ('<img src="gone.png">', ["index.html: no file gone.png"]),
        (
            '<p style="background: url(https://cdn.example/a.png)">x</p>',
            ["index.html: loads https://cdn.example/a.png from another host"],
        ),
    ],
)
def test_what_is_wrong_with_a_built_page_is_found(tmp_path, added, said):
    (tmp_path / "index.html").write_text(PAGE + added, "utf-8")
    (tmp_path / "other.html").write_text(OTHER, "utf-8")
    assert check.findings(tmp_path) == said


def test_a_style_sheet_loads_nothing_from_elsewhere(tmp_path):
    (tmp_path / "index.html").write_text(PAGE, "utf-8")
    (tmp_path / "other.html").write_text(OTHER, "utf-8")
    style = '@import "https://cdn.example/a.css"; p { background: url(gone.png) }'
    (tmp_path / "site.css").write_text(style, "utf-8")
    assert check.findings(tmp_path) == [
        "site.css: loads https://cdn.example/a.css from another host",
        "site.css: no file gone.png",
    ]


def test_an_empty_folder_is_no_site(tmp_path):
    [finding] = check.findings(tmp_path)
    assert finding.endswith("no pages")
