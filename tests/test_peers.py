"""What others give, held where their libraries are not installed."""

import re

import pytest

from losses.evidence import store
from losses.source import registry
from tests.recording.peers import CATALOG, KERAS, declared, dice, papers, value

RECORD = store.peers()
GROUPS = {
    **{loss: (peers, RECORD["groups"][loss]) for loss, peers in dice.DICE.items()},
    **{
        loss: (group.peers, RECORD["papers"][loss]["lines"])
        for loss, group in papers.PAPERS.items()
    },
}
LINES = [
    pytest.param(loss, peer, line, id=f"{loss}-{peer.library}-{peer.call}")
    for loss, (peers, lines) in GROUPS.items()
    for peer, line in zip(peers, lines, strict=True)
]
every_line = pytest.mark.parametrize(("loss", "peer", "line"), LINES)


def close(number):
    return pytest.approx(number, abs=1e-5)


def names_for(loss):
    if loss in dice.DICE:
        return dice.of_keras(loss)
    return papers.names(papers.PAPERS[loss])


@every_line
def test_what_is_declared_is_what_was_recorded(loss, peer, line):
    """`make peers` records it."""
    kept = declared(peer)
    assert {name: line[name] for name in kept} == kept
    if peer.formula is not None:
        assert line["value"] == close(peer.formula)


@every_line
def test_the_same_here_is_the_same(loss, peer, line):
    """On this backend as well, and in the record."""
    if peer.ours is None:
        assert line["ours_value"] is None
        return
    assert value(peer.ours, names_for(loss)) == close(line["value"])
    assert line["ours_value"] == close(line["value"])


@every_line
def test_of_keras_and_of_this_catalog_nothing_is_quoted(loss, peer, line):
    if peer.library in (CATALOG, KERAS):
        assert value(peer.call, names_for(loss)) == close(line["value"])


def test_the_input_is_that_of_the_record():
    assert RECORD["input"]["mask"] == dice.MASK.tolist()
    assert RECORD["input"]["p"] == pytest.approx(dice.P, abs=1e-6)
    code = [RECORD["input"][name] for name in ("keras", "torch", "labels")]
    assert code == [dice.OF_KERAS, dice.OF_TORCH, dice.OF_LABELS]
    for loss, group in papers.PAPERS.items():
        assert RECORD["papers"][loss]["given"] == group.given


def test_dice_by_hand():
    """Overlaps 1.5 and 0.2 of 4 and 1.8, together 1.7 of 5.8."""
    by_image = ((1 - 4 / 5) + (1 - 1.4 / 2.8)) / 2
    bare = ((1 - 3 / 4) + (1 - 0.4 / 1.8)) / 2
    batch = 1 - 3.4 / 5.8
    found = [line["value"] for line in RECORD["groups"]["dice"][:5]]
    assert found == pytest.approx([by_image, batch, bare, bare, batch], abs=1e-5)


@pytest.mark.parametrize(
    "loss",
    [
        loss.name
        for loss in registry.losses().values()
        if re.search(r"\b(their|whose|the) code\b", loss.doc, re.IGNORECASE)
    ],
)
def test_what_a_docstring_says_of_somebodys_code_stands_in_a_table(loss):
    """Beside another number."""
    _, lines = GROUPS[loss]
    assert any(line["quoted"] for line in lines)
    assert len({round(line["value"], 4) for line in lines}) > 1
