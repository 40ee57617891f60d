"""Bi-tempered logistic loss by hand. The sum that gives each number stands beside it.

`exp_2(u)` is `1 / (1 - u)`: with `t2=2` activations of `-1 / p` have probabilities p.
With `t1=0` the loss is half of the squared error of them.
"""

from math import log, sqrt

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies
from hypothesis.extra.numpy import arrays

from losses import bi_tempered_logistic, categorical_crossentropy
from losses.evidence.outcomes import Raises, Returns
from tests.differences import close, drawn_times, gradient, slope, slopes, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, one_hot

LOG2, LOG3, LOG43 = log(2), log(3), log(4 / 3)
NAN = float("nan")
EVEN = [[0.0, 0.0]]  # p is 1/2 and 1/2, at any temperature
OF_EVEN = (1 - 2**-0.2) / 0.2 - (1 - 2 * 2**-1.2) / 1.2
OF_HALVES = 2 - sqrt(2) - (1 - sqrt(0.5)) / 1.5  # with t1 = 0.5
SQUARED = {"t1": 0.0, "t2": 2.0, "iterations": 20}
THIRDS = [[0.0, -1.5]]  # -1 / p for 2/3 and 1/3, and 1.5 more
QUARTERS = [[0.0, LOG3]]  # p is 1/4 and 3/4 where t2 is 1
HALF = {"t1": 0.5, "t2": 1.5}
FIFTHS = [[0.0, -sqrt(5)]]  # t2 = 1.5: -2 / √p for 4/5 and 1/5, and √5 more
OF_FIFTHS = [2 * (1 - sqrt(p)) - (1 - 0.8**1.5 - 0.2**1.5) / 1.5 for p in (0.8, 0.2)]
ROOTS = [[1.2, 1.6]]  # t2 = 0.5: 2 √p for 0.36 and 0.64
# -1 / p of two classes that are 200 apart: p is m and 1 - m
M = 1 / (sqrt(10001) - 99)
# Labels of 0.9 and 0.1: Σ t (log t - log p) - (Σ t^1.2 - Σ p^1.2) / 1.2
POWERS = 0.9**1.2 + 0.1**1.2
OF_SMOOTHED = (POWERS - 2**-0.2) / 0.2 - (POWERS - 2 * 2**-1.2) / 1.2
# One step: Σ p is 1 + 1/2.5, then 1 + 1 / (1 + 1.5/1.4) = 43/29; p is 29/43 and 58/173
OF_ONE_STEP = ((14 / 43) ** 2 + (58 / 173) ** 2) / 2
# -8/135 and 8/135, 16/135 and -16/135, and half of that
STEP = 640**0.5 / 270

