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
