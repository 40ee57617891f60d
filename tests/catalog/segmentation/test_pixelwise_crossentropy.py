"""Pixelwise crossentropy by hand. The sum that gives each number stands beside it;
ln 4 = 2 ln 2."""

from functools import partial
from math import e, log

import numpy as np
import pytest
from hypothesis import given as drawn, settings, strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import losses
from losses.evidence.outcomes import Raises, Returns
from tests.catalog.segmentation.graph import largest_of_labels
from tests.catalog.segmentation.properties import assert_an_ignored_pixel_is_left_out
from tests.differences import close, drawn_times, gradient, slope, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, probabilities, void

LOSS = losses.pixelwise_crossentropy
LN2, LN3, LN4 = log(2), log(3), log(4)
IDS = [[[0, 1]]]
P = [[[[0.25, 0.75], [0.5, 0.5]]]]  # ln 4 and ln 2
LOGITS = [[[[0.0, LN3], [0.0, 0.0]]]]  # the same
MORE_OR_LESS = [[[[0.125, 0.375], [1.0, 1.0]]]]  # the same, but for their sums, ½ and 2
P3 = [[[[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]]]]  # a third pixel, surely of class 0
TWO_IMAGES = [[[0], [1]], [[0], [0]]], [[[[0.5, 0.5]]] * 2, [[[0.25, 0.75]]] * 2]
ONE_HOT, ONE_HOT_VOID = [[[[1, 0], [0, 1]]]], [[[[1, 0], [0, 1], [0, 0]]]]

