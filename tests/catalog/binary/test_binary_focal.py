"""Binary focal loss by hand. The sum that gives each number stands beside it."""

from math import e, exp, log

import hypothesis
import keras
import numpy as np
import pytest
from hypothesis import strategies
from hypothesis.extra.numpy import arrays

from losses import binary_crossentropy, binary_focal
from losses.evidence.outcomes import Raises, Returns
from tests.differences import close, drawn_times, gradient, slope, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, probabilities

LOG2, LOG3, LOG4, LOG43 = log(2), log(3), log(4), log(4 / 3)
FARTHEST = 23 * LOG2  # -log 2⁻²³, which the tangent reaches at 0
STEEPEST = 2**23 / e  # its slope: it touches at e · 2⁻²³

HAND = [
    # alpha · what is missing² · log: 1/4 · 1/4 and 3/4 · 1/4, 1/4 · 1/16 and 3/4 · 9/16
    given([[1], [0]], [[0.5], [0.5]], [LOG2 / 16, 3 * LOG2 / 16]),
    given([[1], [0]], [[0.75], [0.75]], [LOG43 / 64, 27 * LOG4 / 64]),
    given([[0], [0]], [[0.25], [0.75]], [3 * LOG43 / 64, 27 * LOG4 / 64]),
    given([1, 0], [0.5, 0.75], [LOG2 / 16, 27 * LOG4 / 64]),
    given(
        [[1, 0, 1]],
        [[0.5, 0.25, 0.25]],
        [(4 * LOG2 + 3 * LOG43 + 9 * LOG4) / 64 / 3],
    ),
    given(
        [[[1, 0], [0, 0]]],
        [[[0.5, 0.5], [0.5, 0.75]]],
        [((1 + 3 + 3) * LOG2 / 16 + 27 * LOG4 / 64) / 4],
    ),
    given([1.0, 0.0], [[0.5], [0.5]], [LOG2 / 16, 3 * LOG2 / 16]),
    given([[1.0], [0.0]], [0.5, 0.5], [LOG2 / 16, 3 * LOG2 / 16]),
    # a soft label is so much of either
    given([[0.25]], [[0.75]], [LOG43 / 64 / 4 + 27 * LOG4 / 64 * 3 / 4]),
    given([[1], [0]], [[1.0], [0.0]], [0.0, 0.0]),
    given([[1], [0]], [[0.0], [1.0]], [FARTHEST / 4, FARTHEST * 3 / 4]),
    # from_logits: 0 is 1/2, log 3 is 3/4
    given([[1], [0]], [[0.0], [0.0]], [LOG2 / 16, 3 * LOG2 / 16], from_logits=True),
    given([[1], [0]], [[LOG3]] * 2, [LOG43 / 64, 27 * LOG4 / 64], from_logits=True),
    given([[0], [1], [1]], [[100.0], [100.0], [-100.0]], [75, 0, 25], from_logits=True),
    # alpha
    given([[1], [0]], [[0.5], [0.5]], [0.9 * LOG2 / 4, 0.1 * LOG2 / 4], alpha=0.9),
    given([[1], [0]], [[0.5], [0.5]], [LOG2 / 4, LOG2 / 4], alpha=None),
    given([[1], [0]], [[0.5], [0.5]], [LOG2 / 4, 0.0], alpha=1),
    given([[1], [0]], [[0.5], [0.5]], [0.0, LOG2 / 4], alpha=0),
    given([[1, 0]], [[0.5, 0.0]], [LOG2 / 8], alpha=None),  # (1/4 + 0) / 2
    # gamma
    given([[1], [0]], [[0.75], [0.75]], [LOG43 / 4, 3 * LOG4 / 4], gamma=0),
    given([[1], [0]], [[0.75], [0.75]], [LOG43 / 16, 9 * LOG4 / 16], gamma=1),
    given([[1], [0]], [[0.75], [0.75]], [LOG43 / 256, 81 * LOG4 / 256], gamma=3),
    given([[1]], [[0.75]], [LOG43 / 8], gamma=0.5),  # 1/4 · √1/4
    given([[0]], [[0.25]], [LOG43 / 8], gamma=0.5, alpha=0.75),
    given(
        [[0]], [[LOG3]], [0.1 * 27 / 64 * LOG4], alpha=0.9, gamma=3, from_logits=True
    ),
    # of (1 - p)² · -log p: 2 (1 - p) log p - (1 - p)² / p, at 1/2 -log 2 - 1/2
    given(
        [[1], [0]],
        [[0.5], [0.5]],
        [[-(LOG2 + 1 / 2) / 4], [(LOG2 + 1 / 2) * 3 / 4]],
        "gradient",
    ),
    given([[1, 0]], [[1.0, 0.0]], [[0.0, 0.0]], "gradient"),
    given([[1, 0]], [[1.0, 0.0]], [[0.0, 0.0]], "gradient", gamma=0.5),
    given([[1, 0]], [[1.0, 0.0]], [[-1 / 8, 3 / 8]], "gradient", gamma=0),
    # (1/4 · 2²³ / e + a power that rises by 1/2 · 1/4 · FARTHEST) at p = 0
    given(
        [[1]],
        [[0.0]],
        [[-STEEPEST / 4 - FARTHEST / 8]],
        "gradient",
        gamma=0.5,
    ),
    # p γ (1 - p)^γ log p - (1 - p)^(γ + 1), at 1/2: -√1/8 · (1/2 · log 2 + 1)
    given(
        [[1], [1]],
        [[40.0], [0.0]],
        [[0.0], [-(0.125**0.5) * (LOG2 / 2 + 1) / 4]],
        "gradient",
        gamma=0.5,
        from_logits=True,
    ),
    given(
        [[0], [1]], [[40.0], [-40.0]], [[3 / 4], [-1 / 4]], "gradient", from_logits=True
    ),
    # in fit: the mean of 1/16 and 3/16, a step of half of the slopes above
    given([1.0, 0.0], [[0.5], [0.5]], LOG2 / 8, "fit_eager"),
    given(
        [1.0, 0.0],
        [[0.5], [0.5]],
        Returns(LOG2 / 8, step=(LOG2 + 1 / 2) * 10**0.5 / 8),
        "fit_graph",
    ),
    given(
        [[1], [0]],
        [[0.5], [0.5]],
        Returns(LOG2 / 8, step=(LOG2 + 1 / 2) * 10**0.5 / 8),
        "fit_xla",
    ),
    given([[1], [1]], [[1.0], [0.5]], 0.0, "sample_weight", [1, 0]),
    given([[1], [1]], [[1.0], [0.5]], LOG2 / 32, "sample_weight", [0, 1]),
    given(
        [[1], [0]], [[0.5], [0.5]], 5 / 32 * LOG2, "class_weight"
    ),  # (2 + 3) / 16 / 2
    given([[1]], [[0.5]], 0.9 * LOG2 / 4, "save_load", alpha=0.9),
    given([[1]], [[0.75]], LOG43 / 16, "save_load", gamma=1.0),
    given([[1], [0]], [[0.0], [0.0]], LOG2 / 8, "save_load", from_logits=True),
    # refused
    given(
        [1, 0, 1],
        [[0.5, 0.5, 0.5]],
        Raises("ValueError", r"y_true \(3,\) and y_pred \(1, 3\) must .* \(1, 3\)\."),
    ),
    given(
        [[1, 0]],
        [[0.5], [0.5]],
        Raises(
            "ValueError", r"^binary_focal: .*explain binary_crossentropy/column_min"
        ),
    ),
    given(
        [[1]], [[0.5]], Raises("ValueError", r"alpha must be in \[0, 1\]"), alpha=1.5
    ),
    given([[1]], [[0.5]], Raises("ValueError", "gamma must be 0 or more"), gamma=-1),
    given([[1, 0]], [[1, 0]], Raises("TypeError", "y_pred has dtype int32")),
]

