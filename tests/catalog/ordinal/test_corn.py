"""CORN by hand. The sum that gives each number stands beside it."""

from math import exp, log

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies
from hypothesis.extra.numpy import arrays

import losses
from losses import corn
from losses.evidence.outcomes import Raises, Returns
from tests.differences import close, drawn_times, gradient, slope, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal

LOG2, LOG3, LOG43 = log(2), log(3), log(4 / 3)
NAN = float("nan")
# The sigmoid of log 3 is 3/4: -log is log 4/3, and of what is left 2 log 2.
EVEN, STEPS = [[0.0, 0.0]], [[LOG3, 0.0]]
PAIR = [[LOG3, 0.0], [0.0, LOG3]]

HAND = [
    # three classes: class 0 counts in the first task, the others in both
    given([0], STEPS, [2 * LOG2]),  # -log (1 - 3/4)
    given([1], STEPS, [LOG43 + LOG2]),  # -log 3/4 - log (1 - 1/2)
    given([2], [[LOG3, -LOG3]], [LOG43 + 2 * LOG2]),  # -log 3/4 - log 1/4
    given([1], [[LOG3, -LOG3]], [2 * LOG43]),  # -log 3/4 - log (1 - 1/4)
    given([0, 2], EVEN * 2, [LOG2, 2 * LOG2]),
    given([1, 2], EVEN * 2, [2 * LOG2, 2 * LOG2]),
    given(
        [0, 0, 0, 0],
        [[x, 9.0] for x in (-LOG3, 0.0, LOG3, 100.0)],
        [LOG43, LOG2, 2 * LOG2, 100.0],
    ),
    given([0], [[0.0, NAN]], [LOG2]),  # nothing is asked of the second task
    given([1], [[0.0, NAN]], [NAN]),
    # five classes; the sums of coral_pytorch's own test, 0.8047 · 6 tasks
    given(
        [0, 1, 2],
        [[2.1, 1.8, -2.1, -1.8], [1.9, -1.0, -1.5, -1.3], [1.9, 1.8, 1.7, 1.6]],
        [
            log(1 + exp(2.1)),
            log(1 + exp(-1.9)) + log(1 + exp(-1.0)),
            log(1 + exp(-1.9)) + log(1 + exp(-1.8)) + log(1 + exp(1.7)),
        ],
    ),
    given([4], [[0.0] * 4], [4 * LOG2]),
    given([3], [[0.0] * 4], [4 * LOG2]),
    given([2], [[0.0] * 4], [3 * LOG2]),
    # two classes are one task
    given([0, 1], [[LOG3], [LOG3]], [2 * LOG2, LOG43]),
    given([[0], [1]], [[LOG3], [LOG3]], [2 * LOG2, LOG43]),
    # forms of the ids
    given([[0], [2]], EVEN * 2, [LOG2, 2 * LOG2]),
    given([0.0, 2.0], EVEN * 2, [LOG2, 2 * LOG2]),
    given([[0, 2]], [PAIR], [(2 * LOG2 + LOG2 + LOG43) / 2]),  # the mean of two
    given([[[0], [2]]], [PAIR], [(2 * LOG2 + LOG2 + LOG43) / 2]),
    # far off
    given([0, 2], [[20.0, 0.0], [20.0, 20.0]], [20.0, 0.0]),
    given([0, 2], [[100.0, 100.0], [-100.0, -100.0]], [100.0, 200.0]),
    given([0, 1, 2], [[-100.0, 0.0], [100.0, -100.0], [100.0, 100.0]], [0.0] * 3),
    given([0, 2], [[-50.0, 0.0], [50.0, 50.0]], [0.0, 0.0]),
    # no class: three classes are 0, 1, 2
    given([1, 3], EVEN * 2, [2 * LOG2, NAN]),
    given([-1, 0], EVEN * 2, [NAN, LOG2]),
    given([3], EVEN, NAN, "fit_xla"),
    # sigmoid - 1 for a step passed, sigmoid for the one not passed, 0 above
    given([0], STEPS, [[3 / 4, 0.0]], "gradient"),
    given([1], STEPS, [[-1 / 4, 1 / 2]], "gradient"),
    given([2], STEPS, [[-1 / 4, -1 / 2]], "gradient"),
    given(
        [0, 2], [[100.0, 5.0], [-100.0, 100.0]], [[1.0, 0.0], [-1.0, 0.0]], "gradient"
    ),
    # in fit: (2 log 2 + log 2 + log 4/3) / 2; the step √(3² + 2² + 1²) / 4 / 2
    given([0, 2], PAIR, (3 * LOG2 + LOG43) / 2, "fit_eager"),
    given([0, 2], PAIR, Returns((3 * LOG2 + LOG43) / 2, step=14**0.5 / 8), "fit_graph"),
    given([0, 2], PAIR, Returns((3 * LOG2 + LOG43) / 2, step=14**0.5 / 8), "fit_xla"),
    given([[0], [2]], PAIR, (3 * LOG2 + LOG43) / 2, "fit_graph"),
    given([0], EVEN, LOG2, "batch_of_one"),
    given([0, 2], PAIR, LOG2, "sample_weight", [1, 0]),  # 2 log 2 / 2
    given([0, 2], [[0.0, 0.0], [LOG3, LOG3]], LOG43, "sample_weight", [0, 1]),
    given([0, 1], EVEN * 2, 5 / 2 * LOG2, "class_weight"),  # (1 + 2 · 2) log 2 / 2
    given([0, 2], PAIR, (3 * LOG2 + LOG43) / 2, "save_load"),
    # refused
    given(
        [[1, 0, 0], [0, 0, 1]],
        [[0.0] * 3] * 2,
        Raises(
            "ValueError", r"y_true \(2, 3\) must .* one output fewer .* explain corn"
        ),
    ),
    given([[1, 0]], EVEN, Raises("ValueError", "or a label for each task")),
    given(
        [0, 1, 2], EVEN * 2, Raises("ValueError", r"shape \(2,\) for y_pred \(2, 2\)")
    ),
    given(
        [0, 1], [0.0, 0.0], Raises("ValueError", r"y_pred \(2,\) .* y_pred\[:, None\]")
    ),
    given([0], [[1, 0]], Raises("TypeError", "y_pred has dtype int32")),
]

