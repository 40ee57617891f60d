"""All pages, from a shelf."""

import re

from docs.generator import (
    api,
    catalog,
    costs,
    heard,
    matrix,
    mistakes,
    peers,
    rules,
    watch,
)
from docs.generator.outcome import PROBES
from docs.generator.pairs import pair
from docs.generator.text import inline, link, paragraphs, path as page_of
from docs.generator.variants import observed, what_you_see
from losses.evidence.environments import ENVIRONMENTS


def render(shelf):
    """`{path: Markdown}` of the whole site. Nothing is read and nothing written."""
    subjects = sorted({claim.subject for claim in shelf.claims})
    pages = {
        **{path: fill(shelf, path, text) for path, text in shelf.written.items()},
        catalog.LIST: catalog.overview(shelf),
        **{page_of(x): catalog.page(shelf, x) for x in shelf.losses.values()},
        mistakes.PAGE: mistakes.page(shelf),
        heard.LIST: heard.overview(shelf),
        **{heard.path(subject): heard.page(shelf, subject) for subject in subjects},
        rules.PAGE: rules.page(shelf),
        matrix.PAGE: matrix.page(shelf),
        costs.PAGE: costs.page(shelf),
        watch.PAGE: watch.page(shelf),
        peers.PAGE: peers.page(shelf),
        api.PAGE: api.page(shelf),
    }
    return {path: text.rstrip("\n") + "\n" for path, text in pages.items()}


def data(shelf):
    """`{path: JSON}`: what the site holds for other tools."""
    return {matrix.DATA: matrix.data(shelf)}


def navigation(shelf):
    """The sidebar: by family, then by loss."""
    families = [
        {
            family.capitalize(): [
                *([{"Which one?": which(family)}] * (which(family) in shelf.written)),
                *(
                    {loss.name: page_of(loss)}
                    for loss in shelf.losses.values()
                    if loss.family == family
                ),
            ]
        }
        for family in shelf.families
    ]
    subjects = sorted({claim.subject for claim in shelf.claims})
    guides = sorted(page for page in shelf.written if page.startswith("guide/"))
    return [
        {"Start": "index.md"},
        {"Losses": [catalog.LIST, *families]},
        {"Mistakes": mistakes.PAGE},
        {"Heard and tested": [heard.LIST, *(heard.path(s) for s in subjects)]},
        {"Check your own": rules.PAGE},
        {"Guides": guides},
        {"Matrix": matrix.PAGE},
        {"What it costs": costs.PAGE},
        {"Versions": watch.PAGE},
        {peers.TITLE: peers.PAGE},
        {"API": api.PAGE},
        {"How this is tested": "tested.md"},
    ]


def which(family):
    """The page that tells when to take which loss of a family."""
    return f"which/{family}.md"


def fill(shelf, path, text):
    """A page written by hand, with what it asks for: `<!-- show: loss/variant -->` is a
    variant with what was seen of it, `<!-- count: variants -->` a number."""
    text = re.sub(
        r"<!-- show: (\S+) -->", lambda found: _example(shelf, path, found[1]), text
    )
    return re.sub(
        r"<!-- count: (\w+) -->", lambda found: str(counts(shelf)[found[1]]), text
    )


def counts(shelf):
    """The numbers that a page written by hand may ask for."""
    seen = matrix.counts(shelf)
    return {
        "losses": len(shelf.losses),
        "families": len(shelf.families),
        "environments": len(ENVIRONMENTS),
        "probes": len(PROBES),
        "variants": len(shelf.variants),
        "claims": len(shelf.claims),
        "rules": len(shelf.rules),
        "pairs": seen.total() - seen["absent"],
        "silent": sum(
            v.symptom not in ("raises", "depends") for v in shelf.variants.values()
        ),
    }


def _example(shelf, path, id_):
    variant = shelf.variants[id_]
    loss, record = shelf.losses[variant.loss], shelf.seen(variant)
    more = link("Why, and every other", path, page_of(loss), variant.name)
    return paragraphs(
        f"**{variant.title}**",
        pair(loss, variant),
        what_you_see(variant, record),
        observed(variant, record),
        f"<p>{more} wrong way of <code>{inline(loss.name)}</code>.</p>",
    )
