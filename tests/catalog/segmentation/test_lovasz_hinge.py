"""The Lovász hinge by hand. The sum that gives each number stands beside it."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given as drawn, settings, strategies as st
from hypothesis.extra.numpy import arrays

import losses
from losses.evidence.outcomes import Raises, Returns
from tests.catalog.segmentation.maps import label_maps, masks
from tests.catalog.segmentation.properties import (
    assert_an_ignored_pixel_is_left_out,
    assert_every_form_of_the_labels_agrees,
)
from tests.differences import close, drawn_times, gradient, slope, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, void

LOSS = losses.lovasz_hinge
NAN = float("nan")
# Margins 0, 2 and 1.5; the Jaccard loss grows by 1/2, then to 2/3: 2/2 + 1.5/6
MASK, Z, VALUE = [[[1, 1, 0]]], [[[2.0, -1.0, 0.5]]], 1.25
# Class 0, in the first pixel: 1 outside, 0.5 inside: 1/2 + 0.5/2. Class 1, in the
# second, has both margins.
IDS, Z2 = [[[0, 1]]], [[[[0.5, -2.0], [0.0, 1.0]]]]
ONE_HOT = [[[[1, 0], [0, 1]]]]
# Alone 3 · 1 and 0.5/2. Together, with two pixels in the mask: 3/3 + 0.5/3
TWO_IMAGES = [[[0, 0]], [[1, 1]]], [[[2.0, -1.0]], [[0.5, 1.5]]]
# Class 0 has no pixel and a margin of 1.5; class 1 misses one of two, 1/2.
ONE_EMPTY = [[[1, 1]]], [[[[0.5, 2.0], [-2.0, 0.0]]]]

HAND = [
    given(MASK, Z, [VALUE]),
    given([[[1, 0]]], [[[2.0, 1.5]]], [1.25]),  # 2.5/2 + 0/2
    given([[[0, 1]]], [[[1.5, 2.0]]], [1.25]),
    given([[[1, 0]]], [[[-0.5, 0.5]]], [1.5]),  # 1.5/2 + 1.5/2
    given([[[1, 0]]], [[[0.0, 0.0]]], [1.0]),  # 1/2 + 1/2
    given([[[1, 0]]], [[[20.0, -20.0]]], [0.0]),
    given([[[1, 0]]], [[[3.0, -2.0]]], [0.0]),
    given([[[1, 0]]], [[[1.0, -1.0]]], [0.0]),
    given([[[1, 0]]], [[[-100.0, 100.0]]], [101.0]),
    given(MASK, Z, [[[0.0, -1 / 2, 1 / 6]]], "gradient"),
    given([[[1, 0]]], [[[3.0, -2.0]]], [[[0.0, 0.0]]], "gradient"),
    # nothing to find: the highest logit
    given([[[0, 0]]], [[[2.0, 1.0]]], [3.0]),
    given([[[0, 0]]], [[[2.0, 1.0]]], [[[1.0, 0.0]]], "gradient"),
    given([[[0, 0]]], [[[-2.0, -1.0]]], [0.0]),
    given(*ONE_EMPTY, [(1.5 + 0.5) / 2]),
    given(*ONE_EMPTY, [(1.5 + 0.5) / 2], classes="all"),
    given(*ONE_EMPTY, [0.5], classes="present"),
    given(*ONE_EMPTY, [[[[0, 0], [0, -1 / 2]]]], "gradient", classes="present"),
    # the channel axis on either side, on both, on none; one and three spatial axes
    given([[[[1], [1], [0]]]], Z, [VALUE]),
    given(MASK, [[[[2.0], [-1.0], [0.5]]]], [VALUE]),
    given([[[[1], [1], [0]]]], [[[[2.0], [-1.0], [0.5]]]], [VALUE]),
    given(MASK[0], Z[0], [VALUE]),
    given([MASK], [[[[[2.0], [-1.0], [0.5]]]]], [VALUE]),
    given([[[1], [1], [0]]], [[[2.0], [-1.0], [0.5]]], [VALUE]),
    # several classes, in each form of the labels
    given(IDS, Z2, [0.375]),
    given([[[[0], [1]]]], Z2, [0.375]),
    given(ONE_HOT, Z2, [0.375]),
    # masks that overlap; the second has both pixels: 3/2 + 0/2
    given([[[[1, 1], [0, 1]]]], Z2, [(0.75 + 1.5) / 2]),
    # without some pixels
    given([[[1, 255, 1, 0]]], [[[2.0, 9.0, -1.0, 0.5]]], [VALUE], ignore_class=255),
    given([[[1, 255]]], [[[2.0, -0.5]]], [0.0], ignore_class=255),
    given([[[1, -1, 0]]], [[[2.0, 9.0, 1.5]]], [1.25], ignore_class=-1),
    given(MASK, Z, [1.0], ignore_class=0),  # 2/2
    given(
        [[[0, 255, 1]]],
        [[[[0.5, -2.0], [9.0, 9.0], [0.0, 1.0]]]],
        [0.375],
        ignore_class=255,
    ),
    given(IDS, Z2, [0.5], ignore_class=0),  # class 0, which is absent: 1; class 1: 0
    given(ONE_HOT, Z2, [0.5], ignore_class=0),
    given([[[255, 255]]], Z2, [0.0], ignore_class=255),
    given([[[255] * 3]], Z, [0.0], ignore_class=255),
    given([[[255] * 3]], Z, [[[0.0] * 3]], "gradient", ignore_class=255),
    given(*TWO_IMAGES, [3.0, 0.25]),
    given(*TWO_IMAGES, [7 / 6, 7 / 6], over="batch"),
    given(*TWO_IMAGES, [0.0, 0.25], classes="present"),
    given(*TWO_IMAGES, [7 / 6, 7 / 6], over="batch", classes="present"),
    # a third each, and the value stands there twice
    given(*TWO_IMAGES, [[[2 / 3, 0.0]], [[-2 / 3, 0.0]]], "gradient", over="batch"),
    given([[[0, 2]], IDS[0]], Z2 * 2, [NAN, 0.375]),
    given([[[0, -1]], IDS[0]], Z2 * 2, [NAN, 0.375]),
    given([[[0, 2]]], Z2, NAN, "fit_xla"),
    given(*TWO_IMAGES, 1.625, "fit_eager"),  # (3 + ¼) / 2
    given(*TWO_IMAGES, 1.625, "fit_graph"),
    given(*TWO_IMAGES, 1.625, "fit_xla"),
    given(*TWO_IMAGES, 7 / 6, "fit_xla", over="batch"),
    given(*TWO_IMAGES, 7 / 6, "save_load", over="batch"),
    given([[[1, 255]]], [[[2.0, -0.5]]], 0.0, "save_load", ignore_class=255),
    # the gradient above: √(9 + 1) / 6
    given(MASK, Z, Returns(VALUE, step=10**0.5 / 6), "fit_graph"),
    given(MASK, Z, VALUE, "mixed_float16"),
    given(*TWO_IMAGES, 1.5, "sample_weight", [1, 0]),  # (3 · 1 + ¼ · 0) / 2
    given(*TWO_IMAGES, 0.125, "sample_weight", [0, 1]),  # (3 · 0 + ¼ · 1) / 2
    given(IDS, Z2, Raises("TypeError", "only 0-dimensional"), "class_weight"),
    given(MASK, Z, Raises("ValueError", "'image' or 'batch'"), over="row"),
    given(
        MASK, Z, Raises("ValueError", "'present' or 'all', not 'some'"), classes="some"
    ),
    given(
        [[[1, 0, 0]]], [[[0.5, 0.5]]], Raises("ValueError", r"\(1, 1, 3\) and y_pred")
    ),
    given([[0, 1, 1]], Z2, Raises("ValueError", r"class ids of shape \(1, 1, 2\) or")),
    given(MASK, MASK, Raises("TypeError", "dtype int32; predictions must be floating")),
]

EXAMPLES = [
    (ids(2, 4, 6, 5), normal(4, 6, 5, 1), {}),
    (void(ids(2, 4, 6, 5)), normal(4, 6, 5), {"ignore_class": 255, "over": "batch"}),
    (ids(3, 4, 6, 5), normal(4, 6, 5, 3), {"classes": "present"}),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("lovasz_hinge", case)


def oracle(labels, y_pred, ignore_class=None, over="image", classes="all"):
    """Without sorting: the Jaccard loss of all pixels whose margin reaches a level,
    times the distance to the next level. `labels` without a class axis; a mask where
    `y_pred` has none either."""
    one = y_pred.ndim == labels.ndim
    batch = range(len(labels))
    images = [batch] if over == "batch" else [[image] for image in batch]
    found = []
    for image in images:
        pixels = [(i, *at) for i in image for at in np.ndindex(labels.shape[1:])]
        pixels = [at for at in pixels if labels[at] != ignore_class]
        costs = []
        for name in [None] if one else range(y_pred.shape[-1]):
            inside, margins = set(), {}
            for at in pixels:
                within = labels[at] > 0.5 if one else labels[at] == name
                z = y_pred[at] if one else y_pred[at][name]
                margins[at] = max(0.0, 1 - z if within else 1 + z)
                inside |= {at} if within else set()
            if inside or classes == "all":
                costs.append(by_levels(inside, margins))
        found.append(sum(costs) / max(len(costs), 1))
    return np.array(found * len(labels) if over == "batch" else found)


def by_levels(inside, margins):
    total, below = 0.0, 0.0
    for level in sorted(set(margins.values()) - {0.0}):
        wrong = {at for at, margin in margins.items() if margin >= level}
        jaccard = 1 - len(inside - wrong) / len(inside | wrong)
        total += (level - below) * jaccard
        below = level
    return total


def options_of(options):
    """Those that this loss has, of the options drawn for region losses."""
    return {name: options[name] for name in ("ignore_class", "over")}


either = masks() | label_maps()
which = st.sampled_from(["present", "all"])


@drawn(either, which, st.booleans())
@settings(deadline=None, max_examples=drawn_times(100))
def test_the_slow_loop_agrees(drawn_maps, classes, far):
    labels, y_pred, options = drawn_maps
    options = {**options_of(options), "classes": classes}
    y_pred = 10 * y_pred - 5 if far else y_pred
    found = values(LOSS, labels, y_pred, **options)
    assert found == close(oracle(labels, y_pred, **options))


@drawn(either, st.integers(0, 1000))
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_gradient_is_the_slope_of_the_slow_loop(drawn_maps, seed):
    """Where no two margins are equal: there the order changes, and the slope too."""
    labels, y_pred, options = drawn_maps
    options = options_of(options)
    y_pred = 2 * np.random.default_rng(seed).normal(size=y_pred.shape)
    found = gradient(LOSS, labels, y_pred, **options)
    found, expected = slope(found, oracle, labels, y_pred, step=1e-7, **options)
    assert found == close(expected, rel=1e-4, abs=1e-6)


@drawn(label_maps())
@settings(deadline=None, max_examples=drawn_times(50))
def test_every_form_of_the_labels_agrees(drawn_maps):
    ids, y_pred, options = drawn_maps
    loss = partial(values, LOSS)
    assert_every_form_of_the_labels_agrees(loss, ids, y_pred, options_of(options))


@drawn(either)
@settings(deadline=None, max_examples=drawn_times(50))
def test_an_ignored_pixel_is_a_pixel_left_out(drawn_maps):
    labels, y_pred, options = drawn_maps
    ignored = {"ignore_class": options["ignore_class"]}
    assert_an_ignored_pixel_is_left_out(partial(values, LOSS), labels, y_pred, ignored)


@drawn(arrays(float, (1, 2, 3), elements=st.floats(-3, 3)), st.permutations(range(6)))
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_order_of_the_pixels_does_not_matter(z, order):
    mask = np.array([[[1, 0, 0], [1, 1, 0]]])
    moved = (x.reshape(1, 6)[:, list(order)] for x in (mask, z))
    assert values(LOSS, *moved) == close(values(LOSS, mask, z))


@drawn(arrays(float, (2, 3, 2), elements=st.floats(-3, 3)))
@settings(deadline=None, max_examples=drawn_times(50))
def test_it_is_above_the_jaccard_loss_of_the_mask_that_is_predicted(z):
    """Each pixel that is wrong has a margin of 1 or more."""
    mask = np.arange(12).reshape(2, 3, 2) % 3 == 0
    jaccard = values(losses.jaccard, mask, (z > 0).astype(float), smooth=0)
    assert (values(LOSS, mask, z) > jaccard - 1e-5).all()


def test_within_the_margins_it_is_twice_the_lovasz_softmax():
    """1 - z and 1 + z are twice 1 - p and p, where p = (1 + z) / 2 is in [0, 1]."""
    z = np.random.default_rng(0).uniform(-1, 1, size=(2, 3, 4))
    mask = np.arange(24).reshape(2, 3, 4) % 3 == 0
    found = values(losses.lovasz_softmax, mask, (1 + z) / 2)
    assert values(LOSS, mask, z) == close(2 * found)


@pytest.mark.parametrize("t", [0, 1])
@pytest.mark.parametrize("z", [-100.0, 100.0])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_extreme_logits_are_finite_and_wrong_ones_learn(t, z, dtype):
    given = np.array([[[t]]]), np.array([[[z]]], dtype)
    wrong = float((z > 0) != t)
    assert values(LOSS, *given) == pytest.approx([101 * wrong])
    assert np.abs(gradient(LOSS, *given)) == pytest.approx(wrong)


def test_nan_is_not_hidden_but_where_it_is_ignored():
    z = np.array(Z * 2)
    z[0, 0, 0] = np.nan
    assert np.isnan(values(LOSS, MASK * 2, z)).tolist() == [True, False]
    labels = [[[255, 1, 0]], [[255, 1, 0]]]
    ignored = values(LOSS, labels, z, ignore_class=255)
    assert ignored == pytest.approx([2.0] * 2)  # 2 · 1 + 1.5 · 0


def test_a_large_image_in_half_precision():
    # a quarter is missed by a margin of 2: the Jaccard loss of it, times 2
    mask = np.ones((1, 512, 512))
    z = np.ones((1, 512, 512), "float16")
    z[:, :256, :256] = -1
    assert values(LOSS, mask, z) == pytest.approx([2 / 4], rel=1e-5)


def test_the_values_that_others_expect():
    # pytorch_optimizer, tests/test_loss_functions.py: per_image=True and False
    assert values(LOSS, *TWO_IMAGES).mean() == pytest.approx(1.625)
    assert values(LOSS, *TWO_IMAGES, over="batch").mean() == pytest.approx(7 / 6)
