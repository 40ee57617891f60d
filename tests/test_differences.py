"""One direction is enough to see that a gradient is wrong anywhere."""

import numpy as np
import pytest

from tests.differences import slope

Y_TRUE = np.zeros((2, 3))
Y_PRED = np.array([[0.1, 0.5, -0.3], [2.0, 1.0, 0.7]])


def oracle(y_true, y_pred, weight=1.0):
    return [
        weight * sum((p - t) ** 3 for t, p in zip(*row)) for row in zip(y_true, y_pred)
    ]


def test_the_right_gradient_is_the_slope():
    found, expected = slope(3 * Y_PRED**2, oracle, Y_TRUE, Y_PRED)
    assert found == pytest.approx(expected, rel=1e-6)
    found, expected = slope(6 * Y_PRED**2, oracle, Y_TRUE, Y_PRED, weight=2.0)
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("place", list(np.ndindex(Y_PRED.shape)))
def test_a_wrong_number_shows_in_full_wherever_it_stands(place):
    wrong = 3 * Y_PRED**2
    wrong[place] += 0.01
    found, expected = slope(wrong, oracle, Y_TRUE, Y_PRED)
    assert abs(found - expected) == pytest.approx(0.01, rel=1e-3)
