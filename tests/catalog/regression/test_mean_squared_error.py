"""Mean squared error by hand. The sum that gives each number stands beside it."""

import numpy as np
import pytest
from hypothesis import given as drawn, settings, strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import losses
from losses.evidence.outcomes import Raises, Returns
from tests.differences import close, drawn_times, gradient, slopes, values
from tests.hand import assert_gives, given
from tests.inputs import normal

SEQUENCES = [[[0.0], [0.0]], [[0.0], [0.0]]], [[[1.0], [1.0]], [[2.0], [4.0]]]
BATCH = [[0.0, 0.0], [0.0, 0.0]], [[1.0, 3.0], [1.0, 1.0]]

HAND = [
    given([[1.0, 2.0]], [[1.0, 4.0]], [2.0]),  # (0² + 2²) / 2
    given([1.0, 2.0], [[1.0], [4.0]], [0.0, 4.0]),  # 0², 2²: the column is dropped
    given([[1.0], [2.0]], [1.0, 4.0], [0.0, 4.0]),
    given([[[0.0, 0.0]] * 2], [[[1.0, 2.0], [3.0, 4.0]]], [7.5]),  # (1+4+9+16) / 4
    given(*SEQUENCES, [1.0, 10.0]),  # (1 + 1) / 2, (4 + 16) / 2
    given([[1, 2]], [[1.0, 4.0]], [2.0]),  # labels of any dtype
    given([[True, False]], [[0.5, 0.5]], [0.25]),  # (0.5² + 0.5²) / 2
    given([[0.0, 0.0]], [[1.0, 3.0]], [[1.0, 3.0]], "gradient"),  # 2·1 / 2, 2·3 / 2
    given([0.0, 0.0], [[1.0], [4.0]], [[2.0], [8.0]], "gradient"),  # 2·1, 2·4
    given([[5.0, 5.0]], [[5.0, 5.0]], [[0.0, 0.0]], "gradient"),
    given([0.0, 0.0], [[1.0], [4.0]], 8.5, "fit_eager"),  # (1 + 16) / 2
    given([0.0, 0.0], [[1.0], [4.0]], 8.5, "fit_graph"),
    given([0.0, 0.0], [[1.0], [4.0]], 8.5, "fit_xla"),
    given([0.0, 0.0], [[1.0], [4.0]], 8.5, "save_load"),
    # (1 + 16) / 2 with the gradient 2·1 / 2, 2·4 / 2
    given([[0.0], [0.0]], [[1.0], [4.0]], Returns(8.5, step=17**0.5), "fit_graph"),
    given([[0.0]] * 2, [[0.5], [1.0]], Returns(0.625, step=1.25**0.5), "mixed_float16"),
    given(*BATCH, 2.5, "sample_weight", [1, 0]),  # ((1 + 9) / 2 · 1 + 1 · 0) / 2
    given(*BATCH, 0.5, "sample_weight", [0, 1]),  # (5 · 0 + (1 + 1) / 2 · 1) / 2
    given(*SEQUENCES, 0.5, "sample_weight", [1, 0]),  # (1 · 1 + 10 · 0) / 2
    given([[0.0], [1.0]], [[1.0], [3.0]], 4.5, "class_weight"),  # (1·1 + 2·4) / 2
    given(
        [[1.0, 2.0]], [1.0, 2.0], Raises("ValueError", r"\(1, 2\) and y_pred \(2,\)")
    ),
    given(
        [[[1.0, 2.0]], [[3.0, 4.0]]],
        [[1.0, 2.0], [3.0, 4.0]],
        Raises("ValueError", r"silently broadcast to \(2, 2, 2\)"),
    ),
    given(
        [1.0, 2.0, 3.0],
        [[1.0, 2.0]],
        Raises("ValueError", "error in the middle of the graph"),
    ),
    given(1.0, [1.0], Raises("ValueError", r"y\[None\]")),
    given([[1]], [[1]], Raises("TypeError", "dtype int32; predictions must be float")),
]

EXAMPLES = [
    (normal(4), normal(4, 1) + 1, {}),
    (normal(4, 5, 2), normal(4, 5, 2) / 2, {}),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("mean_squared_error", case)


def oracle(y_true, y_pred):
    """One sample after the other, one number after the other."""
    found = []
    for labels, predictions in zip(y_true, y_pred):
        squares = [
            (t - p) * (t - p) for t, p in zip(np.ravel(labels), np.ravel(predictions))
        ]
        found.append(sum(squares) / len(squares))
    return np.array(found)


@st.composite
def batches(draw):
    shape = draw(array_shapes(min_dims=1, max_dims=4, max_side=3))
    numbers = arrays(float, shape, elements=st.floats(-100, 100))
    return draw(numbers), draw(numbers)


@drawn(batches())
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_slow_loop_agrees(batch):
    found = values(losses.mean_squared_error, *batch)
    assert found == close(oracle(*batch))


@drawn(batches())
@settings(deadline=None, max_examples=drawn_times(50))
def test_the_gradient_is_the_slope_of_the_slow_loop(batch):
    found = gradient(losses.mean_squared_error, *batch)
    assert found == close(slopes(oracle, *batch), rel=1e-4, abs=1e-4)


@drawn(batches())
@settings(deadline=None, max_examples=drawn_times(50))
def test_labels_and_predictions_may_change_places(batch):
    y_true, y_pred = batch
    there, back = (
        values(losses.mean_squared_error, y_true, y_pred),
        values(losses.mean_squared_error, y_pred, y_true),
    )
    assert (there == back).all()


def test_squares_beyond_the_range_of_half_precision():
    # 300² = 90000; float16 ends at 65504
    far = np.array([[300.0]], "float16")
    assert values(losses.mean_squared_error, [[0.0]], far) == [90000.0]


def test_a_label_that_is_missing_is_not_hidden():
    y_true = [[np.nan, 0.0], [0.0, 0.0]]
    found = values(losses.mean_squared_error, y_true, np.ones((2, 2)))
    assert np.isnan(found[0])
    assert found[1] == 1.0
