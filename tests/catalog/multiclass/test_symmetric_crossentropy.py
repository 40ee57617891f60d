"""Symmetric crossentropy by hand. The sum that gives each number stands beside it."""

from math import e, exp, log

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies

from losses import categorical_crossentropy, symmetric_crossentropy
from losses.evidence.outcomes import Raises, Returns
from tests.catalog.multiclass.drawing import labelled, steep_slopes
from tests.differences import close, drawn_times, gradient, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, one_hot, probabilities

LOG2, LOG3, LOG43 = log(2), log(3), log(4 / 3)
FARTHEST = 23 * LOG2  # -log 2⁻²³, which the tangent reaches at 0
STEEPEST = 2**23 / e  # its slope: it touches at e · 2⁻²³
NAN = float("nan")
HALVES = [[0.5, 0.25, 0.25]]  # -log: 1, 2 and 2 times log 2
FIRST, SECOND = [1, 0, 0], [0, 1, 0]
BOTH = [0.1 * LOG2 + 2, 0.2 * LOG2 + 3]  # 4 · (1/4 + 1/4) and 4 · (1/2 + 1/4)
OTHER = [[0.25, 0.75]]
ALL = {"alpha": 0.3, "beta": 0.5, "log_zero": -6.0}
# Half of -0.1 - 2 and 2.1, 2.1; of -0.3 - 3 and 1.1, 1.1: 3 · 4.41 + 10.89 + 2 · 1.21
STEP = 26.54**0.5 / 2

