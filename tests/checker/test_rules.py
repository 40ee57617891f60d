"""What single rules find and say, on losses made for it; the same loss without the
mistake gives them nothing to say."""

import random

import keras
import numpy as np
import pytest
from keras import ops

import losses
from losses.running import backend

DRAW = np.random.default_rng(7)


def one_hot(labels, classes):
    return np.eye(classes, dtype="float32")[labels]


def chances(*shape):
    scores = np.exp(DRAW.normal(size=shape))
    return (scores / scores.sum(-1, keepdims=True)).astype("float32")


NUMBERS = ((12, 3), (12, 3))
RARE = np.array([[0], [0], [1], [0], [0], [0], [1], [0]], "float32")
BINARY = RARE, DRAW.uniform(0.1, 0.9, (8, 1)).astype("float32")
SCORES = RARE, DRAW.normal(size=(8, 1)).astype("float32")
CLASSES = one_hot(np.arange(12) % 3, 3), chances(12, 3)
IDS = np.arange(12) % 3, DRAW.normal(size=(12, 3)).astype("float32")


def said(loss, tensors, rule, **arguments):
    """`(severity, sentence)` of what one rule finds, notes left out."""
    report = losses.check(loss, *tensors, only=rule, **arguments)
    if rule in report.not_asked:
        pytest.skip(report.not_asked[rule])
    return [
        (finding.severity, finding.sentence)
        for finding in report.findings
        if finding.severity != "note"
    ]


def squares(y_true, y_pred):
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


def of_each_class(y_true, y_pred, of_ones=1.0, of_zeros=1.0):
    clipped = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    ones = of_ones * y_true * ops.log(clipped)
    zeros = of_zeros * (1 - y_true) * ops.log(1 - clipped)
    return -ops.mean(ones + zeros, axis=-1)


def weighted(*weights):
    def loss(y_true, y_pred):
        logs = ops.log(ops.clip(y_pred, 1e-7, 1))
        return -ops.sum(np.array(weights, "float32") * y_true * logs, axis=-1)

    return loss


def overlap_weighted_above(y_true, y_pred):
    """A ratio whose weights stand in the numerator alone."""
    weights = np.array([0.05, 1, 1], "float32")
    overlap = ops.sum(weights * y_true * y_pred)
    return 1 - 2 * overlap / ops.sum(ops.square(y_true) + ops.square(y_pred))


def below_half_of_the_batch(y_true, y_pred):
    """The weight of the ones is negative where they are the most."""
    return of_each_class(y_true, y_pred, of_ones=1 - 2 * ops.mean(y_true))


class TestEachClass:
    @pytest.mark.parametrize(
        ("loss", "tensors", "where"),
        [
            (lambda t, p: of_each_class(t, p, 1, -1), BINARY, "the label is 0"),
            (lambda t, p: of_each_class(t, p, -0.2, 1), BINARY, "the label is 1"),
            (weighted(1, 1, -1), CLASSES, "the label is 2"),
            (overlap_weighted_above, CLASSES, "leave class 0 out"),
            (below_half_of_the_batch, BINARY, "the label is 1"),
        ],
        ids=["sign of zeros", "weight of ones", "weight", "left out", "majority"],
    )
    def test_one_class_is_better_wrong(self, loss, tensors, where):
        [(_, sentence)] = said(loss, tensors, "check_perfect_is_best")
        assert where in sentence

    @pytest.mark.parametrize(
        ("loss", "tensors"),
        [
            (of_each_class, BINARY),
            (lambda t, p: of_each_class(t, p, 9.0, 0.1), BINARY),
            (weighted(0.1, 3, 0), CLASSES),
            (keras.losses.CategoricalCrossentropy(label_smoothing=0.2), CLASSES),
        ],
        ids=["plain", "weighted", "one class ignored", "smoothed"],
    )
    def test_right_is_best(self, loss, tensors):
        assert not said(loss, tensors, "check_perfect_is_best")


