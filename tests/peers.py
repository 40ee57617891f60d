"""What other libraries make of one small input, and which options here give the same.

`make peers` runs the libraries in an environment of their own and writes
losses/evidence/peers/peers.json, from which the site shows the page *Many Dice*.
`tests/test_peers.py` holds in every run what can be held without them: the numbers of
this catalog, those of Keras, and the formulas of what is not run.
"""

import importlib.metadata
import sys
import sysconfig
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np

from losses import registry
from losses.outcomes import rounded
from tests.catalog.segmentation.maps import counted
from tests.evidence import dump

FILE = registry.EVIDENCE / "peers" / "peers.json"
VERSIONS = (
    "keras",
    "monai",
    "segmentation_models_pytorch",
    "kornia",
    "torchvision",
    "torch",
)
# Two images of 2 × 2 pixels, and the probability that a pixel is of the object.
MASK = np.array([[[1, 1], [0, 0]], [[1, 0], [0, 0]]])
P = np.array([[[0.9, 0.6], [0.3, 0.2]], [[0.2, 0.4], [0.1, 0.1]]], "float32")
BATCH = counted(MASK, P.astype(float), over="batch")[0, 0]
CATALOG, KERAS, MONAI, SMP, KORNIA, TORCHVISION = (
    "this catalog",
    "Keras",
    "MONAI",
    "segmentation_models.pytorch",
    "kornia",
    "torchvision",
)


@dataclass(frozen=True)
class Peer:
    """A loss of another library on the input above.

    `call` is code that is run, with `mask`, `p`, `logits`, `ids`, `both` (the two
    classes) and `both_logits` as the library takes them. `ours` is what gives the same
    here: its mean over the images is compared; None if no option does. Without a
    library that can be run, `formula` is its number, computed as published.
    """

    library: str
    call: str
    convention: str
    ours: str | None = None
    formula: float | None = None


def batch_dice(smooth):
    hits, alarms, misses = BATCH
    return 1 - (2 * hits + smooth) / (2 * hits + misses + alarms + smooth)


def flat_focal_tversky(alpha, gamma, smooth):
    """Of the whole batch, with `alpha` on the misses and `gamma` as exponent."""
    hits, alarms, misses = BATCH
    index = (hits + smooth) / (hits + alpha * misses + (1 - alpha) * alarms + smooth)
    return (1 - index) ** gamma


def summed_focal(alpha, gamma):
    """The sum over the pixels of an image, its last axis; the mean of the images."""
    total = 0.0
    for t, p in zip(MASK.ravel().tolist(), P.ravel().tolist()):
        seen = p if t else 1 - p
        total -= (alpha if t else 1 - alpha) * (1 - seen) ** gamma * np.log(seen)
    return total / len(MASK)


