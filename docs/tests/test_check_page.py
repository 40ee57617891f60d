"""The page about `losses.check` shows its rules as they stand in the code, and what
they said about the variants, and nothing else."""

import ast
import re
from html import unescape
from pathlib import Path

import pytest

from docs.generator import rules
from docs.generator.rules import found_in
from docs.generator.text import inline
from docs.tests.rendered import SITE, pages
from losses.cli.main import BY_DESIGN, cli
from losses.source import registry

pytestmark = pytest.mark.xdist_group("site")  # rendered once

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")

every_rule = pytest.mark.parametrize("rule", SITE.rules, ids=lambda rule: rule.name)


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
    findings = SITE.record(rule)["report"]["findings"]
    return [finding for finding in findings if finding["rule"] == rule.name]


def text_of(html):
    return " ".join(unescape(re.sub("<.*?>", " ", html)).split())


def test_the_page_has_a_section_for_each_rule_by_families():
    anchors = re.findall(r"^##+ .* \{ #(\w+) \}$", page(), flags=re.MULTILINE)
    expected = []
    for family in SITE.rule_families:
        expected += [family, *(r.name for r in SITE.rules if r.family == family)]
    assert anchors[anchors.index("rules") + 1 :] == expected
    assert len(anchors) == len(set(anchors))


def test_a_finding_refers_to_the_section_of_its_rule():
    """By `check/#check_finite`: see `losses.checker.report`."""
    assert rules.PAGE == "check/index.md"


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
    variant = SITE.variants[SITE.record(rule)["variant"]]
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


@pytest.mark.parametrize("variant", SITE.variants.values(), ids=lambda v: v.id)
def test_a_variant_names_the_rules_that_find_it(variant):
    found = {
        finding["rule"]
        for rule in SITE.rules
        if SITE.record(rule)["variant"] == variant.id
        for finding in SITE.record(rule)["report"]["findings"]
        if finding["severity"] in ("error", "warning")
    }
    links = re.findall(
        r'href="\.\./check/index\.html#(\w+)"', section_of_variant(variant)
    )
    assert set(links) == found
    assert sorted(links) == sorted(found_in(SITE, variant))


def test_the_page_shows_the_report_of_the_example():
    example = SITE.documents["check/rules"]["example"]
    assert f"```python\n{example['code'].strip()}\n```" in page()
    for line in example["text"].splitlines():
        assert f"{line.rstrip()}\n" in page()


def test_the_page_tells_each_severity_and_each_word_for_what_is_meant():
    told = re.findall(r"<li>(<span.*)</li>", page())
    for name, text in zip(rules.SEVERITIES, told, strict=True):
        assert f'class="sign {name}"' in text
        assert len(text_of(text).split()) > 5
    for word in BY_DESIGN:
        assert f'"{word}"' in page()


def parameters(path, name):
    """The names of the parameters of a function, read as text."""
    body = ast.parse(path.read_text("utf-8")).body
    function = next(node for node in body if getattr(node, "name", None) == name)
    given = function.args
    return [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def test_the_page_tells_every_argument_of_a_check():
    taken = page().split("{ #takes }")[1].split("\n## ")[0]
    told = re.findall(r"^- `(\w+)`: ", taken, flags=re.MULTILINE)
    assert told == parameters(registry.CHECKER / "__init__.py", "check_loss")


def test_the_commands_told_are_commands():
    options = {o for p in cli.commands["check"].params for o in p.opts}
    for text in (page(), README):
        commands = re.findall(r"losses check train\.py:\w+ [^`\n]+", text)
        assert commands
        assert set(re.findall(r"--[\w-]+", " ".join(commands))) <= options


def test_pytest_is_told_by_its_docstring():
    code = re.search(r"```python\n(@losses.parametrize.*?)```", page(), re.DOTALL)[1]
    assert "def test_my_loss(check):\n    check()\n" in code
