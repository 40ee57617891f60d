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
    return Data(*_standardised(x, x_test), y, y_test)


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
    x, x_test, y, y_test = _split(_images(), packed, seed=seed, test_size=0.3)
    return Data(x, x_test, *_standardised(y, y_test))


def height_and_rest(seed):
    """Digits; how high the middle of the ink lies, and its left and right edge."""
    ink = _ink()
    height = (ink.sum(axis=2) @ -np.arange(8)) / ink.sum(axis=(1, 2))
    packed = np.concatenate([height[:, None], _edges()], axis=1)
    x, x_test, *labels = _split(_images(), packed, seed=seed, test_size=0.3)
    y, y_test = (
        {"height": part[:, :1], "rest": part[:, 1:]} for part in _standardised(*labels)
    )
    return Data(x, x_test, y, y_test)


def _images():
    return datasets.load_digits().images / 16


def _ink():
    return _images() >= 0.5


def _edges():
    """How many columns have no ink, on the left and on the right."""
    columns = _ink().any(axis=1)
    return np.stack([columns.argmax(axis=1), columns[:, ::-1].argmax(axis=1)], axis=1)


def _split(*arrays, seed, **sizes):
    arrays = [array.astype("float32") for array in arrays]
    return train_test_split(*arrays, random_state=seed, **sizes)


def _standardised(train, test):
    """Both by the mean and the standard deviation of the training part."""
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / deviation, (test - mean) / deviation
