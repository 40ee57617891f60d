"""What `losses explain` does with pasted text: find what it names, or which recorded
error it is."""

import re
from textwrap import indent

from losses.cli import pages
from losses.evidence import errors, store
from losses.source import registry


def explained(text):
    """What there is to say about a text; None where nothing in it is known."""
    named = named_in(text)
    if named:
        return "\n\n".join(map(pages.page, named))
    return of_error(text) or of_refusal(text)


def named_in(text):
    """What a text names by id, as the errors of the reference losses do."""
    ids = dict.fromkeys(re.findall(r"\b[a-z_0-9]+/[a-z_0-9]+\b", text))
    known = registry.variants() | registry.claims() if ids else {}
    return [known[name] for name in ids if name in known]


def of_refusal(text):
    """What to do where a loss of this catalog refused something; None if none did."""
    for name in re.findall(r"\b([a-z_0-9]+): ", text):
        if name in registry.losses():
            return (
                f"{name} says this itself: the message tells what to change.\n"
                f"What it takes:            losses show {name}\n"
                f"How people get it wrong:  losses explain {name}"
            )
    return None


def of_error(text):
    """The variants and claims that raised an error like this one; None if none did."""
    if re.search(r"Could not locate .*losses>", text, re.DOTALL):
        return (
            "Keras knows a loss of this package once its file is imported. Before\n"
            "load_model, in a process that only loads: losses.register()"
        )
    found = errors.ranked(text, list(recorded()))
    if not found:
        return None
    known = registry.variants() | registry.claims()
    listed = "\n".join(
        f"{name}   {_kind(known[name])}\n{indent(_first(known[name]), '    ')}"
        for _, name in found
    )
    best = found[0][0]
    if best < 1:
        legend = f"Not recorded word for word; the nearest ({best:.0%} of its words)"
        return f"{pages.sections((legend, listed))}\n\nlosses explain ID tells more"
    page = pages.sections(("This error was recorded from", listed))
    if len(found) == 1 or best > found[1][0]:
        return f"{page}\n\n{pages.page(known[found[0][1]])}"
    return f"{page}\n\n{len(found)} fit: losses explain ID, with one of these"


def recorded():
    """Every recorded error of a variant or a claim: `(id, class, message)`."""
    for loss in registry.losses():
        yield from errors.errors(loss, store.cells(loss))
    for subject in dict.fromkeys(claim.subject for claim in registry.claims().values()):
        yield from errors.claimed(subject, store.document(f"claims/{subject}"))


def _kind(found):
    return found.symptom if isinstance(found, registry.Variant) else "claim"


def _first(found):
    return found.title if isinstance(found, registry.Variant) else found.heard
