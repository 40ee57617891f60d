"""The ways of running it: as a graph, by XLA, on other sizes, in half precision."""

import numpy as np
import tensorflow as tf

from losses.checker.examined import same
from losses.checker.rule import error, note, rule, warning
from losses.checker.rules.form import named
from losses.checker.running import LossFailed, afresh
from losses.running.bench import Bench


@rule(shown_by="mean_squared_error/numpy_in_the_loss", looks_only=True)
def check_graph(exam):
    """In a graph, which is how `fit` runs it, it gives the same number.

    Keras does not convert `if` and `for` of a loss: on a tensor they raise, as NumPy
    and `.numpy()` do. What Python decides is decided once, when the graph is made.
    """
    try:
        run = exam.compiled()(exam.tensors.y_true, exam.tensors.y_pred)
    except LossFailed as failure:
        before = exam.failed("fit")
        staged = type(failure.error).__name__ == "StagingError"  # the same, wrapped
        if not before or not (staged or str(failure) == str(before)):
            yield error(f"In the graph of it that fit runs, it raises {named(failure)}")
        return
    if exam.base_runs and _another(run.value, exam):
        yield error(
            "In a graph it gives another number than when run eagerly.",
            eager=exam.base.value,
            graph=run.value,
        )


@rule(shown_by="mean_squared_error/loop_over_the_samples", slow=True)
def check_xla(exam):
    """Compiled by XLA, which is the default of `fit` on a GPU, it gives the same."""
    if not exam.becomes_a_graph:
        return
    try:
        run = exam.compiled(jit_compile=True)(exam.tensors.y_true, exam.tensors.y_pred)
    except LossFailed as failure:
        yield warning(
            f"XLA cannot compile it, and on a GPU fit uses XLA: {named(failure)}"
        )
        return
    if _another(run.value, exam):
        yield warning(
            "Compiled by XLA it gives another number.",
            eager=exam.base.value,
            xla=run.value,
        )


@rule(shown_by="categorical_crossentropy/class_weight_by_position")
def check_any_batch_size(exam):
    """It runs for any batch size: one sample, a last batch that is smaller."""
    tensors = exam.tensors
    larger = tensors.enlarged
    if tensors.pairwise:
        return
    sizes = {1: tensors, tensors.batch + 1: None, larger.batch + 3: None}
    for size in sizes:
        index = np.arange(size) % tensors.batch
        rows = tensors.y_true[index], tensors.y_pred[index]
        try:
            run = exam.eager(*rows)
        except LossFailed as failure:
            meant = exam.order_counts or (size == 1 and exam.is_coupled)
            yield (warning if meant else error)(
                f"It runs for {tensors.batch} samples, and for {size} it raises "
                f"{named(failure)}"
            )
            return
        if np.isfinite(exam.base.value) and not np.isfinite(run.value):
            yield warning(f"For a batch of {size} it is {run.value}.")


@rule(shown_by="categorical_crossentropy/smoothing_by_the_batch_size", slow=True)
def check_unknown_sizes(exam):
    """It runs where the batch size is not known while the graph is made.

    With a `tf.data.Dataset`, or a last batch that is smaller, `y_pred.shape[0]` is
    None. `ops.shape(y_pred)` gives the size when it is there.
    """
    if not exam.becomes_a_graph:
        return
    tensors = exam.tensors
    shapes = {"the batch size is": (error, 1)}
    if tensors.y_pred.ndim >= 3:
        shapes["the sizes of the images or sequences are"] = warning, 2
    for what, (found, kept) in shapes.items():
        try:
            signature = [_unknown(x, kept) for x in (tensors.y_true, tensors.y_pred)]
            run = exam.compiled(signature=signature)(tensors.y_true, tensors.y_pred)
        except LossFailed as failure:
            yield found(f"Where {what} not known, it raises {named(failure)}")
            return
        if _another(run.value, exam):
            yield error(
                f"Where {what} not known, it gives another number.",
                known=exam.base.value,
                unknown=run.value,
            )
            return


