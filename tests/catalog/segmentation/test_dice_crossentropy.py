"""Dice and crossentropy by hand. The sum that gives each number stands beside it."""

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

LOSS = losses.dice_crossentropy
LN2, LN3 = log(2), log(3)
# Dice 1 - (2·¼ + 1) / (1 + ¾ + 1) = 5/11; crossentropy (ln 4 + ln 2) / 2.
MASK, FAINT = [[[1, 0]]], [[[0.25, 0.5]]]
MASK_4D, FAINT_4D = [[[[1], [0]]]], [[[[0.25], [0.5]]]]
ONE = 5 / 11 + 1.5 * LN2
EMPTY, NOTHING = [[[0, 0]]], [[[0.0, 0.0]]]
# Dice of class 0: 1 - (2·¼ + 1) / (1 + ¾ + 1) = 5/11, of class 1: 1 - (2·½ + 1) /
# (1 + 5/4 + 1) = 5/13; crossentropy (ln 4 + ln 2) / 2.
IDS, P = [[[0, 1]]], [[[[0.25, 0.75], [0.5, 0.5]]]]
LOGITS = [[[[0.0, LN3], [0.0, 0.0]]]]  # the same
MORE_OR_LESS = [[[[0.125, 0.375], [1.0, 1.0]]]]  # the same, but for their sums, ½ and 2
P3 = [[[[0.25, 0.75], [0.5, 0.5], [0.9, 0.1]]]]
ONE_HOT, ONE_HOT_VOID = [[[[1, 0], [0, 1]]]], [[[[1, 0], [0, 1], [0, 0]]]]
OVERLAPS = (5 / 11 + 5 / 13) / 2
BOTH = OVERLAPS + 1.5 * LN2
# (1 · 5/11 + 3 · 5/13) / (1 + 3), and (1 ln 4 + 3 ln 2) / 2, not divided by 1 + 3
WEIGHTED = (5 / 11 + 15 / 13) / 4 + 2.5 * LN2
TWO_IMAGES = (  # found, and 1 - (2·½ + 1) / (1 + 2 + 1) = ½ and ln 2
    [[[1, 1], [1, 1]], [[1, 0], [0, 0]]],
    [[[1.0, 1.0], [1.0, 1.0]], [[0.5, 0.5], [0.5, 0.5]]],
)
NAN = float("nan")

