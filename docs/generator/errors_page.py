"""The page *Find your error*: every error that losses lead to, what it says on each
backend, and what to change."""

from docs.generator.pairs import pair
from docs.generator.text import front, heading, inline, paragraphs, sentence_start
from docs.generator.variants import message
from losses.evidence.environments import ENVIRONMENTS

PAGE = "errors.md"


def page(site):
    parts = [
        front("Find your error"),
        "# Find your error",
        "Search this page for the words of your error: each message was raised, or "
        "warned of, by the lines below it, and is gone with the mended ones. "
        "`python train.py 2>&1 | losses explain -` finds the cause by itself.",
    ]
    for family, about in site.error_families.items():
        parts += [heading(2, sentence_start(family.replace("_", " ")), family), about]
        for error in site.errors.values():
            if error.family == family:
                parts += _section(site, error)
    return paragraphs(*parts)


def _section(site, error):
    yield heading(3, f"`{error.id}`", error.id.replace("/", "-"))
    yield f'<p class="lead">{inline(error.cause)}</p>'
    yield error.way_out
    yield pair(error)
    for said, where in _sayings(site, error).items():
        yield f'<p class="seen">{", ".join(where)}</p>\n{message({"message": said})}'


def _sayings(site, error):
    """`{what it says: environments}`."""
    found = {}
    for environment, records in site.errors_seen.items():
        if record := records.get(error.id):
            said = f"{record['raises']}: {record['message']}"
            found.setdefault(said, []).append(ENVIRONMENTS[environment].about)
    return found
