"""A broken variant as a section of the page of its loss."""

import ast
from html import escape

from docs.generator import costs, rules
from docs.generator.outcome import PROBES, cell, compare, seen_with, sign, words
from docs.generator.pairs import pair
from docs.generator.text import (
    fence,
    heading,
    inline,
    listed,
    paragraphs,
    row,
    sentence_start,
    table,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz"
FITS = (
    "fit_eager",
    "fit_graph",
    "fit_xla",
    "sample_weight",
    "class_weight",
    "mixed_float16",
)
SYMPTOMS = {
    "raises": "raises",
    "wrong number": "wrong number",
    "wrong gradient": "wrong gradient",
    "NaN": "NaN",
    "depends": "depends on how it is run",
}


def section(shelf, variant, page):
    """Everything about one variant."""
    loss = shelf.losses[variant.loss]
    record = shelf.seen(variant)
    why = variant.doc.partition("\n")[2]
    return paragraphs(
        heading(3, variant.title.rstrip("."), variant.name),
        f'<p class="id"><code>{variant.id}</code> '
        f'<span class="tag">{SYMPTOMS[variant.symptom]}</span></p>',
        what_you_see(variant, record),
        why,
        pair(loss, variant),
        fence(inputs(variant), title="Inputs"),
        observed(variant, record),
        tests(variant, record),
        rules.found_by(shelf, variant, page),
        *costs.figures_of(shelf, variant, page),
        f'<p class="seen">Seen with {seen_with(shelf.environment(variant))}.</p>',
    )


def what_you_see(variant, record):
    """Sentences filled from the evidence: what happens, and where."""
    seen = record["probes"][variant.probe]
    wrong, right = seen["variant"], seen["reference"]
    way = sentence_start(inline(PROBES[variant.probe]))
    lines = [f"<p>{way} {words(wrong)}; the right one {words(right)}.</p>"]
    for side, outcome in (("", wrong), ("The right one says:", right)):
        if outcome.get("message"):
            lines.append(f"<p>{side}</p>" if side else "")
            lines.append(message(outcome))
    lines.append(f"<p>{where(record)}</p>")
    body = "\n".join(line for line in lines if line)
    return f'<div class="see">\n{body}\n</div>'


def where(record):
    """In which ways of running the two differ, and in which they do not."""
    found = {True: [], False: []}
    for probe, seen in record["probes"].items():
        kind = compare(seen["variant"], seen["reference"])
        if kind != "absent":
            found[kind == "same"].append(probe)
    if not found[True]:
        return "Happens in every way of running."
    return f"Happens in: {ways(found[False])}. Not in: {ways(found[True])}."


def ways(probes):
    """Names of ways of running as a list in words; every `fit` is one of them."""
    texts = [inline(PROBES[probe]) for probe in probes]
    if set(probes) >= set(FITS):
        first = probes.index(FITS[0])
        texts = [inline(PROBES[probe]) for probe in probes if probe not in FITS]
        texts.insert(first, inline("`fit` of any kind"))
    return ", ".join(texts)


def observed(variant, record):
    """Way of running × wrong × right, and below it the messages of all errors."""
    texts = {}
    rows = []
    for probe, seen in record["probes"].items():
        cells = []
        for side in ("variant", "reference"):
            note = _note(texts, seen[side])
            text, data = cell(seen[side], note)
            cells.append((text, {**data, "data-side": side}))
        kind = compare(seen["variant"], seen["reference"])
        name = sentence_start(inline(PROBES[probe]))
        rows.append(row(probe, name, *cells, (sign(kind), {"data-kind": kind})))
    label = f"Observed: {variant.id}"
    body = table(
        ("Way of running", "Wrong", "Right", "Difference"), rows, "observed", label
    )
    messages = "\n".join(
        f"<dt>({letter})</dt><dd>{message({'message': text})}</dd>"
        for text, letter in texts.items()
    )
    return body + (f'\n<dl class="messages">\n{messages}\n</dl>' if messages else "")


def tests(variant, record):
    killed, known = len(record["killed_by"]), record["value_tests"]
    numbers = listed([str(number) for number in record["killed_by"]])
    return (
        f'<p class="killed" data-killed="{killed}" data-tests="{known}">'
        f"{killed} of the {known} value tests of <code>{variant.loss}</code> tell it "
        f"from the right one: {numbers}.</p>"
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
    return f'<pre class="message">{escape(outcome["message"], quote=False)}</pre>'


def _note(texts, outcome):
    """The letter under which the message of this error stands below the table."""
    if not outcome.get("message"):
        return ""
    letter = texts.setdefault(outcome["message"], LETTERS[len(texts)])
    return f" ({letter})"


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
