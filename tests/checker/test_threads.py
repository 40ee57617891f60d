"""Checks in several threads: what one prints, seeds or leaves behind concerns no
other, and sys.stdout is there afterwards."""

import io
import random
import sys
import threading
import warnings
from contextlib import redirect_stdout

import keras
import numpy as np
import pytest
from keras import ops

import losses
from losses.checker import plausible, quiet

Y_TRUE, Y_PRED = plausible((8, 3), (8, 3))


def good(y_true, y_pred):
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


def noisy(y_true, y_pred):
    return good(y_true, y_pred + keras.random.normal(ops.shape(y_pred)))


def together(*codes):
    """What each returns, run in a thread of its own at the same time."""
    results = [None] * len(codes)

    def run(number):
        results[number] = codes[number]()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(codes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def checking(loss, only=("check_runs",), **options):
    return lambda: losses.check(loss, Y_TRUE, Y_PRED, only=only, **options)


def meeting(before, after):
    """A loss that, called first, waits for the others before it goes on."""
    met = threading.local()

    def loss(y_true, y_pred):
        if not getattr(met, "once", False):
            met.once = True
            before.wait(30)
            print("talking")
            after.wait(30)
        return good(y_true, y_pred)

    return loss


def test_two_checks_that_overlap_leave_stdout_as_it_was(capsys):
    stdout, filters, states = sys.stdout, warnings.filters[:], states_now()
    barriers = threading.Barrier(2), threading.Barrier(2)
    checks = [checking(meeting(*barriers)) for _ in range(2)]
    assert all(together(*checks))
    assert sys.stdout is stdout
    assert warnings.filters == filters
    assert states_now() == states
    assert capsys.readouterr().out == ""


def states_now():
    return random.getstate(), np.random.get_state()[1].tolist()


def test_one_that_ends_later_puts_nothing_of_the_other_back():
    """The first begins before the second and ends before it."""
    stdout = sys.stdout
    begun, ended = threading.Event(), threading.Event()

    def first(y_true, y_pred):
        begun.wait(30)
        return good(y_true, y_pred)

    def second(y_true, y_pred):
        begun.set()
        ended.wait(30)
        return good(y_true, y_pred)

    def check_first():
        report = checking(first)()
        ended.set()
        return report

    assert all(together(check_first, checking(second)))
    assert sys.stdout is stdout


def test_another_thread_prints_meanwhile(capsys):
    begun, printed = threading.Event(), threading.Event()

    def loss(y_true, y_pred):
        print("of the loss")
        begun.set()
        printed.wait(30)
        return good(y_true, y_pred)

    def prints():
        begun.wait(30)
        print("of another thread")
        printed.set()

    together(checking(loss), prints)
    assert capsys.readouterr().out == "of another thread\n"


def test_an_output_that_somebody_redirects_meanwhile_is_theirs():
    kept, theirs = sys.stdout, io.StringIO()
    with quiet.quietly():
        redirected = redirect_stdout(theirs)
        redirected.__enter__()
    print("theirs")
    redirected.__exit__(None, None, None)
    print("", end="", flush=True)  # passed on to what was there
    sys.stdout = kept
    assert theirs.getvalue() == "theirs\n"


@pytest.mark.tensorflow
def test_random_losses_in_two_threads_are_both_seen_to_be_random():
    quick = [checking(loss, quick=True, only=()) for loss in (noisy, good, noisy)]
    reports = together(*quick)
    for report in (reports[0], reports[2]):
        assert [f.sentence for f in report.findings] == [
            "It is random: two calls differ. Rules that compare were left out."
        ]
    assert not reports[1].findings
