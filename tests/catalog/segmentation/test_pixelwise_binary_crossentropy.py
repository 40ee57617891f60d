"""Pixelwise binary crossentropy by hand. The sum that gives each number stands beside
it; ln 4 = 2 ln 2."""

from math import e, log

import numpy as np
import pytest
from hypothesis import given as drawn, settings, strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import losses
from losses.evidence.outcomes import Raises, Returns
from tests.differences import close, drawn_times, gradient, slope, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, probabilities

LOSS = losses.pixelwise_binary_crossentropy
LN2, LN3, LN4 = log(2), log(3), log(4)
STEEPEST = 2**23 / e  # of the tangent of ln at e · 2⁻²³
TWO_IMAGES = [[[1], [0]], [[1], [0]]], [[[0.5], [0.5]], [[0.25], [0.75]]]  # ln 2, ln 4
ONE_PERFECT = [[[[1], [0]]]] * 2, [[[[1.0], [0.0]]], [[[0.5], [0.5]]]]  # 0, ln 2

HAND = [
    given([[[1, 0], [0, 0]]], [[[0.5, 0.5], [0.5, 0.5]]], [LN2]),
    given([[[1, 0]]], [[[0.25, 0.5]]], [1.5 * LN2]),  # (ln 4 + ln 2) / 2
    given([[[0, 1]]], [[[0.75, 0.25]]], [LN4]),  # (-ln ¼ - ln ¼) / 2
    given([[[0, 0, 1]]], [[[0.0, 0.0, 0.125]]], [LN2]),  # (0 + 0 + 3 ln 2) / 3
    given([[[0.5]]], [[[0.5]]], [LN2]),  # ½ ln 2 + ½ ln 2
    given(*TWO_IMAGES, [LN2, LN4]),
    # the channel axis on either side, on both, on none; three spatial axes
    given([[[1, 0]]], [[[[0.25], [0.5]]]], [1.5 * LN2]),
    given([[[[1], [0]]]], [[[0.25, 0.5]]], [1.5 * LN2]),
    given([[[[1], [0]]]], [[[[0.25], [0.5]]]], [1.5 * LN2]),
    given([[[[[1], [0]]]]], [[[[[0.25], [0.5]]]]], [1.5 * LN2]),
    given([[[[1, 0]]]], [[[[[0.25], [0.5]]]]], [1.5 * LN2]),
    given([[[[1, 1]]]], [[[[0.25, 0.5]]]], [1.5 * LN2]),  # two labels that overlap
    # 0 predicted where 1 is: that tangent is at 0 at ln (e · 2⁻²³) - 1 = -23 ln 2
    given([[[1]]], [[[0.0]]], [23 * LN2]),
    given([[[1]]], [[[0.0]]], [[[-STEEPEST]]], "gradient"),
    given([[[0]]], [[[1.0]]], [23 * LN2]),
    given([[[0]]], [[[1.0]]], [[[STEEPEST]]], "gradient"),
    # labels that overlap need not add up to 1, and are not divided by their sum
    given([[[[1, 1]]]], [[[[0.5, 0.25]]]], [[[[-1.0, -2.0]]]], "gradient"),
    # logits 0 and ln 3 are the probabilities ½ and ¾
    given([[[1, 0]]], [[[0.0, LN3]]], [1.5 * LN2], from_logits=True),  # -ln ½ - ln ¼
    given([[[1, 0]]], [[[-20.0, 20.0]]], [20.0], from_logits=True),
    given([[[1, 0]]], [[[-20.0, 20.0]]], [[[-0.5, 0.5]]], "gradient", from_logits=True),
    given([[[1, 0]]], [[[200.0, -200.0]]], [0.0], from_logits=True),
    # (3 ln 2 + ln 4) / 2, from probabilities and from logits
    given([[[1, 0]]], [[[0.5, 0.75]]], [2.5 * LN2], pos_weight=3.0),
    given([[[1, 0]]], [[[0.0, LN3]]], [2.5 * LN2], pos_weight=3.0, from_logits=True),
    given([[[[1], [0]]]], [[[[0.5], [0.75]]]], [2.5 * LN2], pos_weight=3.0),
    # one factor for each label: (1 ln 4 + 3 ln 2) / 2
    given([[[[1, 1]]]], [[[[0.25, 0.5]]]], [2.5 * LN2], pos_weight=[1.0, 3.0]),
    given([[[1, 0]]], [[[0.25, 0.5]]], [[[LN4, LN2]]], per_pixel=True),
    given([[[[1], [0]]]], [[[[0.25], [0.5]]]], [[[LN4, LN2]]], per_pixel=True),
    given([[[1, 0]]], [[[[0.25], [0.5]]]], [[[LN4, LN2]]], per_pixel=True),
    given([[[[1, 1]]]], [[[[0.25, 0.5]]]], [[[[LN4, LN2]]]], per_pixel=True),
    given([[[1, 0]]], [[[0.5, 0.5]]], [[[-1.0, 1.0]]], "gradient"),  # ∓1 / ½ / 2
    given(*TWO_IMAGES, 1.5 * LN2, "fit_eager"),  # (ln 2 + ln 4) / 2
    given(*TWO_IMAGES, 1.5 * LN2, "fit_graph"),
    given(*TWO_IMAGES, 1.5 * LN2, "fit_xla"),
    given(*TWO_IMAGES, 1.5 * LN2, "save_load"),
    # the gradient (p - t) / 2, ½ and ½ twice
    given(
        [[[1], [0]]],
        [[[0.0], [0.0]]],
        Returns(LN2, step=(2 / 16) ** 0.5),
        "mixed_float16",
        from_logits=True,
    ),
    given(*TWO_IMAGES, LN2 / 2, "sample_weight", [1, 0]),  # (ln 2 · 1 + ln 4 · 0) / 2
    given(*TWO_IMAGES, LN2, "sample_weight", [0, 1]),  # (ln 2 · 0 + ln 4 · 1) / 2
    given(*ONE_PERFECT, 0.0, "sample_weight", [1, 0]),
    given(*ONE_PERFECT, LN2 / 2, "sample_weight", [0, 1]),
    # a map of weights: (ln 4 · 1 + ln 2 · 0) / 2
    given(
        [[[1, 0]]], [[[0.25, 0.5]]], LN2, "sample_weight", [[[1, 0]]], per_pixel=True
    ),
    given(*TWO_IMAGES, Raises("TypeError", "only 0-dimensional"), "class_weight"),
    given(
        [[[1, 0]]], [[[[0.5, 0.5]]]], Raises("ValueError", r"broadcast to \(1, 1, 1, 2")
    ),
    given(
        [[[1, 0]]], [[[0.5]]], Raises("ValueError", r"\(1, 1, 2\) and y_pred \(1, 1, 1")
    ),
    given([[[1, 0]]], [[[1, 0]]], Raises("TypeError", "dtype int32; predictions must")),
]

