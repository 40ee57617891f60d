"""What `losses explain` and `losses show` print: losses, variants, claims and errors.

Text for a terminal; `click.echo` takes the colours away where nobody sees them.
"""

import json
import re
from keyword import kwlist
from textwrap import indent, wrap

import click

from losses.evidence import errors as matching, store
from losses.source import registry

WIDTH = 88


def highlighted(source):
    """Python in colours, which `click.echo` takes away where nobody sees them."""
    parts = re.compile(
        r'(?P<green>"""(?s:.*?)"""|"(?:[^"\\\n]|\\.)*")'
        r"|(?P<bright_black>#.*)"
        rf"|(?P<blue>\b(?:{'|'.join(kwlist)})\b)"
    )
    return parts.sub(lambda part: click.style(part[0], fg=part.lastgroup), source)


def page(found):
    """A loss, variant, claim or rule, to be read."""
    pages = {
        registry.Loss: _loss_page,
        registry.Variant: _variant_page,
        registry.Claim: _claim_page,
        registry.Rule: _rule_page,
    }
    return pages[type(found)](found)


def _loss_page(loss):
    listed = "\n\n".join(
        f"{variant.id}   {variant.symptom}\n{indent(variant.title, '    ')}"
        for variant in loss.variants
    )
    return _sections(
        (f"{loss.name}   {loss.family}", loss.doc),
        ("How people get it wrong", listed),
        (
            "More",
            f"losses show {loss.name}\nlosses explain ID, with one of those above",
        ),
    )


def _variant_page(variant):
    recorded = store.evidence(variant.loss)
    record = (recorded or {"variants": {}})["variants"].get(variant.name)
    title, _, why = variant.doc.partition("\n")
    given = "\n".join(
        f"{name} = {text}"
        for name, text in variant.declared.items()
        if name not in ("gives", "instead", "probe", "on", "holds_in")
    )
    seen = record and _ways(
        {
            way: {"wrong": both["variant"], "right": both["reference"]}
            for way, both in record["probes"].items()
        }
    )
    return _sections(
        (f"{variant.id}   {variant.symptom}", title),
        ("Why, and the way out", why.strip()),
        ("Whose fault", variant.fault),
        ("Wrong", variant.code),
        ("Right", f"losses show {variant.loss}"),
        ("For", given),
        (_seen_with(recorded), seen),
    )


def _claim_page(claim):
    recorded = store.evidence(f"claims/{claim.subject}")
    record = (recorded or {"claims": {}})["claims"].get(claim.name)
    parts = [
        section
        for part, code in claim.parts.items()
        for section in (
            (part.replace("_", " ").capitalize(), code),
            (
                _seen_with(recorded),
                record
                and _ways({way: {"": o} for way, o in record["seen"][part].items()}),
            ),
        )
    ]
    return _sections(
        (f"{claim.id}   {verdict(claim) or 'not tried'}", claim.heard),
        ("Said in one of five typical answers", claim.source),
        *parts,
    )


def _rule_page(rule):
    recorded = store.evidence("check/rules") or {"rules": {}}
    record = recorded["rules"].get(rule.name)
    variant = registry.variants()[rule.shown_by]
    return _sections(
        (f"{rule.name}   a rule of losses.check", rule.doc),
        (f"Broken by {variant.id}", variant.title),
        ("Wrong", variant.code),
        (_seen_with(recorded), record and record["text"]),
        ("More", f"losses explain {variant.id}"),
    )


def verdict(claim):
    recorded = store.evidence(f"claims/{claim.subject}") or {"claims": {}}
    return recorded["claims"].get(claim.name, {}).get("verdict")


def named_in(text):
    """What a text names by id, as the errors of the reference losses do."""
    ids = dict.fromkeys(re.findall(r"\b[a-z_0-9]+/[a-z_0-9]+\b", text))
    known = registry.variants() | registry.claims() if ids else {}
    return [known[name] for name in ids if name in known]


