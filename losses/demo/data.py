"""Real data, bundled with scikit-learn: it needs no network."""

from typing import Any, NamedTuple

import numpy as np
from sklearn import datasets
from sklearn.model_selection import train_test_split


class Data(NamedTuple):
    """What is trained on, and what is held out."""

    x: Any
    x_test: Any
    y: Any
    y_test: Any


def breast_cancer(seed):
    """Measurements of 569 tumours, standardised; 1 is benign."""
    x, y = datasets.load_breast_cancer(return_X_y=True)
    x, x_test, y, y_test = _split(x, y, seed=seed, test_size=0.3, stratify=y)
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    return Data((x - mean) / deviation, (x_test - mean) / deviation, y, y_test)


def noisy_ink(seed):
    """Digits with noise added, and masks of where there was ink."""
    images = _images()
    noise = np.random.default_rng(seed).normal(0, 0.3, images.shape)
    whole_batches = {"train_size": 640, "test_size": 600}
    return Data(*_split(images + noise, _ink(), seed=seed, **whole_batches))


def size_and_box(seed):
    """Digits; how much ink there is, and its left and right edge, packed.

    Top and bottom are left out: the ink of nearly every digit reaches both.
    """
    packed = np.concatenate([_ink().mean(axis=(1, 2))[:, None], _edges()], axis=1)
    return Data(*_split(_images(), packed, seed=seed, test_size=0.3))


def height_and_rest(seed):
    """Digits; how high the middle of the ink lies, and its left and right edge."""
    ink = _ink()
    above = (8 - np.arange(8)) / 8
    height = (ink.sum(axis=2) @ above) / ink.sum(axis=(1, 2))
    x, x_test, *labels = _split(
        _images(), height[:, None], _edges(), seed=seed, test_size=0.3
    )
    height, height_test, rest, rest_test = labels
    return Data(
        x,
        x_test,
        {"height": height, "rest": rest},
        {"height": height_test, "rest": rest_test},
    )


def _images():
    return datasets.load_digits().images / 16


def _ink():
    return _images() >= 0.5


def _edges():
    """The first column with ink and the one after the last, in parts of the width."""
    columns = _ink().any(axis=1)
    first, last = columns.argmax(axis=1), 8 - columns[:, ::-1].argmax(axis=1)
    return np.stack([first, last], axis=1) / 8


def _split(*arrays, seed, **sizes):
    arrays = [array.astype("float32") for array in arrays]
    return train_test_split(*arrays, random_state=seed, **sizes)
