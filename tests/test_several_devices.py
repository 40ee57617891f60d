"""The scripts of the guide print what the guide shows.

A script is run where what it printed was recorded with other code or other versions; of
the others one, which the commit's content chooses, and with --full all.
"""

import re

import pytest

from losses.evidence.environments import ENVIRONMENTS, REFERENCE
from tests.conftest import is_full
from tests.recording import guide
from tests.slices import some_of


def pytest_generate_tests(metafunc):
    if "script" not in metafunc.fixturenames:
        return
    scripts = guide.of(metafunc.config.getoption("--environment"))
    if metafunc.function is test_it_prints_what_the_guide_shows:
        drawn = some_of(scripts, 1)
        scripts = [
            script
            for script in scripts
            if is_full(metafunc.config)
            or script in drawn
            or not guide.is_current(script)
        ]
    metafunc.parametrize("script", scripts)


def test_it_prints_what_the_guide_shows(script, environment):
    _, *written = guide.recorded(script)
    lines = guide.printed(script, guide.SCRIPTS[environment][script])
    assert not guide.different(lines, written), "read them, then: make record"


def test_it_was_recorded_with_the_present_code_and_versions(script, environment):
    above, *_ = guide.recorded(script)
    assert above == guide.with_what(script, environment)
    assert guide.is_current(script), "make record"


def test_a_number_may_be_off_by_its_last_digit_and_words_may_not():
    assert not guide.different(["Dice 8  0.4321"], ["Dice 8   0.4322"])
    assert guide.different(["Dice 8  0.4321"], ["Dice 8  0.4325"])
    assert guide.different(["Dice 8  0.4321"], ["Dice 6  0.4321"])
    assert guide.different(["Dice 8  0.4321"], ["Dice 8  0.4321", "and more"])


def test_the_key_counts_code_losses_and_versions_and_no_words():
    source = (guide.FOLDER / "mirrored.py").read_text("utf-8")
    versions = ENVIRONMENTS[REFERENCE].requirements

    def key(text, *requirements):
        return guide.keys.of_script(text, *requirements or versions)

    assert guide.key("mirrored") == key(source)
    assert key(source + "\n# a word\n") == key(source)
    assert key(source + "\nprint()\n") != key(source)
    assert key(source, "keras==3.0.0") != key(source)
    assert key(source.replace("losses.Dice", "losses.Jaccard")) != key(source)


@pytest.mark.parametrize("name", ["mirrored", "workers", "data_parallel", "processes"])
def test_the_table_reads_a_line_for_each_loss_and_size(name):
    rows = [line.split()[:2] for line in guide.recorded(name)[1:]]
    for kind in guide.KINDS:
        assert [kind, "8"] in rows


def test_the_table_is_that_of_the_runs():
    assert (guide.FOLDER / "summary.txt").read_text("utf-8") == guide.summary()


def test_every_script_is_shown_with_what_it_printed():
    page = (guide.ROOT / "docs/guide/several_devices.md").read_text("utf-8")
    shown = re.findall(r'^ *--8<-- "guide/several_devices/(.+)"$', page, re.MULTILINE)
    scripts = {script for some in guide.SCRIPTS.values() for script in some}
    assert scripts == {path.stem for path in guide.FOLDER.glob("*.py")}
    files = [f"{name}{ending}" for name in scripts for ending in (".py", ".txt")]
    assert sorted(shown) == sorted(["summary.txt", *files])
