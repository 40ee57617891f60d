"""What the site is made of, read once; and whether it fits together."""

import ast
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from docs.generator.outcome import compare
from losses.evidence import fixes, keys, store
from losses.evidence.environments import ENVIRONMENTS, REFERENCE
from losses.source import registry

DOCS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Cell:
    """What the three sides of a variant did in one environment, by one probe."""

    kind: str  # of difference: a key of SIGNS
    variant: dict
    reference: dict
    fix: dict


@dataclass(frozen=True)
class SiteData:
    """Losses, claims, rules and probes, the evidence, and the pages written by hand."""

    losses: dict[str, registry.Loss]
    families: dict[str, str]  # name: one sentence
    claims: tuple[registry.Claim, ...]
    subjects: dict[str, str]  # of claims: one sentence
    rules: tuple[registry.Rule, ...]
    rule_families: dict[str, str]  # name: one sentence
    model_rules: tuple[registry.Rule, ...]
    model_rule_families: dict[str, str]  # name: one sentence
    scripts: dict[str, registry.Script]
    errors: dict[str, registry.Error]
    error_families: dict[str, str]  # name: one sentence
    errors_seen: dict[str, dict]  # by environment: what errors said there
    checker: dict[str, str]  # what is public in losses.checker: its documentation
    probes: dict[str, registry.Probe]
    evidence: dict[str, store.Evidence]  # by environment
    misplaced: dict[str, list[str]]  # environment: files, see `store.misplaced`
    documents: dict[str, dict]  # of claims, demonstrations, rules; kills
    document_keys: dict[str, str]  # as recorded
    watched: dict[str, dict]  # version of Keras: what it changes
    peers: dict  # what other libraries give
    written: dict[str, str]
    ids: tuple[str, ...]  # as often as they were found
    wanted: dict[str, dict[str, str]]  # {variant id: {probe: key}} of the present code
    wanted_documents: dict[str, str]  # {record of a document: key}
    variant_keys: dict[str, str]  # {variant id: key} of the present code

    @cached_property
    def cells(self):
        """The matrix: `{(variant, environment, probe): Cell}`."""
        return {
            (variant, environment, probe): Cell(
                kind=compare(cell["variant"], cell["reference"]), **cell
            )
            for variant in self.variants
            for environment in ENVIRONMENTS
            for probe in self.probes
            for cell in [self.evidence[environment].cells[variant][probe]]
        }

    def cells_of(self, variant):
        """The cells of a variant in the reference environment, by probe."""
        return {
            probe: self.cells[variant.id, REFERENCE, probe] for probe in self.probes
        }

    def differences(self, variant, environment=REFERENCE):
        """What its fix does otherwise than the reference, by probe."""
        return fixes.differences(self.evidence[environment].cells[variant.id])

    def kills(self, variant):
        """Which of the numbers worked out by hand a variant fails, and how many there
        are."""
        return self.documents["kills"][variant.id]

    def record(self, subject):
        """What was recorded of a claim or of a rule."""
        if isinstance(subject, registry.Rule):
            document = "rules" if subject in self.rules else "models"
            return self.documents[f"check/{document}"]["rules"][subject.name]
        return self.documents[f"claims/{subject.subject}"]["claims"][subject.name]

    def versions(self, environment=REFERENCE):
        """What the losses were run with there."""
        return self.evidence[environment].versions

    @cached_property
    def variants(self):
        return {v.id: v for loss in self.losses.values() for v in loss.variants}

    @property
    def demos(self):
        return {
            name.removeprefix("demo/"): document
            for name, document in self.documents.items()
            if name.startswith("demo/")
        }


def read():
    """What this checkout holds."""
    files = sorted((registry.HERE / "claims").glob("[a-z]*.py"))
    claims = [claim for path in files for claim in registry.claims_of(path)]
    losses, probes, rules = registry.losses(), registry.probes(), registry.rules()
    model_rules = registry.rules(registry.OF_MODELS)
    variants = [v for loss in losses.values() for v in loss.variants]
    catalog = registry.HERE / "catalog"
    return SiteData(
        losses=losses,
        families={
            path.parent.name: _sentence(path)
            for path in sorted(catalog.glob("*/__init__.py"))
        },
        claims=tuple(claims),
        subjects={path.stem: _sentence(path) for path in files},
        rules=tuple(rules),
        rule_families=registry.rule_families(),
        model_rules=tuple(model_rules),
        model_rule_families=registry.rule_families(registry.OF_MODELS),
        scripts=registry.scripts(),
        errors=registry.errors(),
        error_families={
            path.stem: _sentence(path)
            for path in sorted((registry.HERE / "errors").glob("[a-z]*.py"))
        },
        errors_seen={name: store.errors(name) for name in ENVIRONMENTS},
        checker=registry.checker(),
        probes=probes,
        evidence={
            name: store.read(name, refuse=False) for name in store.environments()
        },
        misplaced={name: store.misplaced(name) for name in store.environments()},
        documents={name: store.document(name) for name in store.documents()},
        document_keys=store.document_keys(),
        watched=store.watched(),
        peers=store.peers(),
        written={
            path.relative_to(DOCS).as_posix(): path.read_text("utf-8")
            for path in sorted(DOCS.rglob("*.md"))
        },
        ids=(
            *(path.stem for path in sorted(catalog.glob("*/[a-z]*.py"))),
            *(subject.id for subject in (*variants, *claims)),
            *registry.errors(),
            *(rule.name for rule in (*rules, *model_rules)),
        ),
        variant_keys={variant.id: keys.of_variant(variant) for variant in variants},
        wanted={v.id: {p: keys.of_cell(v, p) for p in probes} for v in variants},
        wanted_documents={
            **{f"claims/{c.subject}#{c.name}": keys.of_claim(c) for c in claims},
            **{f"demo/{n}#": key for n, key in keys.of_demonstrations().items()},
            **{f"check/rules#{rule.name}": keys.of_rule(rule) for rule in rules},
            **{f"check/models#{r.name}": keys.of_model_rule(r) for r in model_rules},
        },
    )


