"""Tversky by hand. The sum that gives each number stands beside it."""

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

LOSS = losses.tversky
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
BOTH = (CLASS_0 + CLASS_1) / 2
UNLIKE = {"alpha": 0.3, "beta": 0.7}
NAN = float("nan")
LARGE = np.ones((1, 512, 512), "float16")  # 262144; float16 ends at 65504

HAND = [
    given(MASK, [[[1.0, 1.0, 1.0, 0.0]]], [0.0]),  # 1 - (3 + 1) / (3 + 1)
    given(MASK, ONE_FOUND, [3 / 7]),  # 1 - (1 + 1) / (1 + ½ + 1 + 1)
    given(MASK, ONE_FOUND, [17 / 37], **UNLIKE),  # 1 - 2 / (1 + 0.3 + 1.4 + 1)
    given(
        MASK, ONE_FOUND, [13 / 33], alpha=0.7, beta=0.3
    ),  # 1 - 2 / (1 + 0.7 + 0.6 + 1)
    given(MASK, ONE_FOUND, [1 / 3], alpha=1.0, beta=0.0),  # 1 - 2 / (1 + 1 + 1)
    given(MASK, ONE_FOUND, [1 / 2], alpha=0.0, beta=1.0),  # 1 - 2 / (1 + 2 + 1)
    given(MASK, ONE_FOUND, [1 / 2], alpha=1.0),  # 1 - 2 / (1 + 1 + 1 + 1)
    given(MASK, ONE_FOUND, [5 / 9], beta=1.0),  # 1 - 2 / (1 + ½ + 2 + 1)
    given(MASK, ONE_FOUND, [0.8], alpha=2.0, beta=3.0),  # 1 - 2 / (1 + 2 + 6 + 1)
    given(MASK, ONE_FOUND, [0.0], alpha=0, beta=0),  # no error costs anything
    given(MASK, ONE_FOUND, [17 / 27], smooth=0, **UNLIKE),  # 1 - 1 / (1 + 0.3 + 1.4)
    given(MASK, ONE_FOUND, [17 / 57], smooth=3, **UNLIKE),  # 1 - 4 / (2.7 + 3)
    # one miss: 1 - 1 / (1 + 0.75); one false alarm: 1 - 1 / (1 + 0.25)
    given(
        [[[1, 1, 0, 0]]],
        [[[1.0, 0.0, 0.0, 0.0]]],
        [3 / 7],
        alpha=0.25,
        beta=0.75,
        smooth=0,
    ),
    given(
        [[[1, 0, 0, 0]]],
        [[[1.0, 1.0, 0.0, 0.0]]],
        [1 / 5],
        alpha=0.25,
        beta=0.75,
        smooth=0,
    ),
    given(LARGE, LARGE, [0.0]),
    # the channel axis on either side, on both; one and three spatial axes
    given(MASK, ONE_FOUND_4D, [3 / 7]),
    given(MASK_4D, ONE_FOUND, [3 / 7]),
    given(MASK_4D, ONE_FOUND_4D, [3 / 7]),
    given([MASK_4D], [ONE_FOUND_4D], [3 / 7]),
    given(MASK[0], ONE_FOUND[0], [3 / 7]),
    # nothing to find
    given(EMPTY, NOTHING, [0.0]),  # 1 - (0 + 1) / (0 + 1)
    given(EMPTY, NOTHING, [0.0], smooth=0),
    given(EMPTY, [[[1.0, 0.0]]], [3 / 13], **UNLIKE),  # 1 - (0 + 1) / (0.3 + 1)
    given(EMPTY, [[[1.0, 0.0]]], [1.0], smooth=0, **UNLIKE),  # 1 - 0 / 0.3
    given(EMPTY, [[[1.0, 0.0]]], [0.0], smooth=0, alpha=0),  # 0 / 0: it costs nothing
    # 0.3 Σp / (0.3 Σp + 1) at 0
    given(EMPTY, NOTHING, [[[0.3, 0.3]]], "gradient", **UNLIKE),
    # N / D with N = 0.3 p₂ + 0.7 (1 - p₁) = ½ and D = p₁ + N + 1 = 2:
    # (-0.7 D - 0.3 N) / D², (0.3 D - 0.3 N) / D²
    given([[[1, 0]]], [[[0.5, 0.5]]], [[[-0.3875, 0.1125]]], "gradient", **UNLIKE),
    # logits 0 and ln 3 are ½ and ¾: 0.3 · ¾ + 0.7 · ½ of ½ + 0.575 + 1
    given([[[1, 0]]], [[[0.0, LN3]]], [CLASS_1], from_logits=True, **UNLIKE),
    given([[[[1], [0]]]], [[[[0.0], [LN3]]]], [CLASS_1], from_logits=True, **UNLIKE),
    given([[[1, 0]]], [[[100.0, -100.0]]], [0.0], from_logits=True),
    # several classes, in each form of the labels
    given(IDS, P, [(1 / 3 + 5 / 17) / 2]),  # 0.625 / (¼ + 0.625 + 1), 0.625 / 2.125
    given(IDS, P, [BOTH], **UNLIKE),
    given([[[[0], [1]]]], P, [BOTH], **UNLIKE),
    given(ONE_HOT, P, [BOTH], **UNLIKE),
    given([IDS], [P], [BOTH], **UNLIKE),
    given([ONE_HOT], [P], [BOTH], **UNLIKE),
    given(IDS, LOGITS, [BOTH], from_logits=True, **UNLIKE),
    given(ONE_HOT, LOGITS, [BOTH], from_logits=True, **UNLIKE),
    given(IDS, P, [(27 / 37 + 23 / 43) / 2], smooth=0, **UNLIKE),  # without the 1 below
    given([[[1, 2]]], [[[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]]], [0.0]),
    # two hits and a false alarm; a miss: (1 - 3 / 3.25 + 1 - 1 / 1.75) / 2
    given(
        [[[[1, 0], [1, 0], [0, 1]]]],
        [[[[1.0, 0.0]] * 3]],
        [(1 / 13 + 3 / 7) / 2],
        alpha=0.25,
        beta=0.75,
    ),
    # (1 · class 0 + 3 · class 1) / (1 + 3)
    given(IDS, P, [(CLASS_0 + 3 * CLASS_1) / 4], class_weight=[1.0, 3.0], **UNLIKE),
    given(
        ONE_HOT,
        P,
        [(CLASS_0 + 3 * CLASS_1) / 4],
        class_weight={1: 3.0, 0: 1.0},
        **UNLIKE,
    ),
    # without the second pixel: 0.3 · ½ + 0.7 · ½ of ½ + ½ + 1
    given([[[1, 255, 0]]], [[[0.5, 1.0, 0.5]]], [1 / 4], ignore_class=255, **UNLIKE),
    given([[[0, 1, 255]]], P3, [BOTH], ignore_class=255, **UNLIKE),
    given([[[[0], [1], [255]]]], P3, [BOTH], ignore_class=255, **UNLIKE),
    given(ONE_HOT_VOID, P3, [BOTH], ignore_class=255, **UNLIKE),
    # only the second pixel: 0.15 / (0.15 + 1) and 0.35 / (½ + 0.35 + 1)
    given(IDS, P, [(3 / 23 + 7 / 37) / 2], ignore_class=0, **UNLIKE),
    given([[[255, 255]]], P, [0.0], ignore_class=255),
    given(*TWO_IMAGES, [0.0, 1 / 3]),  # 1 - 5/5, 1 - 1 / (½ + 1)
    given(*TWO_IMAGES, [0.0, 7 / 17], **UNLIKE),  # 1 - 1 / (0.7 + 1)
    given(*TWO_IMAGES, [1 / 11, 1 / 11], over="batch"),  # 1 - (4 + 1) / (4 + ½ + 1)
    # class 0: 1 hit, 1 false alarm: 0.3 / 2.3, class 1: a miss: 0.7 / 1.7, in both
    given(
        [[[0]], [[1]]],
        [[[[1.0, 0.0]]]] * 2,
        [(3 / 23 + 7 / 17) / 2] * 2,
        over="batch",
        **UNLIKE,
    ),
    # no class 2
    given([[[0, 2]], IDS[0]], P * 2, [NAN, BOTH], **UNLIKE),
    given([[[0, 2]]], P, NAN, "fit_xla"),
    given(*TWO_IMAGES, 1 / 6, "fit_eager"),  # (0 + 1/3) / 2
    given(*TWO_IMAGES, 1 / 6, "fit_graph"),
    given(*TWO_IMAGES, 1 / 6, "fit_xla"),
    given(*TWO_IMAGES, 7 / 34, "save_load", **UNLIKE),  # (0 + 7/17) / 2
    given(*TWO_IMAGES, 1 / 11, "save_load", over="batch"),
    given(IDS, P, BOTH, "fit_xla", **UNLIKE),
    given(  # the gradient above; ½ / 2
        [[[1, 0]]],
        [[[0.5, 0.5]]],
        Returns(0.25, step=(0.3875**2 + 0.1125**2) ** 0.5),
        "fit_graph",
        **UNLIKE,
    ),
    given([[[1, 0]]], [[[0.5, 0.5]]], 0.25, "mixed_float16", **UNLIKE),
    given(*TWO_IMAGES, 0.0, "sample_weight", [1, 0]),  # (0 · 1 + 1/3 · 0) / 2
    given(*TWO_IMAGES, 1 / 6, "sample_weight", [0, 1]),  # (0 · 0 + 1/3 · 1) / 2
    given(MASK, ONE_FOUND, Raises("ValueError", "alpha must be 0 or more"), alpha=-1.0),
    given(
        MASK, ONE_FOUND, Raises("ValueError", "beta must be 0 .* not -0.5"), beta=-0.5
    ),
    *REFUSED,
]

