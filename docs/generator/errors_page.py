"""*Find your error*: every error that losses lead to, by what it says, and a page for
each kind of cause with the lines that change."""

from docs.generator.pairs import pair
from docs.generator.text import (
    front,
    heading,
    inline,
    link,
    paragraphs,
    sentence_start,
)
from docs.generator.variants import message
from losses.evidence.environments import ENVIRONMENTS, REFERENCE

LIST = "errors/index.md"


def overview(site):
    parts = [
        front("Find your error"),
        "# Find your error",
        "Search this page for the words of your error. Each was raised, or warned of, "
        "by a few lines that stand one click further, beside the lines that end it. "
        "`python train.py 2>&1 | losses explain -` finds the cause by itself.",
    ]
    for family, about in site.error_families.items():
        items = "\n".join(_item(site, error) for error in _of(site, family))
        parts += [
            heading(2, title(family), family),
            about,
            f'<ul class="mistakes">\n{items}\n</ul>',
        ]
    return paragraphs(*parts)


def page(site, family):
    """The errors of one kind of cause: what they say on each backend, the lines that
    raise them, and what to change."""
    return paragraphs(
        front(title(family)),
        f"# {title(family)}",
        site.error_families[family],
        *(part for error in _of(site, family) for part in _section(site, error)),
    )


def path(family):
    return f"errors/{family}.md"


def title(family):
    return sentence_start(family.replace("_", " "))


def _of(site, family):
    return [error for error in site.errors.values() if error.family == family]


def _item(site, error):
    """Its cause, and what it says in the first environment that has it."""
    to = link(inline(error.cause), LIST, path(error.family), error.name)
    said = next(iter(_sayings(site, error)))
    return f"<li><p>{to}</p>{message({'message': said})}</li>"


def _section(site, error):
    yield heading(2, error.name.replace("_", " ").capitalize(), error.name)
    yield f'<p class="id"><code>{error.id}</code></p>'
    yield f'<p class="lead">{inline(error.cause)}</p>'
    yield error.way_out
    yield pair(error)
    for said, where in _sayings(site, error).items():
        yield f'<p class="seen">{", ".join(where)}</p>\n{message({"message": said})}'


def _sayings(site, error):
    """`{what it says: environments}`, the reference first."""
    found = {}
    first = {REFERENCE: site.errors_seen[REFERENCE]}
    for environment, records in {**first, **site.errors_seen}.items():
        if record := records.get(error.id):
            said = f"{record['raises']}: {record['message']}"
            found.setdefault(said, []).append(ENVIRONMENTS[environment].about)
    return found
