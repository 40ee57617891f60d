"""The page about `losses.check` shows its rules as they stand in the code, and what
they said about the wrong ways, and nothing else; so does the README."""

import math
import re
from contextlib import redirect_stdout
from dataclasses import replace
from html import unescape
from inspect import signature
from io import StringIO
from pathlib import Path

import pytest

from docs.generator import rules, shelf as shelves
from docs.generator.rules import found_in
from docs.generator.text import inline
from losses.checker import check
from losses.checker.examination import BY_DESIGN
from losses.checker.report import SEVERITIES, Finding
from losses.checker.rules import FAMILIES, RULES
from losses.cli.main import cli
from losses.evidence import keys
from tests.rendered import SHELF, pages

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
NUMBER = re.compile(r"\d+\.\d+(?:e[+-]?\d+)?")

every_rule = pytest.mark.parametrize("rule", SHELF.rules, ids=lambda rule: rule.name)


def page():
    return pages()[rules.PAGE]


def section_of(rule):
    _, found = page().split(f"{{ #{rule.name} }}")
    return re.split("\n##+ ", found)[0]


def section_of_variant(variant):
    _, found = pages()[f"losses/{variant.loss}.md"].split(f"{{ #{variant.name} }}")
    return found.split("\n### ")[0]


def said_by(rule):
    """What a rule said about the variant that breaks it."""
    findings = SHELF.seen(rule)["report"]["findings"]
    return [finding for finding in findings if finding["rule"] == rule.name]


def text_of(html):
    return " ".join(unescape(re.sub("<.*?>", " ", html)).split())


def test_the_rules_read_as_text_are_those_that_run():
    families = {f"losses.checker.rules.{x}" for x in SHELF.rule_families}
    assert families == {family.__name__ for family in FAMILIES}
    assert [
        (rule.name, rule.sentence, rule.shown_by, rule.slow) for rule in SHELF.rules
    ] == [(r.name, r.sentence, r.shown_by, r.slow) for r in RULES.values()]
    for rule in SHELF.rules:
        assert RULES[rule.name].look.__module__.endswith(f".{rule.family}")


def test_the_page_has_a_section_for_each_rule_by_families():
    anchors = re.findall(r"^##+ .* \{ #(\w+) \}$", page(), flags=re.MULTILINE)
    expected = []
    for family in SHELF.rule_families:
        expected += [family, *(r.name for r in SHELF.rules if r.family == family)]
    assert anchors[anchors.index("rules") + 1 :] == expected
    assert len(anchors) == len(set(anchors))


def test_a_finding_refers_to_the_section_of_its_rule():
    for name in RULES:
        folder, _, anchor = Finding(name, "note", "").page.partition("#")
        assert f"{{ #{anchor} }}" in pages()[f"{folder}index.md"]


@every_rule
def test_a_section_holds_the_docstring_of_its_rule(rule):
    text = section_of(rule)
    assert rule.sentence.endswith(".")
    assert inline(rule.sentence) in text
    assert rule.explanation in text


@every_rule
def test_the_table_says_what_must_hold_and_what_is_quick(rule):
    row = re.search(f'<tr data-row="{rule.name}">(.*?)</tr>', page())[1]
    assert f'href="#{rule.name}"' in row
    assert inline(rule.sentence) in row
    assert f'data-quick="{"no" if rule.slow else "yes"}"' in row
    assert rule.shown_by in row.replace("<wbr>", "")


@every_rule
def test_a_section_shows_the_variant_and_what_its_rule_said(rule):
    text = section_of(rule)
    variant = SHELF.variants[SHELF.seen(rule)["variant"]]
    assert f'href="../losses/{variant.loss}.html#{variant.name}"' in text
    assert variant.code.strip("\n") in text
    shown = re.findall(
        r'data-rule="(\w+)" data-severity="(\w+)">\n<p>(.*?)</p>(.*?)</div>',
        text,
        flags=re.DOTALL,
    )
    assert [(name, severity) for name, severity, _, _ in shown] == [
        (finding["rule"], finding["severity"]) for finding in said_by(rule)
    ]
    for (_, severity, sentence, more), finding in zip(shown, said_by(rule)):
        said = text_of(inline(finding["sentence"]))
        sign = rules.SEVERITIES[severity]
        assert text_of(sentence) == f"{sign} {severity} {said}"
        assert re.findall("<dt>(.*?)</dt>", more) == list(finding["numbers"])