HAND = [
    given(MASK, [[[1.0, 0.0]]], [0.0]),
    given(MASK, FAINT, [ONE]),
    given(MASK, [[[0.5, 0.5]]], [1 / 3 + LN2]),  # 1 - (2·½ + 1) / (1 + 1 + 1)
    given(MASK, FAINT, [10 / 11 + 1.5 * LN2], dice_weight=2.0),
    given(MASK, FAINT, [5 / 11 + 3 * LN2], ce_weight=2.0),
    given(MASK, FAINT, [10 / 11 + 4.5 * LN2], dice_weight=2.0, ce_weight=3.0),
    given(MASK, FAINT, [1.5 * LN2], dice_weight=0),
    given(MASK, FAINT, [5 / 11], ce_weight=0),
    given(MASK, FAINT, [5 / 7 + 1.5 * LN2], smooth=0),  # 1 - ½ / 1¾
    given(MASK, FAINT, [5 / 19 + 1.5 * LN2], smooth=3),  # 1 - 3½ / 4¾
    given(MASK, FAINT_4D, [ONE]),
    given(MASK_4D, FAINT, [ONE]),
    given(MASK_4D, FAINT_4D, [ONE]),
    given([MASK_4D], [FAINT_4D], [ONE]),
    given(MASK[0], FAINT[0], [ONE]),
    given(EMPTY, NOTHING, [0.0]),
    given(EMPTY, NOTHING, [0.0], smooth=0),
    # dice 1 - 1 / (1 + 1), and the tangent of ln at e · 2⁻²³, which is -23 ln 2 at 0
    given([[[1]]], [[[0.0]]], [0.5 + 23 * LN2]),
    # -4/9 and 2/9 of Dice, ∓1 / ½ / 2 of the crossentropy
    given(MASK, [[[0.5, 0.5]]], [[[-13 / 9, 11 / 9]]], "gradient"),
    given(
        MASK,
        [[[0.5, 0.5]]],
        [[[-8 / 9 - 3, 4 / 9 + 3]]],
        "gradient",
        dice_weight=2.0,
        ce_weight=3.0,
    ),
    given(MASK, [[[-LN3, 0.0]]], [ONE], from_logits=True),
    given(MASK_4D, [[[[-LN3], [0.0]]]], [ONE], from_logits=True),
    given(MASK, [[[100.0, -100.0]]], [0.0], from_logits=True),
    given(MASK_4D, [[[[20.0], [-20.0]]]], [0.0], from_logits=True),
    given(MASK, [[[-100.0, 100.0]]], [100 + 2 / 3], from_logits=True),  # 1 - 1 / 3
    # one class: the factor is on its pixels, (3 ln 4 + ln 2) / 2, and leaves Dice alone
    given(MASK, FAINT, [5 / 11 + 3.5 * LN2], class_weight=[3.0]),
    given(
        MASK, [[[-LN3, 0]]], [5 / 11 + 3.5 * LN2], from_logits=True, class_weight=[3]
    ),
    # without the second pixel of three
    given([[[1, 255, 0]]], [[[0.25, 1.0, 0.5]]], [ONE], ignore_class=255),
    given([[[[1], [255], [0]]]], [[[0.25, 1.0, 0.5]]], [ONE], ignore_class=255),
    given([[[255, 255]]], [[[0.5, 0.5]]], [0.0], ignore_class=255),
    given([[[255, 255]]], [[[0.0, 1.0]]], NOTHING, "gradient", ignore_class=255),
    # several classes, in each form of the labels
    given(IDS, P, [BOTH]),
    given([[[[0], [1]]]], P, [BOTH]),
    given(ONE_HOT, P, [BOTH]),
    given(ONE_HOT, [[[[1.0, 0.0], [0.0, 1.0]]]], [0.0]),
    # The crossentropy divides by the sums ½ and 2: -ln (⅛ / ½), -ln (1 / 2). Dice does
    # not: 1 - (2·⅛ + 1) / (1 + 9/8 + 1) = 3/5, 1 - (2·1 + 1) / (1 + 11/8 + 1) = 1/9.
    given(IDS, MORE_OR_LESS, [(3 / 5 + 1 / 9) / 2 + 1.5 * LN2]),
    given(ONE_HOT, MORE_OR_LESS, [(3 / 5 + 1 / 9) / 2 + 1.5 * LN2]),
    # (-1 / ⅛ + 1 / ½, 1 / ½) and (1 / 2, -1 / 1 + 1 / 2), each over 2 pixels
    given(
        IDS, MORE_OR_LESS, [[[[-3.0, 1.0], [0.25, -0.25]]]], "gradient", dice_weight=0
    ),
    given([IDS], [P], [BOTH]),
    given([ONE_HOT], [P], [BOTH]),
    given(IDS[0], P[0], [BOTH]),
    given(IDS, LOGITS, [BOTH], from_logits=True),
    given(ONE_HOT, LOGITS, [BOTH], from_logits=True),
    given(
        [[[1]]], [[[[200.0, -200.0]]]], [400 + 1 / 2], from_logits=True
    ),  # (½ + ½) / 2
    given(IDS, P, [2 * OVERLAPS + 4.5 * LN2], dice_weight=2.0, ce_weight=3.0),
    given(
        IDS, P, [(5 / 7 + 5 / 9) / 2 + 1.5 * LN2], smooth=0
    ),  # 1 - ½ / 1¾, 1 - 1 / 2¼
    given(IDS, P, [WEIGHTED], class_weight=[1.0, 3.0]),
    given(ONE_HOT, P, [WEIGHTED], class_weight=[1.0, 3.0]),
    given(IDS, LOGITS, [WEIGHTED], from_logits=True, class_weight={1: 3.0, 0: 1.0}),
    given([[[0, 1, 255]]], P3, [BOTH], ignore_class=255),
    given([[[[0], [1], [255]]]], P3, [BOTH], ignore_class=255),
    given(ONE_HOT_VOID, P3, [BOTH], ignore_class=255),
    # only the second pixel: (1/3 + 1/5) / 2 and ln 2
    given(IDS, P, [4 / 15 + LN2], ignore_class=0),
    given(ONE_HOT, P, [4 / 15 + LN2], ignore_class=0),
    given([[[255, 255]]], P, [0.0], ignore_class=255),
    given([[[255, 255]]], P, [[[[0.0, 0.0]] * 2]], "gradient", ignore_class=255),
    given(*TWO_IMAGES, [0.0, 1 / 2 + LN2]),
    # 1 - (2·4½ + 1) / (5 + 6 + 1); the crossentropies stay apart
    given(*TWO_IMAGES, [1 / 6, 1 / 6 + LN2], over="batch"),
    # no class 2
    given([[[0, 2]], IDS[0]], P * 2, [NAN, BOTH]),
    given([[[0, 2]]], P, NAN, "fit_xla"),
    given(*TWO_IMAGES, 1 / 4 + LN2 / 2, "fit_eager"),
    given(*TWO_IMAGES, 1 / 4 + LN2 / 2, "fit_graph"),
    given(*TWO_IMAGES, 1 / 4 + LN2 / 2, "fit_xla"),
    given(*TWO_IMAGES, 1 / 4 + LN2 / 2, "save_load"),
    given(*TWO_IMAGES, 1 / 2 + LN2, "save_load", dice_weight=2.0, ce_weight=2.0),
    given(*TWO_IMAGES, 1 / 6 + LN2 / 2, "save_load", over="batch"),
    given(IDS, P, WEIGHTED, "fit_graph", class_weight=[1.0, 3.0]),
    given(MASK_4D, [[[[0.5], [0.5]]]], 1 / 3 + LN2, "fit_graph"),
    given(  # the gradient above
        MASK,
        [[[0.5, 0.5]]],
        Returns(1 / 3 + LN2, step=(13**2 + 11**2) ** 0.5 / 9),
        "fit_graph",
    ),
    given(MASK, [[[0.5, 0.5]]], 1 / 3 + LN2, "mixed_float16"),
    given(*TWO_IMAGES, 0.0, "sample_weight", [1, 0]),
    given(*TWO_IMAGES, 1 / 4 + LN2 / 2, "sample_weight", [0, 1]),
    # the same with the channel axis, two images wide: (0 · 1 + (1/3 + ln 2) · 0) / 2
    given(
        [MASK_4D[0]] * 2,
        [[[[1.0], [0.0]]], [[[0.5]] * 2]],
        0.0,
        "sample_weight",
        [1, 0],
    ),
    given(
        MASK, FAINT, Raises("ValueError", "dice_weight must be 0 or"), dice_weight=-1
    ),
    given(
        MASK, FAINT, Raises("ValueError", "ce_weight must be 0 .* not -2"), ce_weight=-2
    ),
    *REFUSED,
]

