"""Labels of a model that count and that do not, and outputs that they are for."""

import functools

import keras
import numpy as np
import pytest
from keras import layers, ops

import losses
from losses.checker.models.wants import wants_of
from losses.running import backend

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(48, 4)).astype("float32")
IDS = X[:, :3].argmax(-1)
ONE_HOT = keras.utils.to_categorical(IDS, 3)
TWO = (X[:, :1] > 0).astype("float32")
SUITS = "check_labels_suit_the_loss"
# PyTorch raises for any label outside of 0 and 1, be it by rounding or without weight.
REFUSED = {SUITS: "error"} if backend.NAME == "torch" else {}


def classifier(loss, units=3, activation="softmax"):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(units, activation)])
    model.compile("adam", loss)
    return model


def found(model, *data):
    """`{rule: severity}` of all that is found."""
    report = losses.check(model, *data)
    assert not report.failed, report
    return {finding.rule: finding.severity for finding in report.findings}


@pytest.mark.parametrize("off", [1e-7, -1e-7, 1e-5])
def test_labels_are_taken_with_rounding(off):
    model = classifier("binary_crossentropy", 1, "sigmoid")
    labels = np.where(TWO, 1 + abs(off), -abs(off))
    assert found(model, X, labels) == REFUSED
    assert found(model, X, np.where(TWO, 1.01, 0)) == {SUITS: "error"}


def test_labels_without_weight_do_not_count():
    model = classifier("binary_crossentropy", 1, "sigmoid")
    labels, weight = TWO.copy(), np.ones(48, "float32")
    labels[::4], weight[::4] = -1, 0
    assert found(model, X, labels, weight) == REFUSED
    weight[0] = 1
    assert found(model, X, labels, weight) == {SUITS: "error"}


