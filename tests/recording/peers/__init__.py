"""What others make of one small input, and which options here give the same.

`make peers` runs the libraries in an environment of their own and writes
losses/evidence/data/peers/peers.json, from which the site shows the page *Many Dice*
and *Elsewhere* on the page of a loss. `tests/test_peers.py` holds in every run what can
be held without them: the numbers of this catalog, those of Keras, and the formulas of
what is not run.
"""

from dataclasses import asdict, dataclass

import numpy as np

CATALOG, KERAS, MONAI, SMP, KORNIA, TORCHVISION, CORAL = (
    "this catalog",
    "Keras",
    "MONAI",
    "segmentation_models.pytorch",
    "kornia",
    "torchvision",
    "coral_pytorch",
)


@dataclass(frozen=True)
class Peer:
    """A loss of another library, or as a paper has it, on the input of its group.

    `call` is code that is run with the names of the input, as the library takes them.
    `ours` is what gives the same here: the means over the samples are compared; None if
    no option does. Of what cannot be run, `formula` is the number, computed as
    published.
    """

    library: str
    call: str
    convention: str
    ours: str | None = None
    formula: float | None = None


def named(code, **known):
    """The names that code of an input gives, beside those that it is run with."""
    found = dict(known)
    exec(code, found)
    return found


def value(code, names):
    """The mean of what the code gives."""
    return float(np.mean(np.asarray(eval(code, dict(names)))))


def declared(peer):
    """What is known before it is run, as it is kept."""
    kept = {name: part for name, part in asdict(peer).items() if name != "formula"}
    return {**kept, "quoted": peer.formula is not None}


def given(peer, names, torch):
    """The number of a peer: what its library gives, or else its formula."""
    if peer.formula is not None:
        return peer.formula
    return value(peer.call, names if peer.library in (CATALOG, KERAS) else torch)
