"""Poly-1 crossentropy by hand. The sum that gives each number stands beside it."""

from math import e, exp, log

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies

from losses import categorical_crossentropy, poly1_crossentropy
from losses.evidence.outcomes import Raises, Returns
from tests.catalog.multiclass.drawing import labelled, steep_slopes
from tests.differences import close, drawn_times, gradient, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, one_hot, probabilities

LOG2, LOG3, LOG43 = log(2), log(3), log(4 / 3)
FARTHEST = 23 * LOG2  # -log 2⁻²³, which the tangent reaches at 0
STEEPEST = 2**23 / e  # its slope: it touches at e · 2⁻²³
NAN = float("nan")
HALVES = [[0.5, 0.25, 0.25]]  # -log: 1, 2 and 2 times log 2; 1 - p: 1/2, 3/4 and 3/4
FIRST, SECOND = [1, 0, 0], [0, 1, 0]
OTHER = [[0.25, 0.75]]

HAND = [
    given([FIRST, SECOND], HALVES * 2, [LOG2 + 1 / 2, 2 * LOG2 + 3 / 4]),
    given([[0.5, 0.5, 0]], HALVES, [1.5 * LOG2 + 5 / 8]),  # the mean of both
    given([[0.5, 0.5]], [[0.1, 0.9]], [-log(0.09) / 2 + 1 / 2]),
    given([[0, 0, 0]], HALVES, [0.0]),  # blanked out
    given([[1, 0]], [[0.25, 0.25]], [LOG2 + 1 / 2]),  # divided by their sum
    given([[1, 0], [0, 1]], [[0.5, 1.5]] * 2, [2 * LOG2 + 3 / 4, LOG43 + 1 / 4]),
    given([[1, 0], [1, 0]], [[1.0, 0.0], [0.0, 1.0]], [0.0, FARTHEST + 1]),
    given([[1, 0], [1, 0]], [[0.5, 0.5], *OTHER], [LOG2 + 1 / 2, 2 * LOG2 + 3 / 4]),
    given([[FIRST, SECOND]], [HALVES * 2], [1.5 * LOG2 + 5 / 8]),
    # class ids
    given([0, 1], HALVES * 2, [LOG2 + 1 / 2, 2 * LOG2 + 3 / 4]),
    given([[0], [1]], OTHER * 2, [2 * LOG2 + 3 / 4, LOG43 + 1 / 4]),
    given([0.0, 1.0], HALVES * 2, [LOG2 + 1 / 2, 2 * LOG2 + 3 / 4]),
    given([[0, 1]], [HALVES * 2], [1.5 * LOG2 + 5 / 8]),
    given([0, 1], [[0.5, 1.5]] * 2, [2 * LOG2 + 3 / 4, LOG43 + 1 / 4]),
    given([3, -1], HALVES * 2, [NAN, NAN]),  # no class
    # epsilon
    given([FIRST], HALVES, [LOG2], epsilon=0),
    given([FIRST, SECOND], HALVES * 2, [LOG2 + 1, 2 * LOG2 + 3 / 2], epsilon=2),
    given([FIRST, SECOND], HALVES * 2, [LOG2 - 1 / 2, 2 * LOG2 - 3 / 4], epsilon=-1),
    given([1], HALVES, [2 * LOG2 + 3 / 2], epsilon=2),
    given([FIRST], [[1.0, 0.0, 0.0]], [0.0], epsilon=2),
    given([SECOND], [[1.0, 0.0, 0.0]], [FARTHEST + 2], epsilon=2),
    # from_logits: p is 1/3; 1/4; 1/(1 + e⁻²)
    given([FIRST], [[0.0, 0.0, 0.0]], [LOG3 + 2 / 3], from_logits=True),
    given(
        [0, 1], [[0.0, LOG3]] * 2, [2 * LOG2 + 3 / 4, LOG43 + 1 / 4], from_logits=True
    ),
    given(
        [[1, 0]],
        [[2.0, 0.0]],
        [log(1 + exp(-2)) + 1 - 1 / (1 + exp(-2))],
        from_logits=True,
    ),
    given([0], [[0.0, LOG3]], [2 * LOG2 + 3 / 2], from_logits=True, epsilon=2),
    given([[1, 0], [0, 1]], [[-100.0, 100.0]] * 2, [201.0, 0.0], from_logits=True),
    given([0, 1], [[-100.0, 100.0]] * 2, [202.0, 0.0], from_logits=True, epsilon=2),
    given([2], [[0.0, 0.0]], [NAN], from_logits=True),
    # -1 / p - epsilon, times 1 - p for the label and -p for the others: that of p / Σ p
    given([[1, 0]], [[0.75, 0.25]], [[-7 / 3 / 4, 7 / 3 * 3 / 4]], "gradient"),
    given([0], [[0.75, 0.25]], [[-7 / 3 / 4, 7 / 3 * 3 / 4]], "gradient"),
    given([0], [[0.75, 0.25]], [[-10 / 3 / 4, 10 / 3 * 3 / 4]], "gradient", epsilon=2),
    given([0], [[0.5, 1.5]], [[-5 * 3 / 8, 5 / 8]], "gradient"),  # over a sum of 2
    given([[1, 0]], [[1.0, 0.0]], [[0.0, 2.0]], "gradient"),
    given([[1, 0]], [[1.0, 0.0]], [[0.0, 0.0]], "gradient", epsilon=-1),
    given([[1, 0]], [[0.0, 1.0]], [[-STEEPEST - 1, 0.0]], "gradient"),
    # … and of the logits times p (1 - p): -1/2 - 1/4
    given([[1, 0]], [[0.0, 0.0]], [[-0.75, 0.75]], "gradient", from_logits=True),
    given([0], [[0.0, 0.0]], [[-1.0, 1.0]], "gradient", from_logits=True, epsilon=2),
    given([0], [[-100.0, 100.0]], [[-1.0, 1.0]], "gradient", from_logits=True),
    # in fit: the mean of both, a step of half of 3/2, three times, of 15/4 and of 5/4,
    # twice: 108 + 225 + 50 sixteenths
    given([FIRST, SECOND], HALVES * 2, 1.5 * LOG2 + 5 / 8, "fit_eager"),
    given(
        [FIRST, SECOND],
        HALVES * 2,
        Returns(1.5 * LOG2 + 5 / 8, step=383**0.5 / 8),
        "fit_graph",
    ),
    given(
        [FIRST, SECOND],
        HALVES * 2,
        Returns(1.5 * LOG2 + 5 / 8, step=383**0.5 / 8),
        "fit_xla",
    ),
    given(
        [0, 1], HALVES * 2, Returns(1.5 * LOG2 + 5 / 8, step=383**0.5 / 8), "fit_graph"
    ),
    given([FIRST, SECOND], HALVES * 2, LOG2 + 3 / 8, "sample_weight", [0, 1]),
    given([[0, 1]], [[0.5, 0.5]], 2 * LOG2 + 1, "class_weight"),  # 2 for class 1
    given([FIRST], HALVES, LOG2 + 1, "save_load", epsilon=2.0),
    given([[0, 1]], [[0.0, 0.0]], LOG2 + 1 / 2, "save_load", from_logits=True),
    # refused
    given(
        [0, 1, 2],
        HALVES * 2,
        Raises("ValueError", r"y_true \(3,\) must be .* explain .*/ids_as_one_hot"),
    ),
    given(
        [[1, 0]],
        HALVES,
        Raises("ValueError", r"y_true \(1, 2\) must be class ids of shape \(1,\)"),
    ),
    given([[1], [0]], [[0.5], [0.5]], Raises("ValueError", r"\(2, 1\) must be \(bat")),
    given(
        [FIRST],
        HALVES,
        Raises("ValueError", "epsilon must be -1 or more, not -2"),
        epsilon=-2,
    ),
    given([[1, 0]], [[1, 0]], Raises("TypeError", "y_pred has dtype int32")),
]

