"""Two processes are asked together; what stops one of them stops no test run."""

import pytest

from losses.evidence.environments import REFERENCE
from losses.evidence.store import SIDES
from tests.recording import workers

pytestmark = [pytest.mark.reference, pytest.mark.xdist_group("two_workers")]
VARIANT = "mean_squared_error/column_minus_vector_in_a_subclass"
# In the place of a worker, which imports TensorFlow.
ECHO = """
import json, sys

print(json.dumps("ready"), flush=True)
for line in sys.stdin:
    print(json.dumps(line.strip()), flush=True)
"""


@pytest.fixture
def made():
    """Makes a pair, of workers or of another program, and ends it."""
    pairs = []

    def make(*arguments):
        pairs.append(workers.Pair(REFERENCE, *arguments))
        return pairs[-1]

    yield make
    for pair in pairs:
        pair.end()


def test_what_both_return_is_what_one_returns_alone():
    right = workers.asked(VARIANT, REFERENCE).result()["reference"]
    assert right["returns"] == right["alone"]["returns"]


def test_a_pair_that_died_says_why_and_is_started_again(made):
    pair = made(("-c", ECHO))
    right = pair.ask(VARIANT, SIDES).result()
    assert right == {side: f"{VARIANT} {side}" for side in SIDES}
    for process in pair.processes:
        process.kill()
        process.wait()
    with pytest.raises(RuntimeError, match="two workers did not answer"):
        pair.ask(VARIANT, SIDES).result()
    assert pair.ask(VARIANT, SIDES).result() == right


def test_one_that_dies_at_the_start_says_why(made, monkeypatch):
    monkeypatch.setattr(workers, "free_ports", lambda count: ["no port", "no port"])
    pair = made()
    with pytest.raises(RuntimeError, match=r"did not answer start(.|\n)*no port"):
        pair.ask(VARIANT, SIDES).result()
    assert not pair.processes


def test_an_unknown_variant_ends_both_with_the_reason():
    """The pair of this test run, which is started again where somebody asks."""
    with pytest.raises(RuntimeError, match="'dice/no_such_variant'"):
        workers.asked("dice/no_such_variant", REFERENCE).result()
    assert not workers.PAIRS[REFERENCE].processes
