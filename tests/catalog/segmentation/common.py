"""What every region loss is given: what it refuses, and examples."""

from losses.evidence.outcomes import Raises
from tests.hand import given
from tests.inputs import ids, normal, one_hot, probabilities, void

MASK, P = [[[1, 0]]], [[[0.5, 0.5]]]
IDS, BOTH = [[[0, 1]]], [[[[0.25, 0.75], [0.5, 0.5]]]]

REFUSED = [
    given(MASK, P, Raises("ValueError", "'image' or 'batch'"), over="row"),
    given([[[1, 0, 0]]], P, Raises("ValueError", r"\(1, 1, 3\) and y_pred")),
    given(
        [[0, 1]], BOTH, Raises("ValueError", r"class ids of shape \(1, 1, 2\) or one-")
    ),
    given(
        IDS,
        BOTH,
        Raises("ValueError", r"class_weight has 3 numbers.* has 2 classes"),
        class_weight=[1.0, 3.0, 1.0],
    ),
    given(MASK, MASK, Raises("TypeError", "dtype int32; predictions must be floating")),
]


def examples(**options):
    """One class; several, with `options` and all that region losses share; a batch."""
    every = {
        "smooth": 0.5,
        "from_logits": True,
        "ignore_class": 255,
        "class_weight": [1.0, 2.0, 3.0],
    }
    return [
        (ids(2, 4, 6, 5), probabilities(4, 6, 5, 1), {}),
        (void(ids(3, 4, 6, 5)), normal(4, 6, 5, 3), {**options, **every}),
        (one_hot(3, 4, 6, 5), probabilities(4, 6, 5, 3), {"over": "batch"}),
    ]
