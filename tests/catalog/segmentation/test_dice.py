"""Dice by hand. The sum that gives each number stands beside it."""

from functools import partial
from math import log

import numpy as np
import pytest
from hypothesis import assume, given as drawn, settings, strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import losses
from losses.outcomes import Raises, Returns
from tests.catalog.segmentation.common import REFUSED, examples
from tests.catalog.segmentation.graph import largest_of_labels
from tests.catalog.segmentation.properties import assert_an_ignored_pixel_is_left_out
from tests.differences import close, drawn_times, gradient, slopes, values
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

# Which rule of `losses.check` finds which wrong way.
FOUND_BY = {
    "mask_without_channel_axis": "check_nothing_broadcasts",
    "whole_batch_at_once": "check_one_value_per_sample",
    "no_smoothing": "check_finite",
    "epsilon_below_only": "check_agrees_with_reference",
    "logits_taken_as_probabilities": "check_logits_or_probabilities",
    "ids_against_softmax": "check_label_format",
    "all_classes_in_one_ratio": "check_agrees_with_reference",
    "axes_of_channels_first": "check_agrees_with_reference",
    "coefficient_as_the_loss": "check_perfect_is_best",
    "thresholded_prediction": "check_gradient_reaches_the_predictions",
    "uint8_mask": "check_label_dtypes",
    "half_precision_sums": "check_half_precision",
}


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("dice", case)


def oracle(
    labels,
    y_pred,
    smooth=1.0,
    from_logits=False,
    ignore_class=None,
    class_weight=None,
    over="image",
):
    """Pixel after pixel. `labels` without a class axis; a mask where `y_pred` has
    none either."""
    one = y_pred.ndim == labels.ndim
    classes = [1] if one else range(y_pred.shape[-1])
    weight = class_weight or [1.0] * len(classes)
    sums = np.zeros((len(labels), len(classes), 2))
    for image, (label, prediction) in enumerate(zip(labels, y_pred)):
        for index in np.ndindex(label.shape):
            if label[index] == ignore_class:
                continue
            p = np.atleast_1d(prediction[index])
            if from_logits:
                p = 1 / (1 + np.exp(-p)) if one else np.exp(p) / sum(np.exp(p))
            for number, name in enumerate(classes):
                t = label[index] if one else float(label[index] == name)
                sums[image, number] += [t * p[number], t + p[number]]
    if over == "batch":
        sums[:] = sums.sum(axis=0)
    found = []
    for image in sums:
        ratios = [
            (2 * overlap + smooth) / (total + smooth) if total + smooth else 1.0
            for overlap, total in image
        ]
        parts = [w * (1 - ratio) for w, ratio in zip(weight, ratios)]
        found.append(sum(parts) / sum(weight))
    return np.array(found)


def softmax(logits):
    return np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)


def one_hot(ids, classes):
    return (ids[..., None] == np.arange(classes)).astype(float)


def options_of(draw, classes):
    weight = st.lists(st.floats(0.1, 10), min_size=classes, max_size=classes)
    return {
        "smooth": draw(st.sampled_from([0.0, 0.5, 1.0, 100.0])),
        "from_logits": draw(st.booleans()),
        "ignore_class": draw(st.sampled_from([None, 255, -1])),
        "class_weight": draw(st.none() | weight),
        "over": draw(st.sampled_from(["image", "batch"])),
    }


@st.composite
def masks(draw):
    """Masks of one class, predictions, and options that go with them."""
    shape = draw(array_shapes(min_dims=2, max_dims=3, max_side=3))
    options = options_of(draw, 1)
    values = [0.0, 1.0, 0.5, *filter(None, [options["ignore_class"]])]
    numbers = st.floats(-4, 4) if options["from_logits"] else st.floats(0.01, 1)
    labels = draw(arrays(float, shape, elements=st.sampled_from(values)))
    return labels, draw(arrays(float, shape, elements=numbers)), options


@st.composite
def label_maps(draw):
    """Class ids, predictions, and options that go with them."""
    shape = draw(array_shapes(min_dims=2, max_dims=4, max_side=3))
    classes = draw(st.integers(2, 4))
    options = options_of(draw, classes)
    values = [*range(classes), *filter(None, [options["ignore_class"]])]
    logits = draw(arrays(float, (*shape, classes), elements=st.floats(-4, 4)))
    ids = draw(arrays("int32", shape, elements=st.sampled_from(values)))
    return ids, logits if options["from_logits"] else softmax(logits), options


@drawn(masks() | label_maps())
@settings(deadline=None, max_examples=drawn_times(100))
def test_the_slow_loop_agrees(drawn_maps):
    labels, y_pred, options = drawn_maps
    found = values(LOSS, labels, y_pred, **options)
    assert found == close(oracle(labels, y_pred, **options), abs=1e-12)


@drawn(masks() | label_maps())
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_gradient_is_the_slope_of_the_slow_loop(drawn_maps):
    labels, y_pred, options = drawn_maps
    found = gradient(LOSS, labels, y_pred, **options)
    expected = slopes(oracle, labels, y_pred, **options)
    assert found == close(expected, rel=1e-4, abs=1e-6)


@drawn(label_maps())
@settings(deadline=None, max_examples=drawn_times(50))
def test_every_form_of_the_labels_agrees(drawn_maps):
    ids, y_pred, options = drawn_maps
    assume(ids.ndim > 2)  # (batch, length, classes) would be one-class images
    expected = values(LOSS, ids, y_pred, **options)
    for labels in (ids[..., None], one_hot(ids, y_pred.shape[-1])):
        found = values(LOSS, labels, y_pred, **options)
        assert found == close(expected, abs=1e-12)


