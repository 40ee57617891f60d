"""Weighted kappa by hand. The sum that gives each number stands beside it."""

from contextlib import nullcontext
from math import log, sqrt

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies
from hypothesis.extra.numpy import arrays
from sklearn.metrics import cohen_kappa_score

import losses
from losses import weighted_kappa
from losses.evidence.outcomes import Raises, Returns
from losses.running.bench import EAGER, Bench
from losses.running.probes.devices import mirrored
from tests.differences import close, drawn_times, gradient, slope, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, one_hot, probabilities

LOG3, LOWEST = log(3), log(1e-6)
NAN = float("nan")
# 0 and 1 step off, so 1 is observed. Beside the labels 0 and 2 the weights of the
# classes are 0 + 4, 1 + 1, 4 + 0, of which the first two are predicted: 6 / 2.
ENDS, P = [0, 2], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
THIRD = [log(1 / 3)] * 2
# Observed 1/4 + 1/2. Each class has the weight 1, and 2 are predicted: 2 / 2.
TWO, P2 = [0, 1], [[0.75, 0.25], [0.5, 0.5]]
LOGITS = [[0.0, LOG3], [0.0, 0.0]]  # 1/4, 3/4; 1/2, 1/2: observed 3/4 + 1/2
BACKWARDS = [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]

