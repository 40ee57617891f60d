"""What the rules of `losses.check` say of the broken variants, and the report that the
site shows whole."""

import inspect
from functools import cache
from types import FunctionType

import numpy as np

import losses
from losses.checker import plausible
from losses.running.subject import accepted
from losses.source import registry
from tests.recording.subjects import declared, reference

# Their own inputs are too few to tell: two samples, or labels that are all alike.
ON_MORE_DATA = {
    "mean_absolute_error/without_the_absolute_value": plausible((8, 2), (8, 2)),
    "pixelwise_binary_crossentropy/logits_taken_as_probabilities": plausible(
        (4, 5, 6), (4, 5, 6), "segmentation", from_logits=True
    ),
    "pixelwise_binary_crossentropy/probabilities_taken_as_logits": plausible(
        (4, 5, 6), (4, 5, 6), "segmentation"
    ),
    "binary_crossentropy/probability_as_logits": plausible((8, 1), (8, 1), "binary"),
    "sparse_categorical_crossentropy/logits_as_probabilities": plausible(
        (8,), (8, 3), from_logits=True
    ),
}


def is_script(code, case):
    """Whether a variant is a training script, or a loss of several outputs at once."""
    if isinstance(case.y_pred, (dict, tuple)):
        return True
    parameters = [] if inspect.isclass(code) else inspect.signature(code).parameters
    return list(parameters)[:1] == ["model"]


@cache
def checked():
    """The variants that `losses.check` takes, by id."""
    return {
        variant.id: variant
        for variant in registry.variants().values()
        if not is_script(*declared(variant))
    }


def arguments(variant, code=None):
    """What `losses.check` gets for a variant, or for other code on its inputs: they are
    as `fit` would get them, and the reference goes with them where nothing else tells.
    """
    written, case = declared(variant)
    rule = variant.found_by
    y_true, y_pred = np.asarray(case.y_true), np.asarray(case.y_pred)
    if rule != "check_label_dtypes" and not variant.loss.startswith(("sparse", "pix")):
        y_true = y_true.astype("float32")
    if y_pred.dtype != "float16":
        y_pred = y_pred.astype("float32")
    y_true, y_pred = ON_MORE_DATA.get(variant.id, (y_true, y_pred))
    known = {"from_logits": case.options.get("from_logits")}
    if rule == "check_agrees_with_reference":
        known["like"] = reference(variant.loss, case).direct
    loss = with_options(code or written, case.options)
    return {"loss": loss, "y_true": y_true, "y_pred": y_pred, **known}


def with_options(code, options):
    """A loss with these options: those of a function become its defaults, because a
    closure that held them could not be saved."""
    given = accepted(code, options)
    if inspect.isclass(code):
        return code(**given)
    parameters = inspect.signature(code).parameters.values()
    values = [given.get(p.name, p.default) for p in parameters]
    first = next(n for n, v in enumerate([*values, None]) if v is not inspect._empty)
    bound = FunctionType(
        code.__code__, code.__globals__, closure=code.__closure__, name=code.__name__
    )
    bound.__defaults__, bound.__module__ = tuple(values[first:]), code.__module__
    return bound


@cache
def report_on(variant, *rules):
    """What these rules say of a variant, by default all."""
    return losses.check(**arguments(variant), only=rules)


def example():
    """The report that the site shows whole, and the code beside it."""
    namespace = {}
    exec(CODE, namespace)
    return {"code": CODE, "text": str(namespace["report"])}


CODE = """\
import keras, losses

def rmse(y_true, y_pred):
    error = y_true - y_pred
    return keras.ops.sqrt(keras.ops.mean(error**2))

report = losses.check(rmse, y_true=(32,), y_pred=(32, 1))
print(report)
"""
