"""Jaccard by hand. The sum that gives each number stands beside it."""

from math import log

import numpy as np
import pytest
from hypothesis import given as drawn, settings, strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import jaccard_score

import losses
from losses.evidence.outcomes import Returns
from tests.catalog.segmentation.common import REFUSED, examples
from tests.catalog.segmentation.maps import (
    counted,
    label_maps,
    masks,
    mean_over_classes,
    one_hot as in_classes,
)
from tests.differences import close, drawn_times, gradient, slope, values
from tests.hand import assert_gives, given

LOSS = losses.jaccard
LN3 = log(3)
MASK, HALF_RIGHT = [[[1, 1, 0, 0]]], [[[1.0, 0.0, 1.0, 0.0]]]  # 1 in both, 3 in either
MASK_4D, HALF_RIGHT_4D = [[[[1], [1], [0], [0]]]], [[[[1.0], [0.0], [1.0], [0.0]]]]
EMPTY, NOTHING = [[[0, 0]]], [[[0.0, 0.0]]]
TWO_IMAGES = (  # found, and missed
    [[[1, 1], [1, 1]], [[1, 0], [0, 0]]],
    [[[1.0, 1.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]],
)
# Class 0: 1 - (¼ + 1) / (1 + ¾ - ¼ + 1) = ½. Class 1: 1 - (½ + 1) / (1 + 5/4 - ½ + 1).
IDS, P = [[[0, 1]]], [[[[0.25, 0.75], [0.5, 0.5]]]]
LOGITS = [[[[0.0, LN3], [0.0, 0.0]]]]  # the same
P3 = [[[[0.25, 0.75], [0.5, 0.5], [0.9, 0.1]]]]
ONE_HOT, ONE_HOT_VOID = [[[[1, 0], [0, 1]]]], [[[[1, 0], [0, 1], [0, 0]]]]
BOTH = (1 / 2 + 5 / 11) / 2
NAN = float("nan")
LARGE = np.ones((1, 512, 512), "float16")  # 262144; float16 ends at 65504

HAND = [
    given(MASK, [[[1.0, 1.0, 0.0, 0.0]]], [0.0]),  # 1 - (2 + 1) / (2 + 1)
    given(MASK, HALF_RIGHT, [0.5]),  # 1 - (1 + 1) / (3 + 1)
    given(MASK, [[[0.0, 0.0, 1.0, 1.0]]], [0.8]),  # 1 - (0 + 1) / (4 + 1)
    given([[[1, 0]]], [[[0.5, 0.0]]], [0.25]),  # 1 - (½ + 1) / (1 + 1)
    given(MASK, HALF_RIGHT, [2 / 3], smooth=0),  # 1 - 1 / 3
    given(MASK, HALF_RIGHT, [1 / 3], smooth=3),  # 1 - (1 + 3) / (3 + 3)
    given([[[1, 0]], [[1, 0]]], [[[1.0, 0.0]], [[0.0, 1.0]]], [0.0, 1.0], smooth=0),
    given(LARGE, LARGE, [0.0]),
    # the channel axis on either side, on both; one and three spatial axes
    given(MASK, HALF_RIGHT_4D, [0.5]),
    given(MASK_4D, HALF_RIGHT, [0.5]),
    given(MASK_4D, HALF_RIGHT_4D, [0.5]),
    given([MASK_4D], [HALF_RIGHT_4D], [0.5]),
    given(MASK[0], HALF_RIGHT[0], [0.5]),
    # nothing to find
    given(EMPTY, NOTHING, [0.0]),  # 1 - (0 + 1) / (0 + 1)
    given(EMPTY, NOTHING, [0.0], smooth=0),
    given(EMPTY, [[[1.0, 0.0]]], [0.5]),  # 1 - (0 + 1) / (1 + 1)
    given(EMPTY, [[[1.0, 0.0]]], [1.0], smooth=0),  # 1 - 0 / 1
    given(EMPTY, NOTHING, [[[1.0, 1.0]]], "gradient"),  # Σp / (Σp + 1) at 0
    # N / D with N = 1 + p₂ - p₁ = 1, D = 1 + p₂ + 1 = 5/2: -1 / D, (D - N) / D²
    given([[[1, 0]]], [[[0.5, 0.5]]], [[[-0.4, 0.24]]], "gradient"),
    # logits 0 and ln 3 are ½ and ¾: 1 - (½ + 1) / (1 + 5/4 - ½ + 1)
    given([[[1, 0]]], [[[0.0, LN3]]], [5 / 11], from_logits=True),
    given([[[[1], [0]]]], [[[[0.0], [LN3]]]], [5 / 11], from_logits=True),
    given([[[1, 0]]], [[[100.0, -100.0]]], [0.0], from_logits=True),
    # several classes, in each form of the labels
    given(IDS, P, [BOTH]),
    given([[[[0], [1]]]], P, [BOTH]),
    given(ONE_HOT, P, [BOTH]),
    given([IDS], [P], [BOTH]),
    given([ONE_HOT], [P], [BOTH]),
    given(IDS, LOGITS, [BOTH], from_logits=True),
    given(ONE_HOT, LOGITS, [BOTH], from_logits=True),
    given(IDS, P, [(5 / 6 + 5 / 7) / 2], smooth=0),  # 1 - ¼ / 1½, 1 - ½ / 1¾
    given([[[1, 2]]], [[[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]]], [0.0]),
    # the background (3 of 4) and the pixel missed (0 of 1): (1/5 + 1/2) / 2
    given([[[0, 0, 0, 1]]], [[[[1.0, 0.0]] * 4]], [7 / 20]),
    # (1 · ½ + 3 · 5/11) / (1 + 3)
    given(IDS, P, [(1 / 2 + 15 / 11) / 4], class_weight=[1.0, 3.0]),
    given(ONE_HOT, P, [(1 / 2 + 15 / 11) / 4], class_weight=[1.0, 3.0]),
    given(IDS, P, [(1 / 2 + 15 / 11) / 4], class_weight={1: 3.0, 0: 1.0}),
    # without the second pixel: 1 - (½ + 1) / (1 + ½ + ½ - ½ + 1)
    given([[[1, 255, 0]]], [[[0.5, 1.0, 0.5]]], [0.4], ignore_class=255),
    given([[[[1], [255], [0]]]], [[[0.5, 1.0, 0.5]]], [0.4], ignore_class=255),
    given([[[0, 1, 255]]], P3, [BOTH], ignore_class=255),
    given([[[[0], [1], [255]]]], P3, [BOTH], ignore_class=255),
    given(ONE_HOT_VOID, P3, [BOTH], ignore_class=255),
    # only the second pixel: 1 - 1 / (½ + 1) and 1 - (½ + 1) / (1 + 1)
    given(IDS, P, [(1 / 3 + 1 / 4) / 2], ignore_class=0),
    given([[[255, 255]]], P, [0.0], ignore_class=255),
    given([[[255, 255]]], [[[0.5, 0.5]]], [0.0], ignore_class=255),
    given(*TWO_IMAGES, [0.0, 0.5]),  # 1 - 5/5, 1 - 1/2
    given(*TWO_IMAGES, [1 / 6, 1 / 6], over="batch"),  # 1 - (4 + 1) / (5 + 1)
    # class 0: 1 - (1 + 1) / (2 + 1), class 1: 1 - 1 / (1 + 1), in both
    given([[[0]], [[1]]], [[[[1.0, 0.0]]]] * 2, [5 / 12, 5 / 12], over="batch"),
    given([[[0]], [[1]]], [[[[1.0, 0.0]]]] * 2, [0.0, 0.5]),  # (½ + ½) / 2
    # no class 2
    given([[[0, 2]], IDS[0]], P * 2, [NAN, BOTH]),
    given([[[0, 2]]], P, NAN, "fit_xla"),
    given(*TWO_IMAGES, 0.25, "fit_eager"),  # (0 + ½) / 2
    given(*TWO_IMAGES, 0.25, "fit_graph"),
    given(*TWO_IMAGES, 0.25, "fit_xla"),
    given(*TWO_IMAGES, 0.25, "save_load"),
    given(*TWO_IMAGES, 1 / 6, "save_load", over="batch"),
    given(IDS, P, BOTH, "fit_xla"),
    given(  # the gradient above; 1 - (½ + 1) / (3/2 + 1) = 0.4
        [[[1, 0]]],
        [[[0.5, 0.5]]],
        Returns(0.4, step=(0.4**2 + 0.24**2) ** 0.5),
        "fit_graph",
    ),
    given([[[1, 0]]], [[[0.5, 0.5]]], 0.4, "mixed_float16"),
    given(*TWO_IMAGES, 0.0, "sample_weight", [1, 0]),  # (0 · 1 + ½ · 0) / 2
    given(*TWO_IMAGES, 0.25, "sample_weight", [0, 1]),  # (0 · 0 + ½ · 1) / 2
    *REFUSED,
]

EXAMPLES = examples()


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("jaccard", case)


def oracle(labels, y_pred, smooth=1.0, class_weight=None, **options):
    """Of the pixels that are in either, the share that is not in both."""
    found = []
    for image in counted(labels, y_pred, **options):
        unions = [hits + alarms + misses + smooth for hits, alarms, misses in image]
        shares = [
            (hits + smooth) / u if u else 1.0 for u, (hits, *_) in zip(unions, image)
        ]
        found.append([1 - share for share in shares])
    return mean_over_classes(found, class_weight)


@drawn(masks() | label_maps())
@settings(deadline=None, max_examples=drawn_times(100))
def test_the_slow_loop_agrees(drawn_maps):
    labels, y_pred, options = drawn_maps
    found = values(LOSS, labels, y_pred, **options)
    assert found == close(oracle(labels, y_pred, **options))


@drawn(masks() | label_maps())
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_gradient_is_the_slope_of_the_slow_loop(drawn_maps):
    labels, y_pred, options = drawn_maps
    found = gradient(LOSS, labels, y_pred, **options)
    found, expected = slope(found, oracle, labels, y_pred, **options)
    assert found == close(expected, rel=1e-4, abs=1e-6)


@drawn(masks())
@settings(deadline=None, max_examples=drawn_times(50))
def test_it_is_dice_drawn_out(drawn_masks):
    """j = 2 d / (1 + d); Dice counts the overlap twice, so its `smooth` is double."""
    mask, y_pred, options = drawn_masks
    found = values(LOSS, mask, y_pred, **options)
    options["smooth"] *= 2
    dice = values(losses.dice, mask, y_pred, **options)
    assert found == close(2 * dice / (1 + dice))


def test_of_several_classes_each_is_dice_drawn_out():
    # dice 5/7 and 5/9, so 10/12 and 10/14; the mean of the two is no such function
    assert values(LOSS, IDS, P, smooth=0) == pytest.approx([(5 / 6 + 5 / 7) / 2])
    dice = values(losses.dice, IDS, P, smooth=0)
    assert dice == pytest.approx([(5 / 7 + 5 / 9) / 2])
    assert values(LOSS, IDS, P, smooth=0) != pytest.approx(2 * dice / (1 + dice))


@drawn(arrays(int, (2, 3, 2, 2), elements=st.integers(0, 2)))
@settings(deadline=None, max_examples=drawn_times(50))
def test_hard_label_maps_agree_with_scikit_learn(drawn_ids):
    """Where `zero_division` is 1, as it is here without `smooth`."""
    true, pred = drawn_ids
    found = values(LOSS, true, in_classes(pred, 3), smooth=0)
    expected = [
        1
        - jaccard_score(
            t.ravel(), p.ravel(), labels=[0, 1, 2], average="macro", zero_division=1
        )
        for t, p in zip(true, pred)
    ]
    assert found == close(expected, abs=1e-6)


def test_the_value_that_monai_gives():
    # MONAI, tests/losses/test_dice_loss.py, `jaccard=True`. It doubles the areas and
    # adds 1e-5, so half of that here.
    logits, mask = [[[1.0, -1.0], [-1.0, 1.0]]], [[[1, 0], [1, 1]]]
    found = values(LOSS, mask, np.array(logits), from_logits=True, smooth=5e-6)
    assert found == pytest.approx([0.470451], rel=1e-5)
