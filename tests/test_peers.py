"""What others give, held where their libraries are not installed."""

import json
import re
from html import unescape

import pytest

from losses.source import registry
from tests.peers import CATALOG, KERAS, declared, dice, papers, value
from tests.peers.__main__ import FILE
from tests.rendered import pages

RECORD = json.loads(FILE.read_text("utf-8"))
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


@pytest.mark.parametrize("loss", GROUPS)
def test_its_page_shows_every_line(loss):
    assert_shows(pages()[f"losses/{loss}.md"], loss)


@pytest.mark.parametrize("loss", dice.DICE)
def test_many_dice_shows_every_line(loss):
    page = pages()["many-dice.md"]
    assert_shows(page, loss)
    for version in RECORD["environment"].values():
        assert version in page


def assert_shows(page, loss):
    for number, line in enumerate(GROUPS[loss][1]):
        [shown] = re.findall(rf'<tr data-row="{loss}-{number}">.*?</tr>', page)
        text = unescape(shown)
        assert f"{line['value']:.4f}" in text
        assert line["call"] in text
        assert (line["ours"] or "no option gives it") in text
        assert ("by its formula" in text) == line["quoted"]


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