@drawn(masks())
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_channel_axis_may_be_missing_on_either_side(drawn_masks):
    mask, y_pred, options = drawn_masks
    expected = values(LOSS, mask, y_pred, **options)
    for true, pred in (
        (mask[..., None], y_pred),
        (mask, y_pred[..., None]),
        (mask[..., None], y_pred[..., None]),
    ):
        assert values(LOSS, true, pred, **options) == close(expected)


@drawn(masks() | label_maps())
@settings(deadline=None, max_examples=drawn_times(50))
def test_an_ignored_pixel_is_a_pixel_left_out(drawn_maps):
    assert_an_ignored_pixel_is_left_out(partial(values, LOSS), *drawn_maps)


@drawn(
    arrays(float, (2, 3, 2, 3), elements=st.floats(-4, 4)), st.permutations(range(3))
)
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_order_of_the_classes_does_not_matter(logits, order):
    ids, weight = np.arange(12).reshape(2, 3, 2) % 3, np.array([1.0, 2.0, 5.0])
    expected = values(LOSS, ids, logits, from_logits=True, class_weight=weight)
    moved = values(
        LOSS,
        np.argsort(order)[ids],
        logits[..., list(order)],
        from_logits=True,
        class_weight=weight[list(order)],
    )
    assert moved == close(expected)


@drawn(arrays(float, (2, 3, 2), elements=st.sampled_from([0.0, 1.0])))
@settings(deadline=None, max_examples=drawn_times(50))
def test_nothing_is_better_than_the_mask_itself(mask):
    assert values(LOSS, mask, mask) == close([0.0, 0.0])
    other = values(LOSS, mask, 0.9 * mask + 0.05)
    assert (other > 0).all()
    assert (other < 1).all()


@pytest.mark.parametrize("t", [0, 1])
@pytest.mark.parametrize("y_pred", [-100.0, 100.0])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("smooth", [0.0, 1.0])
def test_extreme_logits_are_finite(t, y_pred, dtype, smooth):
    given = np.array([[[t]]]), np.array([[[y_pred]]], dtype)
    value = values(LOSS, *given, from_logits=True, smooth=smooth)
    assert 0 <= value[0] <= 1
    assert np.isfinite(gradient(LOSS, *given, from_logits=True, smooth=smooth)).all()


def test_wrong_probabilities_learn():
    # N / D at p₁ = 0, p₂ = 1 with N = 1 + p₂ - p₁ = 2, D = 2 + p₁ + p₂ = 3
    found = gradient(LOSS, [[[1, 0]]], np.array([[[0.0, 1.0]]]))
    assert found == pytest.approx(np.array([[[-5 / 9, 1 / 9]]]))


def test_a_false_alarm_in_an_empty_image_costs_and_is_unlearned():
    alarm = np.array([[[0.5, 0.0]]])
    assert values(LOSS, EMPTY, alarm) == pytest.approx([1 / 3])  # 1 - 1 / (½ + 1)
    assert gradient(LOSS, EMPTY, alarm) == pytest.approx(4 / 9)  # 1 / (½ + 1)²


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "float64"])
@pytest.mark.parametrize("labels", [IDS, [[[[0], [1]]]], ONE_HOT])
def test_labels_of_any_dtype(labels, dtype):
    found = values(LOSS, np.array(labels, dtype), np.array(P, "float32"))
    assert found == pytest.approx([BOTH])
    mask = values(LOSS, np.array(MASK, dtype), np.array(HALF_RIGHT, "float32"))
    assert mask == pytest.approx([0.4])


@pytest.mark.parametrize("labels", [IDS, ONE_HOT])
def test_nan_is_not_hidden_but_where_it_is_ignored(labels):
    y_pred = np.array(P * 2)
    y_pred[0, 0, 0] = np.nan
    assert np.isnan(values(LOSS, labels * 2, y_pred)).tolist() == [True, False]
    ignored = values(LOSS, labels * 2, y_pred, ignore_class=0)
    assert ignored == pytest.approx([4 / 15] * 2)  # (1/3 + 1/5) / 2


def test_nan_in_a_mask_of_one_class_is_not_hidden():
    y_pred = np.array([[[np.nan, 0.0]], [[1.0, 0.0]]])
    assert np.isnan(values(LOSS, [[[1, 0]]] * 2, y_pred)).tolist() == [True, False]


def test_a_large_mask_in_half_precision():
    # 1 - (2·131072 + 1) / (262144 + 131072 + 1)
    expected = pytest.approx([131072 / 393217])
    assert values(LOSS, LARGE, 0.5 * LARGE) == expected
    assert values(LOSS, LARGE[..., None], 0.5 * LARGE[..., None]) == expected


def test_a_large_label_map_in_half_precision():
    p = np.zeros((1, 512, 512, 2), "float16")
    p[..., 1] = 1
    assert values(LOSS, np.ones((1, 512, 512)), p) == [0.0]


def test_ids_are_looked_up_and_never_made_one_hot():
    ids, y_pred = np.zeros((2, 8, 8), "int32"), np.ones((2, 8, 8, 5), "float32")
    largest = largest_of_labels(
        lambda t, p: LOSS(t, p, from_logits=True, ignore_class=4), ids, y_pred
    )
    assert 0 < largest < y_pred.size