EXAMPLES = examples(dice_weight=0.5, ce_weight=2.0)


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("dice_crossentropy", case)


def oracle(
    labels,
    y_pred,
    dice_weight=1.0,
    ce_weight=1.0,
    smooth=1.0,
    class_weight=None,
    from_logits=False,
    ignore_class=None,
    over="image",
):
    """The areas of each class, and then one pixel after the other."""
    ratios = []
    for image in counted(labels, y_pred, from_logits, ignore_class, over):
        totals = [2 * hits + alarms + misses + smooth for hits, alarms, misses in image]
        above = [2 * hits + smooth for hits, _, _ in image]
        ratios.append([1 - a / t if t else 0.0 for a, t in zip(above, totals)])
    entropies = []
    one = y_pred.ndim == labels.ndim
    for image, prediction in zip(labels, y_pred):
        total, count = 0.0, 0
        for index in np.ndindex(image.shape):
            t, p = image[index], prediction[index]
            if t == ignore_class:
                continue
            if one:
                p = 1 / (1 + np.exp(-p)) if from_logits else p
                weight = class_weight[0] if class_weight else 1.0
                total -= weight * t * np.log(p) + (1 - t) * np.log(1 - p)
            else:
                p = np.exp(p) if from_logits else p
                weight = class_weight[t] if class_weight else 1.0
                total -= weight * np.log(p[t] / sum(p))
            count += 1
        entropies.append(total / count if count else 0.0)
    areas = mean_over_classes(ratios, class_weight)
    return dice_weight * areas + ce_weight * np.array(entropies)


