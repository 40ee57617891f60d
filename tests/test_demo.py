"""The demonstration: right losses learn, wrong ones cost what the table says.

What it showed is recorded; all is trained again where that was with other code, and
with --full. What is asked of the code that trains is asked of one seed and one epoch.
"""

import importlib.util
import subprocess
import sys
from dataclasses import replace
from io import StringIO
from itertools import pairwise

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from losses import demo
from losses.demo import data
from losses.demo.experiments import EXPERIMENTS
from losses.demo.report import cost, found_by_run, pictures, table
from losses.evidence import keys, store
from losses.source import registry
from tests.conftest import is_full
from tests.recording import documents
from tests.slices import some_of

FEW = 3  # of the losses that find ink
MASKS = [
    loss.name
    for loss in registry.losses().values()
    if loss.family == "segmentation" and loss.name not in demo.OTHER_DATA
]

every_experiment = pytest.mark.parametrize("name", demo.NAMES)


def pytest_generate_tests(metafunc):
    everything = is_full(metafunc.config)
    if metafunc.function is test_training_shows_what_was_recorded:
        stale = documents.stale()
        metafunc.parametrize(
            "name",
            [
                pytest.param(n, marks=() if f"demo/{n}" in stale else pytest.mark.full)
                for n in demo.NAMES
            ],
        )
    if metafunc.function is test_a_loss_of_masks_finds_ink:
        drawn = MASKS if everything else some_of(MASKS, FEW)
        metafunc.parametrize("name", drawn)


@pytest.fixture
def quick(monkeypatch):
    """One seed and one epoch of everything."""
    monkeypatch.setattr(demo, "SEEDS", (0,))
    for name, experiment in EXPERIMENTS.items():
        monkeypatch.setitem(EXPERIMENTS, name, replace(experiment, epochs=1))


def record(name):
    return store.document(f"demo/{name}")


def runs(name):
    return {run["name"]: run for run in record(name)["runs"]}


def test_training_shows_what_was_recorded(name):
    before = record(name)
    now = documents.settled(f"demo/{name}", demo.record(name), before)
    assert now == before, "read the difference, then: make record"


def test_what_was_recorded_is_of_the_present_code():
    recorded = {name: store.keys_of(f"demo/{name}").get("") for name in demo.NAMES}
    assert recorded == keys.of_demonstrations(), "make record"


@every_experiment
def test_every_loss_is_trained_and_judged(name, quick):
    found, before = demo.record(name), record(name)
    assert found.keys() == before.keys()
    for run, recorded in zip(found["runs"], before["runs"], strict=True):
        assert run.keys() == recorded.keys()
        assert run["name"] == recorded["name"]
        assert np.isfinite(run["loss"]).all()
        assert [len(run["loss"]), len(run["metric"])] == [1, 1]
        assert all(len(each) == 1 for each in run["final"].values())


@every_experiment
def test_the_loss_falls_even_where_it_is_wrong(name):
    for run in record(name)["runs"]:
        assert run["loss"][-1] < run["loss"][0]


def by_the_majority(x, y):
    return {"accuracy": max(np.mean(y), 1 - np.mean(y))}


def by_a_threshold(x, y):
    true, found = y > 0.5, x > 0.5
    return {"IoU": np.mean((true & found).sum((1, 2)) / (true | found).sum((1, 2)))}


def by_one_class_and_one_box(x, y):
    """The best that can be said without looking: the medians are best at absolute
    errors, of 12 pixels."""
    off = np.abs(y[:, 10:] - np.median(y[:, 10:], axis=0)) * 12
    return {"box error": off.mean(), "accuracy": y[:, :10].mean(axis=0).max()}


def by_the_median_of_each(x, y):
    return {
        f"{name} error": np.abs(part - np.median(part, axis=0)).mean()
        for name, part in y.items()
    }


