"""The same commit runs the same tests; shards share them out; the nightly profile does
not, and prints its seed."""

import re
import subprocess
import sys
from collections import Counter
from types import SimpleNamespace

import hypothesis
import pytest
from hypothesis import given, strategies as st

from tests import conftest, slices
from tests.slices import dealt, is_drawn, some_of

NAMES = [f"test_{number}" for number in range(1000)]
PROFILE = hypothesis.settings.get_current_profile_name()


def test_a_slice_is_a_share_and_is_the_same_each_time():
    drawn = [name for name in NAMES if is_drawn(name, 0.1)]
    assert drawn == [name for name in NAMES if is_drawn(name, 0.1)]
    assert 50 < len(drawn) < 150
    assert not any(is_drawn(name, 0) for name in NAMES)
    assert all(is_drawn(name, 1) for name in NAMES)
    assert some_of(NAMES, 3) == some_of(reversed(NAMES), 3)
    assert set(some_of(NAMES, 3)) <= set(drawn)


def test_another_commit_draws_others(monkeypatch):
    before = some_of(NAMES, 20)
    monkeypatch.setattr(slices, "_content", lambda: "another commit")
    assert set(some_of(NAMES, 20)) != set(before)


def test_the_content_is_that_of_the_code_and_of_nothing_else(tmp_path, monkeypatch):
    for folder in ("losses", "tests"):
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(slices, "ROOT", tmp_path)
    content = slices._content.__wrapped__
    before = content()
    (tmp_path / "notes.md").write_text("a word")
    (tmp_path / "losses" / "data.json").write_text("{}")
    assert content() == before
    (tmp_path / "losses" / "dice.py").write_text("a = 1")
    assert content() != before


UNITS = st.dictionaries(
    st.text(max_size=3), st.tuples(st.sampled_from("ab"), st.integers(1, 9))
)


@given(UNITS, st.integers(1, 4))
def test_every_unit_is_in_one_part_and_the_parts_are_alike(units, parts):
    part = dealt(units, parts)
    assert part.keys() == units.keys()
    assert set(part.values()) <= set(range(1, parts + 1))
    for kind in "ab":
        sizes = Counter(dict.fromkeys(range(1, parts + 1), 0))
        for unit, (its_kind, size) in units.items():
            if its_kind == kind:
                sizes[part[unit]] += size
        largest = max((n for k, n in units.values() if k == kind), default=0)
        assert max(sizes.values()) - min(sizes.values()) <= largest


def pytest_of(*arguments):
    """What another pytest says."""
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=slices.ROOT,
        capture_output=True,
        text=True,
    )
    return ran.returncode, ran.stdout + ran.stderr


# One process for all of them, which imports everything once.
COLLECTING = """
import os, pytest
for shard in ("1/1", "1/2", "2/2"):
    os.environ["SHARD"] = shard
    print("shard")
    files = ["tests/test_cells.py", "tests/test_evidence.py"]
    pytest.main(["--collect-only", "-q", "--full", "-p", "no:cacheprovider", *files])
"""


def test_shards_run_every_test_once():
    command = [sys.executable, "-c", COLLECTING]
    done = subprocess.run(command, cwd=slices.ROOT, capture_output=True, text=True)
    _, *told = done.stdout.split("shard\n")
    whole, *parts = (re.findall("^.+::.+$", lines, re.MULTILINE) for lines in told)
    assert len(whole) > 1000
    assert Counter(whole) == Counter(test for part in parts for test in part)
    assert max(map(len, parts)) - min(map(len, parts)) < len(whole) / 50


@pytest.mark.parametrize("shard", ["3/2", "0/2", "2", "a/b", "1/0"])
def test_a_shard_that_is_none_is_refused(shard):
    with pytest.raises(pytest.UsageError, match="--shard is two numbers"):
        conftest.shard_of(shard)