HAND = [
    given(IDS, P, [1.5 * LN2]),  # (ln 4 + ln 2) / 2
    given([[[[0], [1]]]], P, [1.5 * LN2]),
    given(ONE_HOT, P, [1.5 * LN2]),
    given([[[1, 1]]], [[[[0.75, 0.25], [0.5, 0.5]]]], [1.5 * LN2]),
    given([[[0, 0]]], [[[[0.5, 0.5], [0.5, 0.5]]]], [LN2]),
    # (ln 2 + 23 ln 2) / 2: the tangent of ln at e · 2⁻²³, which is -23 ln 2 at 0
    given([[[0, 1]]], [[[[0.5, 0.5], [1.0, 0.0]]]], [12 * LN2]),
    given([[[1]]], [[[[1.0, 0.0]]]], [[[[0.0, -(2**23) / e]]]], "gradient"),
    # divided by their sum: -ln (⅛ / ½) and -ln (1 / 2)
    given(IDS, MORE_OR_LESS, [1.5 * LN2]),
    given([[[[0], [1]]]], MORE_OR_LESS, [1.5 * LN2]),
    given(ONE_HOT, MORE_OR_LESS, [1.5 * LN2]),
    # (-1 / ⅛ + 1 / ½, 1 / ½) and (1 / 2, -1 / 1 + 1 / 2), each over 2 pixels
    given(IDS, MORE_OR_LESS, [[[[-3.0, 1.0], [0.25, -0.25]]]], "gradient"),
    given(ONE_HOT, MORE_OR_LESS, [[[[-3.0, 1.0], [0.25, -0.25]]]], "gradient"),
    # a sum of 0 divides nothing: (23 ln 2 + ln 2) / 2
    given(IDS, [[[[0.0, 0.0], [0.5, 0.5]]]], [12 * LN2]),
    given(ONE_HOT, [[[[0.0, 0.0], [0.5, 0.5]]]], [12 * LN2]),
    given(*TWO_IMAGES, [LN2, LN4]),
    given([[[2]]], [[[[0.25, 0.25, 0.5]]]], [LN2]),
    # three spatial axes, in each form of the labels; and one
    given([[[[0, 1]]]], [P], [1.5 * LN2]),
    given([[[[[0], [1]]]]], [P], [1.5 * LN2]),
    given([ONE_HOT], [P], [1.5 * LN2]),
    given([[0, 1]], P[0], [1.5 * LN2]),
    given(IDS, LOGITS, [1.5 * LN2], from_logits=True),
    given(ONE_HOT, LOGITS, [1.5 * LN2], from_logits=True),
    given([[[0], [0]]], [[[[20.0, 0.0]], [[20.0, 0.0]]]], [0.0], from_logits=True),
    given([[[1]]], [[[[200.0, -200.0]]]], [400.0], from_logits=True),
    # (½ - 1, ½) and (¼, ¾ - 1), each over 2 pixels
    given(
        [[[0, 1]]],
        [[[[0.0, 0.0], [0.0, LN3]]]],
        [[[[-0.25, 0.25], [0.125, -0.125]]]],
        "gradient",
        from_logits=True,
    ),
    # (-1 / ¼ + 1, 1) and (1, -1 / ½ + 1), each over 2 pixels: the sum counts, too
    given(IDS, P, [[[[-1.5, 0.5], [0.5, -0.5]]]], "gradient"),
    # the void pixel leaves the mean: (ln 4 + ln 2) / 2 again
    given([[[0, 1, 255]]], P3, [1.5 * LN2], ignore_class=255),
    given([[[[0], [1], [255]]]], P3, [1.5 * LN2], ignore_class=255),
    given(ONE_HOT_VOID, P3, [1.5 * LN2], ignore_class=255),
    given([[[0, 1, -1]]], P3, [1.5 * LN2], ignore_class=-1),
    given([[[1, 255]]], [[[[0.5, 0.5]] * 2]], [LN2], ignore_class=255),
    given([[[1, 255]]], [[[[0.5, 0.5]] * 2]], LN2, "fit_xla", ignore_class=255),
    given(IDS, P, [LN2], ignore_class=0),  # only the second pixel counts
    given(ONE_HOT, P, [LN2], ignore_class=0),
    given(IDS, P, [LN4], ignore_class=1),
    given([[[255, 255]]], P, [0.0], ignore_class=255),
    given([[[255, 255]]], P, [[[[0.0, 0.0]] * 2]], "gradient", ignore_class=255),
    # (1 ln 4 + 3 ln 2) / 2, not divided by 1 + 3
    given(IDS, P, [2.5 * LN2], class_weight=[1.0, 3.0]),
    given(ONE_HOT, P, [2.5 * LN2], class_weight=[1.0, 3.0]),
    given(IDS, LOGITS, [2.5 * LN2], class_weight=[1.0, 3.0], from_logits=True),
    given(ONE_HOT, LOGITS, [2.5 * LN2], class_weight=[1.0, 3.0], from_logits=True),
    given(IDS, P, [2.5 * LN2], class_weight={1: 3.0, 0: 1.0}),
    given([[[1, 1]]], [[[[0.5, 0.5]] * 2]], [3 * LN2], class_weight=[1.0, 3.0]),
    given(IDS, P, 2.5 * LN2, "fit_graph", class_weight=[1.0, 3.0]),
    given([[[0, 1, 255]]], P3, [2.5 * LN2], ignore_class=255, class_weight=[1.0, 3.0]),
    given(IDS, P, [[[LN4, LN2]]], per_pixel=True),
    given([[[[0], [1]]]], P, [[[LN4, LN2]]], per_pixel=True),
    given(ONE_HOT, P, [[[LN4, LN2]]], per_pixel=True),
    given([[[0, 1, 255]]], P3, [[[LN4, LN2, 0.0]]], per_pixel=True, ignore_class=255),
    # no class 2, no class -1
    given([[[0, 2]], IDS[0]], P * 2, [float("nan"), 1.5 * LN2]),
    given([[[0, -1]], IDS[0]], P * 2, [float("nan"), 1.5 * LN2]),
    given([[[0, 2]]], P, float("nan"), "fit_xla"),
    given(*TWO_IMAGES, 1.5 * LN2, "fit_eager"),  # (ln 2 + ln 4) / 2
    given(*TWO_IMAGES, 1.5 * LN2, "fit_graph"),
    given(*TWO_IMAGES, 1.5 * LN2, "fit_xla"),
    given(*TWO_IMAGES, 1.5 * LN2, "save_load"),
    # the gradient (p - t) / 2 is ±¼, four times
    given(
        IDS,
        [[[[0.0, 0.0], [0.0, 0.0]]]],
        Returns(LN2, step=0.5),
        "mixed_float16",
        from_logits=True,
    ),
    given(*TWO_IMAGES, LN2 / 2, "sample_weight", [1, 0]),  # (ln 2 · 1 + ln 4 · 0) / 2
    given(*TWO_IMAGES, LN2, "sample_weight", [0, 1]),  # (ln 2 · 0 + ln 4 · 1) / 2
    # a map of weights: (ln 4 · 1 + ln 2 · 0) / 2
    given(IDS, P, LN2, "sample_weight", [[[1, 0]]], per_pixel=True),
    given(IDS, P, Raises("TypeError", "only 0-dimensional"), "class_weight"),
    given([[0, 1]], P, Raises("ValueError", r"class ids of shape \(1, 1, 2\) or one-")),
    given(
        [[[[1, 0, 0], [0, 1, 0]]]], P, Raises("ValueError", r"one-hot labels of shape")
    ),
    given(IDS, [[[[0.5], [0.5]]]], Raises("ValueError", "two classes or more")),
    given(
        IDS,
        P,
        Raises("ValueError", r"class_weight has 3 numbers.* has 2 classes"),
        class_weight=[1.0, 3.0, 1.0],
    ),
    given(IDS, [[[[0, 1], [1, 0]]]], Raises("TypeError", "dtype int32; predictions")),
]

