"""Where Keras raises or warns about losses, labels, weights and `compile`, and what the
table of losses/errors/raise_sites.toml says of each place.

The table says, by file and function, of each message: which error reproduces it, as its
id, or `elsewhere: ...`, what else it is about, or `unreachable: ...`, why nobody meets
it. A message is told by its first words, as they stand in the file of Keras.
"""

import ast
import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import keras

from losses.source import registry

KERAS = Path(keras.__file__).parent / "src"
TABLE = registry.HERE / "errors" / "raise_sites.toml"
SCOPE = {  # files of Keras, and the functions in them
    "losses/*.py": "*",
    "trainers/*.py": "*",
    "trainers/data_adapters/*.py": "*",
    "backend/tensorflow/trainer.py": "*",
    "backend/jax/trainer.py": "*",
    "backend/torch/trainer.py": "*",
    "backend/tensorflow/nn.py": "*crossentropy|_get_logits|ctc_loss",
    "backend/jax/nn.py": "*crossentropy|ctc_loss",
    "backend/torch/nn.py": "*crossentropy|ctc_loss",
    "backend/tensorflow/optimizer.py": "*",
    "ops/nn.py": "*Crossentropy.*|*crossentropy|softmax|CTCLoss.*|ctc_loss",
    "metrics/__init__.py": "*",
    "models/functional.py": "*",
    "optimizers/__init__.py": "get",
    "optimizers/base_optimizer.py": "*",
    "optimizers/loss_scale_optimizer.py": "*",
    "saving/object_registration.py": "*",
    "saving/saving_api.py": "*_model",
    "saving/serialization_lib.py": "*",
}
WORDS = 12  # that tell a message


@dataclass(frozen=True)
class Site:
    """A place that raises or warns: the file within Keras, the function, the words."""

    file: str
    function: str
    words: str

    @property
    def place(self):
        return f"{self.file} {self.function}"

    def says(self, seen):
        """Whether an error that was recorded comes from here."""
        kind, _, said = self.words.partition(": ")
        message = " ".join(seen["message"].split())
        # What a thread of TensorFlow raised stands as text in another error.
        kinds = seen["raises"], "warns" * seen["raises"].endswith("Warning")
        parts = re.sub(r" #\d+$", "", said).split("…")
        file, _, function = seen["at"].partition(" ")
        return (
            file == self.file
            and function.rpartition(".")[2] == self.function.rpartition(".")[2]
            and (kind in kinds or f"{kind}: " in message)
            and all(part.strip() in message for part in parts)
        )


def installed():
    """Every place of the installed Keras that raises or warns, in its order."""
    found = []
    for pattern, functions in SCOPE.items():
        for path in sorted(KERAS.glob(pattern)):
            if path.name.endswith("_test.py"):
                continue
            file = path.relative_to(KERAS).as_posix()
            for function, words in _sites(ast.parse(path.read_text("utf-8"))):
                if any(fnmatch(function, one) for one in functions.split("|")):
                    again = sum(
                        (s.file, s.function, s.words.split(" #")[0])
                        == (file, function, words)
                        for s in found
                    )
                    words_ = f"{words} #{again + 1}" if again else words
                    found.append(Site(file, function, words_))
    return found


def table():
    """`{site: answer}`, as it was written."""
    return {
        Site(file, function, words): answer
        for file, functions in tomllib.loads(TABLE.read_text("utf-8")).items()
        for function, messages in functions.items()
        for words, answer in messages.items()
    }


def new():
    """The places of the installed Keras that the table does not know."""
    return [site for site in installed() if site not in table()]


def _sites(tree, scope=()):
    """`(function, words)` of each raise and warning below a node."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield from _sites(node, (*scope, node.name))
            continue
        function = ".".join(scope)
        if isinstance(node, ast.Raise):
            yield function, _words(node.exc)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "warnings.warn":
            yield function, _words(node)
        yield from _sites(node, scope)


def _words(node):
    """The class of what is raised, or `warns`, and the first words of its message."""
    if node is None:
        return "again"
    if not isinstance(node, ast.Call):
        return ast.unparse(node)
    name = ast.unparse(node.func)
    text = " ".join(_text(node.args[0]).split()) if node.args else ""
    kind = "warns" if name == "warnings.warn" else name
    return f"{kind}: {' '.join(text.split()[:WORDS])}" if text else kind


def _text(node):
    """The text of a message, with `…` for what is put in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_text, node.values))
    if isinstance(node, ast.BinOp):
        return _text(node.left) + (
            _text(node.right) if isinstance(node.op, ast.Add) else ""
        )
    return "…"
