"""The command line: list, show, explain, check, copy, diff, demo.

Everything here is read as text. Keras is imported by `check` and `demo` alone, because
they run losses.
"""

import json
import os
import re
import sys
from pathlib import Path

import click

from losses import __version__
from losses.cli import pages
from losses.source import records, registry

TASKS = ("binary", "multiclass", "regression", "segmentation")
BY_DESIGN = {
    "scalar": "one number for the batch",
    "batch": "it needs the whole batch",
    "order": "the place in the batch means something",
    "random": "two calls differ",
    "labels_unused": "y_true plays no part",
    "no_minimum": "y_pred is no estimate of y_true",
}


class Trouble(click.ClickException):
    """What was asked for does not exist or makes no sense."""

    exit_code = 2


class Shape(click.ParamType):
    """Sizes with commas between them."""

    name = "sizes"

    def convert(self, value, param, ctx):
        sizes = value.strip().strip("()").rstrip(",").split(",")
        if not all(size.strip().isdecimal() and int(size) for size in sizes):
            self.fail(f"{value!r} is no shape. Give sizes: 32 or 32,1", param, ctx)
        return tuple(map(int, sizes))


class Reason(click.ParamType):
    """A rule, and why it may fail."""

    name = "rule=reason"

    def convert(self, value, param, ctx):
        rule, _, reason = map(str.strip, value.partition("="))
        if not (rule and reason):
            self.fail(f'{value!r} gives no reason. Write RULE="why"', param, ctx)
        return rule, reason


@click.group(epilog="losses COMMAND --help tells more about each.")
@click.version_option(__version__, prog_name="losses")
@click.pass_context
def cli(context):
    """Reference losses for Keras 3, each beside the mistakes it avoids.

    \b
    losses list                               what there is
    losses show dice                          the source of a loss
    losses explain dice                       what it is, and how people get it wrong
    python train.py 2>&1 | losses explain -   what an error message means
    losses check train.py:my_loss \\           what is wrong with a loss of yours
        --y-true 32 --y-pred 32,1
    losses copy dice my_project/              a file that needs Keras only
    losses diff my_project/dice.py            what has changed since
    losses demo                               real data, wrong beside right
    """
    context.color = False if os.environ.get("NO_COLOR") else None


@cli.command("list")
@click.option("--json", "as_json", is_flag=True, help="All that has an id.")
def list_(as_json):
    """The losses, by family."""
    if as_json:
        return click.echo(_inventory())
    return _table() if sys.stdout.isatty() else click.echo("\n".join(_lines()))


@cli.command()
@click.argument("name")
@click.option(
    "--full",
    is_flag=True,
    help="The loss of the catalog, not its pattern; what has a fix as its file has it.",
)
@click.option("--mended", is_flag=True, help="What is broken, with its fix.")
def show(name, full, mended):
    """The pattern of a loss, or the code of a broken variant or training script.

    \b
    losses show dice
    losses show dice --full
    losses show mean_squared_error/column_minus_vector --mended
    """
    found = _look_up(name, *SHOWN)
    if mended and not isinstance(found, records.Mended):
        raise click.UsageError(f"{name} has no fix: --mended is for what is broken.")
    if isinstance(found, registry.Claim):
        source = found.text
    elif full:
        source = found.source
    elif isinstance(found, registry.Loss):
        source = found.pattern
    else:
        source = found.runnable("fix" if mended else "code")
    click.echo(pages.highlighted(source.rstrip("\n")))


@cli.command(context_settings={"ignore_unknown_options": True})
@click.argument("what", nargs=-1, required=True)
def explain(what):
    """What a name or an error message means.

    WHAT is a loss, the id of a broken variant, a claim or an error, a rule of losses
    check, the text of an error, or - for text on standard input.

    \b
    losses explain dice
    losses explain mean_squared_error/column_minus_vector
    losses explain "Dimensions must be equal, but are 2 and 3"
    python train.py 2>&1 | losses explain -
    """
    text = sys.stdin.read() if what == ("-",) else " ".join(what)
    if not text.strip():
        raise click.ClickException("There is no error in it: the text is empty.")
    if re.fullmatch(r"\w+(/\w*)?", text) and not text.endswith(("Error", "Warning")):
        return click.echo(pages.page(_look_up(text)))
    from losses.cli.explain import explained

    if page := explained(text):
        return click.echo(page)
    raise click.ClickException(
        "Unknown: no error like this was recorded. It may have nothing to do with a "
        "loss. How people get one wrong: losses explain LOSS"
    )


