"""The four experiments: data, a small model, how it is judged, and who is trained."""

import keras
import numpy as np
from keras import layers

from losses.demo import data
from losses.demo.training import Experiment, Trial


def benign_or_malignant(activation):
    return keras.Sequential(
        [
            keras.Input((30,)),
            layers.Dense(16, activation="relu"),
            layers.Dense(1, activation=activation),
        ]
    )


def accuracy(y_true, y_pred, activation):
    found = y_pred[:, 0] > _middle(activation)
    return {"accuracy": np.mean(found == y_true)}


def ink_or_paper(activation):
    return keras.Sequential(
        [
            keras.Input((8, 8)),
            layers.Reshape((8, 8, 1)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.Conv2D(1, 3, padding="same", activation=activation),
        ]
    )


def iou(y_true, y_pred, activation):
    true, found = y_true > 0.5, y_pred[..., 0] > _middle(activation)
    both, either = true & found, true | found
    return {"IoU": np.mean(both.sum((1, 2)) / either.sum((1, 2)))}


def three_columns(activation):
    return keras.Sequential(
        [
            keras.Input((8, 8)),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(3, activation=activation),
        ]
    )


def size_and_edges(y_true, y_pred, activation):
    error = np.abs(y_true - y_pred).mean(axis=0)
    return {"edge error": error[1:].mean(), "size error": error[0]}


def two_outputs(activation):
    """Four units for all of it: what one output gets is taken from the other."""
    x = keras.Input((8, 8))
    shared = layers.Dense(4, activation="tanh")(layers.Flatten()(x))
    height = layers.Dense(1, activation=activation)(shared)
    rest = layers.Dense(2, activation=activation)(shared)
    return keras.Model(x, {"rest": rest, "height": height})


def height_and_edges(y_true, y_pred, activation):
    error = {name: np.abs(y_true[name] - y_pred[name]).mean() for name in y_pred}
    return {"height error": error["height"], "edge error": error["rest"]}


def _middle(activation):
    """The prediction that says: as likely as not."""
    return 0.5 if activation == "sigmoid" else 0.0


EXPERIMENTS = {
    "binary": Experiment(
        title="Is a tumour benign?",
        data="breast cancer; labels (batch,), predictions (batch, 1)",
        metrics={"accuracy": "higher"},
        load=data.breast_cancer,
        build=benign_or_malignant,
        score=accuracy,
        learning_rate=0.01,
        trials=(
            Trial("binary_crossentropy", activation="sigmoid"),
            Trial(
                "binary_crossentropy/column_minus_vector_in_a_subclass",
                activation="sigmoid",
            ),
            Trial("binary_crossentropy/arguments_exchanged", activation="sigmoid"),
        ),
    ),
    "segmentation": Experiment(
        title="Which pixels are ink?",
        data="digits with noise; masks (batch, 8, 8), batches of 8",
        metrics={"IoU": "higher"},
        load=data.noisy_ink,
        build=ink_or_paper,
        score=iou,
        batch=8,
        epochs=5,
        trials=(
            Trial("pixelwise_binary_crossentropy", {"from_logits": True}),
            Trial("pixelwise_binary_crossentropy/mask_without_channel_axis"),
            Trial("dice", activation="sigmoid"),
            Trial("dice/coefficient_as_the_loss", activation="sigmoid"),
            Trial("dice/whole_batch_at_once", activation="sigmoid"),
        ),
    ),
    "multitask": Experiment(
        title="How much ink is there, and where are its edges?",
        data="digits; three packed columns, in standard deviations",
        metrics={"edge error": "lower", "size error": "lower"},
        load=data.size_and_box,
        build=three_columns,
        score=size_and_edges,
        trials=(
            Trial("multitask", {"tasks": {"size": (1, "mse"), "box": (2, "mae")}}),
            Trial("multitask/a_list_of_losses"),
            Trial("multitask/cut_at_the_wrong_column"),
            Trial("multitask/first_sample_for_the_first_task"),
        ),
    ),
    "weighted": Experiment(
        title="How high does the ink lie? And where are its edges?",
        data="digits; two outputs, weights 10 and 1, in standard deviations",
        metrics={"height error": "lower", "edge error": "lower"},
        load=data.height_and_rest,
        build=two_outputs,
        score=height_and_edges,
        trials=(
            Trial(
                "weighted_multi_output",
                {"outputs": {"rest": ("mse", 1.0), "height": ("mae", 10.0)}},
            ),
            Trial("weighted_multi_output/weight_of_a_name_that_does_not_exist"),
        ),
    ),
}
