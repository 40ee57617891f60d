"""What changes with another version of Keras.

`make watch KERAS=3.10.0` makes an environment with that version and runs this there:
every broken variant and its reference, compared with the evidence of the reference
environment. It prints a report and writes losses/evidence/watch/keras-3.10.0.json.
"""

import sys

from packaging.version import Version
from rich.console import Console
from rich.progress import track
from tests.evidence import CLOSE, as_json, dump, keep

from docs.generator import watch
from docs.generator.outcome import together
from losses.evidence import keys, store
from losses.evidence.environments import REFERENCE
from losses.source import registry
from tests import environments

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
SIDES = ("variant", "reference")


def changes(variant, source, before, after):
    """What differs between two records of a variant, `{probe: {side: outcome}}`, in the
    ways of running that both have. Where wrong and right did the same and still do, it
    is told of the reference alone."""
    for probe in (probe for probe in after if probe in before):
        was, now = (
            {side: together(outcome) for side, outcome in record[probe].items()}
            for record in (before, after)
        )
        one = all(alike(*(both[side] for side in SIDES)) for both in (was, now))
        for side in SIDES[one:]:
            if not alike(was[side], now[side]):
                yield {
                    "variant": variant,
                    "probe": probe,
                    "side": side,
                    "kind": kind(side, was, now),
                    "before": was[side],
                    "after": now[side],
                    "source": source,
                }


def alike(before, after):
    """The same by the tolerance of the evidence."""
    return keep(after, before, CLOSE) == before


def kind(side, was, now):
    """What sort of change it is: a key of `docs.generator.watch.KINDS`."""
    if was[side].get("raises", "") == now[side].get("raises"):
        return "reworded"
    if side == "reference":
        return "reference"
    if alike(was["reference"], now["variant"]):
        return "mended"
    return "alike" if alike(now["reference"], now["variant"]) else "otherwise"


def record(variants, console=None):
    """What this version of Keras does to these variants, as it is kept."""
    changed, faults = [], {}
    versions = environments.versions(REFERENCE)
    for variant in track(variants, f"Keras {versions['keras']}", console=console):
        source = keys.of_variant(variant)
        before = committed(variant)["probes"]
        changed += changes(variant.id, source, before, observed(variant))
        if variant.holds_in:
            faults[variant.id] = holds(variant)
    return {
        "environment": versions,
        "against": store.evidence(variants[0].loss)["environment"],
        "probes": list(PROBES),
        "variants": len(variants),
        "faults": faults,
        "changes": changed,
    }


def observed(variant):
    """`{probe: {side: outcome}}`, of the probe that shows it as well."""
    from tests.test_variants import seen

    return {
        probe: dict(zip(SIDES, map(as_json, seen(variant, probe))))
        for probe in dict.fromkeys((*PROBES, variant.probe))
    }


def holds(variant):
    """Whether a variant does here what it declares."""
    from tests.test_variants import declared, seen

    _, case = declared(variant)
    return case.gives.fits(seen(variant, case.probe)[0])


def committed(variant):
    """What was seen of a variant in the reference environment."""
    records = (store.evidence(variant.loss) or {}).get("variants", {})
    return records.get(variant.name, {"source": None, "probes": {}})


def stale(variants):
    """Those whose evidence was seen with other code: more differs than Keras."""
    return [
        variant.id
        for variant in variants
        if committed(variant)["source"] != keys.of_variant(variant)
    ]


def amiss(record):
    """The declared faults of Keras that are not where they are declared."""
    from tests.test_variants import verdict

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

    aside = Console(stderr=True)
    variants = list(registry.variants().values())
    if Version(keras.__version__) < OLDEST:
        sys.exit(f"Keras {keras.__version__}: the losses run from {OLDEST} on")
    older = stale(variants)
    if older:
        sys.exit(f"{len(older)} variants have stale evidence: make evidence first")
    seen = record(variants, aside)
    path = store.DATA / "watch" / f"keras-{seen['environment']['keras']}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(dump(seen), "utf-8")
    print(watch.report(seen))
    for line in amiss(seen):
        print(f"\n- {line}")


if __name__ == "__main__":
    main()