def test_masked_steps_do_not_count():
    x = DRAW.integers(1, 9, (16, 5))
    x[:, 3:] = 0
    model = keras.Sequential(
        [
            keras.Input((5,)),
            layers.Embedding(9, 4, mask_zero=True),
            layers.Dense(3, "sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy")
    labels = np.zeros((16, 5, 3), "float32")
    labels[:, 3:] = -1
    labels[:, 0] = 1
    assert found(model, x, labels) == REFUSED
    labels[:, 2] = -1
    assert found(model, x, labels) == {SUITS: "error"}


def test_rows_without_a_class():
    model = classifier("categorical_crossentropy")
    labels = ONE_HOT * (X[:, :1] > 0)
    assert found(model, X, labels) == {SUITS: "warning"}
    weight = (X[:, 0] > 0).astype("float32")
    assert not found(model, X, labels, weight)


def test_ids_for_each_kind_of_rows():
    for labels in (ONE_HOT, 0.9 * ONE_HOT + 0.1 / 3):
        model = classifier("sparse_categorical_crossentropy")
        assert found(model, X, labels) == {"check_label_form": "error"}
    for loss in ("categorical_crossentropy", "kl_divergence"):
        assert found(classifier(loss), X, IDS) == {"check_label_form": "error"}


@pytest.mark.parametrize("units", [2, 4])
def test_another_number_of_units_than_columns(units):
    model = classifier("categorical_crossentropy", units)
    assert found(model, X, ONE_HOT) == {"check_labels_have_the_shape": "error"}


def test_one_class_alone_is_a_note():
    model = classifier("sparse_categorical_crossentropy")
    assert found(model, X, 0 * IDS) == {SUITS: "note"}


def test_what_a_loss_wants():
    assert wants_of(keras.losses.Dice()).labels == "unit"
    assert wants_of(keras.losses.CategoricalCrossentropy(axis=1)) is None

    class Own(keras.losses.BinaryCrossentropy):
        def call(self, y_true, y_pred):
            return super().call(y_true, ops.sigmoid(y_pred))

    assert wants_of(Own()) is None


def test_keywords_of_a_partial_function_are_read():
    loss = functools.partial(keras.losses.binary_crossentropy, from_logits=True)
    model = classifier(loss, 1, "sigmoid")
    assert "check_head_fits_from_logits" in found(model, X, TWO)
    right = classifier(loss, 1, None)
    assert "check_head_fits_from_logits" not in found(right, X, TWO)


def outputs(structure, loss, **options):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, structure(inputs))
    model.compile("adam", loss, **options)
    return model


def by_name(inputs):
    return {"z": layers.Dense(1)(inputs), "a": layers.Dense(1, "sigmoid")(inputs)}


def test_a_list_for_outputs_by_name_is_wrong_where_labels_show_it():
    rule = "check_labels_meet_their_output"
    model = outputs(by_name, {"z": "mse", "a": "binary_crossentropy"})
    numbers = 9 * X[:, :1]
    assert found(model, X, [numbers, TWO])[rule] == "error"
    assert "error" not in found(model, X, [TWO, numbers]).values()
    assert not found(model, X, {"z": numbers, "a": TWO})


def test_an_output_that_the_loss_does_not_name_is_a_guess():
    rule = "check_every_output_has_a_loss"
    model = outputs(by_name, {"a": "binary_crossentropy"})
    assert found(model, X, {"a": TWO, "z": X[:, :1]}) == {rule: "warning"}
    model = outputs(by_name, {"a": "binary_crossentropy", "z": None})
    assert not found(model, X, {"a": TWO, "z": X[:, :1]})


def test_nested_outputs_have_names_and_meet_their_losses():
    def nested(inputs):
        return {
            "all": {"b": layers.Dense(1)(inputs), "a": layers.Dense(2)(inputs)},
            "kind": [layers.Dense(3, "softmax")(inputs)],
        }

    loss = {
        "all": {"a": "mse", "b": "mse"},
        "kind": ["sparse_categorical_crossentropy"],
    }
    model = outputs(nested, loss)
    labels = {"all": {"b": X[:, :1], "a": X[:, :2]}, "kind": [IDS]}
    report = losses.check(model, X, labels)
    assert not report.findings, report
    assert {row.output: row.loss for row in report.outputs} == {
        "all/a": "mean_squared_error",
        "all/b": "mean_squared_error",
        "kind/0": "sparse_categorical_crossentropy",
    }
    labels["kind"] = [IDS + 1]
    report = losses.check(model, X, labels)
    assert "Output 'kind/0': " in report.of("error")[0].sentence


def test_one_tensor_as_two_outputs_has_two_losses():
    def twice(inputs):
        share = layers.Dense(1, "sigmoid")(inputs)
        return [share, share]

    model = outputs(twice, ["mse", "binary_crossentropy"])
    report = losses.check(model, X, [TWO, TWO])
    assert not report.findings, report
    names = [row.loss for row in report.outputs]
    assert names == ["mean_squared_error", "binary_crossentropy"]
    assert found(model, X, [TWO, 2 * TWO - 1])[SUITS] == "error"


def test_a_weight_below_zero_is_a_guess():
    def pair(inputs):
        return [layers.Dense(1)(inputs), layers.Dense(1)(inputs)]

    model = outputs(pair, ["mse", "mse"], loss_weights=[1.0, -0.1])
    labels = [X[:, :1], X[:, 1:2]]
    assert found(model, X, labels) == {"check_loss_weights_are_numbers": "warning"}


# labels that were not scaled


def areas(y_true, y_pred):
    y_true = ops.cast(y_true, y_pred.dtype)
    overlap = ops.sum(y_true * y_pred, axis=(1, 2, 3))
    both = ops.sum(y_true, axis=(1, 2, 3)) + ops.sum(y_pred, axis=(1, 2, 3))
    return 1 - (2 * overlap + 1) / (both + 1)


def areas_by_255(y_true, y_pred):
    return areas(ops.cast(y_true, "float32") / 255.0, y_pred)


def crossentropy(y_true, y_pred):
    chances = ops.clip(y_pred, 1e-6, 1 - 1e-6)
    right = y_true * ops.log(chances) + (1 - y_true) * ops.log(1 - chances)
    return -ops.mean(right, axis=(1, 2, 3))


IMAGES = DRAW.random((16, 8, 8, 1)).astype("float32")
MASKS = (IMAGES > 0.6).astype("uint8")
GREY = (IMAGES * 255).astype("uint8")


def segmenter(loss, seed):
    keras.utils.set_random_seed(seed)
    head = layers.Conv2D(1, 1, activation="sigmoid")
    model = keras.Sequential([keras.Input((8, 8, 1)), head])
    model.compile("adam", loss)
    return model


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("labels", [255 * MASKS, GREY], ids=["mask", "grey"])
@pytest.mark.parametrize("loss", [areas, crossentropy])
def test_a_mask_of_0_and_255_is_wrong_whatever_the_weights(loss, labels, seed):
    report = losses.check(segmenter(loss, seed), IMAGES, labels, quick=True)
    [finding] = report.of("error")
    assert finding.rule == SUITS
    assert "divide them by 255" in finding.sentence


@pytest.mark.parametrize(
    ("loss", "labels"), [(areas, MASKS), (areas_by_255, 255 * MASKS)]
)
def test_a_mask_of_0_and_1_is_right_and_one_that_the_loss_divides(loss, labels):
    report = losses.check(segmenter(loss, 0), IMAGES, labels, quick=True)
    assert not report.of("error") + report.of("warning"), report


@pytest.mark.parametrize("loss", ["binary_crossentropy", "mse"])
def test_pixels_are_to_be_divided(loss):
    report = losses.check(segmenter(loss, 0), IMAGES, GREY, quick=True)
    [finding] = report.of("error")
    assert "pixels of an image: divide them by 255" in finding.sentence
    assert not losses.check(segmenter(loss, 0), IMAGES, IMAGES, quick=True).of("error")


@pytest.mark.parametrize("activation", [None, "sigmoid"])
@pytest.mark.parametrize("from_logits", [False, True])
def test_labels_of_minus_one_are_told_whatever_the_head(activation, from_logits):
    loss = keras.losses.BinaryCrossentropy(from_logits=from_logits)
    model = classifier(loss, 1, activation)
    assert found(model, X, 2 * TWO - 1)[SUITS] == "error"
    assert SUITS not in found(model, X, TWO)


def test_255_is_the_label_of_no_class():
    loss = "sparse_categorical_crossentropy"
    void = np.where(np.arange(48) < 4, 255, IDS)
    [finding] = losses.check(classifier(loss), X, void, quick=True).of("error")
    assert "ignore_class=255" in finding.sentence
    ignoring = keras.losses.SparseCategoricalCrossentropy(ignore_class=255)
    assert not found(classifier(ignoring), X, void)
    [finding] = losses.check(classifier(loss), X, IDS + 1, quick=True).of("error")
    assert "subtract 1" in finding.sentence


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        ("binary_crossentropy", "sparse_categorical_crossentropy, or for two classes"),
        ("mse", "sparse_categorical_crossentropy, or for two classes"),
    ],
)
def test_two_units_for_ids_of_two_classes(loss, words):
    report = losses.check(classifier(loss, 2), X, TWO[:, 0], quick=True)
    [finding] = report.of("error")
    assert "a row has one label, and the head 2 units" in finding.sentence
    assert words in finding.sentence
    right = classifier("sparse_categorical_crossentropy", 2)
    assert not losses.check(right, X, TWO[:, 0], quick=True).of("error")


