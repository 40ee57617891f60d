"""What a mistake costs: training on real data, drawn by hand as SVG.

Colours come from the style sheet, so that one drawing serves light, dark and print.
"""

import math
from html import escape

from docs.generator.text import (
    front,
    heading,
    inline,
    link,
    paragraphs,
    path,
    sentence_start,
)

PAGE = "costs.md"
WIDTH, HEIGHT = 300, 160  # of one plot
LEFT, RIGHT, TOP, BOTTOM = 44, 44, 24, 24


def page(shelf):
    parts = [
        front("What it costs", hide=["toc"]),
        "# What it costs",
        "The same data, model, first weights and batches: only the loss differs. The "
        "line of the right one is solid, the line of the wrong one broken.",
    ]
    for name, demo in shelf.demos.items():
        parts += [
            heading(2, demo["title"].rstrip("."), name),
            f"{sentence_start(demo['data'])}.",
        ]
        parts += [
            figure(shelf, PAGE, demo, run) for run in demo["runs"] if run["wrong"]
        ]
    if not shelf.demos:
        parts.append("No training has been recorded yet.")
    return paragraphs(*parts)


def figures_of(shelf, variant, here):
    """The figures of the demonstrations that a variant takes part in."""
    return [
        figure(shelf, here, demo, run)
        for demo in shelf.demos.values()
        for run in demo["runs"]
        if run["name"] == variant.id
    ]


def figure(shelf, here, demo, run):
    """Loss and metric by epoch of a wrong run and of the right one."""
    right = reference(demo, run)
    name = inline(f"`{run['name']}`")
    if here == PAGE:
        variant = shelf.variants[run["name"]]
        there = path(shelf.losses[variant.loss])
        name = link(name, here, there, variant.name)
    return "\n".join(
        [
            f'<figure class="costs" data-run="{run["name"]}">',
            '<div class="plots">',
            _plot("training loss", right["loss"], run["loss"]),
            _plot(demo["metric"], right["metric"], run["metric"]),
            "</div>",
            f"<figcaption>{caption(demo, run, right, name)}</figcaption>",
            "</figure>",
        ]
    )


def reference(demo, run):
    """The right run that a wrong one is measured against: the last one above it."""
    above = demo["runs"][: demo["runs"].index(run)]
    return [other for other in above if not other["wrong"]][-1]


def caption(demo, run, right, name):
    """A full sentence, with the numbers of the last epoch."""
    seeds = len(demo.get("seeds", [0]))
    mean = f" in the mean of {seeds} seeds" if seeds > 1 else ""
    return (
        f"After {len(run['metric'])} epochs the {escape(demo['metric'])} on "
        f"{demo['judged_on']}, where {escape(demo['better'])} is better, is{mean} "
        f"<b>{_number(run['metric'][-1])}</b> with {name} and "
        f"<b>{_number(right['metric'][-1])}</b> with <code>{right['name']}</code>."
    )


def _plot(title, right, wrong):
    """One plot: a solid and a broken line over epochs, each named where it ends."""
    low, high = _range([*right, *wrong])
    across = WIDTH - LEFT - RIGHT
    down = HEIGHT - TOP - BOTTOM

    def place(epoch, value):
        steps = max(len(right) - 1, 1)
        return (
            LEFT + across * epoch / steps,
            TOP + down * (1 - (value - low) / (high - low)),
        )

    ends = _ends(place, right, wrong)
    said = f"{title} by epoch, right and wrong"
    lines = [
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'role="img" aria-label="{escape(said)}">',
        f'<text class="title" x="{LEFT}" y="14">{escape(title)}</text>',
        f'<path class="axis" d="M{LEFT} {TOP}V{TOP + down}h{across}"/>',
        _label(LEFT - 5, TOP + 4, _number(high), "end"),
        _label(LEFT - 5, TOP + down, _number(low), "end"),
        _label(LEFT, HEIGHT - 8, "1", "middle"),
        _label(LEFT + across / 2, HEIGHT - 8, "epoch", "middle"),
        _label(LEFT + across, HEIGHT - 8, str(len(right)), "middle"),
    ]
    for kind, values in (("right", right), ("wrong", wrong)):
        path = _path(place, values)
        lines.append(f'<path class="{kind}" d="{path}"/>')
        word = kind if _finite(values) else f"{kind}: NaN"
        lines.append(
            f'<text class="{kind}" x="{LEFT + across + 5:g}" '
            f'y="{ends[kind]:.1f}">{word}</text>'
        )
    return "\n".join([*lines, "</svg>"])


def _path(place, values):
    """Straight lines from epoch to epoch, with a gap where there is no number."""
    command, parts = "M", []
    for epoch, value in enumerate(values):
        if not isinstance(value, (int, float)):
            command = "M"
            continue
        across, down = place(epoch, value)
        parts.append(f"{command}{across:.1f} {down:.1f}")
        command = "L"
    return "".join(parts) or "M0 0"


def _ends(place, right, wrong):
    """How far down the two names stand, kept apart."""
    found = {}
    for kind, values in (("right", right), ("wrong", wrong)):
        finite = _finite(values)
        found[kind] = place(0, finite[-1])[1] + 4 if finite else HEIGHT - BOTTOM - 4
    gap = 12 - abs(found["right"] - found["wrong"])
    if gap > 0:
        upper = min(found, key=found.get)
        lower = "wrong" if upper == "right" else "right"
        found[upper] -= gap / 2
        found[lower] += gap / 2
    return found


def _range(values):
    finite = _finite(values)
    low, high = min(finite), max(finite)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _finite(values):
    return [v for v in values if isinstance(v, (int, float)) and math.isfinite(v)]


def _label(x, y, text, anchor):
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{text}</text>'


def _number(value):
    return f"{value:.3g}" if isinstance(value, (int, float)) else "NaN"
