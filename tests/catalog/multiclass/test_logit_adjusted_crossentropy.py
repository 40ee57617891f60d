"""Logit-adjusted crossentropy by hand. The sum that gives each number stands beside
it."""

from math import exp, log

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies
from hypothesis.extra.numpy import arrays
from scipy.special import log_softmax, softmax

import losses
from losses import categorical_crossentropy, logit_adjusted_crossentropy
from losses.evidence.outcomes import Raises, Returns
from tests.catalog.multiclass.drawing import SHAPES, labels_for
from tests.differences import close, drawn_times, gradient, slope, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, one_hot

LOG2, LOG3, LOG4, LOG43 = log(2), log(3), log(4), log(4 / 3)
NAN = float("nan")
EVEN = [[0.0, 0.0]]  # the adjusted probabilities are the priors themselves
SKEW = [[0.0, LOG3]]  # odds of 1 to 3
ODDS = {"priors": [0.75, 0.25]}  # odds of 3 to 1
ABSENT = {"priors": [0.5, 0.5, 0.0]}

HAND = [
    given([0, 1], EVEN * 2, [LOG43, LOG4], **ODDS),
    given([[0], [1]], EVEN * 2, [LOG43, LOG4], **ODDS),
    given([0.0, 1.0], EVEN * 2, [LOG43, LOG4], **ODDS),
    given([0, 1], SKEW * 2, [LOG2, LOG2], **ODDS),  # 1 · 3 to 3 · 1
    given([[0, 1]], [EVEN * 2], [(LOG43 + LOG4) / 2], **ODDS),
    given([0, 1], [[-100.0, 100.0]] * 2, [200 - LOG3, 0.0], **ODDS),
    given([0, 1], [[-100.0, 100.0]] * 2, [200 + LOG3, 0.0], priors=[0.25, 0.75]),
    given([2, -1], EVEN * 2, [NAN, NAN], **ODDS),  # ids of no class
    # one-hot and soft labels
    given([[1, 0], [0, 1]], EVEN * 2, [LOG43, LOG4], **ODDS),
    given([[0.5, 0.5]], EVEN, [(LOG43 + LOG4) / 2], **ODDS),
    given([[0, 0]], EVEN, [0.0], **ODDS),
    # priors
    given([0, 1], SKEW * 2, [LOG4, LOG43], priors=[0.5, 0.5]),
    given([0, 1], EVEN * 2, [LOG4, LOG43], priors=[0.25, 0.75]),
    given([0, 1], EVEN * 2, [LOG43, LOG4], priors=[3, 1]),  # counts
    given([0, 1], EVEN * 2, [LOG43, LOG4], priors={1: 1, 0: 3}),
    given([0, 1, 2], [[0.0] * 3] * 3, [LOG2, LOG4, LOG4], priors=[0.5, 0.25, 0.25]),
    given([0], [[50.0, -50.0]], [0.0], priors=[0.5, 0.5]),
    # a class that is absent is no rival, and costs the logarithm of 2⁻¹²⁶
    given([0], [[0.0] * 3], [LOG2], **ABSENT),
    given([0, 1, 2], [[0.0] * 3] * 3, [LOG2, LOG2, 126 * LOG2], **ABSENT),
    given([[1, 0, 0]], [[0.0] * 3], [LOG2], **ABSENT),
    given([0], [[0.0, 0.0, 50.0]], [LOG2], **ABSENT),
    given([2], [[0.0] * 3], [252 * LOG2 - LOG2], tau=2, **ABSENT),
    # tau: odds of 9 to 1, of √3 to 1, of 1 to 1
    given([0, 1], EVEN * 2, [log(10 / 9), log(10)], tau=2, **ODDS),
    given([1], EVEN, [log(1 + 3**0.5)], tau=0.5, **ODDS),
    given([0, 1], EVEN * 2, [LOG2, LOG2], tau=0, **ODDS),
    given([0, 1], SKEW * 2, [LOG4, LOG43], tau=0, **ODDS),
    # softmax of what is adjusted - t
    given([0, 1], EVEN * 2, [[-0.25, 0.25], [0.75, -0.75]], "gradient", **ODDS),
    given([1], EVEN, [[0.9, -0.9]], "gradient", tau=2, **ODDS),
    given([0], SKEW, [[-0.5, 0.5]], "gradient", **ODDS),
    given([0], [[0.0] * 3], [[-0.5, 0.5, 0.0]], "gradient", **ABSENT),
    given([2], [[0.0] * 3], [[0.5, 0.5, -1.0]], "gradient", **ABSENT),
    given([0], [[-100.0, 100.0]], [[-1.0, 1.0]], "gradient", **ODDS),
    # in fit: 1/8 and 3/8 twice, which is √(20/64) together
    given([0, 1], EVEN * 2, (LOG43 + LOG4) / 2, "fit_eager", **ODDS),
    given(
        [0, 1],
        EVEN * 2,
        Returns((LOG43 + LOG4) / 2, step=20**0.5 / 8),
        "fit_graph",
        **ODDS,
    ),
    given(
        [0, 1],
        EVEN * 2,
        Returns((LOG43 + LOG4) / 2, step=20**0.5 / 8),
        "fit_xla",
        **ODDS,
    ),
    given([0], [[0.0] * 3], Returns(LOG2, step=0.5**0.5), "fit_graph", **ABSENT),
    given([0], [[0.0] * 3], Returns(LOG2, step=0.5**0.5), "fit_xla", **ABSENT),
    given([0, 1], EVEN * 2, LOG4 / 2, "sample_weight", [0, 1], **ODDS),
    given([0, 1], EVEN * 2, LOG43 / 2 + LOG4, "class_weight", **ODDS),  # 1 and 2
    given([0, 1], EVEN * 2, (LOG43 + LOG4) / 2, "save_load", **ODDS),
    given([1], EVEN, log(10), "save_load", priors={1: 1, 0: 3}, tau=2.0),
    # refused
    given(
        [0, 1, 1],
        EVEN * 2,
        Raises("ValueError", r"y_true \(3,\) must .* explain .*/labels_in_a_column"),
        **ODDS,
    ),
    given([0], [[0.5]], Raises("ValueError", r"\(1, 1\) must be \(batch, .*"), **ODDS),
    given(
        [0],
        EVEN,
        Raises("ValueError", r"priors has 3 numbers; y_pred has 2 classes"),
        **ABSENT,
    ),
    given(
        [0],
        EVEN,
        Raises("ValueError", r"priors is 0\.5; y_pred has 2 classes"),
        priors=0.5,
    ),
    given(
        [0],
        EVEN,
        Raises("ValueError", r"priors of class 0 is -0\.1; it must be 0 or more"),
        priors=[-0.1, 1.1],
    ),
    given(
        [0],
        EVEN,
        Raises("ValueError", "priors of class 1 is nan; it must be 0 or more"),
        priors=[1.0, NAN],
    ),
    given(
        [0],
        EVEN,
        Raises("ValueError", r"priors is 0 for every class"),
        priors=[0, 0],
    ),
    given(
        [0],
        EVEN,
        Raises("ValueError", "tau must be 0 or more, not -1.*/subtracted_in_training"),
        tau=-1,
        **ODDS,
    ),
    given([0], [[1, 0]], Raises("TypeError", "y_pred has dtype int32"), **ODDS),
]

