"""What changed between versions of Keras: as a report, and as a page of all of them."""

import re
from collections import Counter
from html import escape

from docs.generator.outcome import numbers, plain, seen_with, shape
from docs.generator.text import (
    fence,
    front,
    heading,
    link,
    listed,
    paragraphs,
    path,
    row,
    sentence_start,
    table,
)
from losses.evidence.versions import KINDS

PAGE = "versions.md"
TITLE = "What changed between versions"
ABOUT = {
    "mended": "There the variant does what is right.",
    "alike": "There the variant does what its reference does, and both do something "
    "else than in the reference environment.",
    "otherwise": "There the variant does something else, and not what is right.",
    "reworded": "An error of the same class, in other words.",
    "reference": "There the reference does something else.",
}


def page(site):
    """All versions that were watched, oldest first."""
    records = [site.watched[name] for name in sorted(site.watched, key=_order)]

    def shown(id_):
        variant = site.variants.get(id_)
        if variant is None:  # renamed or gone since
            return f"<code>{id_}</code>"
        there = path(site.losses[variant.loss])
        return link(f"<code>{id_}</code>", PAGE, there, variant.name)

    return paragraphs(
        front(TITLE),
        f"# {TITLE}",
        "Each variant and its reference were run again with earlier versions of Keras, "
        "and compared with what was recorded in the reference environment: arrows "
        "and factors lead from it to the other version, “there”. "
        "`make watch KERAS=3.10.0` runs another one.",
        summary(records),
        faults(site, records, shown),
        *(report(record, shown, site.variant_keys) for record in records),
    )


def summary(records):
    """Version × how many variants came to what."""
    rows = []
    for record in records:
        found = counts(record)
        name = record["environment"]["keras"]
        cells = [str(found[kind]) for kind in ("same", *KINDS)]
        there = (
            f'<a href="#keras-{_anchor(name)}">{seen_with(record["environment"])}</a>'
        )
        rows.append(row(f"keras-{name}", there, *cells))
    head = ("Version", "the same", *KINDS.values())
    return table(head, rows, "versions", "Variants by version and change")


def counts(record):
    """How many variants did the same, and in how many a kind of change was recorded."""
    found = {kind: set() for kind in KINDS}
    for change in record["changes"]:
        found[change["kind"]].add(change["variant"])
    changed = set().union(*found.values())
    return Counter(
        {"same": record["variants"] - len(changed)}
        | {kind: len(names) for kind, names in found.items()}
    )


def faults(site, records, shown):
    """The variants that need a fault of Keras: in which versions they are broken."""
    declared = [v for v in site.variants.values() if v.holds_in]
    if not declared or not records:
        return ""
    versions = [record["environment"]["keras"] for record in records]
    rows = [
        row(
            variant.id,
            shown(variant.id),
            f"<code>{escape(variant.holds_in)}</code>",
            *(_held(record["faults"].get(variant.id)) for record in records),
        )
        for variant in declared
    ]
    return paragraphs(
        heading(2, "Faults of Keras itself", "faults"),
        "Most variants use Keras wrongly. These do what its documentation allows, or "
        "what another version does right or refuses.",
        table(("Variant", "Declared", *versions), rows, "faults", "Faults of Keras"),
    )


def report(record, shown="`{}`".format, wanted=None):
    """What one version changed, as Markdown. `shown` names a variant; `wanted` holds
    the keys of the variants as they are now."""
    version = record["environment"]["keras"]
    versions = record["against"]["keras"], version
    here, there = (seen_with(record[k]) for k in ("environment", "against"))
    found = counts(record)
    entries = groups(record["changes"])
    words = {"same": "the same", **KINDS}
    said = [f"{found[kind]} {word}" for kind, word in words.items() if found[kind]]
    parts = [
        heading(2, f"Keras {version}", f"keras-{_anchor(version)}"),
        f"{here}, beside {there}. {record['variants']} variants: {', '.join(said)}. "
        f"Ways of running: {listed(_codes(record['probes']))}.",
    ]
    for kind, word in KINDS.items():
        chosen = [entry for entry in entries if entry[0]["kind"] == kind]
        if chosen:
            parts += [
                heading(3, sentence_start(word), f"{kind}-{_anchor(version)}"),
                ABOUT[kind],
                *(_entry(changes, versions, shown, wanted) for changes in chosen),
            ]
    return paragraphs(*parts)