def test_percentages_of_0():
    model = classifier("mape", 1, None)
    labels = 1 + np.abs(X[:, 0])
    assert SUITS not in found(model, X, labels)
    labels[::6] = 0
    assert found(model, X, labels)[SUITS] == "warning"


# weights


def weighted(labels, weights, loss="sparse_categorical_crossentropy", units=3):
    activation = {"mse": None, "binary_crossentropy": "sigmoid"}.get(loss, "softmax")
    report = losses.check(
        classifier(loss, units, activation), X, labels, weights, quick=True
    )
    return [f.sentence for f in report.findings if f.rule == COUNT], report


COUNT = "check_sample_weights_count"


def test_a_class_without_weight_is_told_and_the_data_are_not_sorted():
    two = TWO[:, 0]
    [sentence], report = weighted(two, two, "binary_crossentropy", 1)
    assert "label 0" in sentence
    assert "the loss sees 1 alone" in sentence
    assert "sorted" not in str(report)
    [sentence], _ = weighted(IDS, IDS != 2)
    assert "label 2" in sentence
    assert not weighted(IDS, np.where(IDS == 2, 0.1, 1.0))[0]
    half = np.where(np.arange(48) % 2, 1.0, 0.0)
    assert not weighted(IDS, half)[0]


def test_class_weight_of_0_is_named():
    model = classifier("binary_crossentropy", 1, "sigmoid")
    weights = {0: 0.0, 1: 5.0}
    report = losses.check(model, X, TWO[:, 0], class_weight=weights, quick=True)
    [finding] = report.of("warning")
    assert finding.sentence.startswith("class_weight gives every label 0")


