"""Asymmetric loss by hand. The sum that gives each number stands beside it."""

from math import e, exp, log

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies
from hypothesis.extra.numpy import arrays

from losses import asymmetric, binary_crossentropy, binary_focal
from losses.evidence.outcomes import Raises, Returns
from tests.differences import close, drawn_times, gradient, slope, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, probabilities

LOG2, LOG3, LOG4, LOG20 = log(2), log(3), log(4), log(20)
FARTHEST = 23 * LOG2  # -log 2⁻²³, which the tangent reaches at 0
STEEPEST = 2**23 / e  # its slope: it touches at e · 2⁻²³
# A negative of 0.55 counts as 0.5: (1/2)⁴ · log 2. A positive of 0.5: 1/2 · log 2.
PAIR = [[1], [0]], [[0.5], [0.55]]

HAND = [
    given(*PAIR, [LOG2 / 2, LOG2 / 16]),
    # the positive is not shifted, the negative is 0.45
    given([[1], [0]], [[0.55], [0.5]], [-0.45 * log(0.55), -(0.45**4) * log(0.55)]),
    given([1, 0], [0.5, 0.55], [LOG2 / 2, LOG2 / 16]),
    given([1.0, 0.0], [[0.5], [0.55]], [LOG2 / 2, LOG2 / 16]),
    given([[1.0], [0.0]], [0.5, 0.55], [LOG2 / 2, LOG2 / 16]),
    given([[1, 0, 0]], [[0.5, 0.55, 0.01]], [(1 / 2 + 1 / 16) / 3 * LOG2]),
    given([[[1, 0], [0, 0]]], [[[0.5, 0.55], [0.55, 0.0]]], [(8 + 1 + 1) / 64 * LOG2]),
    given([[0.5]], [[0.25]], [(3 / 4 * LOG4 - 0.2**4 * log(0.8)) / 2]),  # a soft label
    given([[1], [0], [0], [0]], [[1.0], [0.0], [0.04], [0.05]], [0.0] * 4),
    given([[1]], [[0.05]], [0.95 * LOG20]),
    given([[1], [0]], [[0.0], [1.0]], [FARTHEST, 0.95**4 * LOG20]),
    given(np.zeros((1, 1), "float16"), np.zeros((1, 1), "float16"), [0.0]),
    # gamma_neg, gamma_pos
    given(*PAIR, [LOG2 / 2, LOG2 / 4], gamma_neg=2),
    given(*PAIR, [LOG2 / 2, LOG2], gamma_neg=0),
    given([[0], [0]], [[0.0], [0.55]], [0.0, 2**-2.5 * LOG2], gamma_neg=2.5),
    given(*PAIR, [LOG2 / 8, LOG2 / 16], gamma_pos=3),
    given(*PAIR, [LOG2, LOG2 / 16], gamma_pos=0),
    given(*PAIR, [2**-0.5 * LOG2, LOG2 / 2], gamma_pos=0.5, gamma_neg=1),
    # clip
    given([[1], [0]], [[0.5], [0.5]], [LOG2 / 2, LOG2 / 16], clip=0),
    given([[1], [0]], [[0.75], [0.75]], [log(4 / 3) / 4, LOG2 / 16], clip=0.25),
    given([[1], [0]], [[0.25], [0.25]], [3 / 4 * LOG4, 0.0], clip=0.25),
    given([[1], [0]], [[0.0], [1.0]], [FARTHEST, FARTHEST], clip=0),
    # from_logits: 0 is 1/2, log 3 is 3/4
    given(
        [[1], [0]],
        [[0.0], [0.0]],
        [LOG2 / 2, -(0.45**4) * log(0.55)],
        from_logits=True,
    ),
    given(
        [[1], [0]],
        [[LOG3], [LOG3]],
        [log(4 / 3) / 4, LOG2 / 16],
        from_logits=True,
        clip=0.25,
    ),
    given(
        [[1], [0], [0], [1]],
        [[-100.0], [100.0], [-3.0], [100.0]],
        [100.0, 0.95**4 * LOG20, 0.0, 0.0],
        from_logits=True,
    ),
    given([[0]], [[100.0]], [100.0], from_logits=True, clip=0),
    # log p - (1 - p) / p at 1/2; -4 q³ log(1 - q) + q⁴ / (1 - q) at 1/2
    given(*PAIR, [[-LOG2 - 1], [LOG2 / 2 + 1 / 8]], "gradient"),
    given([[0, 0, 1]], [[0.0, 0.04, 1.0]], [[0.0, 0.0, 0.0]], "gradient"),
    given(
        [[0, 1]],
        [[0.0, 1.0]],
        [[0.0, 0.0]],
        "gradient",
        gamma_neg=0.5,
        gamma_pos=0.5,
        clip=0,
    ),
    given([[1]], [[0.0]], [[-STEEPEST - FARTHEST]], "gradient"),
    given(
        [[0], [1]],
        [[100.0], [-100.0]],
        [[1.0], [-1.0]],
        "gradient",
        from_logits=True,
        clip=0,
    ),
    given([[0]], [[100.0]], [[0.0]], "gradient", from_logits=True),  # given up
    # in fit: (1/2 + 1/16) / 2, a step of half of the slopes above
    given(*PAIR, 9 / 32 * LOG2, "fit_eager"),
    given(
        *PAIR,
        Returns(
            9 / 32 * LOG2, step=((LOG2 + 1) ** 2 + (LOG2 / 2 + 1 / 8) ** 2) ** 0.5 / 2
        ),
        "fit_graph",
    ),
    given(
        *PAIR,
        Returns(
            9 / 32 * LOG2, step=((LOG2 + 1) ** 2 + (LOG2 / 2 + 1 / 8) ** 2) ** 0.5 / 2
        ),
        "fit_xla",
    ),
    given([[1], [1]], [[1.0], [0.5]], 0.0, "sample_weight", [1, 0]),
    given([[1], [1]], [[1.0], [0.5]], LOG2 / 4, "sample_weight", [0, 1]),
    given(*PAIR, 17 / 32 * LOG2, "class_weight"),  # (2 · 1/2 + 1/16) / 2
    given(*PAIR, (1 / 2 + 1 / 4) / 2 * LOG2, "save_load", gamma_neg=2.0),
    given(*PAIR, (1 / 8 + 1 / 16) / 2 * LOG2, "save_load", gamma_pos=3.0),
    given([[0]], [[0.75]], LOG2 / 16, "save_load", clip=0.25),
    given([[1]], [[0.0]], LOG2 / 2, "save_load", from_logits=True),
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
            "ValueError", r"^asymmetric: .*explain binary_crossentropy/column_minus"
        ),
    ),
    given(*PAIR, Raises("ValueError", "clip must be 0 or more and below 1"), clip=1),
    given(*PAIR, Raises("ValueError", "clip must be .*not None. 0 is no"), clip=None),
    given(*PAIR, Raises("ValueError", "0 or more, not -1"), gamma_neg=-1),
    given(*PAIR, Raises("ValueError", "0 or more, not -2"), gamma_pos=-2),
    given([[1, 0]], [[1, 0]], Raises("TypeError", "y_pred has dtype int32")),
]

