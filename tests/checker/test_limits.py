"""What ends a check of a loss that takes too long: the time of the processor, and the
clock where a loss sleeps. Then the report says that it is not complete."""

import contextlib
import contextvars
import itertools
import json
import os
import threading
import time
from dataclasses import replace

import pytest
from keras import ops

import losses
from losses.checker import RULES, asking, limits, plausible
from losses.running import backend

Y_TRUE, Y_PRED = plausible((8, 3), (8, 3))
ASKED = [name for name, rule in RULES.items() if not rule.not_asked_on(backend.NAME)]


def good(y_true, y_pred):
    return ops.mean(ops.square(ops.cast(y_true, y_pred.dtype) - y_pred), axis=-1)


def check(loss, **arguments):
    return losses.check(loss, Y_TRUE, Y_PRED, **arguments)


def after(calls, otherwise):
    """A loss that does something else from some call on."""
    count = itertools.count(1)

    def loss(y_true, y_pred):
        if next(count) >= calls:
            otherwise()
        return good(y_true, y_pred)

    return loss


def for_ever():
    while True:
        pass


def asleep():
    while True:
        time.sleep(0.01)


def asleep_and_stubborn():
    while True:
        with contextlib.suppress(Exception):
            time.sleep(0.01)


@pytest.fixture
def impatient(monkeypatch):
    """The clock ends a check after two seconds, and waits no longer for its end."""
    monkeypatch.setattr(limits, "PATIENCE", 2.0)
    monkeypatch.setattr(limits, "GRACE", 1.0)


@pytest.mark.parametrize("calls", [1, 9], ids=["at once", "later"])
def test_a_loss_that_loops_for_ever(calls):
    report = check(after(calls, for_ever), seconds=0.5)
    assert any("0.5 s of processor time" in f.sentence for f in report.findings)
    assert not report
    assert not report.of("error"), "half a second may be too short for a right loss"
    assert not report.complete
    assert "NOT COMPLETE" in str(report).splitlines()[0]
    assert not check(good).findings, "the next check waits for the loss that hangs"


@pytest.mark.parametrize("sleep", [asleep, asleep_and_stubborn])
def test_a_loss_that_sleeps_is_ended_by_the_clock(sleep, impatient):
    report = check(after(1, sleep), seconds=0.1)
    [finding] = report.findings
    assert finding.sentence == "It did not return within 2 s."
    assert not report


def test_a_loss_that_uses_up_the_usual_limit_is_at_fault(monkeypatch):
    monkeypatch.setattr(asking, "SECONDS", 0.5)
    [finding] = check(after(1, for_ever), seconds=0.5).of("error")
    assert finding.sentence == "It did not return within 0.5 s of processor time."


def test_the_clock_is_generous():
    """A loss that waits ten times as long as it may compute is judged all the same."""
    report = check(after(1, lambda: time.sleep(0.05)), seconds=1, only=["check_runs"])
    assert report
    assert max(limits.PATIENCE, 10) >= 60


def test_other_work_does_not_count():
    """Two busy threads beside it, on as many processors as there are."""
    stop = threading.Event()

    def busy():
        while not stop.is_set():
            sum(range(1000))

    threads = [threading.Thread(target=busy) for _ in range(2 * (os.cpu_count() or 1))]
    for thread in threads:
        thread.start()
    try:
        limit = limits.Limit(5.0)
        limit.run(lambda: sum(range(10**6)))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert limit.spent < 1


def test_time_that_is_over_leaves_rules_out(monkeypatch):
    monkeypatch.setattr(asking, "IN_ALL", 1)

    def slow():
        until = time.thread_time() + 0.02
        while time.thread_time() < until:
            pass

    report = check(after(1, slow), seconds=0.3)
    assert not report.of("error")
    assert report.left_out
    assert set(report.left_out) | set(report.rules) | set(report.moot) == set(ASKED)
    assert not report.complete
    assert not report
    first, *_ = str(report).splitlines()
    of_all = f"{len(report.rules)} of {len(ASKED)} rules were looked at"
    assert first.startswith(f"loss: NOT COMPLETE, {of_all}")
    assert "nothing found" not in first
    data = json.loads(report.to_json())
    assert (data["ok"], data["complete"]) == (False, False)
    assert data["left_out"] == report.left_out
    assert "the limit of 0.3 s of processor time was reached" in str(report)


@pytest.fixture
def breaks(monkeypatch):
    """A rule that has a fault of its own."""

    def look(exam):
        yield from ()
        raise KeyError("a fault")

    broken = replace(RULES["check_batch_size"], look=look)
    monkeypatch.setitem(RULES, "check_batch_size", broken)


def test_a_rule_that_fails_is_an_error_of_the_check(breaks):
    report = check(good)
    [finding] = report.findings
    assert (finding.rule, finding.severity) == ("check_batch_size", "error")
    assert "The rule itself failed, not the loss: KeyError: 'a fault'" in (
        finding.sentence
    )
    assert report.failed == ("check_batch_size",)
    assert not report.complete
    assert not report
    looked_at = f"{len(ASKED) - 1} of {len(ASKED)} rules were looked at"
    assert report.summary.startswith(f"good: NOT COMPLETE, {looked_at}; 1 error")
    assert json.loads(report.to_json())["failed"] == ["check_batch_size"]


def test_single_rules_do_not_meet_a_rule_that_fails(breaks):
    report = check(good, only=["check_finite"])
    assert report
    assert report.rules == ("check_finite",)
    assert str(report) == "good: nothing found by 1 rule"


def test_a_single_rule_is_no_clean_bill_for_a_loss_that_does_not_run():
    report = check(lambda y_true: y_true, only=["check_finite"])
    assert [finding.rule for finding in report.of("error")] == ["check_runs"]
    assert report.rules == ("check_runs",)
    assert not report


def test_a_rule_that_is_left_out_cannot_be_asked_alone():
    with pytest.raises(ValueError, match="quick=True leaves out check_saves"):
        check(good, only=["check_saves"], quick=True)


@pytest.mark.parametrize("seconds", [0, -1, "5"])
def test_a_limit_is_a_number_above_0(seconds):
    with pytest.raises(ValueError, match="seconds is a number above 0"):
        check(good, seconds=seconds)


def test_a_loss_sees_the_context_of_its_caller():
    scale = contextvars.ContextVar("scale")
    scale.set(2.0)
    report = check(lambda y_true, y_pred: scale.get() * good(y_true, y_pred))
    assert not report.of("error"), report


@pytest.mark.tensorflow  # which asks all of them
def test_an_expectation_is_judged_by_all_rules_together():
    unneeded = "expect='scalar' is not needed."
    assert unneeded in {f.sentence for f in check(good, expect="scalar").findings}
    assert not check(good, expect="scalar", only=["check_finite"]).findings


def test_a_full_check_and_a_quick_one_of_a_plain_loss():
    check(good)
    started = time.process_time()
    check(good)
    full = time.process_time() - started
    started = time.process_time()
    report = check(good, quick=True)
    quick = time.process_time() - started
    # A busy machine counts twice here: what waits for memory works, for the clock.
    assert full < 2
    assert quick < 1
    slow = {rule.name for rule in RULES.values() if rule.slow}
    assert set(report.rules) == set(ASKED) - slow
