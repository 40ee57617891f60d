"""Binary crossentropy by hand. The sum that gives each number stands beside it."""

from math import e, exp, log

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies
from hypothesis.extra.numpy import arrays

from losses import binary_crossentropy
from losses.evidence.outcomes import Raises, Returns
from tests.differences import close, drawn_times, gradient, slope, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, probabilities

LOG2, LOG4, LOG43 = log(2), log(4), log(4 / 3)
FARTHEST = 23 * LOG2  # -log 2⁻²³, which the tangent reaches at 0
STEEPEST = 2**23 / e  # its slope: it touches at e · 2⁻²³

HAND = [
    given([[1], [0]], [[0.75], [0.75]], [LOG43, LOG4]),  # -log 3/4, -log(1 - 3/4)
    given([1, 0], [0.75, 0.5], [LOG43, LOG2]),
    given([[1, 0, 1]], [[0.5, 0.25, 0.25]], [(LOG2 + LOG43 + LOG4) / 3]),
    given([[[1, 0], [0, 0]]], [[[0.5, 0.5], [0.5, 0.75]]], [(3 * LOG2 + LOG4) / 4]),
    given([1.0, 0.0], [[0.75], [0.25]], [LOG43, LOG43]),  # the column is dropped
    given([[1.0], [0.0]], [0.75, 0.25], [LOG43, LOG43]),
    given([[0.25]], [[0.75]], [LOG43 / 4 + LOG4 * 3 / 4]),  # a soft label
    given([[1], [0]], [[1.0], [0.0]], [0.0, 0.0]),
    given([[1], [0]], [[0.0], [1.0]], [FARTHEST, FARTHEST]),
    # Keras's own tests have this, and a mean of 3.98559
    given([[1, 0], [1, 0]], [[1.0, 1.0], [1.0, 0.0]], [FARTHEST / 2, 0.0]),
    given([[1, 0], [1, 0]], [[1.0, 1.0], [1.0, 0.0]], FARTHEST / 4, "fit_eager"),
    # the tangent, at 0 and ∓2⁻²³ / (e · 2⁻²³) beside it; where it touches; above
    given(
        [[1]] * 4,
        [[2**-23], [-(2**-23)], [e * 2**-23], [2**-21]],
        [FARTHEST - 1 / e, FARTHEST + 1 / e, FARTHEST - 1, 21 * LOG2],
    ),
    # from_logits
    given([[1], [1]], [[0.0], [-1.0]], [LOG2, log(1 + exp(1))], from_logits=True),
    given([[0], [0]], [[0.0], [-1.0]], [LOG2, log(1 + exp(-1))], from_logits=True),
    given([[0], [1]], [[100.0], [100.0]], [100.0, 0.0], from_logits=True),
    # pos_weight
    given([[1], [0]], [[0.5], [0.5]], [3 * LOG2, LOG2], pos_weight=3.0),
    given([[1, 1, 0]], [[0.5] * 3], [(1 + 2 + 1) / 3 * LOG2], pos_weight=[1, 2, 4]),
    given([[1]], [[0.0]], [3 * LOG2], from_logits=True, pos_weight=3.0),
    # label_smoothing: 1 and 0 become 0.9 and 0.1
    given([[1]], [[0.75]], [0.9 * LOG43 + 0.1 * LOG4], label_smoothing=0.2),
    given([[0]], [[0.75]], [0.1 * LOG43 + 0.9 * LOG4], label_smoothing=0.2),
    given(
        [[0]], [[0.5]], [(0.1 * 3 + 0.9) * LOG2], pos_weight=3.0, label_smoothing=0.2
    ),
    # -t / p + (1 - t) / (1 - p), or sigmoid - t
    given([[1], [0]], [[0.75], [0.75]], [[-4 / 3], [4.0]], "gradient"),
    given([[1, 0]], [[0.5, 0.5]], [[-1.0, 1.0]], "gradient"),  # of the mean of two
    given([[1], [0]], [[0.0], [1.0]], [[-STEEPEST], [STEEPEST]], "gradient"),
    given([[1]], [[-0.5]], [[-STEEPEST]], "gradient"),
    given([[1]], [[2**-21]], [[-(2**21)]], "gradient"),
    given([[0], [1]], [[40.0], [-40.0]], [[1.0], [-1.0]], "gradient", from_logits=True),
    # in fit: the mean of two, a step of ∓4/3 / 2 each
    given([1.0, 0.0], [[0.75], [0.25]], LOG43, "fit_eager"),
    given([1.0, 0.0], [[0.75], [0.25]], Returns(LOG43, step=8**0.5 / 3), "fit_graph"),
    given([[1], [0]], [[0.75], [0.25]], Returns(LOG43, step=8**0.5 / 3), "fit_xla"),
    given([[1], [0]], [[0.75], [0.75]], LOG43 / 2, "sample_weight", [1, 0]),
    given([[1], [0]], [[0.5], [0.5]], 1.5 * LOG2, "class_weight"),  # (2 + 1) / 2
    given([[1]], [[0.5]], 3 * LOG2, "save_load", pos_weight=3.0),
    given([[1], [0]], [[0.0], [0.0]], LOG2, "save_load", from_logits=True),
    # refused
    given(
        [1, 0, 1],
        [[0.5, 0.5, 0.5]],
        Raises("ValueError", r"y_true \(3,\) and y_pred \(1, 3\) must .* \(1, 3\)\."),
    ),
    given(
        [[1, 0]],
        [[0.5], [0.5]],
        Raises("ValueError", r"\(2, 2\)\..*explain binary_crossentropy/column_minus"),
    ),
    given([[1, 0]], [[1, 0]], Raises("TypeError", "y_pred has dtype int32")),
]

