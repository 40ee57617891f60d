"""What `losses.check` says of the losses of Keras: nothing, but for what is listed."""

import inspect
from functools import partial

import keras
import pytest

import losses
from losses.checker import plausible
from tests import wild

# The functions of Keras as they are used, with data that fit them.
CASES = {
    case.id.removeprefix("builtin-"): case
    for case in wild.CORRECT
    if case.id.startswith("builtin-")
}
CASE_OF = {
    "binary_crossentropy": "bce",
    "binary_focal_crossentropy": "binary-focal",
    "categorical_crossentropy": "cce",
    "categorical_focal_crossentropy": "cat-focal",
    "categorical_generalized_cross_entropy": "cat-gce",
    "categorical_hinge": "cat-hinge",
    "circle": "circle",
    "cosine_similarity": "cosine",
    "ctc": "ctc",
    "dice": "dice",
    "hinge": "hinge-pm1",
    "huber": "huber",
    "kl_divergence": "kld",
    "log_cosh": "logcosh",
    "mean_absolute_error": "mae",
    "mean_absolute_percentage_error": "mape",
    "mean_squared_error": "mse",
    "mean_squared_logarithmic_error": "msle",
    "poisson": "poisson",
    "sparse_categorical_crossentropy": "scce",
    "squared_hinge": "sq-hinge",
    "tversky": "tversky",
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
    "cat-gce": {"check_gradient_is_finite"},
    "instance-huber": {"check_saves"},  # its option is lost: see FAULTS
}
FAULTS = {  # options that get_config forgets: keras-team/keras#23286
    "Huber(delta=0.3)": (keras.losses.Huber(delta=0.3), (8, 3), "check_saves"),
    "CosineSimilarity(axis=1)": (
        keras.losses.CosineSimilarity(axis=1),
        (8, 5, 3),
        "check_saves",
    ),
}
# What the class of a function adds to it: dtypes, a reduction, a way of saving it.
OF_THE_CLASS = (
    "check_arguments",
    "check_runs",
    "check_returns_a_tensor",
    "check_label_dtypes",
    "check_nothing_broadcasts",
    "check_weights_choose_samples",
    "check_half_precision",
    "check_saves",
    "check_agrees_with_reference",
)


def class_of(name):
    return CLASS_OF.get(name) or getattr(
        keras.losses, "".join(part.title() for part in name.split("_"))
    )


def loud(report):
    assert report.complete
    return {f.rule for f in report.of("error") + report.of("warning")}


def test_every_loss_of_keras_is_looked_at():
    functions = {
        name
        for name, code in vars(keras.losses).items()
        if inspect.isfunction(code) and name not in ("get", "serialize", "deserialize")
    }
    assert functions == set(CASE_OF)


@pytest.mark.sliced(share=0.05, elsewhere=True)
@pytest.mark.parametrize("name", CASES)
def test_a_function_of_keras(name):
    case = CASES[name]
    report = losses.check(case.fresh(), *case.make_data())
    assert loud(report) == BY_DESIGN.get(name, set())


@pytest.mark.sliced(share=0.05, elsewhere=True)
@pytest.mark.parametrize("name", CASE_OF)
def test_its_class_is_the_same_loss(name):
    options, data = ARGUMENTS.get(name, {}), CASES[CASE_OF[name]].make_data()
    function = partial(getattr(keras.losses, name), **options)
    loss = class_of(name)(**options)
    assert not loud(losses.check(loss, *data, like=function, only=OF_THE_CLASS))


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_keras(name):
    loss, shape, rule = FAULTS[name]
    data = plausible(shape, shape, "regression")
    assert loud(losses.check(loss, *data, only=OF_THE_CLASS)) == {rule}


@pytest.mark.parametrize("name", ["mse", "MeanSquaredError", "mean_squared_error"])
def test_a_loss_by_its_name(name):
    report = losses.check(name, (8, 3), (8, 3), only=["check_runs", "check_saves"])
    assert report
    assert not report.findings
    assert report.loss == name
