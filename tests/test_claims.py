"""Every claim is run as it was made; its verdict follows from what happened.

What happened is recorded in losses/evidence, one document for each subject.
"""

import inspect
from math import log

import numpy as np
import pytest

from losses.evidence import keys, store
from losses.evidence.codec import encoded
from losses.evidence.compare import keep, same
from losses.evidence.declarations import (
    Case,
    Claim,
    Fails,
    Raises,
    Returns,
    Runs,
    verdict,
)
from losses.evidence.messages import cleaned
from losses.running.probes import run
from losses.running.subject import Subject
from losses.source import registry
from tests.conftest import is_full
from tests.recording import documents
from tests.recording.documents import declared_claim as declared, outcomes_of as seen
from tests.slices import some_of

FEW = 5  # claims that XLA compiles
CLAIMS = list(registry.claims().values())
EXAMPLES = {  # file: how many code examples it has
    "000_3c468f6f65558dfb.txt": 3,
    "001_ba603acd0aee4893.txt": 3,
    "002_65d43e6c1f95d266.txt": 3,
    "003_f981f1d56fa42838.txt": 3,
    "004_ef083d3b3fca2eca.txt": 3,
}
RIGHT = {  # what `works` is, one value per sample
    "dtypes/logarithm_of_integers": [log(1 / 2) ** 2, log(4 / 2) ** 2],
    "gradients/gradient_of_a_matrix": [0.5, 2.0],  # (1² + 0²) / 2, (0² + 2²) / 2
    "labels/ids_in_categorical_crossentropy": [log(2), log(2)],  # -log 0.5, both
    "returns/map_of_pixel_losses": [log(2), log(4)],  # -log 0.5, -log(1 - 0.75)
    "returns/scalar_and_vector_in_a_list": [1.5, 0.5],  # (1 + 0) / 2 + 1, … + 0
    "returns/scalar_is_enough": [1.0, 0.0],  # 1², 0²
    "returns/sum_over_an_extra_axis": [0.5, 2.0],  # (1² + 0²) / 2, (0² + 2²) / 2
    "returns/sum_over_everything": [0.5, 1.0],  # (1 + 0) / 2, (0 + 2) / 2
    "returns/two_losses_in_a_list": [
        log(2) + 0.5,  # -log 0.5 + (0² + 1²) / 2
        log(2) + 2.0,  # -log 0.5 + (0² + 2²) / 2
    ],
    "returns/two_losses_stacked": [
        1.0,  # 0.7 · 1² + 0.3 · (2 + 0) / 2
        2.8,  # 0.7 · 2² + 0.3 · 0
    ],
    "shapes/accidental_broadcast": [0.0, 0.0],  # predicted perfectly
    "shapes/labels_without_the_last_axis": [0.5, 0.0],  # |1 - 0.5|, |0 - 0|
}


def each_claim(test):
    """A test of every claim; one process runs those of a subject, which share runs."""
    cases = [in_one_process(claim.id, claim) for claim in CLAIMS]
    return pytest.mark.parametrize("claim", cases)(test)


def in_one_process(id_, *values):
    subject = id_.partition("/")[0]
    return pytest.param(*values, id=id_, marks=pytest.mark.xdist_group(subject))


@pytest.fixture
def without(claim, pytestconfig):
    """The ways in which a claim is not run. Of those that were recorded with the
    present code XLA compiles few: it takes as long as all other ways together."""
    again = is_full(pytestconfig) or claim.id in some_of(registry.claims(), FEW)
    key = store.keys_of(f"claims/{claim.subject}").get(claim.name)
    return () if again or key != keys.of_claim(claim) else ("fit_xla",)


def recorded(claim):
    return store.document(f"claims/{claim.subject}")["claims"].get(claim.name)


@each_claim
def test_a_claim_does_what_was_recorded(claim, without):
    before = recorded(claim)
    for part, ways in seen(claim, without).items():
        now = {way: encoded(outcome) for way, outcome in ways.items()}
        then = {w: o for w, o in before["seen"][part].items() if w not in without}
        assert keep(now, then) == then, "read the difference, then: make record"


