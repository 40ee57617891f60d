"""What a check must not leave behind, nor take from others: what is printed, warnings,
the seeds of Python and NumPy. All of these belong to the process, and several checks
may run in its threads. Only the seed of TensorFlow or PyTorch stays 0."""

import io
import logging
import random
import sys
import threading
import warnings
from contextlib import ExitStack, contextmanager

import keras
import numpy as np

_here = threading.local()
_lock = threading.Lock()
_turn = threading.Lock()
_checks = 0
_outermost = None  # what the last check of those that overlap puts back


@contextmanager
def quietly():
    """Without warnings, and without TensorFlow's advice about functions traced often;
    the seeds of Python and NumPy stay. What is printed in a thread that is `silent`
    goes nowhere. Of checks that overlap, the last puts all of it back."""
    _enter()
    try:
        yield
    finally:
        _leave()


def silent(code):
    """`code`, so that what it prints goes nowhere while a check runs."""

    def run():
        _here.silent = True
        return code()

    return run


@contextmanager
def alone():
    """No other check draws random numbers meanwhile, or seeds them; unless one waits
    for another, which would be for ever."""
    turn = _turn
    mine = turn.acquire(timeout=5)
    try:
        yield
    finally:
        if mine:
            turn.release()


def left_behind():
    """A loss did not come back, and may have been alone: nobody waits for it."""
    global _turn
    _turn = threading.Lock()


@contextmanager
def seeded():
    """The seeds of Python, NumPy and the backend are 0."""
    with alone():
        keras.utils.set_random_seed(0)
        yield


class _Stdout:
    """`sys.stdout` for every thread but the silent ones."""

    def __init__(self, stream):
        self.stream = stream
        self.nowhere = _Nowhere()

    def __getattr__(self, name):
        is_silent = getattr(_here, "silent", False)
        return getattr(self.nowhere if is_silent else self.stream, name)


class _Nowhere(io.StringIO):
    def write(self, text):
        return len(text)


def _enter():
    global _checks, _outermost
    with _lock:
        _checks += 1
        if not isinstance(sys.stdout, _Stdout):
            sys.stdout = _Stdout(sys.stdout)
        if _checks > 1:
            return
        _outermost = ExitStack()
        _outermost.callback(random.setstate, random.getstate())
        _outermost.callback(np.random.set_state, np.random.get_state())
        logger = logging.getLogger("tensorflow")
        _outermost.callback(logger.setLevel, logger.level)
        logger.setLevel("ERROR")
        _outermost.enter_context(warnings.catch_warnings(action="ignore"))


def _leave():
    global _checks
    with _lock:
        _checks -= 1
        if _checks:
            return
        _outermost.close()
        # Not where somebody has put another in its place since: he will put it back.
        if isinstance(sys.stdout, _Stdout):
            sys.stdout = sys.stdout.stream