GENERATOR = np.random.default_rng(1)


def by_numpy(y_true, y_pred):
    return squares(y_true, y_pred) * (2.0 if np.random.rand() > 0.5 else 1.0)


def by_python(y_true, y_pred):
    return squares(y_true, y_pred) * random.choice([1.0, 2.0])


def by_a_generator(y_true, y_pred):
    return squares(y_true, y_pred) * (2.0 if GENERATOR.random() > 0.5 else 1.0)


def by_a_generator_of_its_own(y_true, y_pred):
    coin = np.random.default_rng().random() > 0.5  # made anew in each call: no seed
    return squares(y_true, y_pred) * (2.0 if coin else 1.0)


def thrown_and_forgotten(y_true, y_pred):
    np.random.rand()
    return squares(y_true, y_pred)


class TestCoins:
    @pytest.mark.skipif(not backend.COMPILES, reason="each call throws it anew")
    @pytest.mark.parametrize("attempt", range(3))
    @pytest.mark.parametrize(
        "loss", [by_numpy, by_python, by_a_generator, by_a_generator_of_its_own]
    )
    def test_a_coin_is_seen_whatever_side_it_falls_on(self, loss, attempt):
        [(severity, sentence)] = said(loss, NUMBERS, "check_no_state")
        assert severity == "error"
        assert "once" in sentence

    def test_one_that_decides_nothing_is_no_matter(self):
        assert not said(thrown_and_forgotten, NUMBERS, "check_no_state")


def logs_times_the_sum(y_true, y_pred):
    logs = ops.log(ops.clip(y_pred, 1e-7, 1))
    return -ops.mean(logs * ops.sum(y_true, axis=-1, keepdims=True), axis=-1)


def times_the_sum_of_the_batch(y_true, y_pred):
    return ops.mean(y_pred * ops.sum(y_true), axis=-1)


def weight_divided_out(y_true, y_pred):
    weight = y_true[:, 1]
    return weight * ops.square(y_true[:, 0] - y_pred[:, 0]) / weight


def weight_of_a_column(y_true, y_pred):
    return y_true[:, 1] * ops.square(y_true[:, 0] - y_pred[:, 0])


def other_column_unread(y_true, y_pred):
    return ops.square(y_true[:, 0] - y_pred[:, 0])


def where_known(y_true, y_pred):
    known = ops.cast(y_true[:, 1] >= 0, y_pred.dtype)
    return known * ops.square(y_true[:, 0] - y_pred[:, 0])


PACKED = (
    np.abs(DRAW.normal(size=(12, 2))).astype("float32") + 0.1,
    DRAW.normal(size=(12, 1)).astype("float32"),
)


class TestLabelsThatCancelOut:
    def test_the_sum_of_one_hot_labels_is_no_label(self):
        [(severity, sentence)] = said(
            logs_times_the_sum, CLASSES, "check_labels_matter"
        )
        assert severity == "error"
        # Whether labels are read at all is seen in a graph of TensorFlow.
        in_a_graph = backend.NAME == "tensorflow"
        told = "cancels out" if in_a_graph else "any labels give the same loss"
        assert told in sentence

    def test_a_sum_over_the_batch_is_the_label_of_no_sample(self):
        tensors, rule = NUMBERS, "check_labels_matter"
        [(severity, sentence)] = said(times_the_sum_of_the_batch, tensors, rule)
        assert severity == "warning"
        assert "exchanged among them" in sentence
        assert not said(times_the_sum_of_the_batch, tensors, rule, expect="batch")

    @pytest.mark.skipif(backend.NAME != "tensorflow", reason="read in its graph")
    def test_a_column_that_is_divided_out(self):
        [(severity, sentence)] = said(weight_divided_out, PACKED, "check_labels_matter")
        assert severity == "error"
        assert "y_true[..., 1]" in sentence

    @pytest.mark.parametrize(
        "loss", [weight_of_a_column, other_column_unread, where_known]
    )
    def test_columns_that_weigh_choose_or_are_not_read(self, loss):
        assert not said(loss, PACKED, "check_labels_matter")

    def test_a_metric_does_not_leave_the_labels_unused(self):
        metric = keras.metrics.MeanSquaredError()
        rule = "check_gradient_reaches_the_predictions"
        if backend.NAME == "tensorflow":
            [(severity, sentence)] = said(metric, NUMBERS, rule)
            assert severity == "error"
            assert "a metric of keras.metrics" in sentence
        assert not said(metric, NUMBERS, "check_labels_matter")


