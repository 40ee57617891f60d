"""Real data bundled with scikit-learn, so no network is needed."""

from typing import Any, NamedTuple

import numpy as np
from sklearn import datasets
from sklearn.model_selection import train_test_split

INK = 0.5  # and darker


class Data(NamedTuple):
    """Training data and held-out data."""

    x: Any
    x_test: Any
    y: Any
    y_test: Any


def breast_cancer(seed):
    """Measurements of 569 tumours, standardised; label 1 is benign."""
    x, y = datasets.load_breast_cancer(return_X_y=True)
    x, x_test, y, y_test = _split(x, y, seed=seed, test_size=0.3, stratify=y)
    return Data(*_standardised(x, x_test), y, y_test)


def noisy_ink(seed):
    """Digits with added noise, and masks of the ink."""
    images = _images()
    noise = np.random.default_rng(seed).normal(0, 0.3, images.shape)
    whole_batches = {"train_size": 640, "test_size": 600}
    return Data(*_split(images + noise, images >= INK, seed=seed, **whole_batches))


def class_and_box(seed):
    """Digits moved around on a larger image. Labels: the digit, as ten columns, and the
    box around its ink, as four.

    Unmoved, nearly all digits have the same top and bottom edge: there is nothing to
    learn.
    """
    images, classes = _images(), np.eye(10)[datasets.load_digits().target]
    moved = np.zeros((len(images), 12, 12))
    corners = np.random.default_rng(seed).integers(0, 5, (len(images), 2))
    for canvas, image, (down, right) in zip(moved, images, corners):
        canvas[down : down + 8, right : right + 8] = image
    packed = np.concatenate([classes, _box(moved >= INK)], axis=1)
    return Data(*_split(moved, packed, seed=seed, test_size=0.3))


def pulse_and_rest(seed):
    """Twenty people: three exercises as inputs; pulse, and weight and waist, as labels.

    Nobody is held out: with so few people a test set would say little.
    """
    x, y = datasets.load_linnerud(return_X_y=True)
    x, y = (_standardised(part, part)[0].astype("float32") for part in (x, y))
    labels = {"pulse": y[:, 2:], "rest": y[:, :2]}
    return Data(x, x, labels, labels)


def _images():
    return datasets.load_digits().images / 16


def _box(ink):
    """Left, right, top and bottom edge of the ink, as fractions of the image size."""
    size = ink.shape[-1]
    lines = ink.any(axis=1), ink.any(axis=2)
    edges = [(line.argmax(1), size - line[:, ::-1].argmax(1)) for line in lines]
    return np.stack([edge for pair in edges for edge in pair], axis=1) / size


def _split(*arrays, seed, **sizes):
    arrays = [array.astype("float32") for array in arrays]
    return train_test_split(*arrays, random_state=seed, **sizes)


def _standardised(train, test):
    """Both, by the mean and the standard deviation of the training data."""
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / deviation, (test - mean) / deviation
