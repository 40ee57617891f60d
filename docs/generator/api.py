"""Signatures, by mkdocstrings, which reads the files and imports nothing."""

from docs.generator.text import front, heading, paragraphs

PAGE = "api.md"
CHECKER = (
    "losses.checker.check",
    "losses.checker.check_loss",
    "losses.checker.check_model",
    "losses.checker.parametrize_with_rules",
    "losses.checker.report.Report",
    "losses.checker.report.Finding",
)


def page(site):
    parts = [
        front("API"),
        "# API",
        "Everything here is found on `losses` itself: `losses.dice`, `losses.Dice`.",
    ]
    for family in site.families:
        parts.append(heading(2, family.capitalize(), family))
        for loss in site.losses.values():
            if loss.family == family:
                # Of the class the stub tells the options: it has those of the function.
                parts += [f"::: losses.{loss.name}", f"::: losses.{loss.class_name}"]
    return paragraphs(
        *parts,
        heading(2, "Check your own", "checker"),
        *(f"::: {name}" for name in CHECKER),
        heading(2, "Package", "package"),
        "::: losses.register",
        "::: losses.ops.distance.signed_distance",
    )
