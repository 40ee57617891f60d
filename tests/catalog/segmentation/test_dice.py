"""Dice by hand. The sum that gives each number stands beside it."""

from math import log

import numpy as np
import pytest
from hypothesis import given as drawn, settings

import losses
from losses.evidence.outcomes import Raises, Returns
from tests.catalog.segmentation.common import REFUSED, examples
from tests.catalog.segmentation.maps import (
    counted,
    label_maps,
    masks,
    mean_over_classes,
)
from tests.differences import close, drawn_times, gradient, slope, values
from tests.hand import assert_gives, given

LOSS = losses.dice
LN3 = log(3)
MASK, HALF_RIGHT = [[[1, 1, 0, 0]]], [[[1.0, 0.0, 1.0, 0.0]]]
MASK_4D, HALF_RIGHT_4D = [[[[1], [1], [0], [0]]]], [[[[1.0], [0.0], [1.0], [0.0]]]]
EMPTY, NOTHING = [[[0, 0]]], [[[0.0, 0.0]]]
TWO_IMAGES = (  # found, and missed
    [[[1, 1], [1, 1]], [[1, 0], [0, 0]]],
    [[[1.0, 1.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]],
)
# Class 0: 1 - (2·¼ + 1) / (1 + ¾ + 1) = 5/11. Class 1: 1 - (2·½ + 1) / (1 + 5/4 + 1).
IDS, P = [[[0, 1]]], [[[[0.25, 0.75], [0.5, 0.5]]]]
LOGITS = [[[[0.0, LN3], [0.0, 0.0]]]]  # the same
P3 = [[[[0.25, 0.75], [0.5, 0.5], [0.9, 0.1]]]]
ONE_HOT, ONE_HOT_VOID = [[[[1, 0], [0, 1]]]], [[[[1, 0], [0, 1], [0, 0]]]]
BOTH = (5 / 11 + 5 / 13) / 2
NAN = float("nan")
LARGE = np.ones((1, 512, 512), "float16")  # 262144; float16 ends at 65504

HAND = [
    given(MASK, [[[1.0, 1.0, 0.0, 0.0]]], [0.0]),  # 1 - (2·2 + 1) / (2 + 2 + 1)
    given(MASK, HALF_RIGHT, [0.4]),  # 1 - (2·1 + 1) / (2 + 2 + 1)
    given(MASK, [[[0.0, 0.0, 1.0, 1.0]]], [0.8]),  # 1 - (2·0 + 1) / (2 + 2 + 1)
    given([[[1, 0]]], [[[0.5, 0.0]]], [0.2]),  # 1 - (2·½ + 1) / (1 + ½ + 1)
    given(MASK, HALF_RIGHT, [0.5], smooth=0),  # 1 - 2·1 / (2 + 2)
    given(MASK, HALF_RIGHT, [2 / 7], smooth=3),  # 1 - (2·1 + 3) / (2 + 2 + 3)
    given([[[1, 1], [0, 0]]], [[[1.0, 1.0], [1.0, 1.0]]], [2 / 7]),  # 1 - 5 / 7
    given(LARGE, LARGE, [0.0]),
    # the channel axis on either side, on both, on none; one and three spatial axes
    given(MASK, HALF_RIGHT_4D, [0.4]),
    given(MASK_4D, HALF_RIGHT, [0.4]),
    given(MASK_4D, HALF_RIGHT_4D, [0.4]),
    given([MASK_4D], [HALF_RIGHT_4D], [0.4]),
    given([MASK], [HALF_RIGHT_4D], [0.4]),
    given(MASK[0], HALF_RIGHT[0], [0.4]),
    given(
        [[[1, 0], [0, 0]], [[0, 0], [0, 1]]],
        [[[[1.0], [0.0]], [[0.0], [0.0]]], [[[0.0], [0.0]], [[0.0], [1.0]]]],
        [0.0, 0.0],
    ),
    # nothing to find
    given(EMPTY, NOTHING, [0.0]),  # 1 - (0 + 1) / (0 + 0 + 1)
    given(EMPTY, NOTHING, [0.0], smooth=0),
    given(EMPTY, [[[1.0, 0.0]]], [0.5]),  # 1 - (0 + 1) / (0 + 1 + 1)
    given(EMPTY, [[[1.0, 0.0]]], [1.0], smooth=0),  # 1 - 0 / 1
    given(EMPTY, NOTHING, [[[1.0, 1.0]]], "gradient"),  # Σp / (Σp + 1) at 0
    # N / D with N = 1 + p₂ - p₁ = 1, D = 2 + p₁ + p₂ = 3: (-D - N) / D², (D - N) / D²
    given([[[1, 0]]], [[[0.5, 0.5]]], [[[-4 / 9, 2 / 9]]], "gradient"),
    # logits 0 and ln 3 are ½ and ¾: 1 - (2·½ + 1) / (1 + 5/4 + 1)
    given([[[1, 0]]], [[[0.0, LN3]]], [5 / 13], from_logits=True),
    given([[[[1], [0]]]], [[[[0.0], [LN3]]]], [5 / 13], from_logits=True),
    given([[[1, 0]]], [[[100.0, -100.0]]], [0.0], from_logits=True),
    # several classes, in each form of the labels
    given(IDS, P, [BOTH]),
    given([[[[0], [1]]]], P, [BOTH]),
    given(ONE_HOT, P, [BOTH]),
    given([IDS], [P], [BOTH]),
    given([ONE_HOT], [P], [BOTH]),
    given(IDS, LOGITS, [BOTH], from_logits=True),
    given(ONE_HOT, LOGITS, [BOTH], from_logits=True),
    given(IDS, P, [(5 / 7 + 5 / 9) / 2], smooth=0),  # 1 - ½ / 1¾, 1 - 1 / 2¼
    given([[[1, 2]]], [[[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]]], [0.0]),
    # the background (2·3 of 3 + 4) and the pixel missed (0 of 1): (1/8 + 1/2) / 2
    given([[[0, 0, 0, 1]]], [[[[1.0, 0.0]] * 4]], [5 / 16]),
    given([[[[1, 0]] * 3 + [[0, 1]]]], [[[[1.0, 0.0]] * 4]], [5 / 16]),
    # (1 · 5/11 + 3 · 5/13) / (1 + 3)
    given(IDS, P, [(5 / 11 + 15 / 13) / 4], class_weight=[1.0, 3.0]),
    given(ONE_HOT, P, [(5 / 11 + 15 / 13) / 4], class_weight=[1.0, 3.0]),
    given(IDS, P, [(5 / 11 + 15 / 13) / 4], class_weight={1: 3.0, 0: 1.0}),
    # without the second pixel: 1 - (2·½ + 1) / (1 + ½ + ½ + 1)
    given([[[1, 255, 0]]], [[[0.5, 1.0, 0.5]]], [1 / 3], ignore_class=255),
    given([[[[1], [255], [0]]]], [[[0.5, 1.0, 0.5]]], [1 / 3], ignore_class=255),
    given([[[0, 1, 255]]], P3, [BOTH], ignore_class=255),
    given([[[[0], [1], [255]]]], P3, [BOTH], ignore_class=255),
    given(ONE_HOT_VOID, P3, [BOTH], ignore_class=255),
    # only the second pixel: 1 - 1 / (0 + ½ + 1) and 1 - (2·½ + 1) / (1 + ½ + 1)
    given(IDS, P, [(1 / 3 + 1 / 5) / 2], ignore_class=0),
    given(ONE_HOT, P, [(1 / 3 + 1 / 5) / 2], ignore_class=0),
    given([[[255, 255]]], P, [0.0], ignore_class=255),
    given([[[255, 255]]], [[[0.5, 0.5]]], [0.0], ignore_class=255),
    given(*TWO_IMAGES, [0.0, 0.5]),  # 1 - 9/9, 1 - 1/2
    given(*TWO_IMAGES, [0.1, 0.1], over="batch"),  # 1 - (2·4 + 1) / (5 + 4 + 1)
    # class 0: 1 - (2·1 + 1) / (1 + 2 + 1), class 1: 1 - 1 / (1 + 0 + 1), in both
    given([[[0]], [[1]]], [[[[1.0, 0.0]]]] * 2, [3 / 8, 3 / 8], over="batch"),
    given([[[0]], [[1]]], [[[[1.0, 0.0]]]] * 2, [0.0, 0.5]),  # (½ + ½) / 2
    # no class 2, no class -1
    given([[[0, 2]], IDS[0]], P * 2, [NAN, BOTH]),
    given([[[0, -1]], IDS[0]], P * 2, [NAN, BOTH]),
    given([[[0, 2]]], P, NAN, "fit_xla"),
    given(*TWO_IMAGES, 0.25, "fit_eager"),  # (0 + ½) / 2
    given(*TWO_IMAGES, 0.25, "fit_graph"),
    given(*TWO_IMAGES, 0.25, "fit_xla"),
    given(*TWO_IMAGES, 0.25, "save_load"),
    given(*TWO_IMAGES, 0.1, "save_load", over="batch"),
    given(IDS, P, BOTH, "fit_xla"),
    given(  # the gradient above: √(16 + 4) / 9; 1 - (2·½ + 1) / (1 + 1 + 1) = 1/3
        [[[1, 0]]], [[[0.5, 0.5]]], Returns(1 / 3, step=20**0.5 / 9), "fit_graph"
    ),
    # half precision has three digits, so the step is not held to five
    given([[[1, 0]]], [[[0.5, 0.5]]], 1 / 3, "mixed_float16"),
    given(*TWO_IMAGES, 0.0, "sample_weight", [1, 0]),  # (0 · 1 + ½ · 0) / 2
    given(*TWO_IMAGES, 0.25, "sample_weight", [0, 1]),  # (0 · 0 + ½ · 1) / 2
    given(IDS, P, Raises("TypeError", "only 0-dimensional"), "class_weight"),
    given(
        [[[[1, 0, 0], [0, 1, 0]]]], P, Raises("ValueError", "one-hot labels of shape")
    ),
    *REFUSED,
]

EXAMPLES = examples()


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("dice", case)


def oracle(labels, y_pred, smooth=1.0, class_weight=None, **options):
    """Twice what is in both, of what is in the one and in the other."""
    found = []
    for image in counted(labels, y_pred, **options):
        sizes = [2 * hits + alarms + misses + smooth for hits, alarms, misses in image]
        shares = [
            (2 * hits + smooth) / n if n else 1.0 for n, (hits, *_) in zip(sizes, image)
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


def test_wrong_probabilities_learn():
    # N / D at p₁ = 0, p₂ = 1 with N = 1 + p₂ - p₁ = 2, D = 2 + p₁ + p₂ = 3
    found = gradient(LOSS, [[[1, 0]]], np.array([[[0.0, 1.0]]]))
    assert found == pytest.approx(np.array([[[-5 / 9, 1 / 9]]]))


def test_a_false_alarm_in_an_empty_image_costs_and_is_unlearned():
    alarm = np.array([[[0.5, 0.0]]])
    assert values(LOSS, EMPTY, alarm) == pytest.approx([1 / 3])  # 1 - 1 / (½ + 1)
    assert gradient(LOSS, EMPTY, alarm) == pytest.approx(4 / 9)  # 1 / (½ + 1)²


def test_a_large_mask_in_half_precision():
    # 1 - (2·131072 + 1) / (262144 + 131072 + 1)
    expected = pytest.approx([131072 / 393217])
    assert values(LOSS, LARGE, 0.5 * LARGE) == expected
    assert values(LOSS, LARGE[..., None], 0.5 * LARGE[..., None]) == expected