FACTORS = {"dice_weight": st.floats(0, 2), "ce_weight": st.floats(0, 2)}


@drawn(masks(**FACTORS) | label_maps(**FACTORS))
@settings(deadline=None, max_examples=drawn_times(100))
def test_the_slow_loop_agrees(drawn_maps):
    labels, y_pred, options = drawn_maps
    found = values(LOSS, labels, y_pred, **options)
    assert found == close(oracle(labels, y_pred, **options))


@drawn(masks(**FACTORS) | label_maps(**FACTORS))
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_gradient_is_the_slope_of_the_slow_loop(drawn_maps):
    labels, y_pred, options = drawn_maps
    found = gradient(LOSS, labels, y_pred, **options)
    found, expected = slope(found, oracle, labels, y_pred, **options)
    assert found == close(expected, rel=1e-4, abs=1e-6)


@drawn(label_maps(**FACTORS))
@settings(deadline=None, max_examples=drawn_times(50))
def test_it_is_the_sum_of_its_two_losses(drawn_maps):
    ids, y_pred, options = drawn_maps
    found = values(LOSS, ids, y_pred, **options)
    factors = options.pop("dice_weight"), options.pop("ce_weight")
    dice = values(losses.dice, ids, y_pred, **options)
    del options["smooth"], options["over"]
    pixels = values(losses.pixelwise_crossentropy, ids, y_pred, **options)
    assert found == close(factors[0] * dice + factors[1] * pixels)


@drawn(masks(**FACTORS))
@settings(deadline=None, max_examples=drawn_times(50))
def test_of_one_class_it_is_the_sum_of_its_two_losses(drawn_masks):
    mask, y_pred, options = drawn_masks
    mask, options["ignore_class"] = np.clip(mask, 0, 1), None
    found = values(LOSS, mask, y_pred, **options)
    factors = options.pop("dice_weight"), options.pop("ce_weight")
    dice = values(losses.dice, mask, y_pred, **options)
    binary = {
        "from_logits": options["from_logits"],
        "pos_weight": options["class_weight"] and options["class_weight"][0],
    }
    pixels = values(losses.pixelwise_binary_crossentropy, mask, y_pred, **binary)
    assert found == close(factors[0] * dice + factors[1] * pixels)


def test_where_nothing_overlaps_yet_the_crossentropy_learns():
    """The sigmoid of -15 leaves Dice hardly a gradient."""
    mask, logits = np.ones((1, 1, 4)), np.full((1, 1, 4), -15.0)
    dice = gradient(losses.dice, mask, logits, from_logits=True)
    both = gradient(LOSS, mask, logits, from_logits=True)
    assert np.abs(dice).max() < 1e-6
    assert both == pytest.approx(np.full((1, 1, 4), -0.25), rel=1e-4)


def test_the_value_that_monai_gives():
    # MONAI, tests/losses/test_dice_ce_loss.py: one channel, `weight` is that of the
    # positive pixels in the crossentropy, and 1e-5 is added to the areas.
    masks = [[0, 0, 1], [0, 1, 0]]
    logits = np.array([[0.8, 0.6, 0.0], [0.0, 0.0, 0.9]])
    given = {"from_logits": True, "smooth": 1e-5, "class_weight": [0.5]}
    found = values(LOSS, masks, logits, **given)
    assert found.mean() == pytest.approx(1.445239, rel=1e-5)
