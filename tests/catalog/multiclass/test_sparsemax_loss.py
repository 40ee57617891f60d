"""Sparsemax loss by hand. The sum that gives each number stands beside it."""

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies
from hypothesis.extra.numpy import arrays

from losses import sparsemax_loss
from losses.evidence.outcomes import Raises, Returns
from tests.differences import close, drawn_times, gradient, slopes, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, one_hot

NAN, INF = float("nan"), float("inf")
# p is 3/4, 1/4 and 0, and Σ p (z - p / 2) is 3/4 · 1/8 - 1/4 · 1/8 = 1/16
NEAR = [[0.5, 0.0, -1.0]]
FIRST, SECOND, THIRD = [1, 0, 0], [0, 1, 0], [0, 0, 1]
EACH = [1 / 16, 9 / 16, 25 / 16]  # 1/16 + 1/2 - z of the label
# p - t is -1/4, 1/4 and 3/4, -3/4: the root of 2/16 + 18/16, and half of that
STEP = 20**0.5 / 8

HAND = [
    given([FIRST, SECOND, THIRD], NEAR * 3, EACH),
    given([[FIRST, THIRD]], [NEAR * 2], [13 / 16]),  # the mean of both
    # two classes, the label leads by d: 0 from 1 on, -d to -1, (d - 1)² / 4 in between
    given(
        [[1, 0]] * 5,
        [[3.0, 0.0], [1.0, 0.0], [0.5, 0.0], [0.0, 0.5], [0.0, 3.0]],
        [0.0, 0.0, 1 / 16, 9 / 16, 3.0],
    ),
    given([[1, 0]], [[2.0, 0.0]], [0.0]),
    # ties: p is 1/2 and 1/2, or 1/3 of each
    given([[0, 1]], [[0.0, 0.0]], [-1 / 4 + 1 / 2]),
    given([FIRST], [[7.0, 7.0, 7.0]], [-1 / 6 + 1 / 2]),
    given([FIRST, THIRD], [[2.0, 2.0, 0.0]] * 2, [1 / 4, 9 / 4]),  # 7/4 + 1/2 - z
    given([FIRST], [[0.0, -1.0, -1.0]], [0.0]),  # both just without a part
    given([FIRST], [[0.5, 0.0, -3.0]], [1 / 16]),
    # p is z: (1/4 + 1/16 + 1/16) / 2 = 3/16
    given([FIRST, THIRD], [[0.5, 0.25, 0.25]] * 2, [3 / 16, 3 / 16 + 1 / 4]),
    # labels that are shares, the first of them those predicted
    given([[0.75, 0.25, 0]], NEAR, [1 / 16 + 5 / 16 - 3 / 8]),
    given([[0.25, 0.25, 0.5]], NEAR, [1 / 16 + 3 / 16 - 1 / 8 + 1 / 2]),
    # that do not add up to 1, and the same with 10 more of each logit
    given([[1, 1, 0], [0, 0, 0]], NEAR * 2, [1 / 16 + 1 - 1 / 2, 1 / 16]),
    given(
        [[1, 1, 0], [0, 0, 0]],
        [[10.5, 10.0, 9.0]] * 2,
        [161 / 16 + 1 - 20.5, 161 / 16],
    ),
    # class ids
    given([0, 1, 2], NEAR * 3, EACH),
    given([[0], [1], [2]], NEAR * 3, EACH),
    given([[0], [1]], [[3.0, 0.0]] * 2, [0.0, 3.0]),
    given([0.0, 1.0], NEAR * 2, EACH[:2]),
    given([[0, 2]], [NEAR * 2], [13 / 16]),
    given([3, -1], NEAR * 2, [NAN, NAN]),  # no class
    # far off
    given([[1, 0], [0, 1]], [[-100.0, 100.0]] * 2, [200.0, 0.0]),
    given([0, 1], [[10000.0, 9999.5]] * 2, [1 / 16, 9 / 16]),
    given([[1, 0], [0, 1]], [[10000.0, 9999.5]] * 2, [1 / 16, 9 / 16]),
    # ruled out
    given([[1, 0], [0, 1]], [[0.0, -INF]] * 2, [0.0, INF]),
    # p - t
    given([FIRST, SECOND], NEAR * 2, [[-0.25, 0.25, 0], [0.75, -0.75, 0]], "gradient"),
    given([0, 1], NEAR * 2, [[-0.25, 0.25, 0], [0.75, -0.75, 0]], "gradient"),
    given([[1, 0, 0]], [[1.0, 1.0, 1.0]], [[-2 / 3, 1 / 3, 1 / 3]], "gradient"),
    given([[1, 0]], [[0.0, 3.0]], [[-1.0, 1.0]], "gradient"),
    given([0, 1], [[-100.0, 100.0]] * 2, [[-1.0, 1.0], [0.0, 0.0]], "gradient"),
    given([FIRST], [[0.5, 0.0, -INF]], [[-0.25, 0.25, 0.0]], "gradient"),
    # in fit: (1 + 9) / 16 / 2
    given([FIRST, SECOND], NEAR * 2, 5 / 16, "fit_eager"),
    given([FIRST, SECOND], NEAR * 2, Returns(5 / 16, step=STEP), "fit_graph"),
    given([FIRST, SECOND], NEAR * 2, Returns(5 / 16, step=STEP), "fit_xla"),
    given([0, 1], NEAR * 2, Returns(5 / 16, step=STEP), "fit_graph"),
    given([FIRST, SECOND], NEAR * 2, 9 / 32, "sample_weight", [0, 1]),
    given([[0, 1]], [[0.5, 0.0]], 9 / 8, "class_weight"),  # 2 for class 1
    given([SECOND], NEAR, 9 / 16, "save_load"),
    # refused
    given(
        [0, 1, 2],
        NEAR * 2,
        Raises("ValueError", r"y_true \(3,\) must be .* explain .*/ids_as_one_hot"),
    ),
    given(
        [[1, 0]],
        NEAR,
        Raises("ValueError", r"y_true \(1, 2\) must be class ids of shape \(1,\)"),
    ),
    given([[1], [0]], [[0.5], [0.5]], Raises("ValueError", r"\(2, 1\) must be \(bat")),
    given([[1, 0]], [[1, 0]], Raises("TypeError", "y_pred has dtype int32")),
]

