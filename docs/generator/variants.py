"""A broken variant as a section of the page of its loss."""

import ast
from functools import partial
from html import escape

from docs.generator import costs, rules
from docs.generator.cells import PAGE as MATRIX
from docs.generator.outcome import cell, seen_with, sign, words
from docs.generator.pairs import pair
from docs.generator.text import (
    fence,
    heading,
    inline,
    link,
    listed,
    paragraphs,
    row,
    sentence_start,
    table,
)
from losses.evidence import fixes
from losses.evidence.environments import ENVIRONMENTS, REFERENCE
from losses.source.phrases import named, ways

SYMPTOMS = {
    "raises": "raises",
    "wrong number": "wrong number",
    "wrong gradient": "wrong gradient",
    "NaN": "NaN",
    "depends": "depends on how it is run",
}


def section(site, variant, page):
    """Everything about one variant."""
    loss = site.losses[variant.loss]
    ready = f"<code>losses.{loss.class_name}</code> or <code>losses.{loss.name}</code>"
    why = variant.doc.partition("\n")[2]
    return paragraphs(
        heading(3, variant.title.rstrip("."), variant.name),
        f'<p class="id"><code>{variant.id}</code> '
        f'<span class="tag">{SYMPTOMS[variant.symptom]}</span>{fault(variant)}</p>',
        what_you_see(site, variant),
        why,
        pair(variant, refused(site, variant)),
        f'<p class="ready">{fixed(site, variant)} Ready to use: {ready}.</p>',
        fence(inputs(variant), title="Inputs"),
        observed(site, variant),
        elsewhere(site, variant, page),
        tests(site, variant),
        rules.found_by(site, variant, page),
        *costs.figures_of(site, variant, page),
        f'<p class="seen">Recorded with {seen_with(site.versions())}.</p>',
    )


def fault(variant):
    """The tag of a variant that shows a fault of Keras itself."""
    return f' <span class="tag">{escape(variant.fault)}</span>' if variant.fault else ""


def what_you_see(site, variant):
    """Sentences filled from the evidence: what happens, and where."""
    seen = site.cells_of(variant)[variant.probe]
    wrong, right = seen.variant, seen.reference
    way = sentence_start(inline(site.probes[variant.probe].phrase))
    lines = [f"<p>{way} {words(wrong)}; the reference {words(right)}.</p>"]
    for side, outcome in (("", wrong), ("The reference raises:", right)):
        if outcome.get("message"):
            lines.append(f"<p>{side}</p>" if side else "")
            lines.append(message(outcome))
    lines.append(f"<p>{where(site, variant)}</p>")
    body = "\n".join(line for line in lines if line)
    return f'<div class="see">\n{body}\n</div>'


def refused(site, variant):
    """Beside the size of a fix that gives an error for the inputs of its variant."""
    cell = site.cells_of(variant)[variant.probe]
    return ", these inputs are refused" if "raises" in cell.fix else ""


def fixed(site, variant):
    """In how many ways of running the fix does what the reference does, in which it
    does not, and why; and where that is otherwise in another environment."""
    found = {name: site.differences(variant, name) for name in fixes.ASKED}
    in_words = partial(ways, site.probes)
    return inline(
        fixes.sentence(found[REFERENCE], found, variant.fix_differs, in_words)
    )


def where(site, variant):
    """By which probes the two differ, or by which they do not: the fewer."""
    found = {True: [], False: []}
    for probe, seen in site.cells_of(variant).items():
        if seen.kind != "absent":
            found[seen.kind == "same"].append(probe)
    ran = [*found[True], *found[False]]
    if not found[True]:
        return f"Happens in every way of running, {len(ran)} of {len(ran)}."
    often = f"{len(found[False])} of {len(ran)} ways of running"
    if len(found[False]) > len(found[True]):
        told = inline(ways(site.probes, found[True], ran))
        return f"Happens in {often}. Not in: {told}."
    return f"Happens in {often}: {inline(ways(site.probes, found[False], ran))}."


