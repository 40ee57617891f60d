"""Where the code of the authors, or their paper, gives another number than a loss here.

Of code that is not run the number is computed from what it does, with the sums beside
it.
"""

import math
from dataclasses import dataclass

from tests.recording.peers import CATALOG, CORAL, KORNIA, Peer, named

AUTHORS = "the authors' code"


@dataclass(frozen=True)
class Group:
    """`given` is the code of an input, as the page shows it."""

    given: str
    peers: list[Peer]


def names(group):
    """The names for the code of this catalog: the input as lists."""
    import losses

    return named(group.given, losses=losses, math=math)


PAPERS = {
    "asymmetric": Group(
        "labels, p = [[1, 0]], [[0.8, 0.3]]",
        [
            Peer(
                CATALOG,
                "losses.asymmetric(labels, p)",
                "the mean over the labels",
                "losses.asymmetric(labels, p)",
            ),
            Peer(
                AUTHORS,
                "AsymmetricLoss()(logits, labels)",
                "the sum over labels and samples, as in the paper",
                "2 * losses.asymmetric(labels, p)",
                # p - 0.05 of the label that is missing
                formula=0.2 * math.log(1 / 0.8) + 0.25**4 * math.log(1 / 0.75),
            ),
        ],
    ),
    "symmetric_crossentropy": Group(
        "labels, p = [[1.0, 0.0]], [[0.5, 0.5]]",
        [
            Peer(
                CATALOG,
                "losses.symmetric_crossentropy(labels, p)",
                "log 0 is -4, as in the paper",
                "losses.symmetric_crossentropy(labels, p)",
            ),
            Peer(
                AUTHORS,
                "symmetric_cross_entropy(alpha=0.1, beta=1.0)(labels, p)",
                "labels are clipped at 0.0001, whose logarithm is -9.21",
                "losses.symmetric_crossentropy(labels, p, log_zero=math.log(1e-4))",
                formula=0.1 * math.log(2) - 0.5 * math.log(1e-4),
            ),
        ],
    ),
    "bi_tempered_logistic": Group(
        "labels, z = [[0.5, 0.5]], [[0.0, 0.0]]",
        [
            Peer(
                CATALOG,
                "losses.bi_tempered_logistic(labels, z, t1=1, t2=1)",
                "without what the labels cost alone where both temperatures are 1",
                "losses.bi_tempered_logistic(labels, z, t1=1, t2=1)",
            ),
            Peer(
                AUTHORS,
                "bi_tempered_logistic_loss(z, labels, 1.0, 1.0)",
                "the same: there it is the crossentropy of softmax",
                "losses.bi_tempered_logistic(labels, z, t1=1, t2=1)",
                formula=math.log(2),
            ),
            Peer(
                "the paper",
                "",
                "a divergence: 0 where prediction and labels agree",
                "losses.bi_tempered_logistic(labels, z, t1=1, t2=1) - math.log(2)",
                formula=math.log(2) - math.log(2),
            ),
        ],
    ),
    "corn": Group(
        "ids, logits = [0, 2], [[0.0, 0.0], [0.0, 0.0]]",
        [
            Peer(
                CATALOG,
                "losses.corn(ids, logits)",
                "each sample has the sum over the tasks it counts in, 1 and 2 here",
                "losses.corn(ids, logits)",
            ),
            Peer(
                CORAL,
                "coral_pytorch.losses.corn_loss("
                "torch.tensor(logits), torch.tensor(ids), num_classes=3)",
                "the sum over the batch, divided by the tasks of all its samples",
                "2 / 3 * losses.corn(ids, logits)",
            ),
        ],
    ),
    "squared_emd": Group(
        "labels, p = [[1.0, 0.0, 0.0]], [[0.5, 0.3, 0.2]]",
        [
            Peer(
                CATALOG,
                "losses.squared_emd(labels, p)",
                "the sum over the classes, as in the paper",
                "losses.squared_emd(labels, p)",
            ),
            Peer(
                "NIMA, the paper",
                "",
                "the root of the mean over the classes",
                "(losses.squared_emd(labels, p) / 3) ** 0.5",
                formula=((0.5**2 + 0.2**2) / 3) ** 0.5,
            ),
        ],
    ),
    "weighted_kappa": Group(
        "labels = [[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]\n"
        "p = [[0.6, 0.3, 0.1], [0.1, 0.3, 0.6]]",
        [
            Peer(
                CATALOG,
                "losses.weighted_kappa(labels, p)",
                "a soft label costs the mean of what its classes cost",
                "losses.weighted_kappa(labels, p)",
            ),
            Peer(
                "TensorFlow Addons 0.23",
                "tfa.losses.WeightedKappaLoss(num_classes=3)(labels, p)",
                "a soft label costs what its mean class costs",
                # squared distances from the mean class, 0.5 and 2; by chance labels of
                # 0.5, 0.5, 1 meet predictions of 0.7, 0.6, 0.7
                formula=math.log(
                    (0.25 * 0.6 + 0.25 * 0.3 + 2.25 * 0.1 + 4 * 0.1 + 0.3)
                    / ((0.5 * (0.6 + 4 * 0.7) + 0.5 * 1.4 + 4 * 0.7 + 0.6) / 2)
                    + 1e-6
                ),
            ),
        ],
    ),
    "lovasz_softmax": Group(
        "ids = [[[0, 0]], [[1, 1]]]\n"
        "p = [[[[0.6, 0.4], [0.8, 0.2]]], [[[0.5, 0.5], [0.1, 0.9]]]]",
        [
            Peer(
                CATALOG,
                "losses.lovasz_softmax(ids, p)",
                "the pixels of one image are sorted",
                "losses.lovasz_softmax(ids, p)",
            ),
            Peer(
                AUTHORS,
                "lovasz_softmax(p, ids)",
                "all pixels of the batch are sorted together unless per_image=True",
                'losses.lovasz_softmax(ids, p, over="batch")',
                # The errors of class 0 in order are 0.5, 0.4, 0.2; of class 1 they are
                # 0.5, 0.4, 0.2, 0.1. Each counts by how much the Jaccard loss grows.
                formula=((0.5 + 0.4 + 0.2) / 3 + 0.5 / 2 + 0.4 / 6 + 0.2 / 12 + 0.1 / 4)
                / 2,
            ),
            Peer(
                KORNIA,
                "kornia.losses.lovasz_softmax_loss("
                "torch.tensor(p).log().movedim(-1, 1), torch.tensor(ids))",
                "the pixels of one image; absent classes count",
                'losses.lovasz_softmax(ids, p, classes="all")',
            ),
        ],
    ),
    "lovasz_hinge": Group(
        "masks, z = [[[0, 0]], [[1, 1]]], [[[2.0, -1.0]], [[0.5, 1.5]]]",
        [
            Peer(
                CATALOG,
                "losses.lovasz_hinge(masks, z)",
                "the pixels of one image are sorted",
                "losses.lovasz_hinge(masks, z)",
            ),
            Peer(
                KORNIA,
                "kornia.losses.lovasz_hinge_loss("
                "torch.tensor(z)[:, None], torch.tensor(masks))",
                "the pixels of one image",
                "losses.lovasz_hinge(masks, z)",
            ),
            Peer(
                "pytorch_optimizer",
                "LovaszHingeLoss(per_image=False)(z, masks)",
                "all pixels of the batch are sorted together",
                'losses.lovasz_hinge(masks, z, over="batch")',
                formula=3 / 3 + 0.5 / 3,  # the margins 3 and 0.5; two pixels in masks
            ),
        ],
    ),
    "boundary": Group(
        "distances, p = [[[-1.0, 1.0, 2.0]]], [[[0.9, 0.4, 0.1]]]",
        [
            Peer(
                CATALOG,
                "losses.boundary(distances, p)",
                "the mean over the pixels, as in the code of the authors",
                "losses.boundary(distances, p)",
            ),
            Peer(
                "the paper",
                "",
                "the sum over the pixels, an integral",
                "3 * losses.boundary(distances, p)",
                formula=-1 * 0.9 + 1 * 0.4 + 2 * 0.1,
            ),
        ],
    ),
    "cldice": Group(
        "nothing, line = [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]\n"
        "masks = [[nothing, line, nothing]] * 2\n"
        "p = [[nothing, [0.5, 0.5, 0.5], nothing], [nothing, line, nothing]]",
        [
            Peer(
                CATALOG,
                "losses.cldice(masks, p)",
                "one value for each image",
                "losses.cldice(masks, p)",
            ),
            Peer(
                AUTHORS,
                "soft_cldice()(masks, p)",
                "one value of all images together, in its version of 2024",
                # lines are their own skeletons: (1.5 + 3 + 1) of (3 + 3 + 1) are found,
                # and what is found is right
                formula=1 - 2 * (5.5 / 7) / (1 + 5.5 / 7),
            ),
        ],
    ),
    "dice_crossentropy": Group(
        "mask, p = [[[1, 0]]], [[[0.5, 0.5]]]",
        [
            Peer(
                CATALOG,
                "losses.dice_crossentropy(mask, p)",
                "1 - Dice, with 1 added above and below, and the crossentropy",
                "losses.dice_crossentropy(mask, p)",
            ),
            Peer(
                "nnU-Net, the paper",
                "",
                "minus Dice, with nothing added: the loss may be negative",
                "losses.dice_crossentropy(mask, p, smooth=0) - 1",
                formula=-2 * 0.5 / (1 + 1) + math.log(2),
            ),
        ],
    ),
    "top_k_crossentropy": Group(
        "masks, p = [[[1, 1]], [[1, 1]]], [[[0.9, 0.8]], [[0.5, 0.25]]]",
        [
            Peer(
                CATALOG,
                "losses.top_k_crossentropy(masks, p, fraction=0.5)",
                "half of the pixels of each image",
                "losses.top_k_crossentropy(masks, p, fraction=0.5)",
            ),
            Peer(
                "nnU-Net, the code",
                "TopKLoss(k=50)(logits, masks)",
                "half of the pixels of the batch",
                "losses.top_k_crossentropy("
                "[[[1, 1, 1, 1]]], [[[0.9, 0.8, 0.5, 0.25]]], fraction=0.5)",
                formula=(math.log(2) + math.log(4)) / 2,
            ),
        ],
    ),
    "deep_supervision": Group(
        "mask = [[[0, 0, 0, 0]]]\n"
        "outputs = [[[[1.0, 1.0, 1.0, 1.0]]], [[[2.0, 2.0]]], [[[3.0]]]]",
        [
            Peer(
                CATALOG,
                'losses.deep_supervision(mask, outputs, losses="mse")',
                "weights of 1, 1/2 and 1/4, divided by their sum",
                'losses.deep_supervision(mask, outputs, losses="mse")',
            ),
            Peer(
                "nnU-Net, the code",
                "",
                "the coarsest output has no weight",
                'losses.deep_supervision(mask, outputs, losses="mse", '
                "weights=[1, 0.5, 0])",
                formula=(1 * 1 + 0.5 * 4) / 1.5,
            ),
        ],
    ),
}
