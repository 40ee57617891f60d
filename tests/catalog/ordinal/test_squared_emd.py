"""The squared earth mover's distance by hand. The sum that gives each number stands
beside it."""

from math import log, sqrt

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies
from hypothesis.extra.numpy import arrays
from scipy.stats import energy_distance
from sklearn.metrics import brier_score_loss

from losses import squared_emd
from losses.evidence.outcomes import Raises, Returns
from tests.differences import close, drawn_times, gradient, slope, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, one_hot, probabilities

LOG2, LOG3 = log(2), log(3)
NAN = float("nan")
# The sums are 1/4, 3/4, 1 and 1/2, 1/2, 1.
P = [[0.25, 0.5, 0.25], [0.5, 0.0, 0.5]]
LOGITS = [[0.0, LOG2, 0.0]]  # the first of them

HAND = [
    given([0], P[:1], [10 / 16]),  # (1/4 - 1)² + (3/4 - 1)² = 9/16 + 1/16
    given([1], P[:1], [2 / 16]),  # (1/4)² + (3/4 - 1)²
    given([2], P[:1], [10 / 16]),  # (1/4)² + (3/4)²
    given([0, 2], P, [10 / 16, 1 / 2]),  # and (1/2)² + (1/2)²
    given([0, 0, 0], np.eye(3), [0.0, 1.0, 2.0]),  # how many steps it is off
    given([3, 2], np.eye(4)[[0, 3]], [3.0, 1.0]),
    # (4/5 - 1)² + (9/10 - 1)², and for the far end (1/10)² + (1/5)²: it has an order
    given([0, 2], [[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]], [0.05, 0.05]),
    given([0, 0], [[0.75, 0.25, 0.0], [0.75, 0.0, 0.25]], [1 / 16, 2 / 16]),
    given([0, 1], [[0.25, 0.75], [0.25, 0.75]], [9 / 16, 1 / 16]),  # two classes
    given([1], [[0.5, 0.5, 0.5]], [1 / 4 + 0 + 1 / 4]),  # taken as given: 1/2, 1, 3/2
    # forms of the labels
    given([[0], [2]], P, [10 / 16, 1 / 2]),
    given([0.0, 2.0], P, [10 / 16, 1 / 2]),
    given([[2], [0]], np.eye(3)[[2, 0]], [0.0, 0.0]),
    given([[1, 0, 0], [0, 0, 1]], P, [10 / 16, 1 / 2]),
    given([[1, 0, 0], [1, 0, 0]], np.eye(3)[[1, 2]], [1.0, 2.0]),
    given([[1, 0, 0, 0]] * 2, np.eye(4)[[1, 3]], [1.0, 3.0]),
    # distributions, counts, nothing
    given([[0.5, 0.25, 0.25]], P[:1], [1 / 16]),  # (1/4 - 1/2)² + (3/4 - 3/4)²
    given([[6, 3, 3]], P[:1], [1 / 16]),
    given([[0, 2, 2]], [[0.0, 0.5, 0.5]], [0.0]),
    given([[3, 1, 0], [0, 0, 9]], [P[1]] * 2, [5 / 16, 1 / 2]),  # (1/4)² + (1/2)²
    given([[0, 0, 0], [0, 1, 0]], P, [0.0, 1 / 2]),
    # more axes: the mean of two
    given([[0, 2]], [P], [(10 / 16 + 1 / 2) / 2]),
    given([[[0], [2]]], [P], [(10 / 16 + 1 / 2) / 2]),
    given([[[1, 0, 0], [0, 0, 1]]], [P], [(10 / 16 + 1 / 2) / 2]),
    # no class
    given([3, 0], P, [NAN, 1 / 4 + 1 / 4]),
    given([-1, 0], P, [NAN, 1 / 4 + 1 / 4]),
    given([3], P[:1], NAN, "fit_xla"),
    # from_logits
    given([0], LOGITS, [10 / 16], from_logits=True),
    given([[1, 0, 0]], LOGITS, [10 / 16], from_logits=True),
    given([0], LOGITS, [1 + (LOG2 - 1) ** 2 + (LOG2 - 1) ** 2]),  # not said to be
    given([[0, 0, 1]], [[-20.0, -20.0, 20.0]], [0.0], from_logits=True),
    given([0, 2], [[-100.0, 0.0, 100.0]] * 2, [2.0, 0.0], from_logits=True),
    # 2 (P - T), summed from the class to the end
    given([0], P[:1], [[-2.0, -0.5, 0.0]], "gradient"),  # 2 (-3/4 - 1/4), 2 (-1/4)
    given([[1, 0, 0]], P[:1], [[-2.0, -0.5, 0.0]], "gradient"),
    given([[4, 0, 0]], P[:1], [[-2.0, -0.5, 0.0]], "gradient"),
    given([[0, 1, 0]], [[0.0, 1.0, 0.0]], [[0.0, 0.0, 0.0]], "gradient"),
    given([[0, 0, 0]], P[:1], [[0.0, 0.0, 0.0]], "gradient"),
    # p[j] · (g[j] - Σ p g) of that g, with Σ p g = -3/4
    given([0], LOGITS, [[-5 / 16, 1 / 8, 3 / 16]], "gradient", from_logits=True),
    # in fit: (10/16 + 1/2) / 2; the gradients are -2, -1/2, 0 and 2, 1, 0 of each, by 2
    given([0, 2], P, 9 / 16, "fit_eager"),
    given([0, 2], P, Returns(9 / 16, step=sqrt(9.25) / 2), "fit_graph"),
    given([0, 2], P, Returns(9 / 16, step=sqrt(9.25) / 2), "fit_xla"),
    given([[0], [2]], P, 9 / 16, "fit_graph"),
    given([[1, 0, 0], [0, 0, 3]], P, 9 / 16, "fit_graph"),
    given([0], P[:1], 10 / 16, "batch_of_one"),
    given([0, 2], P, 5 / 16, "sample_weight", [1, 0]),
    given([0, 2], P, 1 / 4, "sample_weight", [0, 1]),
    given([[1, 0, 0]] * 2, np.eye(3)[[1, 2]], 1 / 2, "sample_weight", [1, 0]),
    given([0, 1], P, 13 / 16, "class_weight"),  # (10/16 + 2 · (1/4 + 1/4)) / 2
    given([0, 2], P, 9 / 16, "save_load"),
    given([0], LOGITS, 10 / 16, "save_load", from_logits=True),
    # refused
    given(
        [0, 1, 2],
        P,
        Raises("ValueError", r"y_true \(3,\) must .* explain squared_emd/ids_against"),
    ),
    given([[1, 0]], P[:1], Raises("ValueError", r"y_true \(1, 2\) must be class ids")),
    given(
        [0], [[0.5]], Raises("ValueError", r"\(1, 1\) must be \(batch, .* classes\)")
    ),
    given([0], [[1, 0, 0]], Raises("TypeError", "y_pred has dtype int32")),
]

