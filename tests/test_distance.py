"""`losses.signed_distance`: the labels of `boundary`."""

import sys

import numpy as np
import pytest
from hypothesis import given as drawn, settings, strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import losses

OPEN, FULL = [0, 0, 0, 0], [1, 1, 1, 1]
ROOT_2, ROOT_5, ROOT_8 = 2**0.5, 5**0.5, 8**0.5


@pytest.mark.parametrize(
    "mask, distances",
    [
        # outside: how far to the next 1; inside: how far to the next 0, less 1
        ([0, 0, 1, 0, 0], [2, 1, 0, 1, 2]),
        ([0, 1, 1, 1, 1], [1, 0, -1, -2, -3]),
        ([1, 1, 1, 1, 0, 0], [-3, -2, -1, 0, 1, 2]),
        ([0, 1, 0, 0, 0, 1], [1, 0, 1, 2, 1, 0]),
        (OPEN, [0, 0, 0, 0]),  # no boundary
        (FULL, [0, 0, 0, 0]),
        ([[1, 0, 0], [0, 0, 0]], [[0, 1, 2], [1, ROOT_2, ROOT_5]]),
        (  # 1 - √2 further in than the edge, on the diagonal
            [[0, 1, 1], [1, 1, 1], [1, 1, 1]],
            [
                [1, 0, -1],
                [0, 1 - ROOT_2, 1 - ROOT_5],
                [-1, 1 - ROOT_5, 1 - ROOT_8],
            ],
        ),
    ],
)
def test_by_hand(mask, distances):
    found = losses.signed_distance([mask])
    assert found.dtype == np.float32
    assert found[0] == pytest.approx(np.array(distances, float), rel=1e-6)


def test_two_axes_are_one_mask():
    mask = np.zeros((5, 5))
    mask[1:4, 1:4] = 1
    found = losses.signed_distance(mask)
    assert found[0] == pytest.approx([ROOT_2, 1, 1, 1, ROOT_2])
    assert found[2] == pytest.approx([1, 0, -1, 0, 1])
    assert (found == losses.signed_distance(mask[None])[0]).all()


def by_slow_loops(mask):
    """The nearest pixel on the other side, looked for among all."""
    found = np.zeros(mask.shape)
    pixels = list(np.ndindex(mask.shape))
    for here in pixels:
        gaps = [
            sum((a - b) ** 2 for a, b in zip(here, there)) ** 0.5
            for there in pixels
            if mask[here] != mask[there]
        ]
        if gaps:
            found[here] = 1 - min(gaps) if mask[here] else min(gaps)
    return found


@drawn(
    arrays(
        st.sampled_from(["bool", "uint8", "int64", "float32"]),
        array_shapes(min_dims=2, max_dims=5, max_side=4),
        elements=st.sampled_from([0, 1]),
    )
)
@settings(deadline=None, max_examples=100)
def test_the_slow_loop_agrees(mask):
    found = losses.signed_distance(mask)
    assert found.shape == mask.shape
    if mask.ndim == 2:
        assert found == pytest.approx(by_slow_loops(mask), rel=1e-6)
        return
    classes = mask if mask.ndim > 3 else mask[..., None]
    for image, label in np.ndindex(len(classes), classes.shape[-1]):
        expected = by_slow_loops(classes[image, ..., label])
        of_one = found.reshape(classes.shape)[image, ..., label]
        assert of_one == pytest.approx(expected, rel=1e-6)


def test_it_is_0_or_below_just_inside():
    mask = np.random.default_rng(0).integers(0, 2, (3, 8, 8))
    found = losses.signed_distance(mask)
    assert (found[mask == 1] <= 0).all()
    assert (found[mask == 0] >= 1).all()


def test_masks_with_and_without_a_channel_axis():
    mask = np.random.default_rng(0).integers(0, 2, (3, 6, 5))
    found = losses.signed_distance(mask)
    assert (losses.signed_distance(mask[..., None])[..., 0] == found).all()
    volume = np.repeat(mask[:, None, ..., None], 2, axis=1)  # the same in depth
    assert losses.signed_distance(volume)[:, 0, ..., 0] == pytest.approx(found)


def test_each_class_has_a_mask_of_its_own():
    ids = np.array([[[0, 0, 1, 1, 1, 2]]])
    found = losses.signed_distance(np.eye(4)[ids])[0, 0].T
    assert found[0].tolist() == [-1, 0, 1, 2, 3, 4]
    assert found[1].tolist() == [2, 1, 0, -1, 0, 1]
    assert found[2].tolist() == [5, 4, 3, 2, 1, 0]
    assert found[3].tolist() == [0] * 6  # absent


def test_an_empty_batch():
    assert losses.signed_distance(np.zeros((0, 4, 4))).shape == (0, 4, 4)


@pytest.mark.parametrize(
    "mask, message",
    [
        ([[[0, 255]]], r"values 0 and 1, but .*\[  0 255\].*mask > 0"),
        ([[[0, 1, 2]]], r"class ids one-hot: np\.eye\(classes\)\[ids\]"),
        ([[[0.0, 0.5]]], "values 0 and 1"),
        ([[[0.0, float("nan")]]], "values 0 and 1"),
        ([0, 1], r"mask \(2,\) must be \(height, width\), \(batch, height"),
    ],
)
def test_what_is_no_mask_is_refused(mask, message):
    with pytest.raises(ValueError, match=message):
        losses.signed_distance(mask)


def test_without_scipy_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.ndimage", None)
    with pytest.raises(ImportError, match="pip install scipy"):
        losses.signed_distance([[0, 1]])


@pytest.mark.tensorflow
@pytest.mark.keras3
def test_it_trains_from_a_tf_data_pipeline():
    import keras
    import tensorflow as tf

    def labels(image, mask):  # as the docstring says
        far = tf.numpy_function(losses.signed_distance, [mask], tf.float32)
        return image, tf.ensure_shape(far, mask.shape)

    mask = np.random.default_rng(0).integers(0, 2, (6, 4, 4, 1)).astype("uint8")
    images = mask.astype("float32")
    data = tf.data.Dataset.from_tensor_slices((images, mask)).batch(4).map(labels)
    assert data.element_spec[1].shape == (None, 4, 4, 1)
    model = keras.Sequential(
        [keras.Input((4, 4, 1)), keras.layers.Conv2D(1, 1, activation="sigmoid")]
    )
    model.compile(keras.optimizers.SGD(1.0), loss=losses.Boundary())
    seen = model.fit(data, epochs=4, shuffle=False, verbose=0).history["loss"]
    assert seen[-1] < seen[0]
