"""What is read of a pasted text: the last error in it, or the last warnings, with the
functions that its traceback names. Lines of a log around it count for nothing."""

import re
from dataclasses import dataclass, field

from losses.evidence import places
from losses.evidence.messages import cleaned

CLASS = r"(?:\w+\.)*[A-Z]\w*(?:Error|Exception|Warning|Interrupt|Exit|Unsupported)"
# `ValueError: ...` at the left, after the `E` of pytest or the place of a warning.
HEAD = re.compile(rf"^(?:E +|\S+:\d+: )?[ \t]*({CLASS})(?::[ \t]*(.*))?$", re.MULTILINE)
NODE = re.compile(r"compile_loss/(\w+)/")
# What stands between two errors of which one led to the other.
CHAIN = ("During handling of the above", "The above exception was the direct")
TRACEBACK = "Traceback (most recent call last)"
AFTER = "-" * 20 + "\nFor simplicity, JAX has removed"
NUMBERS = re.compile(r"\[[\[\]\d\s.,eE+…-]*")  # of an array that was printed
# What a shell, a make or an editor says below an error.
BELOW = re.compile(
    r"^(?:make(?:\[\d+\])?: \*\*\*|srun: |Process finished with exit code|\[Finished in"
    r"|(?:\(\w+\) )?[\w.-]+@[\w.-]+:\S*[$#%]).*",
    re.MULTILINE,
)
LONG = 20_000  # letters: of a message, and of the traceback before it
FRAGMENT = 4_000  # letters of a text that names no error


@dataclass(frozen=True)
class Pasted:
    """An error as somebody pasted it.

    Args:
        error: its class, without modules; "" where none is named.
        message: what it says, without what differs from one run to the next.
        frames: the functions of its traceback, `(file within Keras or its name,
            function)`.
        names: of functions that somebody has written, and of the losses in a graph.
        places: what else is known of where it came from, words of wordings.toml.
    """

    error: str
    message: str
    frames: frozenset = frozenset()
    names: frozenset = field(default=frozenset())
    places: frozenset = field(default=frozenset())

    @property
    def in_keras(self):
        return any("/" in file for file, _ in self.frames)

    @property
    def is_foreign(self):
        """Whether there is a traceback, and nothing of Keras is called in it."""
        called = self.in_keras or "in_fit" in self.places
        return bool(self.frames) and not called


def read(text):
    """What may be asked about, in the order in which it is to be looked up: the last
    error and those that led to it; without any the last warnings; else the text."""
    text = text.replace("\r\n", "\n")
    heads = list(HEAD.finditer(text))
    if not heads:
        return [_pasted("", text[-FRAGMENT:], text[-FRAGMENT:])]
    errors = [n for n, head in enumerate(heads) if not head[1].endswith("Warning")]
    if not errors:
        last = list(dict.fromkeys(_of_head(text, heads, n) for n in range(len(heads))))
        return last[::-1]
    found = [errors[-1]]
    for before, after in zip(errors[-2::-1], errors[:0:-1]):
        between = text[heads[before].end() : heads[after].start()]
        if TRACEBACK in between and not any(words in between for words in CHAIN):
            break
        found.append(before)
    return [_of_head(text, heads, n) for n in found]


def _of_head(text, heads, number):
    head = heads[number]
    end = heads[number + 1].start() if number + 1 < len(heads) else len(text)
    for stop in (TRACEBACK, AFTER, *CHAIN):
        found = text.find(stop, head.end(), end)
        end = found if found > 0 else end
    if below := BELOW.search(text, head.end(), min(end, head.end() + LONG)):
        end = below.start()
    start = max(text.rfind(TRACEBACK, 0, head.start()), head.start() - LONG, 0)
    error = head[1].rpartition(".")[2]
    if error.endswith("Warning"):  # what follows is a line of code, or another matter
        return _pasted(error, head[2] or "", head[0])
    message = text[head.start(2) if head[2] else head.end() : end]
    return _pasted(error, message[:LONG], text[start : min(end, head.end() + LONG)])


def _pasted(error, message, around):
    frames = places.frames(around)
    names = {frame.function for frame in frames if frame.own}
    return Pasted(
        error,
        cleaned(NUMBERS.sub(_short, message)).strip(),
        frozenset((frame.file, frame.function) for frame in frames),
        frozenset(names | {*NODE.findall(around)}),
        places.places(frames, around),
    )


def _short(numbers):
    """An array of several lines as `[…]`."""
    array, bracket, rest = numbers[0].rpartition("]")
    return f"[…]{rest}" if bracket and "\n" in array else numbers[0]
