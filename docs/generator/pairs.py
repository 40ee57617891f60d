"""Wrong beside mended: the code of a variant, and the same with its fix."""

import ast
import io
import re
import tokenize
from difflib import SequenceMatcher
from tokenize import OP

from docs.generator.text import fence, paragraphs
from losses.source import registry

COLUMNS = 60


def pair(variant):
    """Both blocks, with the lines marked that differ."""
    wrong, mended = (folded(code.strip("\n")) for code in (variant.code, variant.fix))
    in_wrong, in_mended = changed(wrong, mended)
    return paragraphs(
        '<div class="pair" markdown>',
        fence(wrong, title="✕ Wrong", marked=in_wrong),
        fence(mended, title=f"✓ Mended: {variant.change}", marked=in_mended),
        "</div>",
    )


def folded(code):
    """Lines that do not fit beside others, broken after a comma inside brackets."""
    lines = code.split("\n")
    depth, breaks = 0, {}
    for token in tokenize.generate_tokens(io.StringIO(code + "\n").readline):
        depth += (
            (token.string in "([{") - (token.string in ")]}") if token.type == OP else 0
        )
        if token.string == "," and depth:
            breaks.setdefault(token.end[0] - 1, []).append(token.end[1])
    return "\n".join(
        part
        for number, line in enumerate(lines)
        for part in _parts(line, breaks.get(number, []))
    )


def _parts(line, breaks):
    fitting = [at for at in breaks if at <= COLUMNS and line[at:].strip()]
    if len(line) <= COLUMNS or not fitting:
        return [line]
    at = fitting[-1]
    indent = len(line) - len(line.lstrip()) + (0 if line.endswith(",") else 4)
    rest = " " * indent + line[at:].lstrip()
    moved = len(rest) - len(line)
    return [line[:at], *_parts(rest, [b + moved for b in breaks if b > at])]


def definition(source, name):
    """A function or class of a file, without decorators and docstring."""
    node = next(n for n in ast.parse(source).body if getattr(n, "name", None) == name)
    return registry.without_docstring(node, source)


def changed(wrong, right):
    """The numbers of the lines that differ, on each side. A name given to a function or
    class is no difference."""
    sides = [_comparable(code) for code in (wrong, right)]
    blocks = SequenceMatcher(None, *sides, autojunk=False).get_matching_blocks()
    kept = (
        {block.a + n for block in blocks for n in range(block.size)},
        {block.b + n for block in blocks for n in range(block.size)},
    )
    return [
        [n + 1 for n, line in enumerate(side) if line and n not in same]
        for side, same in zip(sides, kept)
    ]


def _comparable(code):
    return [
        re.sub(r"^(def|class) \w+", r"\1", line.strip()) for line in code.splitlines()
    ]