HAND = [
    given([FIRST, SECOND], HALVES * 2, BOTH),
    given([[1, 0], [1, 0]], [[0.5, 0.5], *OTHER], BOTH),
    given([[1, 0]], [[0.75, 0.25]], [0.1 * LOG43 + 1]),
    given([[FIRST, SECOND]], [HALVES * 2], [0.15 * LOG2 + 2.5]),  # the mean of both
    # soft labels, the second term: 3/4 log 2 + 4/4; log 4 / 2 + log 4/3 / 2
    given([[0.5, 0.5, 0]], HALVES, [0.15 * LOG2 + 0.75 * LOG2 + 1]),
    given([[0.25, 0.75]], [[0.5, 0.5]], [0.1 * LOG2 + LOG2 + LOG43 / 2]),
    # a label above 0 has its own logarithm, which may be below log_zero
    given(
        [[1 - 2**-8, 2**-8]],
        [[0.5, 0.5]],
        [0.1 * LOG2 - log(1 - 2**-8) / 2 + 8 / 2 * LOG2],
    ),
    given([[0, 0, 0]], HALVES, [4.0]),  # every class is a wrong one
    # divided by their sum, in both terms
    given([[1, 0]], [[0.25, 0.25]], [0.1 * LOG2 + 2]),
    given([0], [[0.25, 0.25]], [0.1 * LOG2 + 2]),
    given([[1, 0], [0, 1]], [[0.5, 1.5]] * 2, [0.2 * LOG2 + 3, 0.1 * LOG43 + 1]),
    given([0, 1], [[0.5, 1.5]] * 2, [0.2 * LOG2 + 3, 0.1 * LOG43 + 1]),
    given([[1, 0], [1, 0]], [[1.0, 0.0], [0.0, 1.0]], [0.0, 0.1 * FARTHEST + 4]),
    # class ids
    given([0, 1], HALVES * 2, BOTH),
    given([[0], [1]], OTHER * 2, [0.2 * LOG2 + 3, 0.1 * LOG43 + 1]),
    given([0.0, 1.0], HALVES * 2, BOTH),
    given([[0, 1]], [HALVES * 2], [0.15 * LOG2 + 2.5]),
    given([3, -1], HALVES * 2, [NAN, NAN]),  # no class
    # alpha and beta
    given([FIRST, SECOND], HALVES * 2, [3 * LOG2 + 2, 6 * LOG2 + 3], alpha=3),
    given([FIRST, SECOND], HALVES * 2, [0.1 * LOG2 + 6, 0.2 * LOG2 + 9], beta=3),
    given([0, 1], HALVES * 2, [3 * LOG2 + 1, 6 * LOG2 + 1.5], alpha=3, beta=0.5),
    given([SECOND], HALVES, [3.0], alpha=0),
    given([SECOND], HALVES, [0.2 * LOG2], beta=0),
    # log_zero: 6 · (1/4 + 1/4) and 6 · (1/2 + 1/4)
    given([FIRST, SECOND], HALVES * 2, [0.1 * LOG2 + 3, 0.2 * LOG2 + 4.5], log_zero=-6),
    given([1], HALVES, [0.2 * LOG2 + 4.5], log_zero=-6),
    given([[0.5, 0.5, 0]], HALVES, [0.9 * LOG2 + 1.5], log_zero=-6),
    # from_logits: p is 1/3; 1/4 and 3/4; 1 / (1 + e⁻⁴)
    given([FIRST], [[0.0, 0.0, 0.0]], [0.1 * LOG3 + 8 / 3], from_logits=True),
    given(
        [0, 1], [[0.0, LOG3]] * 2, [0.2 * LOG2 + 3, 0.1 * LOG43 + 1], from_logits=True
    ),
    given(
        [[1, 0]],
        [[2.0, -2.0]],
        [0.1 * log(1 + exp(-4)) + 4 / (1 + exp(4))],
        from_logits=True,
    ),
    given([[1, 0], [0, 1]], [[-100.0, 100.0]] * 2, [24.0, 0.0], from_logits=True),
    given([0, 1], [[-100.0, 100.0]] * 2, [204.0, 0.0], from_logits=True, alpha=1),
    given([2], [[0.0, 0.0]], [NAN], from_logits=True),
    # -alpha / p and beta · log_zero, times 1 - p for the label and -p for the others:
    # that of p / Σ p
    given([[1, 0]], [[0.75, 0.25]], [[-0.1 / 3 - 1, 0.1 + 3]], "gradient"),
    given([0], [[0.75, 0.25]], [[-0.1 / 3 - 1, 0.1 + 3]], "gradient"),
    given([0], [[0.75, 0.25]], [[-0.1 - 3 / 4, 0.3 + 9 / 4]], "gradient", **ALL),
    given([0], [[0.5, 1.5]], [[-0.15 - 1.5, 0.05 + 0.5]], "gradient"),  # over 2
    given([[1, 0]], [[1.0, 0.0]], [[0.0, 0.1 + 4]], "gradient"),
    given([[1, 0]], [[0.0, 1.0]], [[-0.1 * STEEPEST - 4, 0.0]], "gradient"),
    # … of the logits 0.1 · (p - t), and 4 times the slope of p, which is 1/4
    given([[1, 0]], [[0.0, 0.0]], [[-1.05, 1.05]], "gradient", from_logits=True),
    given([0], [[0.0, 0.0]], [[-1.05, 1.05]], "gradient", from_logits=True),
    given([0], [[-100.0, 100.0]], [[-0.1, 0.1]], "gradient", from_logits=True),
    # in fit
    given([FIRST, SECOND], HALVES * 2, 0.15 * LOG2 + 2.5, "fit_eager"),
    given(
        [FIRST, SECOND], HALVES * 2, Returns(0.15 * LOG2 + 2.5, step=STEP), "fit_graph"
    ),
    given(
        [FIRST, SECOND], HALVES * 2, Returns(0.15 * LOG2 + 2.5, step=STEP), "fit_xla"
    ),
    given([0, 1], HALVES * 2, Returns(0.15 * LOG2 + 2.5, step=STEP), "fit_graph"),
    given([FIRST, SECOND], HALVES * 2, 0.1 * LOG2 + 1.5, "sample_weight", [0, 1]),
    given([[0, 1]], [[0.5, 0.5]], 0.2 * LOG2 + 4, "class_weight"),  # 2 for class 1
    given([FIRST], HALVES, 0.3 * LOG2 + 1.5, "save_load", **ALL),  # 0.5 · 6 / 2
    given([[0, 1]], [[0.0, 0.0]], 0.1 * LOG2 + 2, "save_load", from_logits=True),
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
    given([FIRST], HALVES, Raises("ValueError", "alpha must be 0 or more"), alpha=-1),
    given([FIRST], HALVES, Raises("ValueError", "beta must be 0 or more"), beta=-1),
    given(
        [FIRST],
        HALVES,
        Raises("ValueError", r"log_zero must be below 0, not 4.*/clip_on_the_wrong_t"),
        log_zero=4,
    ),
    given(
        [FIRST],
        HALVES,
        Raises("ValueError", "log_zero must be below 0, not -inf"),
        log_zero=float("-inf"),
    ),
    given([[1, 0]], [[1, 0]], Raises("TypeError", "y_pred has dtype int32")),
]

