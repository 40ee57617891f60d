"""Wrong beside mended: the code of a variant, and the same with its fix."""

import ast

from docs.generator.text import fence, paragraphs
from losses.source import registry
from losses.source.mending import differing


def pair(variant, note="", beside=True):
    """Both blocks, ready to run, with the lines marked that differ; a `note` stands
    beside the size of the change. They stand `beside` each other, or, where lines are
    long, one below the other."""
    wrong, mended = map(variant.runnable, ("code", "fix"))
    in_wrong, in_mended = changed(wrong, mended)
    return paragraphs(
        f'<div class="{"pair beside" if beside else "pair"}" markdown>',
        fence(wrong, title="✕ Wrong", marked=in_wrong),
        fence(mended, title=f"✓ Mended: {variant.change}{note}", marked=in_mended),
        "</div>",
    )


def definition(source, name):
    """A function or class of a file, without decorators and docstring."""
    node = next(n for n in ast.parse(source).body if getattr(n, "name", None) == name)
    return registry.without_docstring(node, source)


def changed(wrong, right):
    """The numbers of the lines that differ, on each side, from 1 on."""
    blocks = differing(wrong, right)
    return [[n + 1 for block in blocks for n in block[side]] for side in (0, 1)]