EXAMPLES = [
    (ids(4, 4), probabilities(4, 4), {}),
    (one_hot(3, 4, 2), normal(4, 2, 3), {"from_logits": True}),
    (np.array([[3, 2, 0], [1, 0, 4], [2, 2, 1], [0, 5, 0]]), probabilities(4, 3), {}),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("squared_emd", case)


def moved(p, t):
    """Earth is carried over the border between each class and the next: how much is
    what lies before it too much."""
    return sum((sum(p[: k + 1]) - sum(t[: k + 1])) ** 2 for k in range(len(p)))


def oracle(y_true, y_pred, from_logits=False):
    """One position after the other."""
    found = []
    for labels, predictions in zip(y_true, y_pred):
        terms = []
        for place in np.ndindex(predictions.shape[:-1]):
            label, p = labels[place], predictions[place]
            if from_logits:
                p = np.exp(p) / np.exp(p).sum()
            if np.size(label) == 1:
                label = np.eye(len(p))[int(np.squeeze(label))]
            terms.append(moved(p, label / label.sum()) if label.sum() else 0.0)
        found.append(sum(terms) / len(terms))
    return np.array(found)


@strategies.composite
def inputs(draw):
    shape = draw(strategies.sampled_from([(1, 2), (3, 4), (2, 3, 2), (2, 2, 2, 3)]))
    options = {"from_logits": draw(strategies.booleans())}
    form = draw(strategies.sampled_from(["ids", "column", "counts", "shares"]))
    if form == "counts":
        labels = arrays(int, shape, elements=strategies.integers(0, 5))
    elif form == "shares":
        labels = arrays(float, shape, elements=strategies.floats(0.01, 1))
    else:
        size = shape[:-1] + ((1,) if form == "column" else ())
        labels = arrays(int, size, elements=strategies.integers(0, shape[-1] - 1))
    y_pred = draw(arrays(float, shape, elements=strategies.floats(-4, 4)))
    if not options["from_logits"]:
        y_pred = np.exp(y_pred) / np.exp(y_pred).sum(axis=-1, keepdims=True)
    return draw(labels), y_pred, options


@hypothesis.settings(deadline=None, max_examples=drawn_times(50))
@hypothesis.given(inputs())
def test_value_and_gradient_are_those_of_the_oracle(drawn):
    y_true, y_pred, options = drawn
    found = values(squared_emd, y_true, y_pred, **options)
    assert found == close(oracle(y_true, y_pred, **options))
    found = gradient(squared_emd, y_true, y_pred, **options)
    found, expected = slope(found, oracle, y_true, y_pred, **options)
    assert found == close(expected, rel=1e-5, abs=1e-8)


def shares(*size):
    p = probabilities(*size).astype("float64")
    return p / p.sum(axis=-1, keepdims=True)


def test_scipy_has_it_as_half_the_square_of_the_energy_distance():
    t, p, places = shares(6, 5), shares(5, 6).T, np.arange(5)
    p /= p.sum(axis=-1, keepdims=True)
    expected = [energy_distance(places, places, *row) ** 2 / 2 for row in zip(t, p)]
    assert values(squared_emd, t, p) == close(expected, rel=1e-6)


def test_two_classes_make_it_the_brier_score():
    y_true, p = ids(2, 8), shares(8, 2)
    expected = brier_score_loss(y_true, p[:, 1])
    assert values(squared_emd, y_true, p).mean() == close(expected)


def test_its_root_mean_is_the_loss_of_nima():
    t, p = shares(4, 10), shares(10, 4).T
    p /= p.sum(axis=-1, keepdims=True)
    apart = np.cumsum(t, axis=-1) - np.cumsum(p, axis=-1)
    expected = np.sqrt(np.mean(apart**2, axis=-1))
    assert np.sqrt(values(squared_emd, t, p) / 10) == close(expected)


def test_the_classes_may_be_counted_from_the_other_end():
    for t in one_hot(4, 6), shares(6, 4):
        p = shares(4, 6).T
        p /= p.sum(axis=-1, keepdims=True)
        found = values(squared_emd, t[:, ::-1], p[:, ::-1])
        assert found == close(values(squared_emd, t, p))


def test_an_empty_class_in_between_is_one_step_more():
    t, p = np.array([[1, 0, 0, 0]]), np.array([[0.0, 0.0, 1.0, 0.0]])
    wider = np.insert(t, 1, 0, axis=-1), np.insert(p, 1, 0, axis=-1)
    assert values(squared_emd, t, p) == pytest.approx([2])
    assert values(squared_emd, *wider) == pytest.approx([3])


def test_a_class_that_nobody_has_at_the_end_changes_nothing():
    t, p = shares(6, 4), shares(4, 6).T
    p /= p.sum(axis=-1, keepdims=True)
    longer = [np.pad(part, [(0, 0), (0, 1)]) for part in (t, p)]
    assert values(squared_emd, *longer) == close(values(squared_emd, t, p))


def test_votes_count_by_their_shares_however_many_they_are():
    votes, p = np.array([[1, 5, 0, 2], [0, 1, 0, 3]]), shares(2, 4)
    expected = values(squared_emd, votes / votes.sum(axis=-1, keepdims=True), p)
    for factor in 1, 100, 1e6:
        assert values(squared_emd, votes * factor, p) == close(expected)


@hypothesis.settings(deadline=None, max_examples=drawn_times(30))
@hypothesis.given(arrays(float, (2, 4), elements=strategies.floats(0.01, 1)))
def test_nothing_is_better_than_the_labels_themselves(votes):
    exact = votes / votes.sum(axis=-1, keepdims=True)
    assert values(squared_emd, votes, exact) == pytest.approx([0, 0], abs=1e-12)
    other = 0.9 * exact + 0.1 * np.eye(4)[[0, 3]]
    assert (values(squared_emd, votes, other) > 0).all()


def test_ids_and_one_hot_labels_agree():
    y_true, p = ids(4, 6), shares(6, 4)
    expected = values(squared_emd, y_true, p)
    assert values(squared_emd, np.eye(4)[y_true], p) == close(expected)


def test_logits_and_their_probabilities_agree():
    logits = np.array([[-6.0, 0.0, 5.0], [1.0, 2.0, 3.0], [7.0, -7.0, 0.0]])
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    found = values(squared_emd, [0, 1, 2], logits, from_logits=True)
    assert found == close(values(squared_emd, [0, 1, 2], p))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("labels", [[0, 2], [[1, 0, 0], [0, 0, 1]]])
def test_the_ends_are_finite(dtype, labels):
    p = np.array([[0, 0, 1]] * 2, dtype)
    assert values(squared_emd, labels, p) == pytest.approx([2, 0])
    slope = gradient(squared_emd, labels, p)
    assert slope == pytest.approx(np.array([[-4, -2, 0], [0, 0, 0]]))
    logits, options = 200 * p - 100, {"from_logits": True}
    assert values(squared_emd, labels, logits, **options) == pytest.approx([2, 0])
    assert np.isfinite(gradient(squared_emd, labels, logits, **options)).all()


def test_many_classes_keep_their_digits():
    p = np.full((1, 1000), 1e-3, "float32")
    # Σ (k / 1000)² for k = 1 … 1000, less the last, which is 1 in both
    expected = 1000 * 1001 * 2001 / 6 / 1e6 - 1
    assert values(squared_emd, [999], p) == pytest.approx([expected], rel=1e-4)


def test_no_samples_give_no_values():
    assert squared_emd(np.ones(0, int), np.ones((0, 3))).shape == (0,)
