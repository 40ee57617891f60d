"""What the code of a loss refers to."""

import inspect
import random
from functools import partial
from numbers import Number

import keras
import numpy as np

from losses.checker.forms import code_of

LIBRARIES = ("builtins", "keras", "tensorflow", "jax", "torch", "numpy", "functools")


def captured(loss, depth=2):
    """`(name, value, holder)` of what the code of a loss refers to: cells of its
    closure, globals it names, bound arguments, attributes of the object it is."""
    if isinstance(loss, partial):
        for number, value in enumerate(loss.args):
            yield f"argument {number}", value, loss
        for name, value in loss.keywords.items():
            yield name, value, loss
        yield from captured(loss.func, depth)
        return
    code = code_of(loss)
    if isinstance(loss, keras.losses.Loss) or not inspect.isroutine(code):
        yield from ((name, value, loss) for name, value in _attributes(loss))
    if not inspect.isroutine(code):
        code = type(loss).__call__
    code = getattr(code, "__func__", code)
    if not inspect.isfunction(code):
        return
    found = inspect.getclosurevars(code)
    own = code.__module__ or ""
    if own.startswith(("keras.", "tensorflow.")):
        return
    for name, value in {**found.nonlocals, **found.globals}.items():
        yield name, value, None
        if depth and inspect.isfunction(value) and value is not code:
            yield from captured(value, depth - 1)
        elif depth and _is_plain_object(value):
            yield from (
                (f"{name}.{key}", part, value) for key, part in _attributes(value)
            )
            if callable(value):
                yield from captured(value, depth - 1)


def is_array(value):
    return isinstance(value, np.ndarray) or keras.ops.is_tensor(value)


def is_number(value):
    return isinstance(value, Number) and not isinstance(value, bool)


def drawn(loss):
    """How far the generators of Python and NumPy are, the common ones and those that a
    loss holds: another value once it has drawn a number. A generator that is made anew
    in each call cannot be watched: there it is another value each time."""
    held = [value for _, value, _ in captured(loss)]
    named = getattr(code_of(loss), "__code__", None)
    if named and "default_rng" in named.co_names:
        return object()
    _, key, *place = np.random.get_state()
    return (
        random.getstate(),
        key.tobytes(),
        place,
        [v.getstate() for v in held if isinstance(v, random.Random)],
        [str(v.get_state()) for v in held if isinstance(v, np.random.RandomState)],
        [str(v.bit_generator.state) for v in held if _is_generator(v)],
    )


def _is_generator(value):
    return isinstance(value, np.random.Generator)


def _attributes(holder):
    try:
        return list(vars(holder).items())
    except TypeError:
        return []


def _is_plain_object(value):
    if isinstance(value, dict):
        return False
    module = type(value).__module__
    return not (
        inspect.ismodule(value)
        or inspect.isclass(value)
        or inspect.isroutine(value)
        or module.startswith(LIBRARIES)
    )
