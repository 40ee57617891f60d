"""Class-balanced crossentropy by hand. The sum that gives each number stands beside
it."""

from math import e, exp, log

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies
from hypothesis.extra.numpy import arrays
from sklearn.metrics import log_loss
from sklearn.utils.class_weight import compute_class_weight

import losses
from losses import categorical_crossentropy, class_balanced_crossentropy
from losses.evidence.outcomes import Raises, Returns
from tests.catalog.multiclass.drawing import (
    PROBABILITIES,
    SHAPES,
    labels_for,
    steep_slopes,
)
from tests.differences import close, drawn_times, gradient, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, one_hot, probabilities

LOG2, LOG3, LOG43 = log(2), log(3), log(4 / 3)
FARTHEST = 23 * LOG2  # -log 2⁻²³, which the tangent reaches at 0
STEEPEST = 2**23 / e  # its slope: it touches at e · 2⁻²³
NAN = float("nan")
HALVES = [[0.5, 0.5]]
PAIR = [[0.5, 0.5], [0.75, 0.25]]  # -log: log 2, then log 4/3 or 2 log 2
# 1/2 over 1 - 1/2 is 1, over 1 - 1/4 it is 2/3. Both times 2 / (1 + 2/3): 6/5 and 4/5
TWO = {"counts": [1, 2], "beta": 0.5}
# 1, 2/3 and 4/7, which is 1/2 over 1 - 1/8. The sum is 47/21; 3 times 21/47 is 63/47
THREE = {"counts": [1, 2, 3], "beta": 0.5}
STEP = 232**0.5 / 5 / 2

