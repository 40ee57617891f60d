"""Inputs for every loss, with options that are not the defaults: small, seeded, real
enough to train on. A loss without an example fails a test that says so."""

from dataclasses import dataclass
from typing import Any

import numpy as np

import losses


@dataclass(frozen=True)
class Example:
    """A loss with options, and labels and predictions that suit it."""

    loss: str
    y_true: Any
    y_pred: Any
    options: dict[str, Any]

    def function(self, y_true, y_pred):
        return getattr(losses, self.loss)(y_true, y_pred, **self.options)

    def instance(self, **arguments):
        name = "".join(part.title() for part in self.loss.split("_"))
        return getattr(losses, name)(**self.options, **arguments)

    def __str__(self):
        options = ",".join(
            k if isinstance(v, (dict, list)) else f"{k}={v}"
            for k, v in self.options.items()
        )
        return f"{self.loss}({options})"


def normal(*size):
    return np.random.default_rng(sum(size)).normal(size=size).astype("float32")


def probabilities(*size):
    odds = np.exp(normal(*size))
    return (
        odds / odds.sum(axis=-1, keepdims=True) if size[-1] > 1 else odds / (1 + odds)
    )


def ids(classes, *size):
    return np.random.default_rng(sum(size)).integers(0, classes, size)


def one_hot(classes, *size):
    return np.eye(classes)[ids(classes, *size)]


def void(labels):
    """The same labels, every third of them 255."""
    labels = labels.copy()
    labels.flat[::3] = 255
    return labels


def _examples():
    yield "binary_crossentropy", ids(2, 4), probabilities(4, 1), {}
    yield (
        "binary_crossentropy",
        ids(2, 4, 3),
        normal(4, 3),
        {"from_logits": True, "pos_weight": [2.0, 3.0, 0.5], "label_smoothing": 0.1},
    )
    yield "mean_squared_error", normal(4), normal(4, 1) + 1, {}
    yield "mean_squared_error", normal(4, 5, 2), normal(4, 5, 2) / 2, {}
    yield "mean_absolute_error", normal(4, 3), 1 - normal(4, 3), {}
    yield "categorical_crossentropy", one_hot(3, 4), probabilities(4, 3), {}
    yield (
        "categorical_crossentropy",
        one_hot(3, 4, 2).swapaxes(1, 2),
        normal(4, 3, 2),
        {
            "from_logits": True,
            "label_smoothing": 0.1,
            "class_weight": [1.0, 2.0, 3.0],
            "axis": 1,
        },
    )
    yield "sparse_categorical_crossentropy", ids(3, 4), probabilities(4, 3), {}
    yield (
        "sparse_categorical_crossentropy",
        void(ids(3, 4, 2)),
        normal(4, 2, 3),
        {"from_logits": True, "ignore_class": 255, "class_weight": [1.0, 2.0, 3.0]},
    )
    masks = ids(2, 4, 6, 5)
    yield "pixelwise_binary_crossentropy", masks, probabilities(4, 6, 5, 1), {}
    yield (
        "pixelwise_binary_crossentropy",
        masks[..., None],
        normal(4, 6, 5),
        {"from_logits": True, "pos_weight": 3.0},
    )
    maps = ids(3, 4, 6, 5)
    yield "pixelwise_crossentropy", maps[..., None], probabilities(4, 6, 5, 3), {}
    several = {
        "from_logits": True,
        "ignore_class": 255,
        "class_weight": [1.0, 2.0, 3.0],
    }
    yield "pixelwise_crossentropy", void(maps), normal(4, 6, 5, 3), several
    yield "dice", masks, probabilities(4, 6, 5, 1), {}
    yield "dice", void(maps), normal(4, 6, 5, 3), {"smooth": 0.5, **several}
    yield "dice", one_hot(3, 4, 6, 5), probabilities(4, 6, 5, 3), {"over": "batch"}
    yield (
        "multitask",
        np.concatenate([ids(3, 4)[:, None], normal(4, 2)], axis=1),
        np.concatenate([probabilities(4, 3), normal(4, 2) / 2], axis=1),
        {
            "tasks": {
                "class": (3, losses.sparse_categorical_crossentropy),
                "box": (2, losses.MeanAbsoluteError()),
            },
            "weights": {"box": 0.5},
        },
    )
    yield (
        "weighted_multi_output",
        normal(4, 4),
        normal(4, 4) / 2,
        {
            "outputs": {
                "height": ("mse", 0.7),
                "rest": (losses.mean_absolute_error, 0.3),
            },
            "columns": {"height": 1, "rest": 3},
        },
    )


EXAMPLES = [
    Example(name, y_true, np.asarray(y_pred, "float32"), options)
    for name, y_true, y_pred, options in _examples()
]
