import sys
from datetime import date

import pytest

from losses import registry
from losses.outcomes import Case, Raises
from tests import environments, workers


def pytest_addoption(parser):
    parser.addoption(
        "--evidence",
        choices=["check", "update", "stale"],
        default="check",
        help="update: rewrite losses/evidence with what was seen, stale: only what was "
        "seen of other code; then read the diff",
    )
    parser.addoption(
        "--again",
        type=float,
        default=0.25,
        help="share of the evidence of the broken variants that is seen again",
    )
    parser.addoption(
        "--seed",
        default=str(date.today()),
        help="what is seen again is drawn by it; by default the day",
    )
    parser.addoption(
        "--environment",
        choices=list(registry.ENVIRONMENTS),
        default=registry.REFERENCE,
        help="what to run on; each has its own folder in losses/evidence",
    )


def pytest_configure(config):
    for marker, what in environments.ABOUT.items():
        config.addinivalue_line("markers", f"{marker}: about {what}")
    environments.enter(config.getoption("--environment"))
    config.add_cleanup(environments.compile_once())
    config.add_cleanup(workers.end)


def pytest_terminal_summary(terminalreporter, config):
    share, seed = config.getoption("--again"), config.getoption("--seed")
    if config.getoption("--evidence") == "check":
        terminalreporter.write_line(
            f"evidence: {share:.0%} was seen again, --seed={seed}; all of it: --again=1"
        )


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """`losses.check` has time enough: the machine that tests may be a busy one."""
    if "losses.contract" in sys.modules:
        monkeypatch.setattr("losses.contract.SECONDS", 60)


def pytest_collection_modifyitems(config, items):
    """Leave out what is about another environment."""
    environment = config.getoption("--environment")
    absent = environments.ABOUT.keys() - environments.about(environment)
    if environment == "tf_keras":
        for item in filter(_is_refused_by_keras_3, items):
            item.add_marker("keras3")
    left_out = [i for i in items if any(i.get_closest_marker(mark) for mark in absent)]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def _is_refused_by_keras_3(item):
    """Whether it expects the error of Keras 3 for class weights of masks."""
    case = getattr(getattr(item, "callspec", None), "params", {}).get("case")
    weighs = isinstance(case, Case) and case.probe == "class_weight"
    return weighs and isinstance(case.gives, Raises)
