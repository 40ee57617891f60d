"""Generalized Dice by hand. The sum that gives each number stands beside it."""

from math import log

import numpy as np
import pytest
from hypothesis import given as drawn, settings

import losses
from losses.evidence.outcomes import Returns
from tests.catalog.segmentation.common import REFUSED
from tests.catalog.segmentation.maps import counted, label_maps, masks
from tests.differences import close, drawn_times, gradient, slope, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, one_hot, probabilities, void

LOSS = losses.generalized_dice
LN3 = log(3)
# Class 0: Σ t·p = 2, Σ t = 3, Σ p = 5/2; class 1: 1/2, 1, 3/2. Weights 1/9 and 1:
# 1 - 2 (2/9 + 1/2) / (11/18 + 5/2) = 1 - 26/56
IDS, P = [[[0, 0, 0, 1]]], [[[[0.75, 0.25]] * 2 + [[0.5, 0.5]] * 2]]
LOGITS = [[[[LN3, 0.0]] * 2 + [[0.0, 0.0]] * 2]]  # the same
P5 = [[[[0.75, 0.25]] * 2 + [[0.5, 0.5]] * 2 + [[0.9, 0.1]]]]
ONE_HOT = [[[[1, 0]] * 3 + [[0, 1]]]]
ONE_HOT_VOID = [[[[1, 0]] * 3 + [[0, 1]] + [[0, 0]]]]
BOTH = 15 / 28
EVEN = [[[[0.5, 0.5]] * 4]]
MASK, ONE_FOUND = [[[1, 1, 1, 0]]], [[[1.0, 0.0, 0.0, 1.0]]]
EMPTY, NOTHING = [[[0, 0]]], [[[0.0, 0.0]]]
# The same pixels as above. The first image has class 0 only, the second one of each.
TWO_IMAGES = [[[0, 0]], [[0, 1]]], [[[[0.75, 0.25]] * 2], [[[0.5, 0.5]] * 2]]
NAN = float("nan")

