"""In which ways of running the fix of a variant does what its reference does."""

import re

from losses.evidence.compare import same_error
from losses.evidence.environments import ENVIRONMENTS

# A fix is written for Keras 3. What it does on legacy Keras is recorded as well.
ASKED = [name for name in ENVIRONMENTS if name != "tf_keras"]
# What the class of a loss refuses, and no function is asked about.
REFUSED_BY_A_CLASS = re.compile(
    r"\w+: (sample_weight .* must |y_pred carries the mask )"
)


def agreements(probes):
    """Whether the fix did what the reference did, by the probes that both were run by:
    `{probe: bool}`. What only a class can refuse is left out.

    Args:
        probes: what was recorded of a variant, `{probe: {side: outcome}}`.
    """
    return {
        probe: cell["fix"] == cell["reference"]
        or same_error(cell["fix"], cell["reference"])
        for probe, cell in probes.items()
        if not any("not_applicable" in cell[side] for side in ("fix", "reference"))
        and not REFUSED_BY_A_CLASS.match(cell["reference"].get("message", ""))
    }