def test_tests_of_text_import_no_keras(tmp_path):
    test = tmp_path / "test_it.py"
    test.write_text(
        "def test_it():\n    import sys\n    assert 'keras' not in sys.modules"
    )
    files = ("tests/test_cells.py", "tests/test_keys.py", "tests/test_recording.py")
    status, told = pytest_of("-q", "-k", "test_it", *files, str(test))
    assert status == 0, told
    assert "1 passed" in told


@pytest.mark.parametrize(
    ("arguments", "options", "everything"),
    [
        (["tests"], {}, False),
        (["tests/test_losses.py"], {}, False),
        (["tests/test_losses.py::test_it[dice()]"], {}, True),
        (["tests"], {"keyword": "dice"}, True),
        (["tests"], {"--full": True}, True),
    ],
)
def test_what_is_asked_for_by_name_is_run_whole(arguments, options, everything):
    config = SimpleNamespace(args=arguments, getoption=options.get)
    assert conftest.is_full(config) == everything


@pytest.mark.xdist_group("alike")
def test_what_shares_runs_is_sent_to_one_process(request):
    """pytest-xdist sends a group by what it appends to the name."""
    is_sent = hasattr(request.config, "workerinput")
    assert request.node.nodeid.endswith("@alike") == is_sent


@pytest.mark.skipif(PROFILE == "nightly", reason="it is about the other profile")
def test_by_default_the_examples_are_the_same_each_time():
    profile = hypothesis.settings.get_profile("default")
    assert profile.derandomize
    assert profile.database is None
    assert hypothesis.settings.default.derandomize
    assert hypothesis.settings(max_examples=3).derandomize  # a test's own


EXAMPLES = """
from hypothesis import given, settings, strategies as st

@settings(deadline=None, max_examples=5)
@given(st.integers())
def test_it(number):
    print("drew", number)

@given(st.integers())
def test_more(number):
    print("more", number)
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What tests of examples print: by default, twice, and by night, twice."""
    test = tmp_path_factory.mktemp("examples") / "test_examples.py"
    test.write_text(EXAMPLES)
    root = f"--rootdir={slices.ROOT}"
    command = (
        "-s",
        root,
        "-c",
        str(slices.ROOT / "pyproject.toml"),
        "tests/conftest.py",
    )
    night = "--hypothesis-profile=nightly"
    return [
        pytest_of(*command, str(test), *more)[1]
        for more in ((), (), (night,), (night,))
    ]


def drew(text, word="drew"):
    return re.findall(rf"{word} (-?\d+)", text)


def test_by_night_other_examples_are_drawn_and_more_from_a_seed_that_is_printed(told):
    by_day, again, by_night, another = told
    assert drew(by_day) == drew(again)
    assert drew(by_day) != drew(by_night) != drew(another)
    assert len(drew(by_day)) == len(drew(by_night)) == 5  # which a test says itself
    assert len(drew(by_day, "more")) == 100
    assert len(drew(by_night, "more")) == 1000
    assert "hypothesis seed: " in by_night
    assert "hypothesis seed: " not in by_day


def test_by_night_a_test_that_counts_its_examples_draws_more():
    from tests.differences import drawn_times

    by_day = drawn_times(100)
    hypothesis.settings.load_profile("nightly")
    try:
        by_night = drawn_times(100)
    finally:
        hypothesis.settings.load_profile(PROFILE)
    assert by_night > by_day or PROFILE == "nightly"


def test_the_summary_tells_what_ran_and_what_is_left():
    ran = {"variants": 260, "cells": 75}
    lines = list(conftest.told(ran, {"cells": 6500}, {"cells": 6425, "trainings": 0}))
    assert lines == [
        "Ran 260 variants, 75 of 6500 cells.",
        "Left to make test-full: 6425 cells.",
    ]
    assert list(conftest.told({}, {}, {"cells": 6500})) == []
    assert list(conftest.told({"claims": 2}, {}, {"cells": 6500})) == ["Ran 2 claims."]
