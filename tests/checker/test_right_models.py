"""Models as people have them, which look suspicious and are right: no error, and no
warning."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import losses

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(48, 4)).astype("float32")
TWO = X[:, :1] > 0
IDS = X[:, :3].argmax(-1)
ONE_HOT = keras.utils.to_categorical(IDS, 3)
NUMBERS = X[:, 0] + 0.1 * X[:, 1]
STEPS = DRAW.normal(size=(24, 6, 4)).astype("float32")
STEP_IDS = STEPS[..., :3].argmax(-1)
IMAGES = DRAW.random((8, 8, 8, 1)).astype("float32")
PIXELS = (IMAGES[..., 0] * 3).astype("int32")
MODELS = {}


def right(make):
    MODELS[make.__name__] = make
    return make


def compiled(model, loss, **options):
    model.compile("adam", loss, **options)
    return model


def stack(*parts, shape=(4,)):
    return keras.Sequential([keras.Input(shape), *parts])


def hidden(units=8):
    return layers.Dense(units, "relu")


# labels that are more, or less, than labels


@right
def one_hot_rows_times_an_advantage():
    advantage = DRAW.normal(size=(len(ONE_HOT), 1)).astype("float32")
    model = stack(hidden(), layers.Dense(3, "softmax"))
    return compiled(model, "categorical_crossentropy"), X, ONE_HOT * advantage


@right
def a_loss_that_the_model_works_out():
    def loss_of(both):
        return ops.mean((both[0] - both[1]) ** 2, axis=-1, keepdims=True)

    x, target = keras.Input((4,)), keras.Input((1,))
    value = layers.Lambda(loss_of, output_shape=(1,))([layers.Dense(1)(x), target])
    model = keras.Model([x, target], value)
    zeros = np.zeros(len(X), "float32")
    return compiled(model, lambda y_true, y_pred: y_pred), [X, X[:, :1]], zeros


@right
def a_frozen_network_in_the_loss():
    network = stack(layers.Dense(3))
    network.trainable = False

    def perceptual(y_true, y_pred):
        return ops.mean((network(y_true) - network(y_pred)) ** 2, axis=-1)

    return compiled(stack(layers.Dense(4)), perceptual), X, 2 * X


# heads whose activation is not where one looks for it


@right
def activation_inside_of_time_distributed():
    head = layers.TimeDistributed(layers.Dense(3, "softmax"))
    model = stack(layers.LSTM(4, return_sequences=True), head, shape=(6, 4))
    return compiled(model, "sparse_categorical_crossentropy"), STEPS, STEP_IDS


@right
def a_model_inside_of_time_distributed():
    inner = stack(hidden(), layers.Dense(3), layers.Softmax())
    model = stack(layers.TimeDistributed(inner), shape=(6, 4))
    return compiled(model, "sparse_categorical_crossentropy"), STEPS, STEP_IDS


@right
def lstm_with_a_sigmoid():
    model = stack(layers.LSTM(1, activation="sigmoid"), shape=(6, 4))
    return compiled(model, "binary_crossentropy"), STEPS, STEPS[:, 0, :1] > 0


@right
def gru_with_a_sigmoid():
    model = stack(layers.GRU(1, activation="sigmoid"), shape=(6, 4))
    return compiled(model, "binary_crossentropy"), STEPS, STEPS[:, 0, :1] > 0


@right
def bidirectional_mean_of_sigmoids():
    cell = layers.LSTM(1, activation="sigmoid", return_sequences=True)
    model = stack(layers.Bidirectional(cell, merge_mode="ave"), shape=(6, 4))
    return compiled(model, "binary_crossentropy"), STEPS, STEPS[..., :1] > 0


class OwnHead(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units))

    def call(self, x):
        return ops.sigmoid(x @ self.kernel)


@right
def own_layer_with_a_sigmoid():
    return compiled(stack(hidden(), OwnHead(1)), "binary_crossentropy"), X, TWO


class OwnDense(layers.Dense):
    def call(self, x, **options):
        return ops.softmax(super().call(x))


@right
def own_class_of_dense_with_a_softmax():
    model = stack(hidden(), OwnDense(3))
    return compiled(model, "categorical_crossentropy"), X, ONE_HOT


@right
def own_function_named_softmax_that_gives_logits():
    @keras.saving.register_keras_serializable("tests")
    def softmax(x):
        return x * 0.5

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return compiled(stack(hidden(), layers.Dense(3, softmax)), loss), X, IDS


@right
def own_function_named_tanh_without_bounds():
    @keras.saving.register_keras_serializable("tests")
    def tanh(x):
        return 40.0 * ops.tanh(x)

    return compiled(stack(hidden(), layers.Dense(1, tanh)), "mse"), X, 10 * NUMBERS


@right
def a_lambda_as_activation():
    head = layers.Dense(3, lambda z: ops.softmax(z, axis=-1))
    return compiled(stack(hidden(), head), "categorical_crossentropy"), X, ONE_HOT


@right
def softmax_of_the_operations():
    head = layers.Dense(3, ops.softmax)
    return compiled(stack(hidden(), head), "categorical_crossentropy"), X, ONE_HOT


@right
def softmax_in_a_graph():
    inputs = keras.Input((4,))
    model = keras.Model(inputs, ops.softmax(layers.Dense(3)(hidden()(inputs))))
    return compiled(model, "sparse_categorical_crossentropy"), X, IDS


@right
def sigmoid_scaled_to_the_targets():
    head = stack(hidden(), layers.Dense(1, "sigmoid"), layers.Rescaling(20.0, -10.0))
    return compiled(head, "mse"), X, 3 * NUMBERS


@right
def tanh_scaled_by_a_lambda():
    scaled = layers.Lambda(lambda z: 10.0 * z)
    return compiled(stack(layers.Dense(1, "tanh"), scaled), "mse"), X, NUMBERS


@right
def an_inner_model_that_scales():
    inner = stack(layers.Rescaling(20.0), shape=(1,))
    model = stack(hidden(), layers.Dense(1, "tanh"), inner)
    return compiled(model, "mse"), X, NUMBERS


@right
def an_inner_model_that_reshapes():
    inner = stack(layers.Reshape((6, 3)), shape=(18,))
    model = stack(
        layers.Flatten(), layers.Dense(18, "sigmoid"), inner, shape=STEPS.shape[1:]
    )
    targets = (STEPS[..., :3] > 0).astype("float32")
    return compiled(model, "binary_crossentropy"), STEPS, targets


@right
def an_inner_model_that_is_the_softmax():
    inner = stack(layers.Softmax(), shape=(3,))
    model = stack(hidden(), layers.Dense(3), inner)
    return compiled(model, "sparse_categorical_crossentropy"), X, IDS


@right
def leaky_relu_for_negative_targets():
    head = layers.ReLU(negative_slope=0.2)
    return compiled(stack(layers.Dense(1), head), "mse"), X, NUMBERS


@right
def relu_up_to_one_for_shares():
    model = stack(hidden(), layers.Dense(1), layers.ReLU(max_value=1.0))
    return compiled(model, "mse"), X, 1 / (1 + np.exp(-NUMBERS))


@right
def batch_normalization_before_the_activation():
    model = stack(
        layers.Dense(3), layers.BatchNormalization(), layers.Activation("softmax")
    )
    return compiled(model, "categorical_crossentropy"), X, ONE_HOT


@right
def batch_normalization_of_logits():
    model = stack(layers.Dense(3), layers.BatchNormalization())
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    return compiled(model, loss), X, ONE_HOT


@right
def spectral_normalization_of_a_sigmoid():
    head = layers.SpectralNormalization(layers.Dense(1, "sigmoid"))
    return compiled(stack(hidden(), head), "binary_crossentropy"), X, TWO


@right
def mean_of_two_sigmoids():
    inputs = keras.Input((4,))
    heads = [layers.Dense(1, "sigmoid")(inputs) for _ in range(2)]
    model = keras.Model(inputs, layers.Average()(heads))
    return compiled(model, "binary_crossentropy"), X, TWO


@right
def softmax_of_pixels_that_is_averaged():
    model = stack(
        layers.Conv2D(3, 3, activation="softmax"),
        layers.GlobalAveragePooling2D(),
        shape=(8, 8, 1),
    )
    return compiled(model, "sparse_categorical_crossentropy"), IMAGES, PIXELS[:, 0, 0]


class LogitsInTraining(keras.Model):
    """Logits for the loss, probabilities for `predict`."""

    def __init__(self):
        super().__init__()
        self.head = layers.Dense(3)

    def call(self, x, training=False):
        logits = self.head(x)
        return logits if training else ops.softmax(logits)


@right
def logits_in_training_and_probabilities_in_predict():
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return compiled(LogitsInTraining(), loss), X, IDS


class Backbone(keras.Model):
    def __init__(self, head):
        super().__init__()
        self.hidden, self.head = hidden(), head

    def call(self, x):
        return self.head(self.hidden(x))


@right
def subclassed_with_a_sigmoid():
    model = Backbone(layers.Dense(1, "sigmoid"))
    return compiled(model, "binary_crossentropy"), X, TWO


@right
def subclassed_with_logits():
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return compiled(Backbone(layers.Dense(1)), loss), X, TWO


@right
def subclassed_regression():
    return compiled(Backbone(layers.Dense(1)), "mse"), X, 30 * NUMBERS


class Calling(keras.Model):
    """A functional model with a `call` of its own."""

    def call(self, x):
        return ops.softmax(super().call(x))


@right
def functional_with_a_call_of_its_own():
    inputs = keras.Input((4,))
    model = Calling(inputs, layers.Dense(3)(inputs))
    return compiled(model, "sparse_categorical_crossentropy"), X, IDS


@right
def logarithm_of_large_counts():
    """Grows slowly, and has no upper bound."""
    head = layers.Lambda(lambda z: ops.log1p(ops.relu(z)))
    model = stack(hidden(), layers.Dense(1, bias_initializer="ones"), head)
    return compiled(model, "mse"), X, np.linspace(0, 20, 48)


# labels


@right
def shares_beyond_one_by_rounding():
    """PyTorch refuses them in a crossentropy."""
    labels = np.where(TWO, 1.0000001, -1e-8).astype("float32")
    return compiled(stack(layers.Dense(1, "sigmoid")), keras.losses.Dice()), X, labels


@right
def smoothed_labels():
    labels = ONE_HOT * 0.9 + 0.1 / 3
    model = stack(layers.Dense(3, "softmax"))
    return compiled(model, "categorical_crossentropy"), X, labels


@right
def label_smoothing_of_keras():
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
    return compiled(stack(layers.Dense(3, "softmax")), loss), X, ONE_HOT


@right
def mixup():
    share = DRAW.random((48, 1))
    labels = share * ONE_HOT + (1 - share) * ONE_HOT[::-1]
    model = stack(layers.Dense(3, "softmax"))
    return compiled(model, "categorical_crossentropy"), X, labels.astype("float32")


@right
def distillation():
    teacher = np.exp(3 * X[:, :3])
    teacher /= teacher.sum(-1, keepdims=True)
    return compiled(stack(layers.Dense(3, "softmax")), "kl_divergence"), X, teacher


@right
def class_weight_for_smoothed_labels():
    model = compiled(stack(layers.Dense(3, "softmax")), "categorical_crossentropy")
    return model, X, ONE_HOT * 0.9 + 0.1 / 3, None, {0: 1.0, 1: 2.0, 2: 3.0}


@right
def ids_from_a_table():
    model = compiled(
        stack(layers.Dense(3, "softmax")), "sparse_categorical_crossentropy"
    )
    return model, X, IDS.astype("float64")


@right
def one_class_in_the_batch():
    model = compiled(
        stack(layers.Dense(3, "softmax")), "sparse_categorical_crossentropy"
    )
    return model, X, np.zeros(48, int)


@right
def more_units_than_classes_of_the_batch():
    model = compiled(
        stack(layers.Dense(10, "softmax")), "sparse_categorical_crossentropy"
    )
    return model, X, IDS


@right
def padding_of_one_hot_labels():
    labels = keras.utils.to_categorical(STEP_IDS, 3)
    weight = np.ones(STEP_IDS.shape, "float32")
    weight[:, 4:], labels[:, 4:] = 0, 0
    model = stack(layers.Dense(3, "softmax"), shape=(6, 4))
    return compiled(model, "categorical_crossentropy"), STEPS, labels, weight


@right
def rows_without_a_label_that_weigh_nothing():
    labels, weight = ONE_HOT.copy(), np.ones(48, "float32")
    labels[:8], weight[:8] = 0, 0
    model = stack(layers.Dense(3, "softmax"))
    return compiled(model, "categorical_crossentropy"), X, labels, weight


@right
def counts_that_are_not_known_weigh_nothing():
    labels, weight = DRAW.poisson(np.exp(NUMBERS)), np.ones(48, "float32")
    labels[:8], weight[:8] = -1, 0
    model = stack(layers.Dense(1, "exponential"))
    return compiled(model, "poisson"), X, labels, weight


@right
def void_pixels_are_ignored():
    labels = PIXELS.copy()
    labels[:, 0] = 255
    loss = keras.losses.SparseCategoricalCrossentropy(True, ignore_class=255)
    model = stack(layers.Conv2D(3, 1), shape=(8, 8, 1))
    return compiled(model, loss), IMAGES, labels[..., None]


@right
def targets_that_weigh_nothing_are_out_of_reach():
    labels, weight = 1 / (1 + np.exp(-NUMBERS)), np.ones(48, "float32")
    labels[:8], weight[:8] = 99, 0
    return compiled(stack(layers.Dense(1, "sigmoid")), "mse"), X, labels, weight


# tasks


@right
def regression_without_the_last_axis():
    return compiled(stack(layers.Dense(1)), "mae"), X, NUMBERS[:, None]


@right
def counts_under_poisson():
    model = stack(hidden(), layers.Dense(1, "exponential"))
    return compiled(model, "poisson"), X, DRAW.poisson(np.exp(NUMBERS))


@right
def softplus_for_prices():
    model = stack(hidden(), layers.Dense(1, "softplus"))
    return compiled(model, "mean_squared_logarithmic_error"), X, np.exp(NUMBERS)


@right
def several_labels_with_a_focal_loss():
    loss = keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True)
    labels = (X[:, :3] > 0.5).astype("float32")
    return compiled(stack(layers.Dense(3, "sigmoid")), loss), X, labels


@right
def categorical_focal_loss():
    loss = keras.losses.CategoricalFocalCrossentropy()
    return compiled(stack(layers.Dense(3, "softmax")), loss), X, ONE_HOT


@right
def autoencoder_of_grey_values():
    model = stack(
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.Conv2DTranspose(1, 3, padding="same", activation="sigmoid"),
        shape=(8, 8, 1),
    )
    return compiled(model, "binary_crossentropy"), IMAGES, IMAGES


@right
def autoencoder_under_mse():
    model = stack(layers.Dense(2, "relu"), layers.Dense(4))
    return compiled(model, "mse"), X, X


@right
def dice_of_masks():
    model = stack(layers.Conv2D(1, 1, activation="sigmoid"), shape=(8, 8, 1))
    return compiled(model, keras.losses.Dice()), IMAGES, (PIXELS > 0)[..., None] * 1.0


@right
def segmentation_with_ids_in_a_channel():
    model = stack(layers.Conv2D(3, 1), shape=(8, 8, 1))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return compiled(model, loss), IMAGES, PIXELS[..., None]


@right
def language_model():
    tokens = DRAW.integers(1, 20, (16, 9))
    model = keras.Sequential(
        [
            keras.Input((8,)),
            layers.Embedding(20, 8),
            layers.GRU(8, return_sequences=True),
            layers.Dense(20),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return compiled(model, loss), tokens[:, :-1], tokens[:, 1:]


@right
def ordinal_as_cumulated_bits():
    labels = (IDS[:, None] > np.arange(2)).astype("float32")
    return compiled(stack(layers.Dense(2, "sigmoid")), "binary_crossentropy"), X, labels


@right
def embeddings_under_a_loss_of_groups():
    def spread(y_true, y_pred):
        same = ops.cast(ops.equal(y_true, ops.transpose(y_true)), "float32")
        apart = ops.sum(ops.square(y_pred[:, None] - y_pred[None]), axis=-1)
        near = same * apart + (1 - same) * ops.maximum(1.0 - apart, 0.0)
        return ops.mean(near, axis=-1)

    embed = layers.UnitNormalization()
    model = stack(hidden(), layers.Dense(5), embed)
    return compiled(model, spread), X, IDS[:, None].astype("float32")


class Kl(layers.Layer):
    def __init__(self):
        super().__init__()
        self.seed = keras.random.SeedGenerator(0)

    def call(self, x):
        mean, spread = x[..., :2], x[..., 2:]
        self.add_loss(0.01 * ops.mean(ops.exp(spread) + mean**2 - 1 - spread))
        return mean + ops.exp(0.5 * spread) * keras.random.normal(
            ops.shape(mean), seed=self.seed
        )


@right
def variational_autoencoder():
    model = stack(hidden(), layers.Dense(4), Kl(), hidden(), layers.Dense(4))
    return compiled(model, "mse"), X, X


@right
def siamese_model_with_two_inputs():
    one, other = keras.Input((4,)), keras.Input((4,))
    tower = stack(hidden(), layers.Dense(3))
    apart = layers.Subtract()([tower(one), tower(other)])
    model = keras.Model([one, other], layers.Dense(1, "sigmoid")(ops.abs(apart)))
    same = (IDS[::-1] == IDS).astype("float32")
    return compiled(model, "binary_crossentropy"), [X, X[::-1]], same


class OwnBinary(keras.losses.BinaryCrossentropy):
    """Takes logits, whatever `from_logits` of the class it comes from says."""

    def call(self, y_true, y_pred):
        return super().call(y_true, ops.sigmoid(y_pred))


@right
def own_loss_made_from_one_of_keras():
    return compiled(stack(layers.Dense(1)), OwnBinary()), X, TWO.astype("float32")


@right
def logarithms_of_probabilities_under_an_own_loss():
    def likelihood(y_true, y_pred):
        return -ops.sum(y_true * y_pred, axis=-1)

    model = stack(hidden(), layers.Dense(3, "log_softmax"))
    return compiled(model, likelihood), X, ONE_HOT


@right
def logarithms_of_probabilities_as_logits():
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    return compiled(stack(layers.Dense(3, "log_softmax")), loss), X, ONE_HOT


@right
def angles_between_classes_as_logits():
    head = layers.Dense(
        3, use_bias=False, kernel_constraint=keras.constraints.UnitNorm(axis=0)
    )
    model = stack(layers.UnitNormalization(), head, layers.Rescaling(16.0))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return compiled(model, loss), X, IDS


@right
def a_softmax_that_is_gated():
    inputs = keras.Input((4,))
    gate = layers.Dense(1, "sigmoid")(inputs)
    model = keras.Model(inputs, layers.Dense(3, "softmax")(inputs) * gate)
    return compiled(model, "binary_crossentropy"), X, ONE_HOT


@right
def boxes_and_objects_in_a_linear_head():
    def detection(y_true, y_pred):
        there = y_true[..., :1]
        seen = ops.square(ops.sigmoid(y_pred[..., :1]) - there)
        placed = there * ops.abs(y_pred[..., 1:] - y_true[..., 1:])
        return ops.mean(seen, axis=(1, 2, 3)) + ops.mean(placed, axis=(1, 2, 3))

    there = (DRAW.random((8, 6, 6, 1)) > 0.5).astype("float32")
    boxes = 8 * DRAW.random((8, 6, 6, 4)).astype("float32")
    model = stack(layers.Conv2D(5, 3), shape=(8, 8, 1))
    return compiled(model, detection), IMAGES, np.concatenate([there, boxes], -1)


@right
def ctc():
    model = stack(hidden(), layers.Dense(6), shape=(6, 4))
    return compiled(model, keras.losses.CTC()), STEPS, DRAW.integers(1, 6, (24, 3))


# several outputs


@right
def an_output_without_a_loss():
    inputs = keras.Input((4,))
    features = hidden()(inputs)
    model = keras.Model(inputs, [features, layers.Dense(1)(features)])
    return compiled(model, [None, "mse"]), X, [X, NUMBERS]


@right
def two_outputs_from_one_layer():
    one, other = keras.Input((4,)), keras.Input((4,))
    head = layers.Dense(1, "sigmoid", name="head")
    model = keras.Model([one, other], [head(one), head(other)])
    loss = ["binary_crossentropy", "binary_crossentropy"]
    return compiled(model, loss), [X, X[::-1]], [TWO, TWO[::-1]]


@right
def one_tensor_as_two_outputs():
    inputs = keras.Input((4,))
    share = layers.Dense(1, "sigmoid")(hidden()(inputs))
    model = keras.Model(inputs, [share, share])
    shares = 1 / (1 + np.exp(-NUMBERS))
    return compiled(model, ["mse", "binary_crossentropy"]), X, [shares, TWO]


@right
def outputs_in_dicts_of_lists():
    inputs = keras.Input((4,))
    outputs = {
        "share": [layers.Dense(1, "sigmoid")(inputs), layers.Dense(1)(inputs)],
        "kind": layers.Dense(3, "softmax")(inputs),
    }
    kinds = {
        "share": ["binary_crossentropy", "mse"],
        "kind": "sparse_categorical_crossentropy",
    }
    labels = {"share": [TWO, NUMBERS[:, None]], "kind": IDS}
    return compiled(keras.Model(inputs, outputs), kinds), X, labels


@right
def labels_in_the_order_of_the_names():
    inputs = keras.Input((4,))
    outputs = {"price": layers.Dense(1)(inputs), "age": layers.Dense(1)(inputs)}
    model = keras.Model(inputs, outputs)
    return (
        compiled(model, {"price": "mse", "age": "mse"}),
        X,
        {"price": NUMBERS, "age": NUMBERS[::-1]},
    )


@right
def full_precision_behind_half():
    policy = "mixed_float16"
    model = stack(
        layers.Dense(8, "relu", dtype=policy),
        layers.Dense(3, dtype=policy),
        layers.Activation("softmax", dtype="float32"),
    )
    return compiled(model, "sparse_categorical_crossentropy"), X, IDS


@pytest.mark.sliced(share=0.25, elsewhere=True)
@pytest.mark.parametrize("name", MODELS)
def test_nothing_is_found(name):
    model, *data = MODELS[name]()
    report = losses.check(model, *data)
    assert not report.of("error") + report.of("warning"), report
    assert not report.failed, report
