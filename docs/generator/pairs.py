"""Wrong beside right: the code of a variant and the code of its reference."""

import ast
import io
import re
import tokenize
from difflib import SequenceMatcher
from tokenize import OP

from docs.generator.text import fence, paragraphs
from losses.source import registry
from losses.source.written_out import in_full

COLUMNS = 60


def pair(loss, variant):
    """Both blocks, with the lines marked that differ."""
    wrong, right = folded(variant.code.strip("\n")), folded(right_code(loss, variant))
    in_wrong, in_right = changed(wrong, right)
    return paragraphs(
        '<div class="pair" markdown>',
        fence(wrong, title="✕ Wrong", marked=in_wrong),
        fence(right, title="✓ Right", marked=in_right),
        "</div>",
    )


def right_code(loss, variant):
    """The reference in the form of the variant: function, class, or training script."""
    if is_script(variant):
        options = _arguments(variant.declared.get("options", "{}"))
        return (
            f"def fit(model, x, y):\n    loss = losses.{loss.class_name}({options})\n"
            f"    {_compile(variant)}\n    return model.fit(x, y)"
        )
    function = definition(loss.source, loss.name)
    if not variant.code.startswith("class"):
        return function
    return f"{function}\n\n\n{_class_like(loss, variant)}"


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


def is_script(variant):
    return re.match(r"def \w+\(\s*model\b", variant.code) is not None


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


def _class_like(loss, variant):
    """The class of the reference, with those methods that the variant has."""
    code = definition(in_full(loss.source), loss.class_name)
    [reference], [broken] = ast.parse(code).body, ast.parse(variant.code).body
    kept = {"call"} | {getattr(n, "name", None) for n in broken.body}
    lines = code.splitlines()
    parts = [
        "\n".join(lines[n.lineno - 1 : n.end_lineno])
        for n in reference.body
        if getattr(n, "name", None) in kept
    ]
    if len(parts) < len(reference.body):
        parts.insert(0, "    ...")
    return "\n\n".join([f"{lines[0]}\n{parts[0]}", *parts[1:]])


def _comparable(code):
    return [
        re.sub(r"^(def|class) \w+", r"\1", line.strip()) for line in code.splitlines()
    ]


def _arguments(options):
    parsed = ast.parse(options, mode="eval").body
    if isinstance(parsed, ast.Dict):
        pairs = zip(parsed.keys, parsed.values)
        return ", ".join(f"{ast.literal_eval(k)}={ast.unparse(v)}" for k, v in pairs)
    return ", ".join(f"{k.arg}={ast.unparse(k.value)}" for k in parsed.keywords)


def _compile(variant):
    several = isinstance(
        ast.parse(variant.declared["y_pred"], mode="eval").body, (ast.Dict, ast.Tuple)
    )
    arguments = "**loss.compile_args(model)" if several else "loss=loss"
    return f'model.compile("sgd", {arguments})'