EXAMPLES = [
    (ids(2, 4), probabilities(4, 1), {}),
    (ids(2, 4, 3), normal(4, 3), {"alpha": 0.7, "gamma": 1.5, "from_logits": True}),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("binary_focal", case)


def oracle(y_true, y_pred, alpha, gamma, from_logits):
    """One label after the other, in double precision."""
    totals = []
    for labels, predictions in zip(y_true, y_pred):
        terms = []
        for t, p in zip(np.ravel(labels), np.ravel(predictions)):
            if from_logits:
                p = 1 / (1 + exp(-p))
            of_one, of_zero = -log(p), -log(1 - p)
            if gamma:
                of_one, of_zero = of_one * (1 - p) ** gamma, of_zero * p**gamma
            if alpha is not None:
                of_one, of_zero = of_one * alpha, of_zero * (1 - alpha)
            terms.append(t * of_one + (1 - t) * of_zero)
        totals.append(sum(terms) / len(terms))
    return np.array(totals)


@strategies.composite
def inputs(draw):
    shapes = [(1,), (3,), (2, 1), (2, 3), (3, 3), (2, 3, 2), (1, 2, 1, 3)]
    shape = draw(strategies.sampled_from(shapes))
    options = {
        "alpha": draw(strategies.sampled_from([None, 0.0, 0.25, 0.9])),
        "gamma": draw(strategies.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0, 5.0])),
        "from_logits": draw(strategies.booleans()),
    }
    between = (-8, 8) if options["from_logits"] else (0.001, 0.999)
    labels = strategies.sampled_from([0.0, 0.25, 1.0])
    y_true = draw(arrays(float, shape, elements=labels))
    y_pred = draw(arrays(float, shape, elements=strategies.floats(*between)))
    return y_true, y_pred, options


