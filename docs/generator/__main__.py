"""python -m docs.generator write DIR | check SITE | prove"""

import sys
from pathlib import Path

from docs.generator import check, prove, render, shelf


def write(folder):
    """All pages as Markdown, for a builder other than mkdocs."""
    found = shelf.read()
    complaint = shelf.complaint(found)
    if complaint:
        return [complaint]
    for path, text in {**render.render(found), **render.data(found)}.items():
        place = Path(folder, path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    return []


def main(arguments):
    commands = {"write": write, "check": check.findings, "prove": prove.failures}
    if not arguments or arguments[0] not in commands:
        return __doc__
    return "\n".join(commands[arguments[0]](*arguments[1:])) or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