@rule(shown_by="dice/half_precision_sums")
def check_half_precision(exam):
    """With float16 and bfloat16 predictions it stays finite, value and gradient.

    float16 ends at 65504 and knows nothing below 6e-8: sums overflow, an epsilon of
    1e-8 is 0. `fit` casts to float32, a training loop of your own does not; the
    gradient goes back through that cast in any case.
    """
    true, pred = exam.tensors.y_true, exam.tensors.y_pred
    if not np.isfinite(exam.base.value) or exam.is_random:
        return
    for dtype in ("float16", "bfloat16"):
        here = exam.dtype == dtype
        found = error if here else warning
        half = tf.cast(tf.constant(pred), dtype)
        if not np.all(np.isfinite(tf.cast(half, "float32"))):
            continue
        labels = tf.cast(tf.constant(true), dtype) if true.dtype.kind == "f" else true
        try:
            value = exam.direct(labels, half)
            value = float(np.mean(tf.cast(value, "float32")))
        except (LossFailed, TypeError, ValueError) as failure:
            if isinstance(failure, LossFailed) and not exam.failed("float"):
                yield note(f"With {dtype}, a direct call raises {named(failure)}")
                return
            continue
        if not np.isfinite(value):
            yield found(
                f"Called directly with {dtype} predictions it is {value}; with float32 "
                f"{exam.base.value:.6g}. Cast to float32 inside."
            )
            return
    yield from _gradient_in_half(exam)


@rule(shown_by="categorical_crossentropy/smoothing_by_the_batch_size", slow=True)
def check_fit(exam):
    """`fit` runs with it, a smaller last batch and sample weights included."""
    tensors = exam.enlarged
    if not exam.becomes_a_graph or tensors.pairwise or not exam.flows:
        return
    for rows in (slice(-2), slice(-2, None)):
        try:
            exam.value(tensors.y_true[rows], tensors.y_pred[rows])
        except LossFailed:
            return  # check_any_batch_size tells
    weights = {} if exam.is_coupled or exam.is_scalar else _weights(exam)
    size = tensors.batch - 2
    given = {"batch_size": size, **weights}
    bench = Bench(tensors.y_pred, 1e-3, {"jit_compile": False}, given)
    bench.compile(loss=afresh(exam.loss))
    try:
        bench.fit(np.arange(tensors.batch), tensors.y_true)
    except Exception as failure:
        yield error(
            f"fit with batches of {size} and 2 samples raises "
            f"{named(LossFailed(failure))}"
        )


def _another(value, exam):
    """Logarithms close to 0 differ by some thousandths between ways of running."""
    return not exam.is_random and not same(
        value, exam.base.value, exam.scale, tolerance=1e-2
    )


def _weights(exam):
    shape = exam.eager(exam.enlarged.y_true, exam.enlarged.y_pred).shape
    if shape[:1] != (exam.enlarged.batch,) or np.prod(shape[1:]) > 1:
        return {}
    return {"sample_weight": np.linspace(0, 2, exam.enlarged.batch)}


def _unknown(array, kept):
    """A specification that leaves sizes open: the batch, or all but the last axis."""
    shape = list(array.shape)
    unknown = 1 if kept == 1 else max(1, len(shape) - (1 if shape[-1] < 16 else 0))
    shape[:unknown] = [None] * unknown
    return tf.TensorSpec(shape, array.dtype)


def _gradient_in_half(exam):
    """The gradient of a mean over many samples is small; it must not be too large."""
    pred = exam.tensors.y_pred.astype("float16")
    if not np.all(np.isfinite(pred)) or exam.base.gradient is None:
        return
    if not np.all(np.isfinite(exam.base.gradient)):
        return
    try:
        run = exam.eager(exam.tensors.y_true, pred, gradient=True)
    except LossFailed:
        return
    if run.gradient is None or np.all(np.isfinite(run.gradient)):
        return
    found = error if exam.dtype == "float16" else warning
    yield found(
        "On its way back to float16 predictions the gradient overflows: it is more "
        "than 65504.",
        largest_in_float32=float(np.max(np.abs(exam.base.gradient))),
    )