@pytest.mark.parametrize(
    ("load", "loss", "name", "without_learning"),
    [
        (data.breast_cancer, "binary_crossentropy", "binary", by_the_majority),
        (data.noisy_ink, "dice", "segmentation", by_a_threshold),
        (
            data.noisy_ink,
            "pixelwise_binary_crossentropy",
            "segmentation",
            by_a_threshold,
        ),
        (data.class_and_box, "multitask", "multitask", by_one_class_and_one_box),
        (
            data.pulse_and_rest,
            "weighted_multi_output",
            "weighted",
            by_the_median_of_each,
        ),
    ],
)
def test_the_right_loss_learns(load, loss, name, without_learning):
    final = runs(name)[loss]["final"]
    for place, seed in enumerate(demo.SEEDS):
        _, x, _, y = load(seed)
        for metric, found in without_learning(x, y).items():
            better = EXPERIMENTS[name].metrics[metric] == "higher"
            assert (final[metric][place] > found) == better


@pytest.mark.parametrize(
    ("name", "wrong", "costs"),
    [
        (
            "binary",
            "binary_crossentropy/column_minus_vector_in_a_subclass",
            {"accuracy": "red"},
        ),
        ("binary", "binary_crossentropy/arguments_exchanged", {"accuracy": ""}),
        (
            "segmentation",
            "pixelwise_binary_crossentropy/mask_without_channel_axis",
            {"IoU": "red"},
        ),
        ("segmentation", "dice/coefficient_as_the_loss", {"IoU": "red"}),
        ("segmentation", "dice/whole_batch_at_once", {"IoU": ""}),
        (
            "multitask",
            "multitask/a_list_of_losses",
            {"box error": "", "accuracy": ""},
        ),
        (
            "multitask",
            "multitask/cut_at_the_wrong_column",
            {"box error": "red", "accuracy": ""},
        ),
        (
            "multitask",
            "multitask/first_sample_for_the_first_task",
            {"box error": "red", "accuracy": "red"},
        ),
        (
            "weighted",
            "weighted_multi_output/weight_of_a_name_that_does_not_exist",
            {"pulse error": "red", "rest error": ""},
        ),
    ],
)
def test_what_a_mistake_costs(name, wrong, costs):
    seen, right = (
        runs(name)[wrong]["final"],
        runs(name)[wrong.partition("/")[0]]["final"],
    )
    for metric, style in costs.items():
        better = EXPERIMENTS[name].metrics[metric]
        assert cost(seen[metric], right[metric], better)[1] == style
    assert costs.keys() == seen.keys()


def test_every_mistake_has_a_tested_cost():
    (mark,) = test_what_a_mistake_costs.pytestmark
    tested = {wrong for _, wrong, _ in mark.args[1]}
    assert tested == {n for name in demo.NAMES for n in runs(name) if "/" in n}


def test_a_list_of_losses_shows_half_the_loss():
    halved, whole = (
        runs("multitask")[name]["loss"][0]
        for name in ("multitask/a_list_of_losses", "multitask")
    )
    assert halved == pytest.approx(whole / 2, rel=0.01)


def test_a_cost_is_a_difference_that_every_seed_shows():
    assert cost([0.5, 0.7], [0.8, 1.0], "higher") == (pytest.approx(-0.3), "red")
    assert cost([0.5, 0.7], [0.8, 1.0], "lower") == (pytest.approx(-0.3), "green")
    assert cost([0.8, 1.0], [0.5, 0.7], "lower") == (pytest.approx(0.3), "red")
    assert cost([0.5, 0.8], [0.8, 1.0], "higher") == (None, "")


def test_a_seed_starts_from_nothing():
    experiment = replace(EXPERIMENTS["binary"], epochs=1)
    right = experiment.trials[0]
    both = experiment.run(right, (0, 1), lambda: None)
    assert both[1:] == experiment.run(right, (1,), lambda: None)


def test_a_wrong_loss_meets_the_same_weights_and_batches():
    seen = []

    def spied(activation):
        model = EXPERIMENTS["multitask"].build(activation)
        fit = model.fit

        def spy(x, y, **arguments):
            assert not arguments["shuffle"]
            seen.append([*model.get_weights(), x, y, arguments["batch_size"]])
            return fit(x, y, **arguments)

        model.fit = spy
        return model

    experiment = replace(EXPERIMENTS["multitask"], build=spied, epochs=1)
    for trial in experiment.trials[:2]:
        experiment.run(trial, (0,), lambda: None)
    for right, wrong in zip(*seen, strict=True):
        np.testing.assert_array_equal(right, wrong)


