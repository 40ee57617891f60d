"""Pieces of Markdown and HTML."""

import posixpath
import re
from html import escape
from textwrap import dedent


def paragraphs(*parts):
    return "\n\n".join(part.strip("\n") for part in parts if part)


def fence(code, language="python", title="", marked=()):
    """A block of code, with a copy button; `marked` lines stand out."""
    title = f' title="{title}"' if title else ""
    lines = " ".join(map(str, marked))
    lines = f' hl_lines="{lines}"' if lines else ""
    return f"```{language}{title}{lines}\n{code.strip(chr(10))}\n```"


def heading(level, text, anchor):
    return f"{'#' * level} {text} {{ #{anchor} }}"


def front(title, **options):
    """What stands above a page: its title, and what Material leaves out."""
    hide = "".join(f"\n  - {part}" for part in options.get("hide", ()))
    return f"---\ntitle: {title}" + (f"\nhide:{hide}" if hide else "") + "\n---"


def href(here, there, anchor=""):
    """From one page to another, as the built pages lie."""
    path = posixpath.relpath(there, posixpath.dirname(here) or ".")
    path = "" if here == there else re.sub(r"\.md$", ".html", path)
    return f"{path}#{anchor}" if anchor else path


def link(text, here, there, anchor=""):
    return f'<a href="{href(here, there, anchor)}">{text}</a>'


def inline(text):
    """One line of Markdown as HTML: code, and nothing else."""
    text = escape(" ".join(text.split()), quote=False)
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text)


def table(head, rows, name, label):
    """An HTML table that scrolls by itself. A row is a list of cells, each its text or
    (text, attributes); the first cell of a row is its heading."""
    lines = [f'<tr data-row="{row[0][1]}">{_cells(row)}</tr>' for row in rows]
    heads = "".join(f'<th scope="col">{text}</th>' for text in head)
    return framed(heads, lines, name, label)


def framed(heads, lines, name, label, more=""):
    """A table of finished cells and rows."""
    region = f'class="scroll" tabindex="0" role="region" aria-label="{label}"'
    return "\n".join(
        [
            f"<div {region}{more}>",
            f'<table class="{name}">',
            f"<thead><tr>{heads}</tr></thead>",
            "<tbody>",
            *lines,
            "</tbody>",
            "</table>",
            "</div>",
        ]
    )


def row(key, first, *cells):
    """A row of `table`, found again by its key."""
    return [(first, key), *cells]


def _cells(cells):
    (first, _), *rest = cells
    return f'<th scope="row">{first}</th>' + "".join(map(_cell, rest))


def _cell(cell):
    text, attributes = cell if isinstance(cell, tuple) else (cell, {})
    given = "".join(f' {k}="{escape(v)}"' for k, v in attributes.items())
    return f"<td{given}>{text}</td>"


def sections(doc):
    """A docstring in parts: `""` is what stands before the first heading."""
    parts, name = {"": []}, ""
    for line in doc.splitlines():
        found = re.fullmatch(r"(Args|Returns|Raises|Example|Source):", line)
        if found:
            name = found[1]
            parts[name] = []
        else:
            parts[name].append(line)
    return {name: dedent("\n".join(lines)).strip("\n") for name, lines in parts.items()}


def entries(section):
    """`name: text` entries of a section, each on one line."""
    found = {}
    for line in section.splitlines():
        entry = re.match(r"(\w+): (.*)", line)
        if entry:
            name = entry[1]
            found[name] = entry[2]
        else:
            found[name] += f" {line.strip()}"
    return found


def first_clause(text):
    """Up to the first full stop or semicolon."""
    return re.split(r"[.;](?=\s|$)", " ".join(text.split()), maxsplit=1)[0]


def linked(text):
    """Addresses as links."""
    return re.sub(r"https?://\S+[^\s.,;)]", r"<\g<0>>", text)


def path(loss):
    """The page of a loss."""
    return f"losses/{loss.name}.md"


def listed(words):
    """`a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def sentence_start(text):
    return text[0].upper() + text[1:]