EXAMPLES = [
    (ids(2, 4, 6, 5), probabilities(4, 6, 5, 1), {}),
    (
        ids(2, 4, 6, 5, 1),
        normal(4, 6, 5),
        {"from_logits": True, "pos_weight": 3.0},
    ),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("pixelwise_binary_crossentropy", case)


def oracle(y_true, y_pred, from_logits=False, pos_weight=1.0):
    """One image after the other, one pixel after the other."""
    found = []
    for mask, prediction in zip(y_true, y_pred):
        total = 0.0
        for t, p in zip(np.ravel(mask), np.ravel(prediction)):
            if from_logits:
                p = 1 / (1 + np.exp(-p))
            total -= pos_weight * t * np.log(p) + (1 - t) * np.log(1 - p)
        found.append(total / np.size(mask))
    return np.array(found)


@st.composite
def masks(draw):
    """Masks, predictions, and options that go with them."""
    shape = draw(array_shapes(min_dims=2, max_dims=4, max_side=3))
    from_logits = draw(st.booleans())
    numbers = st.floats(-6, 6) if from_logits else st.floats(0.01, 0.99)
    options = {"from_logits": from_logits, "pos_weight": draw(st.floats(0.1, 10))}
    return (
        draw(arrays(float, shape, elements=st.sampled_from([0.0, 0.5, 1.0]))),
        draw(arrays(float, shape, elements=numbers)),
        options,
    )


@drawn(masks())
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_slow_loop_agrees(drawn_masks):
    y_true, y_pred, options = drawn_masks
    found = values(LOSS, y_true, y_pred, **options)
    assert found == close(oracle(y_true, y_pred, **options))


@drawn(masks())
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_gradient_is_the_slope_of_the_slow_loop(drawn_masks):
    y_true, y_pred, options = drawn_masks
    found = gradient(LOSS, y_true, y_pred, **options)
    found, expected = slope(found, oracle, y_true, y_pred, **options)
    assert found == close(expected, rel=1e-4, abs=1e-6)


@drawn(masks())
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_mean_of_the_map_is_the_loss_of_the_image(drawn_masks):
    y_true, y_pred, options = drawn_masks
    pixels = values(LOSS, y_true, y_pred, per_pixel=True, **options)
    means = pixels.reshape(len(y_true), -1).mean(axis=1)
    assert means == close(values(LOSS, y_true, y_pred, **options))


@drawn(arrays(float, (2, 3, 2), elements=st.floats(-6, 6)))
@settings(deadline=None, max_examples=drawn_times(50))
def test_logits_and_probabilities_agree(logits):
    y_true, p = np.arange(12).reshape(2, 3, 2) % 2, 1 / (1 + np.exp(-logits))
    found = values(LOSS, y_true, logits, from_logits=True)
    assert found == close(values(LOSS, y_true, p))


@pytest.mark.parametrize("t", [0, 1])
@pytest.mark.parametrize(
    "y_pred, from_logits", [(-100.0, True), (100.0, True), (0.0, False), (1.0, False)]
)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_extreme_predictions_are_finite_and_wrong_ones_learn(
    t, y_pred, from_logits, dtype
):
    given = np.array([[[t]]]), np.array([[[y_pred]]], dtype)
    value = values(LOSS, *given, from_logits=from_logits)
    slope = gradient(LOSS, *given, from_logits=from_logits)
    assert np.isfinite(value).all()
    if from_logits or dtype != "float16":  # 1/p is beyond float16 for p below 1/65504
        assert np.isfinite(slope).all()
    right = (y_pred > 0.5) == (t == 1)
    assert value == pytest.approx([0.0], abs=1e-6) if right else value > 10
    if not right:
        assert np.sign(slope) == (-1 if t else 1)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "float64"])
def test_masks_of_any_dtype(dtype):
    mask = np.array([[[1, 0]]], dtype)
    found = values(LOSS, mask, np.array([[[0.25, 0.5]]], "float32"))
    assert found == pytest.approx([1.5 * LN2])


def test_nan_is_not_hidden():
    y_pred = np.array([[[np.nan, 0.5]], [[0.5, 0.5]]])
    found = values(LOSS, np.zeros((2, 1, 2)), y_pred)
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(LN2)


def test_a_large_mask_in_half_precision():
    half = np.full((1, 512, 512, 1), 0.5, "float16")
    found = values(LOSS, np.ones((1, 512, 512)), half)
    assert found == pytest.approx([LN2], rel=1e-5)