HAND = [
    given([[1, 0]], EVEN, [OF_EVEN]),
    given([[1, 0], [0, 1]], THIRDS * 2, [1 / 9, 4 / 9], **SQUARED),
    given([[1, 0], [0, 1]], FIFTHS * 2, OF_FIFTHS, **HALF),
    given([[[1, 0], [0, 1]]], [THIRDS * 2], [5 / 18], **SQUARED),  # the mean of both
    # p is 1/2, 1/3 and 1/6
    given(
        [[1, 0, 0], [0, 1, 0]],
        [[-2.0, -3.0, -6.0]] * 2,
        [(9 + 4 + 1) / 72, (9 + 16 + 1) / 72],
        **SQUARED,
    ),
    # soft labels, the first of them those predicted; then (1/6)² · 2 / 2
    given([[2 / 3, 1 / 3], [0.5, 0.5]], THIRDS * 2, [0.0, 1 / 36], **SQUARED),
    given(
        [[0.25, 0.75]],
        FIFTHS,
        [
            0.25 * 2 * (sqrt(0.25) - sqrt(0.8))
            + 0.75 * 2 * (sqrt(0.75) - sqrt(0.2))
            - (0.25**1.5 + 0.75**1.5 - 0.8**1.5 - 0.2**1.5) / 1.5
        ],
        **HALF,
    ),
    # no label: only the powers of p are left
    given([[0, 0]], THIRDS, [(4 / 9 + 1 / 9) / 2], **SQUARED),
    # class ids
    given([0, 1], THIRDS * 2, [1 / 9, 4 / 9], **SQUARED),
    given([[0], [1]], FIFTHS * 2, OF_FIFTHS, **HALF),
    given([[0], [1]], EVEN * 2, [OF_HALVES] * 2, t1=0.5, t2=1.0),
    given([0.0, 1.0], THIRDS * 2, [1 / 9, 4 / 9], **SQUARED),
    given([[0, 1]], [THIRDS * 2], [5 / 18], **SQUARED),
    given([2, -1], EVEN * 2, [NAN, NAN]),  # no class
    # t1; with 1 minus the logarithm, of whatever softmax
    given([[1, 0]], EVEN, [1 / 4], t1=0),
    given([[1, 0]], EVEN, [OF_HALVES], t1=0.5),
    given([[1, 0]], EVEN, [LOG2], t1=1),
    given([[0, 1]], THIRDS, [LOG3], t1=1, t2=2, iterations=20),
    given([1], THIRDS, [LOG3], t1=1, t2=2, iterations=20),
    # … less that of the labels: -log 1/2 - log 2/9 / 2
    given([[0.5, 0.5]], THIRDS, [log(4.5) / 2 - LOG2], t1=1, t2=2, iterations=20),
    # t2: with 1 the softmax
    given([0, 1], QUARTERS * 2, [9 / 16, 1 / 16], t1=0, t2=1),
    given([[1, 0], [0, 1]], ROOTS * 2, [0.64**2, 0.36**2], t1=0, t2=0.5),
    given([1], ROOTS, [2 * 0.2 - (1 - 0.216 - 0.512) / 1.5], t1=0.5, t2=0.5),
    given([1], ROOTS, [0.36**2], t1=0, t2=0.5, iterations=1),  # to the last digit
    given([[0, 1]], FIFTHS, [OF_FIFTHS[1]], **HALF),
    # … with 0.5 what is more than 2 behind has nothing: p is 1 and 0
    given([[1, 0], [0, 1]], [[3.0, 0.5]] * 2, [0.0, 1.0], t1=0, t2=0.5),
    given([0, 1], [[3.0, 0.5]] * 2, [0.0, 2.0], t1=0.5, t2=0.5),
    # both 1: the crossentropy of the softmax
    given([[1, 0]], EVEN, [LOG2], t1=1, t2=1),
    given([0, 1], QUARTERS * 2, [2 * LOG2, LOG43], t1=1, t2=1),
    given([[0.5, 0.5]], QUARTERS, [LOG2 + LOG43 / 2], t1=1, t2=1),
    # label_smoothing: 0.1 of two classes is 0.9 and 0.1, 0.3 of four is 0.7 and 0.1
    given([[1, 0]], EVEN, [OF_SMOOTHED], label_smoothing=0.1),
    given([0], EVEN, [OF_SMOOTHED], label_smoothing=0.1),
    given(
        [[0, 1, 0, 0]],
        [[0.0] * 4],
        [(0.45**2 + 3 * 0.15**2) / 2],
        t1=0,
        label_smoothing=0.3,
    ),
    given([1], [[0.0] * 4], [0.135], t1=0, label_smoothing=0.3),
    given([0], THIRDS, [(3 / 4 - 2 / 3) ** 2], label_smoothing=0.25, **SQUARED),
    given([0], THIRDS, [4 / 9], label_smoothing=1.0, **SQUARED),
    given([0], QUARTERS, [1.5 * LOG2 + LOG43 / 4], t1=1, t2=1, label_smoothing=0.25),
    given(
        [[1, 0]],
        QUARTERS,
        [1.5 * LOG2 + LOG43 / 4],
        t1=1,
        t2=1,
        label_smoothing=0.25,
    ),
    # iterations
    given([0], THIRDS, [OF_ONE_STEP], t1=0, t2=2, iterations=1),
    given([[1, 0]], THIRDS, [OF_ONE_STEP], t1=0, t2=2, iterations=1),
    # far off
    given([[1, 0], [0, 1]], [[-100.0, 100.0]] * 2, [M**2, (1 - M) ** 2], **SQUARED),
    given([0, 1], [[-100.0, 100.0]] * 2, [2.0, 0.0], t1=0.5, t2=1),
    given([0, 1], [[-100.0, 100.0]] * 2, [2.0, 0.0], t1=0.5, t2=0.5),
    given([0, 1], [[-100.0, 100.0]] * 2, [200.0, 0.0], t1=1, t2=1),
    # (p - t) p^(t2 - t1), less as much of its sum as p^t2 has of all of them
    given([[1, 0]], EVEN, [[-(2**-1.5), 2**-1.5]], "gradient"),
    given([[1, 0]], THIRDS, [[-8 / 135, 8 / 135]], "gradient", **SQUARED),
    given([0], THIRDS, [[-8 / 135, 8 / 135]], "gradient", **SQUARED),
    given([[0, 1]], THIRDS, [[4 / 15, -4 / 15]], "gradient", t1=1, t2=2, iterations=20),
    given([0], ROOTS, [[-0.64, 0.64]], "gradient", t1=0.5, t2=0.5),  # p - t
    given([[1, 0]], QUARTERS, [[-0.75, 0.75]], "gradient", t1=1, t2=1),
    given([[1, 0]], [[-100.0, 100.0]], [[-1.0, 1.0]], "gradient", t1=1, t2=1),
    given([0], [[-100.0, 100.0]], [[0.0, 0.0]], "gradient", t1=0.5, t2=0.5),
    # in fit
    given([[1, 0], [0, 1]], THIRDS * 2, 5 / 18, "fit_eager", **SQUARED),
    given(
        [[1, 0], [0, 1]],
        THIRDS * 2,
        Returns(5 / 18, step=STEP),
        "fit_graph",
        **SQUARED,
    ),
    given(
        [[1, 0], [0, 1]], THIRDS * 2, Returns(5 / 18, step=STEP), "fit_xla", **SQUARED
    ),
    given([0, 1], THIRDS * 2, Returns(5 / 18, step=STEP), "fit_graph", **SQUARED),
    given([[1, 0], [0, 1]], THIRDS * 2, 2 / 9, "sample_weight", [0, 1], **SQUARED),
    given([[0, 1]], THIRDS, 8 / 9, "class_weight", **SQUARED),  # 2 for class 1
    given([0], THIRDS, 1 / 144, "save_load", label_smoothing=0.25, **SQUARED),
    given([0], THIRDS, OF_ONE_STEP, "save_load", t1=0.0, t2=2.0, iterations=1),
    # refused
    given(
        [0, 1, 1],
        EVEN * 2,
        Raises("ValueError", r"y_true \(3,\) must be .* explain .*/ids_as_one_hot"),
    ),
    given(
        [[1, 0, 0]],
        EVEN,
        Raises("ValueError", r"y_true \(1, 3\) must be class ids of shape \(1,\)"),
    ),
    given([[1], [0]], [[0.5], [0.5]], Raises("ValueError", r"\(2, 1\) must be \(bat")),
    given(
        [[1, 0]],
        EVEN,
        Raises("ValueError", r"t1 must be in \[0, 1\], not 1\.3.*/temperatures_exch"),
        t1=1.3,
        t2=0.8,
    ),
    given([[1, 0]], EVEN, Raises("ValueError", "t1 must be in"), t1=-0.1),
    given([[1, 0]], EVEN, Raises("ValueError", "t2 must be above 0, not 0"), t2=0),
    given(
        [[1, 0]],
        EVEN,
        Raises("ValueError", "iterations must be 1 or more, not 0.*/normaliser_not_it"),
        iterations=0,
    ),
    given([[1, 0]], EVEN, Raises("ValueError", "not 2.5"), iterations=2.5),
    given(
        [[1, 0]],
        EVEN,
        Raises("ValueError", r"label_smoothing must be in \[0, 1\], not 2"),
        label_smoothing=2,
    ),
    given([[1, 0]], [[1, 0]], Raises("TypeError", "y_pred has dtype int32")),
]

