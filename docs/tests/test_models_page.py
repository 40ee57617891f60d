"""The pages *Check your model* and *Find your error* say what was recorded."""

import re

import pytest

from docs.generator import errors_page, models
from docs.generator.text import inline
from docs.tests.rendered import SITE, pages
from docs.tests.test_check_page import parameters
from losses.evidence.environments import REFERENCE
from losses.source import registry

pytestmark = pytest.mark.xdist_group("site")  # rendered once

RULES = registry.rules(registry.OF_MODELS)
ERRORS = list(registry.errors().values())


def page():
    return pages()[models.PAGE]


def test_the_page_tells_every_argument_of_a_check():
    taken = page().split("{ #takes }")[1].split("\n## ")[0]
    told = re.findall(r"^- `(\w+)`: ", taken, flags=re.MULTILINE)
    assert told == parameters(registry.CHECKER / "__init__.py", "check_model")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_stands_beside_the_script_that_breaks_it(rule):
    section = page().split(f"{{ #{rule.name} }}")[1].split("\n### ")[0]
    script = registry.scripts()[rule.shown_by]
    assert script.runnable("code") in section
    assert script.runnable("fix") in section
    found = SITE.record(rule)["report"]["findings"]
    said = [each["sentence"] for each in found if each["rule"] == rule.name]
    assert said
    assert all(inline(sentence) in section for sentence in said)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.id)
def test_an_error_is_listed_and_shown_with_what_it_said(error):
    listed = pages()[errors_page.LIST]
    shown = pages()[errors_page.path(error.family)]
    assert inline(error.cause) in listed
    section = shown.split(f" {{ #{error.name} }}")[1].split("\n## ")[0]
    assert error.runnable("code") in section
    assert error.runnable("fix") in section
    record = SITE.errors_seen[REFERENCE].get(error.id)
    assert record is None or f'"message">{record["raises"]}: ' in section


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.id)
def test_the_heading_of_an_error_is_the_start_of_its_cause(error):
    """And what it leaves out stands below it, so that nothing is said twice."""
    shown = pages()[errors_page.path(error.family)]
    before, after = shown.split(f" {{ #{error.name} }}")
    heading, below = before.split("\n## ")[-1], after.split("\n```")[0]
    assert error.cause.startswith(heading)
    assert len(heading.split()) > 2 or "`" in heading
    rest = error.cause[len(heading) + 1 :].strip()
    assert inline(rest)[1:] in below
    assert inline(heading) not in below


@pytest.mark.parametrize("family", SITE.error_families)
def test_a_page_of_errors_leads_to_the_others_and_to_the_check(family):
    shown = pages()[errors_page.path(family)].split("\n## ")[0]
    assert 'href="index.html"' in shown
    linked = re.findall(r'href="\.\./check/models/index\.html#(\w+)"', shown)
    assert linked
    assert set(linked) <= set(SITE.model_rule_families)


def test_the_table_says_of_every_rule_a_whole_sentence():
    for rule in RULES:
        row = re.search(f'<tr data-row="{rule.name}">(.*?)</tr>', page())[1]
        assert re.search(r"\.</td>$", row), row
