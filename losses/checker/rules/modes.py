"""The ways of running it: as a graph, by XLA, on other sizes, in half precision."""

import numpy as np
from keras import ops

from losses.checker.facts import same
from losses.checker.failures import LossFailed, named
from losses.checker.rule import error, note, rule, warning
from losses.running.backend import array


@rule(
    shown_by="mean_squared_error/numpy_in_the_loss",
    only_on=("tensorflow", "jax"),
    because="PyTorch runs a loss as it is written",
)
def check_graph(exam):
    """In a graph, which is how `fit` runs it, it gives the same number.

    Keras does not convert `if` and `for` of a loss: on a tensor they raise, as NumPy
    and `.numpy()` do. What Python decides is decided once, when the graph is made.
    """
    try:
        run = exam.facts.graph_run
    except LossFailed as failure:
        yield error(f"In the graph of it that fit runs, it raises {named(failure)}")
        return
    if _another(run, exam.facts.whole, exam):
        yield error(
            "In a graph it gives another number than when run eagerly.",
            eager=exam.facts.whole.value,
            graph=run.value,
        )


@rule(
    shown_by="mean_squared_error/loop_over_the_samples",
    slow=True,
    only_on=("tensorflow",),
    because="JAX compiles with XLA in any case, and PyTorch does not",
)
def check_xla(exam):
    """Compiled by XLA, which is the default of `fit` on a GPU, it gives the same."""
    if not exam.facts.becomes_a_graph:
        return
    try:
        run = exam.run_compiled(exam.facts.graph.by_xla(), exam.facts.enlarged)
    except LossFailed as failure:
        yield warning(
            f"XLA cannot compile it, and on a GPU fit uses XLA: {named(failure)}"
        )
        return
    if _another(run, exam.facts.whole, exam):
        yield warning(
            "Compiled by XLA it gives another number.",
            eager=exam.facts.whole.value,
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
            run = exam.run(*rows)
        except LossFailed as failure:
            meant = exam.facts.order_counts or (size == 1 and exam.facts.is_coupled)
            yield (warning if meant else error)(
                f"It runs for {tensors.batch} samples, and for {size} it raises "
                f"{named(failure)}"
            )
            return
        if np.isfinite(exam.facts.base.value) and not np.isfinite(run.value):
            yield warning(f"For a batch of {size} it is {run.value}.")


@rule(
    shown_by="categorical_crossentropy/smoothing_by_the_batch_size",
    slow=True,
    only_on=("tensorflow",),
    because="sizes are always known there",
)
def check_unknown_sizes(exam):
    """It runs where the batch size is not known while the graph is made.

    With a `tf.data.Dataset`, or a last batch that is smaller, `y_pred.shape[0]` is
    None. `ops.shape(y_pred)` gives the size when it is there.
    """
    if not exam.facts.becomes_a_graph:
        return
    shapes = [("the batch size is", error, lambda size: 1)]
    if exam.tensors.y_pred.ndim >= 3:
        sizes = "the sizes of the images or sequences are"
        shapes.append((sizes, warning, _all_but_the_last))
        # What runs where no size is known runs where one more is.
        if not list(_where_unknown(exam, *shapes[-1])):
            return
    elif exam.facts.fits:
        return  # it was not known there
    for shape in shapes:
        if findings := list(_where_unknown(exam, *shape)):
            yield from findings
            return


@rule(shown_by="dice/half_precision_sums")
def check_half_precision(exam):
    """With float16 and bfloat16 predictions it stays finite, value and gradient.

    float16 ends at 65504 and knows nothing below 6e-8: sums overflow, an epsilon of
    1e-8 is 0. `fit` casts to float32, a training loop of your own does not; the
    gradient goes back through that cast in any case.
    """
    true, pred = exam.tensors.y_true, exam.tensors.y_pred
    if not np.isfinite(exam.facts.base.value) or exam.facts.is_random:
        return
    for dtype in ("float16", "bfloat16"):
        here = exam.dtype == dtype
        found = error if here else warning
        half = ops.cast(pred, dtype)
        if not np.all(np.isfinite(array(ops.cast(half, "float32")))):
            continue
        labels = ops.cast(true, dtype) if true.dtype.kind == "f" else true
        try:
            value = exam.direct(labels, half)
            value = float(np.mean(array(ops.cast(value, "float32"))))
        except (LossFailed, TypeError, ValueError) as failure:
            if isinstance(failure, LossFailed) and not exam.facts.failed("float"):
                yield note(f"With {dtype}, a direct call raises {named(failure)}")
                return
            continue
        if not np.isfinite(value):
            yield found(
                f"Called directly with {dtype} predictions it is {value}; with float32 "
                f"{exam.facts.base.value:.6g}. Cast to float32 inside."
            )
            return
    yield from _gradient_in_half(exam)


@rule(shown_by="categorical_crossentropy/smoothing_by_the_batch_size", slow=True)
def check_fit(exam):
    """`fit` runs with it, a smaller last batch and sample weights included."""
    failure = exam.facts.fitted
    if isinstance(failure, LossFailed):
        first, last = exam.facts.sizes_in_fit
        yield error(
            f"fit with batches of {first} and {last} samples raises {named(failure)}"
        )


def _another(run, eager, exam):
    """Logarithms close to 0 differ by some thousandths between ways of running."""
    return not exam.facts.is_random and not same(
        run.value, eager.value, exam.facts.scale, tolerance=1e-2
    )


def _where_unknown(exam, what, found, unknown):
    """What is found where sizes are not known: so many as `unknown` says of a shape."""
    tensors = exam.tensors
    try:
        run = exam.run_compiled(exam.compiled(tensors, unknown), tensors)
    except LossFailed as failure:
        yield found(f"Where {what} not known, it raises {named(failure)}")
        return
    if _another(run, exam.facts.base, exam):
        yield error(
            f"Where {what} not known, it gives another number.",
            known=exam.facts.base.value,
            unknown=run.value,
        )


def _all_but_the_last(shape):
    """The number of axes that may be unknown; the last is one of classes, where it is
    short."""
    return max(1, len(shape) - (1 if shape[-1] < 16 else 0))


def _gradient_in_half(exam):
    """The gradient of a mean over many samples is small; it must not be too large."""
    pred = exam.tensors.y_pred.astype("float16")
    if not np.all(np.isfinite(pred)) or exam.facts.base.gradient is None:
        return
    if not np.all(np.isfinite(exam.facts.base.gradient)):
        return
    try:
        run = exam.run(exam.tensors.y_true, pred, gradient=True)
    except LossFailed:
        return
    if run.gradient is None or np.all(np.isfinite(run.gradient)):
        return
    found = error if exam.dtype == "float16" else warning
    yield found(
        "On its way back to float16 predictions the gradient overflows: it is more "
        "than 65504.",
        largest_in_float32=float(np.max(np.abs(exam.facts.base.gradient))),
    )
