"""What the site is made of, read once; and whether it fits together."""

import ast
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from docs.generator.outcome import compare
from losses.evidence import keys, store
from losses.evidence.environments import ENVIRONMENTS, REFERENCE
from losses.source import registry

DOCS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Cell:
    """What a wrong way and the right one did, in one environment and way of running."""

    kind: str  # of difference: a key of SIGNS
    wrong: dict
    right: dict


@dataclass(frozen=True)
class Shelf:
    """Losses, claims and rules, the evidence by file, and the pages written by hand."""

    losses: dict[str, registry.Loss]
    families: dict[str, str]  # name: one sentence
    claims: tuple[registry.Claim, ...]
    subjects: dict[str, str]  # of claims: one sentence
    rules: tuple[registry.Rule, ...]
    rule_families: dict[str, str]  # name: one sentence
    checker: dict[str, str]  # what is public in losses.checker: its documentation
    evidence: dict[str, dict]  # of the reference environment
    elsewhere: dict[str, dict[str, dict]]  # environment: its evidence by file
    watched: dict[str, dict]  # version of Keras: what it changes
    peers: dict  # what other libraries give
    written: dict[str, str]
    ids: tuple[str, ...]  # as often as they were found
    wanted: dict[tuple[str, str], str]  # (evidence file, name in it): fingerprint

    def seen(self, subject, environment=REFERENCE):
        """The record of a variant, of a claim or of a rule."""
        file, name = place(subject)
        return records(self.evidence_of(environment)[file])[name]

    def environment(self, subject):
        return self.evidence[place(subject)[0]]["environment"]

    def evidence_of(self, environment):
        if environment == REFERENCE:
            return self.evidence
        return self.elsewhere[environment]

    def versions(self, environment):
        """What the losses were run with there."""
        evidence = self.evidence_of(environment)
        return next(evidence[n]["environment"] for n in self.losses if n in evidence)

    @cached_property
    def cells(self):
        """The matrix: `{(variant, environment, probe): Cell}`."""
        return {
            (variant.id, environment, probe): Cell(
                kind=compare(seen["variant"], seen["reference"]),
                wrong=seen["variant"],
                right=seen["reference"],
            )
            for variant in self.variants.values()
            for environment in ENVIRONMENTS
            for probe, seen in self.seen(variant, environment)["probes"].items()
        }

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
    recorded = {
        folder.name: _evidence(folder)
        for folder in sorted(store.DATA.iterdir())
        if folder.is_dir()
    }
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
        evidence=recorded.pop(REFERENCE, {}),
        watched=recorded.pop("watch", {}),
        peers=recorded.pop("peers", {}).get("peers", {}),
        elsewhere=recorded,
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
            **{place(v): keys.of_variant(v) for v in variants},
            **{place(c): keys.of_claim(c) for c in found},
            **{place(r): keys.of_rule(r) for r in registry.rules()},
            **{(f"demo/{n}", ""): s for n, s in keys.of_demonstrations().items()},
        },
    )


def problems(shelf):
    """Why the site must not be built, one line each; none, and it may."""
    twice = sorted(id_ for id_, times in Counter(shelf.ids).items() if times > 1)
    unknown = sorted(shelf.elsewhere.keys() - ENVIRONMENTS.keys())
    return [
        *(f"duplicate id: {id_}" for id_ in twice),
        *(f"evidence of nothing: {environment}" for environment in unknown),
        *(line for name in ENVIRONMENTS for line in misfits(shelf, name)),
        *(
            f"no difference from the reference: {variant.id}"
            for variant in shelf.variants.values()
            if _recorded(shelf, variant) and not _differs(shelf, variant)
        ),
        *(
            f"not found by its rule: {rule.shown_by} · {rule.name}"
            for rule in shelf.rules
            if _recorded(shelf, rule) and not _found(shelf, rule)
        ),
    ]


def misfits(shelf, environment):
    """What is missing, stale or of nothing in the evidence of one environment. Claims,
    demonstrations and rules belong to the reference environment alone."""
    wanted, where = shelf.wanted, ""
    if environment != REFERENCE:
        if not shelf.elsewhere.get(environment):
            return [f"no evidence at all: {environment}"]
        wanted = {key: s for key, s in wanted.items() if "/" not in key[0]}
        where = f"{environment}/"
    evidence = shelf.evidence_of(environment)
    found = {
        (file, name): record["source"]
        for file, data in evidence.items()
        for name, record in records(data).items()
    }
    wrong = {
        "no evidence": wanted.keys() - found.keys(),
        "evidence of nothing": found.keys() - wanted.keys(),
        "stale evidence": {k for k in wanted.keys() & found if found[k] != wanted[k]},
    }
    losses = (data for file, data in evidence.items() if "/" not in file)
    versions = {str(data.get("environment")) for data in losses}
    return [
        *(
            f"{why}: {where}{_shown(key)}"
            for why, keys in wrong.items()
            for key in sorted(keys)
        ),
        *([f"recorded with several versions: {environment}"] * (len(versions) > 1)),
    ]


def complaint(shelf):
    """What does not fit together, and the commands that mend it; "" if all fits."""
    found = problems(shelf)
    if not found:
        return ""
    lead, mend = "what is here does not fit together", "; ".join(commands(shelf))
    return "\n".join([f"{lead}: {mend}" if mend else lead, *found])


def commands(shelf):
    """What records the evidence that does not fit."""
    return [
        command(environment)
        for environment in ENVIRONMENTS
        if misfits(shelf, environment)
    ]


def command(environment):
    """What records the evidence of an environment."""
    if environment == REFERENCE:
        return "make evidence"
    return f"make record-{environment}"


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


def _evidence(folder):
    """The evidence of an environment, by file."""
    files = sorted(path.relative_to(folder) for path in folder.rglob("*.json"))
    names = [file.with_suffix("").as_posix() for file in files]
    return {name: store.evidence(name, folder.name) for name in names}


def _recorded(shelf, subject):
    file, name = place(subject)
    known = records(shelf.evidence.get(file, {}))
    return name in known and (file, name) in shelf.wanted


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