def problems(site):
    """Why the site must not be built, one line each; none, and it may."""
    twice = sorted(id_ for id_, times in Counter(site.ids).items() if times > 1)
    unknown = sorted(site.evidence.keys() - ENVIRONMENTS.keys())
    return [
        *(f"duplicate id: {id_}" for id_ in twice),
        *(f"evidence of nothing: {environment}" for environment in unknown),
        *(line for name in ENVIRONMENTS for line in misfits(site, name)),
        *(
            f"no difference from the reference: {variant.id}"
            for variant in site.variants.values()
            if _is_alike(site, variant)
        ),
        *(
            f"not found by its rule: {rule.shown_by} · {rule.name}"
            for rule in (*site.rules, *site.model_rules)
            if _is_missed(site, rule)
        ),
    ]


def misfits(site, environment):
    """What is missing, stale or of nothing in the evidence of one environment. Claims,
    demonstrations, rules and kills belong to the reference environment alone."""
    evidence = site.evidence.get(environment)
    if evidence is None or not evidence.versions:
        return [f"no evidence at all: {environment}"]
    pinned = ENVIRONMENTS[environment].versions
    other = ", ".join(f"{name} {v}" for name, v in evidence.versions.items())
    found = [
        *(
            [f"recorded with other versions: {environment} · {other}"]
            * (evidence.versions != pinned)
        ),
        *_unlike(site.wanted, evidence, environment),
        *(
            f"not as written: {environment}/{x}"
            for x in site.misplaced.get(environment, ())
        ),
    ]
    return [*found, *_documents(site)] if environment == REFERENCE else found


def complaint(site):
    """What does not fit together, and the commands that mend it; "" if all fits."""
    found = problems(site)
    if not found:
        return ""
    lead, mend = "what is here does not fit together", "; ".join(commands(site))
    return "\n".join([f"{lead}: {mend}" if mend else lead, *found])


def commands(site):
    """What records the evidence that does not fit."""
    return [
        command(environment)
        for environment in ENVIRONMENTS
        if misfits(site, environment)
    ]


def command(environment):
    """What records the evidence of an environment."""
    return f"make record-{environment}"


def _unlike(wanted, evidence, environment):
    """The cells that do not fit, counted by loss, or by variant where it is one."""
    recorded, held, present = map(_flat, (evidence.keys, evidence.cells, wanted))
    for why, cells in _misfits(present, recorded, held).items():
        by_loss = {}
        for variant, _ in cells:
            by_loss.setdefault(variant.partition("/")[0], []).append(variant)
        for loss, variants in by_loss.items():
            where = loss if len(set(variants)) > 1 else variants[0]
            count = "1 cell" if len(variants) == 1 else f"{len(variants)} cells"
            yield f"{why}: {environment}/{where} · {count}"


def _documents(site):
    """The records of documents that do not fit, counted by document, or by name where
    it is one."""
    held = [
        f"{document}#{name}"
        for document, content in site.documents.items()
        for name in _records(document, content)
    ]
    kills = {f"kills#{variant}": "" for variant in site.variants}
    recorded = {
        **{r: key for r, key in site.document_keys.items() if _is_shown(r)},
        **{record: "" for record in held if record.startswith("kills#")},
    }
    wanted = {**site.wanted_documents, **kills}
    for why, records in _misfits(wanted, recorded, held).items():
        by_document = {}
        for record in records:
            document, _, name = record.partition("#")
            by_document.setdefault(document, []).append(name)
        for document, names in by_document.items():
            one = f" · {names[0]}" if names[0] else ""
            more = one if len(names) == 1 else f" · {len(names)} records"
            yield f"{why}: {document}{more}"


def _misfits(wanted, recorded, held):
    """`{why: what does not fit}`, from the keys of the present code, the recorded keys,
    and what the files hold."""
    there = recorded.keys() & set(held)
    return {
        "no evidence": sorted(wanted.keys() - there),
        "evidence of nothing": sorted((recorded.keys() | set(held)) - wanted.keys()),
        "stale evidence": sorted(
            k for k in wanted.keys() & there if recorded[k] != wanted[k]
        ),
    }


def _flat(nested):
    """`{(variant, probe): ...}`"""
    return {
        (variant, probe): part
        for variant, probes in nested.items()
        for probe, part in probes.items()
    }


def _records(document, content):
    """The names of the records of a document; a demonstration is one, without name."""
    if document == "kills":
        return list(content)
    kind = {"claims": "claims", "check": "rules"}.get(document.partition("/")[0])
    return list(content.get(kind, ())) if kind else [""]


def _is_shown(record):
    """Whether the page that shows a record of a document knows its key."""
    return record.startswith(("claims/", "demo/", "check/"))


def _is_alike(site, variant):
    """Whether a variant was recorded, and did what its reference did."""
    recorded = site.evidence[REFERENCE].cells.get(variant.id, {})
    both = recorded.get(variant.probe)
    return both is not None and (
        compare(both["variant"], both["reference"]) in ("same", "absent")
    )


def _is_missed(site, rule):
    """Whether a rule was recorded, and not with the variant of its declaration, or
    without a word about it."""
    try:
        record = site.record(rule)
    except KeyError:
        return False  # it was not recorded, which is told elsewhere
    said = {finding["rule"] for finding in record["report"]["findings"]}
    shown = record.get("variant", record.get("script"))
    return shown != rule.shown_by or rule.name not in said


def _sentence(path):
    return ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
