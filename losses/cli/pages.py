"""What `losses explain` and `losses show` print: losses, variants, claims and rules.

Text for a terminal; `click.echo` takes the colours away where nobody sees them.
"""

import difflib
import json
import re
from functools import partial
from keyword import kwlist
from textwrap import indent, wrap

import click

from losses.evidence import fixes, store
from losses.evidence.environments import ENVIRONMENTS
from losses.source import registry
from losses.source.phrases import ways

WIDTH = 88
INPUTS = ("y_true", "y_pred", "options", "sample_weight", "class_weight")


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
        registry.Script: _script_page,
        registry.Error: _error_page,
    }
    return pages[type(found)](found)


def _loss_page(loss):
    listed = "\n\n".join(
        f"{variant.id}   {variant.symptom}\n{indent(variant.title, '    ')}"
        for variant in loss.variants
    )
    return sections(
        (f"{loss.name}   {loss.family}", loss.doc),
        ("How people get it wrong", listed),
        (
            "More",
            f"losses show {loss.name}\nlosses explain ID, with one of those above",
        ),
    )


def _variant_page(variant):
    recorded = store.cells(variant.loss).get(variant.name)
    title, _, why = variant.doc.partition("\n")
    given = "\n".join(
        f"{name} = {text}" for name, text in variant.declared.items() if name in INPUTS
    )
    outcomes = recorded and _by_probe(
        {
            probe: {"wrong": both["variant"], "right": both["reference"]}
            for probe, both in recorded.items()
        }
    )
    return sections(
        (f"{variant.id}   {variant.symptom}", title),
        ("Why, and the way out", why.strip()),
        ("Whose fault", variant.fault),
        ("Wrong", variant.code),
        (
            f"Mended: {variant.change}",
            f"{_change(variant)}\n\n{_fixed(variant, recorded)}".rstrip(),
        ),
        ("Ready to use", f"losses.{variant.loss}; losses show {variant.loss}"),
        ("For", given),
        (_recorded_with(), outcomes),
    )


def _change(variant):
    """The lines that the fix takes out and puts in, each with its neighbours."""
    before, after = variant.code.splitlines(), variant.fix.splitlines()
    _, _, *lines = difflib.unified_diff(before, after, n=1, lineterm="")
    parts = ["…" if line.startswith("@@") else line for line in lines[1:]]
    return "\n".join(
        click.style(line, fg={"-": "red", "+": "green"}.get(line[:1])) for line in parts
    )


def _fixed(variant, recorded):
    """In how many ways of running the fix does what the reference does, and why not in
    the others."""
    found = fixes.differences(recorded or {})
    in_words = partial(ways, registry.probes())
    told = fixes.sentence(found, {}, variant.fix_differs, in_words)
    return "\n".join(wrap(told, WIDTH)) if found else ""


def _claim_page(claim):
    record = _recorded(claim)
    parts = [
        section
        for part, code in claim.parts.items()
        for section in (
            (part.replace("_", " ").capitalize(), code),
            (
                _recorded_with(),
                record
                and _by_probe({p: {"": o} for p, o in record["seen"][part].items()}),
            ),
        )
    ]
    return sections(
        (f"{claim.id}   {verdict(claim) or 'not tried'}", claim.heard),
        ("Said in one of five typical answers", claim.source),
        *parts,
    )


def _script_page(script):
    title, _, why = script.doc.partition("\n")
    return sections(
        (f"{script.id}   a training script", title),
        ("Why, and the way out", why.strip()),
        ("Wrong", script.code),
        (f"Mended: {script.change}", _change(script)),
        ("Found by", f"losses.check(model, x, y): {script.found_by}"),
    )


def _error_page(error):
    return sections(
        (f"{error.id}   an error", error.cause),
        ("The way out", error.way_out),
        ("Wrong", error.code),
        (f"Mended: {error.change}", _change(error)),
        ("What it says, as recorded", _sayings(error)),
    )


def _sayings(error):
    """What an error says on each backend; what several say in the same words, once."""
    found = {}
    for environment in ENVIRONMENTS.values():
        record = store.errors(environment.name).get(error.id)
        if record:
            text = _filled("", _told(record))
            found.setdefault(text, []).append(environment.about)
    return "\n".join(f"{', '.join(where)}\n{text}" for text, where in found.items())


def _model_rule_page(rule):
    record = store.document("check/models").get("rules", {}).get(rule.name)
    script = registry.scripts()[rule.shown_by]
    return sections(
        (f"{rule.name}   a rule of losses.check(model, x, y)", rule.doc),
        (f"Broken by {script.id}", script.title),
        ("Wrong", script.code),
        (f"Mended: {script.change}", _change(script)),
        (_recorded_with(), record and record["text"]),
    )


def _rule_page(rule):
    if rule.shown_by in registry.scripts():
        return _model_rule_page(rule)
    record = store.document("check/rules").get("rules", {}).get(rule.name)
    variant = registry.variants()[rule.shown_by]
    return sections(
        (f"{rule.name}   a rule of losses.check", rule.doc),
        (f"Broken by {variant.id}", variant.title),
        ("Wrong", variant.code),
        (_recorded_with(), record and record["text"]),
        ("More", f"losses explain {variant.id}"),
    )


def verdict(claim):
    """What came of a claim: true, false or depends; None if it was not tried."""
    return _recorded(claim).get("verdict")


def _recorded(claim):
    document = store.document(f"claims/{claim.subject}")
    return document.get("claims", {}).get(claim.name, {})


def _recorded_with():
    versions = (f"{name} {v}" for name, v in store.versions().items())
    return f"What happens, seen with {', '.join(versions)}"


def _by_probe(recorded):
    """Outcomes by probe; probes with the same outcome stand together, and a message is
    told once. What does not apply is left out."""
    groups, told_before = {}, set()
    for probe, outcomes in recorded.items():
        if all("not_applicable" in outcome for outcome in outcomes.values()):
            continue
        told = {side: _told(outcome) for side, outcome in outcomes.items()}
        if len(told) > 1 and len(set(told.values())) == 1:
            told = {"both": told["wrong"]}
        groups.setdefault(tuple(told.items()), []).append(probe)
    lines = []
    for told, probes in groups.items():
        lines += wrap(", ".join(probes), WIDTH)
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


def sections(*parts):
    """Headings and their text; those without text are left out."""
    return "\n\n".join(
        f"{click.style(heading, bold=True)}\n{indent(text, '    ')}"
        for heading, text in parts
        if text
    )
