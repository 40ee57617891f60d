import sys
from datetime import date

import pytest

from losses.evidence.declarations import Case, Raises
from losses.evidence.environments import ENVIRONMENTS, REFERENCE
from tests import environments, workers
from tests.evidence import drawn, share


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
        help="share that is seen again, of the evidence of the broken variants and of "
        "what holds for every loss; by default a tenth, and all of it with -k",
    )
    parser.addoption(
        "--seed",
        default=str(date.today()),
        help="what is seen again is drawn by it; by default it is the day",
    )
    parser.addoption(
        "--environment",
        choices=list(ENVIRONMENTS),
        default=REFERENCE,
        help="what to run on; each has its own folder in losses/evidence",
    )


def pytest_configure(config):
    for marker, what in environments.ABOUT.items():
        config.addinivalue_line("markers", f"{marker}: about {what}")
    config.addinivalue_line(
        "markers", "drawn: of its cases a share is run, see --again"
    )
    environments.enter(config.getoption("--environment"))
    config.add_cleanup(environments.compile_once())
    config.add_cleanup(workers.end)


def pytest_terminal_summary(terminalreporter, config):
    if config.getoption("--evidence") == "check" and share(config) < 1:
        terminalreporter.write_line(
            f"{share(config):.0%} of the evidence and of what holds for every loss was "
            f"seen again, --seed={config.getoption('--seed')}; all of it: --again=1"
        )


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """`losses.check` has time enough: the machine that tests may be a busy one."""
    if "losses.checker" in sys.modules:
        monkeypatch.setattr("losses.checker.SECONDS", 60)


def pytest_collection_modifyitems(config, items):
    """Leave out what is about another environment, and what is not drawn."""
    environment = config.getoption("--environment")
    absent = environments.ABOUT.keys() - environments.about(environment)
    if environment == "tf_keras":
        for item in filter(_is_refused_by_keras_3, items):
            item.add_marker("keras3")
    left_out = [
        item
        for item in items
        if any(item.get_closest_marker(mark) for mark in absent)
        or (config.getoption("--evidence") == "check" and _is_not_drawn(item))
    ]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def _is_not_drawn(item):
    """Whether it is a case of a test of which a share is run, and not of that share. On
    JAX, which compiles every operation for every new shape, the numbers worked out by
    hand are such cases as well."""
    on_jax = environments.BACKENDS.get(item.config.getoption("--environment")) == "jax"
    shared = item.get_closest_marker("drawn") or (
        on_jax and "catalog" in item.path.parts
    )
    is_case = shared and hasattr(item, "callspec")
    return is_case and not drawn(item.config, item.nodeid)


def _is_refused_by_keras_3(item):
    """Whether it expects the error of Keras 3 for class weights of masks."""
    case = getattr(getattr(item, "callspec", None), "params", {}).get("case")
    weighs = isinstance(case, Case) and case.probe == "class_weight"
    return weighs and isinstance(case.gives, Raises)
