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
SHADES = 9  # of a picture, above white


def page(site):
    parts = [
        front("What it costs", hide=["toc"]),
        "# What it costs",
        "The same data, model, initial weights and batches; only the loss differs. "
        "Solid lines are the reference, dashed lines the broken variant.",
    ]
    for name, demo in site.demos.items():
        parts += [
            heading(2, demo["title"].rstrip("."), name),
            f"{sentence_start(demo['data'])}.",
        ]
        parts += [figure(site, PAGE, demo, run) for run in demo["runs"] if run["wrong"]]
        if "images" in demo:
            parts.append(pictures(site, demo))
    if not site.demos:
        parts.append("No training has been recorded yet.")
    return paragraphs(*parts)


def figures_of(site, variant, here):
    """The figures of the demonstrations that a variant takes part in."""
    return [
        figure(site, here, demo, run)
        for demo in site.demos.values()
        for run in demo["runs"]
        if run["name"] == variant.id
    ]


def figure(site, here, demo, run):
    """Loss and metrics by epoch, of a variant and of the reference."""
    right = reference(demo, run)
    name = _named(site, run) if here == PAGE else inline(f"`{run['name']}`")
    return "\n".join(
        [
            f'<figure class="costs" data-run="{run["name"]}">',
            '<div class="plots">',
            _plot("training loss", right["loss"], run["loss"]),
            *(
                _plot(metric, _course(right, metric), _course(run, metric))
                for metric in metrics(demo)
            ),
            "</div>",
            f"<figcaption>{caption(demo, run, right, name)}</figcaption>",
            "</figure>",
        ]
    )


def pictures(site, demo):
    """The same held-out images: input, truth, and the prediction of each run."""
    rows = [(name, "", images) for name, images in demo["images"].items()]
    rows += [
        (_named(site, run), "wrong" if run["wrong"] else "right", run["found"])
        for run in demo["runs"]
    ]
    lines = [
        f'<tr><th scope="row" class="{kind}">{name}</th>'
        + "".join(f"<td>{_image(image)}</td>" for image in images)
        + "</tr>"
        for name, kind, images in rows
    ]
    said = (
        "The first images that are held out, after the last epoch of seed "
        f"{demo['seeds'][0]}: the darker a pixel, the more likely."
    )
    return "\n".join(
        [
            '<figure class="pictures">',
            '<div class="scroll" tabindex="0" role="region" aria-label="Pictures">',
            "<table><tbody>",
            *lines,
            "</tbody></table>",
            "</div>",
            f"<figcaption>{said}</figcaption>",
            "</figure>",
        ]
    )


def _named(site, run):
    """A link to a loss, or to a variant of it."""
    loss, _, variant = run["name"].partition("/")
    there = path(site.losses[loss])
    return link(f"<code>{run['name']}</code>", PAGE, there, variant)


def _image(image):
    """Squares of one shade are one path; nothing is drawn for white."""
    squares = {}
    for down, line in enumerate(image):
        for across, shade in enumerate(line):
            squares.setdefault(shade, []).append(f"M{across} {down}h1v1h-1z")
    height, width = len(image), len(image[0])
    paths = [
        f'<path d="{"".join(squares[shade])}" opacity="{shade / SHADES:.2g}"/>'
        for shade in sorted(squares)
        if shade
    ]
    head = (
        f'<svg viewBox="0 0 {width} {height}" width="{8 * width}" aria-hidden="true">'
    )
    return "".join([head, *paths, "</svg>"])


def reference(demo, run):
    """The right run that a wrong one is measured against: the last one above it."""
    above = demo["runs"][: demo["runs"].index(run)]
    return [other for other in above if not other["wrong"]][-1]


def metrics(demo):
    """Which way is better, by metric."""
    return {demo["metric"]: demo["better"], **demo["also"]}


def _course(run, metric):
    """A metric by epoch."""
    return run["also"].get(metric, run["metric"])


def overlap(wrong, right):
    """Whether some seed of the one lies among those of the other, all being numbers."""
    if len(_finite([*wrong, *right])) < len(wrong) + len(right):
        return False
    return max(wrong) >= min(right) and max(right) >= min(wrong)


def caption(demo, run, right, name):
    """A full sentence for each metric, with the numbers of the last epoch."""
    seeds = len(demo["seeds"])
    mean = f" in the mean of {seeds} seeds" if seeds > 1 else ""
    (metric, better), *others = metrics(demo).items()
    sentences = [
        f"After {len(run['loss'])} epochs the {escape(metric)} on "
        f"{escape(demo['judged_on'])}, where {better} is better, is{mean} "
        f"{_last(run, metric)} with {name} and {_last(right, metric)} with "
        f"<code>{right['name']}</code>",
        *(
            f"The {escape(metric)}, where {better} is better, is "
            f"{_last(run, metric)} and {_last(right, metric)}"
            for metric, better in others
        ),
    ]
    return " ".join(
        f"{sentence}: no difference, the seeds of the two overlap."
        if overlap(run["final"][metric], right["final"][metric])
        else f"{sentence}."
        for sentence, metric in zip(sentences, metrics(demo), strict=True)
    )


def _last(run, metric):
    return f"<b>{_number(_course(run, metric)[-1])}</b>"


def _plot(title, right, wrong):
    """One plot: a solid and a dashed line over epochs, each named where it ends."""
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
    """How far down the two names stand, apart and above the numbers of the axis."""
    found = {}
    for kind, values in (("right", right), ("wrong", wrong)):
        finite = _finite(values)
        found[kind] = place(0, finite[-1])[1] + 4 if finite else HEIGHT - BOTTOM - 4
    upper, lower = sorted(found, key=found.get)
    gap = max(12 - (found[lower] - found[upper]), 0)
    found[lower] = min(found[lower] + gap / 2, HEIGHT - BOTTOM)
    found[upper] = min(found[upper], found[lower] - 12)
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
