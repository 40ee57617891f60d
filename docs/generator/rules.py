"""The page about `losses.check`: how to call it, and what breaks each rule."""

import re
from functools import partial
from html import escape
from textwrap import dedent

from docs.generator.outcome import seen_with
from docs.generator.text import (
    entries,
    fence,
    front,
    heading,
    inline,
    link,
    listed,
    paragraphs,
    path,
    row,
    sections,
    sentence_start,
    table,
)

PAGE = "check/index.md"  # a folder: a finding refers to check/#check_finite
SEVERITIES = {"error": "✕", "warning": "!", "note": "i"}
COMPARES = "check_agrees_with_reference"
COMMAND = "losses check train.py:my_loss --y-true 32 --y-pred 32,1"


def page(site):
    documented = sections(site.checker["check_loss"])
    return paragraphs(
        front("Check your own"),
        "# Check your own",
        _lead(site),
        heading(2, "Call it", "call"),
        *_doors(site),
        heading(2, "What it says", "says"),
        _severities(site),
        documented["Returns"],
        heading(2, "What it takes", "takes"),
        "\n".join(
            f"- `{name}`: {text}" for name, text in entries(documented["Args"]).items()
        ),
        heading(2, "What it cannot see", "unseen"),
        *_unseen(site),
        heading(2, "All rules", "rules"),
        _overview(site),
        *by_family(site.rule_families, site.rules, partial(_section, site)),
    )


def found_in(site, variant):
    """Which rules found an error or lost something in this variant."""
    return list(
        dict.fromkeys(
            finding["rule"]
            for record in map(site.record, site.rules)
            if record["variant"] == variant.id
            for finding in findings(record)
            if finding["severity"] != "note"
        )
    )


def found_by(site, variant, here):
    """The rules that find this variant, as one line of its section."""
    names = [_rule(name, here) for name in found_in(site, variant)]
    return f'<p class="found">Found by {listed(names)}.</p>' if names else ""


def severity(name):
    """Sign and word."""
    return (
        f'<span class="sign {name}"><b aria-hidden="true">{SEVERITIES[name]}</b>'
        f"<span>{name}</span></span>"
    )


def _lead(site):
    return (
        f"{len(site.rules)} rules, run on a loss that you wrote. Each stands below "
        "beside a variant of this catalog that breaks it, and what it reported."
    )


def _doors(site):
    """The three ways in, and what one of them prints."""
    example = site.documents["check/rules"]["example"]
    printed = "\n".join(line.rstrip() for line in example["text"].splitlines())
    test = site.checker["parametrize_with_rules"]
    return [
        "In Python:",
        fence(example["code"]),
        "It prints:",
        fence(printed, "text"),
        "In pytest:",
        fence(_example(test)),
        sections(test)[""],
        "On the command line, with the sizes of your labels and predictions:",
        fence(COMMAND, "sh"),
    ]


def _example(doc):
    """The code under `Example:` in a docstring."""
    [code] = re.findall(r"^Example:\n((?:\n| {4}.*\n?)+)", doc, re.MULTILINE)
    return dedent(code)


def _severities(site):
    told = " ".join(site.checker["Finding"].split())
    found = dict(re.findall(r"`(\w+)`: (.*?\.)(?=\s`|$)", told))
    items = "\n".join(
        f"<li>{severity(name)} {sentence_start(inline(found[name]))}</li>"
        for name in SEVERITIES
    )
    return f'<ul class="severities">\n{items}\n</ul>'


def _unseen(site):
    """That a formula may be right and not meant; the rule that compares, by its own
    words, and what the others say about the variant that shows it."""
    compares = next(rule for rule in site.rules if rule.name == COMPARES)
    record = site.record(compares)
    others = [
        _rule(name, PAGE)
        for name in found_in(site, site.variants[record["variant"]])
        if name != compares.name
    ]
    also = f"{listed(others)} as well" if others else "no other rule"
    return [
        "The rules know what holds for every loss, and not what you meant by yours: a "
        "constant that is wrong, a weight on the wrong class, a label that means the "
        "opposite. Where there is a loss that yours should equal, give it as `like=`. "
        f"Then {_rule(compares.name, PAGE)} is looked at: {inline(compares.sentence)}",
        f"{_variant(site, record['variant'])} was found by that rule, and by {also}.",
    ]


def _overview(site):
    rows = []
    for rule in site.rules:
        quick = "no" if rule.slow else "yes"
        rows.append(
            row(
                rule.name,
                _rule(rule.name, PAGE),
                inline(rule.sentence),
                (quick, {"data-quick": quick}),
                _variant(site, rule.shown_by),
            )
        )
    head = ("Rule", "What must hold", "Quick", "Found in")
    return table(head, rows, "rules", "All rules")


def by_family(families, rules, section):
    """What is told of rules, a heading for each family and one for each rule."""
    for family, about in families.items():
        yield heading(2, sentence_start(family), family)
        yield about
        for rule in rules:
            if rule.family == family:
                yield heading(3, f"`{rule.name}`", rule.name)
                yield f'<p class="lead">{inline(rule.sentence)}</p>'
                yield rule.explanation
                yield from section(rule)


def _section(site, rule):
    record = site.record(rule)
    if rule.slow:
        yield '<p class="id"><span class="tag">not in a quick check</span></p>'
    variant = site.variants[record["variant"]]
    yield f"<p>{_variant(site, variant.id)}: {inline(variant.title)}</p>"
    yield fence(variant.code)
    found = [f for f in findings(record) if f["rule"] == rule.name]
    shown = "\n".join(finding(each) for each in found)
    yield f'<div class="findings">\n{shown}\n</div>'
    others = [_rule(n, PAGE) for n in found_in(site, variant) if n != rule.name]
    also = f"Also found by {listed(others)}. " if others else ""
    seen = f"Recorded with {seen_with(site.versions())}."
    yield f'<p class="seen">{also}{seen}</p>'


def findings(record):
    """What the check said of the variant of a rule."""
    return record["report"]["findings"]


def finding(found):
    """A finding as HTML: severity, sentence, and the numbers measured."""
    numbers = "".join(
        f"<dt>{escape(name)}</dt><dd><code>{_text(value)}</code></dd>"
        for name, value in found["numbers"].items()
    )
    more = f"\n<dl>{numbers}</dl>" if numbers else ""
    return (
        f'<div class="finding" data-rule="{found["rule"]}" '
        f'data-severity="{found["severity"]}">\n'
        f"<p>{severity(found['severity'])} {inline(found['sentence'])}</p>"
        f"{more}\n</div>"
    )


def _text(value):
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    return escape(str(value))


def _rule(name, here):
    return link(f"<code>{name}</code>", here, PAGE, name)


def _variant(site, id_):
    variant = site.variants[id_]
    there = path(site.losses[variant.loss])
    name = id_.replace("/", "/<wbr>")
    return link(f"<code>{name}</code>", PAGE, there, variant.name)