EXAMPLES = [
    (ids(2, 4, 3), probabilities(4, 3, 1)[..., 0], {}),
    (
        ids(2, 4, 3),
        normal(4, 3),
        {"gamma_neg": 3.0, "gamma_pos": 0.5, "clip": 0.1, "from_logits": True},
    ),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("asymmetric", case)


def oracle(y_true, y_pred, gamma_neg, gamma_pos, clip, from_logits):
    """One label after the other, in double precision."""
    totals = []
    for labels, predictions in zip(y_true, y_pred):
        terms = []
        for t, p in zip(np.ravel(labels), np.ravel(predictions)):
            if from_logits:
                p = 1 / (1 + exp(-p))
            shifted = p - clip if p > clip else 0.0
            of_one = (1 - p) ** gamma_pos * -log(p)
            of_zero = shifted**gamma_neg * -log(1 - shifted)
            terms.append(t * of_one + (1 - t) * of_zero)
        totals.append(sum(terms) / len(terms))
    return np.array(totals)


@strategies.composite
def inputs(draw):
    shapes = [(1,), (3,), (2, 1), (2, 3), (3, 3), (2, 3, 2), (1, 2, 1, 3)]
    shape = draw(strategies.sampled_from(shapes))
    gammas = strategies.sampled_from([0.0, 0.1, 0.5, 1.0, 2.5, 4.0])
    options = {
        "gamma_neg": draw(gammas),
        "gamma_pos": draw(gammas),
        "clip": draw(strategies.sampled_from([0.0, 0.05, 0.2, 0.9])),
        "from_logits": draw(strategies.booleans()),
    }
    between = (-8, 8) if options["from_logits"] else (0.001, 0.999)
    labels = strategies.sampled_from([0.0, 0.25, 1.0])
    y_true = draw(arrays(float, shape, elements=labels))
    y_pred = draw(arrays(float, shape, elements=strategies.floats(*between)))
    p = 1 / (1 + np.exp(-y_pred)) if options["from_logits"] else y_pred
    # Powers below 1 are steep beside the bend, and differences do not follow.
    hypothesis.assume((abs(p - options["clip"]) > 1e-3).all() or not options["clip"])
    return y_true, y_pred, options


@hypothesis.settings(deadline=None, max_examples=drawn_times(50))
@hypothesis.given(inputs())
def test_value_and_gradient_are_those_of_the_oracle(drawn):
    y_true, y_pred, options = drawn
    found = values(asymmetric, y_true, y_pred, **options)
    assert found == close(oracle(y_true, y_pred, **options))
    found = gradient(asymmetric, y_true, y_pred, **options)
    found, expected = slope(found, oracle, y_true, y_pred, **options)
    assert found == close(expected, rel=1e-5, abs=1e-7)


@hypothesis.settings(deadline=None, max_examples=drawn_times(30))
@hypothesis.given(inputs())
def test_with_one_gamma_and_no_clip_it_is_the_focal_loss_without_alpha(drawn):
    y_true, y_pred, options = drawn
    focal = {"gamma": options["gamma_neg"], "from_logits": options["from_logits"]}
    options |= {"gamma_pos": options["gamma_neg"], "clip": 0}
    found = values(asymmetric, y_true, y_pred, **options)
    assert found == close(values(binary_focal, y_true, y_pred, alpha=None, **focal))
    found = gradient(asymmetric, y_true, y_pred, **options)
    assert found == close(gradient(binary_focal, y_true, y_pred, alpha=None, **focal))


@pytest.mark.parametrize("from_logits", [False, True])
def test_without_focus_and_clip_it_is_the_crossentropy(from_logits):
    y_true, y_pred = ids(2, 4, 3), probabilities(4, 3)
    found = values(
        asymmetric,
        y_true,
        y_pred,
        gamma_neg=0,
        gamma_pos=0,
        clip=0,
        from_logits=from_logits,
    )
    expected = values(binary_crossentropy, y_true, y_pred, from_logits=from_logits)
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("gamma", [1.0, 2.5, 4.0])
@pytest.mark.parametrize("clip", [0.0, 0.05, 0.2])
def test_the_gradient_in_the_paper(gamma, clip):
    """Of a negative, by its logit, where the shifted probability q is above 0:
    q^gamma (1 / (1 - q) - gamma log(1 - q) / q) p (1 - p)."""
    logits = np.linspace(-1, 6, 8)[:, None]
    p = 1 / (1 + np.exp(-logits))
    q = p - clip
    steepness = 1 / (1 - q) - gamma * np.log(1 - q) / q
    options = {"gamma_neg": gamma, "clip": clip, "from_logits": True}
    found = gradient(asymmetric, np.zeros_like(logits), logits, **options)
    assert found == close(q**gamma * steepness * p * (1 - p))


def test_the_surest_of_the_wrong_negatives_are_given_up():
    """The gradient rises with the logit, and falls again; without clip it rises on."""
    logits = np.array([[-2.0], [0.0], [1.0], [4.0], [8.0]])
    options = {"from_logits": True}
    slope = gradient(asymmetric, np.zeros((5, 1)), logits, **options)[:, 0]
    assert slope[0] < slope[1] < slope[2] > slope[3] > slope[4] > 0
    slope = gradient(asymmetric, np.zeros((5, 1)), logits, clip=0, **options)[:, 0]
    assert slope[3] > 0.9
    assert slope[4] > 0.9


@pytest.mark.parametrize("clip", [0.0, 0.05])
def test_logits_and_their_probabilities_agree(clip):
    logits = np.linspace(-12, 12, 9)[:, None]
    for label in 0.0, 0.3, 1.0:
        y_true = np.full_like(logits, label)
        p = 1 / (1 + np.exp(-logits))
        found = values(asymmetric, y_true, p, clip=clip)
        expected = values(asymmetric, y_true, logits, clip=clip, from_logits=True)
        assert found == close(expected, single=1e-3)  # 1 - p has few digits left


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("far", [{"from_logits": True}, {}], ids=["logits", "p"])
@pytest.mark.parametrize("gamma", [0.0, 0.01, 0.5, 1.0, 4.0])
@pytest.mark.parametrize("clip", [0.0, 0.05])
def test_far_off_is_finite(dtype, far, gamma, clip):
    low, high = (-100, 100) if far else (0, 1)
    y_true = [[0], [0], [1], [1]]
    y_pred = np.array([[low], [high], [low], [high]], dtype)
    options = {"gamma_neg": gamma, "gamma_pos": gamma, "clip": clip, **far}
    found = values(asymmetric, y_true, y_pred, **options)
    farthest = 100 if far else FARTHEST
    of_zero = 0.95**gamma * LOG20 if clip else farthest
    assert found == pytest.approx([0, of_zero, farthest, 0], rel=1e-5, abs=1e-6)
    slope = gradient(asymmetric, y_true, y_pred, **options).astype(float)
    assert slope[2] < 0
    if not (clip and far):  # from logits it is given up
        assert slope[1] > 0
    if far or dtype != "float16":  # 2²³ / e is beyond float16
        assert np.isfinite(slope).all()


@pytest.mark.parametrize("gamma", [0.01, 0.5, 4.0])
@pytest.mark.parametrize("missing", [1e-45, 1e-38, 1e-30, 1e-8])
@pytest.mark.parametrize("clip", [0.0, 0.05])
def test_nearly_right_is_finite(missing, gamma, clip):
    p = np.array([[missing]], "float32")
    options = {"gamma_neg": gamma, "gamma_pos": gamma, "clip": clip}
    for shifted in p, p + np.float32(clip):
        assert np.isfinite(gradient(asymmetric, [[0]], shifted, **options)).all()
    assert np.isfinite(gradient(asymmetric, [[1]], 1 - p, **options)).all()


def test_nothing_is_better_than_the_labels_themselves():
    y_true = np.array([[0.0, 1.0, 1.0]])
    assert values(asymmetric, y_true, y_true) == [0]
    for p in np.random.default_rng(0).uniform(size=(9, 1, 3)):
        assert values(asymmetric, y_true, p) > 0


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int64", "float16"])
@pytest.mark.parametrize("labels", [(2,), (2, 1)])
@pytest.mark.parametrize("predictions", [(2,), (2, 1)])
def test_labels_of_any_dtype_on_either_shape(dtype, labels, predictions):
    y_true = np.reshape([1, 0], labels).astype(dtype)
    y_pred = np.reshape([0.5, 0.55], predictions).astype("float32")
    found = values(asymmetric, y_true, y_pred)
    assert found == pytest.approx([LOG2 / 2, LOG2 / 16])


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 4.0])
@pytest.mark.parametrize("clip", [0.0, 0.05])
def test_nan_stays_nan_in_its_own_sample(from_logits, gamma, clip):
    y_pred = np.array([[np.nan, 0.5], [0.5, np.nan], [0.5, 0.5], [0.5, 0.5]])
    y_true = np.array([[1, 0], [1, 0], [1, np.nan], [1, 0]])
    options = {"gamma_neg": gamma, "clip": clip, "from_logits": from_logits}
    found = values(asymmetric, y_true, y_pred, **options)
    assert np.isnan(found).tolist() == [True, True, True, False]


def test_no_samples_give_no_values():
    assert asymmetric(np.ones((0, 3)), np.ones((0, 3))).shape == (0,)
