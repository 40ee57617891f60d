"""What differs between the environments: the same variant, run by the same probe."""

from collections import Counter

from docs.generator.outcome import together
from losses.evidence.compare import NOTICED, same
from losses.evidence.environments import ENVIRONMENTS, REFERENCE


def exists(site):
    """The environments that have a probe: where something was run by it."""
    ran = {
        (probe, environment)
        for (_, environment, probe), cell in site.cells.items()
        if cell.kind != "absent"
    }
    return {
        probe: [name for name in ENVIRONMENTS if (probe, name) in ran]
        for probe in site.probes
    }


def reason(site, environment, probe):
    """Why a probe does not exist there: the most frequent reason."""
    said = Counter(
        side["not_applicable"]
        for variant in site.variants
        for cell in [site.cells[variant, environment, probe]]
        for side in (cell.variant, cell.reference)
        if "not_applicable" in side
    )
    return said.most_common(1)[0][0]


def groups(site, variant, existing):
    """Environments in which a variant shows the same differences, by the probes that
    both have."""
    found = []
    for environment in ENVIRONMENTS:
        fitting = (
            group
            for group in found
            if all(_agree(site, variant, environment, x, existing) for x in group)
        )
        group = next(fitting, None)
        if group is None:
            found.append([environment])
        else:
            group.append(environment)
    return found


def _agree(site, variant, one, other, existing):
    return all(
        site.cells[variant, one, probe].kind == site.cells[variant, other, probe].kind
        for probe, where in existing.items()
        if one in where and other in where
    )


def summary(site, environment):
    """How often each kind of difference was recorded there."""
    return Counter(
        cell.kind for (_, where, _), cell in site.cells.items() if where == environment
    )


def contrasts(site, environment):
    """What variants do there and not in the reference environment, where both ran:
    `{what: {variant: [probes]}}`. Where the reference changes in the same manner, it is
    due to the environment, and left out."""
    found = {"raises": {}, "silent": {}, "other": {}}
    for variant in site.variants:
        for probe in site.probes:
            here = site.cells[variant, environment, probe]
            there = site.cells[variant, REFERENCE, probe]
            what = _contrast(here.variant, there.variant)
            if what and what != _contrast(here.reference, there.reference):
                found[what].setdefault(variant, []).append(probe)
    return found


def _contrast(here, there):
    if "not_applicable" in here or "not_applicable" in there:
        return ""
    if "raises" in here or "raises" in there:
        if "raises" in here and "raises" in there:
            return ""
        return "raises" if "raises" in here else "silent"
    here, there = together(here), together(there)
    return "" if here == there or same(here, there, NOTICED) else "other"
