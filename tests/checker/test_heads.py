"""What is known of the head of a model, what is tried, and what is only told as a
guess."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import losses
from losses.checker.models.activations import BOUNDS, of_function, of_operation
from losses.checker.models.heads import heads_of
from losses.running import backend

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(48, 4)).astype("float32")
IDS = X[:, :3].argmax(-1)
ONE_HOT = keras.utils.to_categorical(IDS, 3)
TWO = (X[:, :1] > 0).astype("float32")
GRID = np.linspace(-50, 50, 10001)
SHAPE = (None, 3)


def stack(*parts, shape=(4,)):
    return keras.Sequential([keras.Input(shape), *parts])


def compiled(model, loss, **options):
    model.compile("adam", loss, **options)
    return model


def found(model, *data):
    """`{rule: severity}` of what is no note."""
    report = losses.check(model, *data)
    assert not report.failed, report
    return {f.rule: f.severity for f in report.findings if f.severity != "note"}


def head(*parts, shape=(4,)):
    [found] = heads_of(stack(*parts, shape=shape))
    return found


@pytest.mark.parametrize("name", [n for n in BOUNDS if hasattr(keras.activations, n)])
def test_activations_of_keras_stay_in_their_bounds(name):
    function = getattr(keras.activations, name)
    known = of_function(function, SHAPE)
    values = ops.convert_to_numpy(function(ops.convert_to_tensor(GRID, "float32")))
    assert known.low <= values.min()
    assert values.max() <= known.high


@pytest.mark.parametrize(
    ("layer", "bounds"),
    [
        (layers.ReLU(), (0, np.inf)),
        (layers.ReLU(max_value=2.0), (0, 2)),
        (layers.ReLU(negative_slope=0.1), (-np.inf, np.inf)),
        (layers.ReLU(max_value=2.0, negative_slope=0.1), (-np.inf, 2)),
        (layers.ReLU(threshold=1.0), (0, np.inf)),
        (layers.ELU(alpha=2.0), (-2, np.inf)),
        (layers.LeakyReLU(), (-np.inf, np.inf)),
    ],
)
def test_arguments_of_layers_change_the_bounds(layer, bounds):
    known = of_operation(layer, SHAPE)
    assert known.image(-np.inf, np.inf) == bounds
    values = ops.convert_to_numpy(layer(ops.convert_to_tensor(GRID, "float32")))
    assert bounds[0] <= values.min()
    assert values.max() <= bounds[1]


def test_a_function_is_known_by_itself_and_not_by_its_name():
    def softmax(x):
        return x

    assert of_function(softmax, SHAPE) is None
    assert of_function(lambda x: ops.softmax(x), SHAPE) is None
    for function in (keras.activations.softmax, ops.softmax):
        assert of_function(function, SHAPE).name == "softmax"


@pytest.mark.skipif(backend.NAME != "tensorflow", reason="its own functions")
def test_functions_of_the_backend_are_known():
    import tensorflow as tf

    for function, name in (
        (tf.nn.softmax, "softmax"),
        (tf.nn.sigmoid, "sigmoid"),
        (tf.math.exp, "exponential"),
        (tf.nn.swish, "silu"),
    ):
        assert of_function(function, SHAPE).name == name


def test_the_axis_of_a_softmax_is_known():
    assert of_operation(layers.Softmax(), (None, 5, 3)).axis == -1
    assert of_operation(layers.Softmax(axis=2), (None, 5, 3)).axis == -1
    over_steps = of_operation(layers.Softmax(axis=1), (None, 5, 3))
    assert (over_steps.axis, over_steps.size) == (None, 5)
    assert of_operation(layers.Softmax(axis=[1, 2]), (None, 5, 3)).axis is None


@pytest.mark.parametrize(
    ("parts", "activation"),
    [
        ([layers.Dense(3)], "linear"),
        ([layers.Dense(3, "softmax")], "softmax"),
        ([layers.Dense(3, layers.Softmax())], "softmax"),
        ([layers.Dense(3), layers.Softmax(), layers.Reshape((3, 1))], "softmax"),
        ([layers.Dense(1, "sigmoid"), layers.Rescaling(9.0)], "?"),
        ([layers.Dense(1, "sigmoid"), layers.Lambda(lambda z: 9 * z)], "?"),
        ([layers.Dense(1, "sigmoid"), layers.Dropout(0.5)], "?"),
        ([layers.SpectralNormalization(layers.Dense(1, "sigmoid"))], "?"),
        ([stack(layers.Dense(2, "tanh"))], "tanh"),
        ([layers.Dense(4, "tanh"), stack(layers.Reshape((2, 2)))], "tanh"),
        ([layers.Dense(4, "tanh"), stack(layers.Rescaling(9.0))], "?"),
        ([layers.Dense(4), stack(layers.Softmax())], "softmax"),
        ([layers.Identity()], "?"),
    ],
)
def test_the_last_activation_is_found(parts, activation):
    assert str(head(*parts)) == activation


@pytest.mark.parametrize(
    ("layer", "activation"),
    [
        (layers.LSTM(2, activation="sigmoid"), "?"),
        (layers.GRU(2), "?"),
        (layers.Bidirectional(layers.LSTM(2)), "?"),
        (layers.TimeDistributed(layers.Dense(2, "sigmoid")), "sigmoid"),
        (layers.TimeDistributed(layers.Dense(2)), "linear"),
        (layers.Conv1D(2, 3, activation="relu"), "relu"),
        (layers.SeparableConv1D(2, 3), "linear"),
    ],
)
def test_layers_over_steps_are_read_inside(layer, activation):
    assert str(head(layer, shape=(6, 4))) == activation


def test_activations_one_after_another_bound_what_comes_out():
    twice = head(layers.Dense(1, "sigmoid"), layers.Activation("sigmoid"))
    assert twice.bounds == pytest.approx((0.5, 1 / (1 + np.exp(-1))))
    low, high = head(layers.Dense(3, "tanh"), layers.Softmax()).bounds
    assert high == pytest.approx(np.e / (np.e + 2 / np.e))
    assert low == pytest.approx(1 / (1 + 2 * np.exp(2)))


class Head(layers.Layer):
    """Of one's own, and of a function."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 1))

    def call(self, x):
        return self.function(x @ self.kernel)


