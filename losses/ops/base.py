"""What makes a function a loss: its name in saved models and errors, and its class."""

import re
from collections.abc import Callable
from inspect import Signature, cleandoc, signature
from typing import TypeVar

import keras
from keras import ops

from losses.ops.options import plain
from losses.ops.refusals import refusals_of
from losses.ops.shapes import compatible, shape_of

Function = TypeVar("Function", bound=Callable)
COMMON_OPTIONS = """\
    reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
        None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
        these come back as `(batch, 1)`, as from the losses of Keras.
    name: what error messages begin with.
    dtype: float32 or wider; half precision is computed in float32.
"""


def loss_function(*, page: str) -> Callable[[Function], Function]:
    """Decorate the function of a loss: Keras finds it by its name when it loads a
    model, and what it refuses is an error that begins with this name.

    `page` is the id of the broken variant to read about shapes that do not fit.
    """

    def decorate(function):
        named = refusals_of(function.__name__, page)(function)
        return keras.saving.register_keras_serializable("losses")(named)

    return decorate


class PerSampleLoss(keras.losses.Loss):
    """A loss of one value per sample, which refuses weights and masks that would
    broadcast.

    `options` are the arguments of its function.
    """

    def __init_subclass__(cls, *, of=None, **arguments):
        """`class Dice(PerSampleLoss, of=dice)` has the options of the function."""
        super().__init_subclass__(**arguments)
        if of is not None:
            _make_class_of(of, cls)

    def __init__(
        self, *, reduction: str | None, name: str, dtype: str | None, **options
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.options = {name: plain(value) for name, value in options.items()}

    def __call__(self, y_true, y_pred, sample_weight=None):
        if sample_weight is not None:
            sample_weight = ops.convert_to_tensor(sample_weight)
        # Outputs by name, or in a list, are as many as the weights: they are not seen.
        sizes = tuple(getattr(y_pred, "shape", (None,)))
        if self.options.get("per_pixel"):
            self._check_weight_of_map(sample_weight, sizes)
        else:
            self._check_weight(sample_weight, keras_mask(y_pred), sizes[:1])
        return super().__call__(y_true, y_pred, sample_weight)

    @property
    def dtype(self):
        """float32 at least: Keras casts labels to it, and bfloat16 has no class 257."""
        dtype = super().dtype
        return "float32" if dtype in ("float16", "bfloat16") else dtype

    def get_config(self):
        return {**super().get_config(), **self.options, "dtype": self.dtype}

    def __repr__(self):
        options = ", ".join(f"{name}={v!r}" for name, v in self.options.items())
        return f"{type(self).__name__}({options})"

    def _check_weight(self, sample_weight, mask, batch):
        """Refuse what Keras would broadcast against one value per sample."""
        if not _fits_a_vector(sample_weight, batch):
            raise ValueError(
                f"{self.name}: sample_weight {shape_of(sample_weight)} must be "
                "(batch,), because this loss has one value per sample. For a weight "
                "for each pixel take a loss with per_pixel=True, such as "
                "PixelwiseCrossentropy."
            )
        if not _fits_a_vector(mask, batch):
            raise ValueError(
                f"{self.name}: y_pred carries the mask {shape_of(mask)} of a layer "
                "such as Embedding(mask_zero=True), which does not fit one value per "
                "sample. Mark the padding in the labels instead, with ignore_class "
                "where there is one, or take a loss with a value for each position, "
                "such as keras.losses.MeanSquaredError."
            )

    def _check_weight_of_map(self, sample_weight, sizes):
        """Refuse what Keras would broadcast against a map: a weight for each sample
        would fall on the columns."""
        weight = () if sample_weight is None else tuple(sample_weight.shape)
        maps = (), sizes, sizes[:-1], (*sizes[:-1], 1)
        if not any(compatible(weight, of_map) for of_map in maps):
            raise ValueError(
                f"{self.name}: sample_weight {weight} must have the shape of the map, "
                f"{sizes[:-1]} for y_pred {sizes}. For a weight for each sample leave "
                "per_pixel away. More: losses explain "
                "pixelwise_binary_crossentropy/whole_map_weights_the_columns"
            )


def keras_mask(tensor):
    """The mask that a layer such as Embedding(mask_zero=True) left on a tensor, or
    None. Keras has no public name for it, and JAX no attribute on its arrays."""
    return keras.src.backend.get_keras_mask(tensor)


def set_keras_mask(tensor, mask):
    """Leave a mask on a tensor: Keras takes the mean of what it keeps."""
    keras.src.backend.set_keras_mask(tensor, mask)


def _fits_a_vector(tensor, batch):
    sizes = () if tensor is None else tuple(tensor.shape)
    if not sizes:
        return True
    return sizes[1:] in ((), (1,)) and compatible(sizes[:1], batch)


def _make_class_of(function, cls):
    """Give a class the options, the value and the documentation of a function."""
    this, *common, _ = signature(PerSampleLoss.__init__).parameters.values()
    options = list(signature(function).parameters.values())[2:]
    defaults = "sum_over_batch_size", function.__name__, None
    common = [p.replace(default=value) for p, value in zip(common, defaults)]
    own = Signature([this, *options, *common])

    def __init__(self, *args, **options):
        try:
            bound = own.bind(self, *args, **options)
        except TypeError as error:
            text = str(error).replace("a required arg", "a required keyword-only arg")
            raise TypeError(f"{cls.__name__}() {text}") from None
        bound.apply_defaults()
        del bound.arguments["self"]
        super(cls, self).__init__(**bound.arguments)

    def call(self, y_true, y_pred):
        return function(y_true, y_pred, **self.options)

    __init__.__signature__ = own
    for method in (__init__, call):
        method.__module__ = cls.__module__
        method.__qualname__ = f"{cls.__qualname__}.{method.__name__}"
        setattr(cls, method.__name__, method)
    cls.__doc__ = _documentation(function, cls.__doc__)
    keras.saving.register_keras_serializable("losses")(cls)


def _documentation(function, title):
    """The docstring of a class: the text of the function, and its options as those of
    the class."""
    if not function.__doc__:  # python -OO
        return title
    text, _, sections = cleandoc(function.__doc__).partition("\n\nArgs:\n")
    arguments, _, _ = sections.partition("\n\nReturns:\n")
    first_option = re.search(r"^    (?!y_)\w+:", arguments, re.MULTILINE)
    start = first_option.start() if first_option else len(arguments)
    tensors, options = arguments[:start].rstrip(), arguments[start:]
    options = f"{options}\n{COMMON_OPTIONS}" if options else COMMON_OPTIONS
    return (
        f"{title}\n\n{text}\n\nArgs:\n{options}\nCall arguments:\n{tensors}\n\n"
        "What it returns and raises, an example and the source stand in "
        f"`help(losses.{function.__name__})`."
    )
