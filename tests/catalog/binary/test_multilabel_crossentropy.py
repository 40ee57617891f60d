"""Crossentropy of known labels by hand. The sum that gives each number stands beside
it."""

from math import e, exp, log

import hypothesis
import keras
import numpy as np
import pytest
from hypothesis import strategies
from hypothesis.extra.numpy import arrays

from losses import binary_crossentropy, multilabel_crossentropy
from losses.evidence.outcomes import Raises, Returns
from tests.differences import close, drawn_times, gradient, slope, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, probabilities, void

LOG2, LOG4, LOG43 = log(2), log(4), log(4 / 3)
FARTHEST = 23 * LOG2  # -log 2⁻²³, which the tangent reaches at 0
STEEPEST = 2**23 / e  # its slope: it touches at e · 2⁻²³
NAN, INF = float("nan"), float("inf")
HALVES = [[0.5, 0.5]]

HAND = [
    given([[1, 0]], [[0.75, 0.75]], [(LOG43 + LOG4) / 2]),  # -log 3/4, -log(1 - 3/4)
    given([[1, -1]], HALVES, [LOG2]),
    given([[1, NAN]], HALVES, [LOG2]),
    given([[-1, 0, 1]], [[0.5, 0.25, 0.25]], [(LOG43 + LOG4) / 2]),
    given([[1, -1, -1, -1], [1] * 4], [[0.5] * 4] * 2, [LOG2, LOG2]),
    given([[-1, -1], [NAN, -1], [1, 0]], HALVES * 3, [0.0, 0.0, LOG2]),
    given([1, -1], [0.75, 0.75], [LOG43, 0.0]),
    given([1.0, -1.0], [[0.75], [0.25]], [LOG43, 0.0]),
    given([[1.0], [-1.0]], [0.75, 0.25], [LOG43, 0.0]),
    given([[[1, -1], [-1, 0]]], [[[0.5, 0.9], [0.9, 0.75]]], [(LOG2 + LOG4) / 2]),
    given([[0.25, -1]], [[0.75, 0.5]], [LOG43 / 4 + LOG4 * 3 / 4]),  # a soft label
    given([[1, -1]], [[0.5, NAN]], [LOG2]),
    given([[1, 0, -1]], [[1.0, 0.0, 0.0]], [0.0]),
    given([[1, 0, -1]], [[0.0, 1.0, 1.0]], [FARTHEST]),
    # missing
    given([[1, 255]], HALVES, [LOG2], missing=255),
    given([[1, 255, NAN]], [[0.75, 0.5, 0.5]], [LOG43], missing=255),
    given([[1, 0]], [[0.75, 0.5]], [LOG43], missing=0),
    given([[0.5, 1]], [[0.5, 0.75]], [LOG43], missing=0.5),
    # from_logits
    given([[1, -1]], [[0.0, 9.0]], [LOG2], from_logits=True),
    given([[1, -1]], [[40.0, 0.0]], [0.0], from_logits=True),
    given([[0, -1], [1, -1]], [[100.0, 9.0]] * 2, [100.0, 0.0], from_logits=True),
    given([[1, NAN]], [[-1.0, INF]], [log(1 + exp(1))], from_logits=True),
    # pos_weight, and no division by it
    given([[1, -1, 0]], [[0.5] * 3], [(3 + 1) / 2 * LOG2], pos_weight=3.0),
    given([[-1, 1, 0]], [[0.5] * 3], [(2 + 1) / 2 * LOG2], pos_weight=[1, 2, 4]),
    given([[1, -1]], [[0.0, 0.0]], [3 * LOG2], from_logits=True, pos_weight=3.0),
    # (-t / p + (1 - t) / (1 - p)) / number of the known, or sigmoid - t
    given([[1, -1]], HALVES, [[-2.0, 0.0]], "gradient"),
    given([[1, NAN]], HALVES, [[-2.0, 0.0]], "gradient"),
    given([[1, -1, 0]], [[0.5, 0.9, 0.75]], [[-1.0, 0.0, 2.0]], "gradient"),
    given([[NAN, -1]], HALVES, [[0.0, 0.0]], "gradient"),
    given([[1, -1]], [[0.5, NAN]], [[-2.0, 0.0]], "gradient"),
    given([[1, -1]], [[0.0, 0.0]], [[-STEEPEST, 0.0]], "gradient"),
    given([[0, -1]], [[40.0, INF]], [[1.0, 0.0]], "gradient", from_logits=True),
    # in fit: the mean of log 4/3 and log 4, steps of -4/3 / 2, and of 4 / 2 / 2 twice
    given([[1, -1], [0, 0]], [[0.75] * 2] * 2, (LOG43 + LOG4) / 2, "fit_eager"),
    given(
        [[1, -1], [0, 0]],
        [[0.75] * 2] * 2,
        Returns((LOG43 + LOG4) / 2, step=22**0.5 / 3),
        "fit_graph",
    ),
    given(
        [[1, NAN], [0, 0]],
        [[0.75] * 2] * 2,
        Returns((LOG43 + LOG4) / 2, step=22**0.5 / 3),
        "fit_xla",
    ),
    given([[1, NAN]], HALVES, Returns(LOG2, step=2.0), "fit_graph"),
    given([[1, -1], [-1, -1]], HALVES * 2, LOG2 / 2, "fit_graph"),  # of two samples
    given([[1, -1], [1, 1]], [[1.0, 0.5], *HALVES], 0.0, "sample_weight", [1, 0]),
    given([[1, -1], [1, 1]], [[1.0, 0.5], *HALVES], LOG2 / 2, "sample_weight", [0, 1]),
    given([[1], [0]], [[0.5], [0.5]], 1.5 * LOG2, "class_weight"),  # (2 + 1) / 2
    given([[1, 255]], HALVES, LOG2, "save_load", missing=255),
    given([[1, -1]], HALVES, 3 * LOG2, "save_load", pos_weight=3.0),
    given([[1, -1]], [[0.0, 0.0]], LOG2, "save_load", from_logits=True),
    # refused
    given(
        [1, -1, 1],
        [[0.5, 0.5, 0.5]],
        Raises("ValueError", r"y_true \(3,\) and y_pred \(1, 3\) must .* \(1, 3\)\."),
    ),
    given(
        [[1, -1]],
        [[0.5], [0.5]],
        Raises(
            "ValueError", r"^multilabel_cro.*explain binary_crossentropy/column_min"
        ),
    ),
    given(
        [[1, -1]],
        HALVES,
        Raises("ValueError", r"^multilabel_crossentropy: pos_weight has shape \(3,\)"),
        pos_weight=[1, 2, 3],
    ),
    given([[1, -1]], HALVES, Raises("ValueError", "number, not None"), missing=None),
    given([[1, -1]], [[1, 0]], Raises("TypeError", "y_pred has dtype int32")),
]