HAND = [
    given([0, 1], HALVES * 2, [6 / 5 * LOG2, 4 / 5 * LOG2], **TWO),
    given([0, 0, 1], HALVES * 3, [6 / 5 * LOG2, 6 / 5 * LOG2, 4 / 5 * LOG2], **TWO),
    given([0, 1], PAIR, [6 / 5 * LOG2, 8 / 5 * LOG2], **TWO),
    given([[0], [1]], PAIR, [6 / 5 * LOG2, 8 / 5 * LOG2], **TWO),
    given([0.0, 1.0], PAIR, [6 / 5 * LOG2, 8 / 5 * LOG2], **TWO),
    given([[0, 1]], [PAIR], [(6 / 5 + 8 / 5) / 2 * LOG2], **TWO),
    given([0], [[0.25, 0.25]], [6 / 5 * LOG2], **TWO),  # divided by their sum
    given([0, 1], [[0.5, 1.5]] * 2, [12 / 5 * LOG2, 4 / 5 * LOG43], **TWO),
    given([0, 0], [[1.0, 0.0], [0.0, 1.0]], [0.0, 6 / 5 * FARTHEST], **TWO),
    given([2, -1], HALVES * 2, [NAN, NAN], **TWO),  # ids of no class
    # one-hot and soft labels
    given([[1, 0], [0, 1]], PAIR, [6 / 5 * LOG2, 8 / 5 * LOG2], **TWO),
    given([[0.5, 0.5]], [[0.75, 0.25]], [3 / 5 * LOG43 + 2 / 5 * 2 * LOG2], **TWO),
    # … of 2/3 and 1/3
    given([[0.5, 0.5]], [[0.5, 0.25]], [3 / 5 * log(3 / 2) + 2 / 5 * LOG3], **TWO),
    given([[0, 0]], HALVES, [0.0], **TWO),
    # counts
    given(
        [0, 1, 2],
        [[0.5, 0.25, 0.25]] * 3,
        [63 / 47 * LOG2, 42 / 47 * 2 * LOG2, 36 / 47 * 2 * LOG2],
        **THREE,
    ),
    given([0, 1], HALVES * 2, [LOG2, LOG2], counts=[3, 3], beta=0.5),
    given([0, 1], HALVES * 2, [4 / 5 * LOG2, 6 / 5 * LOG2], counts=[2, 1], beta=0.5),
    given([0], HALVES, [6 / 5 * LOG2], counts={1: 2, 0: 1}, beta=0.5),
    # beta: 0 is no weight, nearly 1 is one over the count: 1/3 and 1 times 2 / (4/3)
    given([0, 1], HALVES * 2, [LOG2, LOG2], counts=[1, 1000], beta=0),
    given([0, 1], HALVES * 2, [0.5 * LOG2, 1.5 * LOG2], counts=[3, 1], beta=1 - 1e-9),
    # 0.999^100000 is 0: 1/1000 and 1, times 2 / 1.001
    given([0, 1], HALVES * 2, [2 / 1001 * LOG2, 2000 / 1001 * LOG2], counts=[10**5, 1]),
    given(
        [0, 1],
        HALVES * 2,
        [LOG2, LOG2],
        counts=[30_000_000, 10_000_000],
        beta=0.99999,
    ),
    # from_logits
    given([1], [[0.0, 0.0]], [4 / 5 * LOG2], from_logits=True, **TWO),
    given([0], [[0.0, LOG3]], [6 / 5 * 2 * LOG2], from_logits=True, **TWO),
    given([[0, 1]], [[0.0, LOG3]], [4 / 5 * LOG43], from_logits=True, **TWO),
    given([0, 1], [[-100.0, 100.0]] * 2, [240.0, 0.0], from_logits=True, **TWO),
    given([2], [[0.0, 0.0]], [NAN], from_logits=True, **TWO),
    # w (-t / p + 1 / Σ p), or w (softmax - t)
    given([0, 1], PAIR, [[-6 / 5, 6 / 5], [4 / 5, -12 / 5]], "gradient", **TWO),
    given([0], [[0.5, 1.5]], [[-9 / 5, 3 / 5]], "gradient", **TWO),
    given([0], [[1.0, 0.0]], [[0.0, 6 / 5]], "gradient", **TWO),
    given([0], [[0.0, 1.0]], [[-6 / 5 * STEEPEST, 0.0]], "gradient", **TWO),
    given([1], [[0.0, LOG3]], [[1 / 5, -1 / 5]], "gradient", from_logits=True, **TWO),
    given([0], [[-100.0, 100.0]], [[-1.2, 1.2]], "gradient", from_logits=True, **TWO),
    # in fit: (6 + 8) / 5 / 2, a step of half of the slopes above: 36 + 36 + 16 + 144
    given([0, 1], PAIR, 7 / 5 * LOG2, "fit_eager", **TWO),
    given([0, 1], PAIR, Returns(7 / 5 * LOG2, step=STEP), "fit_graph", **TWO),
    given([0, 1], PAIR, Returns(7 / 5 * LOG2, step=STEP), "fit_xla", **TWO),
    given([[0], [1]], PAIR, Returns(7 / 5 * LOG2, step=STEP), "fit_graph", **TWO),
    given([0], HALVES, 6 / 5 * LOG2, "batch_of_one", **TWO),
    given([0, 1], PAIR, 4 / 5 * LOG2, "sample_weight", [0, 1], **TWO),  # (0 + 8/5) / 2
    given([0, 1], PAIR, 11 / 5 * LOG2, "class_weight", **TWO),  # (6/5 + 2 · 8/5) / 2
    given([0, 1], PAIR, 7 / 5 * LOG2, "save_load", **TWO),
    given([1], HALVES, 4 / 5 * LOG2, "save_load", counts={1: 2, 0: 1}, beta=0.5),
    given([0], [[0.0, LOG3]], 12 / 5 * LOG2, "save_load", from_logits=True, **TWO),
    # refused
    given(
        [0, 1, 1],
        HALVES * 2,
        Raises("ValueError", r"y_true \(3,\) must .* explain .*/labels_in_a_column"),
        **TWO,
    ),
    given([0], [[0.5]], Raises("ValueError", r"\(1, 1\) must be \(batch, .*"), **TWO),
    given(
        [0],
        HALVES,
        Raises("ValueError", r"counts has 3 numbers; y_pred has 2 classes"),
        counts=[1, 2, 3],
    ),
    given(
        [0],
        HALVES,
        Raises("ValueError", r"counts is 2; y_pred has 2 classes"),
        counts=2,
    ),
    given(
        [0],
        [[0.5, 0.25, 0.25]],
        Raises("ValueError", r"counts has the keys \[0, 2\]; it must have"),
        counts={0: 3, 2: 1},
    ),
    given(
        [0],
        HALVES,
        Raises("ValueError", "counts of class 1 is -2; it must be 0 or more"),
        counts=[1, -2],
    ),
    given(
        [0],
        HALVES,
        Raises("ValueError", "counts of class 1 is 0; it must .*/shares_for_counts"),
        counts=[5, 0],
    ),
    given(
        [0],
        HALVES,
        Raises("ValueError", r"counts of class 1 is 0\.25; it must be .* not a share"),
        counts=[0.75, 0.25],
    ),
    given(
        [0],
        HALVES,
        Raises("ValueError", r"beta must be in \[0, 1\), not 1\."),
        counts=[1, 2],
        beta=1,
    ),
    given(
        [0],
        HALVES,
        Raises("ValueError", r"beta must be in \[0, 1\), not -0\.5"),
        counts=[1, 2],
        beta=-0.5,
    ),
    given([0], [[1, 0]], Raises("TypeError", "y_pred has dtype int32"), **TWO),
]

