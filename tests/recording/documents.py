"""Records what the reference environment shows of claims, demonstrations and rules."""

import json
from functools import cache
from importlib import import_module

from losses.evidence import keys, store
from losses.evidence.compare import RECORDED, TRAINED, keep
from losses.source import registry


def wanted():
    """`{document: {record: key}}` of all that must be recorded, by the present code. A
    demonstration is one record without a name."""
    found = {}
    for claim in registry.claims().values():
        found.setdefault(f"claims/{claim.subject}", {})[claim.name] = keys.of_claim(
            claim
        )
    for name, key in keys.of_demonstrations().items():
        found[f"demo/{name}"] = {"": key}
    found["check/rules"] = {rule.name: keys.of_rule(rule) for rule in registry.rules()}
    found["check/models"] = {
        rule.name: keys.of_model_rule(rule)
        for rule in registry.rules(registry.OF_MODELS)
    }
    return found


def stale():
    """The documents that were not recorded with the present code."""
    return [name for name, parts in wanted().items() if store.keys_of(name) != parts]


def record(name):
    """Run what a document is about, and write it. Returns whether it changed."""
    content, before = made(name), store.document(name)
    kept = settled(name, content, before)
    store.write_document(name, kept, wanted()[name])
    return kept != before


def made(name):
    """What a document holds, run now."""
    kind, _, part = name.partition("/")
    return {"claims": _claims, "demo": _demonstration, "check": _reports}[kind](part)


def settled(name, content, before):
    """`content`, with the recorded text wherever it says the same."""
    tolerance = TRAINED if name.startswith("demo/") else RECORDED
    if name.startswith("demo/"):
        content = _with_pictures(content, before)
    return keep(content, before, tolerance)


@cache
def declared_claim(claim):
    """The declaration of a claim, with its code."""
    module = import_module(f"losses.claims.{claim.subject}")
    cls = next(v for k, v in vars(module).items() if registry.snake(k) == claim.name)
    return cls.claim


@cache
def outcomes_of(claim, without=()):
    """What each part of a claim does, by way of running: `{part: {way: outcome}}`;
    some ways may be left out."""
    from losses.running.claims import run_claim

    return run_claim(declared_claim(claim), without)


def of_claim(claim):
    """What is recorded of a claim."""
    from losses.evidence.codec import encoded

    seen = outcomes_of(claim)
    verdict, held = declared_claim(claim).verdict(seen)
    return {
        "verdict": verdict,
        "held": held,
        "seen": {
            part: {way: encoded(outcome) for way, outcome in ways.items()}
            for part, ways in seen.items()
        },
    }


def _claims(subject):
    return {
        "claims": {
            claim.name: of_claim(claim)
            for claim in registry.claims().values()
            if claim.subject == subject
        }
    }


def _demonstration(name):
    from losses import demo

    return demo.record(name)


def _with_pictures(content, before):
    """With the recorded picture of every run, where no shade is another by two."""
    known = {run["name"]: run.get("found") for run in before.get("runs", ())}

    def kept(run):
        was = known.get(run["name"])
        alike = (
            was is not None and was != run.get("found") and _alike(was, run["found"])
        )
        return {**run, "found": was} if alike else run

    return {**content, "runs": [kept(run) for run in content["runs"]]}


def _alike(one, other):
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return abs(one - other) < 2


def _reports(kind):
    return _rules() if kind == "rules" else _models()


def _models():
    from tests.recording.scripts import example, report_on

    records = {}
    for rule in registry.rules(registry.OF_MODELS):
        report = report_on(registry.scripts()[rule.shown_by], "wrong")
        records[rule.name] = {
            "script": rule.shown_by,
            "report": json.loads(report.to_json()),
            "text": str(report),
        }
    return {"rules": records, "example": example()}


def _rules():
    from tests.recording.rules import example, report_on

    records = {}
    for rule in registry.rules():
        report = report_on(registry.variants()[rule.shown_by])
        records[rule.name] = {
            "variant": rule.shown_by,
            "report": json.loads(report.to_json()),
            "text": str(report),
        }
    return {"rules": records, "example": example()}
