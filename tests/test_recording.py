"""What is recorded is what was run; an interruption loses nothing. No loss runs here:
what a cell does is made up."""

import os
import shutil
from collections import Counter
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner

from losses.evidence import keys, store
from losses.evidence.environments import ENVIRONMENTS, OTHERS, REFERENCE
from losses.source import registry
from tests.recording import cells
from tests.recording.__main__ import cli

VARIANTS = [v for v in registry.variants() if v.startswith(("dice/", "corn/"))]
PROBES = ("call", "gradient", "fit_graph")
OTHER = OTHERS[0]


class Runner:
    """Runs cells that return what is set here, in the place of `cells._run`."""

    def __init__(self):
        self.values = dict.fromkeys((v, p) for v in VARIANTS for p in PROBES)
        self.fixes = {}  # what a fix does that is not what its reference does
        self.ran, self.stops_after, self.fails = Counter(), None, None

    def __call__(self, environment, todo, jobs):
        for done, (variant, probes) in enumerate(todo.items()):
            if done == self.stops_after:
                raise KeyboardInterrupt
            if probes:
                yield partial(self.run, variant, probes)

    def run(self, variant, probes):
        if variant == self.fails:
            raise RuntimeError(f"{variant} does not run")
        self.ran[variant] += len(probes)
        return variant, {p: self.cell(variant, p, sides) for p, sides in probes.items()}

    def cell(self, variant, probe, sides=store.SIDES):
        value = self.values[variant, probe]
        fix = self.fixes.get((variant, probe), value)
        return {side: {"returns": fix if side == "fix" else value} for side in sides}


@pytest.fixture
def runner(tmp_path, monkeypatch):
    """A package of a few variants and probes, without evidence."""
    runner = Runner()
    for number, cell in enumerate(runner.values):
        runner.values[cell] = float(number)
    variants = {name: registry.variants()[name] for name in VARIANTS}
    probes = {name: registry.probes()[name] for name in PROBES}
    monkeypatch.setattr(store, "DATA", tmp_path / "data")
    monkeypatch.setattr(cells, "_run", runner)
    monkeypatch.setattr(registry, "variants", lambda: variants)
    monkeypatch.setattr(registry, "probes", lambda: probes)
    monkeypatch.setattr(cells.environments, "installed", lambda name: VERSIONS)
    return runner


VERSIONS = {"keras": "3.15.1"}
ALL = {variant: dict.fromkeys(PROBES, store.SIDES) for variant in VARIANTS}


def silently(count):
    pass


def record(environment=REFERENCE, todo=None):
    todo = cells.stale(store.read(environment)) if todo is None else todo
    return cells.record(environment, todo, silently)


def recorded(environment=REFERENCE):
    return store.read(environment).cells


@pytest.mark.parametrize("environment", [REFERENCE, OTHER])
def test_what_was_run_is_recorded_and_nothing_is_stale_then(runner, environment):
    changed = record(environment)
    assert len(changed) == len(VARIANTS) * len(PROBES)
    assert recorded(environment) == {
        v: {p: runner.cell(v, p) for p in PROBES} for v in VARIANTS
    }
    assert cells.stale(store.read(environment)) == {}
    assert record(environment) == {}
    assert set(runner.ran.values()) == {len(PROBES)}


def test_a_fix_alone_is_run_where_nothing_else_changed(runner, monkeypatch):
    """One that is close to its reference has the text of that."""
    record()
    before = recorded()[VARIANTS[0]]
    of_cell = keys.of_cell
    monkeypatch.setattr(keys, "of_cell", lambda *cell: f"{of_cell(*cell)[:8]}changed_")
    todo = cells.stale(store.read())
    assert {sides for ways in todo.values() for sides in ways.values()} == {("fix",)}
    call, gradient = (before[probe]["reference"]["returns"] for probe in PROBES[:2])
    runner.fixes = dict.fromkeys(runner.values, 77.0)
    runner.fixes[VARIANTS[0], "gradient"] = gradient * (1 + 1e-9)
    runner.values = dict.fromkeys(runner.values, -1.0)  # of what need not be run
    changed = record()
    assert len(changed) == len(VARIANTS) * len(PROBES) - 1
    after = recorded()[VARIANTS[0]]
    assert after["gradient"] == before["gradient"]
    assert after["call"] == {**before["call"], "fix": {"returns": 77.0}}
    assert after["call"]["variant"] == {"returns": call}
    assert cells.stale(store.read()) == {}


