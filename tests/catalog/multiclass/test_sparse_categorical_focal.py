"""Sparse focal loss by hand. The sum that gives each number stands beside it."""

from math import e, exp, log

import hypothesis
import keras
import numpy as np
import pytest
from hypothesis import strategies
from hypothesis.extra.numpy import arrays

from losses import sparse_categorical_crossentropy, sparse_categorical_focal
from losses.evidence.outcomes import Raises, Returns
from tests.catalog.multiclass.drawing import steep_slopes
from tests.differences import close, drawn_times, gradient, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, probabilities, void

LOG2, LOG3, LOG43 = log(2), log(3), log(4 / 3)
FARTHEST = 23 * LOG2  # -log 2⁻²³, which the tangent reaches at 0
STEEPEST = 2**23 / e  # its slope: it touches at e · 2⁻²³
NAN = float("nan")
HALVES = [[0.5, 0.5]]  # (1 - p)² is 1/4, -log p is log 2
PAIR = [[0.75, 0.25], [0.25, 0.75]]  # 1/16 and log 4/3, or 9/16 and 2 log 2
STEPS = [[[0.5, 0.5], [0.75, 0.25]]]  # two positions: as HALVES, then as in PAIR
# (log 4/3 / 2 + 1/12) / 2, times -1/4 for the class and 3/4 for the other, and twice
STEP = (LOG43 / 2 + 1 / 12) / 2 * 20**0.5 / 4

