"""What a loss is: it takes two tensors and returns one."""

import inspect

import numpy as np
from keras.backend import standardize_dtype
from keras.ops import is_tensor

from losses.checker.facts import misaligned
from losses.checker.failures import named
from losses.checker.forms import code_of
from losses.checker.rule import error, note, rule, warning
from losses.running.backend import array
from losses.running.step import NOTHING_SEEN

OF_DISTRIBUTIONS = ("log_prob", "prob", "cdf", "log_cdf", "sample", "stddev", "entropy")
WEIGHTS = ("sample_weight", "sample_weights", "weights", "weight")


@rule(shown_by="mean_squared_error/weights_as_a_third_argument", looks_only=True)
def check_arguments(exam):
    """A loss takes `(y_true, y_pred)`, and nothing more that must be given.

    Keras passes these two, by position. Sample weights are applied to what comes back;
    options belong into a closure, a `functools.partial`, or a `keras.losses.Loss`.
    """
    if inspect.isclass(exam.given):
        yield note(
            f"The class {exam.name} was given. Keras makes an instance of it, with the "
            "defaults of its options."
        )
    parameters = _parameters(exam.loss)
    if parameters is None:
        return
    needed = [p.name for p in parameters if p.default is p.empty]
    if len(needed) > 2:
        yield error(
            f"It must be given {len(needed)} arguments ({', '.join(needed)}), and "
            "Keras passes two. Bind the others, for one by functools.partial."
        )
    elif len(parameters) < 2 and not callable(exam.facts.returned):
        yield error(
            f"It takes {len(parameters)} argument(s), and Keras passes y_true and "
            "y_pred."
        )
    for name in [p.name for p in parameters[2:] if p.name in WEIGHTS]:
        found = error if exam.facts.failed("fit") else warning
        yield found(
            f"Keras never passes {name}: inside the loss it keeps its default. Return "
            "one value per sample, and give the weights to fit."
        )


@rule(shown_by="weighted_multi_output/first_column_stacked", looks_only=True)
def check_runs(exam):
    """It runs on the tensors given, called directly and as `fit` calls it."""
    fit, direct = exam.facts.failed("fit"), exam.facts.failed("direct")
    if exam.facts.failed_by_dtype or exam.facts.wants_other_labels:
        return  # check_label_dtypes and check_label_format say more
    if fit and direct:
        yield error(
            f"It raises {named(direct)}{_of_another_object(direct.error)}",
            y_true=_described(exam.tensors.y_true),
            y_pred=_described(exam.tensors.y_pred),
        )
    elif fit and is_tensor(exam.facts.attempts["direct"]):
        yield error(f"A direct call works, but as fit calls it, it raises {named(fit)}")
    elif direct and not misaligned(exam.tensors):
        yield error(
            f"As fit calls it, it works, but a direct call raises {named(direct)}"
        )


@rule(shown_by="multitask/a_list_of_losses", looks_only=True)
def check_returns_a_tensor(exam):
    """It returns one tensor of floats.

    Keras stacks a list or tuple and takes the mean, so that two losses are halved. A
    function in place of a number means that a factory was not called.
    """
    returned = exam.facts.returned
    if returned is NOTHING_SEEN:
        return
    if returned is None:
        yield error("It returns None: is the return statement missing?")
    elif isinstance(returned, (list, tuple)):
        kind = type(returned).__name__
        parts = [float(np.mean(array(part))) for part in returned if is_tensor(part)]
        numbers = {"fit_takes_the_mean": np.mean(parts), "sum": np.sum(parts)}
        yield error(
            f"It returns a {kind} of {len(returned)}. Keras stacks them and takes the "
            "mean: add them up yourself.",
            **(numbers if parts else {}),
        )
    elif isinstance(returned, dict):
        yield error("It returns a dict. Keras needs one tensor: add the parts up.")
    elif isinstance(returned, (np.ndarray, np.generic)) or not is_tensor(returned):
        if callable(returned):
            yield error(
                f"It returns a function, {getattr(returned, '__name__', returned)}: it "
                f"makes a loss. Call it first: loss={exam.name}(...)."
            )
        else:
            yield error(
                f"It returns {type(returned).__name__}, no tensor: no gradient can "
                "pass through it. Use keras.ops all the way."
            )
    elif "float" not in (dtype := standardize_dtype(returned.dtype)):
        yield error(f"It returns a tensor of {dtype}, which has no slope.")


def _of_another_object(error):
    """What to say of an attribute that tensors do not have."""
    name = getattr(error, "name", None)
    if not isinstance(error, AttributeError) or not is_tensor(error.obj):
        return ""
    told = f" Keras hands plain tensors to a loss, and a tensor has no {name}."
    if name in OF_DISTRIBUTIONS:
        told += (
            " Neither is it a distribution, even where the last layer makes one: make "
            "it inside the loss, of the parameters that y_pred holds."
        )
    return told


def _parameters(loss):
    try:
        parameters = inspect.signature(code_of(loss)).parameters.values()
    except (TypeError, ValueError):  # built in C, without a signature
        return None
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
        return None
    return [p for p in parameters if p.kind is not p.KEYWORD_ONLY]


def _described(array):
    return f"{array.dtype} {array.shape}"
