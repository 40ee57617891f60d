"""A loss that raises."""

import re

from losses.checker.limits import TooLong
from losses.evidence.messages import cleaned


class LossFailed(Exception):
    """The loss raised; the error is its own."""

    def __init__(self, error):
        super().__init__(f"{type(error).__name__}: {first_line(error)}")
        self.error = error


def guarded(run):
    """What `run()` returns; whatever it raises is an error of the loss."""
    try:
        return run()
    except TooLong:
        raise
    except BaseException as error:  # sys.exit, pytest.fail and their like
        raise LossFailed(error) from error


def named(failure):
    """The class of an error and the first line of its message, as one sentence."""
    text = f"{type(failure.error).__name__}: {first_line(failure.error)}".rstrip(",")
    return text if text.endswith((".", "!", "?")) else f"{text}."


OPTIONS = "get_config must hold each option of __init__, as JSON can."
DESERIALIZING = "Exception encountered: "  # where Keras puts the cause, at the end


def first_line(error):
    """The line of a message that says what is wrong."""
    lines = [line.strip() for line in cleaned(str(error)).splitlines() if line.strip()]
    if lines and "could not be deserialized" in lines[0]:
        cause = [line for line in lines if line.startswith(DESERIALIZING)]
        lines = [line.removeprefix(DESERIALIZING) for line in cause[-1:]] or lines
    if lines and lines[0].startswith("in user code:"):
        # TensorFlow puts the frames first, then the error of the class and its message.
        start = f"{type(error).__name__}: "
        lines = [line.removeprefix(start) for line in lines if start in line]
    if len(lines) > 1 and lines[0].startswith("Exception encountered when calling"):
        lines = lines[1:]  # Keras puts the layer first, and then the message
    return _plain(lines[0]) if lines else "without a message"


def way_out(error):
    """What to do about an object that was saved and cannot be made again; "" where the
    message does not tell."""
    line = first_line(error)
    if "unexpected keyword argument" in line:
        return (
            "get_config gives more than __init__ takes: let it take **options, and "
            "hand them to super().__init__(**options)."
        )
    if "required positional argument" in line or "JSON" in line:
        return OPTIONS
    return ""


def _plain(line):
    """Without what makes it bold in a terminal, and the name of an operation."""
    line = re.sub(r"\x1b\[[0-9;]*m", "", line)
    return re.sub(r"\s*\[Op:\w+\](\s*name:\s*)?$", "", line)