def mean_of_the_known(y_true, y_pred, unknown=-1, least=0.0):
    known = ops.cast(ops.not_equal(y_true, unknown), y_pred.dtype)
    errors = known * ops.square(y_true - y_pred)
    return ops.sum(errors, -1) / ops.maximum(ops.sum(known, -1), least)


def correlation(y_true, y_pred):
    true = y_true - ops.mean(y_true, -1, keepdims=True)
    pred = y_pred - ops.mean(y_pred, -1, keepdims=True)
    sizes = ops.sum(ops.square(true), -1) * ops.sum(ops.square(pred), -1)
    return 1 - ops.sum(true * pred, -1) / ops.sqrt(sizes)


def of_classes_there(y_true, y_pred):
    """Each class divided by the number of its samples."""
    logs = ops.log(ops.clip(y_pred, 1e-7, 1))
    of_classes = ops.sum(y_true * logs, axis=0) / ops.sum(y_true, axis=0)
    return -ops.mean(of_classes)


class TestLabelsThatAreAlike:
    @pytest.mark.parametrize(
        ("loss", "tensors", "where"),
        [
            (mean_of_the_known, NUMBERS, "labels of a sample are -1, which it ignores"),
            (correlation, NUMBERS, "all labels of a sample are equal"),
            (of_classes_there, CLASSES, "all samples are of one class"),
        ],
        ids=["unknown", "tied", "one class"],
    )
    def test_nothing_to_divide_by(self, loss, tensors, where):
        [(severity, sentence)] = said(loss, tensors, "check_finite")
        assert severity == "warning"
        assert where in sentence

    def test_a_mean_that_is_kept_from_zero(self):
        def loss(y_true, y_pred):
            return mean_of_the_known(y_true, y_pred, least=1.0)

        assert not said(loss, NUMBERS, "check_finite")


def cut(y_true, y_pred):
    chances = ops.sigmoid(ops.relu(y_pred))
    return ops.mean(ops.binary_crossentropy(y_true, chances), axis=-1)


def cut_classes(y_true, y_pred):
    labels = ops.cast(y_true, "int32")
    scores = ops.maximum(y_pred, 0.0)
    return ops.sparse_categorical_crossentropy(labels, scores, from_logits=True)


def stable(y_true, y_pred):
    """The usual formula has a maximum with 0 in it."""
    rest = ops.log(1 + ops.exp(-ops.abs(y_pred)))
    return ops.mean(ops.maximum(y_pred, 0.0) - y_pred * y_true + rest, axis=-1)


class TestScoresCutAtZero:
    rule = "check_logits_or_probabilities"

    @pytest.mark.parametrize(("loss", "tensors"), [(cut, SCORES), (cut_classes, IDS)])
    def test_by_the_loss(self, loss, tensors):
        [(severity, sentence)] = said(loss, tensors, self.rule)
        assert severity == "error"
        assert "relu" in sentence

    def test_before_it(self):
        tensors = RARE, 3 * np.maximum(SCORES[1], 0)
        [(severity, sentence)] = said(stable, tensors, self.rule)
        assert severity == "warning"
        assert "output of a relu" in sentence

    def test_a_formula_for_logits(self):
        assert not said(stable, SCORES, self.rule)


class Scaled:
    def __init__(self, factor):
        self.factor = factor

    def loss(self, y_true, y_pred):
        return self.factor * squares(y_true, y_pred)


