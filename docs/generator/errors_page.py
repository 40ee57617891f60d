"""*Find your error*: every error that losses lead to, by what it says, and a page for
each kind of cause with the lines that change."""

import re

from docs.generator import models, rules
from docs.generator.pairs import pair
from docs.generator.text import (
    fence,
    front,
    heading,
    inline,
    link,
    listed,
    paragraphs,
    sentence_start,
)
from docs.generator.variants import message
from losses.evidence.environments import ENVIRONMENTS, REFERENCE

LIST = "errors/index.md"
COMMAND = "python train.py 2>&1 | losses explain -"

# What is looked at before the first epoch: families of rules about a model.
LOOKED_AT_BY = {
    "compiling": ("structure", "labels"),
    "crossentropies": ("heads", "labels"),
    "fitting": ("inputs", "labels"),
    "loading": ("saving",),
    "metrics": ("metrics",),
    "outputs": ("structure",),
    "own_losses": ("training",),
    "steps": ("training",),
    "weighting": ("weights",),
}
# What is shown of a cause as its heading: up to the first full stop or colon outside of
# code.
HEADLINE = re.compile(r"((?:`[^`]*`|[^`])*?)[.:](?:\s+|$)")


def overview(site):
    parts = [
        front("Find your error"),
        "# Find your error",
        f"Here are {len(site.errors)} causes of errors and warnings that a loss, its "
        "labels, its weights or `compile` lead to, each with the words that Keras or "
        "its backend says. Look for yours by searching this page for a few of them. A "
        "click on a cause shows why it happens, a few lines that raise the error, and "
        "the same lines mended.",
        "Or let the command look: it reads the output of your script and prints the "
        "cause and the way out.",
        fence(COMMAND, "sh"),
        "Nothing is raised, and training goes wrong? "
        f"{_link('Check your model', LIST)} asks before the first epoch.",
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
    errors = _of(site, family)
    return paragraphs(
        front(title(family)),
        f"# {title(family)}",
        site.error_families[family],
        f"{len(errors)} causes of errors and warnings, each with the words that are "
        "said, the lines that raise it, and the same lines mended. All others are in "
        f"{link('Find your error', path(family), LIST)}.",
        _before_it_is_raised(family),
        *(part for error in errors for part in _section(site, error)),
    )


def _before_it_is_raised(family):
    """Where it is told how to ask before training."""
    here = path(family)
    found = listed([_link(name, here, name) for name in LOOKED_AT_BY[family]])
    alone = link("Check your own", here, rules.PAGE)
    also = f" {alone} looks at a loss without a model." * (family == "own_losses")
    return (
        f"{_link('Check your model', here)} looks for such mistakes before the first "
        f"epoch, in one batch: see its rules about {found}.{also}"
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
    headline = HEADLINE.match(error.cause)
    more = error.cause[headline.end() :]
    yield heading(2, headline[1], error.name)
    yield f'<p class="id"><code>{error.id}</code></p>'
    yield f'<p class="lead">{inline(sentence_start(more))}</p>' if more else ""
    yield error.way_out
    yield pair(error, beside=False)
    for said, where in _sayings(site, error).items():
        yield f'<p class="seen">{", ".join(where)}</p>\n{message({"message": said})}'


def _link(text, here, anchor=""):
    return link(text, here, models.PAGE, anchor)


def _sayings(site, error):
    """`{what it says: environments}`, the reference first."""
    found = {}
    first = {REFERENCE: site.errors_seen[REFERENCE]}
    for environment, records in {**first, **site.errors_seen}.items():
        if record := records.get(error.id):
            said = f"{record['raises']}: {record['message']}"
            found.setdefault(said, []).append(ENVIRONMENTS[environment].about)
    return found