@cli.command(
    epilog="Words of --expect: "
    + "; ".join(f"{word}: {meaning}" for word, meaning in BY_DESIGN.items())
    + "."
)
@click.argument("target")
@click.option("--y-true", type=Shape(), help="Of the labels: 32")
@click.option("--y-pred", type=Shape(), help="Of the predictions: 32,1")
@click.option(
    "--data",
    metavar="TARGET",
    help="For a model: what fit would get, (x, y), a dataset, or a function that gives "
    "it.",
)
@click.option(
    "--batch-size",
    type=click.IntRange(1),
    help="For a model: as fit takes it, where it needs a batch of this size.",
)
@click.option(
    "--task",
    type=click.Choice(TASKS),
    help="What is made up. By default class ids where the shapes are such, otherwise "
    "regression.",
)
@click.option(
    "--from-logits/--probabilities",
    "from_logits",
    default=None,
    help="What the predictions are. By default probabilities.",
)
@click.option("--quick", is_flag=True, help="Without XLA, fit and saving.")
@click.option(
    "--expect",
    type=click.Choice(tuple(BY_DESIGN)),
    multiple=True,
    metavar="WORD",
    help="What it does by design. See below.",
)
@click.option("--like", metavar="TARGET", help="A loss that it should equal.")
@click.option(
    "--skip",
    type=Reason(),
    multiple=True,
    metavar="RULE=REASON",
    help="A rule that is known to fail. Reported where it does not.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="RULE",
    help="A rule to look at, instead of all.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0, min_open=True),
    help="The limit for each rule, of processor time. By default 10, on JAX 30.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "github", "sarif")),
    default="text",
    help="Of the report: github is annotations in a workflow, sarif for code scanners.",
)
@click.option(
    "--json", "form", flag_value="json", help="The report as JSON: --format json."
)
@click.option("--seed", type=click.IntRange(0), default=0, help="Of what is made up.")
def check(target, y_true, y_pred, data, batch_size, skip, **options):
    """What is wrong with a loss of yours, or with a model, before it trains.

    TARGET is FILE.py:NAME or PACKAGE.MODULE:NAME. THE FILE IS EXECUTED, as python FILE
    would, but under another __name__ than __main__. A bare name is a loss of this
    catalog (dice), or else of Keras (mse).

    For a loss, labels and predictions of these shapes are made up; for a compiled
    model, or a function that makes one, --data names what fit would get. Exit status: 0
    without errors, 1 with some, 2 for trouble, 3 where none was found and the check is
    not complete: the limit was reached, or a rule itself failed.

    \b
    losses check train.py:my_loss --y-true 32 --y-pred 32,1 --task binary
    losses check train.py:model --data train.py:batch
    losses check train.py:my_loss --y-true 32 --y-pred 32,10 --from-logits --quick
    losses check my.losses:Focal --y-true 8,64,64,1 --y-pred 8,64,64,1 \\
        --task segmentation --expect batch --skip check_saves="never saved"
    """

    from losses.cli import check as checking

    shapes = y_true, y_pred
    of_a_loss = ("like", "task", "from_logits", "seed")
    try:
        if data is None and None in shapes:
            raise checking.Refused(
                "Give --y-true and --y-pred for a loss, or --data for a model."
            )
        if data is None:
            checking.run(target, shapes, skip=dict(skip), **options)
        else:
            known = {k: v for k, v in options.items() if k not in of_a_loss}
            known |= {"skip": dict(skip), "batch_size": batch_size}
            checking.run_model(target, data, **known)
    except checking.Refused as error:
        raise Trouble(str(error)) from None


@cli.command()
@click.argument("name")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--full", is_flag=True, help="All of the loss, with all that it uses.")
@click.option(
    "--package",
    help="With --full: what Keras calls the project in a saved model; by default the "
    "name of the outermost package that FOLDER is in. With `losses`, models saved with "
    "the installed package can be loaded.",
)
def copy(name, folder, full, package):
    """Write the pattern of a loss into a folder of yours: the shortest right version.

    The folder is made if there is none. A file is never overwritten.

    \b
    losses copy dice my_project/
    losses copy dice my_project/ --full
    """
    from losses.cli import copy as copying

    loss = _look_up(name, "loss")
    try:
        click.echo(copying.write(loss, folder, full, package))
    except copying.Refused as error:
        raise Trouble(str(error)) from None
    except copying.NotWritten as error:
        raise click.ClickException(str(error)) from None


@cli.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def diff(file):
    """What differs between a copied file and the present version.

    A unified diff that leads from the file to the present version. Exit status: 0 for
    no difference, 1 for some, 2 for trouble.

    \b
    losses diff my_project/dice.py
    losses diff my_project/dice.py | patch my_project/dice.py
    """
    from losses.cli import copy as copying

    try:
        found = copying.difference(file)
    except copying.Refused as error:
        raise Trouble(str(error)) from None
    if found:
        summary, lines = found
        click.echo(summary, err=True)
        click.echo(lines, nl=False)
        sys.exit(1)


