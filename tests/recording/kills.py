"""Records which of the numbers worked out by hand each broken variant fails."""

from losses.evidence import keys, store
from losses.evidence.declarations import Raises
from losses.evidence.outcomes import NotApplicable
from losses.running.probes import run
from losses.running.subject import Subject, accepted
from losses.source import registry
from tests.hand import hand_cases
from tests.recording import environments
from tests.recording.subjects import declared

NAME = "kills"  # of the document


def stale():
    """The variants of which it was not recorded with the present code and numbers."""
    recorded = store.keys_of(NAME)
    return [
        variant
        for variant in registry.variants().values()
        if recorded.get(variant.id) != key(variant)
    ]


def record(variants, watch):
    """Try these variants, and write which numbers each fails. Returns what changed:
    `{variant id: (recorded, found)}`."""
    before = store.document(NAME)
    found = {variant: before.get(variant) for variant in registry.variants()}
    kept = store.keys_of(NAME)
    for variant in variants:
        found[variant.id], kept[variant.id] = tried(variant), key(variant)
        environments.free()
        watch(1)
    present = {variant: record for variant, record in found.items() if record}
    known = {variant: kept[variant] for variant in present if variant in kept}
    store.write_document(NAME, present, known)
    return {
        variant: (before.get(variant), record)
        for variant, record in present.items()
        if before.get(variant) != record
    }


def tried(variant):
    """Which numbers a variant fails, counted from 1, and of how many."""
    cases = hand_cases(registry.losses()[variant.loss])
    told = [number for number, case in enumerate(cases, 1) if fails(variant, case)]
    return {"killed_by": told, "value_tests": len(cases)}


def key(variant):
    """The key of a variant alone, of the numbers of its loss, and of how they are run:
    its loss does not run."""
    cases = hand_cases(registry.losses()[variant.loss])
    ways = dict.fromkeys(case.probe for case in cases)
    return keys.joined(
        keys.of_code(variant), *map(keys.of_probe, ways), *map(repr, cases)
    )


def in_order(variant, first):
    """The numbers of the loss of a variant, the first of those listed first."""
    cases = hand_cases(registry.losses()[variant.loss])
    known = [number - 1 for number in first[:1] if number <= len(cases)]
    return [cases[n] for n in dict.fromkeys([*known, *range(len(cases))])]


def fails(variant, case):
    """Whether a variant does not do what this case demands of its loss."""
    code, declaration = declared(variant)
    known = accepted(code, case.options) == case.options
    if not (known or case.options == declaration.options):
        return False
    if structure(case.y_pred) != structure(declaration.y_pred):
        return False
    # Not to refuse bad input is a flaw only where the reference should have refused.
    if isinstance(case.gives, Raises) and not isinstance(declaration.instead, Raises):
        return False
    outcome = run(case.probe, Subject.of_variant(code, case), case)
    return not isinstance(outcome, NotApplicable) and not case.gives.fits(outcome)


def structure(y_pred):
    """The names or the number of the outputs; None for one."""
    if isinstance(y_pred, dict):
        return set(y_pred)
    return len(y_pred) if isinstance(y_pred, tuple) else None
