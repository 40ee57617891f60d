"""What objects of the user hold besides the variables of a model: lists, dicts, sets,
arrays, tensors, generators of numbers, as deep as attributes lead."""

import random
import sys
import sysconfig
from collections import deque
from functools import cache

import keras
import numpy as np
from keras import ops

INSTALLED = tuple(
    sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")
)
OWNERS = (
    keras.layers.Layer,
    keras.metrics.Metric,
    keras.losses.Loss,
    keras.optimizers.Optimizer,
)
OF_KERAS = (*OWNERS, keras.Variable, keras.random.SeedGenerator)
CONTAINERS = {
    list: lambda found, content: list.__setitem__(found, slice(None), content),
    dict: lambda found, content: (dict.clear(found), dict.update(found, content)),
    set: lambda found, content: (set.clear(found), set.update(found, content)),
    deque: lambda found, content: (deque.clear(found), deque.extend(found, content)),
}
LARGEST = 10**8  # numbers: an array of more is not copied
LONGEST = 10**4  # parts: of a container of more, only the container is kept


class Kept:
    """What is held by objects, until it is put back; `beside` is kept elsewhere."""

    def __init__(self, beside=()):
        self._undo, self._seen = [], set(map(id, beside))

    def put_back(self):
        for undo in self._undo:
            undo()

    def attributes_of(self, owner):
        """Keep the attributes of an object, those that Keras gives it aside, and what
        they hold."""
        if not self._is_known(owner):
            self._attributes(owner)

    def value(self, value):
        """Keep what a value holds."""
        if self._is_known(value):
            return
        kind = type(value)
        for container, fill in CONTAINERS.items():
            if issubclass(kind, container):
                self._container(value, container, fill)
                return
        if is_variable(value):
            self._content(value, copy_of(value), kind.assign)
        elif kind is np.ndarray:
            if value.size <= LARGEST and value.flags.writeable:
                self._content(value, value.copy(), _fill_array)
        elif kind is random.Random:
            self._content(value, value.getstate(), kind.setstate)
        elif kind is np.random.RandomState:
            self._content(value, value.get_state(), kind.set_state)
        elif kind is np.random.Generator:
            self._content(value, value.bit_generator.state, _set_state_of_bits)
        elif kind.__module__.startswith("torch") and hasattr(value, "set_state"):
            self._content(value, value.get_state(), kind.set_state)
        elif is_variable(getattr(value, "state", None)):
            self.value(value.state)  # tf.random.Generator
        elif not isinstance(value, (type, *OF_KERAS)) and _is_written_by_the_user(kind):
            self._attributes(value)

    def _attributes(self, owner):
        if not hasattr(owner, "__dict__"):
            return
        before = _own_attributes(owner)
        self._undo.append(lambda: _set_attributes(owner, before))
        for value in before.values():
            self.value(value)

    def _container(self, found, kind, fill):
        content = kind(found)
        self._undo.append(lambda: _same(found, content) or fill(found, content))
        if len(content) <= LONGEST:
            for part in content.values() if kind is dict else content:
                self.value(part)

    def _content(self, value, content, put):
        self._undo.append(lambda: put(value, content))

    def _is_known(self, value):
        known = id(value) in self._seen
        self._seen.add(id(value))
        return known


def _is_written_by_the_user(kind):
    """Whether a class belongs neither to Python nor to a library that is installed."""
    name = kind.__module__ or "builtins"
    if name == "builtins" or name.partition(".")[0] in sys.stdlib_module_names:
        return False
    file = getattr(sys.modules.get(name), "__file__", None)
    return not (file and file.startswith(INSTALLED))


def is_variable(value):
    """One of Keras, or of TensorFlow."""
    theirs = type(value).__module__.startswith("tensorflow.")
    return isinstance(value, keras.Variable) or (theirs and hasattr(value, "assign"))


def copy_of(variable):
    value = getattr(variable, "value", variable)
    value = value() if callable(value) else value
    if hasattr(value, "read_value"):  # of one that each replica has a copy of
        value = value.read_value()
    return np.array(ops.convert_to_numpy(value))


def _same(found, content):
    if len(found) != len(content):
        return False
    if isinstance(content, dict):
        return all(found.get(key, found) is part for key, part in content.items())
    if isinstance(content, set):
        return found == content
    return all(one is other for one, other in zip(found, content))


def _fill_array(array, content):
    array[...] = content


def _set_state_of_bits(generator, state):
    generator.bit_generator.state = state


@cache
def _given_by_keras():
    """The attributes that objects of Keras have from the start."""
    made = keras.Model(), keras.layers.Layer(), keras.losses.Loss()
    return frozenset().union(*map(vars, made))


def _own_attributes(owner):
    known = _given_by_keras() if isinstance(owner, OF_KERAS) else ()
    return {
        name: value
        for name, value in vars(owner).items()
        if name not in known and not name.startswith("_self_")
    }


def _set_attributes(owner, before):
    now, attributes = _own_attributes(owner), vars(owner)
    for name, value in now.items():
        if name not in before and not isinstance(value, OF_KERAS):
            del attributes[name]
    for name, value in before.items():
        if now.get(name, attributes) is not value:
            attributes[name] = value
