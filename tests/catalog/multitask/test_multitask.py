"""Multitask by hand. The sum that gives each number stands beside it."""

import math
from functools import partial

import keras
import numpy as np
import pytest
from hypothesis import given as drawn, settings, strategies as st
from keras import ops

import losses
from losses.evidence.outcomes import Raises
from losses.running.backend import own_step
from tests.differences import close, drawn_times, gradient, slopes, values
from tests.hand import KERAS_3, assert_gives, given
from tests.inputs import ids, normal, probabilities
from tests.loading import loaded

SPARSE = "sparse_categorical_crossentropy"
LOGITS = KERAS_3.losses.BinaryCrossentropy(from_logits=True)
SIZE_AND_BOX = {"size": (1, "mse"), "box": (2, "mae")}
BOX_AND_SIZE = {"box": (2, "mae"), "size": (1, "mse")}
CLASS_AND_SIZE = {"class": (2, SPARSE), "size": (1, "mse")}
CLASS_AND_BOX = {"class": (2, SPARSE), "box": (2, "mae")}
IN_PAIRS = {"class": ((1, 2), SPARSE), "box": ((2, 2), "mae")}
TWO_WIDTHS = {"size": (1, "mse"), "box": (4, "mse")}
KIND_AND_BOX = {"class": (2, "categorical_crossentropy"), "box": (2, "mae")}
SQUARES = {"class": (2, "mse"), "box": (4, "mse")}


def absolute(y_true, y_pred):
    return ops.abs(y_true - y_pred)


def scalar(y_true, y_pred):
    return ops.mean(ops.abs(y_true - y_pred))


def pair(y_true, y_pred):
    return [ops.abs(y_true - y_pred), ops.square(y_true - y_pred)]


ZERO = [[0, 0, 0]]
THREE = [[3.0, 1.0, 2.0]]
TWO_ROWS = [[3.0, 1.0, 2.0], [1.0, 0.0, 0.0]]
LN_2, LN_4 = math.log(2), math.log(4)
KINDS_AND_BOXES = [[1, 0, 1, 2], [1, 0, 0, 4], [0, 1, 3, 3]]
HALVES = [[0.5, 0.5, 2.0, 5.0], [0.25, 0.75, 0.0, 4.0], [0.5, 0.5, 5.0, 2.0]]