@pytest.mark.parametrize("width", [80, 100])
def test_the_table_fits(width):
    lines = printed(width)
    assert max(map(cell_len, lines)) <= width
    assert not any("…" in line for line in lines)
    for name in demo.NAMES:
        for run in record(name)["runs"]:
            assert any(f"→ {run['loss'][-1]:.2f}" in line for line in lines)


def test_an_id_can_be_copied_from_the_table():
    lines = printed(100)
    for name in demo.NAMES:
        for wrong in runs(name):
            assert any(wrong in line.split() for line in lines)


def test_a_narrow_table_breaks_an_id_after_the_stroke_only():
    lines = printed(80)
    for name in demo.NAMES:
        for whole in runs(name):
            loss, stroke, variant = whole.partition("/")
            sign = "✕" if stroke else "✓"
            broken = pairwise(lines)
            assert any(line.split()[:2] == [sign, whole] for line in lines) or any(
                first.split()[:2] == [sign, f"{loss}/"] and rest.split()[0] == variant
                for first, rest in broken
                if rest.strip()
            )


@pytest.mark.parametrize("width", [80, 100])
def test_wrong_and_right_are_told_apart_without_colour(width):
    signs = "".join(line[0] for line in printed(width) if line[0] in "✓✕")
    wrong = [run["wrong"] for name in demo.NAMES for run in record(name)["runs"]]
    assert signs == "".join("✕" if each else "✓" for each in wrong)


def printed(width):
    console = Console(width=width, file=StringIO())
    console.print(table([record(name) for name in demo.NAMES]))
    return console.file.getvalue().splitlines()


def test_run_prints_what_it_measured(quick, monkeypatch):
    measured, measure = [], demo._record

    def kept(*arguments):
        measured.append(measure(*arguments))
        return measured[-1]

    monkeypatch.setattr(demo, "_record", kept)
    console = Console(width=100, file=StringIO())
    demo.run(["binary"], console=console)
    shown = console.file.getvalue()
    [found] = measured
    for run in found["runs"]:
        assert f"accuracy {np.mean(run['final']['accuracy']):.2f}" in shown
    assert "IoU" not in shown


@pytest.mark.parametrize("ask", [demo.record, lambda name: demo.run([name])])
def test_an_unknown_name_is_told_the_known_ones(ask):
    with pytest.raises(ValueError, match="binary, segmentation, multitask, weighted"):
        ask("regression")


def test_without_scikit_learn_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "losses\[demo\]"'):
        demo.record("binary")


def test_what_is_trained_is_read_without_running_it():
    trained = {
        name: [trial.name for trial in experiment.trials]
        for name, experiment in EXPERIMENTS.items()
    }
    assert registry.demonstrations() == trained


def test_a_box_is_where_the_ink_is():
    ink = np.zeros((1, 12, 12), bool)
    ink[0, 6:9, 3:12] = True  # rows 6 to 8, columns 3 to 11
    assert data._box(ink).tolist() == [[3 / 12, 1.0, 6 / 12, 9 / 12]]


def test_a_digit_is_moved_as_a_whole():
    x, _, y, _ = data.class_and_box(0)
    left, right, top, bottom = np.round(y[:, 10:].T * 12).astype(int)
    for place in range(20):
        inside = x[place, top[place] : bottom[place], left[place] : right[place]]
        assert (inside >= data.INK).sum() == (x[place] >= data.INK).sum()
    assert {0, 1, 2, 3, 4} <= set(top)
    assert y[:, :10].sum(axis=1).tolist() == [1] * len(y)


