"""Aligning two shapes, and the messages that refuse to."""

import keras
import numpy as np
import pytest
from keras import ops

import losses
from losses.ops.class_labels import align_classes
from losses.ops.refusals import refusals_of
from losses.ops.shapes import align, mean_per_sample
from tests.differences import DOUBLE

SHAPE = "Give the labels the shape of the predictions."
IDS = (
    "Are the labels class ids? Then take sparse_categorical_crossentropy, or "
    "pixelwise_crossentropy for masks. If not, reshape them."
)


@refusals_of("mine", "mine/variant")
def mine(y_true, y_pred):
    return align(y_true, y_pred)


@refusals_of("mine", "mine/variant")
def mine_of_classes(y_true, y_pred):
    return align_classes(y_true, y_pred)


def aligned(true, pred):
    both = mine(np.zeros(true), np.zeros(pred, "float32"))
    return tuple(tuple(part.shape) for part in both)


def dtype_of(tensor):
    return keras.backend.standardize_dtype(tensor.dtype)


def symbolic(function, true, pred):
    """The shapes it makes of tensors of a model that is being built."""
    found = function(keras.KerasTensor(true), keras.KerasTensor(pred))
    return [tuple(part.shape) for part in found]


def traced(function, true, pred):
    """The shapes it makes of tensors while TensorFlow traces a graph."""
    import tensorflow as tf

    signature = [tf.TensorSpec(true), tf.TensorSpec(pred)]
    graph = tf.function(function, signature).get_concrete_function()
    return [tuple(part.shape) for part in graph.outputs]


@pytest.fixture(
    params=[symbolic, pytest.param(traced, marks=pytest.mark.tensorflow)],
    ids=lambda shapes: shapes.__name__,
)
def shapes_of(request):
    """Either way of meeting sizes that are not known yet."""
    return request.param


@pytest.mark.parametrize(
    "true, pred, both",
    [
        ((4,), (4,), (4,)),
        ((4,), (4, 1), (4,)),
        ((4, 1), (4,), (4,)),
        ((4, 1), (4, 1), (4, 1)),
        ((4, 3), (4, 3, 1), (4, 3)),
        ((4, 3, 1), (4, 3), (4, 3)),
        ((1,), (1, 1), (1,)),
        ((0, 3), (0, 3), (0, 3)),
    ],
)
def test_one_trailing_one_is_dropped(true, pred, both):
    assert aligned(true, pred) == (both, both)


@pytest.mark.parametrize(
    "true, pred, would, advice",
    [
        ((4,), (4, 1, 1), "silently broadcast to (4, 1, 4)", SHAPE),
        ((4, 1), (4, 3), "silently broadcast to (4, 3)", IDS),
        ((4, 1, 3), (4, 3), "silently broadcast to (4, 4, 3)", SHAPE),
        ((3,), (3, 3), "silently broadcast to (3, 3)", IDS),
        ((4, 2), (4, 3), "raise an error in the middle of the graph", SHAPE),
        ((5,), (4,), "raise an error in the middle of the graph", SHAPE),
    ],
)
def test_everything_else_is_refused_with_what_would_have_happened(
    true, pred, would, advice
):
    with pytest.raises(ValueError) as refused:
        aligned(true, pred)
    assert str(refused.value) == (
        f"mine: y_true {true} and y_pred {pred} must have the same shape; only a "
        f"trailing axis of size 1 may be missing on one side. Together they would "
        f"{would}. {advice} More: losses explain mine/variant"
    )


def test_it_is_refused_before_anything_runs(shapes_of):
    with pytest.raises(ValueError, match=r"mine: y_true \(None, 3\)"):
        shapes_of(mine, [None, 3], [None, 4])


def test_unknown_sizes_fit_any_other_and_become_it(shapes_of):
    assert shapes_of(mine, [None, None], [8, 4]) == [(8, 4), (8, 4)]


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("loss", "labels", "y_pred"),
    [
        ("categorical_crossentropy", (6, 1), (6, 3)),
        ("binary_crossentropy", (6, 3), (6, 1)),
        ("binary_crossentropy", (6, 1), (6, 3)),
        ("dice", (2, 4, 4, 3), (2, 4, 4, 1)),
        ("dice", (2, 4, 1, 3), (2, 4, 4, 3)),
        ("sparse_categorical_crossentropy", (1, 4, 1), (2, 4, 3)),
        ("corn", (1, 1), (6, 3)),
    ],
)
def test_what_is_known_at_run_time_only_does_not_broadcast_either(loss, labels, y_pred):
    import tensorflow as tf

    unknown = tf.TensorSpec([None] * (len(labels) - 1) + [labels[-1]])
    if loss != "sparse_categorical_crossentropy":
        unknown = tf.TensorSpec([None] * len(labels))
    step = tf.function(
        getattr(losses, loss), input_signature=[unknown, tf.TensorSpec(y_pred)]
    )
    with pytest.raises((tf.errors.InvalidArgumentError, ValueError)):
        step(tf.zeros(labels), tf.fill(y_pred, 0.5))


