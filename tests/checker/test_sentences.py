"""What a report says where Keras has words of its own for it."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import losses

X = np.random.default_rng(0).normal(size=(96, 4)).astype("float32")
Y, IDS = X.sum(axis=-1), X[:, :3].argmax(axis=-1)
TWO = {"price": "mse", "kind": "sparse_categorical_crossentropy"}


def one_output(*parts, loss="mse", **options):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), *parts, layers.Dense(1)])
    model.compile("adam", loss, **options)
    return model


def two_outputs(loss=TWO, **options):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4,))
    heads = [layers.Dense(1, name="price"), layers.Dense(3, "softmax", name="kind")]
    model = keras.Model(inputs, [head(inputs) for head in heads])
    model.compile("adam", loss, **options)
    return model


def found(model, *data):
    return losses.check(model, *data, quick=True).of("error")


@pytest.mark.parametrize(
    "model, data, rule, told",
    [
        (one_output, (X,), "check_labels_are_given", "y is None"),
        (two_outputs, (X, Y), "check_labels_are_given", "2 outputs, 'price', 'kind'"),
        (
            two_outputs,
            (X, {"price": Y}),
            "check_labels_are_given",
            "y has no labels for 'kind'",
        ),
        (
            lambda: two_outputs({"price": "mse"}),
            (X, {"price": Y, "kind": IDS}),
            "check_every_output_has_a_loss",
            "loss has nothing for 'kind'",
        ),
    ],
)
def test_one_error_tells_what_is_missing(model, data, rule, told):
    [error] = found(model(), *data)
    assert error.rule == rule
    assert told in error.sentence


def test_none_says_that_an_output_is_not_trained():
    model = two_outputs({"price": "mse", "kind": None})
    assert not found(model, X, {"price": Y, "kind": IDS})


class Scaled(layers.Layer):
    """Its `__init__` takes no name."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def call(self, x):
        return self.factor * x

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


def own_dice(y_true, y_pred):
    both = ops.sum(y_true * y_pred, axis=-1)
    return 1 - 2 * both / (ops.sum(y_true + y_pred, axis=-1) + 1)


own_dice.__name__ = "dice"


def saved(model, *data):
    report = losses.check(model, *data, only=("check_model_saves", "check_saves"))
    return {finding.rule: finding.sentence for finding in report.findings}


def test_the_cause_of_a_model_that_is_not_loaded_again_is_named():
    [told] = saved(one_output(Scaled(2.0)), X, Y).values()
    assert "unexpected keyword argument 'name'" in told
    assert "let it take **options" in told


def test_a_loss_that_takes_the_name_of_one_of_keras_is_told_once():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "sigmoid")])
    model.compile("adam", own_dice)
    found = saved(model, X, np.eye(3)[IDS])
    assert found.keys() == {"check_saves"}
    assert "Keras has a loss called dice" in found["check_saves"]


def test_labels_of_strings_are_refused_with_the_way_out():
    with pytest.raises(TypeError, match=r"y is an array of <U\d.*return_inverse=True"):
        losses.check(one_output(), X, np.array(["yes", "no"] * 48))


@pytest.mark.parametrize(
    ("metrics", "told"),
    [
        ({"pric": ["mae"]}, "names 'pric', and the outputs are 'price', 'kind'"),
        ([["mae"]], "metrics has 1 parts for 2 outputs"),
        ({"kind": "accurracy"}, "'accurracy'. Did you mean 'accuracy'?"),
    ],
)
def test_metrics_that_keras_does_not_find_are_told_by_name(metrics, told):
    [error] = found(two_outputs(metrics=metrics), X, {"price": Y, "kind": IDS})
    assert error.rule == "check_metrics_run"
    assert told in error.sentence


def test_losses_after_one_that_raises_are_seen_as_well():
    """Each output would take the loss of the other."""
    model = two_outputs(["sparse_categorical_crossentropy", "mse"])
    report = losses.check(model, X, [IDS, Y], quick=True)
    assert [seen.loss for seen in report.outputs] == [
        "sparse_categorical_crossentropy",
        "mean_squared_error",
    ]


def test_an_option_that_keras_does_not_save_is_named():
    told = saved(one_output(loss=keras.losses.Huber(delta=0.1)), X, Y)
    assert "Huber does not save delta" in told["check_model_saves"]


def test_a_model_that_gives_its_own_loss_is_right():
    """A single number has no rows, no labels and no head."""
    first, second = keras.Input((4,)), keras.Input((4,))
    hidden = layers.Dense(3)
    apart = hidden(first) - hidden(second)
    total = layers.Lambda(lambda both: ops.mean(both**2))(apart)
    model = keras.Model([first, second], total)
    model.compile("adam", loss=lambda y_true, y_pred: y_pred)
    report = losses.check(model, [X, X + 1], Y)
    assert not report.of("error") and not report.failed, report