EXAMPLES = [
    (ids(3, 4), probabilities(4, 3), {"counts": [100, 2000, 5]}),
    (
        one_hot(3, 4, 2),
        normal(4, 2, 3),
        {"counts": [1, 2, 3], "beta": 0.9, "from_logits": True},
    ),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("class_balanced_crossentropy", case)


def weights(counts, beta):
    """The effective number as the sum that it stands for: 1 + beta + beta² + …"""
    inverse = [1 / sum(beta**power for power in range(n)) for n in counts]
    return [weight * len(counts) / sum(inverse) for weight in inverse]


def oracle(y_true, y_pred, counts, beta, from_logits):
    """One position after the other, one class after the other."""
    weight, totals = weights(counts, beta), []
    for labels, predictions in zip(y_true, y_pred):
        terms = []
        for place in np.ndindex(predictions.shape[:-1]):
            label, p = labels[place], predictions[place]
            if from_logits:
                p = [exp(logit) for logit in p]
            p = [odds / sum(p) for odds in p]
            shares = (
                label if np.size(label) == len(p) else np.eye(len(p))[np.squeeze(label)]
            )
            terms.append(-sum(w * t * log(q) for w, t, q in zip(weight, shares, p)))
        totals.append(sum(terms) / len(terms))
    return np.array(totals)


@strategies.composite
def inputs(draw):
    shape = draw(SHAPES)
    counts = arrays(int, shape[-1:], elements=strategies.integers(1, 50))
    options = {
        "counts": draw(counts).tolist(),
        "beta": draw(strategies.sampled_from([0.0, 0.5, 0.9, 0.999, 0.99999])),
        "from_logits": draw(strategies.booleans()),
    }
    between = (-8, 8) if options["from_logits"] else PROBABILITIES
    y_pred = arrays(float, shape, elements=strategies.floats(*between))
    return draw(labels_for(shape)), draw(y_pred), options


@hypothesis.settings(deadline=None, max_examples=drawn_times(50))
@hypothesis.given(inputs())
def test_value_and_gradient_are_those_of_the_oracle(drawn):
    y_true, y_pred, options = drawn
    found = values(class_balanced_crossentropy, y_true, y_pred, **options)
    assert found == close(oracle(y_true, y_pred, **options))
    found = gradient(class_balanced_crossentropy, y_true, y_pred, **options)
    expected = steep_slopes(oracle, y_true, y_pred, **options)
    assert found == close(expected, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("function", [True, False], ids=["function", "class"])
def test_without_counts_there_is_no_loss(function):
    with pytest.raises(TypeError, match="required keyword-only argument: 'counts'"):
        if function:
            class_balanced_crossentropy([0], np.ones((1, 2)))
        else:
            losses.ClassBalancedCrossentropy()


@pytest.mark.parametrize("options", [{"beta": 0}, {"beta": 0.999}, {}])
def test_classes_of_one_size_make_it_the_crossentropy(options):
    y_true, y_pred = one_hot(3, 6), probabilities(6, 3)
    options["counts"] = [7, 7, 7] if options else [10**6, 10**7, 10**8]  # saturated
    found = values(class_balanced_crossentropy, y_true, y_pred, **options)
    expected = values(categorical_crossentropy, y_true, y_pred)
    assert found == pytest.approx(expected, rel=1e-6)


def test_the_weights_add_up_to_the_number_of_classes():
    counts = [5000, 300, 20, 1]  # the label is uniform, so the weights are summed
    y_true, y_pred = np.ones((1, 4)), np.full((1, 4), 1 / 4)
    for beta in 0.0, 0.9, 0.999, 0.9999999:
        options = {"counts": counts, "beta": beta}
        assert values(class_balanced_crossentropy, y_true, y_pred, **options) == close(
            [4 * log(4)]
        )


def test_near_1_the_weights_are_those_that_scikit_learn_calls_balanced():
    counts = [50, 30, 20]
    labels = np.repeat([0, 1, 2], counts)
    # They have a mean of 1 over the samples; these have it over the classes.
    balanced = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    expected = balanced / balanced.mean()
    found = values(
        class_balanced_crossentropy,
        [0, 1, 2],
        np.full((3, 3), 1 / 3),
        counts=counts,
        beta=1 - 1e-9,
    )
    assert found == close(expected * LOG3, rel=1e-5)


def test_scikit_learn_agrees_but_divides_by_the_weights_it_met():
    y_true, p, counts = ids(3, 9), probabilities(9, 3).astype("float64"), [40, 9, 2]
    p /= p.sum(axis=-1, keepdims=True)
    weight = np.array(weights(counts, 0.9))[y_true]
    expected = log_loss(y_true, p, sample_weight=weight, labels=[0, 1, 2])
    found = values(class_balanced_crossentropy, y_true, p, counts=counts, beta=0.9)
    assert found.sum() / weight.sum() == close(expected, rel=1e-6)


def test_a_rare_class_weighs_more_and_the_more_so_the_larger_beta():
    ratios = []
    for beta in 0.0, 0.9, 0.99, 0.999, 0.9999:
        options = {"counts": [1000, 10], "beta": beta}
        common, rare = values(
            class_balanced_crossentropy, [0, 1], np.array(HALVES * 2), **options
        )
        ratios.append(rare / common)
    assert ratios == sorted(ratios)
    assert ratios[0] == pytest.approx(1)
    assert ratios[-1] < 100


def test_the_order_of_the_classes_does_not_matter():
    y_true, y_pred, order = ids(4, 6), probabilities(6, 4), [2, 0, 3, 1]
    counts = [100, 10, 5, 1]
    moved = values(
        class_balanced_crossentropy,
        np.argsort(order)[y_true],
        y_pred[:, order],
        counts=[counts[c] for c in order],
    )
    expected = values(class_balanced_crossentropy, y_true, y_pred, counts=counts)
    assert moved == pytest.approx(expected)


def test_logits_and_their_probabilities_agree():
    logits = np.array([[-6.0, 0.0, 5.0], [1.0, 2.0, 3.0], [7.0, -7.0, 0.0]])
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    options = {"counts": [100, 10, 1]}
    for labels in [0, 1, 2], [2, 2, 1], [1, 0, 0]:
        found = values(class_balanced_crossentropy, labels, p, **options)
        options_of_logits = {"from_logits": True, **options}
        expected = values(
            class_balanced_crossentropy, labels, logits, **options_of_logits
        )
        assert found == close(expected)


def test_small_effective_numbers_keep_their_digits():
    # 1 - 0.9999999^n has hardly a digit left in float32
    options = {"counts": [3, 1], "beta": 0.9999999}
    y_pred = np.array(HALVES * 2, "float32")
    found = values(class_balanced_crossentropy, [0, 1], y_pred, **options)
    assert found == pytest.approx([LOG2 / 2, 1.5 * LOG2], rel=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("far", [{"from_logits": True}, {}], ids=["logits", "p"])
def test_far_off_is_finite_and_wrong_has_a_gradient(dtype, far):
    low, high = (-100, 100) if far else (0, 1)
    y_pred = np.array([[high, low], [low, high]], dtype)
    options = {**TWO, **far}
    found = values(class_balanced_crossentropy, [0, 0], y_pred, **options)
    assert found == pytest.approx([0, 240 if far else 1.2 * FARTHEST], rel=1e-6)
    slope = gradient(class_balanced_crossentropy, [0, 0], y_pred, **options)
    slope = slope.astype(float)
    assert slope[1, 0] < 0
    if far or dtype != "float16":  # 2²³ / e is beyond float16
        assert np.isfinite(slope).all()


@pytest.mark.parametrize(
    "counts",
    [np.bincount([0, 1, 1]), np.float32([1, 2]), [np.int64(1), np.float32(2)]],
)
def test_counts_may_be_arrays(counts):
    found = values(
        class_balanced_crossentropy, [0], np.array(HALVES), counts=counts, beta=0.5
    )
    assert found == close([6 / 5 * LOG2])
    loss = losses.ClassBalancedCrossentropy(counts=counts)
    assert list(loss.get_config()["counts"]) == [1, 2]


def test_no_samples_give_no_values():
    found = class_balanced_crossentropy(np.ones(0, int), np.ones((0, 2)), counts=[1, 2])
    assert found.shape == (0,)
