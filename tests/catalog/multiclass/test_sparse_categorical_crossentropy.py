"""Sparse crossentropy by hand. The sum that gives each number stands beside it."""

from math import e, exp, log

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies
from hypothesis.extra.numpy import arrays

from losses import sparse_categorical_crossentropy
from losses.evidence.outcomes import Raises, Returns
from tests.catalog.multiclass.drawing import steep_slopes
from tests.differences import close, drawn_times, gradient, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, probabilities, void

LOG2, LOG3, LOG43 = log(2), log(3), log(4 / 3)
FARTHEST = 23 * LOG2  # -log 2⁻²³, which the tangent reaches at 0
STEEPEST = 2**23 / e  # its slope: it touches at e · 2⁻²³
NAN = float("nan")
PAIR = [[0.75, 0.25], [0.25, 0.75]]  # -log: log 4/3 or 2 log 2
STEPS = [[[0.5, 0.5], [0.75, 0.25]]]  # two positions: 1 log 2, then log 4/3 or 2 log 2

HAND = [
    given([1, 1], PAIR, [2 * LOG2, LOG43]),
    given([[1], [1]], PAIR, [2 * LOG2, LOG43]),
    given([1.0, 1.0], PAIR, [2 * LOG2, LOG43]),
    given([[0], [1]], PAIR, [LOG43, LOG43]),
    # divided by their sum
    given([0], [[0.25, 0.25]], [LOG2]),
    given([0, 1], [[0.5, 1.5]] * 2, [2 * LOG2, LOG43]),
    # … but for a sum of 0 or less
    given([0, 0], [[0.0, 0.0], [0.5, -1.0]], [FARTHEST, LOG2]),
    # Keras's own tests have this, and a mean of 0.3239
    given(
        [0, 1, 2],
        [[0.9, 0.05, 0.05], [0.5, 0.89, 0.6], [0.05, 0.01, 0.94]],
        [-log(0.9), log(1.99 / 0.89), -log(0.94)],
    ),
    given([[0, 1]], STEPS, [1.5 * LOG2]),  # (1 + 2) / 2
    given([[[0], [1]]], STEPS, [1.5 * LOG2]),
    given([0, 0], [[1.0, 0.0], [0.0, 1.0]], [0.0, FARTHEST]),
    given([2, -1, 0], [[0.25, 0.75]] * 3, [NAN, NAN, 2 * LOG2]),  # ids of no class
    # from_logits: log Σ exp - the logit of the class
    given([1], [[0.0, 0.0, 0.0]], [LOG3], from_logits=True),
    given(
        [0, 0],
        [[2.0, -1.0], [-1.0, 2.0]],
        [log(1 + exp(-3)), log(1 + exp(3))],
        from_logits=True,
    ),
    given([0], [[-100.0, 100.0]], [200.0], from_logits=True),
    given([2], [[0.0, 0.0]], [NAN], from_logits=True),
    # ignore_class
    given([[0, 255]], STEPS, [LOG2], ignore_class=255),
    given([[255, 1]], STEPS, [2 * LOG2], ignore_class=255),
    given([[0, 255], [255, 255]], STEPS * 2, [LOG2, 0.0], ignore_class=255),
    given([[-1, 1]], STEPS, [2 * LOG2], ignore_class=-1),
    given([[0, 1]], STEPS, [2 * LOG2], ignore_class=0),
    given([1, 0], PAIR, [2 * LOG2, 0.0], ignore_class=0),
    given([[255, 2]], STEPS, [NAN], ignore_class=255),
    given(
        [[255, 1]],
        [[[9.0, 0.0], [0.0, 0.0]]],
        [LOG2],
        from_logits=True,
        ignore_class=255,
    ),
    # class_weight
    given([0, 1], [[0.5, 0.5]] * 2, [LOG2, 3 * LOG2], class_weight=[1, 3]),
    given([1, 1], [[0.5, 0.5]] * 2, [3 * LOG2, 3 * LOG2], class_weight=[1, 3]),
    given([1], [[0.5, 0.5]], [3 * LOG2], class_weight={1: 3.0, 0: 1.0}),
    given([1], [[0.0, 0.0]], [3 * LOG2], from_logits=True, class_weight=[1, 3]),
    given([[0, 1]], STEPS, [(1 * 1 + 3 * 2) / 2 * LOG2], class_weight=[1, 3]),
    # not divided by the weights
    given([[1, 255]], STEPS, [3 * LOG2], ignore_class=255, class_weight=[1, 3]),
    # 1 / Σ p, and for the class -1 / p more, or softmax - t
    given([0, 1], [[0.75, 0.25]] * 2, [[-4 / 3 + 1, 1.0], [1.0, -4 + 1]], "gradient"),
    given([0], [[0.5, 1.5]], [[-2 + 1 / 2, 1 / 2]], "gradient"),
    given([0], [[0.0, 1.0]], [[-STEEPEST, 0.0]], "gradient"),
    given([0], [[0.0, 2.0]], [[-STEEPEST / 2, 0.0]], "gradient"),
    given([0], [[0.5, -1.0]], [[-2.0, 0.0]], "gradient"),  # not divided
    given([0], [[-100.0, 100.0]], [[-1.0, 1.0]], "gradient", from_logits=True),
    given([[0, 1]], STEPS, [[[-0.5, 0.5], [0.5, -1.5]]], "gradient"),  # of the mean
    given([[0, 255]], STEPS, [[[-1.0, 1.0], [0.0, 0.0]]], "gradient", ignore_class=255),
    # in fit: the mean of two, a step of half of -1/3 and 1 each: 20/9 / 4
    given([0, 1], PAIR, LOG43, "fit_eager"),
    given([0, 1], PAIR, Returns(LOG43, step=5**0.5 / 3), "fit_graph"),
    given([0, 1], PAIR, Returns(LOG43, step=5**0.5 / 3), "fit_xla"),
    given([2], [[0.25, 0.75]], Returns(NAN, step=NAN), "fit_graph"),
    given([2], [[0.25, 0.75]], Returns(NAN, step=NAN), "fit_xla"),
    given([0, 1], [[0.5, 0.5]] * 2, 2 * LOG2, "fit_graph", class_weight=[1, 3]),
    given([1, 1], PAIR, 2 * LOG2 / 2, "sample_weight", [1, 0]),
    given([0, 1], [[0.5, 0.5]] * 2, 1.5 * LOG2, "class_weight"),  # (1 + 2) / 2
    given([[1, 255]], STEPS, LOG2, "save_load", ignore_class=255),
    given([0, 1], [[0.5, 0.5]] * 2, 2 * LOG2, "save_load", class_weight=[1.0, 3.0]),
    # refused
    given(
        [[0, 0, 1]],
        [[0.25, 0.25, 0.5]],
        Raises("ValueError", r"y_true \(1, 3\) looks one-hot.*shape \(1,\)\. Use cat"),
    ),
    given(
        [[0, 1, 0]],
        STEPS,
        Raises("ValueError", r"y_true \(1, 3\) must be class ids of shape \(1, 2\)"),
    ),
    given(
        [0, 1],
        [[0.5], [0.5]],
        Raises("ValueError", r"y_pred \(2, 1\) must be .* explain .*/one_hot_given"),
    ),
    given(
        [0],
        [[0.5, 0.5]],
        Raises("ValueError", r"class_weight has 3 numbers; y_pred has 2 c"),
        class_weight=[1, 2, 3],
    ),
    given([0], [[1, 0]], Raises("TypeError", "y_pred has dtype int32")),
]

