"""Records which of the numbers worked out by hand each broken variant fails, and which
of them its fix still misses."""

import re

import numpy as np

from losses.evidence import keys, store
from losses.evidence.declarations import Raises
from losses.evidence.outcomes import NotApplicable
from losses.running.probes import run
from losses.running.subject import Subject, accepted
from losses.source import registry
from tests.hand import hand_cases
from tests.recording import environments
from tests.recording.subjects import declared, fix
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
    found = {name: dict(numbers) for name, numbers in before.items()}
    recorded = store.keys_of(NAME)
    try:
        for done, variant in enumerate(variants, 1):
            now = key(variant)
            if keys.stale_sides(recorded.get(variant.id), now) == ("fix",):
                found[variant.id] |= {"fix_misses": missed_by_fix(variant)}
            else:
                found[variant.id] = tried(variant)
            recorded[variant.id] = now
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
    whole = [v for v in variants if "fix_misses" in before.get(v.id, {})]
    drawn = [v for v in variants if v not in whole or is_drawn(v.id, share)]
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
    """Which numbers a variant fails and its fix misses, counted from 1, and of how
    many."""
    cases = hand_cases(registry.losses()[variant.loss])
    told = [number for number, case in enumerate(cases, 1) if fails(variant, case)]
    return {
        "killed_by": told,
        "value_tests": len(cases),
        "fix_misses": missed_by_fix(variant),
    }


def missed_by_fix(variant):
    """The numbers of inputs like its own that the fix of a variant does not give."""
    code, (_, declaration) = fix(variant), declared(variant)
    return [
        number
        for number, case in enumerate(hand_cases(registry.losses()[variant.loss]), 1)
        if is_put_to(code, declaration, case)
        and is_like(case, declaration, code)
        and misses(code, case)
    ]


def key(variant):
    """The key of a variant alone, of the numbers of its loss, and of how they are run,
    and that of its fix, one after the other: its loss does not run."""
    cases = hand_cases(registry.losses()[variant.loss])
    ways = dict.fromkeys(case.probe for case in cases)
    texts = [re.sub(r" at 0x[0-9a-f]+", "", repr(case)) for case in cases]
    numbers = [*map(keys.of_probe, ways), *texts]
    return "".join(
        keys.joined(code, *numbers)
        for code in (keys.of_code(variant), keys.of_fix(variant))
    )


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


def is_like(one, other, code):
    """Whether the inputs of two cases have the same ranks and dtypes, both or neither
    with a last axis of 1, and the same options but for those that the code takes."""
    return form(one) == form(other) and fixed(one, code) == fixed(other, code)


def form(case):
    if isinstance(case.y_pred, (dict, tuple)):
        return structure(case.y_pred)
    true, pred = np.asarray(case.y_true), np.asarray(case.y_pred)
    columns = true.shape[-1:] == (1,), pred.shape[-1:] == (1,)
    return true.ndim, pred.ndim, pred.dtype, columns


def fixed(case, code):
    """The options that the code has no parameter for."""
    taken = accepted(code, case.options)
    return {name: v for name, v in case.options.items() if name not in taken}


def misses(code, case):
    """Whether code does not give a number, where it can be run so at all."""
    outcome = run(case.probe, Subject.of_variant(code, case), case)
    return not isinstance(outcome, NotApplicable) and not case.gives.fits(outcome)


def structure(y_pred):
    """The names or the number of the outputs; None for one."""
    if isinstance(y_pred, dict):
        return set(y_pred)
    return len(y_pred) if isinstance(y_pred, tuple) else None
