"""Records the cells of an environment: every variant beside its reference and its fix,
by probe.

Stale cells are run, in as many processes as there are processors; a value close to the
recorded one keeps its text.
"""

import multiprocessing
import os
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import util

from losses.evidence import keys, store
from losses.evidence.compare import keep
from losses.source import registry
from tests.recording import environments
from tests.slices import is_drawn, some_of

OFTEN = 20  # variants, after which what was recorded is written


def stale(evidence):
    """`{variant id: {probe: sides}}` of what was not recorded with the present code and
    versions."""
    found = defaultdict(dict)
    same = _has_present_versions(evidence)
    for variant in registry.variants().values():
        for probe in registry.probes():
            recorded = evidence.keys.get(variant.id, {}).get(probe) if same else None
            sides = keys.stale_sides(recorded, keys.of_cell(variant, probe))
            if sides:
                found[variant.id][probe] = sides
    return dict(found)


def every():
    """All there is, as `stale` has it."""
    return {
        variant: dict.fromkeys(registry.probes(), store.SIDES)
        for variant in registry.variants()
    }


def orphaned(evidence):
    """The ids of variants that were recorded and are no more."""
    return sorted(evidence.keys.keys() - registry.variants().keys())


def record(environment, todo, watch, jobs=None):
    """Run these sides of cells, `{variant id: {probe: sides}}`, and write what they
    did. Interrupted, it keeps what it has done; a variant that cannot be run keeps
    no other from it.

    Args:
        watch: is called with the number of cells that were just done.

    Returns:
        `{(variant id, probe): (recorded, found)}` of the cells that changed.

    Raises:
        ExceptionGroup: some could not be run; raised when all others are recorded.
    """
    changed, failed = {}, []
    evidence = store.read(environment)
    if not _has_present_versions(evidence):
        evidence.versions = environments.installed(environment)
        evidence.keys.clear()  # of other versions
    evidence.keep_only(registry.variants())
    try:
        for done, result in enumerate(_run(environment, todo, jobs), 1):
            try:
                variant, found = result()
            except Exception as error:
                failed.append(error)
                continue
            for probe, cell in found.items():
                before = evidence.cells.get(variant, {}).get(probe)
                kept = _kept(cell, before)
                if kept != before:
                    changed[variant, probe] = before, kept
                key = keys.of_cell(registry.variants()[variant], probe)
                evidence.put(variant, probe, kept, key)
            watch(len(found))
            if done % OFTEN == 0:
                store.write(_in_order(evidence))
    finally:
        store.write(_in_order(evidence))
    if failed:
        raise ExceptionGroup(f"{environment}: {len(failed)} variants stopped", failed)
    return changed


def carry(environment, todo, share, watch, jobs=None):
    """Give the present keys to stale cells after a change that should change nothing.

    A share of them is run, at least one of each loss and of each way of running, and
    what was never recorded. Where one differs, all stale cells of its loss and of its
    way of running are run and recorded; all others keep what was recorded. With other
    versions all are run.
    """
    evidence = store.read(environment)
    if not _has_present_versions(evidence):
        return record(environment, todo, watch, jobs)
    sample = _sample(todo, share)
    drawn = {
        variant: {
            probe: sides
            for probe, sides in probes.items()
            if (variant, probe) in sample or not _is_whole(evidence, variant, probe)
        }
        for variant, probes in todo.items()
    }
    changed = record(environment, drawn, watch, jobs)
    losses = {variant.partition("/")[0] for variant, _ in changed}
    ways = {probe for _, probe in changed}
    evidence, rest = store.read(environment), {}
    for variant, probes in todo.items():
        others = {p: sides for p, sides in probes.items() if p not in drawn[variant]}
        suspected = losses & {variant.partition("/")[0]}
        rest[variant] = {p: s for p, s in others.items() if suspected or p in ways}
        for probe in others.keys() - rest[variant]:
            key = keys.of_cell(registry.variants()[variant], probe)
            evidence.keys[variant][probe] = key
        watch(len(others) - len(rest[variant]))
    store.write(evidence)
    return changed | record(environment, rest, watch, jobs)


def _kept(cell, before):
    """A cell that was run, with the recorded text of what is alike, and the sides that
    were not run. A fix that did what the reference did has its text."""
    kept = keep({**(before or {}), **cell}, before)
    return {**kept, "fix": keep(kept["fix"], kept["reference"])}


def _is_whole(evidence, variant, probe):
    """Whether all sides of a cell were recorded, if with other code."""
    present = keys.of_cell(registry.variants()[variant], probe)
    return len(evidence.keys.get(variant, {}).get(probe, "")) == len(present)


def _sample(todo, share):
    """A share of the cells, with one of each loss and of each probe."""
    cells = [(variant, probe) for variant, probes in todo.items() for probe in probes]
    sample, met = set(), set()
    for variant, probe in some_of(cells, len(cells)):
        kinds = {variant.partition("/")[0], probe}
        if kinds - met or is_drawn((variant, probe), share):
            sample.add((variant, probe))
            met |= kinds
    return sample


def _has_present_versions(evidence):
    return evidence.versions == environments.installed(evidence.environment)


def _in_order(evidence):
    """With variants and probes in the order in which they are declared."""
    for kept in (evidence.cells, evidence.keys):
        ordered = {
            variant: {
                p: kept[variant][p] for p in registry.probes() if p in kept[variant]
            }
            for variant in registry.variants()
            if variant in kept
        }
        kept.clear()
        kept.update(ordered)
    return evidence


def _run(environment, todo, jobs):
    """For each variant, as it is done, what tells what it did, or raises:
    `(id, {probe: {side: outcome}})`."""
    todo = {variant: probes for variant, probes in todo.items() if probes}
    if not todo:
        return
    spawn = multiprocessing.get_context("spawn")
    jobs = min(jobs or os.cpu_count(), len(todo))
    with ProcessPoolExecutor(jobs, spawn, _enter, (environment,)) as pool:
        waiting = [
            pool.submit(_cells, environment, variant, probes)
            for variant, probes in todo.items()
        ]
        for done in as_completed(waiting):
            yield done.result


def _enter(environment):
    """Begin a process of the pool, and end with it what it starts."""
    from tests.recording import workers

    environments.enter(environment)
    util.Finalize(None, environments.compile_once(), exitpriority=1)
    util.Finalize(None, workers.end, exitpriority=1)


def _cells(environment, variant, probes):
    """The cells of one variant. What two workers do is asked for first: they run beside
    this process."""
    from tests.recording import subjects, workers

    found, waiting = {}, None
    if "two_workers" in probes:
        waiting = workers.asked(variant, environment, probes["two_workers"])
    for probe, sides in probes.items():
        if probe != "two_workers":
            found[probe] = subjects.cell(registry.variants()[variant], probe, sides)
    if waiting is not None:
        found["two_workers"] = waiting.result()
    subjects.forget()
    environments.free()
    return variant, found
