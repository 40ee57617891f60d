"""What changes with another version of Keras.

`make watch KERAS=3.10.0` makes an environment with that version and runs this there:
every broken variant and its reference, compared with the evidence of the reference
environment. It writes losses/evidence/data/watch/keras-3.10.0.json;
`python -m docs.generator watch FILE` reports it.
"""

import sys

from packaging.version import Version
from rich.console import Console
from rich.progress import track

from losses.evidence import keys, store
from losses.evidence.codec import dump
from losses.evidence.environments import REFERENCE
from losses.evidence.versions import COMPARED, changes
from losses.source import registry
from tests.recording import environments
from tests.recording.subjects import cell, declared, outcome, verdict

# Quick ones that tell: each goes another way through Keras.
PROBES = (
    "call",
    "gradient",
    "custom_loop",
    "fit_graph",
    "loss_subclass",
    "partial_batch",
    "sample_weight",
    "sample_weight_column",
    "class_weight",
    "masking",
    "save_load",
    "two_replicas",
)
OLDEST = Version("3.6.0")  # before it Keras keeps the mask of a tensor elsewhere


def record(variants, console=None):
    """What this version of Keras does to these variants, as it is kept."""
    evidence = store.read()
    changed, faults = [], {}
    versions = environments.installed(REFERENCE)
    for variant in track(variants, f"Keras {versions['keras']}", console=console):
        before = evidence.cells.get(variant.id, {})
        key = keys.of_variant(variant)
        changed += changes(variant.id, key, before, observed(variant))
        if variant.holds_in:
            faults[variant.id] = holds(variant)
    return {
        "environment": versions,
        "against": evidence.versions,
        "probes": list(PROBES),
        "variants": len(variants),
        "faults": faults,
        "changes": changed,
    }


def observed(variant):
    """`{probe: {side: outcome}}`, of the probe that shows it as well."""
    probes = dict.fromkeys((*PROBES, variant.probe))
    return {probe: cell(variant, probe, COMPARED) for probe in probes}


def holds(variant):
    """Whether a variant does here what it declares."""
    _, case = declared(variant)
    return case.gives.fits(outcome(variant, case.probe))


def stale(variants):
    """Those with a cell that was recorded with other code: more differs than Keras."""
    recorded = store.read().keys
    return [
        variant.id
        for variant in variants
        if any(
            "variant"
            in keys.stale_sides(
                recorded.get(variant.id, {}).get(probe), keys.of_cell(variant, probe)
            )
            for probe in dict.fromkeys((*PROBES, variant.probe))
        )
    ]


def amiss(record):
    """The declared faults of Keras that are not where they are declared."""
    version = record["environment"]["keras"]
    found = []
    for name, held in record["faults"].items():
        missed = [] if held else ["otherwise"]
        wrong = verdict(registry.variants()[name].holds_in, version, missed)
        if wrong:
            found.append(f"`{name}`: {wrong.splitlines()[0]}")
    return found


def main():
    environments.enter(REFERENCE)
    import keras

    from tests.recording import raise_sites

    aside = Console(stderr=True)
    variants = list(registry.variants().values())
    if Version(keras.__version__) < OLDEST:
        sys.exit(f"Keras {keras.__version__}: the losses run from {OLDEST} on")
    older = stale(variants)
    if older:
        sys.exit(
            f"{len(older)} variants have stale evidence: make record-{REFERENCE} first"
        )
    found = record(variants, aside)
    path = store.DATA / "watch" / f"keras-{found['environment']['keras']}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(dump(found), "utf-8")
    print(path)
    for line in amiss(found):
        print(f"- {line}")
    for site in raise_sites.new():
        print(f"- `{site.place}` is not in the table of raise sites: {site.words}")


if __name__ == "__main__":
    main()
