"""A report for other tools: annotations of GitHub, SARIF, and HTML for a notebook."""

import io
import json

SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def github(report, file, line):
    """A line for each finding, which GitHub shows at a line of a file."""
    return "\n".join(
        f"::{LEVELS[found.severity]} file={_escaped(file, ',:')},line={line},"
        f"title={_escaped(found.rule, ',:')}::{_escaped(found.sentence)}"
        for found in report.findings
    )


def sarif(report, file, line):
    """SARIF 2.1.0, which tools for code scanning read."""
    place = {
        "physicalLocation": {
            "artifactLocation": {"uri": file},
            "region": {"startLine": line},
        }
    }
    results = [
        {
            "ruleId": found.rule,
            "level": found.severity,
            "message": {"text": found.sentence},
            "locations": [place],
        }
        for found in report.findings
    ]
    rules = [
        {"id": name, "help": {"text": f"losses explain {name}"}}
        for name in dict.fromkeys(found.rule for found in report.findings)
    ]
    driver = {"name": "losses", "rules": rules}
    run = {"tool": {"driver": driver}, "results": results}
    return json.dumps({"$schema": SARIF, "version": "2.1.0", "runs": [run]}, indent=2)


def html(report):
    """As a terminal shows it, in colours that fit light and dark pages."""
    from rich.console import Console

    page = Console(file=io.StringIO(), record=True, width=88)
    page.print(report)
    return page.export_html(inline_styles=True, code_format=PRE)


PRE = '<pre style="white-space: pre-wrap; line-height: 1.4">{code}</pre>'


def _escaped(text, more=""):
    """As workflow commands of GitHub want it."""
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text
