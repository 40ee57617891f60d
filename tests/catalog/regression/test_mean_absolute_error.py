"""Mean absolute error by hand. The sum that gives each number stands beside it."""

import numpy as np
import pytest
from hypothesis import assume, given as drawn, settings, strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import losses
from losses.evidence.outcomes import Raises, Returns
from tests.differences import close, drawn_times, gradient, slopes, values
from tests.hand import assert_gives, given
from tests.inputs import normal

SEQUENCES = [[[0.0], [0.0]], [[0.0], [0.0]]], [[[1.0], [1.0]], [[5.0], [9.0]]]
BATCH = [[0.0, 0.0], [0.0, 0.0]], [[1.0, 3.0], [1.0, 0.0]]

HAND = [
    given([[1.0, 2.0]], [[1.0, 4.0]], [1.0]),  # (0 + 2) / 2
    given([[1.0, 2.0]], [[3.0, -2.0]], [3.0]),  # (|1 - 3| + |2 + 2|) / 2
    given([1.0, 2.0], [[1.0], [4.0]], [0.0, 2.0]),  # the column is dropped
    given([[1.0], [2.0]], [1.0, 4.0], [0.0, 2.0]),
    given([[[0.0, 0.0]] * 2], [[[1.0, -2.0], [3.0, -4.0]]], [2.5]),  # (1+2+3+4) / 4
    given(*SEQUENCES, [1.0, 7.0]),  # (1 + 1) / 2, (5 + 9) / 2
    given([[1, 2]], [[1.0, 4.0]], [1.0]),  # labels of any dtype
    given([[True, False]], [[0.5, 0.5]], [0.5]),  # (0.5 + 0.5) / 2
    given([[2.0, 2.0]], [[1.0, 5.0]], [[-0.5, 0.5]], "gradient"),  # sign(p - t) / 2
    given([1.0, 2.0, 6.0], [[1.0], [2.0], [6.0]], [[0.0], [0.0], [0.0]], "gradient"),
    given([[2.0]], [[2.4]], [[1.0]], "gradient"),  # not 0, although it rounds to 2
    given([0.0, 0.0], [[1.0], [-4.0]], 2.5, "fit_eager"),  # (1 + 4) / 2
    given([0.0, 0.0], [[1.0], [-4.0]], 2.5, "fit_graph"),
    given([0.0, 0.0], [[1.0], [-4.0]], 2.5, "fit_xla"),
    given([0.0, 0.0], [[1.0], [-4.0]], 2.5, "save_load"),
    # the gradient ±1 / 2 twice: √(¼ + ¼)
    given([[0.0], [0.0]], [[1.0], [-4.0]], Returns(2.5, step=0.5**0.5), "fit_graph"),
    given([[0.0]] * 2, [[1.0], [-4.0]], Returns(2.5, step=0.5**0.5), "mixed_float16"),
    given(*BATCH, 1.0, "sample_weight", [1, 0]),  # ((1 + 3) / 2 · 1 + ½ · 0) / 2
    given(*BATCH, 0.25, "sample_weight", [0, 1]),  # (2 · 0 + (1 + 0) / 2 · 1) / 2
    given(*SEQUENCES, 0.5, "sample_weight", [1, 0]),  # (1 · 1 + 7 · 0) / 2
    given([[0.0], [1.0]], [[1.0], [3.0]], 2.5, "class_weight"),  # (1·1 + 2·2) / 2
    given(
        [[1.0, 2.0]], [1.0, 2.0], Raises("ValueError", r"\(1, 2\) and y_pred \(2,\)")
    ),
    given([[1]], [[1]], Raises("TypeError", "dtype int32; predictions must be float")),
]

EXAMPLES = [(normal(4, 3), 1 - normal(4, 3), {})]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("mean_absolute_error", case)


def oracle(y_true, y_pred):
    """One sample after the other, one number after the other."""
    found = []
    for labels, predictions in zip(y_true, y_pred):
        distances = [
            t - p if t > p else p - t
            for t, p in zip(np.ravel(labels), np.ravel(predictions))
        ]
        found.append(sum(distances) / len(distances))
    return np.array(found)


@st.composite
def batches(draw):
    shape = draw(array_shapes(min_dims=1, max_dims=4, max_side=3))
    numbers = arrays(float, shape, elements=st.floats(-100, 100))
    return draw(numbers), draw(numbers)


@drawn(batches())
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_slow_loop_agrees(batch):
    found = values(losses.mean_absolute_error, *batch)
    assert found == close(oracle(*batch))


@drawn(batches())
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_gradient_is_the_slope_of_the_slow_loop(batch):
    y_true, y_pred = batch
    assume((np.abs(y_true - y_pred) > 1e-3).all())  # at 0 there is no slope
    found = gradient(losses.mean_absolute_error, *batch)
    assert found == close(slopes(oracle, *batch), rel=1e-4, abs=1e-4)


@drawn(batches(), st.floats(0.1, 10))
@settings(deadline=None, max_examples=drawn_times(50))
def test_it_is_in_the_units_of_the_target(batch, factor):
    y_true, y_pred = batch
    once = values(losses.mean_absolute_error, y_true, y_pred)
    scaled = values(losses.mean_absolute_error, factor * y_true, factor * y_pred)
    assert scaled == close(factor * once)


def test_a_label_that_is_missing_is_not_hidden():
    y_true = [[np.nan, 0.0], [0.0, 0.0]]
    found = values(losses.mean_absolute_error, y_true, np.ones((2, 2)))
    assert np.isnan(found[0])
    assert found[1] == 1.0
