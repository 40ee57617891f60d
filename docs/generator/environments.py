"""What differs between the environments: the same wrong way, run in the same way."""

from collections import Counter

from docs.generator.outcome import PROBES, same, together
from losses.evidence.environments import ENVIRONMENTS, REFERENCE

APART = 0.01  # two numbers of two environments, as a share


def exists(shelf):
    """The environments that have a way of running: where something ran in it."""
    ran = {
        (probe, environment)
        for (_, environment, probe), cell in shelf.cells.items()
        if cell.kind != "absent"
    }
    return {
        probe: [name for name in ENVIRONMENTS if (probe, name) in ran]
        for probe in PROBES
    }


def reason(shelf, environment, probe):
    """Why a way of running does not exist there: what was said most often."""
    said = Counter(
        side["not_applicable"]
        for variant in shelf.variants
        for cell in [shelf.cells[variant, environment, probe]]
        for side in (cell.wrong, cell.right)
        if "not_applicable" in side
    )
    return said.most_common(1)[0][0]


def groups(shelf, variant, existing):
    """Environments in which a wrong way shows the same differences, wherever both have
    the way of running."""
    found = []
    for environment in ENVIRONMENTS:
        fitting = (
            group
            for group in found
            if all(_agree(shelf, variant, environment, x, existing) for x in group)
        )
        group = next(fitting, None)
        if group is None:
            found.append([environment])
        else:
            group.append(environment)
    return found


def _agree(shelf, variant, one, other, existing):
    return all(
        shelf.cells[variant, one, probe].kind == shelf.cells[variant, other, probe].kind
        for probe, where in existing.items()
        if one in where and other in where
    )


def summary(shelf, environment):
    """How often each kind of difference was seen there."""
    return Counter(
        cell.kind for (_, where, _), cell in shelf.cells.items() if where == environment
    )


def contrasts(shelf, environment):
    """What wrong ways do there and not in the reference environment, where both ran:
    `{what: {variant: [probes]}}`. Where the right one changes in the same manner, it is
    the environment, and not told."""
    found = {"raises": {}, "silent": {}, "other": {}}
    for variant in shelf.variants:
        for probe in PROBES:
            here = shelf.cells[variant, environment, probe]
            there = shelf.cells[variant, REFERENCE, probe]
            what = _contrast(here.wrong, there.wrong)
            if what and what != _contrast(here.right, there.right):
                found[what].setdefault(variant, []).append(probe)
    return found


def _contrast(here, there):
    if "not_applicable" in here or "not_applicable" in there:
        return ""
    if "raises" in here or "raises" in there:
        if "raises" in here and "raises" in there:
            return ""
        return "raises" if "raises" in here else "silent"
    return "" if same(together(here), together(there), APART) else "other"