def test_padding_without_weight_is_right():
    inputs = keras.Input((6, 4))
    model = keras.Model(inputs, layers.Dense(3, "softmax")(inputs))
    model.compile("adam", "sparse_categorical_crossentropy")
    x = DRAW.normal(size=(12, 6, 4)).astype("float32")
    y = 1 + x[..., :2].argmax(-1)
    y[:, 4:] = 0
    assert not losses.check(model, x, y, y > 0, quick=True).of("warning")


def test_weights_below_0():
    advantage = np.where(np.arange(48) % 3, 1.0, -0.5)
    assert not weighted(IDS, advantage)[0]
    assert "all 48" in weighted(IDS, -np.ones(48))[0][0]
    assert "16 of 48" in weighted(X[:, 0], advantage, "mse", 1)[0][0]


@pytest.mark.parametrize(
    ("keys", "severity"),
    [
        ({"0": 1.0, "1": 2.0, "2": 3.0}, "error"),
        ({7: 1.0}, "error"),
        ({1: 1.0, 2: 2.0, 3: 3.0}, "warning"),
        ({0: 1.0, 1: 2.0}, "note"),
        ({1: 5.0}, None),  # one class is to count more
        ({0: 1.0, 1: 2.0, 2: 3.0}, None),
        ({np.int64(0): 1.0, np.int64(1): 2.0, np.int64(2): 3.0}, None),
    ],
)
def test_keys_of_class_weight(keys, severity):
    model = classifier("sparse_categorical_crossentropy")
    report = losses.check(model, X, IDS, class_weight=keys, quick=True)
    seen = {f.severity for f in report.findings if f.rule == "check_class_weight_fits"}
    assert seen == ({severity} if severity else set()), report


@pytest.mark.parametrize("weights", [[0, 0], [0, 1], [1, 1]])
def test_loss_weights_of_0(weights):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, [layers.Dense(1)(inputs), layers.Dense(1)(inputs)])
    model.compile("adam", ["mse", "mse"], loss_weights=weights)
    report = losses.check(model, X, [X[:, :1], X[:, 1:2]], quick=True)
    rules = {f.rule for f in report.of("error")}
    assert rules == (set() if any(weights) else {"check_loss_weights_are_numbers"})


def test_rows_that_weigh_a_sample_are_no_error():
    """Counts of words: the loss is that of a multinomial. Rows that have several labels
    or none are wrong."""
    counts = DRAW.multinomial(20, [0.2, 0.3, 0.5], size=48)
    assert found(classifier("categorical_crossentropy"), X, counts) == {
        SUITS: "warning"
    }
    several = DRAW.integers(2, size=(48, 3))
    assert found(classifier("categorical_crossentropy"), X, several)[SUITS] == "error"


def test_a_few_labels_beyond_the_head_may_be_noise():
    model = classifier("mse", 1, "sigmoid")
    labels = DRAW.random((48, 1)).astype("float32")
    labels[3] = 1.05
    assert found(model, X, labels) == {"check_head_reaches_the_labels": "warning"}
    assert found(model, X, 3 * labels) == {"check_head_reaches_the_labels": "error"}


@pytest.mark.parametrize(("axis", "severity"), [(-1, "warning"), (1, "error")])
def test_a_softmax_that_is_pooled_is_over_the_last_axis(axis, severity):
    inputs = keras.Input((5, 4))
    steps = layers.Softmax(axis=axis)(layers.Dense(3)(inputs))
    model = keras.Model(inputs, layers.GlobalMaxPooling1D()(steps))
    model.compile("adam", "categorical_crossentropy")
    x = DRAW.normal(size=(48, 5, 4)).astype("float32")
    report = losses.check(model, x, ONE_HOT, only="check_head_gives_probabilities")
    [finding] = report.findings
    assert finding.severity == severity
    assert ("another axis" in finding.sentence) == (severity == "error")
