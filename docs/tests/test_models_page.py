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
    assert f"{{ #{error.name} }}" in shown
    assert error.runnable("fix") in shown
    record = SITE.errors_seen[REFERENCE].get(error.id)
    assert record is None or f'"message">{record["raises"]}: ' in shown