EXAMPLES = [
    (one_hot(3, 4), normal(4, 3), {}),
    (ids(3, 4, 2), normal(4, 2, 3), {}),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("sparsemax_loss", case)


def sparsemax(z):
    """The threshold by halving the range in which it lies."""
    low, high = max(z) - 1, max(z)
    for _ in range(60):
        middle = (low + high) / 2
        total = sum(max(0, logit - middle) for logit in z)
        low, high = (middle, high) if total > 1 else (low, middle)
    return [max(0, logit - low) for logit in z], low


def oracle(y_true, y_pred):
    """One position after the other, by the formula of the paper, in which the threshold
    stands: -Σ t z + Σ (z² - threshold²) / 2 + Σ t² / 2."""
    totals = []
    for labels, predictions in zip(y_true, y_pred):
        terms = []
        for place in np.ndindex(predictions.shape[:-1]):
            label, z = labels[place], predictions[place]
            shares = (
                label if np.size(label) == len(z) else np.eye(len(z))[np.squeeze(label)]
            )
            p, threshold = sparsemax(z)
            total = sum(t * t / 2 - t * logit for t, logit in zip(shares, z))
            for share, logit in zip(p, z):
                total += (logit**2 - threshold**2) / 2 if share > 0 else 0
            terms.append(total)
        totals.append(sum(terms) / len(terms))
    return np.array(totals)


@strategies.composite
def inputs(draw):
    shape = draw(strategies.sampled_from([(1, 2), (3, 3), (2, 3, 2), (2, 2, 7)]))
    form = draw(strategies.sampled_from(["ids", "column", "shares"]))
    if form == "shares":
        odds = draw(arrays(float, shape, elements=strategies.sampled_from([0, 1, 3])))
        odds[..., 0] += 1
        labels = odds / odds.sum(axis=-1, keepdims=True)
    else:
        size = shape[:-1] + ((1,) if form == "column" else ())
        known = strategies.integers(0, shape[-1] - 1)
        labels = draw(arrays(int, size, elements=known))
    between = strategies.one_of(
        strategies.floats(-2, 2), strategies.sampled_from([-5.0, -1.0, 0.0, 0.5, 8.0])
    )
    return labels, draw(arrays(float, shape, elements=between))


@hypothesis.settings(deadline=None, max_examples=drawn_times(50))
@hypothesis.given(inputs())
def test_value_and_gradient_are_those_of_the_oracle(drawn):
    found = values(sparsemax_loss, *drawn)
    assert found == close(oracle(*drawn), abs=1e-10)
    # The slope has kinks, at which that of differences is off by about their step.
    found = gradient(sparsemax_loss, *drawn)
    assert found == close(slopes(oracle, *drawn), rel=1e-5, abs=2e-6)


@pytest.mark.parametrize("classes", [2, 3, 10, 1000])
@pytest.mark.parametrize("spread", [0.001, 1.0, 50.0])
def test_the_gradient_is_the_sparsemax_less_the_labels(classes, spread):
    y_pred = spread * normal(4, classes).astype("float64")
    labels = ids(classes, 4)
    p = np.array([sparsemax(z)[0] for z in y_pred])
    found = gradient(sparsemax_loss, labels, y_pred)
    assert found == close(p - np.eye(classes)[labels], rel=1e-6, abs=1e-9)
    found = gradient(sparsemax_loss, labels, y_pred.astype("float32"))
    assert found == pytest.approx(p - np.eye(classes)[labels], abs=2e-5)


@pytest.mark.parametrize("form", ["ids", "one-hot"])
def test_what_tensorflow_addons_tests(form):
    """tensorflow_addons/losses/tests/sparsemax_loss_test.py: infinite and NaN logits,
    the last class is the label."""
    y_pred = [
        [0, -INF, 0],
        [0, -INF, -INF],
        [-INF, -INF, 0],
        [-INF, -INF, -INF],
        [0, INF, 0],
        [0, INF, INF],
        [INF, INF, 0],
        [INF, INF, INF],
        [0, INF, -INF],
        [-INF, INF, 0],
        [0, NAN, 0],
        [0, NAN, NAN],
        [NAN, NAN, NAN],
    ]
    y_true = [2] * 13 if form == "ids" else [[0, 0, 1]] * 13
    found = values(sparsemax_loss, y_true, np.array(y_pred, "float32"))
    expected = pytest.approx([0.25, INF, 0] + [NAN] * 10, nan_ok=True)
    assert found == expected


@pytest.mark.parametrize("number", [-1000.0, -1.0, 0.5, 1000.0])
def test_a_number_added_to_every_logit_changes_nothing(number):
    y_true, y_pred = one_hot(4, 6), normal(6, 4).astype("float64")
    found = values(sparsemax_loss, y_true, y_pred + number)
    expected = values(sparsemax_loss, y_true, y_pred)
    assert found == close(expected, rel=1e-9, single=1e-3)


def test_it_is_convex():
    y_true, one, other = one_hot(4, 6), normal(6, 4), normal(6, 5)[:, :4]
    ends = values(sparsemax_loss, y_true, one), values(sparsemax_loss, y_true, other)
    for share in 0.25, 0.5, 0.75:
        between = values(sparsemax_loss, y_true, share * one + (1 - share) * other)
        assert (between <= share * ends[0] + (1 - share) * ends[1] + 1e-6).all()


def test_a_lead_of_1_is_all_that_is_asked_for():
    lead = np.linspace(-3, 3, 61)
    y_pred = np.stack([lead, 0 * lead], axis=-1)
    found = values(sparsemax_loss, [0] * 61, y_pred)
    assert (found >= 0).all()
    assert (np.diff(found) <= 1e-6).all()
    assert found[lead >= 1] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("form", ["column", "vector"])
def test_ids_and_one_hot_agree(form):
    labels, y_pred = ids(3, 6), normal(6, 3)
    given_ids = labels[:, None] if form == "column" else labels
    expected = values(sparsemax_loss, np.eye(3)[labels], y_pred)
    assert values(sparsemax_loss, given_ids, y_pred) == pytest.approx(expected)


def test_the_order_of_the_classes_does_not_matter():
    y_true, y_pred, order = one_hot(4, 6), normal(6, 4), [2, 0, 3, 1]
    moved = values(sparsemax_loss, y_true[:, order], y_pred[:, order])
    expected = values(sparsemax_loss, y_true, y_pred)
    assert moved == pytest.approx(expected, abs=1e-6)


def test_classes_far_behind_change_nothing():
    y_pred = normal(6, 3)
    padded = np.pad(y_pred, ((0, 0), (0, 500)), constant_values=-100.0)
    expected = values(sparsemax_loss, ids(3, 6), y_pred)
    assert values(sparsemax_loss, ids(3, 6), padded) == pytest.approx(expected)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("form", ["ids", "one-hot"])
def test_far_off_is_finite_and_wrong_has_a_gradient(dtype, form):
    y_true = [0, 0] if form == "ids" else [[1, 0], [1, 0]]
    y_pred = np.array([[100, -100], [-100, 100]], dtype)
    assert values(sparsemax_loss, y_true, y_pred) == pytest.approx([0, 200])
    slope = gradient(sparsemax_loss, y_true, y_pred).astype(float)
    assert slope.tolist() == [[0, 0], [-1, 1]]


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int64", "float16"])
def test_labels_of_any_dtype(dtype):
    y_true, y_pred = np.array([FIRST, SECOND], dtype), np.array(NEAR * 2, "float32")
    assert values(sparsemax_loss, y_true, y_pred) == pytest.approx(EACH[:2])
    labels = y_true.astype(int).argmax(-1).astype(dtype)
    assert values(sparsemax_loss, labels, y_pred) == pytest.approx(EACH[:2])


def test_no_samples_give_no_values():
    assert sparsemax_loss(np.ones((0, 3)), np.ones((0, 3))).shape == (0,)
