"""All pages."""

import re

from docs.generator import (
    api,
    catalog,
    claims_page,
    costs,
    errors_page,
    matrix,
    mistakes,
    models,
    peers,
    rules,
    watch,
)
from docs.generator.pairs import pair
from docs.generator.text import inline, link, paragraphs, path as page_of
from docs.generator.variants import observed, what_you_see
from losses.evidence.environments import ENVIRONMENTS


def render(site):
    """`{path: Markdown}` of the whole site. Nothing is read and nothing written."""
    subjects = sorted({claim.subject for claim in site.claims})
    pages = {
        **{path: fill(site, path, text) for path, text in site.written.items()},
        catalog.LIST: catalog.overview(site),
        **{page_of(x): catalog.page(site, x) for x in site.losses.values()},
        mistakes.PAGE: mistakes.page(site),
        errors_page.LIST: errors_page.overview(site),
        **{
            errors_page.path(family): errors_page.page(site, family)
            for family in site.error_families
        },
        claims_page.LIST: claims_page.overview(site),
        **{
            claims_page.path(subject): claims_page.page(site, subject)
            for subject in subjects
        },
        rules.PAGE: rules.page(site),
        models.PAGE: models.page(site),
        matrix.PAGE: matrix.page(site),
        costs.PAGE: costs.page(site),
        watch.PAGE: watch.page(site),
        peers.PAGE: peers.page(site),
        api.PAGE: api.page(site),
    }
    return {path: text.rstrip("\n") + "\n" for path, text in pages.items()}


def data(site):
    """`{path: JSON}`: what the site holds for other tools."""
    return {matrix.DATA: matrix.data(site)}


def navigation(site):
    """The sidebar: by family, then by loss."""
    families = [
        {
            family.capitalize(): [
                *([{"Which one?": which(family)}] * (which(family) in site.written)),
                *(
                    {loss.name: page_of(loss)}
                    for loss in site.losses.values()
                    if loss.family == family
                ),
            ]
        }
        for family in site.families
    ]
    subjects = sorted({claim.subject for claim in site.claims})
    guides = sorted(page for page in site.written if page.startswith("guide/"))
    return [
        {"Start": "index.md"},
        {"Losses": [catalog.LIST, *families]},
        {"Mistakes": mistakes.PAGE},
        {
            "Find your error": [
                errors_page.LIST,
                *(errors_page.path(family) for family in site.error_families),
            ]
        },
        {
            "Heard and tested": [
                claims_page.LIST,
                *(claims_page.path(s) for s in subjects),
            ]
        },
        {"Check your own": rules.PAGE},
        {"Check your model": models.PAGE},
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


def fill(site, path, text):
    """A page written by hand, with what it asks for: `<!-- show: loss/variant -->` is a
    variant with its outcomes, `<!-- count: variants -->` a number."""
    text = re.sub(
        r"<!-- show: (\S+) -->", lambda found: _example(site, path, found[1]), text
    )
    return re.sub(
        r"<!-- count: (\w+) -->", lambda found: str(counts(site)[found[1]]), text
    )


def counts(site):
    """The numbers that a page written by hand may ask for."""
    seen = matrix.counts(site)
    return {
        "losses": len(site.losses),
        "families": len(site.families),
        "environments": len(ENVIRONMENTS),
        "probes": len(site.probes),
        "variants": len(site.variants),
        "claims": len(site.claims),
        "rules": len(site.rules),
        "pairs": seen.total() - seen["absent"],
        "silent": sum(
            v.symptom not in ("raises", "depends") for v in site.variants.values()
        ),
    }


def _example(site, path, id_):
    variant = site.variants[id_]
    loss = site.losses[variant.loss]
    more = link("Why, and every other", path, page_of(loss), variant.name)
    return paragraphs(
        f"**{variant.title}**",
        pair(variant),
        what_you_see(site, variant),
        observed(site, variant),
        f"<p>{more} variant of <code>{inline(loss.name)}</code>.</p>",
    )
