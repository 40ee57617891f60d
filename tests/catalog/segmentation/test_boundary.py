"""Boundary by hand. The sum that gives each number stands beside it."""

from math import log

import numpy as np
import pytest
from hypothesis import given as drawn, settings, strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from keras import ops

import losses
from losses.evidence.outcomes import Raises, Returns
from tests.differences import close, drawn_times, gradient, slope, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, probabilities

LOSS = losses.boundary
LN3 = log(3)
# two pixels outside, the edge, one further in
FAR, P = [[[2.0, 1.0, 0.0, -1.0]]], [[[0.25, 0.5, 0.5, 0.75]]]
# (½ + ½ + 0 - ¾) / 4
FAR_4D, P_4D = [[[[2.0], [1.0], [0.0], [-1.0]]]], [[[[0.25], [0.5], [0.5], [0.75]]]]
TWO_IMAGES = (  # predicted exactly, and inside out
    [[[1.0, 0.0, -1.0]], [[3.0, 0.0, -3.0]]],
    [[[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]]],
)
# Class 0: (-1·¼ + 2·½) / 2 = 3/8; class 1: (1·¾ - 3·½) / 2 = -3/8, in two pixels
CLASSES = [[[[-1.0, 1.0], [2.0, -3.0]]]]
PC = [[[[0.25, 0.75], [0.5, 0.5]]]]
LOGITS = [[[[0.0, LN3], [0.0, 0.0]]]]  # the same
# Class 0: (-4·¼ + 2·½) / 2 = 0; class 1: -3/8
UNLIKE = [[[[-4.0, 1.0], [2.0, -3.0]]]]

HAND = [
    given(FAR, P, [0.0625]),
    given(FAR, [[[0.0, 0.0, 0.5, 1.0]]], [-0.25]),  # -1 / 4
    given(FAR, [[[0.9, 0.0, 0.0, 0.0]]], [0.45]),  # 1.8 / 4
    given(FAR, [[[0.0] * 4]], [0.0]),
    given(FAR, [[[1.0] * 4]], [0.5]),  # (2 + 1 - 1) / 4
    # one spatial axis, three of them, and the channel axis on one side
    given(FAR[0], P[0], [0.0625]),
    given([FAR_4D], [P_4D], [0.0625]),
    given(FAR, P_4D, [0.0625]),
    given(FAR_4D, P, [0.0625]),
    given(  # as many images as rows and columns: -1 / 4 each
        [[[1.0, 0.0], [0.0, -1.0]], [[-1.0, 0.0], [0.0, 1.0]]],
        [[[[0.0], [0.5]], [[0.5], [1.0]]], [[[1.0], [0.5]], [[0.5], [0.0]]]],
        [-0.25, -0.25],
    ),
    # of an empty mask, 0 throughout
    given([[[0.0, 0.0]]], [[[0.3, 0.9]]], [0.0]),
    given(FAR, P, [[[0.5, 0.25, 0.0, -0.25]]], "gradient"),  # φ / 4
    # logits 0 and ln 3 are ½ and ¾: (1·½ - 3·¾) / 2, and slopes φ / 2 · p (1 - p)
    given([[[1.0, -3.0]]], [[[0.0, LN3]]], [-0.875], from_logits=True),
    given(
        [[[1.0, -3.0]]],
        [[[0.0, LN3]]],
        [[[0.125, -0.28125]]],
        "gradient",
        from_logits=True,
    ),
    given([[[1.0, -3.0]]], [[[-100.0, 100.0]]], [-1.5], from_logits=True),
    given([[[1.0, 0.0, -1.0]]], [[[-30.0, 0.0, 60.0]]], [-1 / 3], from_logits=True),
    # several classes
    given(CLASSES, PC, [0.0]),  # (3/8 - 3/8) / 2
    given(UNLIKE, PC, [-0.1875]),  # (0 - 3/8) / 2
    given([UNLIKE], [PC], [-0.1875]),
    given(UNLIKE, LOGITS, [-0.1875], from_logits=True),
    given(CLASSES, PC, [-0.375], class_weight=[0.0, 1.0]),
    given(CLASSES, PC, [-0.1875], class_weight=[1.0, 3.0]),  # (3/8 - 3·3/8) / 4
    given(CLASSES, PC, [0.1875], class_weight={0: 3.0, 1: 1.0}),
    given(  # φ / (2 pixels · 2 classes)
        UNLIKE, PC, [[[[-1.0, 0.25], [0.5, -0.75]]]], "gradient"
    ),
    given(*TWO_IMAGES, [-1 / 3, 1.0]),
    given(*TWO_IMAGES, 1 / 3, "fit_eager"),  # (-1/3 + 1) / 2
    given(  # φ / 3 pixels / 2 images: (1 + 1 + 9 + 9) / 36
        *TWO_IMAGES, Returns(1 / 3, step=(20 / 36) ** 0.5), "fit_graph"
    ),
    given(*TWO_IMAGES, 1 / 3, "fit_xla"),
    given(*TWO_IMAGES, 1 / 3, "mixed_float16"),
    given(*TWO_IMAGES, 0.5, "sample_weight", [0, 1]),  # 1 / 2
    given(*TWO_IMAGES, -1 / 6, "sample_weight", [1, 0]),
    given(CLASSES, PC, -0.1875, "fit_xla", class_weight=[1.0, 3.0]),
    given(
        UNLIKE,
        LOGITS,
        -0.28125,  # (0 - 3·3/8) / 4
        "save_load",
        class_weight=[1.0, 3.0],
        from_logits=True,
    ),
    given(
        [[[0, 1]]],
        PC,
        Raises(
            "ValueError",
            r"boundary: y_true \(1, 1, 2\) must hold signed distances of the shape of "
            r"y_pred \(1, 1, 2, 2\), .*losses\.signed_distance.*/mask_for_the_dist",
        ),
    ),
    given([[[[0], [1]]]], PC, Raises("ValueError", "must hold signed distances")),
    given([[[1, 0, 0]]], P, Raises("ValueError", r"\(1, 1, 3\) must hold .*1, 1, 4\)")),
    given(
        CLASSES,
        PC,
        Raises("ValueError", r"class_weight has 3 numbers.* has 2 classes"),
        class_weight=[1.0, 3.0, 1.0],
    ),
    given(FAR, [[[0, 1, 1, 0]]], Raises("TypeError", "dtype int32; predictions must")),
]