PEERS = {
    "dice": [
        Peer(
            CATALOG,
            "losses.dice(mask, p)",
            "one Dice per image; 1 is added above and below",
            "losses.dice(mask, p)",
        ),
        Peer(
            KERAS,
            "keras.losses.Dice()(mask, p)",
            "one Dice of the whole batch; nothing is added but 1e-7 below",
            'losses.dice(mask, p, smooth=0, over="batch")',
        ),
        Peer(
            KERAS,
            "keras.losses.Dice(axis=(1, 2, 3))(mask, p)",
            "one Dice per image; nothing is added but 1e-7 below",
            "losses.dice(mask, p, smooth=0)",
        ),
        Peer(
            MONAI,
            "monai.losses.DiceLoss()(p, mask)",
            "one Dice per image; 1e-5 is added above and below",
            "losses.dice(mask, p, smooth=1e-5)",
        ),
        Peer(
            MONAI,
            "monai.losses.DiceLoss(batch=True)(p, mask)",
            "one Dice of the whole batch",
            'losses.dice(mask, p, smooth=1e-5, over="batch")',
        ),
        Peer(
            MONAI,
            "monai.losses.DiceLoss(squared_pred=True)(p, mask)",
            "the terms below are squared: Σ t² + Σ p²",
        ),
        Peer(
            MONAI,
            "monai.losses.DiceLoss(jaccard=True)(p, mask)",
            "Jaccard, under the name of Dice; half of the 1e-5 counts",
            "losses.jaccard(mask, p, smooth=5e-6)",
        ),
        Peer(
            SMP,
            'smp.losses.DiceLoss("binary", from_logits=False)(p, mask)',
            "one Dice of the whole batch; nothing is added; an empty mask is left out",
            'losses.dice(mask, p, smooth=0, over="batch")',
        ),
        Peer(
            SMP,
            'smp.losses.DiceLoss("binary", from_logits=False, smooth=1.0)(p, mask)',
            "smooth is added to half of both sums, so that 1 there is 2 here",
            'losses.dice(mask, p, smooth=2, over="batch")',
        ),
        Peer(
            KORNIA,
            "kornia.losses.dice_loss(both_logits, ids)",
            "background and object in one ratio, which is the accuracy of a soft "
            "prediction",
        ),
        Peer(
            KORNIA,
            'kornia.losses.dice_loss(both_logits, ids, average="macro")',
            "the mean over the classes that an image has; 1e-8 is added below",
            "losses.dice(mask, both, smooth=0)",
        ),
        Peer(
            "segmentation_models 1.0.1",
            "sm.losses.DiceLoss()(mask, p)",
            "one Dice of the whole batch; 1e-5 is added above and below",
            'losses.dice(mask, p, smooth=1e-5, over="batch")',
            formula=batch_dice(smooth=1e-5),
        ),
    ],
    "tversky": [
        Peer(
            CATALOG,
            "losses.tversky(mask, p, alpha=0.3, beta=0.7)",
            "per image; alpha on the false positives; 1 is added above and below",
            "losses.tversky(mask, p, alpha=0.3, beta=0.7)",
        ),
        Peer(
            KERAS,
            "keras.losses.Tversky(alpha=0.3, beta=0.7)(mask, p)",
            "the whole batch; alpha on the false negatives, against its documentation",
            'losses.tversky(mask, p, alpha=0.7, beta=0.3, smooth=0, over="batch")',
        ),
        Peer(
            MONAI,
            "monai.losses.TverskyLoss(alpha=0.3, beta=0.7)(p, mask)",
            "per image; alpha on the false positives; 1e-5 is added above and below",
            "losses.tversky(mask, p, alpha=0.3, beta=0.7, smooth=1e-5)",
        ),
        Peer(
            SMP,
            'smp.losses.TverskyLoss("binary", from_logits=False, alpha=0.3, beta=0.7)'
            "(p, mask)",
            "the whole batch; alpha on the false positives; nothing is added",
            'losses.tversky(mask, p, alpha=0.3, beta=0.7, smooth=0, over="batch")',
        ),
        Peer(
            KORNIA,
            "kornia.losses.tversky_loss(both_logits, ids, alpha=0.3, beta=0.7)",
            "background and object, the mean of both; 1e-8 is added below",
            "losses.tversky(mask, both, alpha=0.3, beta=0.7, smooth=0)",
        ),
    ],
    "focal_tversky": [
        Peer(
            CATALOG,
            "losses.focal_tversky(mask, p, alpha=0.3, beta=0.7)",
            "per image; the exponent is 1 / gamma, 3/4 by default",
            "losses.focal_tversky(mask, p, alpha=0.3, beta=0.7)",
        ),
        Peer(
            SMP,
            'smp.losses.TverskyLoss("binary", from_logits=False, alpha=0.3, beta=0.7, '
            "gamma=4 / 3)(p, mask)",
            "the exponent is gamma itself, and follows the mean over the classes",
            "losses.focal_tversky(mask, p, alpha=0.3, beta=0.7, gamma=3 / 4, smooth=0, "
            'over="batch")',
        ),
        Peer(
            "the code of Abraham and Khan",
            "focal_tversky(mask, p)",
            "the whole batch; alpha, 0.7, on the false negatives; gamma, 0.75, is the "
            "exponent itself",
            'losses.focal_tversky(mask, p, alpha=0.3, beta=0.7, over="batch")',
            formula=flat_focal_tversky(alpha=0.7, gamma=0.75, smooth=1),
        ),
    ],
    "generalized_dice": [
        Peer(
            CATALOG,
            "losses.generalized_dice(mask, both)",
            "classes weighted by 1 / volume², per image; 1e-6 above and below",
            "losses.generalized_dice(mask, both)",
        ),
        Peer(
            MONAI,
            "monai.losses.GeneralizedDiceLoss()(both, one_hot)",
            "the same; 1e-5 above and below",
            "losses.generalized_dice(mask, both, smooth=1e-5)",
        ),
        Peer(
            MONAI,
            'monai.losses.GeneralizedDiceLoss(w_type="simple")(both, one_hot)',
            "classes weighted by 1 / volume",
        ),
        Peer(
            MONAI,
            "monai.losses.GeneralizedDiceLoss(include_background=False)(both, one_hot)",
            "without the background one class is left, whose weight cancels",
            "losses.dice(mask, p, smooth=0)",
        ),
    ],
    "binary_focal": [
        Peer(
            CATALOG,
            "losses.binary_focal(pixels, p)",
            "alpha, 0.25, on the positives, 0.75 on the others; gamma 2; the mean",
            "losses.binary_focal(pixels, p)",
        ),
        Peer(
            KERAS,
            "keras.losses.BinaryFocalCrossentropy()(pixels, p)",
            "alpha is not used at all",
            "losses.binary_focal(pixels, p, alpha=None)",
        ),
        Peer(
            KERAS,
            "keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True)"
            "(pixels, p)",
            "alpha on the positives",
            "losses.binary_focal(pixels, p)",
        ),
        Peer(
            TORCHVISION,
            "torchvision.ops.sigmoid_focal_loss(logits, mask)",
            "alpha on the positives; a value for each pixel, no mean",
            "losses.binary_focal(pixels, p)",
        ),
        Peer(
            KORNIA,
            "kornia.losses.binary_focal_loss_with_logits(logits, mask)",
            "alpha on the positives",
            "losses.binary_focal(pixels, p)",
        ),
        Peer(
            SMP,
            'smp.losses.FocalLoss("binary")(logits, mask)',
            "no alpha unless it is given",
            "losses.binary_focal(pixels, p, alpha=None)",
        ),
        Peer(
            MONAI,
            "monai.losses.FocalLoss()(logits, mask)",
            "no alpha unless it is given",
            "losses.binary_focal(pixels, p, alpha=None)",
        ),
        Peer(
            "TensorFlow Addons 0.23",
            "tfa.losses.SigmoidFocalCrossEntropy()(pixels, p)",
            "alpha on the positives; the sum over the last axis, which is the pixels "
            "here",
            "4 * losses.binary_focal(pixels, p)",
            formula=summed_focal(alpha=0.25, gamma=2),
        ),
    ],
}


