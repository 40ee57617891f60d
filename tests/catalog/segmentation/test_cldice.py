"""Centerline Dice by hand. The sum that gives each number stands beside it."""

from functools import cache
from itertools import product
from math import log

import numpy as np
import pytest
from hypothesis import given as drawn, settings, strategies as st
from keras import ops

import losses
from losses.evidence.outcomes import Raises, Returns
from tests.catalog.segmentation.maps import mean_over_classes, one_hot, softmax
from tests.differences import close, drawn_times, gradient, slope, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, probabilities

LOSS = losses.cldice
LN3 = log(3)
# Two of four pixels; half of the first found, and a false alarm. All are skeleton:
# 1 - precision is 1 / (1.5 + 1) = 0.4, 1 - sensitivity ½ / (1 + 1) = 0.25, and
# (0.4 + 0.25 - 2 · 0.4 · 0.25) / (2 - 0.4 - 0.25) is 1/3.
DOT, FOUND = [[[1, 0, 0, 0]]], [[[0.5, 0.0, 1.0, 0.0]]]
DOT_4D, FOUND_4D = [[[[1], [0], [0], [0]]]], [[[[0.5], [0.0], [1.0], [0.0]]]]
LINE, CUT = [[[0, 1, 1, 1, 0]]], [[[0.0, 1.0, 0.0, 1.0, 0.0]]]
EMPTY, NOTHING = [[[0, 0]]], [[[0.0, 0.0]]]
# its middle is the skeleton
PLUS = [[[0, 0, 0, 0, 0], [0, 0, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 0, 0], [0] * 5]]
SQUARE = [[[0] * 5, [0, 1, 1, 1, 0], [0, 1, 1, 1, 0], [0, 1, 1, 1, 0], [0] * 5]]
HOLLOW = np.where(np.arange(25).reshape(1, 5, 5) == 12, 0.0, PLUS).tolist()
BLANK = np.zeros((1, 5, 5)).tolist()
# A cube of 3 × 3 × 3 in a volume of 5 × 5 × 5: its middle.
CUBE = np.pad(np.ones((1, 3, 3, 3, 1)), [(0, 0), *[(1, 1)] * 3, (0, 0)]).tolist()
NO_CUBE = np.zeros((1, 5, 5, 5, 1)).tolist()
BIG = np.pad(np.ones((1, 5, 5)), ((0, 0), (1, 1), (1, 1))).tolist()  # thinned twice
BIG_BLANK = np.zeros((1, 7, 7)).tolist()
# three pixels wide from end to end: its skeleton is the row in the middle, 4 pixels
STRIPE = [[[0] * 4, [1] * 4, [1] * 4, [1] * 4, [0] * 4]]
STRIPE_BLANK = np.zeros((1, 5, 4)).tolist()
# Class 1 is DOT and FOUND. Class 0 is (0, 1, 1, 1), thinned twice to its last pixel,
# which is found; the skeleton of (½, 1, 0, 1) is (0, ½, 0, 1), and ½ of its first pixel
# after one iteration: ½ / (2 + 1) are alarms, (1/6) / (2 - 1/6) = 1/11.
IDS, P = [[[1, 0, 0, 0]]], [[[[0.5, 0.5], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]]]
ONE_HOT = [[[[0, 1], [1, 0], [1, 0], [1, 0]]]]
TWO_IMAGES = (  # found, and cut
    [LINE[0], LINE[0]],
    [[[0.0, 1.0, 1.0, 1.0, 0.0]], CUT[0]],
)
NAN = float("nan")
SQUARED = 1.425**2

