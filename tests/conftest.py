import os
import random
import re
from collections import defaultdict

import hypothesis
import pytest

from losses.evidence.declarations import Case, Raises
from losses.evidence.environments import ENVIRONMENTS, REFERENCE
from losses.source import registry
from tests.recording import environments, guide, workers
from tests.slices import dealt, is_drawn

# Of the tests that are marked `sliced`; everything with --full.
SHARE = 0.02
# What the cases of a test are, of those that the summary counts.
FACTS = {
    "test_broken": "variants",
    "test_evidence": "cells",
    "test_by_hand": "numbers by hand",
    "test_a_rule_finds_the_variant_that_it_names": "rules",
    "test_a_claim_does_what_was_recorded": "claims",
    "test_training_shows_what_was_recorded": "trainings",
    "test_it_prints_what_the_guide_shows": "scripts of the guide",
}
LEFT_OUT = pytest.StashKey[int]()

hypothesis.settings.register_profile("default", derandomize=True, database=None)
hypothesis.settings.register_profile(
    "nightly", derandomize=False, database=None, max_examples=1000
)
hypothesis.settings.register_profile("full", derandomize=True, database=None)
hypothesis.settings.load_profile("default")


def pytest_addoption(parser):
    parser.addoption(
        "--full", action="store_true", help="run everything, and no slice of anything"
    )
    parser.addoption(
        "--shard",
        default=os.environ.get("SHARD", "1/1"),
        metavar="N/M",
        help="run the Nth of M parts of the tests; SHARD=N/M does the same",
    )
    parser.addoption(
        "--environment",
        choices=list(ENVIRONMENTS),
        default=REFERENCE,
        help="what to run on; each has its own folder in losses/evidence/data",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    for marker, what in environments.ABOUT.items():
        config.addinivalue_line("markers", f"{marker}: about {what}")
    config.addinivalue_line(
        "markers",
        "sliced(share, elsewhere): of its cases a slice is run, see --full; "
        "with `elsewhere`, all of them on TensorFlow",
    )
    config.addinivalue_line("markers", "full: run with --full only")
    shard_of(config.getoption("--shard"))
    config.stash[LEFT_OUT] = 0
    _choose_examples(config)
    name = config.getoption("--environment")
    if name in (REFERENCE, "keras-jax"):  # older versions do not know the flags
        environments.compile_quickly()
    if name == REFERENCE:
        environments.enter_with_keras(name)
    else:
        environments.enter(name)
        config.add_cleanup(environments.compile_once())
    config.add_cleanup(workers.end)


@pytest.fixture(scope="session")
def environment(pytestconfig):
    """The name of the environment that the tests run in."""
    return pytestconfig.getoption("--environment")


def is_full(config):
    """Whether everything is run: all there is, or all of what is asked for by name."""
    named = any("::" in argument for argument in config.args)
    return bool(config.getoption("--full") or config.getoption("keyword") or named)


def pytest_collection_modifyitems(config, items):
    """Leave out what is about another environment, of another shard, or not drawn."""
    name = config.getoption("--environment")
    absent = environments.ABOUT.keys() - environments.about(name)
    if ENVIRONMENTS[name].legacy:
        for item in filter(_is_refused_by_keras_3, items):
            item.add_marker("keras3")
    here = [
        item
        for item in items
        if not any(item.get_closest_marker(mark) for mark in absent)
        and (is_full(config) or not item.get_closest_marker("full"))
    ]
    drawn = [item for item in here if not _is_not_drawn(item)]
    config.stash[LEFT_OUT] = len(here) - len(drawn)
    kept = set(_of_shard(drawn, *shard_of(config.getoption("--shard"))))
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def _of_shard(items, part, parts):
    """Those of one part of all. What shares runs stays together."""
    units = defaultdict(list)
    for item in items:
        group = item.get_closest_marker("xdist_group")
        units[group.args[0] if group else item.nodeid].append(item)
    shard = dealt(
        {unit: (_kind(unit, alike[0]), len(alike)) for unit, alike in units.items()},
        parts,
    )
    return [
        item for unit, alike in units.items() if shard[unit] == part for item in alike
    ]


def _kind(unit, item):
    """What a unit is like: the cases of one test take about as long."""
    return item.nodeid.partition("[")[0] if unit == item.nodeid else "group"


def _is_not_drawn(item):
    """Whether it is a case of a test of which a slice is run, and not of that slice."""
    is_case = hasattr(item, "callspec") and not is_full(item.config)
    return is_case and not is_drawn(item.nodeid, _share(item))


def _share(item):
    """How many of the cases of a test are run, of 0 to 1. On JAX, which compiles every
    operation for every new shape, a slice of the numbers worked out by hand as well."""
    backend = ENVIRONMENTS[item.config.getoption("--environment")].backend
    sliced = item.get_closest_marker("sliced")
    if sliced is None:
        return SHARE if backend == "jax" and "catalog" in item.path.parts else 1
    if sliced.kwargs.get("elsewhere") and backend == "tensorflow":
        return 1
    return sliced.kwargs.get("share", SHARE)


def _is_refused_by_keras_3(item):
    """Whether it expects the error of Keras 3 for class weights of masks."""
    case = getattr(getattr(item, "callspec", None), "params", {}).get("case")
    weighs = isinstance(case, Case) and case.probe == "class_weight"
    return weighs and isinstance(case.gives, Raises)


def shard_of(text):
    """The number of a shard, and of how many."""
    found = re.fullmatch(r"(\d+)/(\d+)", text)
    part, parts = map(int, found.groups()) if found else (0, 0)
    if not 1 <= part <= parts:
        raise pytest.UsageError(
            "--shard is two numbers: 2/4 is the second of four parts"
        )
    return part, parts


def _choose_examples(config):
    """Draw as many as there are with --full, and by night those of a seed that the
    header prints."""
    profile = config.getoption("--hypothesis-profile")
    if profile is None and config.getoption("--full"):
        hypothesis.settings.load_profile("full")
    if profile == "nightly" and config.getoption("--hypothesis-seed") is None:
        config.option.hypothesis_seed = str(random.SystemRandom().randrange(2**32))


def pytest_report_header(config):
    seed = config.getoption("--hypothesis-seed")
    return f"hypothesis seed: {seed}" if seed is not None else None


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left out"] = session.config.stash[LEFT_OUT]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Every process of xdist collects all tests, and leaves the same ones out."""
    output = getattr(node, "workeroutput", {})
    node.config.stash[LEFT_OUT] = output.get("left out", 0)


def pytest_terminal_summary(terminalreporter, config):
    """What was run, and what only --full runs."""
    done = [
        report.nodeid.partition("[")[0].rpartition("::")[2]
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, ())
        if getattr(report, "when", None) == "call"
    ]
    ran = {fact: done.count(test) for test, fact in FACTS.items() if test in done}
    if not ran:
        return
    total = {
        "cells": len(registry.variants()) * len(registry.probes()),
        "trainings": len(registry.demonstrations()),
        "scripts of the guide": len(guide.of(config.getoption("--environment"))),
    }
    left_out = {fact: total[fact] - ran.get(fact, 0) for fact in total}
    left_out["cases of what holds for every loss"] = config.stash[LEFT_OUT]
    for line in told(ran, total, {} if is_full(config) else left_out):
        terminalreporter.write_line(line)


def told(ran, total, left_out):
    """What was run, and, where cells were, what was left out of it: a line each."""
    if ran:
        counts = [
            f"{number} of {total[fact]} {fact}" if fact in total else f"{number} {fact}"
            for fact, number in ran.items()
        ]
        yield f"Ran {', '.join(counts)}."
    rest = [f"{number} {fact}" for fact, number in left_out.items() if number]
    if "cells" in ran and rest:
        yield f"Left to make test-full: {', '.join(rest)}."
