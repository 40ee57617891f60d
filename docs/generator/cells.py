"""The matrix as tables: a row for each variant and each group of environments."""

from html import escape

from docs.generator import environments
from docs.generator.outcome import SIGNS, sign
from docs.generator.text import framed, link, listed, path
from losses.evidence.environments import ENVIRONMENTS

PAGE = "matrix.md"


def head(probe):
    """The head of a column, in one line."""
    return probe.column.replace("-\n", "").replace(".\n", ".").replace("\n", " ")


def legend():
    shown = "".join(f"<li>{sign(kind)}</li>" for kind in SIGNS)
    return f'<ul class="legend">{shown}</ul>'


def filters(site, tested):
    """What `matrix.js` reads; without that script the form stays hidden."""
    choices = {
        "loss": ("Loss", {loss.name: loss.name for loss in tested}),
        "environment": ("Environment", {name: name for name in ENVIRONMENTS}),
        "probe": (
            "Way of running",
            {name: head(probe) for name, probe in site.probes.items()},
        ),
        "kind": ("Outcome", {kind: word for kind, (_, word) in SIGNS.items()}),
    }
    selects = "".join(
        f'<label>{label} <select name="{name}"><option value="">all</option>'
        + "".join(f'<option value="{k}">{escape(v)}</option>' for k, v in known.items())
        + "</select></label>"
        for name, (label, known) in choices.items()
    )
    return (
        f'<form id="filters" class="filters" aria-label="Filters" hidden>{selects}'
        '<label><input type="checkbox" name="differ" checked> only where '
        'environments differ</label><label><input type="checkbox" name="words"> '
        'words</label><button type="reset">Show all</button>'
        '<output aria-live="polite"></output></form>'
    )


def of_loss(site, loss, existing):
    heads = '<th scope="col">Variant</th><th scope="col">Environments</th>'
    for probe, where in existing.items():
        missing = " ".join(name for name in ENVIRONMENTS if name not in where)
        given = f' data-not="{missing}"' if missing else ""
        title = escape(site.probes[probe].phrase.replace("`", ""))
        column = site.probes[probe].column.replace("\n", "<br>")
        heads += (
            f'<th scope="col" data-probe="{probe}"{given} title="{title}">{column}</th>'
        )
    heads += '<th scope="col">failed<br>tests</th>'
    lines = [
        line for variant in loss.variants for line in _rows(site, variant, existing)
    ]
    label = f"Matrix of {loss.name}"
    return framed(heads, lines, "matrix", label, " data-search-exclude")


def _rows(site, variant, existing):
    """A row for each group of environments that show the same differences."""
    found = environments.groups(site, variant.id, existing)
    kinds = [_kinds(site, variant.id, group, existing) for group in found]
    kills = site.kills(variant)
    known = f"{len(kills['killed_by'])} of {kills['value_tests']}"
    there = path(site.losses[variant.loss])
    name = link(f"<code>{variant.name}</code>", PAGE, there, variant.name)
    shown = {p: {here[p] for here in kinds if p in here} for p in existing}
    for number, (group, here) in enumerate(zip(found, kinds)):
        cells = "".join(
            _cell(here.get(probe, "absent"), probe in here and len(shown[probe]) > 1)
            for probe in existing
        )
        anchor = "" if number else f' id="{variant.id}"'
        yield (
            f'<tr{anchor} data-row="{variant.id}" '
            f'data-environments="{" ".join(group)}"><th scope="row">{name}</th>'
            f"<td>{_named(group)}</td>{cells}<td>{known}</td></tr>"
        )


def _kinds(site, variant, group, existing):
    """The kind of difference by probe, of those that the group has."""
    return {
        probe: site.cells[variant, name, probe].kind
        for probe, where in existing.items()
        for name in group
        if name in where
    }


def _named(group):
    others = [name for name in ENVIRONMENTS if name not in group]
    if not others:
        return "all environments"
    if len(others) < len(group):
        return f"all but {listed([f'<code>{name}</code>' for name in others])}"
    return listed([f"<code>{name}</code>" for name in group])


def _cell(kind, differs):
    """Sign and word, in few bytes: there are thousands."""
    mark, word = SIGNS[kind]
    more = " data-differs" if differs else ""
    return f'<td data-kind="{kind}" title="{word}"{more}>{mark}<i>{word}</i></td>'
