"""Records which of the numbers worked out by hand each broken variant fails."""

import re

from losses.evidence import keys, store
from losses.evidence.declarations import Raises
from losses.evidence.outcomes import NotApplicable
from losses.running.probes import run
from losses.running.subject import Subject, accepted
from losses.source import registry
from tests.hand import hand_cases
from tests.recording import environments
from tests.recording.subjects import declared
from tests.slices import is_drawn

NAME = "kills"  # of the document
OFTEN = 20  # variants, after which what was recorded is written


def stale():
    """The variants of which it was not recorded with the present code and numbers."""
    recorded = store.keys_of(NAME)
    return [
        variant
        for variant in registry.variants().values()
        if recorded.get(variant.id) != key(variant)
    ]


def record(variants, watch):
    """Try these variants, and write which numbers each fails; interrupted, what is done
    is kept. Returns what changed: `{variant id: (recorded, found)}`."""
    before = store.document(NAME)
    found, recorded = dict(before), store.keys_of(NAME)
    try:
        for done, variant in enumerate(variants, 1):
            found[variant.id], recorded[variant.id] = tried(variant), key(variant)
            watch(1)
            if done % OFTEN == 0:
                environments.free()
                _write(found, recorded)
    finally:
        _write(found, recorded)
    return {
        variant.id: (before.get(variant.id), found[variant.id])
        for variant in variants
        if before.get(variant.id) != found[variant.id]
    }


def carry(variants, share, watch):
    """Give the present keys to stale variants after a change that should change
    nothing: a share is tried, and where one of a loss differs all of that loss."""
    before = store.document(NAME)
    drawn = [v for v in variants if v.id not in before or is_drawn(v.id, share)]
    changed = record(drawn, watch)
    apart = {variant.partition("/")[0] for variant in changed}
    rest = [variant for variant in variants if variant not in drawn]
    kept = [variant for variant in rest if variant.loss not in apart]
    keys_now = {variant.id: key(variant) for variant in kept}
    _write(store.document(NAME), {**store.keys_of(NAME), **keys_now})
    watch(len(kept))
    return changed | record([v for v in rest if v.loss in apart], watch)


def _write(found, recorded):
    """In the order in which variants are declared, without what is no more."""
    present = [variant for variant in registry.variants() if variant in found]
    store.write_document(
        NAME,
        {variant: found[variant] for variant in present},
        {variant: recorded[variant] for variant in present if variant in recorded},
    )


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
    texts = [re.sub(r" at 0x[0-9a-f]+", "", repr(case)) for case in cases]
    return keys.joined(keys.of_code(variant), *map(keys.of_probe, ways), *texts)


def in_order(variant, first):
    """The numbers of the loss of a variant, the first of those listed first."""
    cases = hand_cases(registry.losses()[variant.loss])
    known = [number - 1 for number in first[:1] if number <= len(cases)]
    return [cases[n] for n in dict.fromkeys([*known, *range(len(cases))])]


def fails(variant, case):
    """Whether a variant does not do what this case demands of its loss."""
    code, declaration = declared(variant)
    return is_put_to(code, declaration, case) and misses(code, case)


def is_put_to(code, declaration, case):
    """Whether code that is declared so can be asked for a number of its loss."""
    known = accepted(code, case.options) == case.options
    if not (known or case.options == declaration.options):
        return False
    if structure(case.y_pred) != structure(declaration.y_pred):
        return False
    # Not to refuse bad input is a flaw only where the reference should have refused.
    return not isinstance(case.gives, Raises) or isinstance(declaration.instead, Raises)


def misses(code, case):
    """Whether code does not give a number, where it can be run so at all."""
    outcome = run(case.probe, Subject.of_variant(code, case), case)
    return not isinstance(outcome, NotApplicable) and not case.gives.fits(outcome)


def structure(y_pred):
    """The names or the number of the outputs; None for one."""
    if isinstance(y_pred, dict):
        return set(y_pred)
    return len(y_pred) if isinstance(y_pred, tuple) else None
