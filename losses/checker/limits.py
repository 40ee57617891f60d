"""A limit of time around somebody else's code: of the time that the processor works
for it, so that a busy machine does not count, and a generous one by the clock for code
that sleeps or waits."""

import ctypes
import threading
import time
from contextvars import copy_context

PATIENCE = 60.0  # seconds by the clock, at least
GRACE = 5.0  # seconds by the clock in which code may stop that was told to


class TooLong(BaseException):
    """The time is over. No `Exception`: a loss that catches those must end too."""

    by_clock = False


class Limit:
    """So many seconds of processor time for each piece of code that is run under it."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.spent = 0.0  # by all of them

    def run(self, code):
        """What `code()` returns, or raises; `TooLong` when its time is over.

        The code runs in a thread of its own. When its time is over it is asked to stop
        at its next line of Python; one that never comes to such a line is left behind.
        """
        worker = _Worker(code)
        worker.start()
        started, patience = time.monotonic(), max(PATIENCE, 10 * self.seconds)
        while worker.is_alive():
            left = self.seconds - worker.spent()
            waiting = patience - (time.monotonic() - started)
            if left <= 0 or waiting <= 0:
                worker.stop()
                self.spent += worker.spent()
                if left <= 0:
                    raise TooLong(f"{self.seconds:g} s of processor time")
                late = TooLong(f"{patience:g} s")
                late.by_clock = True
                raise late
            try:
                # Nobody uses more of the processor than of the clock.
                worker.join(min(left, waiting) + 1e-3)
            except BaseException:  # somebody interrupts the check
                worker.stop()
                raise
        self.spent += worker.spent()
        if worker.error is not None:
            raise worker.error
        return worker.value


class _Worker(threading.Thread):
    def __init__(self, code):
        super().__init__(daemon=True)
        self.code, self.context = code, copy_context()
        self.value = self.error = self.clock = None
        self.at_its_end = 0.0
        self.before = time.process_time()

    def run(self):
        # Asked for here: that of a thread which has ended must not be asked for.
        clock_of = getattr(time, "pthread_getcpuclockid", None)
        self.clock = clock_of and clock_of(threading.get_ident())
        try:
            self.value = self.context.run(self.code)
        except BaseException as error:  # sys.exit() in a loss must not end the check
            self.error = error
        self.at_its_end = time.thread_time()

    def spent(self):
        """Seconds of processor time; where a system does not tell it of one thread,
        that of the process."""
        if self.at_its_end:
            return self.at_its_end
        if self.clock is None:
            return time.process_time() - self.before
        try:
            return time.clock_gettime(self.clock)
        except OSError:  # it ended just now
            return self.at_its_end

    def stop(self):
        error = ctypes.py_object(TooLong)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident), error)
        self.join(GRACE)