EXAMPLES = [
    (3 * normal(4, 6, 5), probabilities(4, 6, 5, 1), {}),
    (
        3 * normal(4, 6, 5, 3)[::-1],
        normal(4, 6, 5, 3),
        {"from_logits": True, "class_weight": [0.0, 2.0, 3.0]},
    ),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("boundary", case)


def oracle(distances, y_pred, from_logits=False, class_weight=None):
    """The sum over pixels and classes, one after the other."""
    one = distances.ndim < 4 or distances.shape[-1] == 1
    if one and distances.ndim < 4:
        distances, y_pred = distances[..., None], y_pred[..., None]
    weight = class_weight or [1.0] * distances.shape[-1]
    found = []
    for distance, prediction in zip(distances, y_pred):
        total, pixels = 0.0, list(np.ndindex(distance.shape[:-1]))
        for pixel in pixels:
            p = prediction[pixel]
            if from_logits:
                p = 1 / (1 + np.exp(-p)) if one else np.exp(p) / sum(np.exp(p))
            for w, far, share in zip(weight, distance[pixel], p):
                total += w * far * share
        found.append(total / len(pixels) / sum(weight))
    return np.array(found)


@st.composite
def maps(draw):
    """Distances, predictions, and options that go with them."""
    shape = draw(array_shapes(min_dims=2, max_dims=5, max_side=3))
    classes = shape[-1] if len(shape) > 3 else 1
    from_logits = draw(st.booleans())
    numbers = st.floats(-4, 4) if from_logits else st.floats(0, 1)
    weight = st.lists(st.floats(0.1, 10), min_size=classes, max_size=classes)
    options = {
        "from_logits": from_logits,
        "class_weight": draw(st.none() | weight),
    }
    distances = draw(arrays(float, shape, elements=st.floats(-9, 9)))
    return distances, draw(arrays(float, shape, elements=numbers)), options


@drawn(maps())
@settings(deadline=None, max_examples=drawn_times(100))
def test_the_slow_loop_agrees(drawn_maps):
    distances, y_pred, options = drawn_maps
    found = values(LOSS, distances, y_pred, **options)
    assert found == close(oracle(distances, y_pred, **options))


@drawn(maps())
@settings(deadline=None, max_examples=drawn_times(30))
def test_the_gradient_is_the_slope_of_the_slow_loop(drawn_maps):
    distances, y_pred, options = drawn_maps
    found = gradient(LOSS, distances, y_pred, **options)
    found, expected = slope(found, oracle, distances, y_pred, **options)
    assert found == close(expected, rel=1e-4, abs=1e-6)


def random_masks():
    return ids(2, 4, 6, 5).astype("float32")


def test_the_mask_itself_is_best_of_all_predictions():
    mask = random_masks()
    distances = losses.signed_distance(mask)
    least = values(LOSS, distances, mask)
    for seed in range(20):
        other = np.random.default_rng(seed).uniform(size=mask.shape).astype("float32")
        assert (values(LOSS, distances, other) > least).all()


@pytest.mark.parametrize("side", [-1, 1])
def test_the_further_off_the_more_it_costs(side):
    """A mask of one pixel in the middle, predicted ever further from there."""
    mask = np.eye(9, dtype="float32")[None, 4:5]
    distances = losses.signed_distance(mask)
    costs = [
        values(LOSS, distances, np.eye(9, dtype="float32")[None, [4 + side * off]])[0]
        for off in range(5)
    ]
    assert costs == pytest.approx([off / 9 for off in range(5)])


def test_two_classes_are_twice_one_class():
    """What is outside of one is inside of the other, but for the edge: -1 and +1."""
    mask = random_masks()
    p = probabilities(4, 6, 5, 1)[..., 0]
    one = losses.signed_distance(mask)
    two = losses.signed_distance(np.stack([1 - mask, mask], axis=-1))
    assert two[..., 0] == pytest.approx(1 - two[..., 1])
    # mean of ½ ((1 - φ) (1 - p) + φ p)
    expected = ((1 - one) * (1 - p) + one * p).mean(axis=(1, 2)) / 2
    both = np.stack([1 - p, p], axis=-1)
    assert values(LOSS, two, both) == pytest.approx(expected, abs=1e-6)


def test_the_order_of_the_classes_does_not_matter():
    distances, p = 3 * normal(4, 6, 5, 3), probabilities(4, 6, 5, 3)
    order = [2, 0, 1]
    found = values(LOSS, distances[..., order], p[..., order])
    assert found == pytest.approx(values(LOSS, distances, p), abs=1e-6)


def test_it_trains_beside_a_loss_of_the_region():
    """The labels hold both: the distances, and the mask where they are 0 or below."""
    mask = random_masks()
    distances, p = losses.signed_distance(mask), probabilities(4, 6, 5, 1)

    def both(y_true, y_pred):
        region = losses.dice(ops.cast(y_true <= 0, "float32"), y_pred)
        return region + 0.01 * losses.boundary(y_true, y_pred)

    expected = values(losses.dice, mask, p) + 0.01 * values(LOSS, distances, p)
    assert values(both, distances, p) == pytest.approx(expected, abs=1e-6)
