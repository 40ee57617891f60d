"""What others give of one input stands on the site, line by line."""

import re
from html import unescape

import pytest

from docs.tests.rendered import SITE, pages

pytestmark = pytest.mark.xdist_group("site")  # rendered once

DICE = SITE.peers["groups"]
PAPERS = {loss: group["lines"] for loss, group in SITE.peers["papers"].items()}
LINES = {**DICE, **PAPERS}


@pytest.mark.parametrize("loss", LINES)
def test_its_page_shows_every_line(loss):
    assert_shows(pages()[f"losses/{loss}.md"], loss)


@pytest.mark.parametrize("loss", DICE)
def test_many_dice_shows_every_line(loss):
    page = pages()["many-dice.md"]
    assert_shows(page, loss)
    for version in SITE.peers["environment"].values():
        assert version in page


def assert_shows(page, loss):
    for number, line in enumerate(LINES[loss]):
        [shown] = re.findall(rf'<tr data-row="{loss}-{number}">.*?</tr>', page)
        text = unescape(shown)
        assert f"{line['value']:.4f}" in text
        assert line["call"] in text
        assert (line["ours"] or "no option gives it") in text
        assert ("by its formula" in text) == line["quoted"]