@each_claim
def test_a_verdict_is_that_of_what_was_recorded(claim, without):
    before = recorded(claim)
    assert verdict(before["held"], before["seen"]) == before["verdict"]
    _, held = declared(claim).verdict(seen(claim, without))
    assert held == {
        part: [way for way in ways if way not in without]
        for part, ways in before["held"].items()
    }


def test_what_was_recorded_is_of_the_present_code():
    wanted = documents.wanted()
    for name in wanted:
        if name.startswith("claims/"):
            assert store.keys_of(name) == wanted[name], "make record"
            assert store.document(name)["claims"].keys() == wanted[name].keys()


@each_claim
def test_what_is_said_to_work_works(claim, without):
    for way, outcome in seen(claim, without).get("works", {}).items():
        assert isinstance(outcome, Returns), f"{way}: {outcome}"


def works_as_a_loss(claim):
    parts = declared(claim).parts
    return "works" in parts and "y_pred" in inspect.signature(parts["works"]).parameters


def test_every_loss_that_works_is_worked_out():
    assert {claim.id for claim in CLAIMS if works_as_a_loss(claim)} == set(RIGHT)


@pytest.mark.parametrize(
    "claim", [in_one_process(name, registry.claims()[name]) for name in RIGHT]
)
def test_what_works_is_one_right_value_per_sample(claim, without):
    case = Case(declared(claim).y_true, declared(claim).y_pred, gives=None)
    subject = Subject.of_variant(declared(claim).parts["works"], case)
    direct = run("call", subject, case)
    right = RIGHT[claim.id]
    assert Returns(right).fits(direct), direct
    for way, outcome in seen(claim, without)["works"].items():
        if way.startswith("fit"):
            assert same(outcome.value, np.mean(right)), f"{way}: {outcome}"


RAN, STOPPED = Returns(np.array([1.0, 2.0])), Raises("ValueError", "shapes differ")


@pytest.mark.parametrize(
    "said, seen, expected",
    [
        (Raises("ValueError"), {"call": STOPPED, "fit_graph": STOPPED}, "true"),
        (Raises("ValueError"), {"call": STOPPED, "fit_graph": RAN}, "depends"),
        (Raises("ValueError"), {"call": RAN, "fit_graph": RAN}, "false"),
        (Raises("InvalidArgumentError"), {"call": STOPPED}, "false"),
        (Fails(), {"call": STOPPED}, "true"),
        (Fails("shape"), {"call": STOPPED}, "true"),
        (Fails("dtype"), {"call": STOPPED}, "false"),
        (Fails(), {"call": RAN}, "false"),
        (Runs(), {"call": RAN}, "true"),
        (Runs(), {"call": STOPPED}, "false"),
        (Runs(shape=(2,)), {"call": RAN}, "true"),
        (Runs(shape=()), {"call": RAN}, "false"),
        (Runs(shape=(2,)), {"call": Returns([1.0, 2.0], kind="list")}, "false"),
        (Runs(shape=(2,)), {"fit_graph": Returns(1.5, step=1.0)}, "true"),
    ],
)
def test_verdict(said, seen, expected):
    claim = Claim("a text", {"advice": said}, {})
    held = [way for way, outcome in seen.items() if said.fits(outcome)]
    assert claim.verdict({"advice": seen}) == (expected, {"advice": held})


def test_one_part_that_never_came_makes_a_claim_false():
    claim = Claim("a text", {"said_to_fail": Fails(), "advice": Runs()}, {})
    seen = {"said_to_fail": {"call": RAN}, "advice": {"call": RAN}}
    assert claim.verdict(seen) == ("false", {"said_to_fail": [], "advice": ["call"]})


def test_a_message_has_no_colors():
    assert cleaned("\x1b[1mBatch size 4\x1b[0m") == "Batch size 4"


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.id)
def test_a_claim_predicts_and_says_what_is_heard(claim):
    file, _, place = claim.source.partition(" ")
    assert file in EXAMPLES
    assert place in {"prose", *(f"example {n + 1}" for n in range(EXAMPLES[file]))}
    assert claim.heard
    assert declared(claim).predicts.keys() <= claim.parts.keys()
    assert declared(claim).predicts


@pytest.mark.parametrize("file", EXAMPLES)
def test_every_example_is_reproduced(file):
    examples = {f"{file} example {n}" for n in range(1, EXAMPLES[file] + 1)}
    assert examples <= {claim.source for claim in CLAIMS}