def test_options_reach_a_variant_that_has_parameters_for_them():
    trial = EXPERIMENTS["multitask"].trials[1]
    seen = []

    class Watched:
        def compile(self, loss, **_):
            y = np.concatenate([np.eye(10), np.zeros((10, 4))], axis=1)
            p = np.concatenate([np.full((10, 10), 0.1), np.ones((10, 4))], axis=1)
            seen.extend(loss(y, p))

        def fit(self, x, y):
            pass

    assert trial.options == {"classes": 10}
    trial.train(Watched(), None, None)
    kind, box = (np.asarray(part) for part in seen)
    assert kind == pytest.approx(np.full(10, np.log(10)))
    assert box == pytest.approx(np.ones(10))


def test_the_names_and_keys_cost_no_import_of_keras():
    code = (
        "import sys\n"
        "from losses import demo\n"
        "from losses.evidence import keys\n"
        "assert keys.of_demonstrations().keys() == set(demo.NAMES)\n"
        "assert not {'keras', 'sklearn', 'rich'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=registry.HERE.parent)


def test_a_loss_of_your_choice_is_trained_beside_the_first():
    chosen = [
        "tversky",
        "lovasz_hinge",
        "tversky/alpha_and_beta_exchanged",
        "tversky",
        "jaccard/logits_taken_as_probabilities",
    ]
    trials = demo._with(chosen, EXPERIMENTS["segmentation"]).trials
    assert [(trial.name, trial.activation) for trial in trials] == [
        ("pixelwise_binary_crossentropy", None),
        ("tversky", "sigmoid"),
        ("tversky/alpha_and_beta_exchanged", "sigmoid"),
        ("lovasz_hinge", None),
        ("jaccard", "sigmoid"),
        ("jaccard/logits_taken_as_probabilities", None),
    ]


@pytest.mark.parametrize(
    ("names", "chosen", "error"),
    [
        (["segmentation"], ["dise"], "no loss 'dise'"),
        ([], ["dice"], "in one experiment: binary, segmentation"),
        (["binary", "segmentation"], ["dice"], "in one experiment"),
        (["segmentation"], ["boundary"], "boundary takes distances"),
        (["segmentation"], ["deep_supervision"], "takes outputs at several scales"),
        (["segmentation"], ["pixelwise_crossentropy"], "a channel for each class"),
        (
            ["segmentation"],
            ["corn"],
            "corn does not train on digits .+ of segmentation",
        ),
        (["multitask"], ["weighted_multi_output"], "does not train on digits .+Error"),
    ],
)
def test_a_loss_that_does_not_fit_is_refused(names, chosen, error, quick):
    with pytest.raises(ValueError, match=error):
        demo.run(names, chosen, console=Console(file=StringIO()))


def test_what_was_found_is_drawn_beside_the_truth():
    seen = record("segmentation")
    assert [len(images) for images in seen["images"].values()] == [3, 3]
    for name, images in {**seen["images"], **found_by_run(seen)}.items():
        assert np.shape(images) == (3, 8, 8), name
        assert set(np.ravel(images)) <= set(range(10))
    truth = np.array(seen["images"]["truth"])
    assert set(truth.ravel()) == {0, 9}
    errors = {
        name: np.abs(np.subtract(images, truth)).mean() / 9
        for name, images in found_by_run(seen).items()
    }
    assert errors["dice"] < 0.2 < errors["dice/coefficient_as_the_loss"]

    printed = Console(file=StringIO(), width=80)
    printed.print(pictures(seen))
    lines = printed.file.getvalue().splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert len(lines) >= 4 * (2 + len(seen["runs"]))
    assert "█" in lines[4]


def test_a_loss_of_masks_finds_ink(name):
    """More than a threshold does, with one seed; `cldice` sees the middle of lines
    alone, and finds that."""
    experiment = demo._with([name], EXPERIMENTS["segmentation"])
    trial = experiment.trials[-1]
    assert trial.name == name
    [seen] = experiment.run(trial, [0], lambda: None)
    _, x, _, y = data.noisy_ink(0)
    floor = 0.25 if name == "cldice" else by_a_threshold(x, y)["IoU"]
    assert seen.epochs["IoU"][-1] > floor
