"""What `losses explain` does with pasted text: find what it names, or which recorded
error it is."""

import re
from dataclasses import replace
from functools import cache
from textwrap import fill, indent

from losses.cli import pages
from losses.evidence import errors, pasted, store
from losses.evidence.environments import ENVIRONMENTS
from losses.source import registry

METHODS = {"train_step", "compute_loss", "get_config", "__getitem__"}
SHOWN = 5  # causes that are told
WIDTH = 80


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
    """The pages of what a text names by id, as errors of the reference losses do."""
    ids = dict.fromkeys(re.findall(r"(?<![\w/])[a-z_0-9]+/[a-z_0-9]+(?![\w/])", text))
    known = answerable() if any(map(registry.is_shelf, ids)) else {}
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
    name = said.message.partition(": ")[0][:100]  # a file has no longer name
    if not registry.is_shelf(name) or name not in registry.losses():
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
    best = equal(found)
    others = _of_causes(found[len(best) :])[:SHOWN]
    best = _of_causes(best)[:SHOWN]
    several = len(best) > 1 or best[0].shared
    proven = any(fit.whole and fit.id not in registry.claims() for fit in best)
    known = proven and not (several and said.is_foreign)
    if several and (known or not said.frames):
        return pages.sections(
            ("Several causes give this message. Which one is yours?", _asked(best)),
            ("More", "losses explain ID, with one of those above"),
        )
    if not known:
        legend = "Like this, and not certain. It is the case where"
        return pages.sections(
            (legend, _asked([*best, *others][:SHOWN])),
            ("More", "losses explain ID, with one of those above"),
        )
    told = [pages.page(answerable()[best[0].id])]
    also = f"It also fits {len(others)} other{'s' if len(others) > 1 else ''}"
    if others:
        told.append(pages.sections((also, _causes(others))))
    return "\n\n".join(told)


def equal(found):
    """Of what fits, those that fit as well as the best; where several causes are known
    to give the message, all of them."""
    reach = errors.FAR if found[0].shared else errors.CLOSE
    least = found[0].total - reach
    return [fit for fit in found if fit.total >= least]


def ranked(said):
    """What fits a pasted error, the best first. Of those that fit equally well the
    causes in losses/errors come before broken variants and claims."""
    found = [_with_method(fit, said) for fit in _index().fits(said)]
    return sorted(
        found,
        key=lambda fit: (
            -round(fit.total / errors.CLOSE),
            fit.id not in registry.errors(),
            -fit.total,
        ),
    )


def _with_method(fit, said):
    """A fit that counts more where a traceback goes through a method of Keras that the
    lines of this error write anew."""
    error = registry.errors().get(fit.id)
    met = error and any(f"def {name}(" in error.code for name in said.names & METHODS)
    return replace(fit, total=fit.total + errors.WEIGHTS["name"]) if met else fit


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


@cache
def _index():
    return errors.Index(recorded(), registry.wordings())


def _of_causes(found):
    """Of fits those of errors, where there are any: variants and claims show the same
    in a loss of the catalog."""
    return [fit for fit in found if fit.id in registry.errors()] or found


def _asked(found):
    """Causes with the question that tells each from the others."""
    told = []
    for fit in found:
        told.append(_causes([fit]))
        if question := registry.questions().get(fit.id):
            told.append(indent(question, "    "))
    return "\n".join(told)


def _causes(found):
    known = answerable()
    return "\n".join(
        f"{fit.id}\n{indent(fill(_cause(known[fit.id]), WIDTH), '    ')}"
        for fit in found
    )


def _cause(found):
    if isinstance(found, registry.Error):
        return found.cause
    return found.title if isinstance(found, registry.Variant) else found.heard
