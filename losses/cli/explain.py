"""What `losses explain` does with pasted text: find what it names, or which recorded
error it is."""

import re
from textwrap import indent

from losses.cli import pages
from losses.evidence import errors, pasted, store
from losses.evidence.environments import ENVIRONMENTS
from losses.source import registry

SHOWN = 6  # causes that are told one by one


def explained(text):
    """What there is to say about a text; None where nothing in it is known."""
    for said in pasted.read(text):
        answer = (
            of_names(f"{said.error}: {said.message}")
            or of_loading(said)
            or of_error(said)
            or of_refusal(said)
        )
        if answer:
            return answer
    return None


def of_names(text):
    """The pages of what a text names by id, as the errors of the reference losses do."""
    ids = dict.fromkeys(re.findall(r"(?<![\w/])[a-z_0-9]+/[a-z_0-9]+(?![\w/])", text))
    known = answerable() if ids else {}
    return "\n\n".join(pages.page(known[name]) for name in ids if name in known)


def of_loading(said):
    """What to do where a loss of this package was not registered; None elsewhere."""
    if not re.search(r"Could not locate .*losses>", said.message, re.DOTALL):
        return None
    return (
        "Keras knows a loss of this package once its file is imported. Before\n"
        "load_model, in a process that only loads: losses.register()"
    )


def of_refusal(said):
    """What to do where a loss of this catalog refused something; None if none did."""
    name = said.message.partition(": ")[0]
    if name not in registry.losses():
        return None
    return (
        f"{name} says this itself: the message tells what to change.\n"
        f"What it takes:            losses show {name}\n"
        f"How people get it wrong:  losses explain {name}"
    )


def of_error(said):
    """The errors, variants and claims like this one; None if none is."""
    found = ranked(said)
    if not found:
        return None
    best = [fit for fit in found if fit.total >= found[0].total - errors.CLOSE]
    others = found[len(best) :]
    if len(best) > 1:
        return pages.sections(
            ("Several causes give this message. Which one is yours?", _causes(best)),
            ("It also fits", _ids(others)),
            ("More", "losses explain ID, with one of those above"),
        )
    first = answerable()[best[0].id]
    if not best[0].whole:
        legend = "Not recorded like this; the nearest, and what must be the case for it"
        return pages.sections(
            (legend, _causes([best[0], *others])),
            ("More", "losses explain ID, with one of those above"),
        )
    also = f"It also fits {len(others)} other{'s' if len(others) > 1 else ''}"
    return "\n\n".join(
        [pages.page(first)] + ([pages.sections((also, _ids(others)))] * bool(others))
    )


def ranked(said):
    """What fits a pasted error, the best first. Of those that fit equally well the
    causes in losses/errors come before broken variants and claims."""
    found = _index().fits(said)
    return sorted(
        found,
        key=lambda fit: (
            -round(fit.total / errors.CLOSE),
            fit.id not in registry.errors(),
            -fit.total,
        ),
    )


def answerable():
    """What an error may be recorded of, by id."""
    return registry.errors() | registry.variants() | registry.claims()


def recorded():
    """Every recorded error."""
    for environment in ENVIRONMENTS:
        yield from errors.seen(store.errors(environment))
    for loss in registry.losses():
        yield from errors.errors(loss, store.cells(loss))
    for subject in dict.fromkeys(claim.subject for claim in registry.claims().values()):
        yield from errors.claimed(subject, store.document(f"claims/{subject}"))


def _index():
    return errors.Index(recorded(), registry.wordings())


def _causes(found):
    known = answerable()
    told = "\n".join(
        f"{fit.id}\n{indent(_cause(known[fit.id]), '    ')}" for fit in found[:SHOWN]
    )
    rest = _ids(found[SHOWN:])
    return f"{told}\n{rest}" if rest else told


def _ids(found):
    """The ids of what is not told, as many as fit."""
    ids = [fit.id for fit in found]
    more = f"\nand {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
    return "\n".join(ids[:SHOWN]) + more


def _cause(found):
    if isinstance(found, registry.Error):
        return found.cause
    return found.title if isinstance(found, registry.Variant) else found.heard