EXAMPLES = [
    (one_hot(3, 4), normal(4, 3), {}),
    (
        ids(3, 4, 2),
        normal(4, 2, 3),
        {"t1": 0.5, "t2": 1.5, "label_smoothing": 0.1, "iterations": 20},
    ),
    (one_hot(3, 4), normal(4, 3), {"t1": 0.25, "t2": 0.75}),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("bi_tempered_logistic", case)


def log_of(x, t):
    return log(x) if t == 1 else (x ** (1 - t) - 1) / (1 - t)


def exp_of(x, t):
    if t == 1:
        return np.exp(x)
    base = 1 + (1 - t) * x
    return base ** (1 / (1 - t)) if base > 0 else 0.0


def tempered(activations, t):
    """The probabilities, by halving the range in which the normaliser lies."""
    low, high = max(activations), max(activations) - log_of(1 / len(activations), t)
    for _ in range(100):
        middle = (low + high) / 2
        total = sum(exp_of(a - middle, t) for a in activations)
        low, high = (middle, high) if total > 1 else (low, middle)
    return [exp_of(a - (low + high) / 2, t) for a in activations]


def oracle(y_true, y_pred, t1, t2, label_smoothing=0.0, iterations=None):
    """One position after the other, one class after the other, however many iterations
    that may take."""
    totals = []
    for labels, predictions in zip(y_true, y_pred):
        total = 0.0
        for place in np.ndindex(predictions.shape[:-1]):
            p = tempered(predictions[place], t2)
            label, classes = labels[place], len(p)
            shares = label if np.size(label) == classes else np.eye(classes)[label]
            for share, q in zip(np.ravel(shares), p):
                t = (1 - classes / (classes - 1) * label_smoothing) * share
                t += label_smoothing / (classes - 1)
                total -= t * log_of(q, t1) if t else 0
                if (t1, t2) != (1, 1):
                    total += t * log_of(t, t1) if t else 0
                    total -= (t ** (2 - t1) - q ** (2 - t1)) / (2 - t1)
        totals.append(total / np.prod(predictions.shape[:-1]))
    return np.array(totals)


TEMPERATURES = [(0.8, 1.3), (0.0, 2.0), (0.5, 1.5), (1.0, 1.3), (0.8, 1.0), (1.0, 1.0)]
CUT = [(0.0, 0.5), (0.5, 0.8)]  # smooth where a class falls out


@strategies.composite
def inputs(draw):
    shape = draw(strategies.sampled_from([(1, 2), (3, 3), (2, 3, 2), (2, 2, 2, 3)]))
    t1, t2 = draw(strategies.sampled_from(TEMPERATURES + CUT))
    options = {
        "t1": t1,
        "t2": t2,
        "label_smoothing": draw(strategies.sampled_from([0.0, 0.1, 0.6])),
        "iterations": 40,
    }
    form = draw(strategies.sampled_from(["ids", "column", "soft"]))
    if form == "soft":
        odds = draw(arrays(float, shape, elements=strategies.sampled_from([0, 1, 3])))
        odds[..., 0] += 1
        labels = odds / odds.sum(axis=-1, keepdims=True)
    else:
        size = shape[:-1] + ((1,) if form == "column" else ())
        known = strategies.integers(0, shape[-1] - 1)
        labels = draw(arrays(int, size, elements=known))
    y_pred = draw(arrays(float, shape, elements=strategies.floats(-8, 8)))
    return labels, y_pred, options


@hypothesis.settings(deadline=None, max_examples=drawn_times(50))
@hypothesis.given(inputs())
def test_value_and_gradient_are_those_of_the_oracle(drawn):
    y_true, y_pred, options = drawn
    found = values(bi_tempered_logistic, y_true, y_pred, **options)
    assert found == close(oracle(y_true, y_pred, **options), abs=1e-9)
    found = gradient(bi_tempered_logistic, y_true, y_pred, **options)
    found, expected = slope(found, oracle, y_true, y_pred, **options)
    # The slope has kinks below 1, at which that of differences is off by their step.
    assert found == close(expected, rel=1e-5, abs=1e-7 if options["t2"] >= 1 else 5e-6)


@pytest.mark.parametrize("iterations", [1, 2, 5, 10])
@pytest.mark.parametrize("t1, t2", [(0.8, 1.3), (0.0, 2.0), (0.5, 4.0)])
def test_iterations_are_steps_of_the_fixed_point(t1, t2, iterations):
    y_true, y_pred = ids(5, 6), 3 * normal(6, 5).astype("float64")
    expected = []
    for label, activations in zip(y_true, y_pred):
        behind = [a - max(activations) for a in activations]
        shrunk = behind
        for _ in range(iterations):
            total = sum(exp_of(a, t2) for a in shrunk)
            shrunk = [a * total ** (1 - t2) for a in behind]
        total = sum(exp_of(a, t2) for a in shrunk)
        p = [exp_of(a + log_of(1 / total, t2), t2) for a in behind]
        power = 1 - sum(q ** (2 - t1) for q in p)
        expected.append(-log_of(p[label], t1) - power / (2 - t1))
    options = {"t1": t1, "t2": t2, "iterations": iterations}
    found = values(bi_tempered_logistic, y_true, y_pred, **options)
    assert found == close(expected, rel=1e-9)


@pytest.mark.parametrize("t1, t2", [(0.8, 1.3), (0.5, 2.0)])
def test_after_few_iterations_the_gradient_is_near_that_of_an_exact_normaliser(t1, t2):
    y_true, y_pred = one_hot(4, 6), normal(6, 4).astype("float64")
    exact = slopes(oracle, y_true, y_pred, t1=t1, t2=t2)
    off = [
        np.abs(
            gradient(bi_tempered_logistic, y_true, y_pred, t1=t1, t2=t2, iterations=n)
            - exact
        ).max()
        for n in (1, 2, 5, 20)
    ]
    assert off[0] < 0.02
    assert off[0] > off[1] > off[2]
    assert off[2] < 2e-4
    assert off[3] < 2e-6


@pytest.mark.parametrize("iterations", [1, 5])
@pytest.mark.parametrize("t2", [0.5, 0.8, 1.0, 1.3, 3.0])
def test_the_gradient_adds_up_to_0(t2, iterations):
    """Because a number added to every activation changes nothing."""
    y_true, y_pred = one_hot(5, 6), normal(6, 5).astype("float64")
    options = {"t2": t2, "t1": 0.4, "iterations": iterations}
    found = gradient(bi_tempered_logistic, y_true, y_pred, **options)
    assert found.sum(axis=-1) == close(np.zeros(6), abs=1e-9)
    moved = values(bi_tempered_logistic, y_true, y_pred + 30, **options)
    expected = values(bi_tempered_logistic, y_true, y_pred, **options)
    assert moved == close(expected)


@pytest.mark.parametrize("t", [0.8, 0.9, 1.0])
def test_equal_temperatures_have_the_gradient_p_minus_t(t):
    y_true, y_pred = one_hot(4, 6), normal(6, 4).astype("float64")
    p = np.array([tempered(a, t) for a in y_pred])
    found = gradient(bi_tempered_logistic, y_true, y_pred, t1=t, t2=t)
    assert found == close(p - y_true, abs=1e-9)


def test_the_numbers_of_the_authors():
    """https://github.com/google/bi-tempered-loss, tensorflow/loss_test.py."""
    activations = [[-0.5, 0.1, 2.0], [0.1, 1.5, -5.0], [4.0, -3.0, -6.0]]
    labels = [[0.2, 0.3, 0.5], [0.6, 0.3, 0.1], [0.2, 0.8, 0.0]]

    def found(labels, activations=activations, **options):
        labels, activations = np.array(labels), np.array(activations, "float32")
        return values(bi_tempered_logistic, labels, activations, **options)

    expected = pytest.approx([0.02301914, 0.18972909, 0.93874922], rel=1e-6, abs=1e-6)
    assert found(labels, t1=0.5, t2=1.5) == expected
    expected = pytest.approx([0.21646356, 0.41836615, 1.33997854], rel=1e-6, abs=1e-6)
    assert found(labels, t1=0.5, t2=0.8) == expected

    expected = pytest.approx([0.76652711, 0.08627685, 1.35443510], abs=1e-5)
    options = {"t1": 0.5, "t2": 1.5, "label_smoothing": 0.1}
    assert found(np.eye(3), **options) == expected
    assert found([0, 1, 2], **options) == expected

    temperatures = [(1.0, 1.0), (0.9, 1.1), (0.8, 1.2), (0.7, 1.3)]
    dynamic = [1.6583576, 0.45677936, 0.34298314, 0.26295574]
    for (t1, t2), number in zip(temperatures, dynamic):
        one = found([[0.2, 0.5, 0.3]], activations[:1], t1=t1, t2=t2)
        assert one == pytest.approx([number], abs=1e-5)


@pytest.mark.parametrize("smoothed", [0.0, 0.2])
def test_both_temperatures_1_is_the_crossentropy_of_the_softmax(smoothed):
    y_true, y_pred = one_hot(4, 6), normal(6, 4)
    options = {"t1": 1, "t2": 1, "label_smoothing": smoothed}
    found = values(bi_tempered_logistic, y_true, y_pred, **options)
    # There it is spread over all four, here over the other three.
    options = {"from_logits": True, "label_smoothing": smoothed * 4 / 3}
    expected = values(categorical_crossentropy, y_true, y_pred, **options)
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("near", [{"t1": 1.0}, {"t2": 1.0}, {"t1": 1.0, "t2": 1.0}])
@pytest.mark.parametrize("by", [1e-3, 1e-5])
def test_nothing_jumps_at_1(near, by):
    """Of labels that are certain, or there is what they cost by themselves."""
    y_true, y_pred = one_hot(4, 6), normal(6, 4).astype("float64")
    expected = values(bi_tempered_logistic, y_true, y_pred, **near)
    slope = gradient(bi_tempered_logistic, y_true, y_pred, **near)
    for sign in (1, -1):
        moved = dict(near)
        if "t2" in near:
            moved["t2"] = 1 + sign * by
        if "t1" in near:
            moved["t1"] = 1 - by
        found = values(bi_tempered_logistic, y_true, y_pred, **moved)
        assert found == pytest.approx(expected, abs=10 * by)
        found = gradient(bi_tempered_logistic, y_true, y_pred, **moved)
        assert found == pytest.approx(slope, abs=10 * by + 1e-5)


@pytest.mark.parametrize("t1", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("t2", [0.5, 1.0, 1.3, 2.0])
def test_a_t1_below_1_bounds_the_loss(t1, t2):
    y_pred = np.array([[-(10.0**power), 0.0] for power in range(7)])
    found = values(bi_tempered_logistic, [0] * 7, y_pred, t1=t1, t2=t2)
    assert (np.diff(found) >= -1e-6).all()
    assert (found <= 1 / (1 - t1) + 1e-5).all()


@pytest.mark.parametrize("classes", [2, 10, 1000])
@pytest.mark.parametrize("t2", [0.5, 0.9, 1.0, 1.3, 2.0])
def test_the_probabilities_add_up_to_1(classes, t2):
    """With `t1=0` those of no label are the sum of their squares."""
    y_pred = normal(3, classes)
    found = values(
        bi_tempered_logistic, np.zeros((3, classes)), y_pred, t1=0, t2=t2, iterations=50
    )
    p = np.array([tempered(a, t2) for a in y_pred.astype("float64")])
    assert p.sum(axis=-1) == pytest.approx(1)
    assert found == pytest.approx((p**2).sum(axis=-1) / 2, rel=1e-3)


@pytest.mark.parametrize("smoothed", [0.0, 0.1])
@pytest.mark.parametrize("t1, t2", TEMPERATURES + CUT)
def test_ids_and_one_hot_agree(t1, t2, smoothed):
    labels, y_pred = ids(3, 6), normal(6, 3)
    options = {"t1": t1, "t2": t2, "label_smoothing": smoothed}
    found = values(bi_tempered_logistic, labels, y_pred, **options)
    expected = values(bi_tempered_logistic, np.eye(3)[labels], y_pred, **options)
    assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("t1, t2", TEMPERATURES + CUT)
def test_the_labels_themselves_are_the_best_prediction(t1, t2):
    share = np.linspace(0.02, 0.98, 49)  # 0.3 among them
    p = np.stack([share, 1 - share], axis=-1)
    y_pred = np.array([[log_of(q, t2) for q in row] for row in p])
    y_true = np.array([[0.3, 0.7]] * 49)
    options = {"t1": t1, "t2": t2, "iterations": 60}
    found = values(bi_tempered_logistic, y_true, y_pred, **options)
    assert np.argmin(found) == np.argmin(np.abs(share - 0.3))
    if (t1, t2) != (1, 1):
        assert found.min() == pytest.approx(0, abs=1e-5)


def test_the_order_of_the_classes_does_not_matter():
    y_true, y_pred, order = one_hot(4, 6), normal(6, 4), [2, 0, 3, 1]
    moved = values(bi_tempered_logistic, y_true[:, order], y_pred[:, order])
    expected = values(bi_tempered_logistic, y_true, y_pred)
    assert moved == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("form", ["ids", "one-hot"])
@pytest.mark.parametrize("t1, t2", [*TEMPERATURES, (1.0, 2.0)])
def test_a_class_that_is_ruled_out_is_no_nan(t1, t2, form):
    y_true = [0] if form == "ids" else [[1, 0, 0]]
    options = {"t1": t1, "t2": t2, "iterations": 20}
    y_pred = np.array([[0.0, 0.0, -np.inf]], "float32")
    found = values(bi_tempered_logistic, y_true, y_pred, **options)
    expected = values(bi_tempered_logistic, [0], y_pred[:, :2], **options)
    assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("form", ["ids", "one-hot"])
@pytest.mark.parametrize(
    "t1, t2", [(0.8, 1.3), (1.0, 1.3), (1.0, 1.0), (0.5, 0.8), (1.0, 0.5), (0.99, 0.9)]
)
def test_far_off_is_finite(t1, t2, form, dtype):
    y_true = [0, 0, 0] if form == "ids" else [[1, 0], [1, 0], [1, 0]]
    y_pred = np.array([[100, -100], [-100, 100], [100, 100]], dtype)
    found = values(bi_tempered_logistic, y_true, y_pred, t1=t1, t2=t2)
    assert np.isfinite(found).all()
    assert found[1] > found[2] > found[0]
    slope = gradient(bi_tempered_logistic, y_true, y_pred, t1=t1, t2=t2).astype(float)
    if dtype != "float16" or t2 >= 1:  # a slope of 2²³ is beyond float16
        assert np.isfinite(slope).all()
    assert slope[2, 0] < 0
    if t2 > 1:
        assert slope[1, 0] < 0


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int64", "float16"])
def test_labels_of_any_dtype(dtype):
    y_true = np.array([[1, 0], [0, 1]], dtype)
    y_pred = np.array(THIRDS * 2, "float32")
    expected = pytest.approx([1 / 9, 4 / 9], rel=1e-5)
    assert values(bi_tempered_logistic, y_true, y_pred, **SQUARED) == expected
    labels = y_true.astype(int).argmax(-1).astype(dtype)
    assert values(bi_tempered_logistic, labels, y_pred, **SQUARED) == expected


@pytest.mark.parametrize("t2", [0.5, 1.0, 1.3])
def test_no_samples_give_no_values(t2):
    found = bi_tempered_logistic(np.ones((0, 3)), np.ones((0, 3)), t2=t2)
    assert found.shape == (0,)
