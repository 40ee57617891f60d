"""Mean squared error by hand. The sum that gives each number stands beside it."""

import pytest

from losses.outcomes import Raises
from tests.hand import assert_gives, given

HAND = [
    given([[1, 2]], [[1.0, 4.0]], [2.0]),  # (0² + 2²) / 2
    given([1, 2], [[1.0], [4.0]], [0.0, 4.0]),  # 0², 2²: the column is dropped
    given([[1], [2]], [1.0, 4.0], [0.0, 4.0]),
    given([[[0, 0], [0, 0]]], [[[1.0, 2.0], [3.0, 4.0]]], [7.5]),  # (1+4+9+16) / 4
    given([[0, 0]], [[1.0, 3.0]], [[1.0, 3.0]], probe="gradient"),  # 2·1/2, 2·3/2
    given([0, 0], [[1.0], [4.0]], 8.5, probe="fit_graph"),  # (1 + 16) / 2
    given([[0, 0], [0, 0]], [[1.0, 3.0], [1.0, 1.0]], 2.5, "sample_weight", [1, 0]),
    given([[1, 2]], [1.0, 2.0], Raises("ValueError", r"\(1, 2\) and y_pred \(2,\)")),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("mean_squared_error", case)
