"""One training run: a loss, right or wrong, on real data, measured epoch by epoch."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from losses.demo.data import Data
from losses.running.subject import Subject
from losses.source import registry

IMAGES = 3  # of each run, in a picture


@dataclass(frozen=True)
class Trial:
    """A loss of the catalog, or a broken variant by its id, with options.

    A variant keeps the options it was declared with, and gets those that it has
    parameters for.
    """

    name: str
    options: dict[str, Any] = field(default_factory=dict)
    activation: str | None = None  # of the last layer

    @classmethod
    def of(cls, name):
        """The trial of a loss of masks: on probabilities, unless the loss, or its
        mistake, is about logits."""
        trial = cls(name)
        options = trial._code().case.options if trial.wrong else {}
        function = getattr(trial._module("catalog"), trial.loss.name)
        known = inspect.signature(function).parameters
        given = "y_pred: logits" in trial.loss.doc and "from_logits" not in known
        logits = given or options.get("from_logits")
        return trial if logits else replace(trial, activation="sigmoid")

    @property
    def wrong(self):
        return "/" in self.name

    @property
    def loss(self):
        return registry.losses()[self.name.partition("/")[0]]

    def train(self, trainee, x, y):
        if self.wrong:
            code = self._code()
            case = replace(code.case, options={**code.case.options, **self.options})
            return Subject.of_variant(code, case).train(trainee, x, y)
        loss_class = getattr(self._module("catalog"), self.loss.class_name)
        loss = loss_class(**self.options)
        several = isinstance(y, dict)
        trainee.compile(
            **loss.compile_args(trainee.model) if several else {"loss": loss}
        )
        return trainee.fit(x, y)

    def _code(self):
        names = vars(self._module("broken"))
        wanted = self.name.partition("/")[2]
        return next(v for k, v in names.items() if registry.snake(k) == wanted)

    def _module(self, shelf):
        return import_module(f"losses.{shelf}.{self.loss.family}.{self.loss.name}")


class Seen(NamedTuple):
    """One run: loss and metrics after each epoch, and the images predicted last."""

    epochs: dict[str, list[float]]
    found: Any  # images of probabilities, where the experiment has pictures


@dataclass(frozen=True)
class Experiment:
    """Several trials on the same data, batches and initial weights."""

    title: str
    data: str
    metrics: dict[str, str]  # name: which is better, "higher" or "lower"
    load: Callable[[int], Data]  # of a seed
    build: Callable[[str | None], keras.Model]  # of an activation
    score: Callable[[Any, Any, str | None], dict[str, float]]
    trials: tuple[Trial, ...]
    judged_on: str = "held-out data"
    batch: int = 32
    epochs: int = 10
    learning_rate: float = 0.005
    # Where what is predicted are images: their probabilities, of an activation.
    picture: Callable[[Any, str | None], Any] | None = None

    def run(self, trial, seeds, advance):
        """The `Seen` of each seed."""
        trainee = Trainee(self.build(trial.activation), self)
        return [self._run(trial, trainee, seed, advance) for seed in seeds]

    def _run(self, trial, trainee, seed, advance):
        data = self.load(seed)
        keras.utils.set_random_seed(seed)
        model = trainee.restart(self.build(trial.activation).get_weights())
        seen = {name: [] for name in ("loss", *self.metrics)}

        def predicted(x):
            return keras.tree.map_structure(ops.convert_to_numpy, model(x))

        def watch(_, logs):
            now = self.score(data.y_test, predicted(data.x_test), trial.activation)
            for name, value in {"loss": logs["loss"], **now}.items():
                seen[name].append(float(value))
            advance()

        trainee.watch = keras.callbacks.LambdaCallback(on_epoch_end=watch)
        trial.train(trainee, data.x, data.y)
        if self.picture is None:
            return Seen(seen, None)
        found = self.picture(predicted(data.x_test[:IMAGES]), trial.activation)
        return Seen(seen, shades(found))

    def images(self, seed):
        """The first held-out images and their truth, in shades."""
        data = self.load(seed)
        return {
            "input": shades(data.x_test[:IMAGES]),
            "truth": shades(data.y_test[:IMAGES]),
        }


def shades(images):
    """Whole numbers, from 0 for white to 9 for black."""
    return np.rint(9 * np.clip(images, 0, 1)).astype(int).tolist()


class Trainee:
    """A model as a script uses it: `compile` and `fit`, with the rest decided here.

    It is compiled once, because tracing takes longer than training. Every seed then
    starts from its own weights and a fresh optimizer.
    """

    def __init__(self, model, experiment):
        self.model, self.experiment = model, experiment
        self.optimizer = keras.optimizers.Adam(experiment.learning_rate)
        self.optimizer.build(model.trainable_variables)
        self.unused = [ops.copy(v.value) for v in self.optimizer.variables]

    def restart(self, weights):
        self.model.set_weights(weights)
        for variable, value in zip(self.optimizer.variables, self.unused):
            variable.assign(value)
        return self.model

    def compile(self, *_, **arguments):
        if not self.model.compiled:
            fixed = {"optimizer": self.optimizer, "jit_compile": False}
            self.model.compile(**{**arguments, **fixed})

    def fit(self, x, y):
        return self.model.fit(
            x,
            y,
            batch_size=self.experiment.batch,
            epochs=self.experiment.epochs,
            shuffle=False,  # the split has shuffled: every trial sees these batches
            verbose=0,
            callbacks=[self.watch],
        )

    def __getattr__(self, name):
        return getattr(self.model, name)