HAND = [
    given(ZERO, THREE, [10.5], tasks=SIZE_AND_BOX),  # 3² + (1 + 2) / 2
    given(ZERO, THREE, [6.0], tasks=BOX_AND_SIZE),  # (3 + 1) / 2 + 2²
    given(ZERO * 2, TWO_ROWS, [10.5, 1.0], tasks=SIZE_AND_BOX),
    given(  # 2·3² + 10·1.5
        ZERO, THREE, [33.0], tasks=SIZE_AND_BOX, weights={"size": 2, "box": 10}
    ),
    given(  # the same, by name
        ZERO, THREE, [33.0], tasks=SIZE_AND_BOX, weights={"box": 10, "size": 2}
    ),
    given(ZERO, THREE, [24.0], tasks=SIZE_AND_BOX, weights={"box": 10}),  # 9 + 15
    given(ZERO, THREE, [9.0], tasks=SIZE_AND_BOX, weights={"box": 0}),
    given([[0, 0, 0, 0, 0]], [[2.0, 1.0, 1.0, 1.0, 5.0]], [11.0], tasks=TWO_WIDTHS),
    # 2² + (1 + 1 + 1 + 25) / 4
    given(
        [[1, 5]], [[0.75, 0.25, 3.0]], [LN_4 + 4], tasks=CLASS_AND_SIZE
    ),  # -ln ¼ + 2²
    given([[0, 5]], [[0.25, 0.75, 3.0]], [LN_4 + 4], tasks=CLASS_AND_SIZE),
    given(  # the pair says which task has ids: -ln ¼ + (1 + 2) / 2
        [[1, 0, 4]], [[0.75, 0.25, 1.0, 2.0]], [LN_4 + 1.5], tasks=IN_PAIRS
    ),
    given(  # a Loss instance with its options: -ln σ(0) + |5 - 2|
        [[1, 5]],
        [[0.0, 2.0]],
        [LN_2 + 3],
        tasks={"yes": (1, LOGITS), "x": (1, absolute)},
    ),
    given(  # -ln ½ + (1 + 3) / 2, -ln ¼ + 0, -ln ½ + (2 + 1) / 2
        KINDS_AND_BOXES, HALVES, [LN_2 + 2, LN_4, LN_2 + 1.5], tasks=KIND_AND_BOX
    ),
    given(  # -1 / ½ + 1, 1 / 1 and a half for each edge: p is divided by its sum
        [[1, 0, 1, 2]],
        [[0.5, 0.5, 2.0, 5.0]],
        [[-1.0, 1.0, 0.5, 0.5]],
        "gradient",
        tasks=KIND_AND_BOX,
    ),
    given(  # (4·ln 2 + 3.5) / 3
        KINDS_AND_BOXES,
        HALVES,
        (4 * LN_2 + 3.5) / 3,
        "fit_graph",
        tasks=KIND_AND_BOX,
    ),
    given(  # (-ln ½ + 2) / 3: the others do not count
        KINDS_AND_BOXES,
        HALVES,
        (LN_2 + 2) / 3,
        "sample_weight",
        [1, 0, 0],
        tasks=KIND_AND_BOX,
    ),
    given(  # (1 + 1) / 2 + 0, 0 + (4 + 0 + 0 + 0) / 4
        [[1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]],
        [[0.0, 1.0, 0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 2.0, 0.0, 0.0, 0.0]],
        [1.0, 1.0],
        tasks=SQUARES,
    ),
    given(  # every axis but the batch: (1² + 3²) / 2 + (0 + 0 + 2 + 4) / 4
        [[[0, 0, 0], [0, 0, 0]]],
        [[[1.0, 0.0, 0.0], [3.0, 2.0, 4.0]]],
        [6.5],
        tasks=SIZE_AND_BOX,
    ),
    given(ZERO, [[3.0, 1.0, -2.0]], [[6.0, 0.5, -0.5]], "gradient", tasks=SIZE_AND_BOX),
    given(ZERO * 2, TWO_ROWS, 5.75, "fit_eager", tasks=SIZE_AND_BOX),  # (10.5 + 1) / 2
    given(ZERO * 2, TWO_ROWS, 5.75, "fit_graph", tasks=SIZE_AND_BOX),
    given(ZERO * 2, TWO_ROWS, 5.75, "fit_xla", tasks=SIZE_AND_BOX),
    given(ZERO * 2, TWO_ROWS, 5.75, "mixed_float16", tasks=SIZE_AND_BOX),
    given(ZERO * 2, TWO_ROWS, 5.25, "sample_weight", [1, 0], tasks=SIZE_AND_BOX),
    given(ZERO * 2, TWO_ROWS, 1.5, "sample_weight", [0, 3], tasks=SIZE_AND_BOX),
    given(ZERO * 2, TWO_ROWS, 5.75, "save_load", tasks=SIZE_AND_BOX),
    given(  # weights are saved: (24 + 1) / 2
        ZERO * 2, TWO_ROWS, 12.5, "save_load", tasks=SIZE_AND_BOX, weights={"box": 10}
    ),
    given(  # so are pairs of widths
        [[1, 0, 4]], [[0.75, 0.25, 1.0, 2.0]], LN_4 + 1.5, "save_load", tasks=IN_PAIRS
    ),
    given(  # which two of the three columns are the box?
        [[1, 0, 4]],
        [[0.75, 0.25, 1.0, 2.0]],
        Raises(
            "ValueError",
            r"y_true \(1, 3\) beside y_pred \(1, 4\) cannot be cut into "
            r"\['class', 'box'\] in exactly one way.*\(columns of y_true, columns of y",
        ),
        tasks=CLASS_AND_BOX,
    ),
    given(
        [[0, 0]],
        THREE,
        Raises(
            "ValueError", r"^multitask: task 'box': y_true \(1, 1\) and y_pred \(1, 2"
        ),
        tasks=SIZE_AND_BOX,
    ),
    given(
        ZERO,
        [[3.0, 1.0, 2.0, 4.0]],
        Raises(
            "ValueError",
            r"multitask: y_pred \(1, 4\) cannot be cut into {'size': 1, 'box': 2}, "
            r"which takes \(batch, ..., 3\).*multitask/cut_at_the_wrong_column",
        ),
        tasks=SIZE_AND_BOX,
    ),
    given(  # the batch is not cut
        [0, 0, 0],
        [3.0, 1.0, 2.0],
        Raises("ValueError", r"y_pred \(3,\) cannot be cut"),
        tasks=SIZE_AND_BOX,
    ),
    given(  # one row of labels is not used for two samples
        ZERO,
        TWO_ROWS,
        Raises("ValueError", r"y_true \(1, 3\) beside y_pred \(2, 3\)"),
        tasks=SIZE_AND_BOX,
    ),
    given(
        ZERO,
        THREE,
        Raises(
            "ValueError",
            r"multitask: weights has \['bx'\], but the tasks are \['size', 'box'\]",
        ),
        tasks=SIZE_AND_BOX,
        weights={"bx": 10},
    ),
    given(
        ZERO,
        THREE,
        Raises(
            "ValueError", r"weights must be a dict {name: weight}, but is \[1, 10\]"
        ),
        tasks=SIZE_AND_BOX,
        weights=[1, 10],
    ),
    given(
        ZERO,
        THREE,
        Raises(
            "ValueError", r"tasks must be a dict {name: \(columns, loss\)}, but is \["
        ),
        tasks=["mse", "mae"],
    ),
    given(
        ZERO,
        THREE,
        Raises("ValueError", r"tasks must be a dict .* but is {'size': 'mse'}"),
        tasks={"size": "mse"},
    ),
    given(
        ZERO,
        THREE,
        Raises("ValueError", "a width is a number of columns, 1 or more"),
        tasks={"size": ("mse", 1), "box": ("mae", 2)},
    ),
    given(
        ZERO,
        THREE,
        Raises("ValueError", "a width is a number of columns, 1 or more"),
        tasks={"none": (0, "mse"), "box": (3, "mae")},
    ),
    given(
        ZERO * 2,
        TWO_ROWS,
        Raises(
            "ValueError",
            r"multitask: task 'size': its loss returned shape \(\) for y_true \(2, 1\) "
            r"and y_pred \(2, 1\); it must return one value per sample",
        ),
        tasks={"size": (1, scalar), "box": (2, "mae")},
    ),
    given(
        ZERO * 2,
        TWO_ROWS,
        Raises("ValueError", "task 'size': its loss returned a list .*sum of several"),
        "fit_graph",
        tasks={"size": (1, pair), "box": (2, "mae")},
    ),
    given(ZERO, [[3, 1, 2]], Raises("TypeError", "dtype int32"), tasks=SIZE_AND_BOX),
]

