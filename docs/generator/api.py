"""Signatures, by mkdocstrings, which reads the files and imports nothing."""

from docs.generator.text import front, heading, paragraphs

PAGE = "api.md"
CHECKER = (
    "losses.contract.check",
    "losses.contract.parametrize_with_rules",
    "losses.contract.report.Report",
    "losses.contract.report.Finding",
)


def page(shelf):
    parts = [
        front("API"),
        "# API",
        "Everything here is found on `losses` itself: `losses.dice`, `losses.Dice`.",
    ]
    for family in shelf.families:
        parts.append(heading(2, family.capitalize(), family))
        for loss in shelf.losses.values():
            if loss.family == family:
                module = f"losses.catalog.{family}.{loss.name}"
                parts += [
                    f"::: {module}.{loss.name}",
                    f"::: {module}.{loss.class_name}",
                ]
    return paragraphs(
        *parts,
        heading(2, "Check your own", "checker"),
        *(f"::: {name}" for name in CHECKER),
        heading(2, "Package", "package"),
        "::: losses.register",
        "::: losses.distance.signed_distance",
    )
