"""Categorical crossentropy by hand. The sum that gives each number stands beside it."""

from math import e, exp, log

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies
from hypothesis.extra.numpy import arrays

from losses import categorical_crossentropy
from losses.evidence.outcomes import Raises, Returns
from tests.catalog.multiclass.drawing import PROBABILITIES, steep_slopes
from tests.differences import close, drawn_times, gradient, values
from tests.hand import assert_gives, given
from tests.inputs import normal, one_hot, probabilities

LOG2, LOG3, LOG43 = log(2), log(3), log(4 / 3)
FARTHEST = 23 * LOG2  # -log 2⁻²³, which the tangent reaches at 0
STEEPEST = 2**23 / e  # its slope: it touches at e · 2⁻²³
HALVES = [[0.5, 0.25, 0.25]]  # -log: 1, 2 and 2 times log 2
TWO = [[1, 0, 0], [0, 1, 0]]

HAND = [
    given(TWO, HALVES * 2, [LOG2, 2 * LOG2]),
    given([[0.5, 0.5, 0]], HALVES, [1.5 * LOG2]),  # (1/2 · 1 + 1/2 · 2) log 2
    given([[0, 0, 0]], HALVES, [0.0]),  # blanked out
    # divided by their sum
    given([[1, 0]], [[0.25, 0.25]], [LOG2]),
    given([[1, 0], [0, 1]], [[0.5, 1.5]] * 2, [2 * LOG2, LOG43]),
    # … but for a sum of 0 or less
    given([[1, 0], [1, 0]], [[0.0, 0.0], [0.5, -1.0]], [FARTHEST, LOG2]),
    # Keras's own tests have this, and a mean of 0.3239
    given(
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[0.9, 0.05, 0.05], [0.5, 0.89, 0.6], [0.05, 0.01, 0.94]],
        [-log(0.9), log(1.99 / 0.89), -log(0.94)],
    ),
    # the mean of 1 log 2 and, of 1/4 in 3/4, log 3
    given([[[1, 0], [0, 1]]], [[[0.5, 0.5], [0.5, 0.25]]], [(LOG2 + LOG3) / 2]),
    given([[1, 0], [1, 0]], [[1.0, 0.0], [0.0, 1.0]], [0.0, FARTHEST]),
    given([[1.0, 0.0]], [[0.5, 0.5]], [LOG2]),
    # from_logits: log Σ exp - the logit of the class
    given([[1, 0, 0]], [[0.0, 0.0, 0.0]], [LOG3], from_logits=True),
    given(
        [[1, 0], [0, 1]],
        [[0.0, 5.0]] * 2,
        [log(1 + exp(5)), log(1 + exp(-5))],
        from_logits=True,
    ),
    given([[1, 0]], [[-100.0, 100.0]], [200.0], from_logits=True),
    # label_smoothing: 1, 0, 0, 0 become 0.85, 0.05, 0.05, 0.05
    given(
        [[1, 0, 0, 0]],
        [[0.5, 0.25, 0.125, 0.125]],
        [(0.85 + 0.05 * (2 + 3 + 3)) * LOG2],
        label_smoothing=0.2,
    ),
    given(
        [[1, 0], [0, 0]],
        [[0.75, 0.25]] * 2,  # nothing to smooth in the second row
        [0.9 * LOG43 + 0.1 * 2 * LOG2, 0.0],
        label_smoothing=0.2,
    ),
    given(
        [[1, 0]],
        [[0.0, 2.0]],
        [0.9 * log(1 + exp(2)) + 0.1 * log(1 + exp(-2))],
        from_logits=True,
        label_smoothing=0.2,
    ),
    # class_weight
    given([[1, 0], [0, 1]], [[0.5, 0.5]] * 2, [LOG2, 3 * LOG2], class_weight=[1, 3]),
    given([[0, 1], [0, 1]], [[0.5, 0.5]] * 2, [3 * LOG2] * 2, class_weight=[1, 3]),
    given([[0, 1]], [[0.5, 0.5]], [3 * LOG2], class_weight={1: 3.0, 0: 1.0}),
    given([[0, 1]], [[0.0, 0.0]], [3 * LOG2], from_logits=True, class_weight=[1, 3]),
    given(
        [[1, 0]],
        [[0.5, 0.25]],  # 2/3 and 1/3
        [0.9 * log(3 / 2) + 0.1 * 3 * LOG3],
        label_smoothing=0.2,
        class_weight=[1, 3],
    ),
    # axis: the classes come first, then two positions: (1 + 2) / 2
    given(
        [[[1, 0], [0, 1], [0, 0]]],
        [[[0.5, 0.5], [0.25, 0.25], [0.25, 0.25]]],
        [1.5 * LOG2],
        axis=1,
    ),
    given(
        [[[1, 0], [0, 1], [0, 0]]],
        [[[0.5, 0.5], [0.25, 0.25], [0.25, 0.25]]],
        [(1 * 1 + 4 * 2) / 2 * LOG2],
        axis=1,
        class_weight=[1, 4, 9],
    ),
    # -t / p + 1 / Σ p, or softmax - t
    given([[1, 0]], [[0.75, 0.25]], [[-4 / 3 + 1, 1.0]], "gradient"),
    given([[1, 0]], [[0.5, 1.5]], [[-2 + 1 / 2, 1 / 2]], "gradient"),
    given([[1, 0]], [[0.0, 1.0]], [[-STEEPEST, 0.0]], "gradient"),
    given([[1, 0]], [[0.0, 2.0]], [[-STEEPEST / 2, 0.0]], "gradient"),
    given([[1, 0]], [[0.5, -1.0]], [[-2.0, 0.0]], "gradient"),  # not divided
    given([[1, 0]], [[-100.0, 100.0]], [[-1.0, 1.0]], "gradient", from_logits=True),
    given(
        [[1, 0, 0]],
        [[0.0, 0.0, 0.0]],
        [[-2 / 3, 1 / 3, 1 / 3]],
        "gradient",
        from_logits=True,
    ),
    # in fit: (1 + 2) / 2, a step of half of -2 + 1, 1, 1 and of 1, -4 + 1, 1
    given(TWO, HALVES * 2, Returns(1.5 * LOG2, step=14**0.5 / 2), "fit_graph"),
    given(TWO, HALVES * 2, 1.5 * LOG2, "fit_eager"),
    given(TWO, HALVES * 2, Returns(1.5 * LOG2, step=14**0.5 / 2), "fit_xla"),
    given(TWO, HALVES * 2, LOG2, "sample_weight", [0, 1]),  # (0 + 2) / 2
    given([[0, 1]], [[0.5, 0.5]], 2 * LOG2, "class_weight"),  # 2 for class 1
    given([[0, 1]], [[0.0, 0.0]], LOG2, "save_load", from_logits=True),
    given([[0, 1]], [[0.5, 0.5]], 3 * LOG2, "save_load", class_weight=[1.0, 3.0]),
    # refused
    given(
        [0, 1],
        [[0.5, 0.5]] * 2,
        Raises("ValueError", r"y_true \(2,\) and y_pred \(2, 2\) must have the same"),
    ),
    given(
        [[0], [2]],
        [[0.25, 0.25, 0.5]] * 2,
        Raises("ValueError", "explain categorical_crossentropy/class_ids_given"),
    ),
    given(
        [[1], [0]],
        [[0.5], [0.5]],
        Raises("ValueError", r"\(2, 1\) must have two classes or more on axis -1\."),
    ),
    given(
        [[1, 0]],
        [[0.5, 0.5]],
        class_weight=[1, 2, 3],
        gives=Raises("ValueError", r"class_weight has 3 numbers; y_pred has 2 cl"),
    ),
    given([[1, 0]], [[1, 0]], Raises("TypeError", "y_pred has dtype int32")),
]