EXAMPLES = [
    (ids(3, 4, 3) - 1, probabilities(4, 3, 1)[..., 0], {}),
    (
        void(ids(2, 4, 3)),
        normal(4, 3),
        {"missing": 255, "pos_weight": [2.0, 3.0, 0.5], "from_logits": True},
    ),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("multilabel_crossentropy", case)


def oracle(y_true, y_pred, missing, pos_weight, from_logits):
    """One label after the other, in double precision."""
    totals = []
    for labels, predictions in zip(y_true, y_pred):
        weights = np.broadcast_to(pos_weight or 1.0, labels.shape)
        terms = []
        for place in np.ndindex(labels.shape):
            t, p, weight = labels[place], predictions[place], weights[place]
            if t == missing or np.isnan(t):
                continue
            if from_logits:
                p = 1 / (1 + exp(-p))
            terms.append(-(weight * t * log(p) + (1 - t) * log(1 - p)))
        totals.append(sum(terms) / len(terms) if terms else 0.0)
    return np.array(totals)


@strategies.composite
def inputs(draw):
    shapes = [(1,), (3,), (2, 1), (2, 3), (3, 3), (2, 3, 2), (1, 2, 1, 3)]
    shape = draw(strategies.sampled_from(shapes))
    options = {
        "missing": draw(strategies.sampled_from([-1, 255, 0.25])),
        "pos_weight": draw(strategies.sampled_from([None, 0.5, 3.0, "each"])),
        "from_logits": draw(strategies.booleans()),
    }
    if options["pos_weight"] == "each":
        options["pos_weight"] = [0.5, 2.0, 3.0][: shape[-1]] if shape[1:] else 2.0
    between = (-8, 8) if options["from_logits"] else (0.001, 0.999)
    labels = strategies.sampled_from([0.0, 0.25, 1.0, np.nan, options["missing"]])
    y_true = draw(arrays(float, shape, elements=labels))
    y_pred = draw(arrays(float, shape, elements=strategies.floats(*between)))
    return y_true, y_pred, options


@hypothesis.settings(deadline=None, max_examples=drawn_times(50))
@hypothesis.given(inputs())
def test_value_and_gradient_are_those_of_the_oracle(drawn):
    y_true, y_pred, options = drawn
    found = values(multilabel_crossentropy, y_true, y_pred, **options)
    assert found == close(oracle(y_true, y_pred, **options))
    found = gradient(multilabel_crossentropy, y_true, y_pred, **options)
    found, expected = slope(found, oracle, y_true, y_pred, **options)
    assert found == close(expected, rel=1e-5, abs=1e-7)


@hypothesis.settings(deadline=None, max_examples=drawn_times(30))
@hypothesis.given(inputs())
def test_with_all_labels_known_it_is_binary_crossentropy(drawn):
    y_true, y_pred, options = drawn
    y_true = np.where(np.isfinite(y_true) & (abs(y_true - 0.5) <= 0.5), y_true, 1.0)
    options["missing"] = -1
    found = values(multilabel_crossentropy, y_true, y_pred, **options)
    del options["missing"]
    assert found == close(values(binary_crossentropy, y_true, y_pred, **options))


@hypothesis.settings(deadline=None, max_examples=drawn_times(30))
@hypothesis.given(inputs())
def test_a_label_that_is_missing_is_a_label_left_out(drawn):
    y_true, y_pred, options = drawn
    labels, predictions = y_true.ravel(), y_pred.ravel()
    options["pos_weight"] = None
    known = ~(np.isnan(labels) | (labels == options["missing"]))
    hypothesis.assume(known.any())
    found = values(multilabel_crossentropy, labels[None], predictions[None], **options)
    left = labels[known][None], predictions[known][None]
    assert found == close(values(multilabel_crossentropy, *left, **options))


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("anything", [0.0, 1.0, -100.0, 1e30, np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("label", [-1, np.nan])
def test_nothing_of_a_missing_label_reaches_value_or_gradient(
    label, anything, from_logits
):
    y_true, y_pred = np.array([[1, label, 0]]), np.array([[0.75, anything, 0.5]])
    options = {"from_logits": from_logits}
    found = values(multilabel_crossentropy, y_true, y_pred, **options)
    known = y_true[:, ::2], y_pred[:, ::2]
    assert found == close(values(binary_crossentropy, *known, **options))
    slope = gradient(multilabel_crossentropy, y_true, y_pred, **options)
    assert slope[:, ::2] == close(gradient(binary_crossentropy, *known, **options))
    assert slope[0, 1] == 0


def test_keras_gives_the_same_on_the_known_labels_of_each_sample():
    y_true = np.array([[1, -1, 0, 1], [0, 0, -1, -1], [1, 0, 1, 0]])
    y_pred = np.array([[0.9, 0.1, 0.3, 0.2], [0.6, 0.5, 0.7, 0.1], [0.2] * 4])
    found = values(multilabel_crossentropy, y_true, y_pred)
    for row, labels, predictions in zip(found, y_true, y_pred):
        known = labels != -1
        expected = keras.losses.binary_crossentropy(
            labels[known].astype("float32"), predictions[known].astype("float32")
        )
        assert row == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize("pos_weight", [None, 3.0])
def test_logits_and_their_probabilities_agree(pos_weight):
    logits = np.stack([np.linspace(-12, 12, 9), np.linspace(9, -9, 9)], axis=-1)
    y_true = np.array([[0, 1], [-1, 0], [1, np.nan]] * 3)
    options = {"pos_weight": pos_weight}
    p = 1 / (1 + np.exp(-logits))
    found = values(multilabel_crossentropy, y_true, p, **options)
    options["from_logits"] = True
    expected = values(multilabel_crossentropy, y_true, logits, **options)
    assert found == close(expected, single=1e-3)  # 1 - p has few digits left


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("far", [{"from_logits": True}, {}], ids=["logits", "p"])
def test_far_off_is_finite_and_wrong_has_a_gradient(dtype, far):
    low, high = (-100, 100) if far else (0, 1)
    y_true = [[0, -1], [0, -1], [1, np.nan], [1, np.nan]]
    y_pred = np.array([[low, low], [high, low], [low, high], [high, high]], dtype)
    found = values(multilabel_crossentropy, y_true, y_pred, **far)
    farthest = 100 if far else FARTHEST
    assert found == pytest.approx([0, farthest, farthest, 0], abs=1e-6)
    slope = gradient(multilabel_crossentropy, y_true, y_pred, **far).astype(float)
    assert slope[1, 0] > 0 > slope[2, 0]
    assert (slope[:, 1] == 0).all()
    if far or dtype != "float16":  # 2²³ / e is beyond float16
        assert np.isfinite(slope).all()


@pytest.mark.parametrize("dtype", ["int8", "int64", "float16", "float64"])
def test_labels_of_any_dtype(dtype):
    y_true = np.array([[1, -1, 0], [-1, -1, 1]], dtype)
    y_pred = np.array([[0.75, 0.5, 0.5], [0.5, 0.5, 0.75]], "float32")
    found = values(multilabel_crossentropy, y_true, y_pred)
    assert found == pytest.approx([(LOG43 + LOG2) / 2, LOG43])


def test_minus_one_in_bytes_is_255():
    y_true = np.array([[1, -1, 0]]).astype("uint8")
    y_pred = np.array([[0.75, 0.5, 0.5]], "float32")
    found = values(multilabel_crossentropy, y_true, y_pred, missing=255)
    assert found == pytest.approx([(LOG43 + LOG2) / 2])


@pytest.mark.parametrize("from_logits", [False, True])
def test_nan_predicted_for_a_known_label_stays_nan(from_logits):
    y_pred = np.array([[np.nan, 0.5], [np.nan, 0.5]])
    y_true = np.array([[1, -1], [-1, 1]])
    options = {"from_logits": from_logits}
    found = values(multilabel_crossentropy, y_true, y_pred, **options)
    assert np.isnan(found).tolist() == [True, False]


def test_nothing_is_better_than_the_labels_themselves():
    y_true = np.array([[0.0, 1.0, -1.0, 1.0]])
    assert values(multilabel_crossentropy, y_true, np.maximum(y_true, 0)) == [0]
    for p in np.random.default_rng(0).uniform(size=(9, 1, 4)):
        assert values(multilabel_crossentropy, y_true, p) > 0


def test_no_samples_give_no_values():
    assert multilabel_crossentropy(np.ones((0, 3)), np.ones((0, 3))).shape == (0,)