@pytest.mark.tensorflow
def test_an_unknown_rank_is_named():
    with pytest.raises(ValueError, match="mine: the rank of y_true is unknown"):
        traced(mine, None, [None, 4])


@pytest.mark.parametrize("true, pred", [((), (4,)), ((4,), ()), ((), ())])
def test_a_scalar_lacks_the_batch_axis(true, pred):
    with pytest.raises(ValueError, match=r"mine: .* need a batch axis"):
        aligned(true, pred)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "bool"])
def test_predictions_must_be_floating(dtype):
    y_pred = ops.convert_to_tensor(np.zeros(4, dtype))  # JAX makes int32 of int64
    with pytest.raises(TypeError, match=f"mine: y_pred has dtype {dtype_of(y_pred)}"):
        mine(np.zeros(4), y_pred)


@pytest.mark.parametrize(
    "given, computed",
    [
        ("float16", "float32"),
        ("bfloat16", "float32"),
        ("float32", "float32"),
        ("float64", "float64" if DOUBLE else "float32"),
    ],
)
def test_predictions_are_widened_and_labels_follow(given, computed):
    y_pred = np.zeros(4, given)
    for part in mine(np.zeros(4, "uint8"), y_pred):
        assert dtype_of(part) == computed


@pytest.mark.parametrize(
    "true, pred, found",
    [
        ((4,), (4, 3), (4,)),
        ((4, 1), (4, 3), (4,)),
        ((4, 3), (4, 3), (4, 3)),
        ((3,), (3, 3), (3,)),  # ids, although the sizes would broadcast
        ((2, 5, 6), (2, 5, 6, 3), (2, 5, 6)),
        ((2, 5, 6, 1), (2, 5, 6, 3), (2, 5, 6)),
        ((2, 5, 6, 3), (2, 5, 6, 3), (2, 5, 6, 3)),
    ],
)
def test_ids_and_one_hot_are_told_apart_by_shape(true, pred, found):
    y_true, _ = align_classes(np.zeros(true), np.zeros(pred, "float32"))
    assert tuple(y_true.shape) == found
    assert ("int" in dtype_of(y_true)) == (len(found) < len(pred))


def test_ids_of_an_unknown_last_axis_are_not_taken_for_one_hot(shapes_of):
    with pytest.raises(
        ValueError, match=r"mine: the last axis of y_true .* is unknown"
    ):
        shapes_of(mine_of_classes, [None, None, None], [None, 4, 3])


def test_sizes_not_known_yet_may_broadcast(shapes_of):
    with pytest.raises(ValueError, match="by sizes not known yet"):
        shapes_of(mine, [None], [None, 3])


def test_millions_of_numbers_keep_their_digits():
    values = ops.full((1, 2048, 2048), 0.7)
    assert float(mean_per_sample(values)[0]) == pytest.approx(0.7, rel=1e-5)
    counted = ops.ones((1, 2048, 2048), "bool")
    assert float(mean_per_sample(values, counted)[0]) == pytest.approx(0.7, rel=1e-5)


def test_labels_that_are_neither_are_refused():
    with pytest.raises(ValueError) as refused:
        mine_of_classes(np.zeros((4, 2)), np.zeros((4, 3), "float32"))
    assert str(refused.value) == (
        "mine: y_true (4, 2) must be class ids of shape (4,) or one-hot labels of "
        "shape (4, 3), the shape of y_pred. More: losses explain mine/variant"
    )


@pytest.mark.parametrize("pred", [(4, 1), (4,), (4, 5, 5, 1)])
def test_a_single_class_is_no_choice(pred):
    with pytest.raises(ValueError, match="two classes or more"):
        mine_of_classes(np.zeros(pred), np.zeros(pred, "float32"))


def test_a_mean_over_positions_leaves_out_those_that_do_not_count():
    values = ops.array([[1.0, 2.0, 6.0], [3.0, 5.0, 7.0], [9.0, 9.0, 9.0]])
    counted = ops.array([[True, True, False], [True] * 3, [False] * 3])
    assert [float(value) for value in mean_per_sample(values)] == [3.0, 5.0, 9.0]
    assert [float(value) for value in mean_per_sample(values, counted)] == [
        1.5,
        5.0,
        0.0,
    ]