EXAMPLES = [
    (ids(2, 4), probabilities(4, 1), {}),
    (
        ids(2, 4, 3),
        normal(4, 3),
        {"from_logits": True, "pos_weight": [2.0, 3.0, 0.5], "label_smoothing": 0.1},
    ),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("binary_crossentropy", case)


def oracle(y_true, y_pred, from_logits, pos_weight, label_smoothing):
    """One label after the other, in double precision."""
    totals = []
    for labels, predictions in zip(y_true, y_pred):
        weights = np.broadcast_to(pos_weight or 1.0, labels.shape)
        terms = []
        for place in np.ndindex(labels.shape):
            t, p, weight = labels[place], predictions[place], weights[place]
            if from_logits:
                p = 1 / (1 + exp(-p))
            t = t + label_smoothing * (0.5 - t)
            terms.append(-(weight * t * log(p) + (1 - t) * log(1 - p)))
        totals.append(sum(terms) / len(terms))
    return np.array(totals)


@strategies.composite
def inputs(draw):
    shapes = [(1,), (3,), (2, 1), (2, 3), (3, 3), (2, 3, 2), (1, 2, 1, 3)]
    shape = draw(strategies.sampled_from(shapes))
    options = {
        "from_logits": draw(strategies.booleans()),
        "pos_weight": draw(strategies.sampled_from([None, 0.5, 3.0, "each"])),
        "label_smoothing": draw(strategies.sampled_from([0.0, 0.1, 1.0])),
    }
    if options["pos_weight"] == "each":
        options["pos_weight"] = [0.5, 2.0, 3.0][: shape[-1]] if shape[1:] else 2.0
    between = (-8, 8) if options["from_logits"] else (0.001, 0.999)
    labels = strategies.sampled_from([0.0, 0.25, 1.0])
    y_true = draw(arrays(float, shape, elements=labels))
    y_pred = draw(arrays(float, shape, elements=strategies.floats(*between)))
    return y_true, y_pred, options


@hypothesis.settings(deadline=None, max_examples=drawn_times(50))
@hypothesis.given(inputs())
def test_value_and_gradient_are_those_of_the_oracle(drawn):
    y_true, y_pred, options = drawn
    found = values(binary_crossentropy, y_true, y_pred, **options)
    assert found == close(oracle(y_true, y_pred, **options))
    found = gradient(binary_crossentropy, y_true, y_pred, **options)
    found, expected = slope(found, oracle, y_true, y_pred, **options)
    assert found == close(expected, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("pos_weight", [None, 3.0])
def test_logits_and_their_probabilities_agree(pos_weight):
    logits = np.linspace(-12, 12, 9)[:, None]
    for label in 0.0, 0.3, 1.0:
        y_true = np.full_like(logits, label)
        options = {"pos_weight": pos_weight, "label_smoothing": 0.1}
        found = values(
            binary_crossentropy, y_true, 1 / (1 + np.exp(-logits)), **options
        )
        options["from_logits"] = True
        expected = values(binary_crossentropy, y_true, logits, **options)
        assert found == close(expected, single=1e-3)  # 1 - p has few digits left


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("far", [{"from_logits": True}, {}], ids=["logits", "p"])
def test_far_off_is_finite_and_wrong_has_a_gradient(dtype, far):
    low, high = (-100, 100) if far else (0, 1)
    y_true = [[0], [0], [1], [1]]
    y_pred = np.array([[low], [high], [low], [high]], dtype)
    right, wrong, also_wrong, also_right = values(
        binary_crossentropy, y_true, y_pred, **far
    )
    assert (right, also_right) == pytest.approx((0, 0), abs=1e-6)
    assert wrong == also_wrong == pytest.approx(100 if far else FARTHEST)
    slope = gradient(binary_crossentropy, y_true, y_pred, **far).astype(float)
    assert slope[1] > 0 > slope[2]
    if far or dtype != "float16":  # 2²³ / e is beyond float16
        assert np.isfinite(slope).all()


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int64", "float16"])
@pytest.mark.parametrize("labels", [(2,), (2, 1)])
@pytest.mark.parametrize("predictions", [(2,), (2, 1)])
def test_labels_of_any_dtype_on_either_shape(dtype, labels, predictions):
    y_true = np.reshape([1, 0], labels).astype(dtype)
    y_pred = np.reshape([0.75, 0.5], predictions).astype("float32")
    found = values(binary_crossentropy, y_true, y_pred)
    assert found == pytest.approx([LOG43, LOG2])  # -log 3/4, -log(1 - 1/2)


@pytest.mark.parametrize("from_logits", [False, True])
def test_nan_stays_nan_in_its_own_sample(from_logits):
    y_pred = np.array([[np.nan, 0.5], [0.5, 0.5], [0.5, 0.5]])
    y_true = np.array([[1, 0], [1, np.nan], [1, 0]])
    found = values(binary_crossentropy, y_true, y_pred, from_logits=from_logits)
    assert np.isnan(found).tolist() == [True, True, False]


def test_no_samples_give_no_values():
    assert binary_crossentropy(np.ones((0, 3)), np.ones((0, 3))).shape == (0,)
