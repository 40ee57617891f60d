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
ENVIRONMENT = click.argument("environment", type=click.Choice(list(ENVIRONMENTS)))
ALL = click.option("--all", "everything", is_flag=True, help="Not only what is stale.")
CARRY = click.option(
    "--carry",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="SHARE",
    help="After a change that should change nothing: run this share of what is stale, "
    "and give the rest of a loss the present keys where nothing differs.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli():
    """Writes losses/evidence/data, which the tests compare with and never write.

    \b
    A change of code makes stale what was recorded with the code before. So:
      1. change the code
      2. make record          runs the commands below, in every environment
      3. git diff             read what moved: an empty diff means nothing did
      4. commit both together

    Only what is stale is run, unless --all is given or it is named. What says the same
    as before keeps its text. An interrupted recording keeps what it has done: start it
    again, and it runs the rest.
    """


@cli.command("cells")
@ENVIRONMENT
@click.argument("names", nargs=-1)
@ALL
@CARRY
@click.option(
    "--jobs", type=click.IntRange(1), help="Processes; by default one a core."
)
def cells_(environment, names, everything, carry, jobs):
    """What every broken variant, its reference and its fix do, in each way of running.

    Run it with the Python of that environment. NAMES are losses or ids of variants,
    `dice` or `dice/no_smoothing`; by default all of them.
    """
    unknown = set(names) - registry.losses().keys() - registry.variants().keys()
    if unknown:
        raise click.BadParameter(f"no loss or variant {', '.join(sorted(unknown))}")
    evidence = store.read(environment)
    todo = cells.stale(evidence)
    if everything:
        todo = cells.every()
    todo = {v: p for v, p in todo.items() if not names or _is_named(v, names)}
    total = sum(map(len, todo.values()))
    if not total and not cells.orphaned(evidence):
        return click.echo(f"{environment}: nothing is stale")
    with _progress(environment, total) as watch:
        if carry is None:
            changed = cells.record(environment, todo, watch, jobs)
        else:
            changed = cells.carry(environment, todo, carry, watch, jobs)
    _tell(changed)
    click.echo(f"{environment}: {total} cells, {len(changed)} changed")


@cli.command("documents")
@click.argument("names", nargs=-1)
@ALL
def documents_(names, everything):
    """What claims, demonstrations and rules show in the reference environment.

    NAMES are documents: `claims/shapes`, `demo/binary`, `check/rules`.
    """
    environments.enter(REFERENCE)
    wanted = documents.wanted()
    if unknown := set(names) - wanted.keys():
        raise click.BadParameter(
            f"no document {', '.join(sorted(unknown))}. There are: {', '.join(wanted)}"
        )
    todo = list(names) or (list(wanted) if everything else documents.stale())
    changed = []
    with _progress("documents", len(todo)) as watch:
        for name in todo:
            if documents.record(name):
                changed.append(name)
            watch(1)
    click.echo(f"{len(todo)} documents, changed: {', '.join(changed) or 'none'}")


@cli.command("errors")
@ENVIRONMENT
@click.argument("names", nargs=-1)
def errors_(environment, names):
    """What the lines of losses/errors raise or warn of, and where in Keras.

    Run it with the Python of that environment. NAMES are ids, `steps/no_gradient`; by
    default those whose code has changed.
    """
    if unknown := set(names) - registry.errors().keys():
        raise click.BadParameter(f"no error {', '.join(sorted(unknown))}")
    environments.enter(environment)
    from tests.recording import errors

    for name in errors.record(environment, names):
        click.echo(name)


@cli.command("kills")
@ALL
@CARRY
def kills_(everything, carry):
    """Which numbers worked out by hand each variant fails and its fix misses."""
    environments.enter(REFERENCE)
    from tests.recording import kills

    todo = list(registry.variants().values()) if everything else kills.stale()
    with _progress("kills", len(todo)) as watch:
        if carry is None:
            changed = kills.record(todo, watch)
        else:
            changed = kills.carry(todo, carry, watch)
    for variant, (before, now) in changed.items():
        click.echo(f"{variant}\n  before {before}\n  now    {now}")
    click.echo(f"{len(todo)} variants, {len(changed)} changed")


@cli.command("guide")
@ENVIRONMENT
@ALL
def guide_(environment, everything):
    """What the scripts of the guide print: docs/guide/several_devices."""
    from tests.recording import guide

    environments.choose(environment)
    for script in guide.of(environment):
        if everything or not guide.is_current(script):
            click.echo(guide.record(script, environment))


@cli.command()
def watch():
    """What another version of Keras changes: make watch KERAS=3.10.0."""
    from tests.recording import watch

    watch.main()


@cli.command()
def peers():
    """What other libraries give for the page Many Dice: make peers."""
    from tests.recording.peers import __main__ as record

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


def _tell(changed):
    """Which cells say something else than before."""
    for (variant, probe), (before, after) in list(changed.items())[:SHOWN]:
        click.echo(f"{variant} · {probe}\n  before {before}\n  now    {after}")
    more = len(changed) - SHOWN
    click.echo(f"… and {more} more" if more > 0 else "", nl=more > 0)


if __name__ == "__main__":
    sys.exit(cli(prog_name="python -m tests.recording"))