HAND = [
    given(DOT, [[[1.0, 0.0, 0.0, 0.0]]], [0.0]),
    given(DOT, FOUND, [1 / 3]),
    given(DOT, FOUND, [3 / 5], smooth=0),  # 2/3 and ½: ½ / (2 - 7/6)
    given(DOT, [[[1.0, 0.0, 1.0, 0.0]]], [1 / 5]),  # 1/3 alarms: (1/3) / (5/3)
    given(DOT, [[[1.0, 0.0, 1.0, 0.0]]], [1 / 3], smooth=0),  # ½ / 1½
    given(DOT, [[[1.0, 0.0, 1.0, 0.0]]], [1 / 9], smooth=3),  # (1/5) / (9/5)
    given(LINE, CUT, [1 / 3]),  # its middle is missed: ½ / 1½
    given(LINE, CUT, [1.0], smooth=0),
    given([[[0, 1, 0, 1, 0]]], [[[0.0, 1.0, 1.0, 1.0, 0.0]]], [1 / 3]),  # an alarm
    given(LINE, [[[0.0, 0.5, 1.0, 0.5, 0.0]]], [0.0]),  # not how thick it is
    # one spatial axis, three of them, and the channel axis on one side
    given(DOT[0], FOUND[0], [1 / 3]),
    given([DOT_4D], [FOUND_4D], [1 / 3]),
    given(DOT, FOUND_4D, [1 / 3]),
    given(CUBE, NO_CUBE, [1 / 3]),
    # a cross is eroded: one pixel missed, ½ / 1½. A box would leave all 5: 1/11
    given(PLUS, HOLLOW, [1 / 3]),
    # a box is dilated: one pixel. A cross would leave the corners too, 5: 5/7
    given(SQUARE, BLANK, [1 / 3]),
    given(STRIPE, STRIPE_BLANK, [2 / 3]),  # 4 of 4, up to the border: 0.8 / 1.2
    # too wide to be seen
    given(BIG, BIG_BLANK, [1 / 3], iterations=2),
    given(BIG, BIG_BLANK, [0.0], iterations=1),
    given([[[0] + [1] * 4 + [0]]], [[[0.0] * 6]], [1 / 2], iterations=1),  # 2 of 2
    given([[[0] + [1] * 5 + [0]]], [[[0.0] * 7]], [0.0], iterations=1),
    given(LINE, CUT, [0.0], iterations=0),
    given(LINE, CUT, [1 / 3], iterations=1),
    # nothing to find
    given(EMPTY, NOTHING, [0.0]),
    given(EMPTY, NOTHING, [0.0], smooth=0),
    given(EMPTY, [[[1.0, 0.0]]], [1 / 3]),  # ½ / 1½
    given(EMPTY, [[[1.0, 0.0]]], [1.0], smooth=0),
    # nothing found
    given([[[1, 0, 0]]], [[[0.0, 0.0, 1.0]]], [1.0], smooth=0),
    # no alarms, and misses b = (1 - p) / 2 = ¼: b / (2 - b), the slope 2 / (2 - b)²
    given([[[1, 0]]], [[[0.5, 0.25]]], [1 / 7]),
    given([[[1, 0]]], [[[0.5, 0.25]]], [[[-16 / 49, 0.0]]], "gradient"),
    # The skeleton is (p₁ - p₂, 0) = (¼, 0), so the alarms are a = ¼ / (¼ + 1) = 0.2,
    # with the slope 1 / 1.25² = 0.64; the misses b = (1 - ¼) / 2 = 0.375. N = a + b -
    # 2ab = 0.425 over D = 2 - a - b = 1.425 has slopes ((1 - 2b) D + N) / D², 0.78125 /
    # D², of a, and ((1 - 2a) D + N) / D², 1.28 / D², of b.
    given([[[0, 1]]], [[[0.5, 0.25]]], [17 / 57]),
    given(
        [[[0, 1]]],
        [[[0.5, 0.25]]],
        [[[0.64 * 0.78125 / SQUARED, -(0.64 * 0.78125 + 1.28 / 2) / SQUARED]]],
        "gradient",
    ),
    # logits 0 and -ln 3 are ½ and ¼
    given([[[0, 1]]], [[[0.0, -LN3]]], [17 / 57], from_logits=True),
    given(DOT, [[[100.0, -100.0, -100.0, -100.0]]], [0.0], from_logits=True),
    # several classes, in each form of the labels
    given(IDS, P, [7 / 33]),  # (1/11 + 1/3) / 2
    given([[[[1], [0], [0], [0]]]], P, [7 / 33]),
    given(ONE_HOT, P, [7 / 33]),
    given([IDS], [P], [7 / 33]),
    given(IDS, P, [1 / 6], iterations=0),  # nothing of class 0
    given(IDS, P, [1 / 3], class_weight=[0.0, 1.0]),
    given(IDS, P, [3 / 11], class_weight=[1.0, 3.0]),  # (1/11 + 3 · 1/3) / 4
    given(IDS, P, [5 / 33], class_weight={0: 3.0, 1: 1.0}),  # (3/11 + 1/3) / 4
    given(  # as above, of each class the same: of class 0 both are exchanged
        [[[0, 1]]],
        [[[[0.0, 0.0], [LN3, 0.0]]]],
        [17 / 57],
        class_weight=[0.0, 1.0],
        from_logits=True,
    ),
    given(*TWO_IMAGES, [0.0, 1 / 3]),
    given(*TWO_IMAGES, 1 / 6, "fit_eager"),
    given(*TWO_IMAGES, 1 / 6, "fit_graph"),
    given(*TWO_IMAGES, 1 / 6, "fit_xla"),
    given(*TWO_IMAGES, 1 / 6, "mixed_float16"),
    given(*TWO_IMAGES, 0.0, "sample_weight", [1, 0]),
    given(*TWO_IMAGES, 1 / 6, "sample_weight", [0, 1]),
    given(  # the gradient above
        [[[1, 0]]], [[[0.5, 0.25]]], Returns(1 / 7, step=16 / 49), "fit_graph"
    ),
    given(IDS, P, 3 / 11, "fit_xla", class_weight=[1.0, 3.0]),
    given(BIG, BIG_BLANK, 0.0, "save_load", iterations=1),
    given(DOT, FOUND, 3 / 5, "save_load", smooth=0),
    # no class 2
    given([[[1, 0, 2, 0]], IDS[0]], P * 2, [NAN, 7 / 33]),
    given([[[1, 0, 2, 0]]], P, NAN, "fit_xla"),
    given(DOT, FOUND, Raises("ValueError", "whole number, 0 or more"), iterations=-1),
    given(DOT, FOUND, Raises("ValueError", "0 or more, not 1.5"), iterations=1.5),
    given(
        [[[1, 0, 0]]], [[[0.5, 0.5]]], Raises("ValueError", r"\(1, 1, 3\) and y_pred")
    ),
    given([[0, 1]], P, Raises("ValueError", r"class ids of shape \(1, 1, 4\) or one-")),
    given(
        IDS,
        P,
        Raises("ValueError", r"class_weight has 3 numbers.* has 2 classes"),
        class_weight=[1.0, 3.0, 1.0],
    ),
    given(DOT, DOT, Raises("TypeError", "dtype int32; predictions must be floating")),
]

