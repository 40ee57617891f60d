"""Runs the code that a claim is about."""

import inspect
from functools import partial

import keras

from losses.evidence.declarations import Case, Returns
from losses.running.bench import MODES
from losses.running.observe import observe
from losses.running.probes import PROBES
from losses.running.subject import Subject


def run_claim(claim, without=()):
    """What each part of a claim does, by way of running: `{part: {way: outcome}}`;
    some ways may be left out."""
    return {part: _run_part(code, claim, without) for part, code in claim.parts.items()}


def _run_part(code, claim, without):
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
    return {w: _observed_afresh(run) for w, run in ways.items() if w not in without}


def _observed_afresh(run):
    """Names that Keras counts up, `dense_1`, start over: they stand in messages."""
    keras.utils.clear_session(free_memory=False)
    return observe(run)


def _logged(script, mode):
    return Returns(script(mode).history["loss"][0])
