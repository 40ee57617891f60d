"""A loss under examination: how to run it in the ways in which Keras runs one."""

from functools import partial

import keras
import numpy as np
import tensorflow as tf

from losses.checker.calls import listening
from losses.checker.edges import edges
from losses.checker.memo import once
from losses.checker.running import (
    NOTHING_SEEN,
    LossFailed,
    Run,
    Way,
    guarded,
    instance_of,
    name_of,
)
from losses.checker.tensors import squeezed
from losses.checker.trace import HARMLESS, LOGISTIC, SOFTMAX, Trace

BY_DESIGN = ("scalar", "batch", "order", "random", "labels_unused", "no_minimum")


class Examined:
    """A loss, its tensors, and what is known of it so far.

    The functions that run it raise `LossFailed` where the loss raises. Randomness is
    seeded before each call, so that two calls of a stochastic loss can be compared.
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
        self._eager = Way(self.loss)

    # what the user says

    def by_design(self, word):
        """Whether the user said that this is meant so."""
        if word in self.expect:
            self.used.add(word)
        return word in self.expect

    # ways of running

    def direct(self, y_true, y_pred):
        """`loss(y_true, y_pred)` with these tensors: no cast, nothing aligned."""
        return guarded(
            lambda: self._eager.function(tf.constant(y_true), tf.constant(y_pred))
        )

    def eager(self, y_true, y_pred, sample_weight=None, gradient=False):
        """As a step of `fit(run_eagerly=True)`."""
        keras.utils.set_random_seed(0)
        way = self._eager
        return guarded(lambda: way.run(y_true, y_pred, sample_weight, gradient))

    def value(self, y_true, y_pred, sample_weight=None):
        return self.eager(y_true, y_pred, sample_weight).value

    def compiled(self, jit_compile=False, signature=None, seeded=True):
        """As a step of `fit` in a graph: `(y_true, y_pred) -> (value, gradient)`."""
        way = Way(self.loss)

        @partial(tf.function, jit_compile=jit_compile, input_signature=signature)
        def step(y_true, y_pred):
            with tf.GradientTape() as tape:
                tape.watch(y_pred)
                value = way.loss_of(y_true, y_pred)
            return value, tape.gradient(value, y_pred)

        def run(y_true, y_pred):
            if seeded:
                keras.utils.set_random_seed(0)
            true, pred = tf.constant(y_true), tf.constant(y_pred)
            value, gradient = guarded(lambda: step(true, pred))
            found = None if gradient is None else np.asarray(gradient)
            return Run(float(np.sum(value)), None, found)

        return run

    def traced(self, tensors, aligned=True):
        """The operations of the loss for tensors of these shapes: as in `fit`, or, not
        `aligned`, as in a direct call with labels of the dtype of the predictions."""
        way = Way(self.loss)
        code = way.loss_of if aligned else way.function
        pred = tf.TensorSpec(tensors.y_pred.shape, tensors.y_pred.dtype)
        dtype = tensors.y_true.dtype if aligned else tensors.y_pred.dtype
        true = tf.TensorSpec(tensors.y_true.shape, dtype)

        def traced(y_true, y_pred):
            result = code(y_true, y_pred)
            return way.returned if aligned else result

        graph = tf.function(traced, autograph=False)
        concrete = guarded(lambda: graph.get_concrete_function(true, pred))
        return Trace(concrete.graph)

    # what follows from running it

    @once
    def attempts(self):
        """What came of running it on the tensors given: `direct`, `float` (directly,
        the labels of the dtype of the predictions), and `fit`."""
        true, pred = self.tensors.y_true, self.tensors.y_pred
        runs = {
            "direct": lambda: self.direct(true, pred),
            "float": lambda: self.direct(true.astype(pred.dtype), pred),
            "fit": lambda: self.base,
        }
        found = {}
        for name, run in runs.items():
            try:
                found[name] = run()
            except LossFailed as failure:
                found[name] = failure
        return found

    def failed(self, name):
        """The failure of an attempt, or None."""
        result = self.attempts[name]
        return result if isinstance(result, LossFailed) else None

    @once
    def failed_by_dtype(self):
        """Whether it runs with labels of one dtype and raises with those of another."""
        direct, as_float = self.failed("direct"), self.failed("float")
        return bool(direct) != bool(as_float)

    @once
    def wants_other_labels(self):
        """The labels that it runs with, where it does not with those given: ids below
        the number of classes, one-hot labels, or ids."""
        tensors = self.tensors
        if not self.failed("fit") or tensors.labels not in ("ids", "one_hot"):
            return None
        classes = tensors.y_pred.shape[-1]
        if tensors.labels == "ids":
            others = {
                f"ids below {classes}": np.clip(tensors.y_true, 0, classes - 1),
                "one-hot labels": tensors.targets,
            }
        else:
            others = {"class ids": tensors.y_true.argmax(-1)}
        for name, other in others.items():
            try:
                self.value(other, tensors.y_pred)
            except LossFailed:
                continue
            return name
        return None

    @once
    def returned(self):
        """What the loss gave back, before Keras made a number of it."""
        self.failed("fit")
        if self._eager.returned is not NOTHING_SEEN:
            return self._eager.returned
        direct = self.attempts["direct"]
        return NOTHING_SEEN if self.failed("direct") else direct

    @once
    def base(self):
        """The run on the tensors given."""
        return self.eager(self.tensors.y_true, self.tensors.y_pred, gradient=True)

    @once
    def base_runs(self):
        """Whether it runs as `fit` calls it, and gives a number."""
        return not self.failed("fit")

    @once
    def enlarged(self):
        """The tensors, at least seven samples where the loss can be run on them."""
        larger = self.tensors.enlarged
        try:
            self.value(larger.y_true, larger.y_pred)
        except LossFailed:
            return self.tensors
        return larger

    @once
    def trace(self):
        """The operations as in `fit`, and the calls that were made on the way."""
        with listening() as heard:
            trace = self.traced(self.enlarged)
        trace.calls = heard
        return trace

    @once
    def becomes_a_graph(self):
        """Whether it can be traced at all."""
        try:
            return bool(self.trace)
        except LossFailed:
            return False

    @once
    def is_random(self):
        """Whether two calls differ, and do not once the seed is set, or because of a
        generator or a variable of its own."""
        true, pred = self.tensors.y_true, self.tensors.y_pred
        free = [guarded(lambda: self._eager.run(true, pred)).value for _ in range(2)]
        fixed = [self.value(true, pred) for _ in range(2)]
        if same(*free):
            return False
        return same(*fixed) or (self.becomes_a_graph and self.trace.has_state)

    @once
    def scale(self):
        """How large the loss is on the tensors given."""
        return max(abs(self.base.value), 1e-3)

    @once
    def is_scalar(self):
        """Whether the samples are gone from what the loss returns."""
        run = self.eager(self.enlarged.y_true, self.enlarged.y_pred)
        return np.size(run.returned) == 1

    @once
    def keeps_samples(self):
        """Whether the first axis of what it returns is that of the batch."""
        tensors = self.enlarged
        return self.eager(tensors.y_true, tensors.y_pred).shape[:1] == (tensors.batch,)

    @once
    def alone(self):
        """The loss of each of the first samples as a batch of one."""
        tensors = self.enlarged
        count = min(tensors.batch, 7)
        return np.array(
            [
                self.value(tensors.y_true[i : i + 1], tensors.y_pred[i : i + 1])
                for i in range(count)
            ]
        )

    @once
    def together(self):
        """The loss of the same samples in one batch: one value each where it returns
        them, otherwise the number."""
        tensors = self.enlarged
        count = len(self.alone)
        run = self.eager(tensors.y_true[:count], tensors.y_pred[:count])
        if run.shape[:1] == (count,) and count > 1:
            return np.asarray(run.returned, float).reshape(count, -1).mean(axis=1)
        return np.array(run.value)

    @once
    def is_coupled(self):
        """Whether the loss of a sample depends on the others of its batch."""
        if self.is_random or self.tensors.pairwise:
            return True
        try:
            alone, together = self.alone, self.together
        except LossFailed:
            return True
        if together.ndim == 0:
            candidates = alone.mean(), alone.sum()
            return not any(same(together, x, self.scale) for x in candidates)
        return not same(alone, together, self.scale)

    @once
    def labels_used(self):
        """Whether the loss depends on y_true at all."""
        try:
            return "y_true" in self.trace.used
        except LossFailed:  # it cannot become a graph: other labels must tell
            other = np.roll(self.tensors.y_true, 1, axis=0)
            return not same(
                self.value(other, self.tensors.y_pred), self.base.value, self.scale
            )

    @once
    def names_classes(self):
        """Whether the predictions say which class: probabilities, or what the loss
        itself turns into probabilities."""
        tensors = self.tensors
        if tensors.targets is None:
            return False
        if tensors.predictions == "probabilities" or tensors.from_logits:
            return True
        kinds = SOFTMAX if tensors.labels == "ids" else LOGISTIC
        try:
            return bool(self.trace.reaches(kinds, through=HARMLESS))
        except LossFailed:
            return False

    @once
    def at_edges(self):
        """`(edge, run)` for each edge of the predictions where the loss runs."""
        found = []
        for edge in edges(self.tensors):
            try:
                run = self.eager(edge.y_true, edge.y_pred, gradient=True)
            except LossFailed:
                continue
            found.append((edge, run))
        return found

    @once
    def order_counts(self):
        """Whether the samples in another order give another loss."""
        return self.reordered is not None

    @once
    def reordered(self):
        """The loss of the samples in another order if it is another, or None."""
        tensors = self.enlarged
        value = self.value(tensors.y_true, tensors.y_pred)
        index = np.arange(tensors.batch)
        for order in (np.random.default_rng(0).permutation(index), np.roll(index, 1)):
            try:
                other = self.value(*tensors.rows(order))
            except LossFailed:
                continue
            if np.isfinite(value) and not same(value, other, self.scale):
                return other
        return None

    @once
    def flows(self):
        """Whether any gradient reaches the predictions."""
        gradient = self.base.gradient
        return gradient is not None and bool(np.any(gradient != 0))


def same(one, other, scale=None, tolerance=1e-4):
    """Equal to about four digits, of themselves or of `scale`; NaN equals NaN."""
    one, other = np.asarray(one, float), np.asarray(other, float)
    if one.shape != other.shape:
        return False
    size = np.nanmax(np.abs(other), initial=0.0) if scale is None else scale
    size = size if np.isfinite(size) else 1.0
    return np.allclose(
        one, other, rtol=tolerance, atol=tolerance * size + 1e-7, equal_nan=True
    )


def _single(array):
    """Half precision as float32; whole numbers as they are."""
    whole = array.dtype.kind in "iub"
    return array if whole or array.dtype.itemsize > 2 else array.astype("float32")


def misaligned(tensors):
    """Whether labels and predictions differ by a trailing axis of 1."""
    true, pred = tensors.y_true.shape, tensors.y_pred.shape
    return true != pred and squeezed(true) == squeezed(pred)