@pytest.mark.parametrize("variant", SHELF.variants.values(), ids=lambda v: v.id)
def test_a_variant_names_the_rules_that_find_it(variant):
    found = {
        finding["rule"]
        for rule in SHELF.rules
        if SHELF.seen(rule)["variant"] == variant.id
        for finding in SHELF.seen(rule)["report"]["findings"]
        if finding["severity"] in ("error", "warning")
    }
    links = re.findall(
        r'href="\.\./check/index\.html#(\w+)"', section_of_variant(variant)
    )
    assert set(links) == found
    assert sorted(links) == sorted(found_in(SHELF, variant))


def test_the_page_shows_the_report_of_the_example():
    example = SHELF.evidence["check/rules"]["example"]
    assert f"```python\n{example['code'].strip()}\n```" in page()
    for line in example["text"].splitlines():
        assert f"{line.rstrip()}\n" in page()


def test_the_page_tells_each_severity_and_each_word_for_what_is_meant():
    assert tuple(rules.SEVERITIES) == SEVERITIES
    told = re.findall(r"<li>(<span.*)</li>", page())
    for name, text in zip(SEVERITIES, told, strict=True):
        assert f'class="sign {name}"' in text
        assert len(text_of(text).split()) > 5
    for word in BY_DESIGN:
        assert f'"{word}"' in page()


def test_the_page_tells_every_argument_of_a_check():
    taken = page().split("{ #takes }")[1].split("\n## ")[0]
    told = re.findall(r"^- `(\w+)`: ", taken, flags=re.MULTILINE)
    assert told == list(signature(check).parameters)


def test_the_commands_told_are_commands():
    options = {o for p in cli.commands["check"].params for o in p.opts}
    for text in (page(), README):
        [command] = re.findall(r"losses check train\.py:\w+ [^`\n]+", text)
        assert set(re.findall(r"--[\w-]+", command)) <= options


def test_pytest_is_told_by_its_docstring():
    code = re.search(r"```python\n(@losses.parametrize.*?)```", page(), re.DOTALL)[1]
    assert "def test_my_loss(check):\n    check()\n" in code


def test_the_readme_prints_what_it_shows():
    code, shown = re.search(
        r"## Check your own.*?```python\n(.*?)```\n\n```text\n(.*?)```",
        README,
        re.DOTALL,
    ).groups()
    printed = StringIO()
    with redirect_stdout(printed):
        exec(code, {})
    lines = [line.rstrip() for line in printed.getvalue().strip().splitlines()]
    assert NUMBER.sub("#", "\n".join(lines)) == NUMBER.sub("#", shown.rstrip("\n"))
    for now, then in zip(*(NUMBER.findall(t) for t in (printed.getvalue(), shown))):
        assert math.isclose(float(now), float(then), rel_tol=1e-3)


def with_record(rule, record):
    """The shelf, with another record of this rule."""
    recorded = SHELF.evidence["check/rules"]
    changed = {**recorded, "rules": {**recorded["rules"], rule.name: record}}
    return replace(SHELF, evidence={**SHELF.evidence, "check/rules": changed})


def test_evidence_of_another_checker_is_stale():
    rule = SHELF.rules[0]
    record = {**SHELF.seen(rule), "source": "sha256:0"}
    assert shelves.problems(with_record(rule, record)) == [
        f"stale evidence: check/rules.json · {rule.name}"
    ]


def test_a_rule_without_evidence_and_evidence_without_a_rule_are_named():
    rule = SHELF.rules[0]
    renamed = replace(rule, name="check_renamed")
    wanted = {k: v for k, v in SHELF.wanted.items() if k != shelves.place(rule)}
    wanted[shelves.place(renamed)] = SHELF.wanted[shelves.place(rule)]
    assert shelves.problems(replace(SHELF, wanted=wanted)) == [
        "no evidence: check/rules.json · check_renamed",
        f"evidence of nothing: check/rules.json · {rule.name}",
    ]


@pytest.mark.parametrize("change", [{"variant": "dice/another"}, {"report": {}}])
def test_a_variant_that_its_rule_does_not_find_is_named(change):
    rule = SHELF.rules[0]
    record = {**SHELF.seen(rule), **change}
    record["report"] = record["report"] or {"findings": []}
    assert shelves.problems(with_record(rule, record)) == [
        f"not found by its rule: {rule.shown_by} · {rule.name}"
    ]


def test_a_fingerprint_is_that_of_the_checker_and_of_the_variant():
    rule = SHELF.rules[0]
    same = keys.of_rule(rule)
    others = [v for v in SHELF.variants if v != rule.shown_by]
    assert keys.of_rule(replace(rule, shown_by=others[0])) != same
    assert keys.of_rule(replace(rule, name="renamed")) == same