HAND = [
    given([0, 1], HALVES * 2, [LOG2 / 4] * 2),
    given([1, 1], PAIR, [9 / 16 * 2 * LOG2, LOG43 / 16]),
    given([0, 0], PAIR, [LOG43 / 16, 9 / 16 * 2 * LOG2]),
    given([[1], [1]], PAIR, [9 / 16 * 2 * LOG2, LOG43 / 16]),
    given([1.0, 1.0], PAIR, [9 / 16 * 2 * LOG2, LOG43 / 16]),
    given([0], [[0.5, 0.125, 0.125, 0.25]], [LOG2 / 4]),  # of one class, not their mean
    given([0], [[0.25, 0.25]], [LOG2 / 4]),  # divided by their sum
    given([0, 1], [[0.5, 1.5]] * 2, [9 / 16 * 2 * LOG2, LOG43 / 16]),
    # Keras's own tests of the crossentropies have these; the second row adds up to 1.99
    given(
        [0, 1, 2],
        [[0.9, 0.05, 0.05], [0.5, 0.89, 0.6], [0.05, 0.01, 0.94]],
        [
            -(0.1**2) * log(0.9),
            (1.1 / 1.99) ** 2 * log(1.99 / 0.89),
            -(0.06**2) * log(0.94),
        ],
    ),
    given([[0, 1]], STEPS, [(1 / 4 + 9 / 16 * 2) / 2 * LOG2]),
    given([[[0], [1]]], STEPS, [(1 / 4 + 9 / 16 * 2) / 2 * LOG2]),
    given([0, 0], [[1.0, 0.0], [0.0, 1.0]], [0.0, FARTHEST]),
    given([0, 0], [[0.25, 0.75], [1.0, 0.0]], [9 / 16 * 2 * LOG2, 0.0]),
    given([2, -1, 0], [[0.25, 0.75]] * 3, [NAN, NAN, 9 / 16 * 2 * LOG2]),  # no class
    # gamma: the power of 1/4, then of 3/4
    given([0, 1], [[0.75, 0.25]] * 2, [LOG43, 2 * LOG2], gamma=0),
    given([0, 1], [[0.75, 0.25]] * 2, [LOG43 / 2, 3**0.5 * LOG2], gamma=0.5),
    given([0, 1], [[0.75, 0.25]] * 2, [LOG43 / 4, 3 / 4 * 2 * LOG2], gamma=1),
    given([0, 1], [[0.75, 0.25]] * 2, [LOG43 / 64, 27 / 64 * 2 * LOG2], gamma=3),
    given([0], [[1.0, 0.0]], [0.0], gamma=0.5),
    given([0], [[1.0, 0.0]], [0.0], gamma=0),
    # from_logits: p is 1/3, then 1/4
    given([1], [[0.0, 0.0, 0.0]], [4 / 9 * LOG3], from_logits=True),
    given([0], [[0.0, LOG3]], [9 / 16 * 2 * LOG2], from_logits=True),
    given([0], [[0.0, LOG3]], [3 / 4 * 2 * LOG2], from_logits=True, gamma=1),
    given([0], [[0.0, 20.0]], [20.0], from_logits=True),
    given([0, 1], [[-100.0, 100.0]] * 2, [200.0, 0.0], from_logits=True),
    given([2], [[0.0, 0.0]], [NAN], from_logits=True),
    # alpha
    given([0, 1], HALVES * 2, [LOG2 / 16, 3 * LOG2 / 16], alpha=[0.25, 0.75]),
    given([0, 1], HALVES * 2, [LOG2 / 4, 3 * LOG2 / 4], alpha=[1, 3]),
    given([1], HALVES, [3 * LOG2 / 4], alpha=[1, 3]),  # not 49/64 · 3 log 2
    given([1], HALVES, [3 * LOG2 / 4], alpha={1: 3.0, 0: 1.0}),
    given([1, 0], HALVES * 2, [3 * LOG2 / 4, 0.0], alpha=[0, 3]),
    given(
        [1],
        [[LOG3, 0.0]],
        [3 * 2 * LOG2 * 3 / 4],
        from_logits=True,
        alpha=[1, 3],
        gamma=1,
    ),
    # not divided by the factors
    given([[0, 1]], STEPS, [(1 / 4 + 3 * 9 / 16 * 2) / 2 * LOG2], alpha=[1, 3]),
    # ignore_class
    given([[0, 255]], STEPS, [LOG2 / 4], ignore_class=255),
    given([[255, 1]], STEPS, [9 / 16 * 2 * LOG2], ignore_class=255),
    given([[0, 255], [255, 255]], STEPS * 2, [LOG2 / 4, 0.0], ignore_class=255),
    given([[-1, 1]], STEPS, [9 / 16 * 2 * LOG2], ignore_class=-1),
    given([[0, 1]], STEPS, [9 / 16 * 2 * LOG2], ignore_class=0),
    given([[255, 2]], STEPS, [NAN], ignore_class=255),
    given([[0, 255]], STEPS, [3 * LOG2 / 4], ignore_class=255, alpha=[3, 1]),
    # the slope of (1 - p)² · -log p is 2 (1 - p) log p - (1 - p)² / p, at 1/2 it is
    # -log 2 - 1/2, at 1/4 -3 log 2 - 9/4; times 1 - p for the class and -p for the
    # others, which is the slope of p / Σ p
    given([0], HALVES, [[-LOG2 / 2 - 1 / 4, LOG2 / 2 + 1 / 4]], "gradient"),
    given(
        [0],
        [[0.25, 0.75]],
        [[(-3 * LOG2 - 9 / 4) * 3 / 4, (3 * LOG2 + 9 / 4) / 4]],
        "gradient",
    ),
    given(
        [0],
        [[0.5, 1.5]],  # … over a sum of 2
        [[(-3 * LOG2 - 9 / 4) * 3 / 8, (3 * LOG2 + 9 / 4) / 8]],
        "gradient",
    ),
    given([0], [[1.0, 0.0]], [[0.0, 0.0]], "gradient"),
    given([0], [[1.0, 0.0]], [[0.0, 0.0]], "gradient", gamma=0.5),
    given([0], [[1.0, 0.0]], [[0.0, 1.0]], "gradient", gamma=0),
    given([0], [[0.0, 1.0]], [[-STEEPEST, 0.0]], "gradient", gamma=0),
    # what is missing is 1 - 2⁻²³ there: its square rises by 2 · 2⁻²³ for each 1 that
    # the crossentropy rises
    given(
        [0],
        [[0.0, 1.0]],
        [[-STEEPEST * (1 + 2 * 2**-23 * FARTHEST), 0.0]],
        "gradient",
    ),
    given(
        [0],
        HALVES,
        [[-3 * LOG2 / 2 - 3 / 4, 3 * LOG2 / 2 + 3 / 4]],
        "gradient",
        alpha=[3, 1],
    ),
    given(
        [[0, 255]],
        STEPS,
        [[[-LOG2 / 2 - 1 / 4, LOG2 / 2 + 1 / 4], [0.0, 0.0]]],
        "gradient",
        ignore_class=255,
    ),
    # … and of the logits the slope of p is p (1 - p), which is 1/4
    given(
        [0],
        [[0.0, 0.0]],
        [[-LOG2 / 4 - 1 / 8, LOG2 / 4 + 1 / 8]],
        "gradient",
        from_logits=True,
    ),
    given([0], [[0.0, 20.0]], [[-1.0, 1.0]], "gradient", from_logits=True),
    given([0], [[-100.0, 100.0]], [[-1.0, 1.0]], "gradient", from_logits=True),
    # in fit: the mean of two
    given([0, 1], PAIR, LOG43 / 16, "fit_eager"),
    given([0, 1], PAIR, Returns(LOG43 / 16, step=STEP), "fit_graph"),
    given([0, 1], PAIR, Returns(LOG43 / 16, step=STEP), "fit_xla"),
    given([0], [[1.0, 0.0]], Returns(0.0, step=0.0), "fit_graph", gamma=0.5),
    given(
        [0], [[0.0, 20.0]], Returns(20.0, step=2**0.5), "fit_graph", from_logits=True
    ),
    given([0, 1], HALVES * 2, LOG2 / 2, "fit_graph", alpha=[1, 3]),
    given([1, 1], PAIR, 9 / 16 * LOG2, "sample_weight", [1, 0]),  # (9/8 + 0) / 2
    given([0, 1], HALVES * 2, 3 / 8 * LOG2, "class_weight"),  # (1 + 2) / 2 of 1/4
    given([1], [[0.75, 0.25]], 3 / 4 * 2 * LOG2, "save_load", gamma=1.0),
    given([0, 1], HALVES * 2, LOG2 / 2, "save_load", alpha=[1.0, 3.0]),
    given([[1, 255]], STEPS, LOG2 / 4, "save_load", ignore_class=255),
    # refused
    given(
        [[0, 0, 1]],
        [[0.25, 0.25, 0.5]],
        Raises(
            "ValueError", r"y_true \(1, 3\) looks one-hot.* explain .*/one_hot_given"
        ),
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
        HALVES,
        Raises("ValueError", r"alpha is 0\.25; it must .* explain .*/alpha_as_one_fac"),
        alpha=0.25,
    ),
    given(
        [0],
        HALVES,
        Raises("ValueError", r"alpha has 3 numbers; y_pred has 2 classes"),
        alpha=[1, 2, 3],
    ),
    given(
        [0],
        HALVES,
        Raises("ValueError", "alpha of class 1 is -1; it must be 0 or more"),
        alpha=[1, -1],
    ),
    given([0], HALVES, Raises("ValueError", "gamma must be 0 or more"), gamma=-1),
    given([0], [[1, 0]], Raises("TypeError", "y_pred has dtype int32")),
]

