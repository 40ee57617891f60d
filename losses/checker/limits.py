"""A limit of time around somebody else's code."""

import ctypes
import threading


class TooLong(BaseException):
    """The time is over. No `Exception`: a loss that catches those must end too."""


def within(seconds, run):
    """What `run()` returns, or raises; `TooLong` after so many seconds.

    The code runs in a thread of its own. When its time is over it is asked to stop at
    its next line of Python; one that never comes to such a line is left behind.
    """
    box = {}

    def work():
        try:
            box["value"] = run()
        except BaseException as error:  # sys.exit() in a loss must not end the check
            box["error"] = error

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        stop = ctypes.py_object(TooLong)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), stop)
        thread.join(1)
        raise TooLong
    if "error" in box:
        raise box["error"]
    return box["value"]
