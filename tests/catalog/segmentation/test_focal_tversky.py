"""Focal Tversky by hand. The sum that gives each number stands beside it."""

from math import log

import numpy as np
import pytest
from hypothesis import given as drawn, settings, strategies as st

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

LOSS = losses.focal_tversky
LN3 = log(3)
# 1 hit, 1 false alarm, 2 misses
MASK, ONE_FOUND = [[[1, 1, 1, 0]]], [[[1.0, 0.0, 0.0, 1.0]]]
MASK_4D, ONE_FOUND_4D = [[[[1], [1], [1], [0]]]], [[[[1.0], [0.0], [0.0], [1.0]]]]
EMPTY, NOTHING = [[[0, 0]]], [[[0.0, 0.0]]]
TWO_IMAGES = (  # found, and missed
    [[[1, 1], [1, 1]], [[1, 0], [0, 0]]],
    [[[1.0, 1.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]],
)
# Class 0: ¼ hit, ½ false alarm, ¾ missed; class 1: ½, ¾ and ½. With 0.3 and 0.7:
# 0.15 + 0.525 of 0.25 + 0.675 + 1, and 0.225 + 0.35 of 0.5 + 0.575 + 1.
IDS, P = [[[0, 1]]], [[[[0.25, 0.75], [0.5, 0.5]]]]
LOGITS = [[[[0.0, LN3], [0.0, 0.0]]]]  # the same
P3 = [[[[0.25, 0.75], [0.5, 0.5], [0.9, 0.1]]]]
ONE_HOT, ONE_HOT_VOID = [[[[1, 0], [0, 1]]]], [[[[1, 0], [0, 1], [0, 0]]]]
CLASS_0, CLASS_1 = 0.675 / 1.925, 0.575 / 2.075
BOTH = (CLASS_0**0.75 + CLASS_1**0.75) / 2
ROOTS = (CLASS_0**0.5 + CLASS_1**0.5) / 2
UNLIKE = {"alpha": 0.3, "beta": 0.7}
NAN = float("nan")
STEEPEST = 2**5.75  # of the line from 2⁻²³ to 0: (2⁻²³)^(¾ - 1)

HAND = [
    given(MASK, [[[1.0, 1.0, 1.0, 0.0]]], [0.0]),  # (1 - 4/4)^¾
    given(MASK, ONE_FOUND, [(3 / 7) ** 0.75]),  # 1 - (1 + 1) / (1 + ½ + 1 + 1)
    given([[[1, 1, 0, 0]]], [[[1.0, 0.0, 1.0, 0.0]]], [(1 / 3) ** 0.75]),  # 1 - 2/3
    given(MASK, ONE_FOUND, [3 / 7], gamma=1),
    given(MASK, ONE_FOUND, [(3 / 7) ** 0.5], gamma=2),
    given(MASK, ONE_FOUND, [(3 / 7) ** 2], gamma=0.5),
    given(MASK, ONE_FOUND, [(17 / 37) ** 0.75], **UNLIKE),  # 2 / (1 + 0.3 + 1.4 + 1)
    given(MASK, ONE_FOUND, [(13 / 33) ** 0.75], alpha=0.7, beta=0.3),
    given(MASK, ONE_FOUND, [(1 / 2) ** 0.75], alpha=1.0),  # 1 - 2 / (1 + 1 + 1 + 1)
    given(MASK, ONE_FOUND, [(5 / 9) ** 0.75], beta=1.0),  # 1 - 2 / (1 + ½ + 2 + 1)
    # 1 - 1 / (1 + 0.3 + 1.4), 1 - 4 / (2.7 + 3)
    given(MASK, ONE_FOUND, [(17 / 27) ** 0.75], smooth=0, **UNLIKE),
    given(MASK, ONE_FOUND, [(17 / 57) ** 0.75], smooth=3, **UNLIKE),
    # one spatial axis, three of them, and the channel axis on one side
    given(MASK[0], ONE_FOUND[0], [(3 / 7) ** 0.75]),
    given([MASK_4D], [ONE_FOUND_4D], [(3 / 7) ** 0.75]),
    given(MASK, ONE_FOUND_4D, [(3 / 7) ** 0.75]),
    # nothing to find
    given(EMPTY, NOTHING, [0.0]),
    given(EMPTY, NOTHING, [0.0], smooth=0),
    given(EMPTY, [[[1.0, 0.0]]], [(3 / 13) ** 0.75], **UNLIKE),  # 1 - 1 / (0.3 + 1)
    given(EMPTY, [[[1.0, 0.0]]], [1.0], smooth=0),
    # N / D with N = 0.3 p₂ + 0.7 (1 - p₁) = ½ and D = p₁ + N + 1 = 2 is ¼, its slopes
    # (-0.7 D - 0.3 N) / D² and (0.3 D - 0.3 N) / D²; that of the root is 1 at ¼
    given([[[1, 0]]], [[[0.5, 0.5]]], [0.5], gamma=2, **UNLIKE),
    given(
        [[[1, 0]]], [[[0.5, 0.5]]], [[[-0.3875, 0.1125]]], "gradient", gamma=2, **UNLIKE
    ),
    # the slope of ¼^¾ is ¾ · ¼^(-¼) = 0.75 √2
    given(
        [[[1, 0]]],
        [[[0.5, 0.5]]],
        [[[-0.3875 * 0.75 * 2**0.5, 0.1125 * 0.75 * 2**0.5]]],
        "gradient",
        **UNLIKE,
    ),
    # found exactly: N = 0 and D = 2, so the slopes are ∓½ / 2
    given(
        [[[1, 0]]],
        [[[1.0, 0.0]]],
        [[[-0.25 * STEEPEST, 0.25 * STEEPEST]]],
        "gradient",
    ),
    given(EMPTY, NOTHING, [[[0.5 * STEEPEST, 0.5 * STEEPEST]]], "gradient"),
    given([[[1, 0]]], [[[1.0, 0.0]]], [[[-0.25, 0.25]]], "gradient", gamma=1),
    # logits 0 and ln 3 are ½ and ¾: 0.3 · ¾ + 0.7 · ½ of ½ + 0.575 + 1
    given([[[1, 0]]], [[[0.0, LN3]]], [CLASS_1**0.75], from_logits=True, **UNLIKE),
    given([[[1, 0]]], [[[100.0, -100.0]]], [0.0], from_logits=True),
    given(
        [[[1, 0]]], [[[100.0, -100.0]]], [[[0.0, 0.0]]], "gradient", from_logits=True
    ),
    # several classes, in each form of the labels
    given(IDS, P, [((1 / 3) ** 0.75 + (5 / 17) ** 0.75) / 2]),  # 0.625 of 1.875, 2.125
    given(IDS, P, [BOTH], **UNLIKE),
    given([[[[0], [1]]]], P, [BOTH], **UNLIKE),
    given(ONE_HOT, P, [BOTH], **UNLIKE),
    given([IDS], [P], [BOTH], **UNLIKE),
    given(IDS, LOGITS, [BOTH], from_logits=True, **UNLIKE),
    given(IDS, P, [ROOTS], gamma=2, **UNLIKE),
    # the background (3 of 4), 1 - 4 / (3 + ½ + 1), and the pixel missed, 1 - 1 / 1½
    given(
        [[[[1, 0]] * 3 + [[0, 1]]]],
        [[[[1.0, 0.0]] * 4]],
        [((1 / 9) ** 0.75 + (1 / 3) ** 0.75) / 2],
    ),
    # (1 · class 0 + 3 · class 1) / (1 + 3), each raised to its power before
    given(
        IDS,
        P,
        [(CLASS_0**0.75 + 3 * CLASS_1**0.75) / 4],
        class_weight=[1.0, 3.0],
        **UNLIKE,
    ),
    # without the second pixel: 0.3 · ½ + 0.7 · ½ of ½ + ½ + 1
    given(
        [[[1, 255, 0]]], [[[0.5, 1.0, 0.5]]], [0.25**0.75], ignore_class=255, **UNLIKE
    ),
    given([[[0, 1, 255]]], P3, [BOTH], ignore_class=255, **UNLIKE),
    given(ONE_HOT_VOID, P3, [BOTH], ignore_class=255, **UNLIKE),
    given([[[255, 255]]], P, [0.0], ignore_class=255),
    given([[[255, 255]]], P, [[[[0.0, 0.0]] * 2]], "gradient", ignore_class=255),
    given(*TWO_IMAGES, [0.0, (1 / 3) ** 0.75]),  # 1 - 1 / (½ + 1)
    given(*TWO_IMAGES, [0.0, (7 / 17) ** 0.75], **UNLIKE),  # 1 - 1 / (0.7 + 1)
    given(*TWO_IMAGES, [(1 / 11) ** 0.75] * 2, over="batch"),  # 1 - 5 / (4 + ½ + 1)
    # class 0: 1 hit, 1 false alarm: 0.3 / 2.3, class 1: a miss: 0.7 / 1.7, in both
    given(
        [[[0]], [[1]]],
        [[[[1.0, 0.0]]]] * 2,
        [((3 / 23) ** 0.5 + (7 / 17) ** 0.5) / 2] * 2,
        over="batch",
        gamma=2,
        **UNLIKE,
    ),
    # no class 2
    given([[[0, 2]], IDS[0]], P * 2, [NAN, BOTH], **UNLIKE),
    given([[[0, 2]]], P, NAN, "fit_xla"),
    given(*TWO_IMAGES, (1 / 3) ** 0.75 / 2, "fit_eager"),
    given(*TWO_IMAGES, (1 / 3) ** 0.75 / 2, "fit_graph"),
    given(*TWO_IMAGES, (1 / 3) ** 0.75 / 2, "fit_xla"),
    given(*TWO_IMAGES, (7 / 17) ** 0.5 / 2, "save_load", gamma=2, **UNLIKE),
    given(*TWO_IMAGES, (1 / 11) ** 0.75, "save_load", over="batch"),
    given(IDS, P, BOTH, "fit_xla", **UNLIKE),
    given(  # the gradient above
        [[[1, 0]]],
        [[[0.5, 0.5]]],
        Returns(0.5, step=(0.3875**2 + 0.1125**2) ** 0.5),
        "fit_graph",
        gamma=2,
        **UNLIKE,
    ),
    given([[[1, 0]]], [[[0.5, 0.5]]], 0.5, "mixed_float16", gamma=2),
    given(*TWO_IMAGES, 0.0, "sample_weight", [1, 0]),
    given(*TWO_IMAGES, (1 / 3) ** 0.75 / 2, "sample_weight", [0, 1]),
    given(
        MASK, ONE_FOUND, Raises("ValueError", "gamma must be above 0, not 0"), gamma=0
    ),
    given(MASK, ONE_FOUND, Raises("ValueError", "gamma must be above"), gamma=-0.75),
    given(MASK, ONE_FOUND, Raises("ValueError", "alpha must be 0 or more"), alpha=-1.0),
    *REFUSED,
]

EXAMPLES = examples(gamma=2.0, alpha=0.3, beta=1.2)


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("focal_tversky", case)


def oracle(
    labels,
    y_pred,
    gamma=4 / 3,
    alpha=0.5,
    beta=0.5,
    smooth=1.0,
    class_weight=None,
    **options,
):
    """The share of the errors at their price, raised to its power class by class."""
    found = []
    for image in counted(labels, y_pred, **options):
        found.append([])
        for hits, alarms, misses in image:
            errors = alpha * alarms + beta * misses
            total = hits + errors + smooth
            found[-1].append((errors / total) ** (1 / gamma) if total else 0.0)
    return mean_over_classes(found, class_weight)


PRICES = {"alpha": st.floats(0.1, 2), "beta": st.floats(0.1, 2)}
OPTIONS = {"gamma": st.sampled_from([0.5, 1.0, 4 / 3, 3.0]), **PRICES}


@drawn(masks(**OPTIONS) | label_maps(**OPTIONS))
@settings(deadline=None, max_examples=drawn_times(100))
def test_the_slow_loop_agrees(drawn_maps):
    labels, y_pred, options = drawn_maps
    found = values(LOSS, labels, y_pred, **options)
    assert found == close(oracle(labels, y_pred, **options))


@drawn(masks(**OPTIONS) | label_maps(**OPTIONS))
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_gradient_is_the_slope_of_the_slow_loop(drawn_maps):
    labels, y_pred, options = drawn_maps
    found = gradient(LOSS, labels, y_pred, **options)
    found, expected = slope(found, oracle, labels, y_pred, **options)
    assert found == close(expected, rel=1e-4, abs=1e-6)


@drawn(masks(**PRICES) | label_maps(**PRICES))
@settings(deadline=None, max_examples=drawn_times(50))
def test_with_a_gamma_of_1_it_is_tversky(drawn_maps):
    labels, y_pred, options = drawn_maps
    found = values(LOSS, labels, y_pred, gamma=1, **options)
    assert found == close(values(losses.tversky, labels, y_pred, **options))


@drawn(masks(**OPTIONS))
@settings(deadline=None, max_examples=drawn_times(50))
def test_of_one_class_it_is_a_power_of_tversky(drawn_masks):
    mask, y_pred, options = drawn_masks
    found = values(LOSS, mask, y_pred, **options)
    power = 1 / options.pop("gamma")
    assert found == close(values(losses.tversky, mask, y_pred, **options) ** power)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 4 / 3, 3.0])
