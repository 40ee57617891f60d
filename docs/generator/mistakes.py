"""Every wrong way, by what a user meets."""

from docs.generator.outcome import words
from docs.generator.text import (
    front,
    heading,
    inline,
    link,
    paragraphs,
    path,
    sentence_start,
)
from docs.generator.variants import SYMPTOMS, message

PAGE = "mistakes.md"
ABOUT = {
    "raises": "An error stops the run. Its message is the one that was recorded.",
    "wrong number": "Nothing is raised. The loss is a number, and not the right one.",
    "wrong gradient": "Nothing is raised. What the model learns from is not right.",
    "NaN": "The loss or its gradient is NaN or infinite.",
    "depends": "Raises when run in one way, and gives a number in another.",
}


def page(site):
    parts = [
        front("Mistakes"),
        "# Mistakes",
        "Each was run, and this is what it did. Choose by what you see, or search for "
        "the text of your error.",
    ]
    for symptom, about in ABOUT.items():
        found = [v for v in site.variants.values() if v.symptom == symptom]
        if found:
            anchor = symptom.lower().replace(" ", "-")
            parts += [
                heading(2, _title(symptom), anchor),
                about,
                '<ul class="mistakes">\n'
                + "\n".join(_item(site, variant) for variant in found)
                + "\n</ul>",
            ]
    return paragraphs(*parts)


def _item(site, variant):
    """What is seen, and every message that was recorded, once."""
    seen = site.cells_of(variant)[variant.probe]
    there = path(site.losses[variant.loss])
    title = link(inline(variant.title.rstrip(".")), PAGE, there, variant.name)
    what = f"{words(seen.variant)}; the right one {words(seen.reference)}"
    texts = [message({"message": text}) for text in messages(site, variant)]
    return (
        f'<li data-variant="{variant.id}"><p>{title} '
        f'<span class="tag">{variant.loss}</span></p><p>{sentence_start(what)}.</p>'
        f"{''.join(texts)}</li>"
    )


def messages(site, variant):
    """The errors of the wrong one where it is to blame, each `class: message`, those
    of the way of running that it is declared for at the top."""
    cells = site.cells_of(variant)
    ordered = sorted(cells, key=lambda probe: probe != variant.probe)
    errors = [cells[p].variant for p in ordered if cells[p].kind == "raises"]
    return list(dict.fromkeys(f"{e['raises']}: {e['message']}" for e in errors))


def _title(symptom):
    words_ = SYMPTOMS[symptom]
    return words_[0].upper() + words_[1:]
