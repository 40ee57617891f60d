"""What the losses of Keras, and of this catalog, are made for: which labels, and what
predictions."""

from dataclasses import dataclass
from functools import partial

import keras

# Labels: "ids" of classes, "rows" that sum to 1, "unit" for numbers in [0, 1], "signs"
# for -1 and 1, "counts" from 0 on, "real" numbers. Predictions: "rows" of
# probabilities, "chances" one by one, "positive" or "real" numbers.
KNOWN = {
    "binary_crossentropy": ("unit", "chances"),
    "binary_focal_crossentropy": ("unit", "chances"),
    "categorical_crossentropy": ("rows", "rows"),
    "categorical_focal_crossentropy": ("rows", "rows"),
    "sparse_categorical_crossentropy": ("ids", "rows"),
    "categorical_generalized_cross_entropy": ("ids", "rows"),
    "kl_divergence": ("rows", "rows"),
    "poisson": ("counts", "positive"),
    "hinge": ("signs", "real"),
    "squared_hinge": ("signs", "real"),
    "mean_squared_error": ("real", "real"),
    "mean_absolute_error": ("real", "real"),
    "mean_absolute_percentage_error": ("real", "real"),
    "mean_squared_logarithmic_error": ("counts", "real"),
    "huber": ("real", "real"),
    "log_cosh": ("real", "real"),
    "dice": ("unit", "chances"),
    "tversky": ("unit", "chances"),
}
OVER_EVERYTHING = "dice", "tversky"


@dataclass(frozen=True)
class Wants:
    """What a loss is made for; `name` is that of its function."""

    name: str
    labels: str
    predictions: str
    from_logits: bool = False
    ignore_class: int | None = None

    @property
    def of_classes(self):
        """Whether one of several classes is right."""
        return self.predictions == "rows"

    @property
    def takes_probabilities(self):
        return not self.from_logits and self.predictions in ("chances", "rows")

    @property
    def elementwise(self):
        """Whether each number of the labels meets one of the predictions."""
        return self.labels in ("unit", "signs", "counts", "real")


def module_of(loss):
    """The module of the code by which a loss computes: of a class that overrides `call`
    its own, though it inherits from a loss of Keras."""
    if isinstance(loss, keras.losses.Loss):
        for kind in type(loss).__mro__:
            if "call" in vars(kind) or "__call__" in vars(kind):
                if not kind.__module__.startswith("keras."):
                    return kind.__module__
                break
    function = getattr(loss, "fn", None)
    function = function.func if isinstance(function, partial) else function
    return getattr(function, "__module__", None) or type(loss).__module__


def wants_of(loss):
    """What a loss of Keras is made for; None of another, and of one over another axis
    than the last."""
    function = getattr(loss, "fn", None)
    if not isinstance(loss, keras.losses.Loss):
        return None
    if not module_of(loss).startswith("keras.src."):
        return None
    options = dict(getattr(loss, "_fn_kwargs", {}))
    if isinstance(function, partial) and not function.args:
        function, options = function.func, {**function.keywords, **options}
    known = KNOWN.get(function.__name__)
    if known is None:
        return None
    over = options.get("axis", -1)
    if over != -1 and function.__name__ not in OVER_EVERYTHING:
        return None
    return Wants(
        function.__name__,
        *known,
        bool(options.get("from_logits")),
        options.get("ignore_class"),
    )