EXAMPLES = [
    (one_hot(3, 4), probabilities(4, 3), {}),
    (ids(3, 4, 2), normal(4, 2, 3), {**ALL, "from_logits": True}),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("symmetric_crossentropy", case)


def oracle(y_true, y_pred, alpha, beta, log_zero, from_logits):
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
            for t, q in zip(shares, p):
                log_t = log(t) if t > 0 else log_zero
                terms.append(-alpha * t * log(q) - beta * q * log_t)
        totals.append(sum(terms) / np.prod(predictions.shape[:-1]))
    return np.array(totals)


inputs = labelled(
    alpha=strategies.sampled_from([0, 0.1, 6]),
    beta=strategies.sampled_from([0, 0.1, 1]),
    log_zero=strategies.sampled_from([-9.2, -4, -0.5]),
)


@hypothesis.settings(deadline=None, max_examples=drawn_times(50))
@hypothesis.given(inputs)
def test_value_and_gradient_are_those_of_the_oracle(drawn):
    y_true, y_pred, options = drawn
    found = values(symmetric_crossentropy, y_true, y_pred, **options)
    assert found == close(oracle(y_true, y_pred, **options))
    found = gradient(symmetric_crossentropy, y_true, y_pred, **options)
    expected = steep_slopes(oracle, y_true, y_pred, **options)
    assert found == close(expected, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("from_logits", [False, True])
def test_beta_0_is_alpha_times_the_crossentropy(from_logits):
    y_true = one_hot(3, 6)
    y_pred = (normal if from_logits else probabilities)(6, 3)
    options = {"from_logits": from_logits}
    found = values(symmetric_crossentropy, y_true, y_pred, alpha=2, beta=0, **options)
    expected = 2 * values(categorical_crossentropy, y_true, y_pred, **options)
    assert found == pytest.approx(expected)


def test_log_zero_of_minus_2_is_the_mean_absolute_error_alone():
    """So the paper says, of the sum over the classes."""
    y_true, y_pred = one_hot(3, 6), probabilities(6, 3)
    found = values(symmetric_crossentropy, y_true, y_pred, alpha=0, log_zero=-2)
    assert found == pytest.approx(np.abs(y_true - y_pred).sum(axis=-1), rel=1e-5)


def test_the_code_of_the_authors_clips_the_labels():
    """https://github.com/YisenWang/symmetric_cross_entropy_for_noisy_labels: both are
    the same for one-hot labels where `log_zero` is log 0.0001."""
    y_true, y_pred = one_hot(3, 6), probabilities(6, 3).astype("float64")
    ce = -(y_true * np.log(y_pred)).sum(axis=-1)
    rce = -(y_pred * np.log(np.clip(y_true, 1e-4, 1))).sum(axis=-1)
    found = values(symmetric_crossentropy, y_true, y_pred, log_zero=log(1e-4))
    assert found == close(0.1 * ce + rce)


def test_the_reverse_term_adds_up_to_the_same_over_all_labels():
    """What makes it tolerate wrong labels that are spread evenly."""
    y_pred = probabilities(6, 4)
    total = sum(
        values(symmetric_crossentropy, [label] * 6, y_pred, alpha=0)
        for label in range(4)
    )
    assert total == pytest.approx([4 * 3] * 6, rel=1e-5)


@pytest.mark.parametrize("from_logits", [False, True])
def test_ids_and_one_hot_agree(from_logits):
    labels = ids(3, 6)
    y_pred = (normal if from_logits else probabilities)(6, 3)
    options = {**ALL, "from_logits": from_logits}
    found = values(symmetric_crossentropy, labels, y_pred, **options)
    expected = values(symmetric_crossentropy, np.eye(3)[labels], y_pred, **options)
    assert found == pytest.approx(expected, rel=1e-5)


def test_a_perfect_prediction_is_the_best():
    p = np.linspace(0, 1, 101)
    found = values(symmetric_crossentropy, [0] * 101, np.stack([p, 1 - p], axis=-1))
    assert found[-1] == 0
    assert (np.diff(found) < 0).all()


def test_the_order_of_the_classes_does_not_matter():
    y_true, y_pred, order = one_hot(4, 6), probabilities(6, 4), [2, 0, 3, 1]
    moved = values(symmetric_crossentropy, y_true[:, order], y_pred[:, order])
    expected = values(symmetric_crossentropy, y_true, y_pred)
    assert moved == pytest.approx(expected, rel=1e-5)


def test_logits_and_their_probabilities_agree():
    logits = np.array([[-6.0, 0.0, 5.0], [1.0, 2.0, 3.0], [7.0, -7.0, 0.0]])
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    y_true = np.array([[1, 0, 0], [0.2, 0.3, 0.5], [0, 1, 0]])
    found = values(symmetric_crossentropy, y_true, p, **ALL)
    expected = values(symmetric_crossentropy, y_true, logits, from_logits=True, **ALL)
    assert found == close(expected)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("far", [{"from_logits": True}, {}], ids=["logits", "p"])
@pytest.mark.parametrize("form", ["ids", "one-hot"])
def test_far_off_is_finite_and_wrong_has_a_gradient(dtype, far, form):
    low, high = (-100, 100) if far else (0, 1)
    y_true = [0, 0] if form == "ids" else [[1, 0], [1, 0]]
    y_pred = np.array([[high, low], [low, high]], dtype)
    found = values(symmetric_crossentropy, y_true, y_pred, **far)
    assert found == pytest.approx([0, 0.1 * (200 if far else FARTHEST) + 4], rel=1e-6)
    slope = gradient(symmetric_crossentropy, y_true, y_pred, **far).astype(float)
    assert slope[1, 0] < 0
    if far or dtype != "float16":  # 0.1 · 2²³ / e is beyond float16
        assert np.isfinite(slope).all()


@pytest.mark.parametrize("form", ["ids", "one-hot"])
def test_a_class_that_is_ruled_out_is_no_nan(form):
    y_true = [0] if form == "ids" else [[1, 0, 0]]
    y_pred = np.array([[0.0, 0.0, -np.inf]], "float32")
    found = values(symmetric_crossentropy, y_true, y_pred, from_logits=True)
    assert found == pytest.approx([0.1 * LOG2 + 2])


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int64", "float16"])
def test_labels_of_any_dtype(dtype):
    y_true, y_pred = np.array([FIRST, SECOND], dtype), np.array(HALVES * 2, "float32")
    assert values(symmetric_crossentropy, y_true, y_pred) == pytest.approx(BOTH)
    labels = y_true.astype(int).argmax(-1).astype(dtype)
    assert values(symmetric_crossentropy, labels, y_pred) == pytest.approx(BOTH)


def test_no_samples_give_no_values():
    assert symmetric_crossentropy(np.ones((0, 3)), np.ones((0, 3))).shape == (0,)
