"""What holds for every loss that compares regions, whatever it makes of them."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given as drawn, settings, strategies as st
from hypothesis.extra.numpy import arrays

import losses
from tests.catalog.segmentation.graph import largest_of_labels
from tests.catalog.segmentation.maps import label_maps, masks, one_hot, softmax
from tests.catalog.segmentation.properties import (
    assert_an_ignored_pixel_is_left_out,
    assert_every_form_of_the_labels_agrees,
)
from tests.differences import close, drawn_times, gradient, values

OPTIONS = {  # unlike the defaults, so that what is exchanged shows
    "dice": {},
    "jaccard": {},
    "tversky": {"alpha": 0.3, "beta": 0.7},
    "focal_tversky": {"alpha": 0.3, "beta": 0.7},
    "generalized_dice": {},
    "dice_crossentropy": {"dice_weight": 2.0, "ce_weight": 0.5},
}
each_loss = pytest.mark.parametrize("name", OPTIONS)
IDS, P = [[[0, 1]]], [[[[0.25, 0.75], [0.5, 0.5]]]]
ONE_HOT = [[[[1, 0], [0, 1]]]]


def of(name, y_true, y_pred, **options):
    return values(getattr(losses, name), y_true, y_pred, **OPTIONS[name], **options)


def slope(name, y_true, y_pred, **options):
    return gradient(getattr(losses, name), y_true, y_pred, **OPTIONS[name], **options)


@each_loss
@drawn(label_maps())
@settings(deadline=None, max_examples=drawn_times(20))
def test_every_form_of_the_labels_agrees(name, drawn_maps):
    assert_every_form_of_the_labels_agrees(partial(of, name), *drawn_maps)


@each_loss
@drawn(masks())
@settings(deadline=None, max_examples=drawn_times(20))
def test_the_channel_axis_may_be_missing_on_either_side(name, drawn_masks):
    mask, y_pred, options = drawn_masks
    expected = of(name, mask, y_pred, **options)
    for true, pred in (
        (mask[..., None], y_pred),
        (mask, y_pred[..., None]),
        (mask[..., None], y_pred[..., None]),
    ):
        assert of(name, true, pred, **options) == close(expected)


@each_loss
@drawn(masks() | label_maps())
@settings(deadline=None, max_examples=drawn_times(20))
def test_an_ignored_pixel_is_a_pixel_left_out(name, drawn_maps):
    assert_an_ignored_pixel_is_left_out(partial(of, name), *drawn_maps)


@each_loss
@drawn(
    arrays(float, (2, 3, 2, 3), elements=st.floats(-4, 4)), st.permutations(range(3))
)
@settings(deadline=None, max_examples=drawn_times(20))
def test_the_order_of_the_classes_does_not_matter(name, logits, order):
    ids, weight = np.arange(12).reshape(2, 3, 2) % 3, np.array([1.0, 2.0, 5.0])
    expected = of(name, ids, logits, from_logits=True, class_weight=weight)
    moved = of(
        name,
        np.argsort(order)[ids],
        logits[..., list(order)],
        from_logits=True,
        class_weight=weight[list(order)],
    )
    assert moved == close(expected)


@each_loss
@drawn(arrays(float, (2, 3, 2), elements=st.sampled_from([0.0, 1.0])))
@settings(deadline=None, max_examples=drawn_times(20))
def test_nothing_is_better_than_the_mask_itself(name, mask):
    assert of(name, mask, mask) == close([0.0, 0.0], abs=1e-6)
    assert (of(name, mask, 0.9 * mask + 0.05) > 0).all()


@each_loss
@drawn(arrays(int, (2, 3, 2), elements=st.integers(0, 2)))
@settings(deadline=None, max_examples=drawn_times(20))
def test_nothing_is_better_than_the_classes_themselves(name, ids):
    right = one_hot(ids, 3)
    assert of(name, ids, right) == close([0.0, 0.0], abs=1e-6)
    assert (of(name, ids, 0.9 * right + 0.1 / 3) > 0).all()


@each_loss
@drawn(arrays(float, (2, 3, 2, 3), elements=st.floats(-6, 6)))
@settings(deadline=None, max_examples=drawn_times(20))
def test_logits_and_probabilities_agree(name, logits):
    ids = np.arange(12).reshape(2, 3, 2) % 3
    found = of(name, ids, logits, from_logits=True)
    assert found == close(of(name, ids, softmax(logits)))
    mask, logits = ids % 2, logits[..., 0]
    found = of(name, mask, logits, from_logits=True)
    assert found == close(of(name, mask, 1 / (1 + np.exp(-logits))))


@each_loss
@drawn(label_maps())
@settings(deadline=None, max_examples=drawn_times(20))
def test_of_one_image_the_batch_is_the_image(name, drawn_maps):
    ids, y_pred, options = drawn_maps
    del options["over"]
    given = name, ids[:1], y_pred[:1]
    alone = of(*given, over="image", **options)
    assert of(*given, over="batch", **options) == close(alone)


@each_loss
@pytest.mark.parametrize("t", [0, 1])
@pytest.mark.parametrize("smooth", [0.0, 1.0])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(
    "y_pred, from_logits", [(-100.0, True), (100.0, True), (0.0, False), (1.0, False)]
)
def test_extreme_predictions_are_finite(name, t, smooth, dtype, y_pred, from_logits):
    mask = np.array([[[t]]]), np.array([[[y_pred]]], dtype)
    both = [y_pred, -y_pred if from_logits else 1 - y_pred]
    classes = np.array([[[t]]]), np.array([[[both]]], dtype)
    for given in (mask, classes):
        found = of(name, *given, from_logits=from_logits, smooth=smooth)
        assert np.isfinite(found).all()
        assert found >= 0
        if dtype != "float16":  # 1/p is beyond float16 for p below 1/65504
            found = slope(name, *given, from_logits=from_logits, smooth=smooth)
            assert np.isfinite(found).all()


@pytest.mark.parametrize("name", ["boundary", "cldice", "lovasz_softmax", *OPTIONS])
def test_of_logits_far_off_only_the_crossentropy_has_a_gradient(name):
    loss, options = getattr(losses, name), OPTIONS.get(name, {})
    logits = np.array([[[-100.0, 100.0]]])
    found = gradient(loss, [[[1, 0]]], logits, from_logits=True, **options)
    assert (np.abs(found) > 1e-9).all() == (name == "dice_crossentropy")


@each_loss
@pytest.mark.parametrize("smooth", [0.0, 1.0])
@pytest.mark.parametrize("p", [0.0, 0.5, 1.0])
def test_images_without_a_class_are_finite(name, smooth, p):
    given = np.zeros((1, 2, 2)), np.full((1, 2, 2), p)
    assert np.isfinite(of(name, *given, smooth=smooth)).all()
    assert np.isfinite(slope(name, *given, smooth=smooth)).all()
    given = np.zeros((1, 2, 2)), one_hot(np.zeros((1, 2, 2)), 3) * (1 - p) + p / 3
    assert np.isfinite(of(name, *given, smooth=smooth)).all()
    assert np.isfinite(slope(name, *given, smooth=smooth)).all()


@each_loss
@pytest.mark.parametrize("logit", [-100.0, -88.5, -87.0, -60.0, -44.0, -43.0, -20.0])
def test_next_to_nothing_in_an_empty_image_is_finite(name, logit):
    """The square of exp(-60) is below float32, and with it the slope of a quotient."""
    given = np.zeros((1, 1, 2)), np.full((1, 1, 2), logit, "float32")
    options = {"from_logits": True, "smooth": 0}
    assert np.isfinite(of(name, *given, **options)).all()
    assert np.isfinite(slope(name, *given, **options)).all()


@each_loss
@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "float64"])
@pytest.mark.parametrize("labels", [IDS, [[[[0], [1]]]], ONE_HOT])
def test_labels_of_any_dtype(name, labels, dtype):
    expected = of(name, np.array(IDS, "int32"), np.array(P, "float32"))
    found = of(name, np.array(labels, dtype), np.array(P, "float32"))
    assert found == pytest.approx(expected)


@each_loss
@pytest.mark.parametrize("labels", [IDS, ONE_HOT])
def test_nan_is_not_hidden_but_where_it_is_ignored(name, labels):
    y_pred = np.array(P * 2)
    y_pred[0, 0, 0] = np.nan
    assert np.isnan(of(name, labels * 2, y_pred)).tolist() == [True, False]
    ignored = of(name, labels * 2, y_pred, ignore_class=0)
    assert ignored[0] == pytest.approx(ignored[1])
    assert np.isfinite(slope(name, labels * 2, y_pred, ignore_class=0)).all()


@each_loss
def test_nan_in_a_mask_of_one_class_is_not_hidden_but_where_it_is_ignored(name):
    y_pred = np.array([[[np.nan, 0.5]], [[1.0, 0.5]]])
    found = of(name, [[[1, 0]]] * 2, y_pred)
    assert np.isnan(found).tolist() == [True, False]
    given = name, [[[255, 0]]] * 2, y_pred
    ignored = of(*given, ignore_class=255)
    assert ignored[0] == pytest.approx(ignored[1])
    assert np.isfinite(slope(*given, ignore_class=255)).all()


@each_loss
def test_large_masks_in_half_precision(name):
    """262144 pixels; float16 ends at 65504."""
    ones = np.ones((1, 512, 512), "float16")
    assert of(name, ones, ones) == pytest.approx([0.0], abs=1e-6)
    half, narrow = 0.5 * ones, 0.5 * ones[:, :, :1]
    found = of(name, ones, half, smooth=0)
    assert found == pytest.approx(of(name, ones[:, :, :1], narrow, smooth=0), rel=1e-5)
    p = np.zeros((1, 512, 512, 2), "float16")
    p[..., 1] = 1
    assert of(name, ones, p) == pytest.approx([0.0], abs=1e-6)


@each_loss
def test_ids_are_looked_up_and_never_made_one_hot(name):
    ids, y_pred = np.zeros((2, 8, 8), "int32"), np.ones((2, 8, 8, 5), "float32")
    loss = getattr(losses, name)
    largest = largest_of_labels(
        lambda t, p: loss(t, p, from_logits=True, ignore_class=4, **OPTIONS[name]),
        ids,
        y_pred,
    )
    assert 0 < largest < y_pred.size
