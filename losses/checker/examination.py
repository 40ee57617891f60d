"""A loss under examination: the ways of running it, and what its user says of it."""

from contextlib import nullcontext
from functools import partial

import numpy as np

from losses.checker.captured import drawn
from losses.checker.facts import Facts
from losses.checker.failures import LossFailed, guarded
from losses.checker.forms import instance_of, name_of
from losses.checker.memo import once
from losses.checker.quiet import alone, seeded
from losses.running import backend
from losses.running.step import Step

BY_DESIGN = ("scalar", "batch", "order", "random", "labels_unused", "no_minimum")
COINS = 16  # that fall on the same side once in 65 000 times
MANY = 10**6  # numbers: with more of them, runs are not kept


class Examination:
    """A loss, its tensors, and the runs of it; `facts` says what follows from them.

    The functions that run it raise `LossFailed` where the loss raises. What draws
    random numbers is seeded before each call, so that two calls can be compared; of
    what does not, a call with the same tensors is not repeated.
    """

    def __init__(self, loss, tensors, sample_weight=None, expect=(), like=None):
        self.dtype = tensors.y_pred.dtype
        if self.dtype.itemsize == 2:  # half precision: a rule of its own
            tensors = tensors.of(_single(tensors.y_true), _single(tensors.y_pred))
        self.given = loss
        self.loss = instance_of(loss)
        self.name = name_of(loss)
        self.tensors = tensors
        self.sample_weight = sample_weight
        self.expect = frozenset(expect)
        self.used = set()  # the expectations that some rule asked for
        self.like = like
        self.facts = Facts(self)
        self._step = Step(self.loss)
        self._kept = {}

    def by_design(self, word):
        """Whether the user said that this is meant so."""
        if word in self.expect:
            self.used.add(word)
        return word in self.expect

    def other(self, loss):
        """The examination of another loss on the same tensors."""
        return Examination(loss, self.tensors)

    def direct(self, y_true, y_pred):
        """`loss(y_true, y_pred)` with these tensors: no cast, nothing aligned."""
        true, pred = backend.tensor(y_true), backend.tensor(y_pred)
        return guarded(lambda: self._step.function(true, pred))

    def run(self, y_true, y_pred, sample_weight=None, gradient=False):
        """A step of `fit(run_eagerly=True)`."""
        arrays = y_true, y_pred, sample_weight
        if self.varies or sum(np.size(array) for array in arrays) > MANY:
            return self.again(*arrays, gradient)
        key = tuple(map(_contents, arrays))
        kept = self._kept.get((*key, True)) or self._kept.get((*key, gradient))
        if kept is None:
            kept = self._kept[(*key, gradient)] = self.again(*arrays, gradient)
        return kept

    def again(self, y_true, y_pred, sample_weight=None, gradient=False):
        """The same, and not what is known from an earlier call."""
        run = partial(self._step.run, y_true, y_pred, sample_weight, gradient)
        return self._seeded(run)

    def value(self, y_true, y_pred, sample_weight=None):
        return self.run(y_true, y_pred, sample_weight).value

    @property
    def free(self):
        """The numbers of two calls, nothing seeded; None where it raises. Where Python
        or NumPy throw a coin, two that differ, if any of some calls do."""
        return self._unseeded[0]

    @property
    def draws(self):
        """Whether Python or NumPy draw random numbers in a call."""
        return self._unseeded[1]

    @once
    def _unseeded(self):
        draws = False
        with alone():
            try:
                first = self._plain_value()
                for _ in range(COINS):
                    before = drawn(self.loss)
                    other = self._plain_value()
                    draws |= before != drawn(self.loss)
                    if not draws or not np.array_equal(first, other, equal_nan=True):
                        break
                return [first, other], draws
            except LossFailed:
                return None, draws

    def _plain_value(self):
        true, pred = self.tensors.y_true, self.tensors.y_pred
        return guarded(lambda: self._step.run(true, pred).value)

    @once
    def varies(self):
        """Whether another call may give another number."""
        return not (self.free and np.array_equal(*self.free, equal_nan=True))

    def last_returned(self):
        """What the loss returned when it was last run, before Keras made a number of
        it; NOTHING_SEEN where it did not."""
        return self._step.returned

    def compiled(self, tensors, unknown=None, around=nullcontext):
        """A step of `fit` in a graph, for tensors like these. `unknown` says of a shape
        how many of its sizes are not known while it is traced; `around` is a context in
        which the loss is called."""
        step = Step(self.loss, around)
        return guarded(lambda: step.compiled(tensors.y_true, tensors.y_pred, unknown))

    def run_compiled(self, step, tensors):
        """A step in a graph, run on these tensors."""
        return self._seeded(partial(step.run, tensors.y_true, tensors.y_pred))

    def free_steps(self, number):
        """The numbers of so many steps as `fit` makes them, nothing seeded: in one
        graph, where the backend compiles."""
        tensors = self.tensors
        step = self.compiled(tensors) if backend.COMPILES else self._step
        run = partial(step.run, tensors.y_true, tensors.y_pred)
        with alone():
            return [guarded(run).value for _ in range(number)]

    def _seeded(self, run):
        if not self.varies:
            return guarded(run)
        with seeded():
            return guarded(run)


def _contents(array):
    if array is None:
        return None
    array = np.ascontiguousarray(array)
    return array.shape, array.dtype.str, array.tobytes()


def _single(array):
    """Half precision as float32; whole numbers as they are."""
    whole = array.dtype.kind in "iub"
    return array if whole or array.dtype.itemsize > 2 else array.astype("float32")
