"""Where a loss of the catalog runs, and where it gives something else than a direct
call in the reference environment, or than the same probe gives there."""

import math
from functools import partial
from html import escape

from docs.generator import devices
from docs.generator.cells import PAGE
from docs.generator.devices import differing, is_number
from docs.generator.outcome import (
    numbers,
    plain,
    seen_with,
    shape,
    together,
)
from docs.generator.text import (
    heading,
    inline,
    link,
    row,
    sentence_start,
    table,
)
from losses.evidence.environments import ENVIRONMENTS, REFERENCE

COMPARED = (
    "A run is compared with a direct call in the reference environment: with its mean "
    "where Keras logs one number, and with the step of `fit` as a graph there. Direct "
    "calls, and runs on other inputs (a weight, a mask, fewer samples), are compared "
    "with the same way of running there, unless they are runs of the reference "
    "environment itself."
)


def section(site, loss):
    """Where the reference itself was run, and what it did."""
    if not loss.variants:
        return []
    here = f"losses/{loss.name}.md"
    return [
        heading(2, "Where it runs", "where"),
        f"On the inputs of each of its {len(loss.variants)} variants, in "
        f"{len(ENVIRONMENTS)} environments: {link('matrix', here, PAGE, loss.name)}.",
        _environments(site, loss),
        *_apart(site, loss),
        devices.section(site, loss),
    ]


def runs(site, loss, environment, probe):
    """The variants on whose inputs the loss was run so, and what it did."""
    cells = ((v, site.cells[v.id, environment, probe].reference) for v in loss.variants)
    return [(v, together(seen)) for v, seen in cells if "not_applicable" not in seen]


def outcomes(site, loss, environment, probe):
    """What the loss did there, beside what it should have done: pairs."""
    pairs = (
        (seen, expected(site, variant, environment, probe))
        for variant, seen in runs(site, loss, environment, probe)
    )
    return [(seen, wanted) for seen, wanted in pairs if wanted is not None]


def expected(site, variant, environment, probe):
    """What a direct call in the reference environment gives, or its mean and the step
    of `fit` there; what the same probe gives there, where the inputs are
    others. None where that did not run, or is the run itself."""
    home = partial(_right, site, variant, REFERENCE)
    direct = home("call")
    compared_with = site.probes[probe].compared_with
    if compared_with == "call":
        return direct
    if compared_with == "fit_graph" and "returns" in direct:
        fitted = home("fit_graph")
        step = {"step": fitted["step"]} if "step" in fitted else {}
        return {"returns": _mean(direct["returns"]), **step}
    there = home(probe)
    return None if environment == REFERENCE or "not_applicable" in there else there


def _right(site, variant, environment, probe):
    return together(site.cells[variant.id, environment, probe].reference)


def _environments(site, loss):
    rows = []
    for name, environment in ENVIRONMENTS.items():
        ran = [len(runs(site, loss, name, probe)) for probe in site.probes]
        held = [
            pair for probe in site.probes for pair in outcomes(site, loss, name, probe)
        ]
        ways = sum(map(bool, ran))
        same = sum(not differing(*pair) for pair in held)
        rows.append(
            row(
                name,
                f"<code>{name}</code><br><small>{escape(environment.about)}</small>",
                seen_with(site.versions(name)),
                (f"{ways} of {len(site.probes)}", {"data-ways": str(ways)}),
                (str(sum(ran)), {"data-runs": str(sum(ran))}),
                (str(len(held)), {"data-held": str(len(held))}),
                (str(same), {"data-same": str(same)}),
            )
        )
    head = ("Environment", "With", "Ways of running", "Runs", "Compared", "The same")
    return table(head, rows, "where", f"Where {loss.name} runs")


def _apart(site, loss):
    """The probes with an outcome that was not expected."""
    rows = []
    for name, probe in site.probes.items():
        cells = [_cell(site, loss, where, name) for where in ENVIRONMENTS]
        if any(data["data-apart"] != "0" for _, data in cells):
            rows.append(row(name, sentence_start(inline(probe.phrase)), *cells))
    if not rows:
        return [COMPARED, "No run differs."]
    head = ("Not the same", *(f"<code>{name}</code>" for name in ENVIRONMENTS))
    return [COMPARED, table(head, rows, "where", f"Where {loss.name} differs")]


def _cell(site, loss, environment, probe):
    """How many runs came otherwise, and the worst of them."""
    pairs = outcomes(site, loss, environment, probe)
    apart = [pair for pair in pairs if differing(*pair)]
    data = {"data-apart": str(len(apart)), "data-held": str(len(pairs))}
    if not pairs:
        ran = runs(site, loss, environment, probe)
        what = "not compared" if ran else "not run"
        return f'<b aria-hidden="true">–</b> {what}', data
    if not apart:
        return '<b aria-hidden="true">·</b> same', data
    told = [*_errors(apart), *_values(apart)]
    return f"{len(apart)} of {len(pairs)}: {'; '.join(told)}", data


def _errors(apart):
    raised = {seen["raises"] for seen, _ in apart if "raises" in seen}
    yield from (f"raises <code>{escape(name)}</code>" for name in sorted(raised))
    if any("raises" in wanted and "raises" not in seen for seen, wanted in apart):
        yield "raises nothing"


def _values(apart):
    for part, name in (("returns", "value"), ("step", "step")):
        pairs = [pair for pair in apart if part in differing(*pair)]
        shares = [_share(seen[part], wanted[part]) for seen, wanted in pairs]
        known = [share for share in shares if share is not None]
        if known:
            yield f"{name} up to {float(f'{max(known):.2g}'):g}&#8239;% apart"
        if len(known) < len(shares):
            here, there = map(plain, pairs[shares.index(None)])
            yield f"<code>{escape(here)}</code>, not <code>{escape(there)}</code>"


def _share(seen, wanted):
    """By how much two values differ at most, in a hundred of the larger; None where a
    share says nothing."""
    found = [*numbers(seen), *numbers(wanted)]
    if not all(map(is_number, found)) or not any(found):
        return None
    if shape({"returns": seen}) != shape({"returns": wanted}):
        return None
    apart = max(abs(a - b) for a, b in zip(numbers(seen), numbers(wanted)))
    return 100 * apart / max(map(abs, found))


def _mean(value):
    """Of a value as evidence holds it: NaN as text, of many numbers their mean."""
    if isinstance(value, dict) and "mean" in value:
        return value["mean"]
    values = [float(number) for number in numbers(value)]
    mean = sum(values) / len(values)
    return mean if math.isfinite(mean) else str(mean)