@cli.command()
@click.argument("names", nargs=-1)
@click.option(
    "--loss",
    "trained",
    multiple=True,
    metavar="NAME",
    help="Train this loss, or this broken variant, in the experiment.",
)
def demo(names, trained):
    """Train on real data, wrong beside right. Needs `pip install losses[demo]`.

    \b
    losses demo segmentation
    losses demo segmentation --loss tversky --loss dice/no_smoothing
    """
    from losses.demo import NAMES, run

    for name in names:
        if name not in NAMES:
            raise _unknown(name, NAMES, f"Known: {', '.join(NAMES)}.")
    for name in trained:
        _look_up(name, "loss", "broken variant")
    try:
        run(names, trained)
    except (ModuleNotFoundError, ValueError) as error:
        raise click.ClickException(str(error)) from None


@cli.command()
@click.argument("name")
@click.option("--family", required=True, help="A folder of losses/catalog.")
def new(name, family):
    """Write the skeletons of a new loss: catalog, broken variants, tests.

    For those who add to this catalog, in their checkout of it.

    \b
    losses new huber --family regression
    """
    from losses.cli import new as skeletons

    try:
        paths, then = skeletons.new(name, family)
    except skeletons.Misplaced as error:
        raise Trouble(str(error)) from None
    click.echo("\n".join(map(str, paths)))
    click.echo(then, err=True)


def main():
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if stream and not stream.isatty():
            stream.reconfigure(encoding="utf-8", errors="replace")
    cli(prog_name="losses")


def _look_up(name, *kinds):
    """The loss, variant, claim or rule of this name; class names will do."""
    name = registry.snake(name)
    for kind, shelf in SHELVES.items():
        if name in shelf():
            if kinds and kind not in kinds:
                raise Trouble(
                    f"{name} is a {kind}, and this takes a {' or a '.join(kinds)}. "
                    f"See: losses explain {name}"
                )
            return shelf()[name]
    known = [k for kind in kinds or SHELVES for k in SHELVES[kind]()]
    raise _unknown(name, known, "See: losses list")


SHOWN = "loss", "broken variant", "claim", "training script", "error"
SHELVES = {
    "loss": lambda: registry.losses(),
    "broken variant": lambda: registry.variants(),
    "claim": lambda: registry.claims(),
    "rule": lambda: {
        rule.name: rule
        for rule in (*registry.rules(), *registry.rules(registry.OF_MODELS))
    },
    "training script": lambda: registry.scripts(),
    "error": lambda: registry.errors(),
}


def _unknown(name, known, otherwise):
    from difflib import get_close_matches

    near = [key for key in known if key.endswith(f"/{name}") or _initials(key) == name]
    near = near or get_close_matches(name, known)
    hint = f"Did you mean {' or '.join(near)}?" if near else otherwise
    return Trouble(f"There is no {name!r}. {hint}")


def _initials(name):
    return "".join(part[0] for part in name.split("_") if part)


def _brief(loss):
    """What a loss is; that it has one value per sample holds for all."""
    return loss.title.partition(", one value per sample")[0]


def _inventory():
    """What there is, as JSON."""
    return json.dumps(
        {
            "losses": [
                {
                    "id": loss.name,
                    "family": loss.family,
                    "title": loss.title,
                    "pattern_lines": loss.pattern_lines,
                }
                for loss in registry.losses().values()
            ],
            "variants": [
                {
                    "id": variant.id,
                    "loss": variant.loss,
                    "symptom": variant.symptom,
                    "changed_lines": variant.changed_lines,
                }
                for variant in registry.variants().values()
            ],
            "claims": [
                {
                    "id": claim.id,
                    "source": claim.source,
                    "verdict": pages.verdict(claim),
                }
                for claim in registry.claims().values()
            ],
            "scripts": [
                {
                    "id": script.id,
                    "title": script.title,
                    "found_by": script.found_by,
                    "changed_lines": script.changed_lines,
                }
                for script in registry.scripts().values()
            ],
            "errors": [
                {"id": error.id, "cause": error.cause}
                for error in registry.errors().values()
            ],
        },
        ensure_ascii=False,
        indent=1,
    )


def _lines():
    rows = [
        (loss.family, loss.name, str(len(loss.variants)), _brief(loss))
        for loss in registry.losses().values()
    ]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for family, name, count, title in rows:
        row = family.ljust(widths[0]), name.ljust(widths[1]), count.rjust(widths[2])
        yield "   ".join((*row, title))


def _table():
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    table = Table("family", box=SIMPLE)
    table.add_column("loss", no_wrap=True)
    table.add_column("broken", justify="right")
    table.add_column("what it is")
    family = None
    for loss in registry.losses().values():
        if loss.family != family:
            table.add_section()
        first, family = "" if loss.family == family else loss.family, loss.family
        table.add_row(first, loss.name, str(len(loss.variants)), _brief(loss))
    colours = None if os.environ.get("NO_COLOR") else "auto"
    Console(highlight=False, color_system=colours).print(table)
