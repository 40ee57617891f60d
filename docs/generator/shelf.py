"""What the site is made of, read once; and whether it fits together."""

import ast
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from docs.generator.outcome import compare
from losses import registry

DOCS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Shelf:
    """Losses, claims and rules, the evidence by file, and the pages written by hand."""

    losses: dict[str, registry.Loss]
    families: dict[str, str]  # name: one sentence
    claims: tuple[registry.Claim, ...]
    subjects: dict[str, str]  # of claims: one sentence
    rules: tuple[registry.Rule, ...]
    rule_families: dict[str, str]  # name: one sentence
    checker: dict[str, str]  # what is public in losses.contract: its documentation
    evidence: dict[str, dict]
    written: dict[str, str]
    ids: tuple[str, ...]  # as often as they were found
    wanted: dict[tuple[str, str], str]  # (evidence file, name in it): fingerprint

    def seen(self, subject):
        """The record of a variant, of a claim or of a rule."""
        file, name = place(subject)
        return records(self.evidence[file])[name]

    def environment(self, subject):
        return self.evidence[place(subject)[0]]["environment"]

    @property
    def variants(self):
        return {v.id: v for loss in self.losses.values() for v in loss.variants}

    @property
    def demos(self):
        return {
            name.removeprefix("demo/"): data
            for name, data in self.evidence.items()
            if name.startswith("demo/")
        }


def read():
    """The shelf of this checkout."""
    heard = sorted((registry.HERE / "claims").glob("[a-z]*.py"))
    found = [claim for path in heard for claim in registry.claims_of(path)]
    listed = registry.losses()
    variants = [v for loss in listed.values() for v in loss.variants]
    folder = registry.EVIDENCE / registry.REFERENCE
    files = [p.relative_to(folder).with_suffix("") for p in folder.rglob("*.json")]
    catalog = registry.HERE / "catalog"
    return Shelf(
        losses=listed,
        families={
            path.parent.name: _sentence(path)
            for path in sorted(catalog.glob("*/__init__.py"))
        },
        claims=tuple(found),
        subjects={path.stem: _sentence(path) for path in heard},
        rules=tuple(registry.rules()),
        rule_families=registry.rule_families(),
        checker=registry.checker(),
        evidence={
            file.as_posix(): registry.evidence(file.as_posix())
            for file in sorted(files)
        },
        written={
            path.relative_to(DOCS).as_posix(): path.read_text("utf-8")
            for path in sorted(DOCS.rglob("*.md"))
        },
        ids=(
            *(path.stem for path in sorted(catalog.glob("*/[a-z]*.py"))),
            *(subject.id for subject in (*variants, *found)),
            *(rule.name for rule in registry.rules()),
        ),
        wanted={
            **{place(v): registry.variant_fingerprint(v) for v in variants},
            **{place(c): registry.claim_fingerprint(c) for c in found},
            **{place(r): registry.rule_fingerprint(r) for r in registry.rules()},
            **{(f"demo/{n}", ""): s for n, s in registry.demo_fingerprints().items()},
        },
    )


def problems(shelf):
    """Why the site must not be built, one line each; none, and it may."""
    found = {
        (file, name): record["source"]
        for file, data in shelf.evidence.items()
        for name, record in records(data).items()
    }
    wanted = shelf.wanted
    both = found.keys() & wanted.keys()
    wrong = {
        "no evidence": wanted.keys() - found.keys(),
        "evidence of nothing": found.keys() - wanted.keys(),
        "stale evidence": {key for key in both if found[key] != wanted[key]},
    }
    twice = sorted(id_ for id_, times in Counter(shelf.ids).items() if times > 1)
    return [
        *(f"duplicate id: {id_}" for id_ in twice),
        *(
            f"{why}: {_shown(key)}"
            for why, keys in wrong.items()
            for key in sorted(keys)
        ),
        *(
            f"no difference from the reference: {variant.id}"
            for variant in shelf.variants.values()
            if place(variant) in both and not _differs(shelf, variant)
        ),
        *(
            f"not found by its rule: {rule.shown_by} · {rule.name}"
            for rule in shelf.rules
            if place(rule) in both and not _found(shelf, rule)
        ),
    ]


def place(subject):
    """The evidence file of a variant, a claim or a rule, and its name in that file."""
    if isinstance(subject, registry.Rule):
        return "check/rules", subject.name
    if isinstance(subject, registry.Claim):
        return f"claims/{subject.subject}", subject.name
    return subject.loss, subject.name


def records(data):
    """The records of an evidence file by name; a demonstration is one, without name."""
    kinds = ("variants", "claims", "rules")
    return next((data[kind] for kind in kinds if kind in data), {"": data})


def _differs(shelf, variant):
    seen = shelf.seen(variant)["probes"][variant.probe]
    return compare(seen["variant"], seen["reference"]) not in ("same", "absent")


def _found(shelf, rule):
    """Whether a rule speaks about the variant of its declaration, the one that was
    recorded."""
    record = shelf.seen(rule)
    said = {finding["rule"] for finding in record["report"]["findings"]}
    return record["variant"] == rule.shown_by and rule.name in said


def _shown(key):
    file, name = key
    return f"{file}.json" + (f" · {name}" if name else "")


def _sentence(path):
    return ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
