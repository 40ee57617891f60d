"""Where a loss of the catalog runs, and where it gives something else than a direct
call in the reference environment, or than the same way of running gives there."""

import math
from html import escape

from docs.generator import devices
from docs.generator.cells import PAGE
from docs.generator.devices import fits, is_number
from docs.generator.outcome import (
    PROBES,
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
from losses.registry import ENVIRONMENTS, REFERENCE

DIRECT = ("unknown_batch", "unknown_sizes", "torch_compile")
LOGGED = (  # the mean of what a direct call gives, as Keras logs it
    "custom_loop",
    "fit_eager",
    "fit_graph",
    "fit_xla",
    "loss_subclass",
    "mixed_float16",
    "mixed_bfloat16",
    "float64",
    "save_load",
    "two_replicas",
    "data_parallel",
    "two_workers",
)


def section(shelf, loss):
    """What was run of a loss beside its wrong ways, and what came of it."""
    if not loss.variants:
        return []
    here = f"losses/{loss.name}.md"
    return [
        heading(2, "Where it runs", "where"),
        f"On the inputs of each of its {len(loss.variants)} wrong ways, in "
        f"{len(ENVIRONMENTS)} environments: {link('matrix', here, PAGE, loss.name)}.",
        _environments(shelf, loss),
        *_apart(shelf, loss),
        devices.section(shelf, loss),
    ]


def outcomes(shelf, loss, environment, probe):
    """What the loss did there, beside what is expected: pairs, of those that ran."""
    found = []
    for variant in loss.variants:
        seen = shelf.cells[variant.id, environment, probe].right
        wanted = expected(shelf, variant, probe)
        if "not_applicable" not in seen and "not_applicable" not in wanted:
            found.append((together(seen), wanted))
    return found


def expected(shelf, variant, probe):
    """What a direct call in the reference environment gives, or its mean; what the same
    way of running gives there, where the inputs are others. Nothing but a value, where
    that raises and the direct call does not."""
    direct = shelf.cells[variant.id, REFERENCE, "call"].right
    if probe in DIRECT:
        return direct
    if probe in LOGGED and "returns" in direct:
        return {"returns": _mean(direct["returns"])}
    there = together(shelf.cells[variant.id, REFERENCE, probe].right)
    return {} if "raises" in there and "raises" not in direct else there


def _environments(shelf, loss):
    rows = []
    for name, about in ENVIRONMENTS.items():
        pairs = {probe: outcomes(shelf, loss, name, probe) for probe in PROBES}
        ran = [pair for found in pairs.values() for pair in found]
        ways = sum(bool(found) for found in pairs.values())
        fitting = sum(fits(*pair) for pair in ran)
        rows.append(
            row(
                name,
                f"<code>{name}</code><br><small>{escape(about)}</small>",
                seen_with(shelf.versions(name)),
                (f"{ways} of {len(PROBES)}", {"data-ways": str(ways)}),
                (str(len(ran)), {"data-runs": str(len(ran))}),
                (str(fitting), {"data-same": str(fitting)}),
            )
        )
    head = ("Environment", "With", "Ways of running", "Runs", "As a direct call")
    return table(head, rows, "where", f"Where {loss.name} runs")


def _apart(shelf, loss):
    """The ways of running in which something came that was not expected."""
    rows = []
    for probe in PROBES:
        cells = [_cell(outcomes(shelf, loss, name, probe)) for name in ENVIRONMENTS]
        if any(data["data-apart"] != "0" for _, data in cells):
            rows.append(row(probe, sentence_start(inline(PROBES[probe])), *cells))
    if not rows:
        return [
            "Everywhere it gives what a direct call gives in the reference environment."
        ]
    head = ("Not as a direct call", *(f"<code>{name}</code>" for name in ENVIRONMENTS))
    return [
        "Where the inputs are others, as with a weight, a mask or fewer samples, it is "
        "held against the same way of running in the reference environment; but not "
        "against an error there.",
        table(head, rows, "where", f"Where {loss.name} differs"),
    ]


def _cell(pairs):
    """How many runs came otherwise, and the worst of them."""
    apart = [pair for pair in pairs if not fits(*pair)]
    data = {"data-apart": str(len(apart)), "data-runs": str(len(pairs))}
    if not pairs:
        return '<b aria-hidden="true">–</b> not run', data
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
    both = [pair for pair in apart if not any("raises" in side for side in pair)]
    shares = [_share(seen["returns"], wanted["returns"]) for seen, wanted in both]
    known = [share for share in shares if share is not None]
    if known:
        yield f"up to {float(f'{max(known):.2g}'):g}&#8239;% apart"
    if len(known) < len(shares):
        seen, wanted = both[shares.index(None)]
        here, there = escape(plain(seen)), escape(plain(wanted))
        yield f"<code>{here}</code>, not <code>{there}</code>"


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
