"""Lovász-Softmax by hand. The sum that gives each number stands beside it."""

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
from tests.inputs import ids, normal, one_hot as drawn_one_hot, probabilities, void

LOSS = losses.lovasz_softmax
NAN = float("nan")
# Errors 0.5, 0.3 and 0.2; the Jaccard loss grows by 1/2, to 2/3, to 1:
# 0.5/2 + 0.3/6 + 0.2/3
MASK, PRED, VALUE = [[[1, 1, 0]]], [[[0.8, 0.5, 0.3]]], 11 / 30
# Class 0: 0.6 outside, 0.2 outside, 0.1 inside: 0.6/2 + 0.2/6 + 0.1/3 = 11/30.
# Class 1: 0.6 inside, 0.2 inside, 0.1 outside: 0.6/2 + 0.2/2 = 2/5.
IDS, P = [[[0, 1, 1]]], [[[[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]]]
P4 = [[[[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.5, 0.5]]]]
LOGITS = [[[[log(9), 0.0], [log(1.5), 0.0], [0.0, log(4)]]]]  # the same
ONE_HOT = [[[[1, 0], [0, 1], [0, 1]]]]
ONE_HOT_VOID = [[[[1, 0], [0, 1], [0, 1], [0, 0]]]]
BOTH = (11 / 30 + 2 / 5) / 2
# Class 0: 0.5/2 + 0.3/2. Absent are class 1, at most 0.4, and class 2, at most 0.1.
THREE, P3 = [[[0, 0]]], [[[[0.7, 0.2, 0.1], [0.5, 0.4, 0.1]]]]
TWO_IMAGES = [[[1, 1]], [[1, 0]]], [[[1.0, 1.0]], [[0.5, 0.0]]]
ONE_CLASS_EACH = [[[0]], [[1]]], [[[[0.8, 0.2]]], [[[0.6, 0.4]]]]

HAND = [
    given(MASK, PRED, [VALUE]),
    given([[[1, 0]]], [[[0.4, 0.2]]], [0.6]),  # 0.6 · 1 + 0.2 · 0
    given([[[1, 0]]], [[[0.9, 0.8]]], [0.45]),  # 0.8/2 + 0.1/2
    given([[[0, 1]]], [[[0.8, 0.9]]], [0.45]),
    given([[[1, 0]]], [[[1.0, 0.0]]], [0.0]),
    # right or wrong only: 1 - 1/3, one pixel of three found
    given([[[1, 1, 0, 0]]], [[[1.0, 0.0, 1.0, 0.0]]], [2 / 3]),
    given(MASK, PRED, [[[-1 / 3, -1 / 2, 1 / 6]]], "gradient"),
    # the channel axis on either side, on both, on none; one and three spatial axes
    given([[[[1], [1], [0]]]], PRED, [VALUE]),
    given(MASK, [[[[0.8], [0.5], [0.3]]]], [VALUE]),
    given([[[[1], [1], [0]]]], [[[[0.8], [0.5], [0.3]]]], [VALUE]),
    given(MASK[0], PRED[0], [VALUE]),
    given([MASK], [[[[[0.8], [0.5], [0.3]]]]], [VALUE]),
    given([[[1], [1], [0]]], [[[0.8], [0.5], [0.3]]], [VALUE]),
    # several classes, in each form of the labels
    given(IDS, P, [BOTH]),
    given([[[[0], [1], [1]]]], P, [BOTH]),
    given(ONE_HOT, P, [BOTH]),
    given([IDS], [P], [BOTH]),
    given([ONE_HOT], [P], [BOTH]),
    given([[0, 1, 1]], P[0], [BOTH]),
    given(IDS, LOGITS, [BOTH], from_logits=True),
    given(ONE_HOT, LOGITS, [BOTH], from_logits=True),
    given([[[1, 0]]], [[[0.0, log(3)]]], [5 / 8], from_logits=True),  # ¾/2 + ½/2
    given([[[1, 0]]], [[[100.0, -100.0]]], [0.0], from_logits=True),
    # masks that overlap: 0.5 · 1 + 0.4 · 0, and 0.3/2 + 0.1/2
    given([[[[1, 1], [0, 1]]]], [[[[0.5, 0.9], [0.4, 0.7]]]], [0.35]),
    # classes that are absent
    given(THREE, P3, [0.4]),
    given(THREE, P3, [(0.4 + 0.4 + 0.1) / 3], classes="all"),
    given([[[0]]], [[[[0.7, 0.2, 0.1]]]], [0.3]),
    given([[[0]]], [[[[0.7, 0.2, 0.1]]]], [0.2], classes="all"),  # (0.3 + 0.3) / 3
    given(IDS, P, [BOTH], classes="all"),
    given([[[0, 0]]], [[[0.5, 0.2]]], [0.0]),
    given([[[0, 0]]], [[[0.5, 0.2]]], [[[0.0, 0.0]]], "gradient"),
    given([[[0, 0]]], [[[0.5, 0.2]]], [0.5], classes="all"),
    given([[[0, 0]]], [[[0.5, 0.2]]], [[[1.0, 0.0]]], "gradient", classes="all"),
    given([[[0, 0]]], [[[0.0, 0.0]]], [0.0], classes="all"),
    # without some pixels
    given([[[1, 255, 1, 0]]], [[[0.8, 1.0, 0.5, 0.3]]], [VALUE], ignore_class=255),
    given([[[1, 255]]], [[[0.4, 0.8]]], [0.6], ignore_class=255),
    given([[[1, -1]]], [[[0.4, 0.8]]], [0.6], ignore_class=-1),
    given([[[1, 0]]], [[[0.9, 0.8]]], [0.1], ignore_class=0),
    given([[[1, 0]]], [[[0.0, 9.0]]], [0.5], ignore_class=0, from_logits=True),
    given([[[0, 1, 1, 255]]], P4, [BOTH], ignore_class=255),
    given([[[[0], [1], [1], [255]]]], P4, [BOTH], ignore_class=255),
    given(ONE_HOT_VOID, P4, [BOTH], ignore_class=255),
    given(IDS, P, [0.4], ignore_class=0),  # class 1: 0.6/2 + 0.2/2
    given(ONE_HOT, P, [0.4], ignore_class=0),
    # and class 0, of which none is left: the largest
    given(IDS, P, [(0.6 + 0.4) / 2], ignore_class=0, classes="all"),
    given([[[255] * 3]], P, [0.0], ignore_class=255),
    given([[[255] * 3]], P, [0.0], ignore_class=255, classes="all"),
    given([[[255] * 3]], PRED, [0.0], ignore_class=255, classes="all"),
    given([[[255] * 3]], LOGITS, [0.0], ignore_class=255, from_logits=True),
    # both images: 0.5 · (1 - 2/3)
    given(*TWO_IMAGES, [0.0, 0.5]),
    given(*TWO_IMAGES, [1 / 6, 1 / 6], over="batch"),
    # class 0: 0.6/2 + 0.2/2, class 1: 0.6 · 1; both are present in the batch
    given(*ONE_CLASS_EACH, [0.2, 0.6]),
    given(*ONE_CLASS_EACH, [0.5, 0.5], over="batch"),
    # each pixel weighs 1/2, and the value stands there twice
    given(
        *ONE_CLASS_EACH,
        [[[[-0.5, 0.0]]], [[[0.5, -1.0]]]],
        "gradient",
        over="batch",
    ),
    # no class 2, no class -1, and nothing else
    given([[[0, 1, 2]], IDS[0]], P * 2, [NAN, BOTH]),
    given([[[0, 1, -1]], IDS[0]], P * 2, [NAN, BOTH]),
    given([[[2, 2, 2]], IDS[0]], P * 2, [NAN, BOTH]),
    given([[[2, 2, 2]]], P, NAN, "fit_xla"),
    given(*TWO_IMAGES, 0.25, "fit_eager"),  # (0 + ½) / 2
    given(*TWO_IMAGES, 0.25, "fit_graph"),
    given(*TWO_IMAGES, 0.25, "fit_xla"),
    given(*TWO_IMAGES, 1 / 6, "fit_xla", over="batch"),
    given(*TWO_IMAGES, 1 / 6, "save_load", over="batch"),
    given(THREE, P3, 0.3, "save_load", classes="all"),
    given(IDS, P, BOTH, "fit_xla"),
    given([[[0, 1, 1, 255]]], P4, BOTH, "fit_xla", ignore_class=255),
    # the gradient above: √(4 + 9 + 1) / 6
    given(MASK, PRED, Returns(VALUE, step=14**0.5 / 6), "fit_graph"),
    given(MASK, [[[0.75, 0.5, 0.25]]], 3 / 8, "mixed_float16"),  # ½/2 + ¼/6 + ¼/3
    given(*TWO_IMAGES, 0.0, "sample_weight", [1, 0]),  # (0 · 1 + ½ · 0) / 2
    given(*TWO_IMAGES, 0.25, "sample_weight", [0, 1]),  # (0 · 0 + ½ · 1) / 2
    given(IDS, P, Raises("TypeError", "only 0-dimensional"), "class_weight"),
    given(MASK, PRED, Raises("ValueError", "'image' or 'batch'"), over="row"),
    given(MASK, PRED, Raises("ValueError", "'present' or 'all', not"), classes=[1]),
    given(
        [[[1, 0, 0]]], [[[0.5, 0.5]]], Raises("ValueError", r"\(1, 1, 3\) and y_pred")
    ),
    given([[0, 1]], P, Raises("ValueError", r"class ids of shape \(1, 1, 3\) or one-")),
    given(MASK, MASK, Raises("TypeError", "dtype int32; predictions must be floating")),
]

EXAMPLES = [
    (ids(3, 4, 6, 5), probabilities(4, 6, 5, 3), {}),
    (
        void(ids(3, 4, 6, 5)),
        normal(4, 6, 5, 3),
        {"classes": "all", "ignore_class": 255, "from_logits": True},
    ),
    (drawn_one_hot(3, 4, 6, 5), probabilities(4, 6, 5, 3), {"over": "batch"}),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("lovasz_softmax", case)


def oracle(
    labels,
    y_pred,
    classes="present",
    ignore_class=None,
    over="image",
    from_logits=False,
):
    """Without sorting: the Jaccard loss of all pixels whose error reaches a level,
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
        for name in [1] if one else range(y_pred.shape[-1]):
            inside, errors = set(), {}
            for at in pixels:
                p = np.atleast_1d(y_pred[at])
                if from_logits:
                    p = 1 / (1 + np.exp(-p)) if one else np.exp(p) / sum(np.exp(p))
                p = p[0 if one else name]
                if (labels[at] > 0.5) if one else (labels[at] == name):
                    inside.add(at)
                    errors[at] = 1 - p
                else:
                    errors[at] = p
            if inside or classes == "all":
                costs.append(by_levels(inside, errors))
        found.append(sum(costs) / len(costs) if costs else 0.0)
    return np.array(found * len(labels) if over == "batch" else found)


def by_levels(inside, errors):
    total, below = 0.0, 0.0
    for level in sorted(set(errors.values())):
        wrong = {at for at, error in errors.items() if error >= level}
        jaccard = 1 - len(inside - wrong) / len(inside | wrong)
        total += (level - below) * jaccard
        below = level
    return total


def options_of(options):
    """Those that this loss has, of the options drawn for region losses."""
    kept = ("classes", "ignore_class", "over", "from_logits")
    return {name: value for name, value in options.items() if name in kept}


CLASSES = st.sampled_from(["present", "all"])
either = masks(classes=CLASSES) | label_maps(classes=CLASSES)


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
    """Where no two errors are equal: there the order changes, and so does the slope."""
    labels, y_pred, options = drawn_maps
    options = options_of(options)
    y_pred = np.random.default_rng(seed).normal(size=y_pred.shape)
    if not options["from_logits"]:
        one = y_pred.ndim == labels.ndim
        y_pred = 1 / (1 + np.exp(-y_pred)) if one else softmax(y_pred)
    found = gradient(LOSS, labels, y_pred, **options)
    found, expected = slope(found, oracle, labels, y_pred, step=1e-7, **options)
    assert found == close(expected, rel=1e-4, abs=1e-6)


@drawn(label_maps(classes=CLASSES))
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


@drawn(
    arrays(float, (2, 3, 2, 3), elements=st.floats(-4, 4)), st.permutations(range(3))
)
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_order_of_the_classes_does_not_matter(logits, order):
    ids = np.arange(12).reshape(2, 3, 2) % 3
    expected = values(LOSS, ids, logits, from_logits=True)
    moved = np.argsort(order)[ids], logits[..., list(order)]
    assert values(LOSS, *moved, from_logits=True) == close(expected)


@drawn(arrays(float, (2, 3, 2), elements=st.sampled_from([0.0, 1.0])), st.randoms())
@settings(deadline=None, max_examples=drawn_times(50))
def test_of_hard_predictions_it_is_the_jaccard_loss(mask, random):
    found = np.array([random.choice([0.0, 1.0]) for _ in mask.flat]).reshape(mask.shape)
    jaccard = values(losses.jaccard, mask, found, smooth=0)
    assert values(LOSS, mask, found, classes="all") == close(jaccard)


@drawn(arrays(float, (1, 2, 3), elements=st.floats(0, 1)), st.permutations(range(6)))
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_order_of_the_pixels_does_not_matter(p, order):
    mask = np.array([[[1, 0, 0], [1, 1, 0]]])
    moved = (x.reshape(1, 6)[:, list(order)] for x in (mask, p))
    assert values(LOSS, *moved) == close(values(LOSS, mask, p))


@pytest.mark.parametrize("t", [0, 1])
@pytest.mark.parametrize("y_pred", [-100.0, 100.0])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_extreme_logits_are_finite(t, y_pred, dtype):
    given = np.array([[[t]]]), np.array([[[y_pred]]], dtype)
    value = values(LOSS, *given, from_logits=True, classes="all")
    assert value == pytest.approx([float((y_pred > 0) != t)])
    assert np.isfinite(gradient(LOSS, *given, from_logits=True, classes="all")).all()


@pytest.mark.parametrize("labels", [IDS, ONE_HOT])
def test_nan_is_not_hidden_but_where_it_is_ignored(labels):
    y_pred = np.array(P * 2)
    y_pred[0, 0, 0] = np.nan
    assert np.isnan(values(LOSS, labels * 2, y_pred)).tolist() == [True, False]
    ignored = values(LOSS, labels * 2, y_pred, ignore_class=0)
    assert ignored == pytest.approx([0.4] * 2)


def test_a_large_image_keeps_its_digits():
    """A pixel of a million changes the Jaccard loss by a millionth, which is a dozen
    units in the last place of it."""
    side = 1024
    rng = np.random.default_rng(0)
    p = rng.uniform(size=(1, side, side)).astype("float32")
    mask = rng.uniform(size=(1, side, side)) < 0.1
    errors = np.where(mask, 1 - p, p).ravel().astype(float)
    order = np.argsort(-errors)
    inside = mask.ravel()[order]
    wrong_inside, wrong_outside = np.cumsum(inside), np.cumsum(~inside)
    size = inside.sum()
    jaccard = 1 - (size - wrong_inside) / (size + wrong_outside)
    weights = np.empty(errors.size)
    weights[order] = np.diff(jaccard, prepend=0)
    found = values(LOSS, mask, p)
    assert found == pytest.approx([np.sum(errors * weights)], rel=1e-5)
    slope = np.abs(gradient(LOSS, mask, p)).ravel()
    np.testing.assert_allclose(np.sort(slope), np.sort(weights), rtol=1e-3)


def test_the_values_that_kornia_expects():
    # kornia, tests/losses/test_lovaz_softmax.py: those of the authors with
    # classes="all", per_image=True, and the gradient through the softmax.
    p = np.array([[[[0.6, 0.29, 0.11], [0.21, 0.68, 0.11], [0.12, 0.19, 0.69]]]])
    for labels, expected in (
        ([0, 1, 2], [0.4, 0.32, 0.31]),
        ([0, 0, 0], [0.69, 0.68, 0.69]),
        ([0], [0.4, 0.29, 0.11]),
    ):
        given = [[labels]], np.log(p[:, :, : len(labels)])
        found = values(LOSS, *given, classes="all", from_logits=True)
        assert found == close([np.mean(expected)])
    found = gradient(LOSS, [[[0, 1, 2]]], np.log(p), classes="all", from_logits=True)
    expected = [
        [-0.08, 0.058, 0.022],
        [0.0476, -0.0725333333, 0.0249333333],
        [0.0276, 0.0437, -0.0713],
    ]
    assert found == close(np.array([[expected]]), abs=1e-9)
