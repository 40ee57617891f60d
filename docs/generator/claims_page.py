"""What people say about Keras and losses, and what happened when that was run."""

import ast
import re
from html import escape

from docs.generator.outcome import cell, seen_with
from docs.generator.text import (
    fence,
    front,
    heading,
    inline,
    link,
    listed,
    paragraphs,
    row,
    sentence_start,
    table,
)
from docs.generator.variants import grouped, message

LIST = "heard/index.md"
PARTS = {
    "said_to_fail": "The code said to fail",
    "advice": "The advice",
    "works": "What works",
}
VERDICTS = {"true": ("✓", "true"), "false": ("✕", "false"), "depends": ("±", "depends")}


def path(subject):
    return f"heard/{subject}.md"


def overview(site):
    """All claims by where they come from."""
    parts = [
        front("Heard and tested", hide=["toc"]),
        "# Heard and tested",
        "Claims about losses in Keras, run as they were made: the code that should "
        "fail, and the advice. A claim is true if every part held in every way of "
        "running, false if a part held in none; otherwise it depends.",
        "Each file below is one of five typical answers about `InvalidArgumentError` "
        "and `ValueError` with custom losses, as found on the web: *example* 1 is its "
        "first block of code, *prose* what the text around the code says.",
        _totals(site),
    ]
    for file, claims in by_file(site).items():
        rows = [
            row(
                claim.id,
                link(inline(_first(claim)[0]), LIST, path(claim.subject), claim.name),
                inline(claim.source.removeprefix(file).strip() or "all of it"),
                (verdict(site, claim), {"data-verdict": site.record(claim)["verdict"]}),
            )
            for claim in claims
        ]
        head = ("Claim", "Where", "Verdict")
        parts += [
            heading(2, f"`{file}`", f"from-{_slug(file)}"),
            table(head, rows, "claims", f"Claims of {file}"),
        ]
    return paragraphs(*parts)


def by_file(site):
    found = {}
    for claim in sorted(site.claims, key=lambda claim: claim.source):
        found.setdefault(claim.source.partition(" ")[0], []).append(claim)
    return found


def page(site, subject):
    claims = [claim for claim in site.claims if claim.subject == subject]
    title = sentence_start(subject.replace("_", " "))
    return paragraphs(
        front(title, hide=["toc"]),
        f"# {title}",
        site.subjects[subject],
        f'<p class="seen">Recorded with {seen_with(site.versions())}.</p>',
        *(_section(site, claim) for claim in claims),
    )


def _section(site, claim):
    record = site.record(claim)
    first, more = _first(claim)
    return paragraphs(
        heading(2, " ".join(first.split()).rstrip("."), claim.name),
        f'<p class="id">{verdict(site, claim)} <code>{claim.id}</code> '
        f"<span>{escape(claim.source)}</span></p>",
        more,
        _inputs(claim),
        *(
            paragraphs(
                f"**{PARTS[part]}**",
                _held(part, claim, record),
                fence(code),
                _outcomes(site, claim, part),
            )
            for part, code in sorted(claim.parts.items(), key=_order)
            if part in record["seen"]
        ),
    )


def verdict(site, claim):
    mark, word = VERDICTS[site.record(claim)["verdict"]]
    return (
        f'<span class="verdict {word}"><b aria-hidden="true">{mark}</b> '
        f"<span>{word}</span></span>"
    )


def declared(claim):
    """What the declaration holds, as text by name."""
    [declaration] = ast.parse(claim.text).body[0].decorator_list
    return {k.arg: ast.unparse(k.value) for k in declaration.keywords}


def _held(part, claim, record):
    """What was claimed of this part, and how often it held."""
    said = declared(claim).get(part)
    if said is None:
        return ""
    held, ways = record["held"].get(part, []), list(record["seen"][part])
    if len(held) == len(ways):
        came = "held in every way of running"
    elif not held:
        came = "held in no way of running"
    else:
        came = f"held in {len(held)} of {len(ways)} ways of running"
    return f'<p class="held">Claimed: it {prediction(said)}. That {came}.</p>'


def _inputs(claim):
    known = declared(claim)
    lines = [
        f"{name} = {known[name]}" for name in ("y_true", "y_pred") if name in known
    ]
    return fence("\n".join(lines), title="Inputs") if lines else ""


def prediction(text):
    """`Raises("ValueError")` in words."""
    call = ast.parse(text, mode="eval").body
    given = [inline(f"`{ast.literal_eval(a)}`") for a in call.args]
    given += [
        f"{inline(f'`{ast.unparse(k.value)}`')} as {k.arg}" for k in call.keywords
    ]
    verb = {"Raises": "raises", "Returns": "gives", "Fails": "fails", "Runs": "runs"}
    return " ".join([verb[call.func.id], " with ".join(given)]).strip()


def _outcomes(site, claim, part):
    """The outcomes of a part; probes with the same outcome share a row."""
    said, record = part in declared(claim), site.record(claim)
    held = record["held"].get(part, [])
    rows = []
    for ways, outcome in grouped(record["seen"][part]):
        text, data = cell(outcome)
        if outcome.get("message"):
            text += message(outcome)
        key = f"{claim.id}/{part}/{' '.join(ways)}"
        cells = [(text, data)]
        if said:
            cells.append(_as_said(ways[0] in held))
        rows.append(
            row(key, sentence_start(listed([_way(site, w) for w in ways])), *cells)
        )
    head = ("Way of running", "Recorded", "As claimed")[: 3 if said else 2]
    return table(head, rows, "observed", f"{claim.id}: {part}")


def _as_said(held):
    mark, word, kind = ("✓", "yes", "true") if held else ("✕", "no", "false")
    sign = f'<b aria-hidden="true">{mark}</b>{word}'
    return f'<span class="sign said-{kind}">{sign}</span>', {"data-held": str(held)}


def _way(site, way):
    return "as it stands" if way == "call" else inline(site.probes[way].phrase)


def _totals(site):
    seen = [site.record(claim)["verdict"] for claim in site.claims]
    counts = ", ".join(f"{seen.count(word)} {word}" for word in VERDICTS)
    return f'<p class="totals">{len(seen)} claims: {counts}.</p>'


def _order(part):
    return list(PARTS).index(part[0])


def _first(claim):
    """The first sentence of a claim, and what follows it."""
    first, *more = re.split(r"(?<=[.?!])\s+(?=[A-Z`])", claim.heard, maxsplit=1)
    return first, "".join(more)


def _slug(file):
    return "".join(c if c.isalnum() else "-" for c in file.lower()).strip("-")
