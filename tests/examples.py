"""The examples of every loss: with the defaults, and with every option set.

They stand as `EXAMPLES`, tuples of labels, predictions and options, beside the numbers
worked out by hand. A loss without an example fails a test that says so.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

import losses
from losses.source import registry
from tests.hand import module_of


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
        name = registry.losses()[self.loss].class_name
        return getattr(losses, name)(**self.options, **arguments)

    @property
    def is_coupled(self):
        """Whether the docstring says that a value depends on other samples."""
        coupling = registry.losses()[self.loss].coupling
        options = [f'{name}="{value}"' for name, value in self.options.items()]
        kinds = ["batch-coupled", *(f"batch-coupled with {o}" for o in options)]
        return coupling in kinds

    def __str__(self):
        options = ",".join(
            k if isinstance(v, (dict, list)) else f"{k}={v}"
            for k, v in self.options.items()
        )
        return f"{self.loss}({options})"


EXAMPLES = [
    Example(loss.name, y_true, np.asarray(y_pred, "float32"), options)
    for loss in registry.losses().values()
    for y_true, y_pred, options in module_of(loss).EXAMPLES
]