EXAMPLES = examples(alpha=0.3, beta=1.2)


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("tversky", case)


def oracle(
    labels, y_pred, alpha=0.5, beta=0.5, smooth=1.0, class_weight=None, **options
):
    """What is hit, as a share of that and of the errors at their price."""
    found = []
    for image in counted(labels, y_pred, **options):
        found.append([])
        for hits, alarms, misses in image:
            total = hits + alpha * alarms + beta * misses + smooth
            found[-1].append(1 - (hits + smooth) / total if total else 0.0)
    return mean_over_classes(found, class_weight)


PRICES = {"alpha": st.floats(0.1, 2), "beta": st.floats(0.1, 2)}


@drawn(masks(**PRICES) | label_maps(**PRICES))
@settings(deadline=None, max_examples=drawn_times(100))
def test_the_slow_loop_agrees(drawn_maps):
    labels, y_pred, options = drawn_maps
    found = values(LOSS, labels, y_pred, **options)
    assert found == close(oracle(labels, y_pred, **options))


@drawn(masks(**PRICES) | label_maps(**PRICES))
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_gradient_is_the_slope_of_the_slow_loop(drawn_maps):
    labels, y_pred, options = drawn_maps
    found = gradient(LOSS, labels, y_pred, **options)
    found, expected = slope(found, oracle, labels, y_pred, **options)
    assert found == close(expected, rel=1e-4, abs=1e-6)