def of_refusal(text):
    """What to do where a loss of this catalog refused something; None if none did."""
    for name in re.findall(r"\b([a-z_0-9]+): ", text):
        if name in registry.losses():
            return (
                f"{name} says this itself: the message tells what to change.\n"
                f"What it takes:            losses show {name}\n"
                f"How people get it wrong:  losses explain {name}"
            )
    return None


def of_error(text):
    """The variants and claims that raised an error like this one; None if none did."""
    if re.search(r"Could not locate .*losses>", text, re.DOTALL):
        return (
            "Keras knows a loss of this package once its file is imported. Before\n"
            "load_model, in a process that only loads: losses.register()"
        )
    subjects = dict.fromkeys(claim.subject for claim in registry.claims().values())
    recorded = {name: store.evidence(name) for name in registry.losses()}
    heard = {name: store.evidence(f"claims/{name}") for name in subjects}
    errors = [
        *(
            e
            for name, seen in recorded.items()
            if seen
            for e in matching.errors(name, seen)
        ),
        *(
            e
            for name, seen in heard.items()
            if seen
            for e in matching.claimed(name, seen)
        ),
    ]
    found = matching.ranked(text, errors)
    if not found:
        return None
    known = registry.variants() | registry.claims()
    listed = "\n".join(
        f"{name}   {_kind(known[name])}\n{indent(_first(known[name]), '    ')}"
        for _, name in found
    )
    best = found[0][0]
    if best < 1:
        legend = f"Not recorded word for word; the nearest ({best:.0%} of its words)"
        return f"{_sections((legend, listed))}\n\nlosses explain ID tells more"
    page_ = _sections(("This error was recorded from", listed))
    if len(found) == 1 or best > found[1][0]:
        return f"{page_}\n\n{page(known[found[0][1]])}"
    return f"{page_}\n\n{len(found)} fit: losses explain ID, with one of these"


def _kind(found):
    return found.symptom if isinstance(found, registry.Variant) else "claim"


def _first(found):
    return found.title if isinstance(found, registry.Variant) else found.heard


def _seen_with(recorded):
    if not recorded:
        return "What happens"
    versions = (f"{name} {v}" for name, v in recorded["environment"].items())
    return f"What happens, seen with {', '.join(versions)}"


def _ways(seen):
    """Outcomes by way of running; ways in which the same happens stand together, and a
    message is told once. What does not apply is left out."""
    groups, told_before = {}, set()
    for way, outcomes in seen.items():
        if all("not_applicable" in outcome for outcome in outcomes.values()):
            continue
        told = {side: _told(outcome) for side, outcome in outcomes.items()}
        if len(told) > 1 and len(set(told.values())) == 1:
            told = {"both": told["wrong"]}
        groups.setdefault(tuple(told.items()), []).append(way)
    lines = []
    for told, ways in groups.items():
        lines += wrap(", ".join(ways), WIDTH)
        for side, text in told:
            again = text in told_before and len(text) > WIDTH
            lines.append(
                _filled(side, f"{text[: WIDTH // 2]}… as above" if again else text)
            )
            told_before.add(text)
    return "\n".join(lines)


def _told(outcome):
    if "raises" in outcome:
        return f"{outcome['raises']}: {' '.join(outcome['message'].split())}"
    if "not_applicable" in outcome:
        return f"does not apply: {outcome['not_applicable']}"
    kind = outcome.get("kind", "tensor")
    if kind == "none":
        return "None"
    value = json.dumps(outcome["returns"], ensure_ascii=False).replace('"', "")
    step = f", a step of {outcome['step']}" if "step" in outcome else ""
    return value + step if kind in ("tensor", "number") else f"a {kind}: {value}{step}"


def _filled(side, text):
    start = f"    {side:<7}" if side else "    "
    return "\n".join(
        wrap(
            text,
            WIDTH,
            initial_indent=start,
            subsequent_indent=" " * len(start),
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def _sections(*sections):
    """Headings and their text; those without text are left out."""
    return "\n\n".join(
        f"{click.style(heading, bold=True)}\n{indent(text, '    ')}"
        for heading, text in sections
        if text
    )
