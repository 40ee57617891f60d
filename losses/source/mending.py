"""The fix of a broken variant: the smallest change that makes its code right.

It stands in the code of the variant, as a diff does. A line that ends in `# -` is taken
out; one that begins with `# +` is put in, indented as the `#` is:

    axes = (1, 2, 3)  # -
    # + axes = (1, 2)
"""

import re
import sys
from difflib import SequenceMatcher
from pathlib import Path

REMOVED = re.compile(r"  # -$")
ADDED = re.compile(r"^(\s*)# \+ (?=\s*\S)")
MARK = re.compile(r"#\s*[-+](?!\w)")


def as_written(text):
    """The broken code, as people write it: without its fix."""
    return "\n".join(
        REMOVED.sub("", line) for line in text.splitlines() if not ADDED.match(line)
    )


def mended(text):
    """The code with its fix."""
    return "\n".join(
        ADDED.sub(r"\1", line) for line in text.splitlines() if not REMOVED.search(line)
    )


def changes(text):
    """The changes of a fix, one after the other: `[(lines out, lines in)]`."""
    found = []
    before = None
    for line in text.splitlines():
        out, new = bool(REMOVED.search(line)), bool(ADDED.match(line))
        if out and new:
            raise ValueError(f"a line is taken out and put in: {line.strip()}")
        if not (out or new) and MARK.search(line):
            raise ValueError(
                "a line to take out ends in two spaces and `# -`, one to put in begins "
                f"with `# + `: {line.strip()}"
            )
        if out or new:
            if not before:
                found.append(([], []))
            found[-1][new].append(
                ADDED.sub(r"\1", line) if new else REMOVED.sub("", line)
            )
        before = out or new
    return found


def differing(wrong, right):
    """The lines in which two codes differ, block by block: `[(out, in)]`, the numbers
    of those of the one and of the other, from 0 on; empty lines count for nothing."""
    sides = wrong.splitlines(), right.splitlines()
    blocks = SequenceMatcher(None, *sides, autojunk=False).get_opcodes()
    return [
        tuple(
            [n for n in range(*span) if side[n]]
            for side, span in zip(sides, ((i1, i2), (j1, j2)))
        )
        for kind, i1, i2, j1, j2 in blocks
        if kind != "equal"
    ]


def changed_lines(wrong, right):
    """How many lines differ; a line that takes the place of another is one."""
    return sum(max(map(len, block)) for block in differing(wrong, right))


def write_all(broken, folder):
    """Write the code of every file of broken variants with its fixes, so that it can be
    linted as any other."""
    for path in sorted(broken.rglob("*.py")):
        place = folder / path.relative_to(broken)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(mended(path.read_text("utf-8")) + "\n", "utf-8")


if __name__ == "__main__":
    for shelf in ("broken", "errors"):
        write_all(Path(__file__).parents[1] / shelf, Path(sys.argv[1]) / shelf)