def two_heads(function, loss):
    inputs = keras.Input((4,))
    known, unknown = layers.Dense(1)(inputs), Head(function)(inputs)
    return compiled(keras.Model(inputs, [known, unknown]), ["mse", loss])


def test_a_head_that_is_not_known_is_tried_beside_one_that_is():
    focal = keras.losses.BinaryFocalCrossentropy(from_logits=True)
    wrong = two_heads(ops.sigmoid, focal)
    assert found(wrong, X, [X[:, 0], TWO]) == {"check_head_fits_from_logits": "warning"}
    assert not found(two_heads(lambda x: x, focal), X, [X[:, 0], TWO])


def test_what_is_seen_with_drawn_weights_alone_is_a_guess():
    model = compiled(stack(Head(ops.sigmoid)), "mse")
    assert found(model, X, 50 * TWO) == {"check_head_reaches_the_labels": "warning"}
    known = compiled(stack(layers.Dense(1, "sigmoid")), "mse")
    assert found(known, X, 50 * TWO) == {"check_head_reaches_the_labels": "error"}


def test_predictions_that_are_not_finite_prove_nothing():
    def growing(x):
        return ops.exp(ops.exp(ops.abs(x) - 9.0)) - 1.0

    model = compiled(stack(Head(growing)), "mse")
    assert not found(model, X, 100 * TWO)


def test_weights_are_drawn_as_their_constraint_allows():
    bounded = layers.Dense(
        1,
        kernel_initializer="zeros",
        bias_initializer=keras.initializers.Constant(0.5),
        kernel_constraint=lambda w: 0.0 * w,
        bias_constraint=lambda b: ops.clip(b, 0.1, 0.9),
    )
    assert not found(compiled(stack(bounded), "binary_crossentropy"), X, TWO)


def test_a_step_is_judged_by_what_it_gets():
    model = stack(layers.Dense(3, "softmax"), layers.Dropout(0.6))
    report = losses.check(compiled(model, "categorical_crossentropy"), X, ONE_HOT)
    [finding] = report.of("error")
    assert "in a step of training it gets other numbers" in finding.sentence


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_scores_that_are_cut_off_before_the_loss(activation):
    rule = "check_scores_are_not_cut_off"
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model = compiled(stack(layers.Dense(1, activation)), loss)
    assert found(model, X, TWO) == {rule: "error"}
    inside = 0.55 + 0.1 * TWO  # labels that it can reach
    assert not found(model, X, inside)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model = compiled(stack(layers.Dense(3, activation)), loss)
    severity = "warning" if activation == "relu" else "error"
    assert found(model, X, IDS) == {rule: severity}