HAND = [
    given(IDS, P, [BOTH]),
    given(IDS, P, [BOTH], smooth=0),
    given(IDS, P, [6 / 13], smooth=0.5),  # 1 - (26/18 + 1/2) / (56/18 + 1/2)
    given(IDS, P, [15 / 37], smooth=1),  # 1 - (26/18 + 1) / (56/18 + 1)
    given(IDS, EVEN, [5 / 8]),  # 1 - 2 (1.5/9 + 0.5) / (5/9 + 3)
    given(IDS, [[[[1.0, 0.0]] * 3 + [[0.0, 1.0]]]], [0.0]),
    # 1 - (2 · 3/9) / (7/9 + 1): the one pixel missed counts as the three found
    given(IDS, [[[[1.0, 0.0]] * 4]], [5 / 8]),
    given([[[1, 2]]], [[[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]]], [0.0]),
    # each form of the labels, one and three spatial axes, logits
    given([[[[0], [0], [0], [1]]]], P, [BOTH]),
    given(ONE_HOT, P, [BOTH]),
    given([IDS], [P], [BOTH]),
    given([ONE_HOT], [P], [BOTH]),
    given([[0, 0, 0, 1]], P[0], [BOTH]),
    given(IDS, LOGITS, [BOTH], from_logits=True),
    given(ONE_HOT, LOGITS, [BOTH], from_logits=True),
    given([[[0, 1]]], [[[[100.0, -100.0], [-100.0, 100.0]]]], [0.0], from_logits=True),
    # N = 20/9 of D = 32/9; a pixel changes it by w ((1 - 2 t) D - N) / D²: in class 0
    # -52/1024 where it is and 12/1024 where it is not, in class 1 nine times that
    given(
        IDS,
        EVEN,
        [[[[-13 / 256, 27 / 256]] * 3 + [[3 / 256, -117 / 256]]]],
        "gradient",
    ),
    # a class that is absent weighs 1/4, as the other: 1 - 2 · 1.8/4 / (3.8/4 + 0.2/4)
    given([[[0, 0]]], [[[[0.9, 0.1]] * 2]], [0.1]),
    given([[[[1, 0]] * 2]], [[[[0.9, 0.1]] * 2]], [0.1]),
    # and here 1, as the rarer one: 1 - 2 (1.5/9 + 0.5) / (4.75/9 + 2.25 + 1)
    given(IDS, [[[[0.5, 0.25, 0.25]] * 3 + [[0.25, 0.5, 0.25]]]], [11 / 17], smooth=0),
    given([[[0, 0, 0, 0]]], EVEN, [0.5]),  # 1 - 2 · 2/16 / (6/16 + 2/16)
    given([[[0] * 10] * 10], [[[[0.0, 1.0]] * 10] * 10], [1 - 1e-6 / (0.02 + 1e-6)]),
    given([[[[1, 0]] * 10] * 10], [[[[0.0, 1.0]] * 10] * 10], [1.0], smooth=0),
    # one class: the weight, 1/9, shows beside `smooth` alone
    given(MASK, ONE_FOUND, [3 / 5], smooth=0),  # 1 - 2 / 5
    given(MASK, ONE_FOUND, [3 / 14], smooth=1),  # 1 - (2/9 + 1) / (5/9 + 1)
    given([[[[1], [1], [1], [0]]]], ONE_FOUND, [3 / 14], smooth=1),
    given(EMPTY, NOTHING, [0.0]),
    given(EMPTY, NOTHING, [0.0], smooth=0),
    given(EMPTY, [[[1.0, 0.0]]], [1.0], smooth=0),  # 1 - 0 / 1
    given(EMPTY, [[[1.0, 0.0]]], [0.5], smooth=1),  # 1 - 1 / (1 + 1)
    given(EMPTY, NOTHING, [[[1.0, 1.0]]], "gradient", smooth=1),  # Σp / (Σp + 1) at 0
    # weights 1/9 and 3: 1 - 2 (2/9 + 3/2) / (11/18 + 15/2) = 1 - 62/146
    given(IDS, P, [42 / 73], class_weight=[1.0, 3.0]),
    given(ONE_HOT, P, [42 / 73], class_weight=[1.0, 3.0]),
    given(IDS, P, [42 / 73], class_weight={1: 3.0, 0: 1.0}),
    # weights 1/3 and 1: 1 - 2 (2/3 + 1/2) / (11/6 + 5/2) = 1 - 14/26
    given(IDS, P, [6 / 13], class_weight=[3.0, 1.0]),
    # only their ratio matters, but for `smooth`: 1 - (26/9 + 1) / (56/9 + 1)
    given(IDS, P, [BOTH], class_weight=[2.0, 2.0]),
    given(IDS, P, [6 / 13], class_weight=[2.0, 2.0], smooth=1),
    given([[[0, 0, 0, 1, 255]]], P5, [BOTH], ignore_class=255),
    given(ONE_HOT_VOID, P5, [BOTH], ignore_class=255),
    # only the last pixel: weights 1 and 1, 1 - 2 · ½ / (½ + 3/2)
    given(IDS, P, [0.5], ignore_class=0),
    given([[[255, 255, 255, 255]]], P, [0.0], ignore_class=255),
    given(
        [[[255, 255, 255, 255]]], P, [[[[0.0, 0.0]] * 4]], "gradient", ignore_class=255
    ),
    # 1 - 2 · 1.5/4 / (3.5/4 + 0.5/4), 1 - 2 (½ + ½) / (2 + 2)
    given(*TWO_IMAGES, [0.25, 0.5]),
    given(*TWO_IMAGES, [BOTH, BOTH], over="batch"),
    # no class 2, no class -1
    given([[[0, 2]], [[0, 1]]], [[[[0.5, 0.5]] * 2]] * 2, [NAN, 0.5]),
    given([[[0, -1]], [[0, 1]]], [[[[0.5, 0.5]] * 2]] * 2, [NAN, 0.5]),
    given([[[0, 2]]], [[[[0.5, 0.5]] * 2]], NAN, "fit_xla"),
    given(*TWO_IMAGES, 0.375, "fit_eager"),  # (¼ + ½) / 2
    given(*TWO_IMAGES, 0.375, "fit_graph"),
    given(*TWO_IMAGES, 0.375, "fit_xla"),
    given(*TWO_IMAGES, 0.375, "save_load"),
    given(*TWO_IMAGES, BOTH, "save_load", over="batch"),
    given(IDS, P, 15 / 37, "save_load", smooth=1),
    given(  # the gradient above
        IDS,
        EVEN,
        Returns(5 / 8, step=(3 * 13**2 + 3 * 27**2 + 3**2 + 117**2) ** 0.5 / 256),
        "fit_graph",
    ),
    given(IDS, EVEN, 5 / 8, "mixed_float16"),
    given(*TWO_IMAGES, 0.125, "sample_weight", [1, 0]),  # (¼ · 1 + ½ · 0) / 2
    given(*TWO_IMAGES, 0.25, "sample_weight", [0, 1]),  # (¼ · 0 + ½ · 1) / 2
    *REFUSED,
]