EXAMPLES = [
    (ids(3, 4), normal(4, 3), {"priors": [0.7, 0.2, 0.1]}),
    (one_hot(3, 4, 2), normal(4, 2, 3), {"priors": [30, 1, 9], "tau": 1.5}),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("logit_adjusted_crossentropy", case)


def oracle(y_true, y_pred, priors, tau):
    """One position after the other: the odds of each class times its prior."""
    totals = []
    for labels, logits in zip(y_true, y_pred):
        terms = []
        for place in np.ndindex(logits.shape[:-1]):
            label, z = labels[place], logits[place]
            shares = (
                label if np.size(label) == len(z) else np.eye(len(z))[np.squeeze(label)]
            )
            odds = [exp(logit) * prior**tau for logit, prior in zip(z, priors)]
            terms.append(
                -sum(t * log(o / sum(odds)) for t, o in zip(shares, odds) if t)
            )
        totals.append(sum(terms) / len(terms))
    return np.array(totals)


@strategies.composite
def inputs(draw):
    shape = draw(SHAPES)
    priors = arrays(float, shape[-1:], elements=strategies.floats(0.001, 100))
    options = {
        "priors": draw(priors).tolist(),
        "tau": draw(strategies.sampled_from([0, 0.5, 1, 2.5])),
    }
    y_pred = arrays(float, shape, elements=strategies.floats(-8, 8))
    return draw(labels_for(shape)), draw(y_pred), options


@hypothesis.settings(deadline=None, max_examples=drawn_times(50))
@hypothesis.given(inputs())
def test_value_and_gradient_are_those_of_the_oracle(drawn):
    y_true, y_pred, options = drawn
    found = values(logit_adjusted_crossentropy, y_true, y_pred, **options)
    assert found == close(oracle(y_true, y_pred, **options))
    found = gradient(logit_adjusted_crossentropy, y_true, y_pred, **options)
    found, expected = slope(found, oracle, y_true, y_pred, **options)
    assert found == close(expected, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("function", [True, False], ids=["function", "class"])
def test_without_priors_there_is_no_loss(function):
    with pytest.raises(TypeError, match="required keyword-only argument: 'priors'"):
        if function:
            logit_adjusted_crossentropy([0], np.ones((1, 2)))
        else:
            losses.LogitAdjustedCrossentropy()


@pytest.mark.parametrize(
    "options", [{"priors": [4, 4, 4]}, {"priors": [1, 2, 3], "tau": 0}]
)
def test_without_an_adjustment_it_is_the_crossentropy(options):
    y_true, y_pred = one_hot(3, 6), normal(6, 3)
    found = values(logit_adjusted_crossentropy, y_true, y_pred, **options)
    expected = values(categorical_crossentropy, y_true, y_pred, from_logits=True)
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("tau", [0.5, 1.0])
def test_scipy_agrees(tau):
    y_true, y_pred, priors = ids(4, 9), normal(9, 4), np.array([0.6, 0.3, 0.09, 0.01])
    expected = -log_softmax(y_pred + tau * np.log(priors), axis=-1)
    found = values(logit_adjusted_crossentropy, y_true, y_pred, priors=priors, tau=tau)
    assert found == pytest.approx(expected[np.arange(9), y_true], rel=1e-5)


def test_what_is_learnt_is_the_answer_for_classes_that_are_equally_common():
    """Where the labels follow `posterior`, no logits do better than its logarithm less
    that of the priors, which are those of equally common classes."""
    priors = np.array([0.7, 0.2, 0.1])
    likelihood = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]])  # of x in each class
    posterior = likelihood * priors
    posterior /= posterior.sum(axis=-1, keepdims=True)
    learnt = np.log(posterior) - np.log(priors)
    slope = gradient(logit_adjusted_crossentropy, posterior, learnt, priors=priors)
    assert slope == pytest.approx(0, abs=1e-6)
    balanced = likelihood / likelihood.sum(axis=-1, keepdims=True)
    assert softmax(learnt, axis=-1) == pytest.approx(balanced)