def test_an_interrupted_recording_keeps_what_it_has_done(runner):
    runner.stops_after = 3
    with pytest.raises(KeyboardInterrupt):
        record()
    assert list(recorded()) == VARIANTS[:3]
    assert list(cells.stale(store.read())) == VARIANTS[3:]
    runner.stops_after = None
    record()
    assert cells.stale(store.read()) == {}
    assert set(runner.ran.values()) == {len(PROBES)}, "something was run twice"


def test_a_variant_that_does_not_run_is_told_when_all_others_are_recorded(runner):
    runner.fails = VARIANTS[1]
    with pytest.raises(ExceptionGroup, match="1 variants stopped") as told:
        record()
    assert told.group_contains(RuntimeError, match=f"{VARIANTS[1]} does not run")
    assert list(recorded()) == [VARIANTS[0], *VARIANTS[2:]]
    assert list(cells.stale(store.read())) == [VARIANTS[1]]


def test_an_interrupted_recording_of_other_versions_leaves_the_rest_stale(
    runner, monkeypatch
):
    record()
    later = {"keras": "3.16.0"}
    monkeypatch.setattr(cells.environments, "installed", lambda name: later)
    runner.stops_after = 2
    with pytest.raises(KeyboardInterrupt):
        record()
    assert store.read().versions == later
    assert list(cells.stale(store.read())) == VARIANTS[2:]


def test_a_close_value_keeps_its_text_and_another_is_told(runner):
    record()
    first, second = VARIANTS[1], VARIANTS[2]
    runner.values[first, "call"] *= 1 + 1e-6
    runner.values[second, "call"] = 0.5
    changed = record(todo=ALL)
    assert changed.keys() == {(second, "call")}
    before, now = changed[second, "call"]
    assert before["variant"] != now["variant"] == {"returns": 0.5}


def test_another_environment_says_the_same_when_the_reference_changes(runner):
    record(REFERENCE)
    runner.values[VARIANTS[0], "call"] = 77.0
    record(OTHER)
    there = recorded(OTHER)
    runner.values = dict.fromkeys(runner.values, 5.0)
    record(REFERENCE, ALL)
    assert recorded(OTHER) == there
    assert there[VARIANTS[0]]["call"]["variant"] == {"returns": 77.0}


def test_a_write_that_is_interrupted_never_mixes_old_and_new(runner, monkeypatch):
    """At each file that takes its place or goes: both environments are as before, or as
    they should be, or reading them is refused."""
    record(REFERENCE)
    runner.values[VARIANTS[0], "call"] = 77.0
    record(OTHER)
    before = {name: store.read(name) for name in (REFERENCE, OTHER)}
    after = store.Evidence(REFERENCE, {"keras": "3.16.0"})
    for variant, probe in runner.values:
        absent = {side: {"not_applicable": "there is none"} for side in store.SIDES}
        cell = absent if probe == "gradient" else runner.cell(variant, probe)
        after.put(variant, probe, cell, "key")
    expected = {REFERENCE: [before[REFERENCE], after], OTHER: [before[OTHER]]}

    replace, unlink, seen = os.replace, Path.unlink, set()
    for last in range(1, 20):
        copy = shutil.copytree(store.DATA, store.DATA.with_name(f"copy{last}"))
        steps = count(1)

        def interrupted(step, steps=steps, last=last):
            def run(*arguments):
                if next(steps) == last:
                    raise KeyboardInterrupt
                step(*arguments)

            return run

        with monkeypatch.context() as patch:
            patch.setattr(store, "DATA", copy)
            patch.setattr(os, "replace", interrupted(replace))
            patch.setattr(Path, "unlink", interrupted(unlink))
            try:
                store.write(after)
                seen.add("written")
            except KeyboardInterrupt:
                seen.add("interrupted")
            for name, either in expected.items():
                try:
                    assert store.read(name) in either
                    seen.add(f"read {name}")
                except ValueError as error:
                    assert "record again" in str(error)
                    seen.add(f"refused {name}")
    names = {f"{what} {name}" for what in ("read", "refused") for name in expected}
    assert seen == {"written", "interrupted", *names}


@pytest.mark.parametrize("environment", [REFERENCE, OTHER])
def test_a_file_that_was_changed_by_hand_or_lost_is_refused(runner, environment):
    record(REFERENCE)
    runner.values[VARIANTS[0], "call"] = 77.0
    record(OTHER)
    loss = VARIANTS[0].partition("/")[0]
    path = store.DATA / environment / f"{loss}.json"
    text = path.read_text("utf-8")
    path.write_text(text.replace("0", "1", 1), "utf-8")
    with pytest.raises(
        ValueError, match=rf"{environment}: {loss}\.json is not as it was"
    ):
        store.read(environment)
    path.unlink()
    with pytest.raises(ValueError, match=loss):
        store.read(environment)
    path.write_text(text, "utf-8")
    assert store.read(environment).cells


