"""Top-k crossentropy by hand. The sum that gives each number stands beside it."""

from functools import partial
from math import log

import numpy as np
import pytest
from hypothesis import given as drawn, settings, strategies as st
from hypothesis.extra.numpy import arrays

import losses
from losses.evidence.outcomes import Raises, Returns
from tests.catalog.segmentation.maps import label_maps, masks, softmax
from tests.catalog.segmentation.properties import (
    assert_an_ignored_pixel_is_left_out,
    assert_every_form_of_the_labels_agrees,
)
from tests.differences import close, drawn_times, gradient, slope, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, probabilities, void

LOSS = losses.top_k_crossentropy
LN2, LN3 = log(2), log(3)
NAN = float("nan")
# Crossentropies 2 ln 2, ln 2, 0, 0: a mask, and class ids
MASK, PRED = [[[1, 0, 1, 0]]], [[[0.25, 0.5, 1.0, 0.0]]]
IDS, P = (
    [[[0, 1, 0, 2]]],
    [[[[0.25, 0.75, 0.0], [0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]]],
)
ONE_HOT = [[[[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]]]
SMALL = [[[[0.125, 0.125], [0.75, 0.25]]]]
# ln 4 and ln 4/3 of the first class; ln 2
LOGITS, TWO = [[[[0.0, LN3], [LN3, 0.0], [0.0, 0.0]]]], [[[0, 0, 1]]]
TWO_IMAGES = (
    [[[0, 0]], [[0, 0]]],
    [[[[0.5, 0.5], [1.0, 0.0]]], [[[0.25, 0.75], [0.25, 0.75]]]],
)

HAND = [
    given(MASK, PRED, [1.5 * LN2], fraction=0.5),
    given(MASK, PRED, [2 * LN2]),  # 0.3 · 4 = 1.2, rounded down
    given(MASK, PRED, [2 * LN2], fraction=0.01),  # one at least
    given(MASK, PRED, [LN2], fraction=0.75),  # 3 LN2 / 3
    given(MASK, PRED, [0.75 * LN2], fraction=1.0),
    given(MASK, PRED, [1.5 * LN2], fraction=0.7),  # 2.8, rounded down
    given(MASK, PRED, [LN2], fraction=0.8),  # 3.2
    # a row of 20: 0.2 · 20 = 4, (2 + 1 + 1 + 1) / 4
    given(
        [[[1] * 20]],
        [[[0.25] + [0.5] * 3 + [1.0] * 16]],
        [1.25 * LN2],
        fraction=0.2,
    ),
    given([[[1, 1], [1, 1]]], [[[0.25, 0.25], [1.0, 1.0]]], [2 * LN2], fraction=0.5),
    given([[[1, 1, 1]]], [[[0.5, 0.25, 1.0]]], [2 * LN2]),  # 0.9: one at least
    given([[[1]]], [[[0.5]]], [LN2]),
    # 1/p or 1/(1 - p) over 2, at the two hardest
    given(MASK, PRED, [[[-2.0, 1.0, 0.0, 0.0]]], "gradient", fraction=0.5),
    # the channel axis on either side, on both, on none; one and three spatial axes
    given([[[[1], [0], [1], [0]]]], PRED, [2 * LN2]),
    given(MASK, [[[[0.25], [0.5], [1.0], [0.0]]]], [2 * LN2]),
    given([[[[1], [0], [1], [0]]]], [[[[0.25], [0.5], [1.0], [0.0]]]], [2 * LN2]),
    given(MASK[0], PRED[0], [1.5 * LN2], fraction=0.5),
    given([MASK], [[[[[0.25], [0.5], [1.0], [0.0]]]]], [2 * LN2]),
    given([[[1, 0], [1, 0]]], [[[0.25, 0.5], [1.0, 0.0]]], [LN2], fraction=0.75),
    # a soft label: -(½ ln ½ + ½ ln ½)
    given([[[0.5]]], [[[0.5]]], [LN2]),
    # logits of one class: ln (1 + 3) and ln (1 + 1)
    given([[[1, 0, 1]]], [[[-LN3, 0.0, 99.0]]], [2 * LN2], from_logits=True),
    given([[[1, 0, 1]]], [[[-LN3, 0.0, 99.0]]], [LN2], from_logits=True, fraction=1.0),
    given([[[0, 1]]], [[[100.0, 100.0]]], [100.0], from_logits=True, fraction=0.5),
    # several classes, in each form of the labels
    given(IDS, P, [2 * LN2]),
    given(IDS, P, [1.5 * LN2], fraction=0.5),
    given([[[[0], [1], [0], [2]]]], P, [1.5 * LN2], fraction=0.5),
    # Ranked after the division by their sums ¼ and 1: ⅛ / ¼ is ½, and ¼ is harder. That
    # has the gradient (1, -1 / ¼ + 1).
    given([[[0, 1]]], SMALL, [2 * LN2], fraction=0.5),
    given([[[[1, 0], [0, 1]]]], SMALL, [2 * LN2], fraction=0.5),
    given([[[0, 1]]], SMALL, [[[[0.0, 0.0], [1.0, -3.0]]]], "gradient", fraction=0.5),
    given([[[0, 1]]], SMALL, [1.5 * LN2], fraction=1.0),  # (ln 2 + ln 4) / 2
    given(ONE_HOT, P, [1.5 * LN2], fraction=0.5),
    given([IDS], [P], [LN2], fraction=0.75),
    given([ONE_HOT], [P], [LN2], fraction=0.75),
    given(IDS[0], P[0], [1.5 * LN2], fraction=0.5),
    given(TWO, LOGITS, [2 * LN2], from_logits=True),
    given(TWO, LOGITS, [1.5 * LN2], from_logits=True, fraction=0.67),
    given([[[1]]], [[[[100.0, -100.0]]]], [200.0], from_logits=True),
    # without some pixels: the fraction is that of the others
    given(
        [[[1, 255, 0]]], [[[0.25, 0.0, 0.5]]], [2 * LN2], ignore_class=255, fraction=0.5
    ),
    given(
        [[[1, 255, 0]]],
        [[[0.25, 0.0, 0.5]]],
        [1.5 * LN2],
        ignore_class=255,
        fraction=1.0,
    ),
    given(
        [[[1, -1, 0]]], [[[0.25, 0.0, 0.5]]], [1.5 * LN2], ignore_class=-1, fraction=1.0
    ),
    given(
        [[[0, 255, 255, 255]]],
        [[[[0.25, 0.75]] * 4]],
        [2 * LN2],
        ignore_class=255,
        fraction=0.5,
    ),
    given(
        [[[[0], [255], [255], [255]]]],
        [[[[0.25, 0.75]] * 4]],
        [2 * LN2],
        ignore_class=255,
        fraction=0.5,
    ),
    given(
        [[[[1, 0], [0, 0], [0, 0], [0, 0]]]],
        [[[[0.25, 0.75]] * 4]],
        [2 * LN2],
        ignore_class=255,
        fraction=0.5,
    ),
    given(IDS, P, [0.5 * LN2], ignore_class=0, fraction=1.0),  # (ln 2 + 0) / 2
    given(ONE_HOT, P, [0.5 * LN2], ignore_class=0, fraction=1.0),
    given(  # 1, for the sum, and -1 / ½ + 1
        IDS,
        P,
        [[[[0.0] * 3, [1.0, -1.0, 1.0], [0.0] * 3, [0.0] * 3]]],
        "gradient",
        ignore_class=0,
        fraction=0.5,
    ),
    given([[[255] * 4]], P, [0.0], ignore_class=255),
    given([[[255] * 4]], PRED, [0.0], ignore_class=255),
    given([[[255] * 4]], PRED, [[[0.0] * 4]], "gradient", ignore_class=255),
    # each image by itself, and each with a number of its own of pixels that count
    given(*TWO_IMAGES, [LN2, 2 * LN2], fraction=0.5),
    given(
        [[[1, 1, 1, 1]], [[1, 1, 255, 255]]],
        [[[0.5, 0.25, 1.0, 1.0]], [[0.5, 0.25, 0.0, 0.0]]],
        [1.5 * LN2, 2 * LN2],
        fraction=0.5,
        ignore_class=255,
    ),
    # no class 3, no class -1, and the others are as they are
    given([[[0, 1, 0, 3]], IDS[0]], P * 2, [NAN, 2 * LN2]),
    given([[[0, 1, 0, -1]], IDS[0]], P * 2, [NAN, 2 * LN2]),
    given([[[0, 1, 0, 3]]], P, NAN, "fit_xla"),
    given(*TWO_IMAGES, 1.5 * LN2, "fit_eager", fraction=0.5),  # (ln 2 + ln 4) / 2
    given(*TWO_IMAGES, 1.5 * LN2, "fit_graph", fraction=0.5),
    given(*TWO_IMAGES, 1.5 * LN2, "fit_xla", fraction=0.5),
    given(*TWO_IMAGES, 1.25 * LN2, "save_load", fraction=1.0),  # (ln 2 / 2 + ln 4) / 2
    given([[[0, 1, 0, 255]]], P, LN2, "fit_xla", fraction=1.0, ignore_class=255),
    # the gradient above: √(4 + 1)
    given(MASK, PRED, Returns(1.5 * LN2, step=5**0.5), "fit_graph", fraction=0.5),
    given(MASK, PRED, 1.5 * LN2, "mixed_float16", fraction=0.5),
    given(*TWO_IMAGES, LN2 / 2, "sample_weight", [1, 0]),  # (ln 2 · 1 + ln 4 · 0) / 2
    given(*TWO_IMAGES, LN2, "sample_weight", [0, 1]),  # (ln 2 · 0 + ln 4 · 1) / 2
    given(IDS, P, Raises("TypeError", "only 0-dimensional"), "class_weight"),
    given(MASK, PRED, Raises("ValueError", "above 0, at most 1, not 0"), fraction=0),
    given(MASK, PRED, Raises("ValueError", "above 0, at most 1, not 30"), fraction=30),
    given(
        [[[1, 0, 0]]], [[[0.5, 0.5]]], Raises("ValueError", r"\(1, 1, 3\) and y_pred")
    ),
    given([[0, 1]], P, Raises("ValueError", r"class ids of shape \(1, 1, 4\) or one-")),
    given(MASK, MASK, Raises("TypeError", "dtype int32; predictions must be floating")),
]

EXAMPLES = [
    (ids(3, 4, 6, 5), probabilities(4, 6, 5, 3), {}),
    (
        void(ids(2, 4, 6, 5)),
        normal(4, 6, 5, 1),
        {"fraction": 0.5, "from_logits": True, "ignore_class": 255},
    ),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("top_k_crossentropy", case)


def oracle(labels, y_pred, fraction=0.3, from_logits=False, ignore_class=None):
    """One image after the other. `labels` without a class axis; a mask where `y_pred`
    has none either."""
    found = []
    for label, prediction in zip(labels, y_pred):
        costs = []
        for at in np.ndindex(label.shape):
            t, p = label[at], prediction[at]
            if t == ignore_class:
                continue
            if y_pred.ndim == labels.ndim:
                p = 1 / (1 + np.exp(-p)) if from_logits else p
                costs.append(-t * np.log(p) - (1 - t) * np.log(1 - p))
            else:
                p = np.exp(p) if from_logits else p
                costs.append(-np.log(p[t] / sum(p)))
        k = max(1, int(fraction * len(costs) + 1e-9))
        found.append(np.mean(sorted(costs)[-k:]) if costs else 0.0)
    return np.array(found)


def options_of(options):
    """Those that this loss has, of the options drawn for region losses."""
    kept = ("fraction", "from_logits", "ignore_class")
    return {name: value for name, value in options.items() if name in kept}


FRACTIONS = st.sampled_from([0.01, 0.26, 0.3, 0.49, 0.77, 1.0])
either = masks(fraction=FRACTIONS) | label_maps(fraction=FRACTIONS)


@drawn(either)
@settings(deadline=None, max_examples=drawn_times(100))
def test_the_slow_loop_agrees(drawn_maps):
    labels, y_pred, options = drawn_maps
    options = options_of(options)
    found = values(LOSS, labels, y_pred, **options)
    assert found == close(oracle(labels, y_pred, **options))


@drawn(either, st.integers(0, 1000))
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_gradient_is_the_slope_of_the_slow_loop(drawn_maps, seed):
    """Where no two pixels are equally hard: there the slope depends on the side."""
    labels, y_pred, options = drawn_maps
    options = options_of(options)
    y_pred = np.random.default_rng(seed).normal(size=y_pred.shape)
    if y_pred.ndim == labels.ndim:
        labels = np.where(labels == 0.5, 1, labels)  # p and 1 - p are equally hard
    if not options["from_logits"]:
        one = y_pred.ndim == labels.ndim
        y_pred = 1 / (1 + np.exp(-y_pred)) if one else softmax(y_pred)
    found = gradient(LOSS, labels, y_pred, **options)
    found, expected = slope(found, oracle, labels, y_pred, step=1e-7, **options)
    assert found == close(expected, rel=1e-4, abs=1e-5)


@drawn(label_maps(fraction=FRACTIONS))
@settings(deadline=None, max_examples=drawn_times(50))
def test_every_form_of_the_labels_agrees(drawn_maps):
    ids, y_pred, options = drawn_maps
    assert_every_form_of_the_labels_agrees(
        partial(values, LOSS), ids, y_pred, options_of(options)
    )


@drawn(either)
@settings(deadline=None, max_examples=drawn_times(50))
def test_an_ignored_pixel_is_a_pixel_left_out(drawn_maps):
    labels, y_pred, options = drawn_maps
    assert_an_ignored_pixel_is_left_out(
        partial(values, LOSS), labels, y_pred, options_of(options)
    )


@drawn(label_maps())
@settings(deadline=None, max_examples=drawn_times(50))
def test_all_of_the_pixels_are_the_pixelwise_crossentropy(drawn_maps):
    ids, y_pred, options = drawn_maps
    options = options_of(options)
    expected = values(losses.pixelwise_crossentropy, ids, y_pred, **options)
    assert values(LOSS, ids, y_pred, fraction=1.0, **options) == close(expected)


@drawn(arrays(float, (2, 3, 2), elements=st.floats(-6, 6)), st.permutations(range(6)))
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_order_of_the_pixels_does_not_matter(logits, order):
    mask = np.arange(12).reshape(2, 3, 2) % 3 == 0
    moved = (x.reshape(2, 6)[:, list(order)] for x in (mask, logits))
    expected = values(LOSS, mask, logits, from_logits=True)
    assert values(LOSS, *moved, from_logits=True) == close(expected)


@drawn(arrays(float, (2, 3, 2, 3), elements=st.floats(-6, 6)))
@settings(deadline=None, max_examples=drawn_times(50))
def test_fewer_pixels_are_harder_ones(logits):
    ids = np.arange(12).reshape(2, 3, 2) % 3
    found = [
        values(LOSS, ids, logits, from_logits=True, fraction=fraction)
        for fraction in (0.2, 0.4, 0.6, 1.0)
    ]
    assert (np.diff(found, axis=0) < 1e-5).all()


@pytest.mark.parametrize("t", [0, 1])
@pytest.mark.parametrize(
    "y_pred, from_logits",
    [([[100.0, -100.0]], True), ([[1.0, 0.0]], False), ([100.0], True), ([1.0], False)],
)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_extreme_predictions_are_finite_and_wrong_ones_learn(
    t, y_pred, from_logits, dtype
):
    y_pred = np.array([[y_pred]], dtype)
    classes = y_pred.shape[-1] if y_pred.ndim == 4 else 1
    labels = np.array([[[t]]])
    value = values(LOSS, labels, y_pred, from_logits=from_logits)
    slope = gradient(LOSS, labels, y_pred, from_logits=from_logits)
    assert np.isfinite(value).all()
    if from_logits or dtype != "float16":  # 1/p is beyond float16 for p below 1/65504
        assert np.isfinite(slope).all()
    wrong = t == (1 if classes == 2 else 0)
    assert value > 10 if wrong else value == pytest.approx([0.0], abs=1e-6)
    assert slope.any() or not wrong


@pytest.mark.parametrize("labels", [IDS, ONE_HOT])
@pytest.mark.parametrize("at", [0, 3])
def test_nan_is_not_hidden_among_the_easy_pixels(labels, at):
    y_pred = np.array(P * 2)
    y_pred[0, 0, at] = np.nan
    assert np.isnan(values(LOSS, labels * 2, y_pred)).tolist() == [True, False]


def test_nan_is_hidden_where_it_is_ignored():
    y_pred = np.array(P * 2)
    y_pred[0, 0, 0] = np.nan
    assert values(LOSS, IDS * 2, y_pred, ignore_class=0) == pytest.approx([LN2] * 2)


def test_a_large_image_keeps_its_digits():
    rng = np.random.default_rng(0)
    p = rng.uniform(0.01, 1, size=(1, 1024, 1024)).astype("float32")
    hardest = np.sort(-np.log(p.astype(float)).ravel())[-int(0.3 * 1024**2) :]
    found = values(LOSS, np.ones((1, 1024, 1024)), p)
    assert found == pytest.approx([hardest.mean()], rel=1e-6)