EXAMPLES = [
    (ids(3, 4), probabilities(4, 3), {}),
    (
        void(ids(3, 4, 2)),
        normal(4, 2, 3),
        {"from_logits": True, "ignore_class": 255, "class_weight": [1.0, 2.0, 3.0]},
    ),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("sparse_categorical_crossentropy", case)


def oracle(y_true, y_pred, from_logits, ignore_class, class_weight):
    """One position after the other."""
    totals = []
    for labels, predictions in zip(y_true, y_pred):
        labels, terms = np.reshape(labels, predictions.shape[:-1]), []
        for place in np.ndindex(labels.shape):
            label, p = labels[place], predictions[place]
            if label == ignore_class:
                continue
            if from_logits:
                p = [exp(logit) for logit in p]
            p = [odds / sum(p) for odds in p]
            terms.append(-(class_weight[label] if class_weight else 1) * log(p[label]))
        totals.append(sum(terms) / max(len(terms), 1))
    return np.array(totals)


@strategies.composite
def inputs(draw):
    shape = draw(strategies.sampled_from([(1, 2), (3, 3), (2, 3, 2), (2, 2, 2, 3)]))
    ignored = draw(strategies.sampled_from([None, 255, -1, 1]))
    weights = [0.0, 2.0, 0.5][: shape[-1]]
    options = {
        "from_logits": draw(strategies.booleans()),
        "ignore_class": ignored,
        "class_weight": draw(strategies.sampled_from([None, weights])),
    }
    between = (-8, 8) if options["from_logits"] else (0.001, 0.999)
    column = draw(strategies.sampled_from([(), (1,)]))
    known = [*range(shape[-1]), *([] if ignored is None else [ignored])]
    ids = arrays(int, shape[:-1] + column, elements=strategies.sampled_from(known))
    y_pred = draw(arrays(float, shape, elements=strategies.floats(*between)))
    return draw(ids), y_pred, options


@hypothesis.settings(deadline=None, max_examples=drawn_times(50))
@hypothesis.given(inputs())
def test_value_and_gradient_are_those_of_the_oracle(drawn):
    y_true, y_pred, options = drawn
    found = values(sparse_categorical_crossentropy, y_true, y_pred, **options)
    assert found == close(oracle(y_true, y_pred, **options))
    found = gradient(sparse_categorical_crossentropy, y_true, y_pred, **options)
    expected = steep_slopes(oracle, y_true, y_pred, **options)
    assert found == close(expected, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("class_weight", [None, [1.0, 4.0, 0.5]])
def test_logits_and_their_probabilities_agree(class_weight):
    logits = np.array([[-6.0, 0.0, 5.0], [1.0, 2.0, 3.0], [7.0, -7.0, 0.0]])
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    options = {"class_weight": class_weight, "ignore_class": 1}
    for labels in [0, 1, 2], [2, 2, 1], [1, 0, 0]:
        found = values(sparse_categorical_crossentropy, labels, p, **options)
        options_of_logits = {"from_logits": True, **options}
        expected = values(
            sparse_categorical_crossentropy, labels, logits, **options_of_logits
        )
        assert found == close(expected)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("far", [{"from_logits": True}, {}], ids=["logits", "p"])
def test_far_off_is_finite_and_wrong_has_a_gradient(dtype, far):
    low, high = (-100, 100) if far else (0, 1)
    ids = [0, 0, 255]
    y_pred = np.array([[high, low], [low, high], [low, low]], dtype)
    options = {"ignore_class": 255, **far}
    found = values(sparse_categorical_crossentropy, ids, y_pred, **options)
    assert found == pytest.approx([0, 200 if far else FARTHEST, 0], abs=1e-6)
    slope = gradient(sparse_categorical_crossentropy, ids, y_pred, **options)
    slope = slope.astype(float)
    assert slope[1, 0] < 0
    assert slope[2].tolist() == [0, 0]  # ignored
    if far or dtype != "float16":  # 2²³ / e is beyond float16
        assert np.isfinite(slope).all()


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int64", "float16"])
@pytest.mark.parametrize("shape", [(2,), (2, 1)])
def test_ids_of_any_dtype_and_either_shape(dtype, shape):
    ids = np.reshape([1, 1], shape).astype(dtype)
    found = values(sparse_categorical_crossentropy, ids, np.array(PAIR, "float32"))
    assert found == pytest.approx([2 * LOG2, LOG43])


def test_large_ids_do_not_merge_beside_half_precision():
    y_pred = np.full((2, 2050), 2.0**-12, "float16")
    y_pred[1, 2049] = 0.5  # 2048 · 2⁻¹²
    found = values(sparse_categorical_crossentropy, [2048, 2049], y_pred)
    expected = [log(2050), log((2049 + 2048) / 2048)]
    assert found == pytest.approx(expected)  # float16 has no 2049


@pytest.mark.parametrize("from_logits", [False, True])
def test_nan_stays_nan_in_its_own_sample(from_logits):
    y_pred = np.array([[np.nan, np.nan], [0.5, 0.5]])
    options = {"from_logits": from_logits}
    found = values(sparse_categorical_crossentropy, [0, 1], y_pred, **options)
    assert np.isnan(found).tolist() == [True, False]


def test_no_samples_give_no_values():
    ids = np.ones(0, int)
    assert sparse_categorical_crossentropy(ids, np.ones((0, 3))).shape == (0,)
