"""What `losses.check` says of the losses of Keras: nothing, but for what is listed."""

import inspect
from functools import partial

import keras
import numpy as np
import pytest

import losses
from losses.checker import plausible

BINARY = plausible((8, 1), (8, 1), "binary")
CLASSES = plausible((12, 4), (12, 4), "multiclass")
IDS = plausible((12,), (12, 4), "multiclass")
NUMBERS = plausible((8, 3), (8, 3), "regression")
POSITIVE = tuple(np.abs(values) + 0.5 for values in NUMBERS)
DISTRIBUTIONS = tuple(plausible((12,), (12, 4), seed=seed)[1] for seed in (1, 2))
SIGNS = 2 * BINARY[0] - 1, plausible((8, 1), (8, 1))[1]
MASKS = plausible((4, 6, 5, 1), (4, 6, 5, 1), "segmentation")
SCORES = plausible((12, 4), (12, 4), "multiclass", from_logits=True)
EMBEDDINGS = np.repeat(np.arange(4), 3), plausible((12, 6), (12, 6))[1]
SENTENCES = (
    np.array([[1, 2, 3, 0], [4, 4, 0, 0], [5, 1, 2, 3]], "int32"),
    plausible((3, 12, 6), (3, 12, 6))[1],
)

DATA = {
    "binary_crossentropy": BINARY,
    "binary_focal_crossentropy": BINARY,
    "categorical_crossentropy": CLASSES,
    "categorical_focal_crossentropy": CLASSES,
    "categorical_generalized_cross_entropy": IDS,
    "categorical_hinge": SCORES,
    "circle": EMBEDDINGS,
    "cosine_similarity": NUMBERS,
    "ctc": SENTENCES,
    "dice": MASKS,
    "hinge": SIGNS,
    "huber": NUMBERS,
    "kl_divergence": DISTRIBUTIONS,
    "log_cosh": NUMBERS,
    "mean_absolute_error": NUMBERS,
    "mean_absolute_percentage_error": POSITIVE,
    "mean_squared_error": NUMBERS,
    "mean_squared_logarithmic_error": POSITIVE,
    "poisson": POSITIVE,
    "sparse_categorical_crossentropy": IDS,
    "squared_hinge": SIGNS,
    "tversky": MASKS,
}
ARGUMENTS = {"categorical_generalized_cross_entropy": {"q": 0.7}}
CLASS_OF = {
    "circle": keras.losses.Circle,
    "ctc": keras.losses.CTC,
    "huber": keras.losses.Huber,
    "kl_divergence": keras.losses.KLDivergence,
    "log_cosh": keras.losses.LogCosh,
    "categorical_generalized_cross_entropy": (
        keras.losses.CategoricalGeneralizedCrossEntropy
    ),
}

# Errors and warnings that are due, and why.
BY_DESIGN = {
    "dice": {"check_one_value_per_sample"},  # one ratio for the whole batch
    "tversky": {"check_one_value_per_sample"},
    # p ** q has an infinite slope where the probability of the label is 0
    "categorical_generalized_cross_entropy": {"check_gradient_is_finite"},
}
FAULTS = {  # options that get_config forgets: keras-team/keras#23286
    "Huber(delta=0.3)": (keras.losses.Huber(delta=0.3), NUMBERS, "check_saves"),
    "CosineSimilarity(axis=1)": (
        keras.losses.CosineSimilarity(axis=1),
        tuple(x.transpose(0, 2, 1) for x in plausible((8, 3, 5), (8, 3, 5))),
        "check_saves",
    ),
}


def class_of(name):
    return CLASS_OF.get(name) or getattr(
        keras.losses, "".join(part.title() for part in name.split("_"))
    )


def loud(report):
    return {f.rule for f in report.of("error") + report.of("warning")}


def test_every_loss_of_keras_is_looked_at():
    functions = {
        name
        for name, code in vars(keras.losses).items()
        if inspect.isfunction(code) and name not in ("get", "serialize", "deserialize")
    }
    assert functions == set(DATA)


@pytest.mark.parametrize("name", DATA)
def test_a_function_of_keras(name):
    code = getattr(keras.losses, name)
    loss = partial(code, **ARGUMENTS[name]) if name in ARGUMENTS else code
    assert loud(losses.check(loss, *DATA[name])) == BY_DESIGN.get(name, set())


@pytest.mark.parametrize("name", DATA)
def test_a_class_of_keras(name):
    loss = class_of(name)(**ARGUMENTS.get(name, {}))
    assert loud(losses.check(loss, *DATA[name])) == BY_DESIGN.get(name, set())


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_keras(name):
    loss, data, rule = FAULTS[name]
    assert loud(losses.check(loss, *data)) == {rule}


@pytest.mark.parametrize("name", ["mse", "MeanSquaredError", "mean_squared_error"])
def test_a_loss_by_its_name(name):
    report = losses.check(name, *NUMBERS)
    assert report
    assert report.loss == name