EXAMPLES = [
    (ids(3, 4, 6, 5, 1), probabilities(4, 6, 5, 3), {}),
    (
        void(ids(3, 4, 6, 5)),
        normal(4, 6, 5, 3),
        {"from_logits": True, "ignore_class": 255, "class_weight": [1.0, 2.0, 3.0]},
    ),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("pixelwise_crossentropy", case)


def oracle(ids, y_pred, from_logits=False, ignore_class=None, class_weight=None):
    """One image after the other, one pixel after the other."""
    classes = y_pred.shape[-1]
    found = []
    for image, prediction in zip(ids, y_pred):
        total, count = 0.0, 0
        for label, p in zip(np.ravel(image), prediction.reshape(-1, classes)):
            if label == ignore_class:
                continue
            p = np.exp(p) if from_logits else p
            p = p / sum(p)
            factor = 1.0 if class_weight is None else class_weight[label]
            total -= factor * np.log(p[label])
            count += 1
        found.append(total / count if count else 0.0)
    return np.array(found)


def softmax(logits):
    return np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)


@st.composite
def label_maps(draw):
    """Class ids, predictions, and options that go with them."""
    shape = draw(array_shapes(min_dims=2, max_dims=4, max_side=3))
    classes = draw(st.integers(2, 4))
    void = draw(st.sampled_from([None, 255, -1, 0]))
    from_logits = draw(st.booleans())
    labels = [*range(classes), *([] if void is None else [void])]
    logits = draw(arrays(float, (*shape, classes), elements=st.floats(-4, 4)))
    weight = st.lists(st.floats(0.1, 10), min_size=classes, max_size=classes)
    options = {
        "from_logits": from_logits,
        "ignore_class": void,
        "class_weight": draw(st.none() | weight),
    }
    ids = draw(arrays("int32", shape, elements=st.sampled_from(labels)))
    return ids, logits if from_logits else softmax(logits), options


def one_hot(ids, classes):
    return (ids[..., None] == np.arange(classes)).astype(float)


@drawn(label_maps())
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_slow_loop_agrees(drawn_maps):
    ids, y_pred, options = drawn_maps
    found = values(LOSS, ids, y_pred, **options)
    assert found == close(oracle(ids, y_pred, **options))