@hypothesis.settings(deadline=None, max_examples=drawn_times(50))
@hypothesis.given(inputs())
def test_value_and_gradient_are_those_of_the_oracle(drawn):
    y_true, y_pred, options = drawn
    found = values(binary_focal, y_true, y_pred, **options)
    assert found == close(oracle(y_true, y_pred, **options))
    found = gradient(binary_focal, y_true, y_pred, **options)
    found, expected = slope(found, oracle, y_true, y_pred, **options)
    assert found == close(expected, rel=1e-5, abs=1e-7)


@hypothesis.settings(deadline=None, max_examples=drawn_times(30))
@hypothesis.given(inputs())
def test_without_focus_and_alpha_it_is_the_crossentropy(drawn):
    y_true, y_pred, options = drawn
    options |= {"gamma": 0, "alpha": None}
    found = values(binary_focal, y_true, y_pred, **options)
    from_logits = {"from_logits": options["from_logits"]}
    assert found == close(values(binary_crossentropy, y_true, y_pred, **from_logits))
    found = gradient(binary_focal, y_true, y_pred, **options)
    assert found == close(gradient(binary_crossentropy, y_true, y_pred, **from_logits))


@hypothesis.settings(deadline=None, max_examples=drawn_times(30))
@hypothesis.given(inputs())
def test_the_classes_exchanged_with_their_factors_are_the_same(drawn):
    y_true, y_pred, options = drawn
    expected = values(binary_focal, y_true, y_pred, **options)
    exchanged = -y_pred if options["from_logits"] else 1 - y_pred
    if options["alpha"] is not None:
        options["alpha"] = 1 - options["alpha"]
    assert values(binary_focal, 1 - y_true, exchanged, **options) == close(expected)


@pytest.mark.parametrize("alpha", [None, 0.25, 0.9])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_keras_gives_the_same_within_what_it_clips(alpha, gamma):
    y_true = np.array([[1, 0, 1], [0, 0, 1]], "float32")
    y_pred = np.array([[0.9, 0.6, 0.2], [0.3, 0.05, 0.5]], "float32")
    arguments = {"apply_class_balancing": alpha is not None, "alpha": alpha or 0.25}
    expected = keras.losses.binary_focal_crossentropy(
        y_true, y_pred, gamma=gamma, **arguments
    )
    found = values(binary_focal, y_true, y_pred, alpha=alpha, gamma=gamma)
    assert found == pytest.approx(keras.ops.convert_to_numpy(expected), rel=1e-5)