HAND = [
    given(ENDS, P, THIRD),
    given(TWO, P2, [log(3 / 4)] * 2),
    # weightage. 4 + 4 over (5 + 2 + 5) / 3; 2 + 2 over (3 + 2 + 3) / 3
    given([0, 1, 2], BACKWARDS, [log(2)] * 3),
    given([0, 1, 2], BACKWARDS, [log(3 / 2)] * 3, weightage="linear"),
    given([0, 1, 2], BACKWARDS, [log(2)] * 3, weightage="quadratic"),
    given(ENDS, P, [log(1 / 2)] * 2, weightage="linear"),  # 1 over (2 + 2) / 2
    given(np.eye(3)[ENDS], P, [log(1 / 2)] * 2, weightage="linear"),
    given(TWO, P2, [log(3 / 4)] * 2, weightage="linear"),  # 1² is 1
    # labels 0, 0, 1: 1 over (1 + 2 · 2) / 3
    given([0, 0, 1], np.eye(3)[[0, 1, 1]], [log(3 / 5)] * 3),
    # always the same: 4 over 4 · 2 / 2
    given(ENDS, np.eye(3)[[2, 2]], [0.0, 0.0]),
    # epsilon
    given(ENDS, np.eye(3)[ENDS], [LOWEST] * 2),
    given(ENDS, np.eye(3)[ENDS], [log(0.01)] * 2, epsilon=0.01),
    given(ENDS, P, [log(5 / 6)] * 2, epsilon=0.5),
    # one class: always 1, or nothing at all
    given([0, 0], P, [0.0, 0.0]),
    given([2, 2], [[0.5, 0.25, 0.25], [0.0, 0.0, 1.0]], [0.0, 0.0]),
    given([0, 0], np.eye(3)[[0, 0]], [LOWEST] * 2),
    given([[1, 0, 0], [1, 0, 0]], np.eye(3)[[0, 0]], [LOWEST] * 2),
    given([0], [[0.5, 0.5]], [0.0]),
    # forms of the labels
    given([[0], [2]], P, THIRD),
    given([0.0, 2.0], P, THIRD),
    given([[0], [2]], np.eye(3)[ENDS], [LOWEST] * 2),
    given([[1, 0, 0], [0, 0, 1]], P, THIRD),
    given([[1, 0], [0, 1]], P2, [log(3 / 4)] * 2),
    given([[1, 0, 0], [0, 0, 1]], np.eye(3)[ENDS], [LOWEST] * 2),
    # soft: the weights are (0, 1, 4) / 2 + (4, 1, 0) / 2 and 1, 0, 1, so 2 is observed;
    # 3 + 1 over 2 is expected
    given([[0.5, 0, 0.5], [0, 1, 0]], P, [0.0, 0.0]),
    # counts: labels 0, 0 beside ½, ½, 0 and label 2 beside 0, ½, ½. Observed 1 + ½;
    # weights 4, 3, 8 times 1, 3/2, 1/2 are 25/2, over 3
    given([[2, 0, 0], [0, 0, 1]], [[0.5, 0.5, 0], [0, 0.5, 0.5]], [log(9 / 25)] * 2),
    given([[1, 0, 0], [0, 0, 1], [0, 0, 0]], [*P, [0.0, 0.0, 1.0]], [log(1 / 3)] * 3),
    # more axes: every position is a sample
    given([ENDS], [P], [log(1 / 3)]),
    given([[[0], [2]]], [P], [log(1 / 3)]),
    given([[[1, 0, 0], [0, 0, 1]]], [P], [log(1 / 3)]),
    given([[0], [2]], [P[:1], P[1:]], THIRD),
    # no class
    given([0, 3], P, [NAN, NAN]),
    given([-1, 2], P, [NAN, NAN]),
    given([0, 3], P, NAN, "fit_xla"),
    # from_logits
    given(TWO, LOGITS, [log(5 / 4)] * 2, from_logits=True),
    given([[1, 0], [0, 1]], LOGITS, [log(5 / 4)] * 2, from_logits=True),
    given(TWO, LOGITS, [log(2)] * 2),  # not said to be: log 3 over log 3 / 2
    given(
        ENDS,
        [[100.0, 0.0, -100.0], [-100.0, 0.0, 100.0]],
        [LOWEST] * 2,
        from_logits=True,
    ),
    given(
        ENDS,
        [[-100.0, 0.0, 100.0], [100.0, 0.0, -100.0]],
        [log(2)] * 2,
        from_logits=True,
    ),
    # 2 (w / observed - W / (2 expected)) with W = 1: 2 (0 - ½) and 2 (4/3 - ½)
    given(TWO, P2, [[-1.0, 5 / 3], [5 / 3, -1.0]], "gradient"),
    given([[1, 0], [0, 1]], P2, [[-1.0, 5 / 3], [5 / 3, -1.0]], "gradient"),
    given([0, 0], np.eye(3)[[0, 0]], [[0.0] * 3] * 2, "gradient"),
    given([0, 0], P2, [[0.0, 0.0]] * 2, "gradient"),
    # p (g - Σ p g) with g = 2 (w / (5/4) - ½): of 1/4, 3/4 it is 3/16 · 8/5
    given(TWO, LOGITS, [[-0.3, 0.3], [0.4, -0.4]], "gradient", from_logits=True),
    # in fit: half of that gradient
    given(TWO, P2, log(3 / 4), "fit_eager"),
    given(TWO, P2, Returns(log(3 / 4), step=sqrt(17) / 3), "fit_graph"),
    given(TWO, P2, Returns(log(3 / 4), step=sqrt(17) / 3), "fit_xla"),
    given([[0], [1]], P2, log(3 / 4), "fit_graph"),
    given(
        [[1, 0, 0], [0, 0, 1]],
        [[0.6, 0.4, 0.0], [0.0, 0.6, 0.4]],
        log(1 / 3),
        "fit_graph",
    ),
    given(
        [[1, 0, 0], [0, 0, 1]],
        [[0.6, 0.4, 0.0], [0.0, 0.6, 0.4]],
        log(1 / 3),
        "fit_eager",
    ),
    given(TWO, P2, 0.0, "batch_of_one"),
    # weights scale it: half of it, and (1 + 2) / 2 of it
    given(TWO, P2, log(3 / 4) / 2, "sample_weight", [1, 0]),
    given(TWO, P2, log(3 / 4) / 2, "sample_weight", [0, 1]),
    given(TWO, P2, log(3 / 4) * 3 / 2, "class_weight"),
    given(ENDS, P, log(1 / 3), "save_load"),
    given(ENDS, P, log(3 / 4), "save_load", weightage="linear", epsilon=0.25),
    given(TWO, LOGITS, log(5 / 4), "save_load", from_logits=True),
    # refused
    given(
        ENDS,
        P,
        Raises("ValueError", "'linear' or 'quadratic', not 'cubic'"),
        weightage="cubic",
    ),
    given(
        ENDS,
        P,
        Raises("ValueError", "epsilon must be above 0, not 0: .*/log_of_perf"),
        epsilon=0,
    ),
    given(
        [0, 1, 2],
        P,
        Raises(
            "ValueError", r"y_true \(3,\) must .* weighted_kappa/ids_as_a_distribution"
        ),
    ),
    given([[1, 0]] * 2, P, Raises("ValueError", r"y_true \(2, 2\) must be class ids")),
    given(
        [0, 1],
        [[0.5]] * 2,
        Raises("ValueError", r"\(2, 1\) must be \(batch, .* classes"),
    ),
    given(ENDS, [[1, 0, 0]] * 2, Raises("TypeError", "y_pred has dtype int32")),
]