EXAMPLES = [
    (one_hot(3, 4), probabilities(4, 3), {}),
    (ids(3, 4, 2), normal(4, 2, 3), {"epsilon": 2.0, "from_logits": True}),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("poly1_crossentropy", case)


def oracle(y_true, y_pred, epsilon, from_logits):
    """One position after the other, one class after the other."""
    totals = []
    for labels, predictions in zip(y_true, y_pred):
        terms = []
        for place in np.ndindex(predictions.shape[:-1]):
            label, p = labels[place], predictions[place]
            if from_logits:
                p = [exp(logit) for logit in p]
            p = [odds / sum(p) for odds in p]
            shares = (
                label if np.size(label) == len(p) else np.eye(len(p))[np.squeeze(label)]
            )
            terms.append(
                sum(t * (epsilon * (1 - q) - log(q)) for t, q in zip(shares, p))
            )
        totals.append(sum(terms) / len(terms))
    return np.array(totals)


inputs = labelled(
    epsilon=strategies.sampled_from([-1, -0.5, 0, 1, 4.5]),
)


@hypothesis.settings(deadline=None, max_examples=drawn_times(50))
@hypothesis.given(inputs)
def test_value_and_gradient_are_those_of_the_oracle(drawn):
    y_true, y_pred, options = drawn
    found = values(poly1_crossentropy, y_true, y_pred, **options)
    assert found == close(oracle(y_true, y_pred, **options))
    found = gradient(poly1_crossentropy, y_true, y_pred, **options)
    expected = steep_slopes(oracle, y_true, y_pred, **options)
    assert found == close(expected, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("from_logits", [False, True])
def test_epsilon_0_is_the_crossentropy(from_logits):
    y_true = one_hot(3, 6)
    y_pred = (normal if from_logits else probabilities)(6, 3)
    options = {"from_logits": from_logits}
    found = values(poly1_crossentropy, y_true, y_pred, epsilon=0, **options)
    expected = values(categorical_crossentropy, y_true, y_pred, **options)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("epsilon", [-1.0, 0.5, 3.0])
def test_it_is_the_series_with_another_first_factor(epsilon):
    p = np.array([0.3, 0.6, 0.9, 0.999])
    series = sum((1 - p) ** power / power for power in range(1, 200))
    y_pred = np.stack([p, 1 - p], axis=-1)
    found = values(poly1_crossentropy, [0] * 4, y_pred, epsilon=epsilon)
    assert found == close(series + epsilon * (1 - p))


def test_smoothed_labels_are_those_of_the_paper():
    """Its code for them subtracts from 1 the probability that the smoothed labels give,
    which is the same because they add up to 1."""
    logits, smoothed = normal(6, 3).astype("float64"), one_hot(3, 6) * 0.9 + 0.1 / 3
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    expected = -(smoothed * np.log(p)).sum(axis=-1) + 2 * (1 - (smoothed * p).sum(-1))
    found = values(poly1_crossentropy, smoothed, logits, epsilon=2.0, from_logits=True)
    assert found == close(expected)


@pytest.mark.parametrize("from_logits", [False, True])
def test_ids_and_one_hot_agree(from_logits):
    labels = ids(3, 6)
    y_pred = (normal if from_logits else probabilities)(6, 3)
    options = {"epsilon": 2.0, "from_logits": from_logits}
    found = values(poly1_crossentropy, labels, y_pred, **options)
    expected = values(poly1_crossentropy, np.eye(3)[labels], y_pred, **options)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("epsilon", [-1, 0, 5])
def test_a_perfect_prediction_is_the_best(epsilon):
    p = np.linspace(0, 1, 101)
    y_pred = np.stack([p, 1 - p], axis=-1)
    found = values(poly1_crossentropy, [0] * 101, y_pred, epsilon=epsilon)
    assert found[-1] == 0
    assert (np.diff(found) < 0).all()


def test_the_order_of_the_classes_does_not_matter():
    y_true, y_pred, order = one_hot(4, 6), probabilities(6, 4), [2, 0, 3, 1]
    moved = values(poly1_crossentropy, y_true[:, order], y_pred[:, order])
    assert moved == pytest.approx(values(poly1_crossentropy, y_true, y_pred))


def test_logits_and_their_probabilities_agree():
    logits = np.array([[-6.0, 0.0, 5.0], [1.0, 2.0, 3.0], [7.0, -7.0, 0.0]])
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    y_true = np.array([[1, 0, 0], [0.2, 0.3, 0.5], [0, 1, 0]])
    found = values(poly1_crossentropy, y_true, p, epsilon=2.0)
    expected = values(poly1_crossentropy, y_true, logits, epsilon=2.0, from_logits=True)
    assert found == close(expected)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("far", [{"from_logits": True}, {}], ids=["logits", "p"])
@pytest.mark.parametrize("form", ["ids", "one-hot"])
def test_far_off_is_finite_and_wrong_has_a_gradient(dtype, far, form):
    low, high = (-100, 100) if far else (0, 1)
    y_true = [0, 0] if form == "ids" else [[1, 0], [1, 0]]
    y_pred = np.array([[high, low], [low, high]], dtype)
    found = values(poly1_crossentropy, y_true, y_pred, **far)
    assert found == pytest.approx([0, 201 if far else FARTHEST + 1], rel=1e-6)
    slope = gradient(poly1_crossentropy, y_true, y_pred, **far).astype(float)
    assert slope[1, 0] < 0
    if far or dtype != "float16":  # 2²³ / e is beyond float16
        assert np.isfinite(slope).all()


def test_a_class_that_is_ruled_out_is_no_nan():
    y_pred = np.array([[0.0, 0.0, -np.inf]], "float32")
    found = values(poly1_crossentropy, [[1, 0, 0]], y_pred, from_logits=True)
    assert found == pytest.approx([LOG2 + 1 / 2])


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int64", "float16"])
def test_labels_of_any_dtype(dtype):
    y_true, y_pred = np.array([FIRST, SECOND], dtype), np.array(HALVES * 2, "float32")
    expected = pytest.approx([LOG2 + 1 / 2, 2 * LOG2 + 3 / 4])
    assert values(poly1_crossentropy, y_true, y_pred) == expected
    labels = y_true.astype(int).argmax(-1).astype(dtype)
    assert values(poly1_crossentropy, labels, y_pred) == expected


def test_no_samples_give_no_values():
    assert poly1_crossentropy(np.ones((0, 3)), np.ones((0, 3))).shape == (0,)
