"""Where an error came from, beyond the functions that its traceback names.

Keras leaves its own functions out of most tracebacks: what is left is the line of the
user, the innermost function, and functions of the user that Keras has called. So the
line, the order of the frames and the names of nodes in a graph are read too.
"""

import ast
import re
from dataclasses import dataclass

PATH = r"((?:[A-Za-z]:)?[^\s:]{1,300}\.py|<ipython-input[^>\s]{1,80}>)"
FRAME = re.compile(
    r'File "([^"\n]*)", line \d+, in (\S+)'
    rf"|^[ \t]*(?:File )?{PATH}:\d+, in ([\w.<>]+)"  # of a notebook
    rf"|^{PATH} in ([\w.<>]+)"  # of an older one
    r"|^[ \t]*(?:File )?(Cell In ?\[\d+\]), line \d+(?:, in ([\w.<>]+))?",
    re.MULTILINE,
)
KERAS = re.compile(
    r"packages/(?:tf_)?keras/(?:src/)?|keras/src/|tensorflow/python/keras/"
)
INSTALLED = re.compile(r"(?:site|dist)-packages[/\\]|[/\\]lib[/\\]python\d")
LOSSES = {("losses/losses.py", "call"), ("losses/loss.py", "__call__")}
LOADERS = {"get", "deserialize"}
TREES = {"tree_map", "unflatten"}
# What metrics do with labels and predictions, and losses of Keras do not: functions,
# and the nodes of a graph, which stand beside those of a layer or a loss.
COUNTS = {"logical_and"}, re.compile(r"(?:node |\[Op:)LogicalAnd(?:_\d+)?[ }\]]")
COMPARES = {"equal"}, re.compile(r"(?:node |\[Op:)Equal(?:_\d+)?[ }\]]")
RANKS = {"in_top_k"}, re.compile(r"(?:node |\[Op:)(?:in_top_k/)?InTopK\w*[ }\]]")
# What the name of a loss ends with, and what may stand behind it; metrics have some of
# these names too. What begins with a verb does something with a loss.
LOSS_NAMES = {"loss", "focal", "tversky", "huber", "entropy", "crossentropy"}
SHARED_NAMES = {"dice", "jaccard"}
BEHIND = {"fn", "func", "function", "fixed"}
BEHIND_A_METRIC = {"coef", "coefficient", "index"}
VERBS = {
    *("plot", "draw", "show", "display", "print", "log", "save", "load", "read"),
    *("write", "report", "record", "track", "update", "test", "train", "roll"),
}
CALLED = re.compile(r"(?:[\w<>]+\.){0,9}?(\w{1,80})(?:\.call)?\(\) ")
FITS = re.compile(r"\.(?:fit|evaluate|train_on_batch|test_on_batch)\(")
LONG = 500  # letters of the arguments of one call, or of a message that names a loss


@dataclass(frozen=True)
class Frame:
    """A function in a traceback: its file within Keras or the name of its file, and
    whether somebody has written it who is asking."""

    file: str
    function: str
    own: bool

    @property
    def in_keras(self):
        return "/" in self.file

    @property
    def in_a_metric(self):
        of_metrics = self.file.startswith("metrics/") or "metrics_utils" in self.file
        return of_metrics and self.function not in LOADERS


def frames(text):
    """The functions of a traceback, the outermost first."""
    return [_frame(*filter(None, found.groups())) for found in FRAME.finditer(text)]


def places(found, text):
    """The places, words of wordings.toml, that an error with these frames came from;
    `text` is the error with its traceback."""
    last = found[-1] if found else Frame("", "", False)
    # The message of an error in a graph tells once more how its node was made.
    stack = frames(text.rpartition("Detected at node")[2])
    called, own = _called_by_keras(stack), [frame for frame in stack if frame.own]
    counts, compares, ranks = (
        not called and _does(what, found, text) for what in (COUNTS, COMPARES, RANKS)
    )
    labelled = set(map(_has_labels, _arguments(text)))
    said = _messages(text)
    in_a_metric = any(frame.in_a_metric for frame in found)
    told = {
        "calls_a_loss": _calls_a_loss(last),
        "calls_a_metric": last.in_a_metric,
        "makes_a_loss": (last.file, last.function) == ("losses/__init__.py", "get"),
        "counts_hits": counts,
        "compares": compares,
        "in_a_metric": in_a_metric or counts or compares or ranks,
        "in_a_step": bool(own) and own[-1].function == "train_step",
        "in_a_loss": "compile_loss/" in text or any(map(_calls_a_loss, found)),
        "in_own_loss": _in_own_loss(found),
        "in_losses": any(frame.file.startswith("losses/") for frame in found),
        "in_fit": not called and _in_fit(found, text),
        "one_hot": last.function == "to_categorical",
        "in_data": any(map(_takes_data, found)),
        "without_labels": False in labelled,
        "with_labels": True in labelled,
        "in_a_function": bool(called),
        "named_like_a_loss": not found and any(map(_calls_what_is_named, said)),
    }
    return frozenset(place for place, is_it in told.items() if is_it)