def groups(changes):
    """Changes that look like one, those with most variants first."""
    found = _grouped(changes, _likeness)
    alone = [group for group in found if len(_by_variant(group)) == 1]
    several = [group for group in found if len(_by_variant(group)) > 1]
    rest = _grouped([change for group in alone for change in group], _alone)
    return sorted([*several, *rest], key=lambda group: -len(_by_variant(group)))


def _grouped(changes, likeness):
    found = {}
    for change in changes:
        key = change["kind"], change["side"], *likeness(change)
        found.setdefault(key, []).append(change)
    return list(found.values())


def _alone(change):
    """What the changes of one variant must have in common."""
    return change["variant"], *map(_short, (change["before"], change["after"]))


def template(message):
    """A message without what differs from one loss to another: names and numbers."""
    text = re.sub(r"'[^']*'|\"[^\"]*\"|<[^>]*>|-?\d+(\.\d+)?(e-?\d+)?", "…", message)
    return re.sub(r"…(,? …)*,?", "…", text)


def factor(before, after):
    """By how much every number was multiplied, or None: (values, step)."""
    if not ("returns" in before and "returns" in after):
        return None
    if shape(before) != shape(after):
        return None
    return tuple(
        _ratio(numbers(before.get(part)), numbers(after.get(part)))
        for part in ("returns", "step")
    )


def _likeness(change):
    """What changes must have in common to be shown as one."""
    before, after = change["before"], change["after"]
    factors = factor(before, after)
    if "returns" in before and "returns" in after:
        if factors and None not in factors:
            return change["probe"], factors
        return change["variant"], None
    return _headline(before), _headline(after)


def _headline(outcome):
    if "raises" in outcome:
        return f"{outcome['raises']}: {template(outcome['message'])}"
    return outcome.get("not_applicable", "returns")


def _ratio(before, after):
    """The one factor between two lists of numbers; None where there is none."""
    if before == after:
        return 1.0
    if len(before) != len(after) or any(isinstance(n, str) for n in before + after):
        return None
    apart = {round(b / a, 3) for a, b in zip(before, after) if a}
    zeros = all(not b for a, b in zip(before, after) if not a)
    return apart.pop() if len(apart) == 1 and zeros else None


def _entry(changes, versions, shown, wanted):
    """One change: what it is, where it was recorded, an example of both versions."""
    first, variants = changes[0], _by_variant(changes)
    older = [
        shown(change["variant"])
        for change in {c["variant"]: c for c in changes}.values()
        if wanted is not None and wanted.get(change["variant"]) != change["key"]
    ]
    where = [
        f"{shown(name)} ({', '.join(_codes(probes))})"
        for name, probes in variants.items()
    ]
    number = "1 variant" if len(variants) == 1 else f"{len(variants)} variants"
    side = "the reference of " if first["side"] == "reference" else ""
    example = f"For example `{first['variant']}`, `{first['probe']}`:"
    both = map(_told, versions, (first["before"], first["after"]))
    return paragraphs(
        f"**{sentence_start(side + number)}: {_change(changes)}.** {', '.join(where)}.",
        f"Recorded with an older text of {listed(older)}." if older else "",
        example if len(changes) > 1 else "",
        fence("\n".join(both), "text"),
    )


def _change(changes):
    before, after = changes[0]["before"], changes[0]["after"]
    if changes[0]["kind"] == "reworded":
        return f"`{before['raises']}` in other words"
    factors = factor(before, after)
    if factors and None not in factors and len(_by_variant(changes)) > 1:
        values, step = factors
        return f"value × {values:g}, step × {step:g}"
    one, other = _short(before), _short(after)
    return f"another {one.removeprefix('a ')}" if one == other else f"{one} → {other}"


def _short(outcome):
    if "raises" in outcome:
        return f"`{outcome['raises']}`"
    return "not run" if "not_applicable" in outcome else "a value"


def _told(label, outcome):
    """An outcome with its whole message, behind a label."""
    text = outcome.get("not_applicable") or plain(outcome)
    lines = [text, *outcome.get("message", "").splitlines()]
    return "\n".join(
        f"{head:8}{line}" for head, line in zip([label, *[""] * len(lines)], lines)
    )


def _by_variant(changes):
    """`{variant: [probes]}`"""
    found = {}
    for change in changes:
        found.setdefault(change["variant"], []).append(change["probe"])
    return found


def _held(held):
    return {True: "broken", False: "not broken", None: "not run"}[held]


def _codes(names):
    return [f"`{name}`" for name in names]


def _order(name):
    return [int(part) for part in re.findall(r"\d+", name)]


def _anchor(version):
    return version.replace(".", "-")
