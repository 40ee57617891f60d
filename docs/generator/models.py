"""The page about `losses.check(model, x, y)`: how to call it, and a script in which
something is wrong for each rule."""

from functools import partial

from docs.generator.outcome import seen_with
from docs.generator.pairs import pair
from docs.generator.rules import by_family, finding, findings
from docs.generator.text import (
    entries,
    fence,
    front,
    heading,
    inline,
    link,
    paragraphs,
    row,
    sections,
    table,
)

PAGE = "check/models/index.md"  # a folder: a finding refers to check/models/#its_rule
COMMAND = "losses check train.py:model --data train.py:batch"


def page(site):
    documented = sections(site.checker["check_model"])
    example = site.documents["check/models"]["example"]
    return paragraphs(
        front("Check your model"),
        "# Check your model",
        "Most of what goes wrong with losses goes wrong between the model, the loss, "
        "the labels and `compile`. Give a compiled model and what `fit` would get; "
        f"{len(site.model_rules)} rules look at one batch before the first epoch. Each "
        "stands below beside a training script that breaks it, its fix, and what was "
        "reported.",
        heading(2, "Call it", "call"),
        "In Python:",
        fence(example["code"]),
        "It prints:",
        fence(example["text"], "text"),
        "On the command line, with names in your file:",
        fence(COMMAND, "sh"),
        documented[""],
        heading(2, "What it takes", "takes"),
        "\n".join(
            f"- `{name}`: {text}" for name, text in entries(documented["Args"]).items()
        ),
        documented["Returns"],
        heading(2, "All rules", "rules"),
        _overview(site),
        *by_family(site.model_rule_families, site.model_rules, partial(_section, site)),
    )


def _overview(site):
    rows = [
        row(rule.name, _rule(rule.name), inline(rule.sentence))
        for rule in site.model_rules
    ]
    return table(("Rule", "What must hold"), rows, "rules", "All rules")


def _section(site, rule):
    record = site.record(rule)
    script = site.scripts[record["script"]]
    yield f"<p><strong>{inline(script.title)}</strong></p>"
    yield script.doc.partition("\n")[2]
    yield pair(script, beside=False)
    found = [found for found in findings(record) if found["rule"] == rule.name]
    shown = "\n".join(map(finding, found))
    yield f'<div class="findings">\n{shown}\n</div>'
    yield f'<p class="seen">Recorded with {seen_with(site.versions())}.</p>'


def _rule(name):
    return link(f"<code>{name}</code>", PAGE, PAGE, name)