def _frame(path, function="<module>"):
    file = path.replace("\\", "/")
    within = KERAS.split(file)[-1]
    name = within if within != file else file.rpartition("/")[2]
    own = within == file and not INSTALLED.search(path)
    return Frame(name, function.rpartition(".")[2] or function, own)


def _calls_a_loss(frame):
    return (frame.file, frame.function) in LOSSES


def _called_by_keras(found):
    """The functions of the user that come after one of Keras."""
    first = next((n for n, frame in enumerate(found) if frame.in_keras), len(found))
    return [frame for frame in found[first:] if frame.own]


def names_a_loss(message):
    """Whether there is the name of a loss of somebody's own in a message."""
    return any(map(_is_named, re.findall(r"\w+", message[:LONG])))


def _in_own_loss(found):
    """Whether somebody has written a loss that this came through, by the name of the
    function or as the method of a class that Keras calls."""
    if any(frame.own and _is_named(frame.function) for frame in found):
        return True
    in_a_layer = any(frame.file.startswith("layers/") for frame in found)
    methods = {frame.function for frame in _called_by_keras(found)}
    return "call" in methods and not in_a_layer


def _is_named(function, names=LOSS_NAMES, behind=BEHIND):
    """Whether a function has the name of a loss: `dice_loss`, `FocalLoss`."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+", function)
    words = [word.lower() for word in words]
    while words and words[-1] in behind:
        words.pop()
    return bool(words) and words[-1] in names and words[0] not in VERBS


def _calls_what_is_named(message):
    """Whether Python says something about the call of what is named like a loss."""
    called = CALLED.match(message)
    names, behind = LOSS_NAMES | SHARED_NAMES, BEHIND | BEHIND_A_METRIC
    return bool(called) and _is_named(called[1], names, behind)


def _in_fit(found, text):
    """Whether Keras trains or evaluates; where none of its frames is left, whether the
    innermost line is such a call."""
    if any(map(_trains, found)):
        return True
    if any(frame.in_keras for frame in found):
        return bool(FITS.search(text))
    last = [frame.end() for frame in FRAME.finditer(text)][-1:]
    return bool(last and FITS.search(text, last[0]))


def _trains(frame):
    return frame.in_keras and ("trainers/" in frame.file or "trainer.py" in frame.file)


def _takes_data(frame):
    """Whether it looks at the arrays that `fit` got, one by one."""
    return frame.function in TREES or "data_adapters/" in frame.file


def _does(what, found, text):
    functions, nodes = what
    called = any(frame.function in functions and not frame.own for frame in found)
    return called or bool(nodes.search(text))


def _messages(text):
    """What the lines of a text say behind the name of a class of errors."""
    return [line.rpartition("Error: ")[2] for line in text.splitlines()[:1]]


def _arguments(text):
    """What stands between the brackets of the calls that train or evaluate."""
    for call in FITS.finditer(text):
        depth = 1
        for end in range(call.end(), min(call.end() + LONG, len(text))):
            depth += (text[end] in "([{") - (text[end] in ")]}")
            if not depth:
                yield text[call.end() : end]
                break


def _has_labels(arguments):
    """Whether there are labels in a call, None where one cannot know."""
    try:
        call = ast.parse(f"fit({arguments})", mode="eval").body
    except SyntaxError:  # a call of several lines, with marks between them
        return None
    stars = any(isinstance(one, ast.Starred) for one in call.args)
    named = {keyword.arg for keyword in call.keywords}  # None is that of **options
    if stars or None in named:
        return None
    return len(call.args) > 1 or "y" in named