EXAMPLES = [
    (
        np.concatenate([ids(3, 4)[:, None], normal(4, 2)], axis=1),
        np.concatenate([probabilities(4, 3), normal(4, 2) / 2], axis=1),
        {
            "tasks": {
                "class": (3, losses.sparse_categorical_crossentropy),
                "box": (2, losses.MeanAbsoluteError()),
            },
            "weights": {"box": 0.5},
        },
    ),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("multitask", case)


def squared_by_hand(t, p):
    return sum((a - b) ** 2 for a, b in zip(t, p)) / len(p)


def absolute_by_hand(t, p):
    return sum(abs(a - b) for a, b in zip(t, p)) / len(p)


def ids_by_hand(t, p):
    total = sum(math.exp(x) for x in p)
    return -math.log(math.exp(p[int(t[0])]) / total)


def class_box_and_yes_by_hand(y_true, y_pred):
    """1 · the class of three + 3 · the box + 0.5 · yes, one value for each sample."""
    return [
        ids_by_hand(t[:1], p[:3])
        + 3 * squared_by_hand(t[1:3], p[3:5])
        + 0.5 * (math.log(1 + math.exp(p[5])) - t[3] * p[5])
        for t, p in zip(y_true, y_pred)
    ]


IDS = losses.SparseCategoricalCrossentropy(from_logits=True)
KINDS = {  # name: the loss, the same in plain Python, whether its labels are ids
    "squared": ("mse", squared_by_hand, False),
    "absolute": (losses.mean_absolute_error, absolute_by_hand, False),
    "ids": (IDS, ids_by_hand, True),
}


@drawn(
    kinds=st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=4),
    batch=st.integers(1, 4),
    seed=st.integers(0, 2**16),
)
@settings(deadline=None, max_examples=drawn_times(60))
def test_the_same_as_slow_loops(kinds, batch, seed):
    rng = np.random.default_rng(seed)
    tasks, weights, labels, predictions = {}, {}, [], []
    expected = [0.0] * batch
    for number, kind in enumerate(kinds):
        loss, by_hand, has_ids = KINDS[kind]
        width = int(rng.integers(2, 5))
        t = (
            rng.integers(0, width, (batch, 1))
            if has_ids
            else rng.normal(size=(batch, width))
        )
        p = rng.normal(size=(batch, width))
        name = f"{number}{kind}"
        tasks[name] = ((t.shape[1], width), loss)
        weights[name] = float(rng.uniform(0, 3))
        labels.append(t)
        predictions.append(p)
        for sample in range(batch):
            expected[sample] += weights[name] * by_hand(t[sample], p[sample])
    y_true, y_pred = np.concatenate(labels, axis=1), np.concatenate(predictions, axis=1)
    found = values(losses.multitask, y_true, y_pred, tasks=tasks, weights=weights)
    assert found == close(np.array(expected), rel=1e-6)


