"""What a silent mistake costs: wrong losses trained beside the right one, on real data.

Same data, batches and initial weights; three seeds, nothing chosen among them.
"""

import importlib.util

from losses import registry

NAMES = tuple(registry.demonstrations())
SEEDS = (0, 1, 2)


def run(names=(), console=None):
    """Train the experiments of these names, or all, and print what it cost."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from losses.demo.report import table

    names = _known(names)
    console = console or Console()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("starting TensorFlow", total=None)
        experiments = {name: _experiment(name) for name in names}
        progress.update(bar, total=sum(map(_epochs, experiments.values())))

        def watch(trial):
            progress.update(bar, description=trial.name)
            return lambda: progress.advance(bar)

        records = [_record(experiment, watch) for experiment in experiments.values()]
    console.print(table(records))


def record(name):
    """What an experiment showed, as plain data: means over the seeds, epoch by epoch.

    `also` holds what was measured beside the `metric`, `final` the last epoch of each
    seed.
    """
    (name,) = _known([name])
    return _record(_experiment(name), lambda trial: lambda: None)


def _record(experiment, watch):
    metric, *others = experiment.metrics
    runs = []
    for trial in experiment.trials:
        seen = experiment.run(trial, SEEDS, watch(trial))
        mean = {name: _mean([one[name] for one in seen]) for name in seen[0]}
        runs.append(
            {
                "name": trial.name,
                "wrong": trial.wrong,
                "loss": mean["loss"],
                "metric": mean[metric],
                "also": {name: mean[name] for name in others},
                "final": {
                    name: [_short(one[name][-1]) for one in seen]
                    for name in experiment.metrics
                },
            }
        )
    return {
        "title": experiment.title,
        "data": experiment.data,
        "judged_on": experiment.judged_on,
        "seeds": list(SEEDS),
        "metric": metric,
        "better": experiment.metrics[metric],
        "also": {name: experiment.metrics[name] for name in others},
        "runs": runs,
    }


def _experiment(name):
    from losses.startup import import_keras

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
