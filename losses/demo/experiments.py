"""The four experiments: data, a small model, metrics, and the losses to train."""

import keras
import numpy as np
from keras import layers, ops

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


def ink(y_pred, activation):
    return ops.convert_to_numpy(
        y_pred[..., 0] if activation else ops.sigmoid(y_pred[..., 0])
    )


def class_beside_box(activation):
    """Ten columns and four, packed in one tensor."""
    x = keras.Input((12, 12))
    shared = layers.Dense(64, activation="relu")(layers.Flatten()(x))
    kind = layers.Dense(10, activation="softmax")(shared)
    box = layers.Dense(4, activation=activation)(shared)
    return keras.Model(x, layers.Concatenate()([kind, box]))


def class_and_edges(y_true, y_pred, activation):
    found = y_true[:, :10].argmax(axis=1) == y_pred[:, :10].argmax(axis=1)
    off = np.abs(y_true[:, 10:] - y_pred[:, 10:]) * 12
    return {"box error": off.mean(), "accuracy": found.mean()}


def two_outputs(activation):
    """Four shared units: what one output gains, the other loses."""
    x = keras.Input((3,))
    shared = layers.Dense(4, activation="tanh")(x)
    pulse = layers.Dense(1, activation=activation)(shared)
    rest = layers.Dense(2, activation=activation)(shared)
    return keras.Model(x, {"rest": rest, "pulse": pulse})


def error_of_each(y_true, y_pred, activation):
    return {
        f"{name} error": np.abs(y_true[name] - y_pred[name]).mean() for name in y_pred
    }


def _middle(activation):
    """The prediction that is exactly undecided."""
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
        picture=ink,
        trials=(
            Trial("pixelwise_binary_crossentropy", {"from_logits": True}),
            Trial("pixelwise_binary_crossentropy/mask_without_channel_axis"),
            Trial("dice", activation="sigmoid"),
            Trial("dice/coefficient_as_the_loss", activation="sigmoid"),
            Trial("dice/whole_batch_at_once", activation="sigmoid"),
        ),
    ),
    "multitask": Experiment(
        title="Which digit is it, and where?",
        data="digits moved about on 12 × 12 pixels; class and box in 14 packed columns",
        metrics={"box error": "lower", "accuracy": "higher"},
        load=data.class_and_box,
        build=class_beside_box,
        score=class_and_edges,
        trials=(
            Trial(
                "multitask",
                {
                    "tasks": {
                        "class": (10, "categorical_crossentropy"),
                        "box": (4, "mae"),
                    }
                },
                activation="sigmoid",
            ),
            Trial("multitask/a_list_of_losses", {"classes": 10}, activation="sigmoid"),
            Trial(
                "multitask/cut_at_the_wrong_column",
                {"classes": 10},
                activation="sigmoid",
            ),
            Trial("multitask/first_sample_for_the_first_task", activation="sigmoid"),
        ),
    ),
    "weighted": Experiment(
        title="What do three exercises say about the pulse? About weight and waist?",
        data="linnerud, standardised; judged on the 20 people it was fitted to",
        metrics={"pulse error": "lower", "rest error": "lower"},
        load=data.pulse_and_rest,
        build=two_outputs,
        score=error_of_each,
        judged_on="the 20 people it was fitted to",
        batch=20,
        epochs=40,
        learning_rate=0.05,
        trials=(
            Trial(
                "weighted_multi_output",
                {"outputs": {"rest": ("mse", 1.0), "pulse": ("mae", 10.0)}},
            ),
            Trial("weighted_multi_output/weight_of_a_name_that_does_not_exist"),
        ),
    ),
}