EXAMPLES = [
    (ids(3, 4, 6, 5), probabilities(4, 6, 5, 3), {}),
    (
        void(ids(3, 4, 6, 5)),
        normal(4, 6, 5, 3),
        {
            "smooth": 0.01,
            "from_logits": True,
            "ignore_class": 255,
            "class_weight": [1.0, 2.0, 3.0],
        },
    ),
    (one_hot(3, 4, 6, 5), probabilities(4, 6, 5, 3), {"over": "batch"}),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("generalized_dice", case)


def oracle(labels, y_pred, smooth=1e-6, class_weight=None, **options):
    """One image after the other, one class after the other."""
    found = []
    for image in counted(labels, y_pred, **options):
        areas = [hits + misses for hits, _, misses in image]
        known = [1 / area**2 for area in areas if area > 0]
        above = below = smooth
        for number, (hits, alarms, misses) in enumerate(image):
            area = areas[number]
            weight = 1 / area**2 if area > 0 else max(known, default=1.0)
            weight *= class_weight[number] if class_weight else 1.0
            above += weight * 2 * hits
            below += weight * (2 * hits + alarms + misses)
        found.append(1 - above / below if below else 0.0)
    return np.array(found)


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
def test_of_one_class_it_is_dice(drawn_masks):
    mask, y_pred, options = drawn_masks
    options |= {"smooth": 0, "class_weight": None}
    found = values(LOSS, mask, y_pred, **options)
    assert found == close(values(losses.dice, mask, y_pred, **options))


def test_classes_of_one_size_weigh_the_same():
    # 1 - 2 Σ t·p / Σ (t + p) over all classes: 1 - 2 (¼ + ½) / (1¾ + 2¼)
    y_pred = np.array([[[[0.25, 0.75], [0.5, 0.5]]]])
    assert values(LOSS, [[[0, 1]]], y_pred, smooth=0) == pytest.approx([5 / 8])


def test_smooth_must_be_small_where_images_are_large():
    """51² of 512² pixels are missed: 0.98 and 0.0004, as the docstring says."""
    labels = np.zeros((1, 512, 512), "int32")
    labels[:, :51, :51] = 1
    nothing = np.zeros((1, 512, 512, 2), "float32")
    nothing[..., 0] = 1
    small, large = 51**2, 512**2 - 51**2
    # class 0: large found of large and 512²; class 1: none of small
    above, below = 2 / large, (large + 512**2) / large**2 + 1 / small
    for smooth, rounded in ((1e-6, 0.98), (1.0, 0.0004)):
        found = values(LOSS, labels, nothing, smooth=smooth)
        assert found == pytest.approx(
            [1 - (above + smooth) / (below + smooth)], rel=1e-3
        )
        assert found == pytest.approx([rounded], rel=0.05)
    assert values(LOSS, labels, nothing) == pytest.approx([0.98], rel=0.005)


def test_faint_labels_are_finite():
    """1 / (Σ t)² of a mask of 1e-25 is beyond single precision."""
    y_true = np.array([[[[1.0, 1e-25], [1.0, 1e-25]]]], "float32")
    y_pred = np.array([[[[0.5, 0.5], [0.5, 0.5]]]], "float32")
    assert values(LOSS, y_true, y_pred) == pytest.approx([1.0])
    assert np.isfinite(gradient(LOSS, y_true, y_pred)).all()


def test_the_values_that_monai_gives():
    # MONAI, tests/losses/test_generalized_dice_loss.py; it adds up as is done here.
    logits = np.zeros((2, 3, 2))
    logits[0] = [[-1, 1], [0, 0], [1, -1]]
    given = {"from_logits": True, "smooth": 1e-4}
    found = values(LOSS, [[1, 0, 0], [1, 1, 0]], logits, **given)
    assert found == pytest.approx([0.273476, 0.555539], rel=1e-5)
    masks = [[[1, 1], [1, 1]], [[1, 0], [1, 0]]]
    found = values(LOSS, masks, np.array([[[1.0, -1.0], [-1.0, 1.0]]] * 2), **given)
    assert found.mean() == pytest.approx(0.416597, rel=1e-5)
