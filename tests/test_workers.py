"""Two processes are asked together; what stops one of them stops no test run."""

import pytest

from losses.evidence.environments import REFERENCE
from tests.recording import workers

pytestmark = [pytest.mark.reference, pytest.mark.xdist_group("two_workers")]
VARIANT = "mean_squared_error/column_minus_vector_in_a_subclass"


@pytest.fixture(scope="module")
def pair():
    """The processes are started when somebody asks, and again when they have ended."""
    pair = workers.Pair(REFERENCE)
    yield pair
    pair.end()


def test_a_pair_that_died_says_why_and_is_started_again(pair):
    right = pair.ask(VARIANT).result()["reference"]
    assert right["returns"] == right["alone"]["returns"]
    for process in pair.processes:
        process.kill()
        process.wait()
    with pytest.raises(RuntimeError, match="two workers did not answer"):
        pair.ask(VARIANT).result()
    assert pair.ask(VARIANT).result()["reference"] == right


def test_an_unknown_variant_ends_both_with_the_reason(pair):
    with pytest.raises(RuntimeError, match="'dice/no_such_variant'"):
        pair.ask("dice/no_such_variant").result()
    assert not pair.processes


def test_one_that_dies_at_the_start_says_why(pair, monkeypatch):
    monkeypatch.setattr(workers, "free_ports", lambda count: ["no port", "no port"])
    with pytest.raises(RuntimeError, match=r"did not answer start(.|\n)*no port"):
        pair.ask(VARIANT).result()
    assert not pair.processes
