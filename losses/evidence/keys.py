"""The hash that evidence carries: of the code that it was seen with.

Of a loss, that is what `losses copy` writes: the loss, and of the helpers what it uses.
Documentation and comments do not count, so that a better word needs no new run.
"""

import ast
import hashlib
import io
import tokenize
from functools import cache

from losses.source import registry, standalone

# What an outcome depends on, beside the variant and its reference.
MACHINERY = ("outcomes", "probes/*")
# What an experiment of losses/demo depends on, beside the losses that it trains.
TRAINING = ("__init__", "data", "experiments", "training")


def of_variant(variant):
    return _hash(*_code_of_variant(variant))


def of_claim(claim):
    return _hash(claim.text)


def of_rule(rule):
    """That of the whole checker, and of the variant that shows it with its loss."""
    paths = sorted(registry.CHECKER.rglob("*.py"))
    checker = [path.read_text("utf-8") for path in paths]
    return _hash(*checker, *_code_of_variant(registry.variants()[rule.shown_by]))


def of_demonstrations():
    """The hash of every experiment of `losses demo`, by its name."""
    folder = registry.HERE / "demo"
    files = [(folder / f"{name}.py").read_text("utf-8") for name in TRAINING]
    return {
        name: _hash(*files, *(code for run in runs for code in _code_of(run)))
        for name, runs in registry.demonstrations().items()
    }


def _code_of(run):
    """The code of what is trained: of a loss by its name, of a variant by its id."""
    if run in registry.losses():
        return standalone.pieces(run)
    return [registry.variants()[run].source]


def _code_of_variant(variant):
    return variant.source, variant.shared, *standalone.pieces(variant.loss)


def _hash(*sources):
    text = "\0".join((*map(_only_code, sources), *_machinery()))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


@cache
def _machinery():
    found = (sorted(registry.HERE.glob(f"{name}.py")) for name in MACHINERY)
    return [_only_code(path.read_text("utf-8")) for paths in found for path in paths]


@cache
def _only_code(source):
    """Without docstrings, comments, and the lines that are empty then."""
    lines = dict(enumerate(source.splitlines(), 1))
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        line, column = token.start
        if token.type == tokenize.COMMENT:
            lines[line] = lines[line][:column].rstrip()
        if token.type == tokenize.NL and not lines[line].strip():
            del lines[line]
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            doc = node.body[0]
            for line in range(doc.lineno, doc.end_lineno + 1):
                del lines[line]
    return "\n".join(lines.values())