@drawn(label_maps())
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_gradient_is_the_slope_of_the_slow_loop(drawn_maps):
    ids, y_pred, options = drawn_maps
    found = gradient(LOSS, ids, y_pred, **options)
    found, expected = slope(found, oracle, ids, y_pred, **options)
    assert found == close(expected, rel=1e-4, abs=1e-5)


@drawn(label_maps())
@settings(deadline=None, max_examples=drawn_times(50))
def test_every_form_of_the_labels_agrees(drawn_maps):
    ids, y_pred, options = drawn_maps
    expected = values(LOSS, ids, y_pred, **options)
    for labels in (ids[..., None], one_hot(ids, y_pred.shape[-1])):
        found = values(LOSS, labels, y_pred, **options)
        assert found == close(expected)


@drawn(label_maps())
@settings(deadline=None, max_examples=drawn_times(50))
def test_an_ignored_pixel_is_a_pixel_left_out(drawn_maps):
    assert_an_ignored_pixel_is_left_out(partial(values, LOSS), *drawn_maps)


@drawn(arrays(float, (2, 3, 2, 3), elements=st.floats(-6, 6)))
@settings(deadline=None, max_examples=drawn_times(50))
def test_logits_and_probabilities_agree(logits):
    ids = np.arange(12).reshape(2, 3, 2) % 3
    found = values(LOSS, ids, logits, from_logits=True)
    assert found == close(values(LOSS, ids, softmax(logits)))


@pytest.mark.parametrize("form", ["ids", "one-hot"])
@pytest.mark.parametrize("t", [0, 1])
@pytest.mark.parametrize(
    "y_pred, from_logits", [([100.0, -100.0], True), ([1.0, 0.0], False)]
)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_extreme_predictions_are_finite_and_wrong_ones_learn(
    form, t, y_pred, from_logits, dtype
):
    ids = np.array([[[t]]])
    given = ids if form == "ids" else one_hot(ids, 2), np.array([[[y_pred]]], dtype)
    value = values(LOSS, *given, from_logits=from_logits)
    slope = gradient(LOSS, *given, from_logits=from_logits)
    assert np.isfinite(value).all()
    if from_logits or dtype != "float16":  # 1/p is beyond float16 for p below 1/65504
        assert np.isfinite(slope).all()
    if t == 0:
        assert value == pytest.approx([0.0], abs=1e-6)
    else:
        assert value > 10
        assert slope[0, 0, 0, 1] < 0  # more of class 1


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "float64"])
@pytest.mark.parametrize("labels", [IDS, [[[[0], [1]]]], ONE_HOT])
def test_labels_of_any_dtype(labels, dtype):
    found = values(LOSS, np.array(labels, dtype), np.array(P, "float32"))
    assert found == pytest.approx([1.5 * LN2])


def test_nan_is_not_hidden_but_where_it_is_ignored():
    y_pred = np.array(P * 2)
    y_pred[0, 0, 0] = np.nan
    assert np.isnan(values(LOSS, IDS * 2, y_pred)).tolist() == [True, False]
    assert np.isnan(values(LOSS, ONE_HOT * 2, y_pred)).tolist() == [True, False]
    ignored = values(LOSS, IDS * 2, y_pred, ignore_class=0)
    assert ignored == pytest.approx([LN2, LN2])


def test_a_large_image_in_half_precision():
    half = np.full((1, 512, 512, 2), 0.5, "float16")
    found = values(LOSS, np.ones((1, 512, 512)), half)
    assert found == pytest.approx([LN2], rel=1e-5)


@pytest.mark.parametrize("from_logits", [False, True])
def test_ids_are_looked_up_and_never_made_one_hot(from_logits):
    ids, y_pred = np.zeros((2, 8, 8), "int32"), np.ones((2, 8, 8, 5), "float32")
    largest = largest_of_labels(
        lambda t, p: LOSS(
            t,
            p,
            from_logits=from_logits,
            ignore_class=4,
            class_weight=[1.0, 2.0, 3.0, 4.0, 5.0],
        ),
        ids,
        y_pred,
    )
    assert 0 < largest < y_pred.size
