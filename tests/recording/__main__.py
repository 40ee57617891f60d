"""Records the evidence: `python -m tests.recording cells keras-jax`."""

import sys
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from losses.evidence import store
from losses.evidence.environments import ENVIRONMENTS, REFERENCE
from losses.source import registry
from tests.recording import cells, documents, environments

CONSOLE = Console(stderr=True)
SHOWN = 40  # changes that are told one by one


@click.group()
def cli():
    """Writes losses/evidence/data. Read the diff before you commit it."""


@cli.command("cells")
@click.argument("environment", type=click.Choice(list(ENVIRONMENTS)))
@click.argument("names", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Not only what is stale.")
@click.option(
    "--carry",
    type=click.FloatRange(0, 1),
    metavar="SHARE",
    help="After a change that should change nothing: run this share of what is stale, "
    "and give the rest of a loss the present keys where nothing differs.",
)
def cells_(environment, names, everything, carry):
    """What every broken variant and its reference do, in each way of running.

    NAMES are losses or ids of variants; by default all of them.
    """
    evidence = store.read(environment)
    todo = cells.stale(evidence)
    if everything:
        todo = {name: list(registry.probes()) for name in registry.variants()}
    todo = {v: p for v, p in todo.items() if not names or _is_named(v, names)}
    total = sum(map(len, todo.values()))
    if not total:
        return click.echo(f"{environment}: nothing is stale")
    with _progress(environment, total) as watch:
        if carry is None:
            changed = cells.record(environment, todo, watch)
        else:
            changed = cells.carry(environment, todo, carry, watch)
    _tell(changed, total)


@cli.command("documents")
@click.argument("names", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Not only what is stale.")
def documents_(names, everything):
    """What the reference environment shows of claims, demonstrations and rules."""
    environments.enter(REFERENCE)
    todo = list(names) or (
        list(documents.wanted()) if everything else documents.stale()
    )
    with _progress("documents", len(todo)) as watch:
        changed = [name for name in todo if documents.record(name) or watch(1)]
    click.echo(
        f"{len(todo)} documents recorded, changed: {', '.join(changed) or 'none'}"
    )


@cli.command()
def kills():
    """Which of the numbers worked out by hand each broken variant fails."""
    from tests.recording import kills

    environments.enter(REFERENCE)
    with _progress("kills", len(registry.variants())) as watch:
        kills.record(watch)


@cli.command()
@click.argument("environment", type=click.Choice(list(ENVIRONMENTS)))
def guide(environment):
    """What the scripts of the guide print."""
    from tests.recording import guide

    environments.enter(environment)
    for script in guide.of(environment):
        click.echo(guide.record(script, environment))


@cli.command()
def watch():
    """What another version of Keras changes."""
    from tests.recording import watch

    watch.main()


@cli.command()
def peers():
    """What other libraries give."""
    from tests.recording.peers import record

    record.main()


def _is_named(variant, names):
    return variant in names or variant.partition("/")[0] in names


@contextmanager
def _progress(what, total):
    """A bar; what comes back advances it by a number."""
    columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(TextColumn(what), *columns, console=CONSOLE) as progress:
        task = progress.add_task(what, total=total)
        yield lambda count: progress.advance(task, count)


def _tell(changed, total):
    """Which cells say something else than before."""
    for (variant, probe), (before, after) in list(changed.items())[:SHOWN]:
        click.echo(f"{variant} · {probe}\n  before {before}\n  now    {after}")
    more = len(changed) - SHOWN
    click.echo(f"… and {more} more" if more > 0 else "", nl=more > 0)
    click.echo(f"{total} cells, {len(changed)} changed")


if __name__ == "__main__":
    sys.exit(cli(prog_name="python -m tests.recording"))
