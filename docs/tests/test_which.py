"""The pages that tell when to take which loss: none is forgotten, and what an author
claims is marked and comes from the source that the loss names."""

import re

import pytest

from docs.generator.render import navigation, which
from docs.generator.text import sections
from docs.tests.rendered import SITE, pages

pytestmark = pytest.mark.xdist_group("site")  # rendered once

FAMILIES = [name for name in SITE.families if which(name) in SITE.written]
ADDRESS = re.compile(r"https://(?:arxiv\.org/abs|doi\.org)/[^)\s]+")
LINE = re.compile(r"^\| (?P<when>.+?) \| (?P<take>.+?) \| (?P<claim>.*?) ?\|$")
every_family = pytest.mark.parametrize("family", FAMILIES)


def lines(family):
    """The lines of the table, without its head."""
    found = map(LINE.match, SITE.written[which(family)].splitlines())
    return [line for line in found if line and set(line["when"]) != {"-"}][1:]


def taken(line):
    """The losses that a line names."""
    return re.findall(r"\(\.\./losses/(\w+)\.md\)", line["take"])


def test_there_is_a_page_for_each_family_of_one_output():
    assert set(SITE.families) - set(FAMILIES) == {"regression", "multitask"}


@every_family
def test_every_loss_of_the_family_has_its_place(family):
    named = {loss for line in lines(family) for loss in taken(line)}
    members = {x.name for x in SITE.losses.values() if x.family == family}
    assert members <= named <= set(SITE.losses)


@every_family
def test_a_claim_is_marked_and_has_its_source(family):
    page = SITE.written[which(family)]
    assert "What stands in italics is what the authors claim." in page
    for line in lines(family):
        if not line["claim"]:
            continue
        assert re.match(r"\*.+\.\* ", line["claim"]), line["claim"]
        losses = [SITE.losses[name] for name in taken(line)]
        sources = " ".join(sections(loss.doc)["Source"] for loss in losses)
        addresses = ADDRESS.findall(line["claim"])
        assert addresses, line["claim"]
        for address in addresses:
            assert address in sources, address


@every_family
def test_it_stands_first_in_its_family(family):
    [listed] = [part["Losses"] for part in navigation(SITE) if "Losses" in part]
    [members] = [
        part[family.capitalize()] for part in listed[1:] if family.capitalize() in part
    ]
    assert members[0] == {"Which one?": which(family)}
    assert which(family) in pages()