def test_the_gradient_of_every_column_is_that_of_finite_differences():
    tasks = {"class": (3, IDS), "box": (2, "mse"), "yes": (1, LOGITS)}
    options = {"tasks": tasks, "weights": {"box": 3.0, "yes": 0.5}}
    y_true = np.array([[2, 0.5, -1, 1], [0, 2, 1, 0]])
    y_pred = np.random.default_rng(1).normal(size=(2, 6))
    found = gradient(losses.multitask, y_true, y_pred, **options)
    expected = slopes(class_box_and_yes_by_hand, y_true, y_pred)
    assert found == close(expected, rel=1e-5, abs=1e-8)


def test_the_width_of_class_ids_is_found_where_only_one_fits():
    tasks = {"class": (3, IDS), "box": (2, "mse")}
    y_pred = np.zeros((1, 5), "float32")
    ids_first = losses.multitask([[2, 1, 1]], y_pred, tasks=tasks)
    one_hot = {"class": (3, "mse"), "box": (2, "mse")}
    side_by_side = losses.multitask([[0, 0, 1, 1, 1]], y_pred, tasks=one_hot)
    assert float(ids_first[0]) == pytest.approx(math.log(3) + 1)  # -ln ⅓ + (1 + 1) / 2
    assert float(side_by_side[0]) == pytest.approx(1 / 3 + 1)


@pytest.mark.tensorflow
def test_an_unknown_width_of_the_labels_is_that_of_the_predictions():
    def loss(y_true, y_pred):
        return losses.multitask(y_true, y_pred, tasks=SIZE_AND_BOX)

    import tensorflow as tf

    signature = [tf.TensorSpec([None, None]), tf.TensorSpec([None, 3])]
    found = tf.function(loss, signature)(
        tf.constant([[0.0, 0.0, 0.0]]), tf.constant(THREE)
    )
    assert found.numpy() == pytest.approx([10.5])


