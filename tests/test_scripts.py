"""What is wrong in a training script is found before it trains, and not once it is
mended."""

import pytest

from losses.checker.rules.models import RULES
from losses.source import registry
from losses.source.mending import changes
from tests.recording.scripts import report_on

LONG = 4  # changed lines
SCRIPTS = registry.scripts()
each_script = pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)


@each_script
def test_it_is_found_by_its_rule(script):
    found = {(f.rule, f.severity) for f in report_on(script, "wrong").findings}
    assert (script.found_by, script.severity) in found


@each_script
def test_nothing_is_found_once_it_is_mended(script):
    report = report_on(script, "mended")
    assert report.complete
    assert not report.of("error") + report.of("warning"), report


@each_script
def test_its_fix_is_small(script):
    assert changes(script.source), "it has no fix"
    assert script.changed_lines <= LONG


@pytest.mark.parametrize("name", RULES)
def test_every_rule_is_shown_by_a_script(name):
    assert SCRIPTS[RULES[name].shown_by].found_by == name