def value(code, names):
    """The mean of what the code gives."""
    return float(np.mean(np.asarray(eval(code, dict(names)))))


def of_keras():
    """The names for code of Keras and of this catalog: channels last."""
    import keras

    import losses

    p = P[..., None]
    return {
        "losses": losses,
        "keras": keras,
        "mask": MASK[..., None].astype("float32"),
        "p": p,
        "both": np.concatenate([1 - p, p], axis=-1),
    }


def for_loss(loss, names):
    """The same; for a loss of labels with the pixels of an image as labels."""
    if loss != "binary_focal":
        return names
    pixels, p = (names[name].reshape(len(MASK), -1) for name in ("mask", "p"))
    return {**names, "pixels": pixels, "p": p}


def of_torch():
    """The names for code on PyTorch: channels first."""
    import kornia
    import monai
    import torch

    smp, torchvision = _bare("segmentation_models_pytorch"), _bare("torchvision")
    smp.losses = import_module("segmentation_models_pytorch.losses")
    torchvision.ops = _bare("torchvision.ops")
    focal = import_module("torchvision.ops.focal_loss")
    torchvision.ops.sigmoid_focal_loss = focal.sigmoid_focal_loss

    p = torch.tensor(P)[:, None]
    both, ids = torch.cat([1 - p, p], dim=1), torch.tensor(MASK)
    return {
        "kornia": kornia,
        "monai": monai,
        "smp": smp,
        "torchvision": torchvision,
        "mask": ids[:, None].float(),
        "one_hot": torch.stack([1 - ids, ids], dim=1).float(),
        "p": p,
        "logits": torch.logit(p),
        "ids": ids,
        "both": both,
        "both_logits": torch.log(both),
    }


def declared(peer):
    """What is known before it is run, as it is kept."""
    kept = {name: part for name, part in asdict(peer).items() if name != "formula"}
    return {**kept, "quoted": peer.formula is not None}


def given(peer, names, torch):
    """The number of a peer: what its library gives, or else its formula."""
    if peer.formula is not None:
        return peer.formula
    return value(peer.call, names if peer.library in (CATALOG, KERAS) else torch)


def record():
    """What all of them give, as it is kept."""
    ours, torch = of_keras(), of_torch()
    groups = {}
    for loss, peers in PEERS.items():
        names = for_loss(loss, ours)
        groups[loss] = [
            {
                **declared(peer),
                "value": rounded(given(peer, names, torch)),
                "ours_value": rounded(peer.ours and value(peer.ours, names)),
            }
            for peer in peers
        ]
    return {
        "environment": {name: _version(name) for name in VERSIONS},
        "input": {"mask": MASK.tolist(), "p": rounded(P)},
        "groups": groups,
    }


def _version(name):
    """Without the tag of the build."""
    return importlib.metadata.version(name).partition("+")[0]


def _bare(name):
    """A package of which nothing is run but the modules that are imported later: the
    models of these packages need another version of PyTorch, and their losses do not.
    """
    module = ModuleType(name)
    module.__path__ = [str(Path(sysconfig.get_path("purelib"), *name.split(".")))]
    return sys.modules.setdefault(name, module)


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(dump(record()), "utf-8")
    print(FILE)
