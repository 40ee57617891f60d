"""Runs the libraries and writes the record: `make peers`."""

import sys
import sysconfig
from importlib import import_module
from pathlib import Path
from types import ModuleType

from losses.evidence import store
from losses.evidence.codec import dump
from losses.evidence.outcomes import rounded
from tests.recording.environments import public
from tests.recording.peers import declared, dice, given, named, papers, value

FILE = store.DATA / "peers" / "peers.json"
VERSIONS = (
    "keras",
    "monai",
    "segmentation_models_pytorch",
    "kornia",
    "torchvision",
    "coral_pytorch",
    "torch",
)


def libraries():
    """Those on PyTorch, by the names that code has for them."""
    import coral_pytorch.losses
    import kornia
    import monai

    smp, torchvision = _bare("segmentation_models_pytorch"), _bare("torchvision")
    smp.losses = import_module("segmentation_models_pytorch.losses")
    torchvision.ops = _bare("torchvision.ops")
    focal = import_module("torchvision.ops.focal_loss")
    torchvision.ops.sigmoid_focal_loss = focal.sigmoid_focal_loss
    return {
        "coral_pytorch": coral_pytorch,
        "kornia": kornia,
        "monai": monai,
        "smp": smp,
        "torchvision": torchvision,
    }


def record():
    """What all of them give, as it is kept."""
    import torch

    run = libraries()
    images = {**named(dice.OF_TORCH, **dice.INPUT), **run}
    groups = {
        loss: lines(peers, dice.of_keras(loss), images)
        for loss, peers in dice.DICE.items()
    }
    compared = {}
    for loss, group in papers.PAPERS.items():
        names = papers.names(group)
        compared[loss] = {
            "given": group.given,
            "lines": lines(group.peers, names, {**run, **names, "torch": torch}),
        }
    return {
        "environment": {name: public(name) for name in VERSIONS},
        "input": {
            "mask": dice.MASK.tolist(),
            "p": rounded(dice.P),
            "keras": dice.OF_KERAS,
            "torch": dice.OF_TORCH,
            "labels": dice.OF_LABELS,
        },
        "groups": groups,
        "papers": compared,
    }


def lines(peers, names, torch):
    return [
        {
            **declared(peer),
            "value": rounded(given(peer, names, torch)),
            "ours_value": rounded(peer.ours and value(peer.ours, names)),
        }
        for peer in peers
    ]


def _bare(name):
    """A package of which nothing is run but the modules that are imported later: the
    models of these packages need another version of PyTorch, and their losses do not.
    """
    module = ModuleType(name)
    module.__path__ = [str(Path(sysconfig.get_path("purelib"), *name.split(".")))]
    return sys.modules.setdefault(name, module)


def main():
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(dump(record()), "utf-8")
    print(FILE)


if __name__ == "__main__":
    main()
