"""What is kept of a loss met in the wild, and the seeded data to call it with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A loss with a mistake, and the same loss without it.

    `severity` is "warning" where the loss trains but `sample_weight`, `class_weight` or
    the batch size act wrongly. `intent` marks a mistake that nobody can tell without
    knowing what the author wanted. `not_on` says, for a backend, why it is no mistake
    there; without it the loss is right on every backend.
    """

    id: str
    source: str  # the thread
    title: str
    failure_class: str
    why: str
    make_data: Callable  # () -> (y_true, y_pred)
    broken: Callable  # the loss, or what makes it where `factory`
    fixed: Callable
    factory: bool = False
    severity: str = "error"
    intent: bool = False
    input_shape: tuple | None = None  # of the model, where `make_data` does not tell it
    not_on: dict = field(default_factory=dict, hash=False)

    def fresh(self, which="broken"):
        """The loss, newly made where it keeps something between two calls."""
        loss = {"broken": self.broken, "fixed": self.fixed}[which]
        return loss() if self.factory and which == "broken" else loss


@dataclass(frozen=True, kw_only=True)
class Correct:
    """A loss without a mistake; `remark` says what may be taken for one.

    `not_on` says, for a backend, why the loss as it was written does not run there.
    """

    id: str
    source: str
    title: str
    make_data: Callable  # () -> (y_true, y_pred)
    loss: Callable  # the loss, or what makes it where `factory`
    remark: str = ""
    factory: bool = False
    scalar_ok: bool = False  # one value for the batch is what the author wants
    stochastic: bool = False
    jit_ok: bool = True
    not_on: dict = field(default_factory=dict, hash=False)

    def fresh(self):
        """The loss, newly made where it is an object of its own class."""
        return self.loss() if self.factory else self.loss


def broken(**facts):
    """Makes a `Broken` of the decorated loss."""
    return lambda loss: Broken(broken=loss, **facts)


def correct(**facts):
    """Makes a `Correct` of the decorated loss."""
    return lambda loss: Correct(loss=loss, **facts)


def only_tensorflow(reason):
    """`not_on` of a mistake that only TensorFlow knows."""
    return {"jax": reason, "torch": reason}


def records_in(package, kind):
    """The records of this kind in the files of a package, as they stand there."""
    names = sorted(module.name for module in iter_modules(package.__path__))
    modules = [import_module(f"{package.__name__}.{name}") for name in names]
    return [x for module in modules for x in vars(module).values() if type(x) is kind]


def float32(values):
    return np.asarray(values, dtype="float32")


def softmax(scores, axis=-1):
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def sigmoid(scores):
    return 1.0 / (1.0 + np.exp(-scores))


def regression(seed, batch=8, width=1):
    """Targets `(batch, width)` and predictions near them."""
    random = np.random.default_rng(seed)
    y_true = float32(random.normal(size=(batch, width)))
    return y_true, float32(y_true + 0.5 * random.normal(size=(batch, width)))


def one_hot_and_softmax(seed, batch=8, classes=4):
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, size=batch)
    scores = random.normal(size=(batch, classes))
    return float32(np.eye(classes)[labels]), float32(softmax(scores))


def labels_and_softmax(seed, batch=8, classes=4, column=False):
    """Integer labels, `(batch, 1)` if `column` else `(batch,)`."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, size=batch).astype("int64")
    y_pred = float32(softmax(random.normal(size=(batch, classes))))
    return (labels[:, None] if column else labels), y_pred


def binary(seed, batch=8, column=True, dtype="float32"):
    """Labels 0 and 1, `(batch, 1)` if `column`, and probabilities `(batch, 1)`."""
    random = np.random.default_rng(seed)
    labels = (random.random(batch) > 0.5).astype(dtype)
    y_pred = float32(sigmoid(random.normal(size=(batch, 1))))
    return (labels[:, None] if column else labels), y_pred


def masks(seed, dtype="float32"):
    """Masks and probabilities `(4, 8, 8, 1)`."""
    random = np.random.default_rng(seed)
    y_true = (random.random((4, 8, 8, 1)) > 0.6).astype(dtype)
    return y_true, float32(sigmoid(random.normal(size=(4, 8, 8, 1))))


def distributions(seed):
    """Two lots of probabilities `(8, 5)`."""
    random = np.random.default_rng(seed)
    y_true = float32(softmax(random.normal(size=(8, 5))))
    return y_true, float32(softmax(random.normal(size=(8, 5))))


def signs_and_scores(seed):
    """Labels -1 and 1 and scores, both `(8, 1)`."""
    random = np.random.default_rng(seed)
    y_true = float32(np.where(random.random((8, 1)) > 0.5, 1, -1))
    return y_true, float32(random.normal(size=(8, 1)))


def words_and_frames(seed):
    """Integer labels `(4, 6)` filled up with 0, logits of frames `(4, 20, 8)`."""
    random = np.random.default_rng(seed)
    y_true = np.zeros((4, 6), "int32")
    for word, length in enumerate((3, 4, 2, 5)):
        y_true[word, :length] = random.integers(1, 8, length)
    return y_true, float32(random.normal(size=(4, 20, 8)))
