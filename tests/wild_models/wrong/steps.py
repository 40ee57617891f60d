"""Steps of one's own, masks, and metrics, that lose what was given."""

import keras
from keras import layers

from tests.wild.tensorflow_names import tf
from tests.wild_models.records import (
    inputs_and_targets,
    of_layers,
    padded_sequences,
    price_and_sale,
    wrong,
)


def masked_sequences(loss):
    x, y = padded_sequences()
    hidden = layers.GRU(4, return_sequences=True)
    model = of_layers(layers.Masking(), hidden, layers.Dense(1), shape=(5, 3))
    model.compile("sgd", loss=loss)
    return model, x, y


def of_each_step(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_true - y_pred), -1)


def of_all_steps(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_true - y_pred))


def of_the_sequence(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_true - y_pred), [1, 2])


@wrong(
    "check_mask_reaches_the_loss",
    id="mask-and-a-loss-of-the-sequence",
    source="tensorflow/tensorflow#34491, #39146",
    title="Masking, and a loss that takes the mean over the steps itself",
    why="the mask is of each step, and the values are of each sequence",
    words=("mask", "step"),
)
def mask_of_steps(is_right):
    return masked_sequences(of_each_step if is_right else of_the_sequence)


@wrong(
    "check_mask_reaches_the_loss",
    id="mask-and-one-number",
    source="tensorflow/tensorflow#34491, #39146, keras-team/keras#4196",
    title="Masking, and a loss that returns one number",
    why="padding counts: the mask of the model cannot reach inside",
    words=("mask", "padding"),
)
def mask_of_nothing(is_right):
    return masked_sequences(of_each_step if is_right else of_all_steps)


class OwnStep(keras.Model):
    """A step of its own for TensorFlow; `loss_of` is the line in question."""

    def __init__(self, loss_of):
        super().__init__()
        self.loss_of = loss_of
        self.head = layers.Dense(1, kernel_regularizer=keras.regularizers.L2(100.0))

    def call(self, x):
        return self.head(x)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.loss_of(self, x, y, self(x, training=True))
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return {"loss": loss}


def by_name(model, x, y, y_pred):
    return model.compute_loss(x=x, y=y, y_pred=y_pred)


def with_own_step(loss_of):
    x, y = inputs_and_targets()
    model = OwnStep(loss_of)
    model.compile("sgd", loss=keras.losses.MeanSquaredError())
    return model, x, y


@wrong(
    "check_added_losses_count",
    id="train-step-forgets-regularizers",
    source="hunglc007/tensorflow-yolov4-tflite#369, tensorflow/tensorflow#33219",
    title="a train_step that minimises self.loss(y, y_pred) alone",
    why="what the regularizers of layers add is in self.losses, and is never added",
    words=("compute_loss",),
    not_on=("jax", "torch"),
)
def forgotten_regularizers(is_right):
    def the_loss_alone(model, x, y, y_pred):
        return model.loss(y, y_pred)

    return with_own_step(by_name if is_right else the_loss_alone)


@wrong(
    "check_step_runs",
    id="compute-loss-by-place",
    source="keras-team/keras-io#1630",
    title="self.compute_loss(y, y_pred) in a train_step",
    why="the first argument is x: y stands for x, and y_pred for y",
    words=("compute_loss", "y_pred="),
    not_on=("jax", "torch"),
)
def by_place(is_right):
    def shifted(model, x, y, y_pred):
        return model.compute_loss(y, y_pred)

    return with_own_step(by_name if is_right else shifted)


@wrong(
    "check_sample_weights_fit",
    "check_step_runs",
    id="weights-of-columns",
    source="keras-team/keras#15181, tensorflow/tensorflow#42750",
    title="sample_weight (batch, 10) for an output (batch, 10)",
    why="the loss takes the mean over the last axis: a weight is for a row",
    words=("sample_weight", "row"),
)
def weights_of_columns(is_right):
    x, _ = inputs_and_targets()
    model = of_layers(layers.Dense(10))
    model.compile("sgd", loss="mse")
    y = keras.ops.convert_to_numpy(model(x)) + 1
    weights = 0 * y + 0.5
    return model, x, y, weights[:, 0] if is_right else weights


@wrong(
    "check_sample_weights_fit",
    id="weights-of-one-output-alone",
    source="tensorflow/tensorflow#46234",
    title="sample_weight={'sale': w} for a model of two outputs",
    why="weights must have the structure of the labels",
    words=("sample_weight",),
)
def weights_of_one_output(is_right):
    model, x, (price, sale) = price_and_sale()
    model.compile("sgd", loss={"price": "mse", "sale": "binary_crossentropy"})
    weight = 0 * sale[:, 0] + 1
    if is_right:
        return model, x, [price, sale], [weight, weight]
    return model, x, {"price": price, "sale": sale}, {"sale": weight}
