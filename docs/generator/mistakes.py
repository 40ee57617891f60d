"""Every broken variant, by its symptom."""

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
    "raises": "An error stops the run. The messages are those recorded.",
    "wrong number": "Nothing is raised. The loss is a number, but the wrong one.",
    "wrong gradient": "Nothing is raised. The model learns from a wrong gradient.",
    "NaN": "The loss or its gradient is NaN or infinite.",
    "depends": "Raises when run in one way, and gives a number in another.",
}


def page(site):
    parts = [
        front("Mistakes"),
        "# Mistakes",
        "Every variant was run; the outcomes below are recorded. Choose by what you "
        "see, or search for the text of your error.",
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
    """What happens, and every recorded message once."""
    seen = site.cells_of(variant)[variant.probe]
    there = path(site.losses[variant.loss])
    title = link(inline(variant.title.rstrip(".")), PAGE, there, variant.name)
    what = f"{words(seen.variant)}; the reference {words(seen.reference)}"
    texts = [message({"message": text}) for text in messages(site, variant)]
    return (
        f'<li data-variant="{variant.id}"><p>{title} '
        f'<span class="tag">{variant.loss}</span></p><p>{sentence_start(what)}.</p>'
        f"{''.join(texts)}</li>"
    )


def messages(site, variant):
    """The errors of a variant where its reference raises none like it, each
    `class: message`, those of the probe that it is declared for at the top."""
    cells = site.cells_of(variant)
    ordered = sorted(cells, key=lambda probe: probe != variant.probe)
    errors = [cells[p].variant for p in ordered if cells[p].kind == "raises"]
    return list(dict.fromkeys(f"{e['raises']}: {e['message']}" for e in errors))


def _title(symptom):
    words_ = SYMPTOMS[symptom]
    return words_[0].upper() + words_[1:]
