"""Losses and weights that do not belong to the outputs as they are given."""

import keras
import numpy as np
from keras import layers

from tests.wild.records import float32
from tests.wild.tensorflow_names import tf
from tests.wild_models.records import (
    inputs_and_targets,
    of_layers,
    price_and_sale,
    wrong,
)


class TwoHeads(keras.Model):
    def __init__(self, named):
        super().__init__()
        self.named = named
        self.price = layers.Dense(1, name="price")
        self.sale = layers.Dense(1, activation="sigmoid", name="sale")

    def call(self, x):
        price, sale = self.price(x), self.sale(x)
        return {"price": price, "sale": sale} if self.named else [price, sale]


@wrong(
    "check_names_are_outputs",
    id="names-of-layers-of-a-subclassed-model",
    source="tensorflow/tensorflow#48511",
    title="losses by the names of layers, where call returns a list",
    why="the outputs of a subclassed model have no names",
    words=("loss", "'price'"),
)
def names_of_layers(is_right):
    x, y = inputs_and_targets()
    model = TwoHeads(named=is_right)
    model.compile("sgd", loss={"price": "mse", "sale": "binary_crossentropy"})
    labels = {"price": y, "sale": float32(y > 0)}
    return model, x, labels if is_right else tuple(labels.values())


@wrong(
    "check_class_weight_fits",
    id="class-weight-of-two-outputs",
    source="keras-team/keras#11735",
    title="class_weight for a model of two outputs",
    why="class_weight is for a single output",
    words=("class_weight", "sample_weight"),
)
def class_weight_of_two_outputs(is_right):
    model, x, (price, sale) = price_and_sale()
    model.compile("sgd", loss=["mse", "binary_crossentropy"])
    if is_right:
        weights = [np.ones(len(x), "float32"), np.where(sale[:, 0], 5, 1)]
        return model, x, [price, sale], [float32(part) for part in weights]
    return model, x, [price, sale], None, {0: 1.0, 1: 5.0}


@wrong(
    "check_every_output_has_a_loss",
    id="loss-weights-of-classes",
    source="keras-team/keras#19780",
    title="loss_weights=[0.2, 0.3, 0.5] for a model of one output",
    why="classes are meant, and loss_weights are for outputs",
    words=("loss_weights", "class_weight"),
)
def weights_of_classes(is_right):
    x, _ = inputs_and_targets()
    model = of_layers(layers.Dense(3, activation="softmax"))
    weights = None if is_right else [0.2, 0.3, 0.5]
    model.compile("sgd", loss="categorical_crossentropy", loss_weights=weights)
    return model, x, float32(np.eye(3)[x[:, :3].argmax(1)])


def both_at_once(y_true, y_pred):
    price = tf.reduce_mean(tf.square(y_true[0] - y_pred[0]), -1)
    return price + tf.reduce_mean(tf.square(y_true[1] - y_pred[1]), -1)


def each_column(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_true - y_pred), -1)


@wrong(
    "check_order_of_samples",
    id="joint-loss-of-two-outputs",
    source="keras-team/keras#13340, #14140, tensorflow/probability#1296",
    title="one loss that unpacks two outputs",
    why="Keras calls it for each output: y_pred[0] is the first sample",
    words=("y_pred[0]", "y_pred[:, 0]"),
)
def joint_loss(is_right):
    model, x, y = price_and_sale()
    model.compile("sgd", loss=each_column if is_right else both_at_once)
    return model, x, y
