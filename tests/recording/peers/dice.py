"""Many Dice: losses of one name in many libraries, on the same two images."""

import numpy as np

from losses.source import registry
from tests.catalog.segmentation.maps import counted
from tests.recording.peers import (
    CATALOG,
    KERAS,
    KORNIA,
    MONAI,
    SMP,
    TORCHVISION,
    Peer,
    named,
)

# Two images of 2 × 2 pixels, and the probability that a pixel is of the object.
OF_KERAS = """\
import numpy as np

mask = np.array([[[1, 1], [0, 0]], [[1, 0], [0, 0]]], "float32")[..., None]
p = np.array([[[0.9, 0.6], [0.3, 0.2]], [[0.2, 0.4], [0.1, 0.1]]], "float32")[..., None]
both, one_hot = (np.concatenate([1 - x, x], axis=-1) for x in (p, mask))
"""
# From those: channels first.
OF_TORCH = """\
import torch

mask, p = (torch.tensor(x).movedim(-1, 1) for x in (mask, p))
both, one_hot = (torch.cat([1 - x, x], dim=1) for x in (p, mask))
ids, logits, both_logits = mask[:, 0].long(), torch.logit(p), torch.log(both)
"""
# Of a loss of labels those are the pixels of an image, for Keras and this catalog.
OF_LABELS = """\
pixels, p = mask.reshape(2, -1), p.reshape(2, -1)
"""
INPUT = named(OF_KERAS)
MASK, P = INPUT["mask"][..., 0].astype(int), INPUT["p"][..., 0]
BATCH = counted(MASK, P.astype(float), over="batch")[0, 0]


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


DICE = {
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
    "sparse_categorical_focal": [
        Peer(
            CATALOG,
            "losses.sparse_categorical_focal(mask, both)",
            "no alpha unless it is given; gamma 2; the mean over the pixels",
            "losses.sparse_categorical_focal(mask, both)",
        ),
        Peer(
            KERAS,
            "keras.losses.CategoricalFocalCrossentropy()(one_hot, both)",
            "one factor of 0.25 for all classes",
            "0.25 * losses.sparse_categorical_focal(mask, both)",
        ),
        Peer(
            KORNIA,
            'kornia.losses.focal_loss(both_logits, ids, alpha=None, reduction="mean")',
            "the mean over pixels and classes",
            "losses.sparse_categorical_focal(mask, both) / 2",
        ),
        Peer(
            KORNIA,
            'kornia.losses.focal_loss(both_logits, ids, alpha=0.25, reduction="mean")',
            "alpha on all classes but the first, which has 1 - alpha",
            "losses.sparse_categorical_focal(mask, both, alpha=[0.75, 0.25]) / 2",
        ),
        Peer(
            MONAI,
            "monai.losses.FocalLoss(use_softmax=True)(both_logits, one_hot)",
            "the mean over pixels and classes",
            "losses.sparse_categorical_focal(mask, both) / 2",
        ),
        Peer(
            SMP,
            'smp.losses.FocalLoss("multiclass")(both_logits, ids)',
            "a sigmoid for each class, and the sum over the classes",
        ),
    ],
}


def of_keras(loss):
    """The names for code of Keras and of this catalog."""
    import keras

    import losses

    known = {**INPUT, "losses": losses, "keras": keras}
    of_labels = registry.losses()[loss].family == "binary"
    return named(OF_LABELS, **known) if of_labels else known
