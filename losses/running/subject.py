"""What is run: a broken variant, or a loss of the catalog."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

import keras

from losses.running.backend import LEGACY
from losses.running.observe import Impossible


@dataclass(frozen=True)
class Subject:
    """What is run: `direct(y_true, y_pred)`, and `train(model, x, y)` inside `fit`.

    `direct` may be missing: a training script has no loss of its own to be called.
    """

    direct: Callable | None
    train: Callable
    custom_objects: dict

    @classmethod
    def of_variant(cls, variant, case):
        """A broken variant: a function, a `Loss` class, or a script `(model, x, y)`."""
        if inspect.isclass(variant):
            loss = variant(**accepted(variant, case.options))
            return cls(loss, compiled(loss=loss), {variant.__name__: variant})
        if list(inspect.signature(variant).parameters)[:1] == ["model"]:
            return cls(None, variant, {})
        options = accepted(variant, case.options)
        if not options:
            return cls(variant, compiled(loss=variant), {variant.__name__: variant})

        @wraps(variant)
        def loss(y_true, y_pred):
            return variant(y_true, y_pred, **options)

        del loss.__wrapped__  # TensorFlow takes its signature for that of this one
        return cls(loss, compiled(loss=loss), {variant.__name__: loss})

    @classmethod
    def of_reference(cls, function, loss_class, case):
        """A loss of the catalog: its function directly, its class inside `fit`. Legacy
        Keras knows no class of Keras 3: there it is a function for each output."""
        functions = {}

        def direct(y_true, y_pred):
            return function(y_true, y_pred, **case.options)

        def train(model, x, y):
            loss = loss_class(**case.options)
            several = isinstance(case.y_pred, (dict, tuple))
            arguments = loss.compile_args(model) if several else {"loss": loss}
            if LEGACY:
                arguments["loss"] = keras.tree.map_structure(
                    as_function, arguments["loss"]
                )
            return compiled(**arguments)(model, x, y)

        def as_function(loss):
            if not isinstance(loss, str):
                values = loss.call

                def loss(y_true, y_pred):
                    return values(y_true, y_pred)

                loss.__name__ = f"{function.__name__}_{len(functions)}"
                functions[loss.__name__] = loss
            return loss

        return cls(direct, train, functions)

    def called(self):
        """`direct`, where there is one."""
        if self.direct is None:
            raise Impossible("it is a training script")
        return self.direct


def accepted(variant, options):
    """Those of the options that a variant has a parameter for."""
    return {
        k: v for k, v in options.items() if k in inspect.signature(variant).parameters
    }


def compiled(**arguments):
    """A training script that compiles with these arguments."""

    def train(model, x, y):
        model.compile(**arguments)
        return model.fit(x, y)

    return train
