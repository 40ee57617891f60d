"""The guide says how to move from segmentation_models: each line of its tables, run.

The old losses are written once more, by the formulas of version 1.0.1: the library
itself does not run on today's Keras.
"""

import re
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import losses
from losses.source import registry
from tests.catalog.segmentation.maps import counted

PAGE = registry.HERE.parent / "docs" / "guide" / "segmentation_models.md"
LINE = re.compile(r"^\| `(.+?)` \| `(.+?)` \| `(.+?)` \|$", re.MULTILINE)
IDS = np.array([[[0, 1, 2], [1, 1, 0]], [[2, 0, 0], [0, 1, 0]]])
ODDS = np.random.default_rng(0).uniform(0.1, 2, (*IDS.shape, 3))
MAPS = {
    "One class": (1.0 * (IDS == 1)[..., None], ODDS[..., :1] / 2.2),
    "Several classes": (np.eye(3)[IDS], ODDS / ODDS.sum(axis=-1, keepdims=True)),
}
LINES = [
    pytest.param(title, *line, id=f"{line[0]}-{title}")
    for title, text in re.findall(
        r"^## (.+?)\n(.+?)(?=^## |\Z)",
        PAGE.read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    for line in LINE.findall(text)
]


class Old:
    """A loss of the old library: a number, and a sum with another."""

    def __init__(self, formula, **options):
        self.formula, self.options = formula, options

    def __call__(self, true, pred):
        return self.formula(true, pred, **self.options)

    def __add__(self, other):
        return Old(lambda true, pred: self(true, pred) + other(true, pred))


def of_regions(score):
    """One minus the mean over the classes, times their weights, of a score."""

    def formula(
        true,
        pred,
        per_image=False,
        class_indexes=None,
        class_weights=1.0,
        smooth=1e-5,
        **options,
    ):
        def of_one(c, group):
            return counted(true[group][..., c], pred[group][..., c], over="batch")[0, 0]

        classes = class_indexes or range(pred.shape[-1])
        groups = [[i] for i in range(len(pred))] if per_image else [range(len(pred))]
        scores = [
            np.mean([score(*of_one(c, group), smooth, **options) for group in groups])
            for c in classes
        ]
        return 1 - np.mean(np.multiply(scores, class_weights))

    return formula


def f_score(hits, alarms, misses, smooth, beta=1):
    above = (1 + beta**2) * hits + smooth
    return above / (above + beta**2 * misses + alarms)


def iou(hits, alarms, misses, smooth):
    return (hits + smooth) / (hits + alarms + misses + smooth)


def binary(true, pred):
    return -np.mean(true * np.log(pred) + (1 - true) * np.log(1 - pred))


def binary_focal(true, pred, alpha=0.25, gamma=2):
    seen = np.where(true > 0.5, pred, 1 - pred)
    factor = np.where(true > 0.5, alpha, 1 - alpha)
    return -np.mean(factor * (1 - seen) ** gamma * np.log(seen))


def categorical(true, pred, class_weights=1.0):
    return -np.mean(true * np.log(pred) * class_weights)


def categorical_focal(true, pred, alpha=0.25, gamma=2):
    return -np.mean(true * alpha * (1 - pred) ** gamma * np.log(pred))


def named(formula):
    return lambda **options: Old(formula, **options)


SM = SimpleNamespace(
    losses=SimpleNamespace(
        DiceLoss=named(of_regions(f_score)),
        JaccardLoss=named(of_regions(iou)),
        BinaryCELoss=named(binary),
        BinaryFocalLoss=named(binary_focal),
        CategoricalCELoss=named(categorical),
        CategoricalFocalLoss=named(categorical_focal),
        dice_loss=Old(of_regions(f_score)),
        binary_crossentropy=Old(binary),
        categorical_crossentropy=Old(categorical),
    )
)


@pytest.mark.parametrize(("title", "old", "new", "relation"), LINES)
def test_a_line_of_the_guide(title, old, new, relation):
    true, pred = MAPS[title]
    takes_ids = "Sparse" in new
    labels = true.argmax(axis=-1) if takes_ids else true
    now = float(eval(new, {"losses": losses})(labels, pred.astype("float32")))
    before = eval(old, {"sm": SM, "np": np})(true, pred)
    assert before == pytest.approx(eval(relation, {"new": now}), rel=1e-5)


def test_every_line_is_run():
    lines = re.findall(r"^\| `sm\.", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(LINES) == len(lines) > 10


def test_the_weights_of_a_perfect_prediction():
    """Its score is the mean of the weights there, and 1 here."""
    true = MAPS["Several classes"][0]
    weights = np.array([1, 2, 3])
    old = SM.losses.DiceLoss(class_weights=weights)
    assert old(true, true) == pytest.approx(-1)
    assert float(losses.Dice(class_weight=[1, 2, 3])(true, true.astype("float32"))) == 0


def test_the_sum_of_the_guide_trains_and_is_found_again(tmp_path):
    [code] = re.findall(r"```python\n(.+?)```", PAGE.read_text("utf-8"), re.DOTALL)
    true, pred = MAPS["One class"]
    same = keras.layers.Dense(1, kernel_initializer="ones")
    model = keras.Sequential([keras.Input(pred.shape[1:]), same])
    names = {"model": model}
    exec(code, names)
    expected = losses.jaccard(true, pred) + losses.binary_focal(true, pred)
    seen = model.evaluate(pred, true, verbose=0)
    assert seen == pytest.approx(float(np.mean(expected)), rel=1e-5)
    model.fit(pred, true, verbose=0)
    assert model.evaluate(pred, true, verbose=0) < seen
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.evaluate(pred, true, verbose=0) == pytest.approx(
        model.evaluate(pred, true, verbose=0)
    )
