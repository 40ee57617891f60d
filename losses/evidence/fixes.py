"""What the fix of a variant does otherwise than its reference, and how that is told."""

import re

from losses.evidence.compare import same_error
from losses.evidence.environments import ENVIRONMENTS

# A fix is written for Keras 3. What it does on legacy Keras is recorded as well.
ASKED = [name for name in ENVIRONMENTS if name != "tf_keras"]
# What the class of a loss refuses, and no function is asked about.
REFUSED_BY_A_CLASS = re.compile(
    r"\w+: (sample_weight .* must |y_pred carries the mask )"
)


def differences(probes):
    """What the fix does otherwise than the reference, by the probes that both were run
    by: "" for nothing, "gradient" where the loss is the same, or "outcome". What only a
    class can refuse is left out.

    Args:
        probes: what was recorded of a variant, `{probe: {side: outcome}}`.
    """
    return {
        probe: _difference(probe, cell["fix"], cell["reference"])
        for probe, cell in probes.items()
        if not any("not_applicable" in cell[side] for side in ("fix", "reference"))
        and not REFUSED_BY_A_CLASS.match(cell["reference"].get("message", ""))
    }


def sentence(here, elsewhere, reason, in_words):
    """In how many ways of running the mended code does what the reference does, as
    Markdown.

    Args:
        here: what differs in the reference environment, see `differences`.
        elsewhere: the same of environments by name; told where it is otherwise.
        reason: why it differs.
        in_words: names those of these ways, of all that were run.
    """
    apart = [probe for probe, what in here.items() if what]
    if _is_the_gradient(here):
        told = (
            "The mended code gives the loss of the reference in all "
            f"{len(here)} ways of running, and another gradient in {len(apart)}"
        )
    else:
        told = (
            "The mended code does what the reference does in "
            f"{len(here) - len(apart)} of {len(here)} ways of running"
        )
        told += f", not in {in_words(apart, [*here])}" if apart else ""
    others = [
        f"on `{name}` {_briefly(there)}"
        for name, there in elsewhere.items()
        if any(what != here.get(probe, "") for probe, what in there.items())
    ]
    why = f": {reason}" if apart or others else ""
    return "; ".join([told, *others]) + f"{why}."


def _difference(probe, fix, reference):
    """An error of the same class is none: each has words of its own."""
    if fix == reference or same_error(fix, reference):
        return ""
    if "raises" in fix or "raises" in reference:
        return "outcome"
    loss = probe == "gradient" or fix["returns"] == reference["returns"]
    return "gradient" if loss else "outcome"


def _is_the_gradient(found):
    return {what for what in found.values() if what} == {"gradient"}


def _briefly(found):
    apart = sum(map(bool, found.values()))
    if _is_the_gradient(found):
        return f"with another gradient in {apart} of {len(found)}"
    return f"in {len(found) - apart} of {len(found)}"