EXAMPLES = [
    (ids(3, 4), probabilities(4, 3), {}),
    (
        void(ids(3, 4, 2)),
        normal(4, 2, 3),
        {
            "gamma": 0.5,
            "alpha": [0.5, 1.0, 2.0],
            "from_logits": True,
            "ignore_class": 255,
        },
    ),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("sparse_categorical_focal", case)


def oracle(y_true, y_pred, gamma, alpha, from_logits, ignore_class):
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
            factor = alpha[label] if alpha else 1
            terms.append(-factor * (1 - p[label]) ** gamma * log(p[label]))
        totals.append(sum(terms) / max(len(terms), 1))
    return np.array(totals)


@strategies.composite
def inputs(draw):
    shape = draw(strategies.sampled_from([(1, 2), (3, 3), (2, 3, 2), (2, 2, 2, 3)]))
    ignored = draw(strategies.sampled_from([None, 255, -1, 1]))
    factors = [0.0, 2.0, 0.5][: shape[-1]]
    options = {
        "gamma": draw(strategies.sampled_from([0, 0.5, 1, 2, 3.7])),
        "alpha": draw(strategies.sampled_from([None, factors])),
        "from_logits": draw(strategies.booleans()),
        "ignore_class": ignored,
    }
    between = (-4, 4) if options["from_logits"] else (0.001, 0.999)
    column = draw(strategies.sampled_from([(), (1,)]))
    known = [*range(shape[-1]), *([] if ignored is None else [ignored])]
    ids = arrays(int, shape[:-1] + column, elements=strategies.sampled_from(known))
    y_pred = draw(arrays(float, shape, elements=strategies.floats(*between)))
    return draw(ids), y_pred, options


@hypothesis.settings(deadline=None, max_examples=drawn_times(50))
@hypothesis.given(inputs())
def test_value_and_gradient_are_those_of_the_oracle(drawn):
    y_true, y_pred, options = drawn
    found = values(sparse_categorical_focal, y_true, y_pred, **options)
    assert found == close(oracle(y_true, y_pred, **options))
    found = gradient(sparse_categorical_focal, y_true, y_pred, **options)
    expected = steep_slopes(oracle, y_true, y_pred, **options)
    assert found == close(expected, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("factors", [None, [0.5, 1.0, 2.0]])
def test_gamma_0_is_the_crossentropy(from_logits, factors):
    y_true = void(ids(3, 5, 4))
    y_pred = (normal if from_logits else probabilities)(5, 4, 3)
    options = {"from_logits": from_logits, "ignore_class": 255}
    found = values(
        sparse_categorical_focal, y_true, y_pred, gamma=0, alpha=factors, **options
    )
    expected = values(
        sparse_categorical_crossentropy,
        y_true,
        y_pred,
        class_weight=factors,
        **options,
    )
    assert found == pytest.approx(expected, rel=1e-6)


def test_the_numbers_in_the_documentation_of_keras():
    # keras.losses.categorical_focal_crossentropy, with its alpha of 0.25
    y_pred = np.array([[0.05, 0.9, 0.05], [0.1, 0.85, 0.05]], "float32")
    found = values(sparse_categorical_focal, [1, 2], y_pred, alpha=[0.25] * 3)
    assert found == pytest.approx([2.63401289e-04, 6.75912094e-01], rel=1e-6)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("from_logits", [False, True])
def test_keras_agrees_where_it_does_not_clip(gamma, from_logits):
    y_true, factors = ids(3, 8), [0.5, 1.0, 2.0]
    y_pred = (normal if from_logits else probabilities)(8, 3)
    expected = keras.losses.categorical_focal_crossentropy(
        np.eye(3, dtype="float32")[y_true],
        y_pred,
        alpha=keras.ops.array(factors),
        gamma=gamma,
        from_logits=from_logits,
    )
    found = values(
        sparse_categorical_focal,
        y_true,
        y_pred,
        alpha=factors,
        gamma=gamma,
        from_logits=from_logits,
    )
    assert found == pytest.approx(keras.ops.convert_to_numpy(expected), rel=1e-4)


def test_the_larger_gamma_the_less_the_easy_ones_count():
    y_pred = np.array([[0.9, 0.1], [0.1, 0.9]])
    lost = [
        values(sparse_categorical_focal, [0, 0], y_pred, gamma=gamma)
        for gamma in (0, 1, 2, 5)
    ]
    easy_to_hard = [easy / hard for easy, hard in lost]
    assert easy_to_hard == sorted(easy_to_hard, reverse=True)
    assert lost[2][0] == close(lost[0][0] / 100)  # (1 - 0.9)²


def test_the_order_of_the_classes_does_not_matter():
    y_true, y_pred, order = ids(4, 6), probabilities(6, 4), [2, 0, 3, 1]
    alpha = [0.5, 1.0, 2.0, 4.0]
    moved = values(
        sparse_categorical_focal,
        np.argsort(order)[y_true],
        y_pred[:, order],
        alpha=[alpha[c] for c in order],
    )
    expected = values(sparse_categorical_focal, y_true, y_pred, alpha=alpha)
    assert moved == pytest.approx(expected)


def test_logits_and_their_probabilities_agree():
    logits = np.array([[-6.0, 0.0, 5.0], [1.0, 2.0, 3.0], [7.0, -7.0, 0.0]])
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    options = {"alpha": [1.0, 4.0, 0.5], "ignore_class": 1}
    for labels in [0, 1, 2], [2, 2, 1], [1, 0, 0]:
        found = values(sparse_categorical_focal, labels, p, **options)
        expected = values(
            sparse_categorical_focal, labels, logits, from_logits=True, **options
        )
        assert found == close(expected)


@pytest.mark.parametrize("gamma", [0, 0.1, 0.5, 1, 2])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("far", [{"from_logits": True}, {}], ids=["logits", "p"])
def test_far_off_is_finite_and_wrong_has_a_gradient(dtype, far, gamma):
    low, high = (-100, 100) if far else (0, 1)
    labels = [0, 0, 255]
    y_pred = np.array([[high, low], [low, high], [low, low]], dtype)
    options = {"ignore_class": 255, "gamma": gamma, **far}
    found = values(sparse_categorical_focal, labels, y_pred, **options)
    assert found == pytest.approx([0, 200 if far else FARTHEST, 0], rel=1e-6)
    slope = gradient(sparse_categorical_focal, labels, y_pred, **options)
    slope = slope.astype(float)
    assert slope[1, 0] < 0
    assert slope[2].tolist() == [0, 0]  # ignored
    assert np.isfinite(slope[0]).all()
    if far or dtype != "float16":  # 2²³ / e is beyond float16
        assert np.isfinite(slope).all()


def test_a_softmax_that_rounds_to_more_than_1_is_no_nan():
    y_pred = np.array([[1 + 2.0**-23, 0.0]], "float32")
    for gamma in 0.5, 2.0:
        found = values(sparse_categorical_focal, [0], y_pred, gamma=gamma)
        assert found == pytest.approx([0], abs=1e-6)
        slope = gradient(sparse_categorical_focal, [0], y_pred, gamma=gamma)
        assert np.isfinite(slope).all()


def test_nothing_of_an_ignored_position_reaches_value_or_gradient():
    y_pred = np.array([[[0.1, 0.5], [np.nan, np.inf]]], "float32")
    options = {"from_logits": True, "ignore_class": 255, "alpha": [1.0, 2.0]}
    given = sparse_categorical_focal, [[1, 255]], y_pred
    assert np.isfinite(values(*given, **options)).all()
    slope = gradient(*given, **options)
    assert (slope[0, 1] == 0).all()
    assert (slope[0, 0] != 0).all()


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int64", "float16"])
@pytest.mark.parametrize("shape", [(2,), (2, 1)])
def test_ids_of_any_dtype_and_either_shape(dtype, shape):
    labels = np.reshape([1, 1], shape).astype(dtype)
    found = values(sparse_categorical_focal, labels, np.array(PAIR, "float32"))
    assert found == pytest.approx([9 / 16 * 2 * LOG2, LOG43 / 16])


@pytest.mark.parametrize("alpha", [np.array([1.0, 3.0]), np.float32(0.25), np.array(2)])
def test_alpha_may_be_an_array_but_not_one_number(alpha):
    if np.ndim(alpha):
        found = values(sparse_categorical_focal, [1], np.array(HALVES), alpha=alpha)
        assert found == close([3 * LOG2 / 4])
    else:
        with pytest.raises(ValueError, match="it must be one factor for each class"):
            sparse_categorical_focal([1], np.array(HALVES), alpha=alpha)


def test_no_samples_give_no_values():
    labels = np.ones(0, int)
    assert sparse_categorical_focal(labels, np.ones((0, 3))).shape == (0,)
