"""python -m docs.generator write DIR | check SITE | prove | watch FILE"""

import json
import sys
from pathlib import Path

from docs.generator import check, prove, render, site_data, watch


def write(folder):
    """All pages as Markdown, for a builder other than mkdocs."""
    site = site_data.read()
    complaint = site_data.complaint(site)
    if complaint:
        return [complaint]
    for path, text in {**render.render(site), **render.data(site)}.items():
        place = Path(folder, path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    return []


def report(file):
    """Print what another version of Keras changes."""
    print(watch.report(json.loads(Path(file).read_text("utf-8"))))
    return []


def main(arguments):
    commands = {
        "write": write,
        "check": check.findings,
        "prove": prove.failures,
        "watch": report,
    }
    if not arguments or arguments[0] not in commands:
        return __doc__
    return "\n".join(commands[arguments[0]](*arguments[1:])) or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