@pytest.mark.parametrize("factor", [1e-3, 7.0, 1e6])
def test_only_the_ratios_of_the_priors_matter(factor):
    y_true, y_pred, priors = ids(3, 6), normal(6, 3), np.array([5.0, 2.0, 0.0])
    found, expected = (
        values(logit_adjusted_crossentropy, y_true, y_pred, priors=some)
        for some in (priors * factor, priors)
    )
    assert found == pytest.approx(expected, rel=1e-6)


def test_the_order_of_the_classes_does_not_matter():
    y_true, y_pred, order = ids(4, 6), normal(6, 4), [2, 0, 3, 1]
    priors = [100, 10, 5, 1]
    moved = values(
        logit_adjusted_crossentropy,
        np.argsort(order)[y_true],
        y_pred[:, order],
        priors=[priors[c] for c in order],
    )
    expected = values(logit_adjusted_crossentropy, y_true, y_pred, priors=priors)
    assert moved == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("priors", [[1, 1, 1], [1, 1, 0], [0, 1, 0]], ids=str)
@pytest.mark.parametrize("form", ["ids", "one-hot"])
def test_far_off_and_absent_classes_are_finite(dtype, priors, form):
    y_true = np.arange(3)
    y_true = np.eye(3) if form == "one-hot" else y_true
    for size in 0, 100, -100:
        y_pred = (size * np.eye(3)).astype(dtype)
        options = {"priors": priors, "tau": 2}
        found = values(logit_adjusted_crossentropy, y_true, y_pred, **options)
        assert np.isfinite(found).all()
        assert (found >= 0).all()
        slope = gradient(logit_adjusted_crossentropy, y_true, y_pred, **options)
        assert np.isfinite(slope.astype(float)).all()


def test_an_absent_class_is_that_of_a_vanishing_prior():
    y_true, y_pred = ids(3, 8) % 2, normal(8, 3)
    absent = values(logit_adjusted_crossentropy, y_true, y_pred, priors=[3, 1, 0])
    rare = values(logit_adjusted_crossentropy, y_true, y_pred, priors=[3, 1, 1e-12])
    left_out = values(logit_adjusted_crossentropy, y_true, y_pred[:, :2], priors=[3, 1])
    assert absent == pytest.approx(left_out, rel=1e-5)
    assert absent == pytest.approx(rare, rel=1e-5)


@pytest.mark.parametrize(
    "priors", [np.bincount([0, 0, 0, 1]), np.float32([0.75, 0.25])]
)
def test_priors_may_be_an_array(priors):
    found = values(logit_adjusted_crossentropy, [1], np.array(EVEN), priors=priors)
    assert found == close([LOG4])
    loss = losses.LogitAdjustedCrossentropy(priors=priors)
    assert loss.get_config()["priors"] == priors.tolist()


def test_no_samples_give_no_values():
    found = logit_adjusted_crossentropy(np.ones(0, int), np.ones((0, 2)), priors=[1, 2])
    assert found.shape == (0,)