@pytest.mark.parametrize("activation", ["softplus", "exponential"])
def test_a_positive_head_is_normalised_by_the_categorical_loss(activation):
    head = layers.Dense(3, activation, bias_initializer="ones")
    model = compiled(stack(head), "categorical_crossentropy")
    assert found(model, X, ONE_HOT) == {"check_head_gives_probabilities": "warning"}
    head = layers.Dense(3, "relu", bias_initializer="ones")
    model = compiled(stack(head), "categorical_crossentropy")
    assert found(model, X, ONE_HOT) == {"check_head_gives_probabilities": "error"}


def test_a_softmax_over_another_axis():
    x = DRAW.normal(size=(16, 6, 4)).astype("float32")
    loss = "sparse_categorical_crossentropy"
    model = compiled(stack(layers.Dense(3), layers.Softmax(1), shape=(6, 4)), loss)
    wanted = {"check_head_gives_probabilities": "error"}
    assert found(model, x, x[..., :3].argmax(-1)) == wanted


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16"])
def test_a_head_of_16_bits(dtype):
    model = stack(layers.Dense(3, "softmax", dtype=dtype))
    loss = "sparse_categorical_crossentropy"
    assert found(compiled(model, loss), X, IDS) == {
        "check_head_has_full_precision": "warning"
    }
    logits = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model = compiled(stack(layers.Dense(3, dtype=dtype)), logits)
    assert not found(model, X, IDS)


@pytest.mark.parametrize("loss", [keras.losses.Dice(), keras.losses.Tversky()])
def test_losses_over_everything_are_known(loss):
    wrong = compiled(stack(layers.Dense(1)), loss)
    assert found(wrong, X, TWO) == {"check_head_gives_probabilities": "error"}
    assert not found(compiled(stack(layers.Dense(1, "sigmoid")), loss), X, TWO)


def test_zero_weights_at_the_start_are_no_constant():
    zeros = layers.Dense(3, "softmax", kernel_initializer="zeros")
    model = compiled(stack(zeros), "sparse_categorical_crossentropy")
    assert not found(model, X, IDS)


def own_crossentropy(y_true, y_pred):
    return -ops.sum(y_true * ops.log(ops.clip(y_pred, 1e-7, 1.0)), axis=-1)


@pytest.mark.parametrize(
    ("activation", "labels", "expected"),
    [
        ("softmax", (X[:, :3] > 0).astype("float32"), "warning"),
        ("softmax", ONE_HOT, None),
        ("sigmoid", (X[:, :3] > 0).astype("float32"), None),
    ],
)
def test_a_softmax_for_several_labels_is_told_of_a_loss_of_ones_own(
    activation, labels, expected
):
    model = compiled(stack(layers.Dense(3, activation)), own_crossentropy)
    assert found(model, X, labels).get("check_head_reaches_the_labels") == expected


# losses of one's own that take probabilities


def dice(y_true, y_pred):
    overlap = ops.sum(y_true * y_pred)
    return 1 - (2 * overlap + 1) / (ops.sum(y_true) + ops.sum(y_pred) + 1)


def jaccard(y_true, y_pred):
    overlap = ops.sum(y_true * y_pred)
    union = ops.sum(y_true) + ops.sum(y_pred) - overlap
    return 1 - (overlap + 1) / (union + 1)


def tversky(y_true, y_pred):
    overlap = ops.sum(y_true * y_pred)
    missed, extra = ops.sum(y_true) - overlap, ops.sum(y_pred) - overlap
    return 1 - (overlap + 1) / (overlap + 0.7 * missed + 0.3 * extra + 1)


def of_scores(loss):
    def inside(y_true, y_pred):
        return loss(y_true, ops.sigmoid(y_pred))

    return inside


AREAS = [dice, jaccard, tversky]


@pytest.mark.parametrize("loss", [*AREAS, losses.Dice()])
def test_areas_are_not_counted_in_scores(loss):
    report = losses.check(compiled(stack(layers.Dense(1)), loss), X, TWO, quick=True)
    [finding] = report.of("error")
    assert finding.rule == "check_head_gives_probabilities"
    assert "Beyond 1 it falls below" in finding.sentence
    numbers = finding.numbers
    beyond = numbers["loss_where_1_is_predicted_as_20"]
    assert beyond < numbers["loss_of_exact_predictions"] - 0.1


def distance(y_true, y_pred):
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


@pytest.mark.parametrize(
    ("activation", "loss"),
    [("sigmoid", loss) for loss in AREAS]
    + [(None, of_scores(loss)) for loss in AREAS]
    + [(None, distance)],
)
def test_areas_of_probabilities_and_distances_are_right(activation, loss):
    model = compiled(stack(layers.Dense(1, activation)), loss)
    assert not losses.check(model, X, TWO, quick=True).of("error")
