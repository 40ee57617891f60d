"""What the page *Many Dice* shows, held where the other libraries are not installed."""

import json
import re
from html import unescape

import pytest

from tests import peers
from tests.rendered import pages

RECORD = json.loads(peers.FILE.read_text("utf-8"))
LINES = [
    pytest.param(loss, peer, line, id=f"{loss}-{peer.library}-{peer.call}")
    for loss, group in peers.PEERS.items()
    for peer, line in zip(group, RECORD["groups"][loss], strict=True)
]
every_line = pytest.mark.parametrize(("loss", "peer", "line"), LINES)


@pytest.fixture(scope="module")
def names():
    return peers.of_keras()


def close(number):
    return pytest.approx(number, abs=1e-5)


@every_line
def test_what_is_declared_is_what_was_recorded(loss, peer, line):
    """`make peers` records it."""
    declared = peers.declared(peer)
    assert {name: line[name] for name in declared} == declared
    if peer.formula is not None:
        assert line["value"] == close(peer.formula)


@every_line
def test_the_same_here_is_the_same(loss, peer, line, names):
    """On this backend as well, and in the record."""
    if peer.ours is None:
        assert line["ours_value"] is None
        return
    names = peers.for_loss(loss, names)
    assert peers.value(peer.ours, names) == close(line["value"])
    assert line["ours_value"] == close(line["value"])


@every_line
def test_of_keras_and_of_this_catalog_nothing_is_quoted(loss, peer, line, names):
    if peer.library in (peers.CATALOG, peers.KERAS):
        names = peers.for_loss(loss, names)
        assert peers.value(peer.call, names) == close(line["value"])


def test_the_input_is_that_of_the_record():
    assert RECORD["input"]["mask"] == peers.MASK.tolist()
    assert RECORD["input"]["p"] == pytest.approx(peers.P, abs=1e-6)


def test_dice_by_hand():
    """Overlaps 1.5 and 0.2 of 4 and 1.8, together 1.7 of 5.8."""
    by_image = ((1 - 4 / 5) + (1 - 1.4 / 2.8)) / 2
    bare = ((1 - 3 / 4) + (1 - 0.4 / 1.8)) / 2
    batch = 1 - 3.4 / 5.8
    found = [line["value"] for line in RECORD["groups"]["dice"][:5]]
    assert found == pytest.approx([by_image, batch, bare, bare, batch], abs=1e-5)


def test_the_page_shows_every_line():
    page = pages()["many-dice.md"]
    for loss, group in RECORD["groups"].items():
        for number, line in enumerate(group):
            [shown] = re.findall(rf'<tr data-row="{loss}-{number}">.*?</tr>', page)
            text = unescape(shown)
            assert f"{line['value']:.4f}" in text
            assert line["call"] in text
            assert (line["ours"] or "no option gives it") in text
            assert ("by its formula" in text) == line["quoted"]
    for version in RECORD["environment"].values():
        assert version in page
