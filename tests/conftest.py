import os
import random
import re

import hypothesis
import pytest

from losses.evidence.declarations import Case, Raises
from losses.evidence.environments import ENVIRONMENTS, REFERENCE
from tests.recording import environments, workers
from tests.slices import is_drawn

# Of the tests that are marked `sliced`, and of the cells; everything with --full.
SHARE = 0.02
LEFT_OUT = pytest.StashKey[int]()

hypothesis.settings.register_profile("default", derandomize=True, database=None)
hypothesis.settings.register_profile("nightly", database=None, max_examples=1000)
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
        "markers", "sliced: of its cases a slice is run, see --full"
    )
    if not re.fullmatch(r"[1-9]\d*/[1-9]\d*", config.getoption("--shard")):
        raise pytest.UsageError(
            "--shard is two numbers: 2/4 is the second of four parts"
        )
    _seed(config)
    environments.enter(config.getoption("--environment"))
    config.add_cleanup(environments.compile_once())
    config.add_cleanup(workers.end)


def pytest_report_header(config):
    seed = config.getoption("--hypothesis-seed")
    return f"hypothesis seed: {seed}" if seed is not None else None


def pytest_terminal_summary(terminalreporter, config):
    if not config.getoption("--full"):
        terminalreporter.write_line(SUMMARY.format(share=SHARE))


SUMMARY = (
    "Ran: every broken variant in the way that shows it, every number worked out by "
    "hand, every rule and claim, all that changed since it was recorded, and {share:.0%} "
    "of the other cells and of what holds for every loss. All of it: make test-full"
)


@pytest.fixture(scope="session")
def environment(pytestconfig):
    """The name of the environment that the tests run in."""
    return pytestconfig.getoption("--environment")


def pytest_collection_modifyitems(config, items):
    """Leave out what is about another environment, of another shard, or not drawn."""
    name = config.getoption("--environment")
    absent = environments.ABOUT.keys() - environments.about(name)
    if ENVIRONMENTS[name].legacy:
        for item in filter(_is_refused_by_keras_3, items):
            item.add_marker("keras3")
    part, parts = map(int, config.getoption("--shard").split("/"))
    left_out = [
        item
        for item in items
        if any(item.get_closest_marker(mark) for mark in absent)
        or _shard_of(item, parts) != part
        or _is_not_drawn(item)
    ]
    gone = set(left_out)
    items[:] = [item for item in items if item not in gone]
    config.hook.pytest_deselected(items=left_out)


def is_full(config):
    """Whether everything is run: all of it, or all of what somebody asks for by name."""
    return config.getoption("--full") or bool(config.getoption("keyword"))


def _shard_of(item, parts):
    """The shard of a test, counted from 1. Those of one group share runs."""
    group = item.get_closest_marker("xdist_group")
    name = group.args[0] if group else item.nodeid
    return 1 + sum(name.encode()) % parts


def _is_not_drawn(item):
    """Whether it is a case of a test of which a slice is run, and not of that slice. On
    JAX, which compiles every operation for every new shape, the numbers worked out by
    hand are such cases as well."""
    if is_full(item.config):
        return False
    on_jax = ENVIRONMENTS[item.config.getoption("--environment")].backend == "jax"
    sliced = item.get_closest_marker("sliced") or (
        on_jax and "catalog" in item.path.parts
    )
    is_case = sliced and hasattr(item, "callspec")
    return is_case and not is_drawn(item.nodeid, SHARE)


def _is_refused_by_keras_3(item):
    """Whether it expects the error of Keras 3 for class weights of masks."""
    case = getattr(getattr(item, "callspec", None), "params", {}).get("case")
    weighs = isinstance(case, Case) and case.probe == "class_weight"
    return weighs and isinstance(case.gives, Raises)


def _seed(config):
    """Draw a seed for the nightly profile, which the header prints."""
    nightly = config.getoption("--hypothesis-profile") == "nightly"
    if nightly and config.getoption("--hypothesis-seed") is None:
        config.option.hypothesis_seed = str(random.SystemRandom().randrange(2**32))
