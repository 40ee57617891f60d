"""Shapes: one value for each sample, and nothing larger on the way."""

import keras
import numpy as np

from losses.checker.facts import misaligned, same
from losses.checker.failures import LossFailed, named
from losses.checker.rule import error, note, rule, warning
from losses.running.backend import array


@rule(shown_by="mean_absolute_error/mean_over_everything")
def check_one_value_per_sample(exam):
    """It returns one value per sample, `(batch,)`, so that weights can choose.

    A scalar trains, but `sample_weight` and `class_weight` then scale the whole loss,
    and several replicas add up their means instead of averaging them.
    """
    tensors = exam.facts.enlarged
    run = exam.run(tensors.y_true, tensors.y_pred)
    shape = run.shape
    if exam.facts.is_scalar:
        if _reduces_by_itself(exam.loss):
            return
        found = note if exam.by_design("scalar") else warning
        factor = _two_replicas(exam)
        adds_up = any(not same(value, 1, 1) for value in factor.values())
        yield found(
            "It returns one number for the whole batch. sample_weight and class_weight "
            "cannot choose among samples: they scale the whole loss."
            + " With two replicas the steps add up."
            * adds_up,
            **_lost_weights(exam),
            **factor,
        )
    elif shape[0] != tensors.batch:
        yield from _without_the_batch(shape, tensors)
    elif _is_tiled(exam, run.returned):
        found = note if exam.by_design("batch") else warning
        yield found(
            "It returns the same number for each sample: one number for the batch, "
            "repeated. sample_weight and class_weight cannot choose among samples."
        )
    elif np.size(run.returned) > tensors.batch:
        yield note(
            f"It returns {shape}: fit takes the mean, but sample_weight of shape "
            "(batch,) raises or falls on the wrong axis. Take the mean over all axes "
            "but the first, or give weights of this shape."
        )


@rule(shown_by="mean_squared_error/column_minus_vector", graph=True)
def check_nothing_broadcasts(exam):
    """No operation makes something larger than its operands by accident.

    `(batch,)` minus `(batch, 1)` is `(batch, batch)`: every label meets every
    prediction. The shapes inside are traced, so that it shows even where the result
    has the right shape again.
    """
    for way in ("in fit", "in a direct call"):
        growths = _growths(exam, way)
        if growths:
            yield error(
                f"Inside it, {way}, {growths[0]} by broadcasting: rows meet other "
                "rows. Give both operands one shape: squeeze one, or keep the axis of "
                "the other.",
                **_direct_and_fit(exam),
            )
            return
    if not misaligned(exam.tensors) or exam.facts.is_random:
        return
    shapes = f"{exam.tensors.y_true.shape} and {exam.tensors.y_pred.shape}"
    if failure := exam.facts.failed("direct"):
        if not exam.facts.failed_by_dtype:
            yield error(
                f"y_true and y_pred have shapes {shapes}, which fit aligns for a "
                f"function. A direct call raises {named(failure)}"
            )
        return
    numbers = _direct_and_fit(exam)
    if numbers:
        yield error(
            f"y_true and y_pred have shapes {shapes}. fit aligns them for a function; "
            "called directly, it gives another number.",
            **numbers,
        )


def _reduces_by_itself(loss):
    """A Loss whose `__call__` is its own gives the mean, as every Loss does."""
    return isinstance(loss, keras.losses.Loss) and (
        type(loss).__call__ is not keras.losses.Loss.__call__
    )


def _without_the_batch(shape, tensors):
    said = f"It returns shape {shape} for {tensors.batch} samples: "
    if shape == tensors.y_pred.shape[1:]:
        yield error(said + "the batch axis was reduced in place of the last.")
    else:
        yield warning(said + "sample_weight and class_weight do not fit.")


def _is_tiled(exam, returned):
    values = np.asarray(returned, float)
    if exam.tensors.pairwise or not np.all(np.isfinite(values)) or np.ptp(values) > 0:
        return False
    try:
        return bool(np.ptp(exam.facts.alone) > 1e-3 * np.max(np.abs(exam.facts.alone)))
    except LossFailed:
        return False


def _lost_weights(exam):
    """What fit makes of a weight for one sample only, beside what it should be."""
    if exam.facts.is_coupled:
        return {}
    tensors = exam.facts.enlarged
    weight = np.zeros(tensors.batch, "float32")
    weight[0] = tensors.batch
    got = exam.value(tensors.y_true, tensors.y_pred, weight)
    return {
        "all_weight_on_one_sample": got,
        "loss_of_that_sample": exam.facts.alone[0],
    }


def _two_replicas(exam):
    """The step of two replicas with half of the batch each, as a multiple of the step
    of one: Keras divides by the number of replicas what is no scalar."""
    tensors = exam.facts.enlarged
    half = tensors.batch // 2
    index = np.arange(2 * half)
    parts = [index, index[:half], index[half:]]
    steps = []
    for part in parts:
        try:
            run = exam.run(*tensors.rows(part), gradient=True)
        except LossFailed:
            return {}
        if run.gradient is None:
            return {}
        steps.append(run.gradient)
    both = np.concatenate(steps[1:])
    norm = np.linalg.norm(steps[0])
    if not norm or not np.isfinite(norm):
        return {}
    return {"two_replicas_multiply_the_step_by": float(np.linalg.norm(both) / norm)}


def _growths(exam, way):
    """They are the same directly and in fit where Keras has nothing to align."""
    if way == "in fit":
        return list(exam.facts.trace.growths()) if exam.facts.is_read else []
    if not misaligned(exam.tensors):
        return []
    try:
        return list(exam.facts.trace_of_a_direct_call.growths())
    except LossFailed:
        return []


def _direct_and_fit(exam):
    true, pred = exam.tensors.y_true, exam.tensors.y_pred
    if exam.facts.failed("direct"):
        return {}
    direct = exam.direct(true.astype(pred.dtype), pred)
    if not keras.ops.is_tensor(direct):
        return {}
    value = float(np.mean(array(direct)))
    if same(value, exam.facts.base.value, exam.facts.scale):
        return {}
    return {"called_directly": value, "in_fit": exam.facts.base.value}
