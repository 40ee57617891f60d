"""All variants × all environments × all probes, as a page and as JSON."""

import json
from collections import Counter
from html import escape

from docs.generator import environments
from docs.generator.cells import PAGE, filters, head, legend, of_loss
from docs.generator.outcome import SIGNS, seen_with, sign
from docs.generator.site_data import command
from docs.generator.text import (
    front,
    heading,
    inline,
    link,
    listed,
    paragraphs,
    path,
    row,
    sentence_start,
    table,
)
from losses.evidence.compare import NOTICED
from losses.evidence.environments import ENVIRONMENTS, REFERENCE

DATA = "matrix.json"
SCRIPT = "javascripts/matrix.js"
CONTRASTS = {  # one variant, several, and what they do there
    "raises": ("raises", "raise", "where the reference environment raises nothing"),
    "silent": (
        "raises nothing",
        "raise nothing",
        "where the reference environment raises",
    ),
    "other": (
        "gives",
        "give",
        "another value than in the reference environment, or another gradient",
    ),
}


def page(site):
    tested = [loss for loss in site.losses.values() if loss.variants]
    existing = environments.exists(site)
    return paragraphs(
        front("Matrix", hide=["toc"]),
        "# Matrix",
        f"{len(site.variants)} variants in {len(ENVIRONMENTS)} environments and "
        f"{len(site.probes)} ways of running, each compared with its reference on the "
        "same inputs.",
        heading(2, "Environments", "environments"),
        _environments(site),
        *_contrasts(site),
        heading(2, "Ways of running", "ways"),
        _ways(site, existing),
        heading(2, "Every variant", "wrong-ways"),
        "Environments with the same differences share a row; a cell is about those of "
        "them that have its way of running. Cells that differ between rows have a "
        "frame. A dot means that the variant did what its reference did. "
        f'All outcomes: <a href="{DATA}">{DATA}</a>.',
        legend(),
        filters(site, tested),
        *(
            paragraphs(
                heading(3, f"`{loss.name}`", loss.name), of_loss(site, loss, existing)
            )
            for loss in tested
        ),
        heading(2, "Which tests they fail", "tests"),
        "A value test compares a loss with a number worked out by hand. Each is run on "
        "every variant of its loss. A test that no variant fails tells none of them "
        "from the reference.",
        table(
            ("Loss", "Variants", "Failing", "Value tests", "Failing variants by test"),
            [_kills(site, loss) for loss in tested],
            "kills",
            "Which tests the variants fail",
        ),
        f'<script src="{SCRIPT}"></script>',
    )


def data(site):
    """The same as JSON, one cell to a line."""
    about = {
        name: {
            "about": environment.about,
            "versions": site.versions(name),
            "recorded_by": command(name),
            "summary": _counted(environments.summary(site, name)),
        }
        for name, environment in ENVIRONMENTS.items()
    }
    lines = ",\n".join(
        _json(
            {
                "variant": variant,
                "environment": environment,
                "probe": probe,
                "kind": cell.kind,
                "wrong": cell.variant,
                "right": cell.reference,
                **({"mended": cell.fix} if cell.fix != cell.reference else {}),
            }
        )
        for (variant, environment, probe), cell in site.cells.items()
    )
    return f'{{"environments": {_json(about)},\n"cells": [\n{lines}\n]}}\n'


def counts(site):
    """How often each kind of difference was recorded in all."""
    return Counter(cell.kind for cell in site.cells.values())


def _json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _counted(summary):
    return {kind: summary[kind] for kind in SIGNS}


def _environments(site):
    rows = []
    for name, environment in ENVIRONMENTS.items():
        seen = _counted(environments.summary(site, name))
        rows.append(
            row(
                name,
                f"<code>{name}</code><br><small>{escape(environment.about)}</small>",
                seen_with(site.versions(name)),
                f"<code>{command(name)}</code>",
                *((str(n), {"data-kind": kind}) for kind, n in seen.items()),
            )
        )
    head = ("Environment", "With", "Recorded by", *(sign(kind) for kind in SIGNS))
    return table(head, rows, "environments", "Environments")


def _contrasts(site):
    """What differs from the reference environment, in sentences."""
    yield (
        f"The reference environment is `{REFERENCE}`. The others are compared with "
        "it: each variant, in each way of running that both have, except where its "
        "reference changes in the same manner. Two numbers are the same within "
        f"{NOTICED.relative:.0%}."
    )
    for environment in ENVIRONMENTS:
        if environment != REFERENCE:
            found = environments.contrasts(site, environment)
            told = "\n".join(
                _contrast(site, environment, what, variants)
                for what, variants in found.items()
            )
            yield f'<div class="contrasts" data-search-exclude>\n{told}\n</div>'


def _contrast(site, environment, what, variants):
    one, several, rest = CONTRASTS[what]
    rest = rest.replace("the reference environment", f"`{REFERENCE}`")
    known = f'data-environment="{environment}" data-contrast="{what}"'
    if not variants:
        said = inline(f"In `{environment}` no variant {one} {rest}.")
        return f'<p class="contrast" {known} data-count="0">{said}</p>'
    verb = one if len(variants) == 1 else several
    said = inline(
        f"In `{environment}` {len(variants)} of {len(site.variants)} variants "
        f"{verb}, in one way of running or more, {rest}."
    )
    items = "".join(
        f'<li><a href="#{variant}"><code>{variant}</code></a> {heads}</li>'
        for variant, probes in variants.items()
        for heads in [_short(site, probes)]
    )
    return (
        f'<details class="contrast" {known} data-count="{len(variants)}">'
        f"<summary>{said}</summary><ul>{items}</ul></details>"
    )


def _short(site, probes):
    return ", ".join(head(site.probes[probe]) for probe in probes)


def _ways(site, existing):
    """What the heads of the columns mean, and where a probe is missing."""
    rows = []
    for name, probe in site.probes.items():
        missing = {}
        for environment in ENVIRONMENTS:
            if environment not in existing[name]:
                why = environments.reason(site, environment, name)
                missing.setdefault(why, []).append(f"<code>{environment}</code>")
        told = "<br>".join(
            f"not in {listed(names)}: {escape(why)}" for why, names in missing.items()
        )
        where = f"{len(existing[name])} of {len(ENVIRONMENTS)}"
        way = sentence_start(inline(probe.phrase))
        rows.append(row(name, head(probe), way, where, told))
    heads = ("Column", "Way of running", "Environments", "Missing")
    return table(heads, rows, "ways", "Ways of running")


def _kills(site, loss):
    kills = [site.kills(variant) for variant in loss.variants]
    by_test = Counter(number for record in kills for number in record["killed_by"])
    known = kills[0]["value_tests"]
    return row(
        loss.name,
        link(f"<code>{loss.name}</code>", PAGE, path(loss)),
        str(len(kills)),
        str(sum(bool(record["killed_by"]) for record in kills)),
        str(known),
        " ".join(f"{n}:&#8239;{by_test[n]}" for n in range(1, known + 1)),
    )
