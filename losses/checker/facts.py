"""What follows from running a loss: asked for by several rules, found out once."""

from contextlib import nullcontext
from functools import partial

import keras
import numpy as np

from losses.checker.calls import listening
from losses.checker.captured import captured
from losses.checker.edges import edges, unknown
from losses.checker.failures import LossFailed
from losses.checker.memo import once
from losses.checker.tensors import squeezed
from losses.checker.trace import HARMLESS, LOGARITHMS, LOGISTIC, SOFTMAX, Trace
from losses.running import backend
from losses.running.step import NOTHING_SEEN, afresh, fitted

# The graphs of other backends are not read.
IS_READ = backend.NAME == "tensorflow"


IGNORED = {  # labels that stand for an unknown one
    "ids": (-1, 255, 0),
    "binary": (-1,),
    "real": (np.nan, -1, 0),
}


class Facts:
    """What is known of the loss of an examination so far."""

    def __init__(self, exam):
        self.exam = exam
        self.tensors = exam.tensors

    # that it runs

    @once
    def attempts(self):
        """What came of running it on the tensors given: `direct`, `float` (directly,
        the labels of the dtype of the predictions), and `fit`."""
        true, pred = self.tensors.y_true, self.tensors.y_pred
        direct = self.exam.direct
        runs = {
            "direct": lambda: direct(true, pred),
            "float": lambda: direct(true.astype(pred.dtype), pred),
            "fit": lambda: self.base,
        }
        found = {}
        for name, run in runs.items():
            try:
                found[name] = run()
            except LossFailed as failure:
                found[name] = failure
        found["returned"] = self.exam.last_returned()
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
                self.exam.value(other, tensors.y_pred)
            except LossFailed:
                continue
            return name
        return None

    @once
    def returned(self):
        """What the loss gave back, before Keras made a number of it."""
        if self.attempts["returned"] is not NOTHING_SEEN:
            return self.attempts["returned"]
        direct = self.attempts["direct"]
        return NOTHING_SEEN if self.failed("direct") else direct

    @once
    def base(self):
        """The run on the tensors given."""
        return self.exam.run(self.tensors.y_true, self.tensors.y_pred, gradient=True)

    @once
    def base_runs(self):
        """Whether it runs as `fit` calls it, and gives a number."""
        return not self.failed("fit")

    @once
    def enlarged(self):
        """The tensors, at least seven samples where the loss can be run on them."""
        larger = self.tensors.enlarged
        try:
            self.exam.value(larger.y_true, larger.y_pred)
        except LossFailed:
            return self.tensors
        return larger

    # as a graph

    @property
    def graph(self):
        """The step compiled for `enlarged`: what is run, and on TensorFlow read too."""
        if isinstance(self._graph, LossFailed):
            raise self._graph
        return self._graph

    @once
    def _graph(self):
        self.heard = []
        around = partial(listening, self.heard) if IS_READ else nullcontext
        try:
            return self.exam.compiled(self.enlarged, around=around)
        except LossFailed as failure:
            return failure

    @once
    def graph_run(self):
        """The run of the graph; raises what it raises while it is traced or run."""
        larger = self.enlarged
        return self.exam.run_compiled(self.graph, larger)

    @once
    def trace(self):
        """The operations as in `fit`, and the calls that were made on the way. Where
        Keras runs on another backend than TensorFlow there are none to be read."""
        return Trace.of_step(self.graph, self.heard)

    @once
    def trace_of_a_direct_call(self):
        """The operations where it is called directly, labels and predictions of one
        dtype; none where Keras runs on another backend than TensorFlow."""
        if not self.is_read:
            return Trace((), (), ())
        return Trace.of_direct_call(afresh(self.exam.loss), self.enlarged)

    @once
    def is_read(self):
        """Whether there is a graph of TensorFlow to be read."""
        return IS_READ and self.becomes_a_graph

    @once
    def becomes_a_graph(self):
        """Whether `fit` can compile it, where it compiles at all."""
        if not backend.COMPILES:
            return True
        try:
            return bool(self.graph if IS_READ else self.graph_run)
        except LossFailed:
            return False

    # in fit

    @property
    def sizes_in_fit(self):
        """Those of the two batches of `fitted`."""
        return self.enlarged.batch - 2, 2

    @once
    def fitted(self):
        """The loss that `fit` reports of one epoch, or the failure where it raises.
        None where there is nothing to fit, or a batch of such a size raises by itself.
        """
        tensors = self.enlarged
        if not self.becomes_a_graph or tensors.pairwise or not self.flows:
            return None
        try:
            self._in_batches()
        except LossFailed:
            return None  # check_any_batch_size tells
        arrays = tensors.y_pred, tensors.y_true, *self._weights
        try:
            return fitted(self.exam.loss, self.sizes_in_fit[0], *arrays)
        except Exception as failure:
            return LossFailed(failure)

    @once
    def fits(self):
        """Whether `fit` reports the loss that its batches have one by one."""
        if isinstance(self.fitted, (LossFailed, type(None))) or self.is_random:
            return False
        try:
            alone = np.dot(self._in_batches(*self._weights), self.sizes_in_fit)
        except LossFailed:
            return False
        mean = alone / self.enlarged.batch
        return same(self.fitted, mean, self.scale, tolerance=1e-2)

    def _in_batches(self, *weights):
        """The losses of the batches of `fitted`."""
        arrays = self.enlarged.y_true, self.enlarged.y_pred, *weights
        parts = slice(-2), slice(-2, None)
        return [self.exam.value(*(array[part] for array in arrays)) for part in parts]

    @once
    def _weights(self):
        """Weights of the samples, where they fit what the loss returns."""
        batch, shape = self.enlarged.batch, self.whole.shape
        if self.is_coupled or self.is_scalar or shape[:1] != (batch,):
            return []
        return [] if np.prod(shape[1:]) > 1 else [np.linspace(0, 2, batch)]

    # randomness and state

    @once
    def is_random(self):
        """Whether two calls differ, and do not once the seed is set, or because of a
        generator or a variable of its own."""
        exam, true, pred = self.exam, self.tensors.y_true, self.tensors.y_pred
        if not exam.varies or (exam.free and same(*exam.free)):
            return False
        if exam.draws:
            return True
        return same(*(exam.again(true, pred).value for _ in "12")) or self.has_state

    @once
    def has_state(self):
        """Whether it draws from a generator or assigns a variable."""
        if self.is_read:
            return self.trace.has_state
        kinds = keras.Variable, keras.random.SeedGenerator
        return any(isinstance(value, kinds) for _, value, _ in captured(self.exam.loss))

    # samples

    @once
    def scale(self):
        """How large the loss is on the tensors given."""
        return max(abs(self.base.value), 1e-3)

    @once
    def whole(self):
        """The run on `enlarged`."""
        return self.exam.run(self.enlarged.y_true, self.enlarged.y_pred)

    @once
    def is_scalar(self):
        """Whether the samples are gone from what the loss returns."""
        return np.size(self.whole.returned) == 1

    @once
    def keeps_samples(self):
        """Whether the first axis of what it returns is that of the batch."""
        return self.whole.shape[:1] == (self.enlarged.batch,)

    @once
    def alone(self):
        """The loss of each of the first samples as a batch of one."""
        tensors = self.enlarged
        count = min(tensors.batch, 7)
        return np.array(
            [
                self.exam.value(tensors.y_true[i : i + 1], tensors.y_pred[i : i + 1])
                for i in range(count)
            ]
        )

    @once
    def together(self):
        """The loss of the same samples in one batch: one value each where it returns
        them, otherwise the number."""
        tensors = self.enlarged
        count = len(self.alone)
        run = self.exam.run(tensors.y_true[:count], tensors.y_pred[:count])
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
    def order_counts(self):
        """Whether the samples in another order give another loss."""
        return self.reordered is not None

    @once
    def reordered(self):
        """The loss of the samples in another order if it is another, or None."""
        tensors = self.enlarged
        value = self.whole.value
        index = np.arange(tensors.batch)
        for order in (np.random.default_rng(0).permutation(index), np.roll(index, 1)):
            try:
                other = self.exam.value(*tensors.rows(order))
            except LossFailed:
                continue
            if np.isfinite(value) and not same(value, other, self.scale):
                return other
        return None

    # labels and predictions

    @once
    def labels_used(self):
        """Whether the loss depends on y_true at all."""
        if self.is_read and not self.has_state:  # by way of a variable it is not read
            return "y_true" in self.trace.used
        tensors, value = self.tensors, self.exam.value
        for pred in (tensors.y_pred, tensors.others):
            try:
                before = value(tensors.y_true, pred)
                after = [value(other, pred) for other in tensors.other_labels]
                if not after:
                    return True
            except LossFailed:
                return True
            if not np.all(np.isfinite([before, *after])):
                return True
            if not all(same(before, other, self.scale) for other in after):
                return True
        return False

    @once
    def names_classes(self):
        """Whether the predictions say which class: probabilities, or what the loss
        itself turns into probabilities."""
        tensors = self.tensors
        if tensors.targets is None:
            return False
        if tensors.predictions == "probabilities" or tensors.from_logits:
            return True
        if self.is_read:
            kinds = SOFTMAX if tensors.labels == "ids" else LOGISTIC
            return bool(self.trace.reaches(kinds, through=HARMLESS))
        return self._is_softmax or self._is_sigmoid

    @once
    def _is_softmax(self):
        """A softmax does not see a number added to all scores of a sample."""
        tensors = self.tensors
        several = tensors.y_pred.ndim > 1 and tensors.y_pred.shape[-1] > 1
        if not several or not self.flows:
            return False
        lifted = tensors.y_pred + np.float32(1)
        return self._same_loss(tensors.y_pred, lifted)

    @once
    def _is_sigmoid(self):
        """Behind a sigmoid right scores cannot become better than right, and wrong ones
        are."""
        tensors = self.tensors
        if tensors.labels == "ids":
            return False
        far = (40 * tensors.targets - 20).reshape(tensors.y_pred.shape)
        far = far.astype("float32")
        return self._same_loss(far, 2 * far) and not self._same_loss(far, 0 * far)

    def _same_loss(self, one, other):
        values = [self._value_or_nan(pred) for pred in (one, other)]
        return bool(np.all(np.isfinite(values))) and same(*values, self.scale)

    def _value_or_nan(self, pred):
        try:
            return self.exam.value(self.tensors.y_true, pred)
        except LossFailed:
            return np.nan

    @once
    def takes_logarithm(self):
        """Whether a logarithm is taken of the predictions: of small ones, the hundredth
        part always adds the same."""
        if self.is_read:
            return bool(self.trace.reaches(LOGARITHMS, through=HARMLESS))
        like = self.tensors.y_pred
        small = [
            self._value_or_nan(np.full_like(like, size)) for size in (1e-2, 1e-4, 1e-6)
        ]
        first, second = np.diff(small)
        return bool(abs(first) > 1e-3) and same(second, first, tolerance=0.05)

    @once
    def at_edges(self):
        """`(edge, run)` for each edge of labels and predictions where the loss runs."""
        found, everywhere = [], list(edges(self.tensors))
        if self.ignored is not None:
            everywhere += unknown(self.tensors, self.ignored)
        for edge in everywhere:
            try:
                run = self.exam.run(edge.y_true, edge.y_pred, gradient=True)
            except LossFailed:
                continue
            found.append((edge, run))
        return found

    @once
    def ignored(self):
        """A label that the loss ignores, such as -1: put in place of one, it takes away
        the gradient there and nowhere else. None where there is none."""
        tensors, base = self.tensors, self.base
        if not self.flows or self.is_random or not np.isfinite(base.value):
            return None
        if self.is_read and not self.trace.compares_labels:
            return None
        true, size = tensors.y_true, tensors.y_true.size
        if tensors.labels not in IGNORED or size < 2 or tensors.y_pred.size % size:
            return None
        at = int(np.argmax(np.any(base.gradient.reshape(size, -1) != 0, axis=1)))
        for label in IGNORED[tensors.labels]:
            if (np.isnan(label) and true.dtype.kind != "f") or np.all(true == label):
                continue
            if true.dtype.kind in "ub" and label < 0:
                continue
            labels = np.copy(true)
            labels.flat[at] = label
            try:
                run = self.exam.run(labels, tensors.y_pred, gradient=True)
            except LossFailed:
                continue
            if run.gradient is None or not np.isfinite(run.value):
                continue
            moved = np.any(run.gradient.reshape(size, -1) != 0, axis=1)
            if moved.any() and not moved[at]:
                return label
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


def misaligned(tensors):
    """Whether labels and predictions differ by a trailing axis of 1."""
    true, pred = tensors.y_true.shape, tensors.y_pred.shape
    return true != pred and squeezed(true) == squeezed(pred)
