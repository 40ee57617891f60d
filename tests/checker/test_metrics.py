"""Metrics of Keras beside labels and heads: what would not show 1 for right
predictions is told, and nothing else."""

import keras
import numpy as np
import pytest
from keras import layers, metrics

import losses

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(48, 4)).astype("float32")
IDS = X[:, :3].argmax(-1)
ONE_HOT = keras.utils.to_categorical(IDS, 3)
TWO = (X[:, :1] > 0).astype("float32")
SIGNS = 2 * TWO - 1
FITS = "check_metrics_fit"


def told(loss, units, activation, metric, labels, **options):
    """What is said of a metric, notes left out."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(units, activation)])
    model.compile("adam", loss, metrics=[metric], **options)
    report = losses.check(model, X, labels, quick=True)
    assert not report.failed, report
    assert not report.of("error"), report
    assert {f.rule for f in report.of("warning")} <= {FITS}
    return [f.sentence for f in report.of("warning")]


def logits(metric):
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return told(loss, 1, None, metric, TWO)


def probabilities(metric):
    return told("binary_crossentropy", 1, "sigmoid", metric, TWO)


def classes(metric, labels):
    sparse = "sparse_" if labels is IDS else ""
    loss = f"{sparse}categorical_crossentropy"
    return told(loss, 3, "softmax", metric, labels)


@pytest.mark.parametrize(
    ("metric", "instead"),
    [
        ("accuracy", "BinaryAccuracy(threshold=0)"),
        ("binary_accuracy", "BinaryAccuracy(threshold=0)"),
        (metrics.BinaryAccuracy(), "BinaryAccuracy(threshold=0)"),
        ("precision", "Precision(thresholds=0)"),
        (metrics.Recall(thresholds=0.5), "Recall(thresholds=0)"),
        (metrics.FalsePositives(), "FalsePositives(thresholds=0)"),
        (metrics.AUC(), "AUC(from_logits=True)"),
        (metrics.RecallAtPrecision(0.5), 'activation="sigmoid"'),
        (metrics.F1Score(threshold=0.5), 'activation="sigmoid"'),
    ],
    ids=str,
)
def test_logits_are_not_cut_at_one_half(metric, instead):
    [sentence] = logits(metric)
    assert "logits" in sentence
    assert instead in sentence


@pytest.mark.parametrize(
    "metric",
    [
        metrics.BinaryAccuracy(threshold=0),
        metrics.Precision(thresholds=0),
        metrics.Recall(thresholds=0.8),  # as the user chose
        metrics.AUC(from_logits=True),
        metrics.BinaryCrossentropy(from_logits=True),
        metrics.TruePositives(thresholds=0),
    ],
    ids=str,
)
def test_metrics_that_know_of_logits_are_right(metric):
    assert not logits(metric)


@pytest.mark.parametrize(
    "metric",
    [
        "accuracy",
        "precision",
        metrics.Recall(thresholds=0.95),
        metrics.AUC(),
        metrics.F1Score(threshold=0.5),
        metrics.BinaryIoU(),
        metrics.TrueNegatives(),
        metrics.SensitivityAtSpecificity(0.9),
        metrics.MeanSquaredError(),
    ],
    ids=str,
)
def test_the_same_metrics_are_right_for_probabilities(metric):
    assert not probabilities(metric)


@pytest.mark.parametrize(
    ("metric", "instead"),
    [
        (metrics.Accuracy(), 'Take "accuracy"'),
        (metrics.F1Score(), "threshold=0.5"),
        (metrics.MeanIoU(2), "BinaryIoU"),
        ("categorical_accuracy", "BinaryAccuracy"),
    ],
    ids=str,
)
def test_one_unit_is_no_row_of_classes(metric, instead):
    [sentence] = probabilities(metric)
    assert instead in sentence


@pytest.mark.parametrize(
    ("metric", "labels", "instead"),
    [
        ("categorical_accuracy", IDS, "SparseCategoricalAccuracy"),
        (metrics.CategoricalAccuracy(), IDS, "SparseCategoricalAccuracy"),
        (metrics.Accuracy(), ONE_HOT, 'Take "accuracy"'),
        (metrics.MeanIoU(3), ONE_HOT, "sparse_y_pred=False, sparse_y_true=False"),
        (metrics.TopKCategoricalAccuracy(3), ONE_HOT, "3 largest of 3"),
        ("accuracy", IDS, None),
        ("acc", ONE_HOT, None),
        ("sparse_categorical_accuracy", IDS, None),
        ("categorical_accuracy", ONE_HOT, None),
        (metrics.TopKCategoricalAccuracy(2), ONE_HOT, None),
        (metrics.SparseTopKCategoricalAccuracy(2), IDS, None),
        (metrics.AUC(multi_label=True), ONE_HOT, None),
        (metrics.F1Score("macro"), ONE_HOT, None),
        (metrics.MeanIoU(3, sparse_y_pred=False), IDS, None),
        (metrics.OneHotMeanIoU(3), ONE_HOT, None),
    ],
    ids=lambda part: "" if isinstance(part, np.ndarray) else str(part),
)
def test_labels_of_another_form(metric, labels, instead):
    sentences = classes(metric, labels)
    assert len(sentences) == (instead is not None)
    assert all(instead in sentence for sentence in sentences)


def test_labels_of_minus_one_are_never_equal():
    [sentence] = told("hinge", 1, "tanh", "accuracy", SIGNS)
    assert "labels of -1" in sentence
    assert not told("hinge", 1, "tanh", metrics.Hinge(), SIGNS)


def test_a_class_that_the_batch_has_not_changes_nothing():
    """Labels of all classes are tried, whatever the batch has."""
    two_of_three = np.where(IDS == 2, 0, IDS)
    one_hot = keras.utils.to_categorical(two_of_three, 3)
    assert not classes(metrics.F1Score("macro"), one_hot)


def test_metrics_of_a_regression():
    for metric in ("binary_accuracy", "accuracy", metrics.Accuracy()):
        [sentence] = told("mse", 1, None, metric, X.sum(1))
        assert "For a regression take mae" in sentence
    assert not told("mse", 1, None, "mae", X.sum(1))


def test_metrics_that_users_wrote_are_not_judged():
    def always_half(y_true, y_pred):
        return 0.5 + 0.0 * y_pred

    assert not logits(always_half)
    assert not told("mse", 1, None, always_half, X.sum(1))


def test_metrics_are_those_of_their_output():
    inputs = keras.Input((4,))
    scores = layers.Dense(1, name="score")(inputs)
    chance = layers.Dense(1, "sigmoid", name="chance")(inputs)
    model = keras.Model(inputs, {"score": scores, "chance": chance})
    precision = {"score": [metrics.Precision()], "chance": [metrics.Precision()]}
    focal = keras.losses.BinaryFocalCrossentropy(from_logits=True)
    loss = {"score": focal, "chance": "binary_crossentropy"}
    model.compile("adam", loss, metrics=precision)
    report = losses.check(model, X, {"score": TWO, "chance": TWO}, quick=True)
    [finding] = report.of("warning")
    assert finding.sentence.startswith("Output 'score': the metric 'precision")


def test_the_metric_given_keeps_its_state():
    metric = metrics.Precision()
    logits(metric)
    assert float(metric.result()) == 0
    assert not np.any(keras.ops.convert_to_numpy(metric.true_positives))