EXAMPLES = [
    (ids(2, 4, 6, 5), probabilities(4, 6, 5, 1), {}),
    (
        ids(3, 4, 6, 5),
        normal(4, 6, 5, 3),
        {
            "iterations": 1,
            "smooth": 0.5,
            "from_logits": True,
            "class_weight": [0.5, 2.0, 3.0],
        },
    ),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("cldice", case)


@cache
def neighbours(shape, reach):
    """For each pixel itself and those next to it: `reach` says along how many axes at
    once, one for a cross, all for a box."""
    steps = [
        s for s in product((-1, 0, 1), repeat=len(shape)) if sum(map(abs, s)) <= reach
    ]
    found = []
    for pixel in np.ndindex(shape):
        there = [tuple(a + b for a, b in zip(pixel, step)) for step in steps]
        inside = [p for p in there if all(0 <= x < n for x, n in zip(p, shape))]
        found.append([np.ravel_multi_index(p, shape) for p in inside])
    return found


def each(pick, image, reach):
    flat = image.ravel().tolist()
    picked = [pick(flat[i] for i in near) for near in neighbours(image.shape, reach)]
    return np.reshape(picked, image.shape)


def eroded(image):
    return each(min, image, 1)


def opened(image):
    return each(max, eroded(image), image.ndim)


def skeleton(image, iterations):
    """As the authors write it: what each opening takes away and is not there yet."""
    found = np.maximum(image - opened(image), 0)
    for _ in range(iterations):
        image = eroded(image)
        more = np.maximum(image - opened(image), 0)
        found = found + np.maximum(more - found * more, 0)
    return found


def oracle(
    labels, y_pred, iterations=3, smooth=1.0, from_logits=False, class_weight=None
):
    """Precision and sensitivity, image by image and class by class."""
    if y_pred.ndim == labels.ndim:
        p = 1 / (1 + np.exp(-y_pred)) if from_logits else y_pred
        labels, p = labels[..., None], p[..., None]
    else:
        p = softmax(y_pred) if from_logits else y_pred
        labels = one_hot(labels, p.shape[-1])
    found = []
    for true, pred in zip(labels, p):
        found.append([])
        for t, q in zip(np.moveaxis(true, -1, 0), np.moveaxis(pred, -1, 0)):
            s_q, s_t = skeleton(q, iterations), skeleton(t, iterations)
            precision = (np.sum(s_q * t) + smooth) / (np.sum(s_q) + smooth)
            sensitivity = (np.sum(s_t * q) + smooth) / (np.sum(s_t) + smooth)
            mean = precision * sensitivity / (precision + sensitivity)
            found[-1].append(1 - 2 * mean)
    return mean_over_classes(found, class_weight)


SIZES = [(3, 5), (2, 4, 4), (1, 5, 6), (1, 3, 4, 3)]


@st.composite
def maps(draw):
    """Labels, predictions, no two of them alike, and options that go with them: where
    two are, there is a kink."""
    size, classes = draw(st.sampled_from(SIZES)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    weight = st.lists(st.floats(0.1, 10), min_size=classes, max_size=classes)
    options = {
        "iterations": draw(st.integers(0, 4)),
        "smooth": draw(st.sampled_from([0.1, 1.0, 30.0])),
        "from_logits": draw(st.booleans()),
        "class_weight": draw(st.none() | weight),
    }
    logits = 2 * rng.normal(size=size if classes == 1 else (*size, classes))
    if classes == 1 and len(size) == 4:  # a volume needs its channel axis
        logits = logits[..., 0]
        size = size[:3]
    labels = rng.integers(0, max(classes, 2), size)
    chances = 1 / (1 + np.exp(-logits)) if classes == 1 else softmax(logits)
    return labels, logits if options["from_logits"] else chances, options


@drawn(maps())
@settings(deadline=None, max_examples=drawn_times(60))
def test_the_slow_loop_agrees(drawn_maps):
    labels, y_pred, options = drawn_maps
    found = values(LOSS, labels, y_pred, **options)
    assert found == close(oracle(labels, y_pred, **options))


@drawn(maps())
@settings(deadline=None, max_examples=drawn_times(10))
def test_the_gradient_is_the_slope_of_the_slow_loop(drawn_maps):
    labels, y_pred, options = drawn_maps
    found = gradient(LOSS, labels, y_pred, **options)
    found, expected = slope(found, oracle, labels, y_pred, **options)
    assert found == close(expected, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_volumes_of_one_class(dtype):
    t, p = ids(2, 2, 4, 5, 3), probabilities(2, 4, 5, 3, 1).astype(dtype)
    expected = oracle(t.astype(float), p[..., 0].astype(float))
    assert values(LOSS, t[..., None], p) == pytest.approx(expected, rel=1e-5)


def grid(*ends):
    """A mask of 9 × 12 pixels with a line of three pixels from column to column."""
    mask = np.zeros((1, 9, 12), "float32")
    for start, end in ends:
        mask[:, 3:6, start:end] = 1
    return mask


def test_a_cut_costs_more_the_longer_it_is_and_dice_hardly_sees_it():
    whole = grid((1, 11))
    cuts = [grid((1, 6), (6 + n, 11)) for n in range(4)]
    found = [values(LOSS, whole, cut)[0] for cut in cuts]
    assert found[0] == pytest.approx(0)
    assert found[1] < found[2] < found[3]


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_turned_image_has_the_same_loss(turn):
    t, p = ids(2, 4, 6, 5), probabilities(4, 6, 5, 1)[..., 0]
    turned = (np.rot90(part, turn, axes=(1, 2)).copy() for part in (t, p))
    assert values(LOSS, *turned) == pytest.approx(values(LOSS, t, p), abs=1e-6)


def test_masks_of_0_and_1_may_be_exchanged():
    one, two = ids(2, 4, 6, 5), ids(2, 4, 6, 6)[:, :, :5]
    there = values(LOSS, one, two.astype("float32"))
    assert there == pytest.approx(values(LOSS, two, one.astype("float32")), abs=1e-6)


def test_the_order_of_the_classes_does_not_matter():
    t, p = one_hot(ids(3, 4, 6, 5), 3), probabilities(4, 6, 5, 3)
    found = values(LOSS, t[..., [2, 0, 1]], p[..., [2, 0, 1]])
    assert found == pytest.approx(values(LOSS, t, p), abs=1e-6)


def test_the_mask_itself_is_best_of_all_predictions():
    t = ids(2, 4, 6, 5)
    assert values(LOSS, t, t.astype("float32")) == pytest.approx(0)
    for seed in range(20):
        p = np.random.default_rng(seed).uniform(size=t.shape).astype("float32")
        assert (values(LOSS, t, p) > 0).all()


@pytest.mark.parametrize("smooth", [0, 1.0])
def test_at_its_worst_it_still_has_a_gradient(smooth):
    """One line is predicted where another is."""
    t, p = grid((0, 12)), np.roll(grid((0, 12)), 3, axis=1)
    slope = gradient(LOSS, t, p, smooth=smooth)
    assert np.isfinite(slope).all()
    assert (slope[0, 4] < 0).all()  # the middle of what is missed


@pytest.mark.parametrize("smooth", [0, 1.0])
@pytest.mark.parametrize("side", [0.0, 1.0])
def test_flat_predictions_have_a_finite_gradient(smooth, side):
    for t in (grid((1, 11)), grid(), np.ones((1, 9, 12))):
        p = np.full(t.shape, side, "float32")
        assert np.isfinite(values(LOSS, t, p, smooth=smooth)).all()
        assert np.isfinite(gradient(LOSS, t, p, smooth=smooth)).all()


def test_the_skeleton_of_a_line_runs_up_to_the_border():
    """A line three pixels wide costs for each pixel of its middle that is missed."""
    t = np.zeros((1, 5, 40), "float32")
    t[:, 1:4] = 1
    for missed in (1, 10, 40):
        p = t.copy()
        p[..., :missed] = 0
        share = values(LOSS, t, p, smooth=1e-6)[0]
        assert share == pytest.approx(missed / 40 / (2 - missed / 40), abs=1e-5)
    assert float(ops.sum(t)) == 120