def test_an_unknown_loss_is_refused_when_the_class_is_made():
    with pytest.raises(ValueError, match="Could not interpret loss identifier: msee"):
        losses.Multitask({"size": (1, "msee")})
    with pytest.raises(ValueError, match=r"weights has \['bx'\]"):
        losses.Multitask(SIZE_AND_BOX, weights={"bx": 1})


class ByComputeLoss(keras.Model):
    joint = losses.Multitask(SIZE_AND_BOX, weights={"box": 10})

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, **_):
        return self.joint(y, y_pred, sample_weight)


def packed_model(cls=keras.Model):
    inputs = keras.Input((2,))
    parts = [keras.layers.Dense(n, kernel_initializer="ones")(inputs) for n in (1, 2)]
    return cls(inputs, keras.layers.Concatenate()(parts))


@pytest.mark.keras3
def test_compile_compute_loss_and_an_own_loop_take_the_same_step():
    x = np.array([[1.0, 2.0], [0.0, 1.0]], "float32")
    y = np.array([[1.0, 5.0, 0.0], [2.0, 0.0, 0.0]], "float32")
    weight = np.array([1.0, 3.0], "float32")
    joint = ByComputeLoss.joint
    # Predictions 3 3 3 and 1 1 1: 2² + 10·(2 + 3)/2 = 29, 1² + 10·(1 + 1)/2 = 11
    expected = (1 * 29 + 3 * 11) / 2

    compiled, overridden, by_hand = (
        packed_model(),
        packed_model(ByComputeLoss),
        packed_model(),
    )
    compiled.compile(keras.optimizers.SGD(0.01), loss=joint)
    overridden.compile(keras.optimizers.SGD(0.01))
    for model in compiled, overridden:
        history = model.fit(x, y, sample_weight=weight, verbose=0, shuffle=False)
        assert history.history["loss"] == pytest.approx([expected])
    loss = partial(joint, sample_weight=ops.convert_to_tensor(weight))
    optimizer = keras.optimizers.SGD(0.01)
    given = map(ops.convert_to_tensor, (x, y))
    seen = ops.convert_to_numpy(own_step(by_hand, optimizer, loss, *given))
    assert seen == pytest.approx(expected)
    for one, two, three in zip(
        *(m.get_weights() for m in (compiled, overridden, by_hand))
    ):
        assert one == pytest.approx(two)
        assert one == pytest.approx(three)


@pytest.mark.keras3
@pytest.mark.xdist_group("loading")
def test_a_saved_model_loads_where_losses_are_only_registered(tmp_path):
    tasks = {  # not in the order of the alphabet, with all the ways to name a loss
        "yes": (1, LOGITS),
        "class": ((1, 2), losses.SparseCategoricalCrossentropy(ignore_class=7)),
        "box": (1, losses.mean_absolute_error),
        "any": (1, "mse"),
    }
    model = keras.Sequential([keras.Input((5,)), keras.layers.Rescaling(1.0)])
    model.compile("sgd", loss=losses.Multitask(tasks, weights={"box": 10, "any": 3}))
    model.save(tmp_path / "model.keras")
    x, y = np.array([[0.0, 0.75, 0.25, 1.0, 2.0]]), np.array([[1, 1, 4, 4]])
    # -ln ½ - ln ¼ + 10·|4 - 1| + 3·(4 - 2)²
    expected = LN_2 + LN_4 + 30 + 12
    assert model.evaluate(x, y, verbose=0) == pytest.approx(expected)
    assert loaded(tmp_path / "model.keras", x, y) == pytest.approx(expected)


def test_a_copy_from_the_config_gives_the_same():
    loss = losses.Multitask(IN_PAIRS, weights={"box": 10}, reduction="sum")
    copy = losses.Multitask.from_config(loss.get_config())
    seen = copy([[1, 0, 4]], [[0.75, 0.25, 1.0, 2.0]])
    assert float(seen) == pytest.approx(LN_4 + 15)
    assert copy.reduction == "sum"