def test_it_falls_to_0_without_a_jump(gamma):
    """p of a mask of one pixel: ½ (1 - p) / (½ p + ½), around 2⁻²³ and at 0."""
    above = np.array([1e-6, 3e-7, 2**-22 * 1.001, 2**-22 * 0.999, 1e-7, 1e-8, 0.0])
    p = (1 - above.astype("float64"))[:, None, None]
    found = values(LOSS, np.ones(p.shape), p, gamma=gamma, smooth=0)
    assert (np.diff(found) <= 0).all()
    assert found[-1] == 0
    assert found[2] == close(found[3], rel=3e-2, single=0.1)
    assert np.isfinite(gradient(LOSS, np.ones(p.shape), p, gamma=gamma, smooth=0)).all()


def test_what_rounding_leaves_below_0_is_a_number():
    # Σ p is above 1 by one unit in the last place, so 1 - p is below 0
    p = np.array([[[1 + 2.0**-23]]], "float32")
    found = values(LOSS, [[[1]]], p, smooth=0)
    assert found == pytest.approx([0.0], abs=1e-4)
    assert np.isfinite(gradient(LOSS, [[[1]]], p, smooth=0)).all()


def test_the_better_found_of_two_masks_has_the_steeper_slope():
    mask = np.array([[[1.0, 0.0]]] * 2)
    p = np.array([[[0.9, 0.1]], [[0.3, 0.7]]])
    plain = gradient(losses.tversky, mask, p)[:, 0, 0]
    focal = gradient(LOSS, mask, p)[:, 0, 0] / plain
    assert focal[0] > focal[1] > 0.75