def observed(site, variant):
    """Probe × variant × reference, those that differ first, the others folded. Probes
    with the same outcomes share a row; below a table are the messages of its errors."""
    parts = {True: [], False: []}
    for probes, seen in grouped(site.cells_of(variant)):
        parts[seen.kind not in ("same", "absent")].append((probes, seen))
    texts = {}
    body = _outcomes(site, parts[True], f"Observed: {variant.id}", texts)
    if not parts[False]:
        return body
    others = sum(len(probes) for probes, _ in parts[False])
    count = "1 other way" if others == 1 else f"{others} other ways"
    more = _outcomes(site, parts[False], f"No difference: {variant.id}", texts)
    return (
        f'{body}\n<details class="more" data-search-exclude>'
        f"<summary>{count} of running: no difference, or not run</summary>\n"
        f"{more}\n</details>"
    )


def _outcomes(site, found, label, texts):
    """A table of outcomes, and the messages that are new in it."""
    before, rows = len(texts), []
    for probes, seen in found:
        cells = []
        for side, outcome in (("variant", seen.variant), ("reference", seen.reference)):
            text, data = cell(outcome, _note(texts, outcome))
            cells.append((text, {**data, "data-side": side}))
        name, kind = sentence_start(inline(named(site.probes, probes))), seen.kind
        rows.append(
            row(" ".join(probes), name, *cells, (sign(kind), {"data-kind": kind}))
        )
    body = table(
        ("Way of running", "Wrong", "Right", "Difference"), rows, "observed", label
    )
    messages = "\n".join(
        f"<dt>({number})</dt><dd>{message({'message': text})}</dd>"
        for text, number in list(texts.items())[before:]
    )
    return body + (f'\n<dl class="messages">\n{messages}\n</dl>' if messages else "")


def grouped(seen):
    """Probes with the same outcome: `[(probes, outcome)]`."""
    groups = []
    for way, outcome in seen.items():
        ways = next((ways for ways, other in groups if other == outcome), None)
        if ways is None:
            groups.append(([way], outcome))
        else:
            ways.append(way)
    return groups


def elsewhere(site, variant, page):
    """In which environments the difference is of another kind, and how often."""
    told = []
    for name in ENVIRONMENTS:
        kinds = [
            (site.cells[variant.id, name, probe].kind, seen.kind)
            for probe, seen in site.cells_of(variant).items()
        ]
        both = [pair for pair in kinds if "absent" not in pair]
        apart = sum(here != there for here, there in both)
        if apart:
            told.append(f"<code>{name}</code> in {apart} of {len(both)} ways")
    there = link("matrix", page, MATRIX, variant.id)
    said = (
        f"Another difference on {listed(told)}"
        if told
        else "The same difference in every environment"
    )
    return f'<p class="elsewhere">{said}: {there}.</p>'


def tests(site, variant):
    kills = site.kills(variant)
    killed, known = len(kills["killed_by"]), kills["value_tests"]
    numbers = listed([str(number) for number in kills["killed_by"]])
    return (
        f'<p class="killed" data-killed="{killed}" data-tests="{known}">'
        f"{killed} of the {known} value tests of <code>{variant.loss}</code> fail "
        f"with it: {numbers}.</p>"
    )


def inputs(variant):
    """The declared inputs as code."""
    declared = variant.declared
    names = ("y_true", "y_pred", "sample_weight", "class_weight", "options")
    return "\n".join(
        f"{name} = {_wrapped(declared[name], len(name) + 3)}"
        for name in names
        if name in declared
    )


def message(outcome):
    """A recorded message as it is: backticks at the start of a line begin a block of
    code even inside of HTML."""
    text = escape(outcome["message"], quote=False).replace("```", "&#96;" * 3)
    return f'<pre class="message">{text}</pre>'


def _note(texts, outcome):
    """The number under which the message of this error stands below the table."""
    if not outcome.get("message"):
        return ""
    return f" ({texts.setdefault(outcome['message'], len(texts) + 1)})"


def _wrapped(text, indent):
    """A long list with one of its parts on each line."""
    node = ast.parse(text, mode="eval").body
    if len(text) + indent <= 76 or not isinstance(node, (ast.List, ast.Dict)):
        return text
    if isinstance(node, ast.List):
        parts = [ast.unparse(part) for part in node.elts]
        opening, closing = "[]"
    else:
        parts = [
            f"{ast.unparse(key)}: {ast.unparse(part)}"
            for key, part in zip(node.keys, node.values)
        ]
        opening, closing = "{}"
    return "\n".join([opening, *(f"    {part}," for part in parts), closing])