def test_the_example_in_the_documentation_of_keras():
    """To its three digits; without alpha, which Keras leaves out unless it is asked."""
    y_true, y_pred = [[0, 1], [0, 0]], np.array([[0.6, 0.4], [0.4, 0.6]])
    found = values(binary_focal, y_true, y_pred, alpha=None)
    assert found == pytest.approx([0.330, 0.206], abs=5e-4)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_logits_and_their_probabilities_agree(gamma):
    logits = np.linspace(-12, 12, 9)[:, None]
    for label in 0.0, 0.3, 1.0:
        y_true = np.full_like(logits, label)
        p = 1 / (1 + np.exp(-logits))
        found = values(binary_focal, y_true, p, gamma=gamma)
        expected = values(binary_focal, y_true, logits, gamma=gamma, from_logits=True)
        assert found == close(expected, single=1e-3)  # 1 - p has few digits left


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("far", [{"from_logits": True}, {}], ids=["logits", "p"])
@pytest.mark.parametrize("gamma", [0.0, 0.01, 0.5, 1.0, 2.0])
def test_far_off_is_finite_and_wrong_has_a_gradient(dtype, far, gamma):
    low, high = (-100, 100) if far else (0, 1)
    y_true = [[0], [0], [1], [1]]
    y_pred = np.array([[low], [high], [low], [high]], dtype)
    options = {"gamma": gamma, **far}
    found = values(binary_focal, y_true, y_pred, **options)
    farthest = 100 if far else FARTHEST
    expected = [0, farthest * 3 / 4, farthest / 4, 0]
    assert found == pytest.approx(expected, abs=1e-6)
    slope = gradient(binary_focal, y_true, y_pred, **options).astype(float)
    assert slope[1] > 0 > slope[2]
    if far or dtype != "float16":  # 2²³ / e is beyond float16
        assert np.isfinite(slope).all()


@pytest.mark.parametrize("gamma", [0.01, 0.5, 2.0])
@pytest.mark.parametrize("missing", [1e-45, 1e-38, 1e-30, 1e-8])
def test_nearly_right_is_finite(missing, gamma):
    p = np.array([[missing]], "float32")
    slope = gradient(binary_focal, [[0]], p, gamma=gamma)
    assert np.isfinite(slope).all()
    assert np.isfinite(gradient(binary_focal, [[1]], 1 - p, gamma=gamma)).all()


def test_the_more_is_right_the_less_it_counts():
    p = np.linspace(0.05, 0.95, 19)
    of_crossentropy = {"alpha": None, "gamma": 0.0}
    plain = values(binary_focal, np.ones(19), p, **of_crossentropy)
    for gamma in 0.5, 2.0, 5.0:
        left = values(binary_focal, np.ones(19), p, alpha=None, gamma=gamma) / plain
        assert left == close((1 - p) ** gamma)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_nothing_is_better_than_the_labels_themselves(gamma):
    y_true = np.array([[0.0, 1.0, 1.0]])
    assert values(binary_focal, y_true, y_true, gamma=gamma) == [0]
    for p in np.random.default_rng(0).uniform(size=(9, 1, 3)):
        assert values(binary_focal, y_true, p, gamma=gamma) > 0


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int64", "float16"])
@pytest.mark.parametrize("labels", [(2,), (2, 1)])
@pytest.mark.parametrize("predictions", [(2,), (2, 1)])
def test_labels_of_any_dtype_on_either_shape(dtype, labels, predictions):
    y_true = np.reshape([1, 0], labels).astype(dtype)
    y_pred = np.reshape([0.75, 0.5], predictions).astype("float32")
    found = values(binary_focal, y_true, y_pred)
    assert found == pytest.approx([LOG43 / 64, 3 * LOG2 / 16])


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_nan_stays_nan_in_its_own_sample(from_logits, gamma):
    y_pred = np.array([[np.nan, 0.5], [0.5, 0.5], [0.5, 0.5]])
    y_true = np.array([[1, 0], [1, np.nan], [1, 0]])
    options = {"from_logits": from_logits, "gamma": gamma}
    found = values(binary_focal, y_true, y_pred, **options)
    assert np.isnan(found).tolist() == [True, True, False]


def test_no_samples_give_no_values():
    assert binary_focal(np.ones((0, 3)), np.ones((0, 3))).shape == (0,)