OF_FIVE = np.arange(5, dtype="float32")


def weighted_after_the_mean(y_true, y_pred):
    return OF_FIVE * ops.mean(ops.square(y_true - y_pred), axis=-1)


class TestKeeping:
    def test_a_bound_method_cannot_be_loaded(self):
        [(severity, sentence)] = said(Scaled(2.0).loss, NUMBERS, "check_saves")
        assert severity == "warning"
        assert "load_model raises" in sentence

    @pytest.mark.skipif(backend.NAME == "torch", reason="takes no array of NumPy")
    def test_weights_of_an_axis_that_is_gone(self):
        tensors = (8, 5), (8, 5)
        [_, (severity, sentence)] = said(
            weighted_after_the_mean, tensors, "check_captures"
        )
        assert severity == "error"
        assert "before the sum or mean over that axis" in sentence

    def test_what_a_tensor_does_not_have(self):
        def loss(y_true, y_pred):
            return -y_pred.log_prob(y_true)

        [(severity, sentence)] = said(loss, NUMBERS, "check_runs")
        assert severity == "error"
        assert "plain tensors" in sentence

    def test_a_name_of_keras(self):
        def dice(y_true, y_pred):
            return squares(y_true, y_pred)

        [(severity, sentence)] = said(dice, NUMBERS, "check_saves")
        assert severity == "warning"
        assert "register this" in sentence
        assert not said(keras.losses.dice, NUMBERS, "check_saves")


class TestCrossentropyOfNumbers:
    TARGETS = DRAW.uniform(0.5, 9, (12, 1)).astype("float32")
    TENSORS = TARGETS, DRAW.normal(size=(12, 1)).astype("float32")

    def test_one_large_number_is_as_good_as_exact_ones(self):
        def loss(y_true, y_pred):
            return -ops.sum(y_true * ops.log(ops.clip(y_pred, 1e-10, 1.0)), axis=-1)

        [(severity, sentence)] = said(loss, self.TENSORS, "check_perfect_is_best")
        assert severity == "error"
        assert "For a regression take mse" in sentence

    def test_other_losses_with_a_logarithm_have_their_minimum_there(self):
        def counts(y_true, y_pred):
            positive = ops.maximum(y_pred, 1e-3)
            return ops.mean(positive - y_true * ops.log(positive), axis=-1)

        def times(y_true, y_pred):
            positive = ops.maximum(y_pred, 1e-3)
            return ops.mean(ops.log(positive) + y_true / positive, axis=-1)

        for loss in (counts, times):
            assert not said(loss, self.TENSORS, "check_perfect_is_best")


class TestMasksOfAnotherRange:
    MASK = (DRAW.random((4, 6, 6, 1)) > 0.6).astype("float32")
    CHANCES = DRAW.uniform(0.1, 0.9, MASK.shape).astype("float32")

    @staticmethod
    def dice(y_true, y_pred):
        overlap = ops.sum(y_true * y_pred, axis=(1, 2, 3))
        both = ops.sum(y_true, axis=(1, 2, 3)) + ops.sum(y_pred, axis=(1, 2, 3))
        return 1 - (2 * overlap + 1) / (both + 1)

    def test_a_loss_that_divides_itself_is_right(self):
        def divided(y_true, y_pred):
            return self.dice(y_true / 255.0, y_pred)

        tensors = 255 * self.MASK, self.CHANCES
        assert not said(divided, tensors, "check_label_values")
        assert said(self.dice, tensors, "check_label_values")

    @pytest.mark.parametrize("scale", [1.0, 3.0])
    def test_scores_make_a_ratio_of_areas_fall(self, scale):
        scores = scale * DRAW.normal(size=self.MASK.shape).astype("float32")
        rule = "check_logits_or_probabilities"
        [(severity, _)] = said(self.dice, (self.MASK, scores), rule)
        assert severity == "error"
        assert not said(self.dice, (self.MASK, self.CHANCES), rule)
