"""The table of `losses demo`."""

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from losses.source import registry

CAPTION = (
    "Means of seeds {}, on held-out data if nothing else is said. The cost is the "
    "difference to the right loss above; none: the seeds of the two overlap. "
    "losses explain NAME shows a mistake and the way out."
)

BLOCKS = {
    (False, False): "·",
    (True, False): "▀",
    (False, True): "▄",
    (True, True): "█",
}


class Id:
    """An id on one line, or on two, broken after the slash, where it does not fit."""

    def __init__(self, text, style):
        self.whole, self.style = text, style
        self.halves = text.replace("/", "/\n")

    def __rich_console__(self, console, options):
        fits = len(self.whole) <= options.max_width
        yield Text(self.whole if fits else self.halves, self.style)

    def __rich_measure__(self, console, options):
        return Measurement(max(map(len, self.halves.split("\n"))), len(self.whole))


def table(records):
    """One table of all experiments: each wrong loss below the right one."""
    seeds = ", ".join(map(str, records[0]["seeds"]))
    grid = Table(
        box=SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
        caption=CAPTION.format(seeds),
        caption_justify="left",
    )
    grid.add_column("trained with", overflow="fold")
    grid.add_column("loss, epochs\nfirst → last", no_wrap=True)
    grid.add_column("last epoch", no_wrap=True)
    grid.add_column("cost", no_wrap=True)
    for record in records:
        heading = Text.assemble(
            (record["title"], "bold"), "\n", (record["data"], "dim")
        )
        grid.add_row(heading)
        reference = {}
        for run in record["runs"]:
            reference = reference if run["wrong"] else run
            grid.add_row(*_cells(run, reference, record))
        grid.add_section()
    return grid


def pictures(record):
    """The same held-out images for all losses: input, truth, and each prediction."""
    grid = Table.grid(padding=(0, 2, 1, 0))
    for name, images in {**record["images"], **found_by_run(record)}.items():
        known = name in record["images"]
        style = "" if known else "red" if "/" in name else "green"
        grid.add_row(Id(name, style), *map(_drawn, images))
    return grid


def found_by_run(record):
    """The predicted images of each run, by its name."""
    return {run["name"]: run["found"] for run in record["runs"]}


def _drawn(image):
    """Two rows of pixels in one line of text, black above the middle."""
    dark = [[shade > 4 for shade in line] for line in image]
    lines = zip(dark[::2], dark[1::2])
    return "\n".join(
        "".join(BLOCKS[upper, lower] for upper, lower in zip(*pair)) for pair in lines
    )


def cost(wrong, right, better):
    """The signed difference of the means, or None where the seeds overlap."""
    if max(wrong) >= min(right) and max(right) >= min(wrong):
        return None, ""
    difference = sum(wrong) / len(wrong) - sum(right) / len(right)
    return difference, "green" if (difference > 0) == (better == "higher") else "red"


def _cells(run, reference, record):
    signed = Table.grid(padding=(0, 1, 0, 0))
    if run["wrong"]:
        title = registry.variants()[run["name"]].title.replace("`", "")
        name = Group(Id(run["name"], "red"), Text(title, "dim"))
        signed.add_row(Text("✕", "red"), name)
    else:
        signed.add_row(Text("✓", "green"), Id(run["name"], "green"))
    values, costs = Text(), Text()
    for metric, better in {
        record["metric"]: record["better"],
        **record["also"],
    }.items():
        final = run["final"][metric]
        values.append(f"{metric} {sum(final) / len(final):.2f}\n")
        if run["wrong"]:
            difference, style = cost(final, reference["final"][metric], better)
            text = (
                "none" if difference is None else f"{difference:+.2f}".replace("-", "−")
            )
            costs.append(f"{text}\n", style)
    values.rstrip(), costs.rstrip()
    loss = f"{run['loss'][0]:.2f} → {run['loss'][-1]:.2f}"
    return signed, loss, values, costs
