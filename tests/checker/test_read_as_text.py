"""What the site and the command line read of the checker as text is what runs; what the
README prints is what it shows."""

import math
import re
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO

import pytest

from losses.checker.report import Finding
from losses.checker.rules import FAMILIES, RULES
from losses.evidence import keys
from losses.source import registry

README = (registry.HERE.parent / "README.md").read_text("utf-8")
NUMBER = re.compile(r"\d+\.\d+(?:e[+-]?\d+)?")


def test_the_rules_read_as_text_are_those_that_run():
    families = {f"losses.checker.rules.{x}" for x in registry.rule_families()}
    assert families == {family.__name__ for family in FAMILIES}
    assert [
        (rule.name, rule.sentence, rule.shown_by, rule.slow)
        for rule in registry.rules()
    ] == [(r.name, r.sentence, r.shown_by, r.slow) for r in RULES.values()]
    for rule in registry.rules():
        assert RULES[rule.name].look.__module__.endswith(f".{rule.family}")


def test_a_finding_refers_to_the_page_and_the_section_of_its_rule():
    for name in RULES:
        assert Finding(name, "note", "").page == f"check/#{name}"


def test_the_key_of_a_rule_is_that_of_the_checker_and_of_the_variant():
    rule = registry.rules()[0]
    others = [v for v in registry.variants() if v != rule.shown_by]
    assert keys.of_rule(replace(rule, shown_by=others[0])) != keys.of_rule(rule)
    assert keys.of_rule(replace(rule, name="renamed")) == keys.of_rule(rule)


@pytest.mark.tensorflow
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