EXAMPLES = [
    (ids(4, 4), probabilities(4, 4), {}),
    (
        one_hot(3, 4, 2),
        normal(4, 2, 3),
        {"weightage": "linear", "epsilon": 0.01, "from_logits": True},
    ),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("weighted_kappa", case)


def oracle(y_true, y_pred, weightage="quadratic", epsilon=1e-6, from_logits=False):
    """Every label beside its own prediction, then beside the prediction of each."""
    classes = y_pred.shape[-1]
    rows = y_pred.reshape(-1, classes)
    if from_logits:
        rows = np.array([np.exp(row) / np.exp(row).sum() for row in rows])
    if y_true.shape != y_pred.shape:
        y_true = np.eye(classes)[y_true.ravel()]
    power = {"linear": 1, "quadratic": 2}[weightage]

    def apart(shares, p):
        return sum(
            shares[i] * p[j] * abs(i - j) ** power
            for i in range(classes)
            for j in range(classes)
        )

    labels = y_true.reshape(-1, classes)
    observed = sum(apart(t, p) for t, p in zip(labels, rows))
    pairs = sum(apart(t, p) * sum(u) for t in labels for u, p in zip(labels, rows))
    ratio = observed * labels.sum() / pairs if pairs else 0.0
    return np.full(len(y_pred), log(ratio + epsilon))


@strategies.composite
def inputs(draw):
    shape = draw(strategies.sampled_from([(2, 2), (5, 3), (3, 4), (2, 3, 3)]))
    options = {
        "weightage": draw(strategies.sampled_from(["linear", "quadratic"])),
        "epsilon": draw(strategies.sampled_from([1e-6, 1e-3, 0.5])),
        "from_logits": draw(strategies.booleans()),
    }
    form = draw(strategies.sampled_from(["ids", "column", "soft"]))
    if form == "soft":
        labels = arrays(float, shape, elements=strategies.sampled_from([0, 0.5, 1, 3]))
    else:
        size = shape[:-1] + ((1,) if form == "column" else ())
        labels = arrays(int, size, elements=strategies.integers(0, shape[-1] - 1))
    y_pred = draw(arrays(float, shape, elements=strategies.floats(-4, 4)))
    if not options["from_logits"]:
        y_pred = np.exp(y_pred) / np.exp(y_pred).sum(axis=-1, keepdims=True)
    return draw(labels), y_pred, options


@hypothesis.settings(deadline=None, max_examples=drawn_times(50))
@hypothesis.given(inputs())
def test_value_and_gradient_are_those_of_the_oracle(drawn):
    y_true, y_pred, options = drawn
    found = values(weighted_kappa, y_true, y_pred, **options)
    assert found == close(oracle(y_true, y_pred, **options), abs=1e-9)
    found = gradient(weighted_kappa, y_true, y_pred, **options)
    found, expected = slope(found, oracle, y_true, y_pred, **options)
    assert found == close(expected, rel=1e-5, abs=1e-7)


def test_the_number_of_tensorflow_addons():
    # the docstring of tfa.losses.WeightedKappaLoss
    y_true = [[0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]]
    y_pred = np.array(
        [
            [0.1, 0.2, 0.6, 0.1],
            [0.1, 0.5, 0.3, 0.1],
            [0.8, 0.05, 0.05, 0.1],
            [0.01, 0.09, 0.1, 0.8],
        ]
    )
    for labels in y_true, [2, 1, 0, 3]:
        found = values(weighted_kappa, labels, y_pred)
        assert found == pytest.approx([-1.1611923] * 4, rel=1e-6)


@pytest.mark.parametrize("weightage", ["linear", "quadratic"])
def test_scikit_learn_has_kappa_where_predictions_are_certain(weightage):
    y_true, y_pred = ids(4, 30), ids(4, 29, 1).ravel()
    y_true = y_true[:29]
    kappa = cohen_kappa_score(y_true, y_pred, weights=weightage)
    found = values(weighted_kappa, y_true, np.eye(4)[y_pred], weightage=weightage)
    assert found == close(np.full(29, log(1 - kappa + 1e-6)))


def test_two_classes_have_one_step_only():
    y_true, p = ids(2, 6), probabilities(6, 2)
    linear = values(weighted_kappa, y_true, p, weightage="linear")
    assert linear == pytest.approx(values(weighted_kappa, y_true, p), abs=1e-6)


def test_the_classes_may_be_counted_from_the_other_end():
    y_true, p = one_hot(4, 6), probabilities(6, 4)
    for weightage in "linear", "quadratic":
        found = values(weighted_kappa, y_true[:, ::-1], p[:, ::-1], weightage=weightage)
        assert found == close(
            values(weighted_kappa, y_true, p, weightage=weightage), rel=1e-5
        )


def test_a_class_that_nobody_has_changes_nothing():
    y_true, p = ids(3, 6), probabilities(6, 3)
    wider = np.pad(p, [(0, 0), (0, 2)])
    expected = values(weighted_kappa, y_true, p)
    assert values(weighted_kappa, y_true, wider) == pytest.approx(expected, abs=1e-6)


def test_the_same_batch_twice_is_the_same():
    y_true, p = ids(3, 6), probabilities(6, 3)
    twice = values(weighted_kappa, np.tile(y_true, 2), np.tile(p, (2, 1)))
    once = values(weighted_kappa, y_true, p)
    assert twice == pytest.approx(np.tile(once, 2), abs=1e-6)


def test_predictions_that_know_nothing_are_no_better_than_chance():
    p = np.tile(probabilities(1, 4), (8, 1))
    assert values(weighted_kappa, ids(4, 8), p) == pytest.approx([0] * 8, abs=1e-5)


@hypothesis.settings(deadline=None, max_examples=drawn_times(30))
@hypothesis.given(arrays(float, (4, 3), elements=strategies.floats(-4, 4)))
def test_nothing_is_better_than_the_labels_themselves(logits):
    best = values(weighted_kappa, [0, 1, 2, 2], np.eye(3)[[0, 1, 2, 2]])
    found = values(weighted_kappa, [0, 1, 2, 2], logits, from_logits=True)
    assert best == pytest.approx([LOWEST] * 4)
    assert np.all(found > best)
    assert np.all(found <= log(2 + 1e-6) + 1e-6)


def test_a_far_miss_costs_more_than_a_near_one():
    near, far = np.eye(4)[[1, 3]], np.eye(4)[[2, 3]]
    one, other = (values(weighted_kappa, [0, 3], p)[0] for p in (near, far))
    assert one < other


def test_logits_and_their_probabilities_agree():
    logits = np.array([[-6.0, 0.0, 5.0], [1.0, 2.0, 3.0], [7.0, -7.0, 0.0]])
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    found = values(weighted_kappa, [0, 1, 2], logits, from_logits=True)
    assert found == close(values(weighted_kappa, [0, 1, 2], p))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("labels", [[0, 0], [0, 2], [2, 1]])
@pytest.mark.parametrize("weightage", ["linear", "quadratic"])
def test_the_ends_are_finite(dtype, labels, weightage):
    for certain in [0, 0], [0, 2], [2, 0]:
        p = np.eye(3, dtype=dtype)[certain]
        for y_pred, from_logits in (p, False), (200 * p - 100, True):
            options = {"weightage": weightage, "from_logits": from_logits}
            found = values(weighted_kappa, labels, y_pred, **options)
            assert np.isfinite(found).all()
            slope = gradient(weighted_kappa, labels, y_pred, **options)
            if from_logits or dtype != "float16":  # 10⁶ is beyond float16
                assert np.isfinite(slope).all()


def test_nearly_nothing_has_a_finite_gradient():
    for tiny in 1e-12, 1e-20, 1e-30, 1e-38:
        p = np.array([[1, tiny], [1, 0]], "float32")
        assert np.isfinite(values(weighted_kappa, [0, 0], p)).all()
        assert np.isfinite(gradient(weighted_kappa, [0, 0], p)).all()


def test_weights_scale_it_and_choose_no_samples():
    loss = losses.WeightedKappa(reduction="sum")
    y_true, p = ids(3, 4), probabilities(4, 3)
    value = values(weighted_kappa, y_true, p)[0]
    for weight in [1, 0, 0, 0], [0, 0, 0, 1]:
        assert float(loss(y_true, p, np.array(weight))) == pytest.approx(value)


@pytest.mark.reference
def test_two_replicas_train_as_one_device():
    y_true, p, seen = ids(3, 6), probabilities(6, 3), []
    for scope in nullcontext, mirrored().scope:
        bench = Bench(p, 1.0, EAGER, scope=scope)
        bench.compile(loss=losses.WeightedKappa())
        bench.fit(np.arange(6), y_true)
        seen.append((bench.seen.value, *bench.weights()))
    assert seen[1][0] == pytest.approx(seen[0][0], abs=1e-6)
    assert seen[1][1] == pytest.approx(seen[0][1], abs=1e-6)
    halves = [values(weighted_kappa, y_true[i : i + 3], p[i : i + 3]) for i in (0, 3)]
    assert abs(np.mean(halves) - seen[0][0]) > 0.01  # a mean of theirs is another


def test_a_large_batch_keeps_its_digits():
    y_true, p = ids(5, 100_000), probabilities(100_000, 5)
    double = values(weighted_kappa, y_true, p.astype("float64"))[0]
    assert values(weighted_kappa, y_true, p)[0] == pytest.approx(double, abs=1e-4)


def test_no_samples_give_no_values():
    assert weighted_kappa(np.ones(0, int), np.ones((0, 3))).shape == (0,)
