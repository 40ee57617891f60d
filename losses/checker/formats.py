"""A report for other tools: annotations of GitHub, SARIF, and HTML for a notebook."""

import inspect
import json
from html import escape
from urllib.parse import quote

from losses.checker.models.checking import known_rules
from losses.checker.report import in_order, shown

SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def github(report, place):
    """A line for each finding, which GitHub shows at a line of a file.

    Args:
        report: A `Report`.
        place: A function that gives `(file, line)` of a finding, or None.
    """
    return "\n".join(_annotation(found, place(found)) for found in report.findings)


def sarif(report, place):
    """SARIF 2.1.0, which tools for code scanning read; arguments as in `github`."""
    known = known_rules()
    names = dict.fromkeys(found.rule for found in report.findings)
    driver = {"name": "losses", "rules": [_described(known[name]) for name in names]}
    results = [_result(found, place(found)) for found in report.findings]
    run = {"tool": {"driver": driver}, "results": results}
    return json.dumps({"$schema": SARIF, "version": "2.1.0", "runs": [run]}, indent=2)


def html(report):
    """As wide as the page, in the colours of its text: a notebook may be light or dark.
    What tells severities apart stands on a ground of its own."""
    parts = [f'<div style="font-weight: 600">{escape(report.summary)}</div>']
    if report.outputs:
        parts.append(_table(report.table, zip(*report.table.values())))
    parts += [_finding(found) for found in in_order(report.findings)]
    parts += [f'<div style="{QUIET}">{escape(told)}</div>' for told in report.remarks]
    body = "\n".join(parts)
    return f'<div style="line-height: 1.5; text-align: left">\n{body}\n</div>'


# Of annotations and SARIF


def _annotation(found, place):
    at = f" file={_escaped(place[0], ',:')},line={place[1]}," if place else " "
    title = _escaped(found.rule, ",:")
    return f"::{LEVELS[found.severity]}{at}title={title}::{_escaped(found.sentence)}"


def _escaped(text, more=""):
    """As workflow commands of GitHub want it."""
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _described(rule):
    name = rule.name  # python -OO leaves no documentation
    return {
        "id": name,
        "shortDescription": {"text": rule.sentence or name},
        "fullDescription": {"text": inspect.getdoc(rule.look) or name},
        "help": {"text": f"losses explain {name}"},
    }


def _result(found, place):
    result = {
        "ruleId": found.rule,
        "level": found.severity,
        "message": {"text": found.sentence},
    }
    if place:
        file, line = place
        physical = {
            "artifactLocation": {"uri": quote(file)},
            "region": {"startLine": line},
        }
        result["locations"] = [{"physicalLocation": physical}]
    return result


# Of HTML

QUIET = "font-size: 90%; opacity: .8"
CHIP = (
    "display: inline-block; padding: 0 .5em; border-radius: .3em; font-size: 85%; "
    "font-weight: 600; margin-right: .3em; color: #fff; background: {}"
)
GROUNDS = {"error": "#b3261e", "warning": "#8a5300", "note": "#0b6380"}
CELL = "padding: .1em 1.2em .1em 0; text-align: left; vertical-align: top"
PLAIN = "border: 0; background: none; color: inherit"


def _finding(found):
    chip = CHIP.format(GROUNDS[found.severity])
    numbers = [(name, shown(value)) for name, value in found.numbers.items()]
    return (
        f'<div style="margin: .6em 0 0"><span style="{chip}">{found.severity}</span> '
        f"<code>{escape(found.rule)}</code></div>\n"
        f'<div style="margin: .1em 0 0 1.5em">{escape(found.sentence)}'
        f"{_table((), numbers) if numbers else ''}</div>"
    )


def _table(heads, rows):
    head = f"<tr>{''.join(map(_head, heads))}</tr>" if heads else ""
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return (
        '<div style="overflow-x: auto"><table style="margin: .3em 0; font-size: 90%; '
        f'border-collapse: collapse; {PLAIN}">{head}{body}</table></div>'
    )


def _head(name):
    return f'<th style="{CELL}; opacity: .8; {PLAIN}">{escape(name)}</th>'


def _cell(text):
    return f'<td style="{CELL}; {PLAIN}; overflow-wrap: anywhere">{escape(text)}</td>'
