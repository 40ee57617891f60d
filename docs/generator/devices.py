"""What several devices do with a batch that they share, beside what one does."""

from html import escape

from docs.generator.outcome import plain, together
from docs.generator.text import inline, link, listed, path, sentence_start
from losses.evidence.compare import ACROSS, same
from losses.evidence.environments import ENVIRONMENTS

GUIDE = "guide/several_devices.md"
FEW = 4  # factors that are listed


def section(site, loss):
    """Whether samples are coupled, and what several devices give."""
    lines = []
    for probe in shared(site):
        ran, pairs = runs(site, loss, probe), coupling(site, loss, probe)
        apart = [pair for pair in pairs if differing(*pair)]
        if pairs:
            known = f'data-probe="{probe}" data-apart="{len(apart)}"'
            told = _few(dict.fromkeys(factor(*pair) for pair in apart))
            said = (
                f"in {len(apart)} of {len(pairs)} runs not what one device gives: "
                f"{escape(listed(told))}"
                if apart
                else f"what one device gives, in {len(pairs)} of {len(pairs)} runs"
            )
            way = sentence_start(inline(site.probes[probe].phrase))
            met = {environment for _, environment, _ in ran}
            named = [name for name in ENVIRONMENTS if name in met]
            where = ", ".join(f"<code>{name}</code>" for name in named)
            lines.append(f"<li {known}>{way}, in {where}: {said}.</li>")
    guide = link("Several devices", path(loss), GUIDE)
    items = f"<ul>{''.join(lines)}</ul>" if lines else ""
    return f"<p>{_kind(loss)} {guide} tells how to train.</p>\n{items}"


def _kind(loss):
    if loss.coupling == "per-sample":
        return "<b>Per-sample</b>: a value depends on no other sample of the batch."
    return (
        f"<b>{sentence_start(inline(loss.coupling))}</b>: there a value depends on the "
        "whole batch. On several replicas of TensorFlow the loss adds up the sums of "
        "all of them; under <code>keras.distribution</code> on JAX an array is the "
        "whole batch already."
    )


def shared(site):
    """The probes by which several devices share a batch."""
    return [name for name, x in site.probes.items() if x.module.endswith(".devices")]


def coupling(site, loss, probe):
    """What several devices do beside what one does: `(together, alone)` of each run.
    Where several raise an error, one device is that of `fit`."""
    return [
        (together(seen), seen.get("alone") or one_device(site, variant, environment))
        for variant, environment, seen in runs(site, loss, probe)
    ]


def runs(site, loss, probe):
    """Where a loss was run so, and what it did: `(variant, environment, outcome)`."""
    cells = (
        (variant, environment, site.cells[variant.id, environment, probe].reference)
        for variant in loss.variants
        for environment in ENVIRONMENTS
    )
    return [cell for cell in cells if "not_applicable" not in cell[2]]


def one_device(site, variant, environment):
    """What the reference does in `fit` there: as a graph, or compiled by XLA."""
    ways = (
        site.cells[variant.id, environment, probe].reference
        for probe in ("fit_graph", "fit_xla")
    )
    return next(outcome for outcome in ways if "not_applicable" not in outcome)


def factor(shared, alone):
    """`loss × 0.97`, or `step × 0.5` where the loss is the same; both outcomes where
    there is no factor."""
    part = differing(shared, alone)[0]
    several, one = shared.get(part), alone.get(part)
    if is_number(several) and is_number(one) and one:
        return f"{'loss' if part == 'returns' else part} × {several / one:.3g}"
    return f"{plain(shared)} instead of {plain(alone)}"


def differing(recorded, wanted):
    """In what two outcomes differ: the class of the error, or the value and, where both
    have one, the step."""
    if "raises" in recorded or "raises" in wanted:
        return ["raises"] * (recorded.get("raises") != wanted.get("raises"))
    both = [part for part in ("returns", "step") if part in recorded and part in wanted]
    return [part for part in both if not same(recorded[part], wanted[part], ACROSS)]


def _few(texts):
    """The first of many."""
    more = len(texts) - FEW
    return [*list(texts)[:FEW], *([f"{more} more"] if more > 0 else [])]


def is_number(value):
    return isinstance(value, (int, float))
