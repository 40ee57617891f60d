"""Each error of losses/errors comes from its lines, and from no mended ones."""

import keras
import pytest

from losses.evidence import keys, store
from losses.evidence.environments import ENVIRONMENTS
from losses.source import registry
from losses.source.mending import changes
from tests.conftest import is_full
from tests.recording import errors
from tests.slices import some_of

LONG = 4  # changed lines
FEW = 24  # errors that are run though nothing has changed
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


@pytest.fixture
def is_run(error, kind, pytestconfig):
    """Whether an error is run here: of those that were recorded with the present code
    some are."""
    return bool(kind) and (is_full(pytestconfig) or error.id in some_of(ERRORS, FEW))


@each_error
def test_what_was_recorded_is_of_the_present_code(error, kind, recorded):
    if kind:
        assert recorded[error.id]["raises"] == kind
        assert recorded[error.id]["key"] == keys.of_error(error), "make record"
    else:
        assert error.id not in recorded


@each_error
def test_it_comes_as_it_was_recorded(error, is_run, recorded):
    if not is_run:
        return
    seen = dict(zip(("raises", "message", "at"), errors.observed(error)))
    before = recorded[error.id]
    assert (seen["at"], seen["raises"]) == (before["at"], before["raises"])
    assert _told(seen) == _told(before)


@each_error
def test_it_is_gone_once_it_is_mended(error, is_run):
    if is_run:
        assert errors.observed(error, "mended") is None


@each_error
def test_its_fix_is_small(error):
    assert changes(error.source), "it has no fix"
    assert error.changed_lines <= LONG


@each_error
def test_it_says_what_must_be_the_case(error):
    assert error.cause.endswith(".")


def test_what_was_recorded_is_of_errors_that_there_are():
    for environment in ENVIRONMENTS:
        assert store.errors(environment).keys() <= ERRORS.keys(), environment


def test_every_wording_leads_to_errors():
    for said in registry.wordings().values():
        for ids in said.values():
            assert ids
            assert set(ids) <= ERRORS.keys()


def _told(seen):
    """The message in its words, in any order: sets are printed in another each time,
    and batches are shuffled."""
    from losses.evidence.errors import words

    return sorted(set(words(seen["message"])))