EXAMPLES = [
    (ids(4, 4), normal(4, 3), {}),
    (ids(4, 4, 2, 1), normal(4, 2, 3), {}),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("corn", case)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def probabilities(logits):
    """Of each class: the chain of the tasks passed, times the one not passed."""
    found, passed = [], 1.0
    for logit in logits:
        found.append(passed * sigmoid(-logit))
        passed *= sigmoid(logit)
    return [*found, passed]


def oracle(y_true, y_pred):
    """One position after the other: minus the logarithm of the probability."""
    found = []
    for labels, logits in zip(y_true, y_pred):
        labels = np.reshape(labels, logits.shape[:-1])
        terms = [
            -log(probabilities(logits[place])[labels[place]])
            for place in np.ndindex(labels.shape)
        ]
        found.append(sum(terms) / len(terms))
    return np.array(found)


@strategies.composite
def inputs(draw):
    shape = draw(
        strategies.sampled_from([(1, 1), (3, 1), (4, 3), (2, 3, 2), (2, 2, 2, 4)])
    )
    y_pred = draw(arrays(float, shape, elements=strategies.floats(-8, 8)))
    column = draw(strategies.booleans())
    size = shape[:-1] + ((1,) if column else ())
    return draw(arrays(int, size, elements=strategies.integers(0, shape[-1]))), y_pred


@hypothesis.settings(deadline=None, max_examples=drawn_times(50))
@hypothesis.given(inputs())
def test_value_and_gradient_are_those_of_the_oracle(drawn):
    assert values(corn, *drawn) == close(oracle(*drawn), rel=1e-6, abs=1e-9)
    found, expected = slope(gradient(corn, *drawn), oracle, *drawn)
    assert found == close(expected, rel=1e-5, abs=1e-7)


def by_subsets(y_true, y_pred):
    """As the paper writes it: a sum over the samples of each task, divided by how many
    samples all tasks have together."""
    total, count = 0.0, 0
    for task in range(y_pred.shape[-1]):
        subset = y_true >= task
        above, f = y_true[subset] > task, sigmoid(y_pred[subset, task])
        total -= np.sum(np.where(above, np.log(f), np.log(1 - f)))
        count += subset.sum()
    return total / count


def test_the_number_of_the_paper_is_the_sum_over_the_sum_of_tasks():
    y_true, y_pred = ids(5, 20), normal(20, 4).astype("float64")
    tasks = np.minimum(y_true + 1, 4)
    found = values(corn, y_true, y_pred).sum() / tasks.sum()
    assert found == close(by_subsets(y_true, y_pred))


def test_the_numbers_of_coral_pytorch():
    # coral_pytorch 1.4.0, tests/test_losses.py, test_corn_basic
    logits = np.array(
        [[2.1, 1.8, -2.1, -1.8], [1.9, -1.0, -1.5, -1.3], [1.9, 1.8, 1.7, 1.6]]
    )
    found = values(corn, [0, 1, 2], logits).sum() / (1 + 2 + 3)
    assert found == pytest.approx(0.8047, abs=5e-5)
    # before 1.3 it was divided by the number of classes
    assert found * 6 / 5 == pytest.approx(0.9657, abs=5e-5)


def test_two_classes_make_it_the_binary_crossentropy():
    y_true, y_pred = ids(2, 8), normal(8, 1)
    expected = values(losses.binary_crossentropy, y_true, y_pred, from_logits=True)
    assert values(corn, y_true, y_pred) == pytest.approx(expected, rel=1e-6)


def test_it_is_the_crossentropy_of_the_probabilities_of_the_classes():
    y_true, y_pred = ids(4, 8), normal(8, 3).astype("float64")
    p = np.array([probabilities(row) for row in y_pred])
    assert p.sum(axis=-1) == pytest.approx(1)
    expected = values(losses.sparse_categorical_crossentropy, y_true, p)
    assert values(corn, y_true, y_pred) == close(expected)


def test_at_its_minimum_stand_the_shares_of_the_classes():
    """Of 10 samples 5 are above class 0, and of these 2 are above class 1."""
    y_true = np.repeat([0, 1, 2], [5, 3, 2])
    slope = gradient(corn, y_true, np.tile([0.0, log(2 / 3)], (10, 1))).sum(axis=0)
    assert slope == pytest.approx([0, 0], abs=1e-6)
    slope = gradient(corn, y_true, np.tile([0.0, 0.0], (10, 1))).sum(axis=0)
    assert slope == pytest.approx([0, 0.5])  # 5 · 1/2 - 2


def test_the_farther_off_the_class_the_higher_the_loss():
    y_pred = np.array([[4.0, 4.0, 4.0, -4.0]] * 5)  # class 3
    found = values(corn, [0, 1, 2, 3, 4], y_pred)
    assert found[3] == found.min()
    assert np.all(found[[0, 1, 2, 4]] > 4)


def test_a_task_that_does_not_count_gets_no_gradient():
    y_pred = np.array([[0.5, np.nan, np.inf], [0.5, 0.5, -np.inf]])
    found = gradient(corn, [0, 1], y_pred)
    assert np.all(found[[0, 0, 1], [1, 2, 2]] == 0)
    assert np.all(found[[0, 1, 1], [0, 0, 1]] != 0)
    assert np.isfinite(values(corn, [0, 1], y_pred)).all()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_logits_of_100_are_finite(dtype):
    y_pred = np.array([[100, -100], [-100, 100], [100, 100]], dtype)
    assert values(corn, [0, 2, 2], y_pred) == pytest.approx([100, 100, 0])
    slope = gradient(corn, [0, 2, 2], y_pred)
    assert slope == pytest.approx(np.array([[1, 0], [-1, 0], [0, 0]]), abs=1e-6)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "float64"])
def test_labels_of_any_dtype(dtype):
    found = values(corn, np.array([0, 1], dtype), np.array(PAIR, "float32"))
    assert found == pytest.approx([2 * LOG2, LOG2 + 2 * LOG2])


def test_a_class_that_nothing_names_is_not_hidden_in_the_gradient():
    slope = gradient(corn, [0, 3], np.array(EVEN * 2))
    assert np.isfinite(slope).all(axis=-1).tolist() == [True, False]


def test_no_samples_give_no_values():
    assert corn(np.ones(0, int), np.ones((0, 2))).shape == (0,)