EXAMPLES = [
    (one_hot(3, 4), probabilities(4, 3), {}),
    (
        one_hot(3, 4, 2).swapaxes(1, 2),
        normal(4, 3, 2),
        {
            "from_logits": True,
            "label_smoothing": 0.1,
            "class_weight": [1.0, 2.0, 3.0],
            "axis": 1,
        },
    ),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("categorical_crossentropy", case)


def oracle(y_true, y_pred, from_logits, label_smoothing, class_weight, axis):
    """One position after the other, one class after the other."""
    totals = []
    for labels, predictions in zip(y_true, y_pred):
        labels = np.moveaxis(labels, axis if axis < 0 else axis - 1, -1)
        predictions = np.moveaxis(predictions, axis if axis < 0 else axis - 1, -1)
        classes, terms = labels.shape[-1], []
        for place in np.ndindex(labels.shape[:-1]):
            total, odds = 0.0, predictions[place]
            if from_logits:
                odds = [exp(logit) for logit in odds]
            for c in range(classes):
                t, p = labels[place][c], odds[c] / sum(odds)
                t = (1 - label_smoothing) * t
                t += label_smoothing * sum(labels[place]) / classes
                total -= (class_weight[c] if class_weight else 1) * t * log(p)
            terms.append(total)
        totals.append(sum(terms) / len(terms))
    return np.array(totals)


@strategies.composite
def inputs(draw):
    shape = draw(strategies.sampled_from([(1, 2), (3, 3), (2, 3, 2), (2, 2, 2, 3)]))
    axis = draw(strategies.sampled_from([-1, 1]))
    weights = [0.0, 2.0, 0.5][: shape[axis]]
    options = {
        "from_logits": draw(strategies.booleans()),
        "label_smoothing": draw(strategies.sampled_from([0.0, 0.1, 1.0])),
        "class_weight": draw(strategies.sampled_from([None, weights])),
        "axis": axis,
    }
    between = (-8, 8) if options["from_logits"] else PROBABILITIES
    labels = strategies.sampled_from([0.0, 0.25, 1.0])
    y_true = draw(arrays(float, shape, elements=labels))
    y_pred = draw(arrays(float, shape, elements=strategies.floats(*between)))
    return y_true, y_pred, options


@hypothesis.settings(deadline=None, max_examples=drawn_times(50))
@hypothesis.given(inputs())
def test_value_and_gradient_are_those_of_the_oracle(drawn):
    y_true, y_pred, options = drawn
    found = values(categorical_crossentropy, y_true, y_pred, **options)
    assert found == close(oracle(y_true, y_pred, **options))
    found = gradient(categorical_crossentropy, y_true, y_pred, **options)
    expected = steep_slopes(oracle, y_true, y_pred, **options)
    assert found == close(expected, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("class_weight", [None, [1.0, 4.0, 0.5]])
def test_logits_and_their_probabilities_agree(class_weight):
    logits = np.array([[-6.0, 0.0, 5.0], [1.0, 2.0, 3.0], [7.0, -7.0, 0.0]])
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    y_true = np.array([[1, 0, 0], [0.2, 0.3, 0.5], [0, 1, 0]])
    options = {"class_weight": class_weight, "label_smoothing": 0.1}
    found = values(categorical_crossentropy, y_true, p, **options)
    options["from_logits"] = True
    expected = values(categorical_crossentropy, y_true, logits, **options)
    assert found == close(expected)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("far", [{"from_logits": True}, {}], ids=["logits", "p"])
def test_far_off_is_finite_and_wrong_has_a_gradient(dtype, far):
    low, high = (-100, 100) if far else (0, 1)
    y_true = [[1, 0], [1, 0]]
    y_pred = np.array([[high, low], [low, high]], dtype)
    found = values(categorical_crossentropy, y_true, y_pred, **far)
    assert found == pytest.approx([0, 200 if far else FARTHEST], abs=1e-6)
    slope = gradient(categorical_crossentropy, y_true, y_pred, **far).astype(float)
    assert slope[1, 0] < 0
    if far or dtype != "float16":  # 2²³ / e is beyond float16
        assert np.isfinite(slope).all()


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int64", "float16"])
def test_labels_of_any_dtype(dtype):
    y_true = np.array([[1, 0, 0], [0, 0, 1]], dtype)
    found = values(categorical_crossentropy, y_true, np.array(HALVES * 2, "float32"))
    assert found == pytest.approx([LOG2, 2 * LOG2])


@pytest.mark.parametrize("from_logits", [False, True])
def test_nan_stays_nan_in_its_own_sample(from_logits):
    y_pred = np.array([[np.nan, 0.5], [0.5, 0.5], [0.5, 0.5]])
    y_true = np.array([[0, 1], [1, np.nan], [1, 0]])
    found = values(categorical_crossentropy, y_true, y_pred, from_logits=from_logits)
    assert np.isnan(found).tolist() == [True, True, False]


def test_no_samples_give_no_values():
    assert categorical_crossentropy(np.ones((0, 3)), np.ones((0, 3))).shape == (0,)
