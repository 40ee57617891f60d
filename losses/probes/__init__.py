"""The ways of running a loss: directly, through its gradient, inside `fit`, on devices.

Inside `fit` the predictions are given: the model is a table of them, one row for each
sample, so that a training step with a learning rate of 1 moves the table by minus the
gradient. What is seen is the loss that Keras logs and the norm of that step.
"""

import inspect
from functools import partial

import keras

from losses.outcomes import Case, Returns, observe
from losses.probes import devices, direct, fitted
from losses.probes.bench import MODES, Bench
from losses.probes.subject import Subject, accepted

__all__ = ["MODES", "PROBES", "Bench", "Subject", "accepted", "run", "run_claim"]

PROBES = {
    probe.__name__: probe
    for probe in (
        direct.call,
        direct.gradient,
        direct.custom_loop,
        direct.unknown_batch,
        direct.unknown_sizes,
        direct.torch_compile,
        fitted.fit_eager,
        fitted.fit_graph,
        fitted.fit_xla,
        fitted.loss_subclass,
        fitted.batch_of_one,
        fitted.partial_batch,
        fitted.sample_weight,
        fitted.sample_weight_column,
        fitted.sample_weight_by_position,
        fitted.class_weight,
        fitted.masking,
        fitted.mixed_float16,
        fitted.mixed_bfloat16,
        fitted.float64,
        fitted.save_load,
        devices.two_replicas,
        devices.two_replicas_uneven,
        devices.data_parallel,
        devices.two_workers,
    )
}


def run(probe, subject, case):
    """What `subject` does on the inputs of `case` in one way of running."""
    return observe(lambda: PROBES[probe](subject, case))


def run_claim(claim):
    """What each part of a claim does, by way of running: `{part: {way: outcome}}`."""
    return {part: _run_part(code, claim) for part, code in claim.parts.items()}


def _run_part(code, claim):
    code = code.__func__ if isinstance(code, staticmethod) else code
    parameters = list(inspect.signature(code).parameters)
    if not parameters:
        ways = {"call": code}
    elif parameters == ["mode"]:
        ways = {way: partial(_logged, code, mode) for way, mode in MODES.items()}
    else:
        case = Case(claim.y_true, claim.y_pred, gives=None)
        subject = Subject.of_variant(code, case)
        names = claim.ways or ("call", *MODES)
        ways = {way: partial(PROBES[way], subject, case) for way in names}
    return {way: _observed_afresh(run) for way, run in ways.items()}


def _observed_afresh(run):
    """Names that Keras counts up, `dense_1`, start over: they stand in messages."""
    keras.utils.clear_session(free_memory=False)
    return observe(run)


def _logged(script, mode):
    return Returns(script(mode).history["loss"][0])
