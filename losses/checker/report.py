"""What a check found, and how it is shown."""

import io
import json
from dataclasses import asdict, dataclass, field, fields

import numpy as np

SEVERITIES = ("error", "warning", "note")
COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}
WHOLE = {"output": 16, "head": 20, "loss": 32}  # characters that are not wrapped


@dataclass(frozen=True)
class Finding:
    """One thing that a rule saw.

    `error`: the loss is wrong, or raises, in a way in which Keras runs it. `warning`:
    it trains, and something is lost: weights, replicas, precision. `note`: worth
    knowing, and right for some losses. `numbers` holds what was measured, `page` the
    page of the site about the rule.
    """

    rule: str
    severity: str
    sentence: str
    numbers: dict = field(default_factory=dict)
    folder: str = "check/"

    @property
    def page(self):
        return f"{self.folder}#{self.rule}"

    def as_dict(self):
        numbers = {name: _plain(value) for name, value in self.numbers.items()}
        return {
            "rule": self.rule,
            "severity": self.severity,
            "sentence": self.sentence,
            "numbers": numbers,
            "page": self.page,
        }


@dataclass(frozen=True)
class Seen:
    """An output of a model as the check read it, in words."""

    output: str
    head: str
    loss: str
    labels: str
    weights: str


@dataclass(frozen=True)
class Report:
    """What the rules found about one loss. True where no finding is an error and the
    report is complete.

    `rules` were looked at; `failed` are those of them that raised an error of their
    own. Of other rules there is a reason: `not_asked` cannot be asked on this backend,
    `moot` need not be, because the loss does not run, and `left_out` should have been,
    and the limit was reached. `complete` says that none has failed or was left out.
    `skipped` are those that the user knows to find something. `made_up` says as what
    labels were made up that were not given, where no `task` said it. `outputs` are
    those of a model.
    """

    loss: str
    rules: tuple[str, ...]
    findings: tuple[Finding, ...]
    skipped: dict = field(default_factory=dict)
    not_asked: dict = field(default_factory=dict)
    moot: dict = field(default_factory=dict)
    left_out: dict = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    made_up: str = ""
    outputs: tuple[Seen, ...] = ()

    def __bool__(self):
        return self.complete and not self.of("error")

    @property
    def complete(self):
        return bool(self.rules) and not (self.left_out or self.failed)

    def of(self, severity):
        return [f for f in self.findings if f.severity == severity]

    def to_json(self):
        return json.dumps(
            {
                "model" if self.outputs else "loss": self.loss,
                "ok": bool(self),
                "complete": self.complete,
                "rules": list(self.rules),
                "skipped": self.skipped,
                "not_asked": self.not_asked,
                "moot": self.moot,
                "left_out": self.left_out,
                "failed": list(self.failed),
                "findings": [finding.as_dict() for finding in self.findings],
                **({"outputs": [*map(asdict, self.outputs)]} if self.outputs else {}),
            },
            indent=2,
            ensure_ascii=False,
        )

    @property
    def summary(self):
        counts = [(len(self.of(severity)), severity) for severity in SEVERITIES]
        found = ", ".join(_counted(number, word) for number, word in counts if number)
        if not self.complete:
            asked = len(self.rules) - len(self.failed)
            of_all = f"{asked} of {asked + len(self.failed) + len(self.left_out)}"
            parts = [f"NOT COMPLETE, {of_all} rules were looked at", found]
        else:
            number = _counted(len(self.rules), "rule")
            parts = [f"{found or 'nothing found'} by {number}"]
        if number := len(self.not_asked):
            parts.append(f"{number} need{'s' if number == 1 else ''} TensorFlow")
        return f"{self.loss}: {'; '.join(filter(None, parts))}"

    @property
    def remarks(self):
        """What was not looked at, and why; and what was made up."""
        told = [f"skipped {rule}: {reason}" for rule, reason in self.skipped.items()]
        for what, rules in ("not asked", self.not_asked), ("left out", self.left_out):
            for reason, names in _by_reason(rules).items():
                told.append(f"{what} ({reason}): {names}")
        if self.made_up and self.findings:
            told.append(f"Labels made up as {self.made_up}; task= says what yours are.")
        return told

    @property
    def table(self):
        """What was read of each output, by name: weights where some were given."""
        weighted = any(seen.weights for seen in self.outputs)
        names = [
            part.name for part in fields(Seen) if part.name != "weights" or weighted
        ]
        return {name: [getattr(seen, name) for seen in self.outputs] for name in names}

    def __rich__(self):
        from rich.console import Group
        from rich.padding import Padding
        from rich.text import Text

        parts = [Text(self.summary, style="bold")]
        if self.outputs:
            parts.append(Padding(_overview(self.table), (0, 0, 1, 0)))
        for finding in in_order(self.findings):
            head = Text.assemble(
                (f"{finding.severity:<8}", COLOURS[finding.severity]), finding.rule
            )
            parts += [head, Padding(Text(finding.sentence), (0, 0, 0, 8))]
            if finding.numbers:
                parts.append(Padding(_table(finding.numbers), (0, 0, 0, 8)))
        return Group(*parts, *(Text(told, style="dim") for told in self.remarks))

    def __str__(self):
        from rich.console import Console

        page = Console(file=io.StringIO(), width=88)
        page.print(self)
        lines = page.file.getvalue().splitlines()
        return "\n".join(line.rstrip() for line in lines)

    __repr__ = __str__

    def _repr_html_(self):
        from losses.checker.formats import html

        return html(self)


def _table(numbers):
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for name, value in numbers.items():
        table.add_row(name, shown(value), style="dim")
    return table


def _overview(columns):
    """What was read of each output, as a table."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for name, cells in columns.items():
        longest = max(map(len, cells))
        table.add_column(name, overflow="fold", no_wrap=longest <= WHOLE.get(name, 0))
    for row in zip(*columns.values()):
        table.add_row(*row)
    return table


def _by_reason(rules):
    """The names of rules that have a reason in common."""
    found = {}
    for rule, reason in rules.items():
        found.setdefault(reason, []).append(rule)
    return {reason: ", ".join(names) for reason, names in found.items()}


def in_order(findings):
    """Errors first, then warnings, then notes."""
    return sorted(findings, key=lambda found: SEVERITIES.index(found.severity))


def _counted(number, word):
    return f"{number} {word}{'s' if number != 1 else ''}"


def shown(value):
    """A number measured, as text."""
    value = _plain(value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _plain(value):
    """As JSON can hold it: floats of six digits, NaN and infinity as text."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if np.isfinite(value) else str(value)
    return value if isinstance(value, (int, bool, type(None))) else str(value)