def test_what_is_no_more_is_forgotten(runner, monkeypatch):
    record()
    left = {v: registry.variants()[v] for v in VARIANTS[1:]}
    monkeypatch.setattr(registry, "variants", lambda: left)
    assert cells.orphaned(store.read()) == VARIANTS[:1]
    record()
    assert list(recorded()) == VARIANTS[1:]


@pytest.fixture
def stale(runner, monkeypatch):
    """All is recorded, and then all has another key."""
    record()
    runner.ran.clear()
    of_cell = keys.of_cell
    monkeypatch.setattr(keys, "of_cell", lambda *cell: of_cell(*cell)[::-1])
    assert cells.stale(store.read()) == ALL


def carry(share):
    return cells.carry(REFERENCE, ALL, share, silently)


def test_carry_runs_a_share_and_renews_the_keys(runner, stale):
    assert carry(0.2) == {}
    assert 0 < sum(runner.ran.values()) < len(VARIANTS) * len(PROBES) / 2
    assert cells.stale(store.read()) == {}


def test_carry_runs_one_of_each_loss_and_of_each_probe(runner, stale, monkeypatch):
    ran, cell = set(), runner.cell

    def seen(variant, probe, sides):
        ran.update((variant.partition("/")[0], probe))
        return cell(variant, probe, sides)

    monkeypatch.setattr(runner, "cell", seen)
    carry(1e-9)
    assert ran == {"dice", "corn", *PROBES}
    assert sum(runner.ran.values()) <= len(ran)


@pytest.mark.parametrize("differs", ["dice", "gradient"])
def test_carry_records_a_loss_or_a_way_of_running_that_differs(runner, stale, differs):
    """Also in the cells that are not drawn."""
    suspected = [(v, p) for v, p in runner.values if differs in (v.split("/")[0], p)]
    for cell in suspected:
        runner.values[cell] += 100
    changed = carry(1e-9)
    assert changed.keys() == {*suspected}
    assert recorded() == {v: {p: runner.cell(v, p) for p in PROBES} for v in VARIANTS}
    assert cells.stale(store.read()) == {}


def test_carry_takes_nothing_over_that_other_versions_did(runner, monkeypatch):
    """What they did is still there, without a key."""
    record()
    later = {"keras": "3.16.0"}
    monkeypatch.setattr(cells.environments, "installed", lambda name: later)
    record(todo={v: {"call": store.SIDES} for v in VARIANTS})
    runner.values = {cell: value + 100 for cell, value in runner.values.items()}
    carry(1e-9)
    assert {cell["gradient"]["variant"]["returns"] for cell in recorded().values()} == {
        runner.values[v, "gradient"] for v in VARIANTS
    }
    assert cells.stale(store.read()) == {}


def test_carry_runs_what_was_never_recorded(runner, monkeypatch):
    assert len(carry(1e-9)) == len(VARIANTS) * len(PROBES)


def test_carry_runs_all_with_other_versions(runner, stale, monkeypatch):
    monkeypatch.setattr(cells.environments, "installed", lambda name: {"keras": "4"})
    carry(1e-9)
    assert sum(runner.ran.values()) == len(VARIANTS) * len(PROBES)


def said(*arguments):
    return CliRunner().invoke(cli, arguments, catch_exceptions=False)


def test_the_command_tells_what_changed(runner):
    record()
    assert "nothing is stale" in said("cells", REFERENCE).output
    runner.values[VARIANTS[0], "call"] = 9.5
    told = said("cells", REFERENCE, VARIANTS[0], "--all").output
    assert f"{VARIANTS[0]} · call" in told
    assert "9.5" in told
    assert f"{len(PROBES)} cells, 1 changed" in told


def test_the_command_takes_losses_and_variants_that_exist(runner):
    assert "Error" in said("cells", REFERENCE, "dise").output
    assert said("cells", REFERENCE, "corn").exit_code == 0
    assert {v.partition("/")[0] for v in runner.ran} == {"corn"}


@pytest.mark.parametrize("command", ["", *cli.commands])
def test_every_command_says_what_it_is_for(command):
    told = said(*command.split(), "--help").output
    assert "Usage: " in told
    assert len(told.splitlines()) > 3


def test_an_unknown_environment_is_told_the_known_ones():
    told = " ".join(said("cells", "keras").output.split())
    assert all(name in told for name in ENVIRONMENTS)
