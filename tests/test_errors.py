"""Each error of losses/errors comes from its lines, and from no mended ones."""

import keras
import pytest

from losses.evidence import store
from losses.evidence.environments import ENVIRONMENTS
from losses.source import registry
from losses.source.mending import changes
from tests.recording import errors

LONG = 4  # changed lines
ERRORS = registry.errors()
pytestmark = pytest.mark.keras3
each_error = pytest.mark.parametrize(
    "error",
    [
        pytest.param(error, id=name, marks=pytest.mark.xdist_group(error.family))
        for name, error in ERRORS.items()
    ],
)


@pytest.fixture
def kind(error):
    """The class of the error on the backend of this process; "" if none comes."""
    return errors.code_of(error, "wrong").kinds.get(keras.backend.backend(), "")


@pytest.fixture
def recorded():
    backend = keras.backend.backend()
    return store.errors(f"keras-{backend}")


@each_error
def test_it_comes_as_it_was_recorded(error, kind, recorded):
    if not kind:
        assert error.id not in recorded
        return
    seen = dict(zip(("raises", "message", "at"), errors.observed(error)))
    assert seen["raises"] == kind
    before = recorded[error.id]
    assert (seen["at"], seen["raises"]) == (before["at"], before["raises"])
    assert _told(seen) == _told(before)


@each_error
def test_it_is_gone_once_it_is_mended(error, kind):
    if kind:
        assert errors.observed(error, "mended") is None


@each_error
def test_its_fix_is_small(error):
    assert changes(error.source), "it has no fix"
    assert error.changed_lines <= LONG


@each_error
def test_it_says_what_must_be_the_case(error):
    assert error.cause.endswith(".")
    assert error.way_out or len(error.cause) > 60, "it tells no way out"


def test_what_was_recorded_is_of_errors_that_there_are():
    for environment in ENVIRONMENTS:
        assert store.errors(environment).keys() <= ERRORS.keys(), environment


def test_every_wording_leads_to_errors():
    for ids in registry.wordings().values():
        assert ids
        assert set(ids) <= ERRORS.keys()


def _told(seen):
    """The message in its words, in any order: sets are printed in another each time,
    and batches are shuffled."""
    from losses.evidence.errors import words

    return sorted(set(words(seen["message"])))