@drawn(masks() | label_maps())
@settings(deadline=None, max_examples=drawn_times(50))
def test_of_two_halves_it_is_dice(drawn_maps):
    """(h + s) / (h + ½ (a + m) + s) is (2 h + 2 s) / (Σ t + Σ p + 2 s), because Σ t is
    h + m and Σ p is h + a: Dice with twice the `smooth`."""
    labels, y_pred, options = drawn_maps
    found = values(LOSS, labels, y_pred, **options)
    options["smooth"] *= 2
    assert found == close(values(losses.dice, labels, y_pred, **options))


@drawn(masks() | label_maps())
@settings(deadline=None, max_examples=drawn_times(50))
def test_of_two_ones_it_is_jaccard(drawn_maps):
    labels, y_pred, options = drawn_maps
    found = values(LOSS, labels, y_pred, alpha=1.0, beta=1.0, **options)
    assert found == close(values(losses.jaccard, labels, y_pred, **options))


@drawn(masks(**PRICES))
@settings(deadline=None, max_examples=drawn_times(50))
def test_labels_and_predictions_exchanged_exchange_the_prices(drawn_masks):
    mask, y_pred, options = drawn_masks
    options |= {"from_logits": False, "ignore_class": None}
    mask, y_pred = np.clip(mask, 0, 1), 1 / (1 + np.exp(-y_pred))
    found = values(LOSS, mask, y_pred, **options)
    options["alpha"], options["beta"] = options["beta"], options["alpha"]
    assert values(LOSS, y_pred, mask, **options) == close(found)


def test_the_values_that_monai_gives():
    # MONAI, tests/losses/test_tversky_loss.py; its alpha is on the false positives.
    mask, logits = [[[1, 0], [1, 1]]], np.array([[[1.0, -1.0], [-1.0, 1.0]]])
    given = {"from_logits": True, "smooth": 1e-6}
    found = values(LOSS, mask, logits, alpha=0.3, beta=0.7, **given)
    assert found == pytest.approx([0.3589], rel=1e-4)
    found = values(LOSS, mask, logits, alpha=0.7, beta=0.3, **given)
    assert found == pytest.approx([0.247366], rel=1e-5)
