"""What a silent mistake costs: wrong losses trained beside the right one, on real data.

The data, batches and initial weights are the same; no seed of the three is left out.
"""

import importlib.util
from dataclasses import replace

from losses.source import registry

NAMES = tuple(registry.demonstrations())
SEEDS = (0, 1, 2)

# Losses that these data are not enough for.
OTHER_DATA = {
    "boundary": "distances, not the masks of these data. losses.signed_distance makes "
    "them; it is added to a loss of regions.",
    "deep_supervision": "outputs at several scales; this model has one.",
    "pixelwise_crossentropy": "a channel for each class; these masks are of one. Take "
    "pixelwise_binary_crossentropy.",
}


def run(names=(), losses=(), console=None):
    """Train the experiments of these names, or all, and print what it cost.

    Args:
        names: experiments.
        losses: what is trained in place of the losses of the one experiment: losses of
            the catalog and ids of broken variants, each beside the first loss of the
            experiment.
        console: where to print.

    Raises:
        ValueError: an unknown name; `losses` without one experiment; or a loss that
            does not train there.
        ModuleNotFoundError: scikit-learn is missing.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from losses.demo.report import pictures, table

    names, losses = _known(names), list(losses)
    if losses and len(names) != 1:
        raise ValueError(
            f"losses demo: a loss is trained in one experiment: {', '.join(NAMES)}"
        )
    console = console or Console()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("starting TensorFlow", total=None)
        experiments = [_experiment(name) for name in names]
        if losses:
            experiments = [_with(losses, experiments[0])]
        progress.update(bar, total=sum(map(_epochs, experiments)))

        def watch(trial):
            progress.update(bar, description=trial.name)
            return lambda: progress.advance(bar)

        records = [_record(experiment, watch) for experiment in experiments]
    console.print(table(records))
    for seen in records:
        if "images" in seen:
            console.print(pictures(seen))


def record(name):
    """The results of an experiment as plain data: means over the seeds, epoch by epoch.

    `also` holds the other metrics beside `metric`, `final` the last epoch of each seed.
    `images` and `found`, in experiments with pictures, are those of the first seed.
    """
    (name,) = _known([name])
    return _record(_experiment(name), lambda trial: lambda: None)


def _record(experiment, watch):
    metric, *others = experiment.metrics
    runs = []
    for trial in experiment.trials:
        try:
            seen = experiment.run(trial, SEEDS, watch(trial))
        except Exception as error:
            raise ValueError(
                f"losses demo: {trial.name} does not train on {experiment.data}: "
                f"{type(error).__name__}: {error}"
            ) from error
        epochs = [one.epochs for one in seen]
        mean = {name: _mean([one[name] for one in epochs]) for name in epochs[0]}
        run = {
            "name": trial.name,
            "wrong": trial.wrong,
            "loss": mean["loss"],
            "metric": mean[metric],
            "also": {name: mean[name] for name in others},
            "final": {
                name: [_short(one[name][-1]) for one in epochs]
                for name in experiment.metrics
            },
        }
        runs.append(run if seen[0].found is None else {**run, "found": seen[0].found})
    seen = {
        "title": experiment.title,
        "data": experiment.data,
        "judged_on": experiment.judged_on,
        "seeds": list(SEEDS),
        "metric": metric,
        "better": experiment.metrics[metric],
        "also": {name: experiment.metrics[name] for name in others},
        "runs": runs,
    }
    if experiment.picture is None:
        return seen
    return {**seen, "images": experiment.images(SEEDS[0])}


def _with(names, experiment):
    """The experiment with other losses, each wrong one below the right one."""
    from losses.demo.training import Trial

    first, chosen = experiment.trials[0], {}
    for name in names:
        if name not in registry.losses() and name not in registry.variants():
            raise ValueError(f"losses demo: no loss {name!r}. See: losses list")
        loss, family = name.partition("/")[0], first.loss.family
        if registry.losses()[loss].family != family:
            raise ValueError(
                f"losses demo: {loss} does not train on {experiment.data}, but the "
                f"losses of {family}. See: losses list"
            )
        if loss in OTHER_DATA:
            raise ValueError(f"losses demo: {loss} takes {OTHER_DATA[loss]}")
        chosen.setdefault(loss, [loss]).append(name)
    trials = [
        Trial.of(name)
        for wanted in chosen.values()
        for name in dict.fromkeys(wanted)
        if name != first.name
    ]
    return replace(experiment, trials=(first, *trials))


def _experiment(name):
    from losses.running.startup import import_keras

    import_keras()
    if importlib.util.find_spec("sklearn") is None:
        raise ModuleNotFoundError(
            "losses demo trains on the data of scikit-learn, which is not installed: "
            'pip install "losses[demo]"',
            name="sklearn",
        )
    from losses.demo.experiments import EXPERIMENTS

    return EXPERIMENTS[name]


def _known(names):
    names = list(names) or list(NAMES)
    for name in names:
        if name not in NAMES:
            raise ValueError(f"losses demo: no {name!r} among {', '.join(NAMES)}")
    return names


def _epochs(experiment):
    return len(SEEDS) * len(experiment.trials) * experiment.epochs


def _mean(runs):
    return [_short(sum(epoch) / len(runs)) for epoch in zip(*runs)]


def _short(number):
    """Four digits; the rest is noise."""
    return float(f"{number:.4g}")
