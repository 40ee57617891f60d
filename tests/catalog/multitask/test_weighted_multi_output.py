"""Weighted multi-output by hand. The sum that gives each number stands beside it."""

import math
from functools import partial
from itertools import permutations

import keras
import numpy as np
import pytest
from hypothesis import given as drawn, settings, strategies as st
from keras import ops

import losses
from losses.evidence.outcomes import Raises, Returns
from losses.running.backend import own_step
from tests.differences import close, drawn_times, gradient, slope, values
from tests.hand import KERAS_3, assert_gives, given
from tests.inputs import normal
from tests.loading import loaded

LOGITS = KERAS_3.losses.BinaryCrossentropy(from_logits=True)
BOTH = {"rest": ("mse", 1.0), "pulse": ("mae", 1.0)}
TEN = {"rest": ("mse", 1.0), "pulse": ("mae", 10.0)}
SQUARES = {"pulse": ("mse", 1.0), "rest": ("mse", 1.0)}
THREEFOLD = {"pulse": ("mse", 3.0), "rest": ("mse", 1.0)}
MIXED = {"first": ("mse", 1.0), "second": ("mae", 1.0)}
PLAIN = {"first": ("mse", 1.0), "second": ("mse", 1.0)}
SWAPPED = {"second": ("mse", 1.0), "first": ("mae", 10.0)}
PACKED = {"pulse": ("mse", 1.0), "rest": ("mse", 10.0)}
ONE_AND_TWO = {"pulse": 1, "rest": 2}
TWO_COLUMNS = {"pulse": ("mse", 1.0), "waist": ("mae", 10.0)}
ONE_AND_ONE = {"pulse": 1, "waist": 1}


def absolute(y_true, y_pred):
    return ops.abs(y_true - y_pred)


def scalar(y_true, y_pred):
    return ops.mean(ops.abs(y_true - y_pred))


def pair(y_true, y_pred):
    return [ops.abs(y_true - y_pred), ops.square(y_true - y_pred)]


# Two samples: rest is off by 1 and 3, and by 2 and 2; pulse by 2 and by 5.
TRUE = {"rest": [[0, 0], [0, 0]], "pulse": [[0], [0]]}
PRED = {"rest": [[1.0, 3.0], [2.0, 2.0]], "pulse": [[2.0], [5.0]]}
TRUE_LIST, PRED_LIST = tuple(TRUE.values()), tuple(PRED.values())
# Two samples, the first column off by 3 and by 1, the others by 1 and 2, and by 0.
ZERO, ROWS = [[0, 0, 0], [0, 0, 0]], [[3.0, 1.0, 2.0], [1.0, 0.0, 0.0]]

HAND = [
    given(TRUE, PRED, [7.0, 9.0], outputs=BOTH),  # (1 + 9)/2 + 2, (4 + 4)/2 + 5
    given(TRUE, PRED, [25.0, 54.0], outputs=TEN),  # 5 + 10·2, 4 + 10·5
    given(TRUE, PRED, [9.0, 29.0], outputs=SQUARES),  # 5 + 2², 4 + 5²
    given(TRUE, PRED, [17.0, 79.0], outputs=THREEFOLD),  # 5 + 3·4, 4 + 3·25
    given(TRUE_LIST, PRED_LIST, [7.0, 9.0], outputs=MIXED),
    given(  # a list has the order of `outputs`: (1 + 9)/2 + 10·2, (4 + 4)/2 + 10·5
        TRUE_LIST, PRED_LIST, [25.0, 54.0], outputs=SWAPPED
    ),
    given(  # (B,) beside (B, 1), on either side, and on both
        {"a": [1, 2], "b": [[1], [2]], "c": [1, 2]},
        {"a": [[1.0], [4.0]], "b": [2.0, 2.0], "c": [1.0, 5.0]},
        [1.0, 13.0],  # 0² + |1 - 2| + 0², 2² + 0 + 3²
        outputs={"a": ("mse", 1), "b": (absolute, 1), "c": ("mse", 1)},
    ),
    given(  # class ids, and a Loss instance with its options: 2·(-ln ¼) + 3·(-ln ½)
        {"class": [1], "yes": [[0]]},
        {"class": [[0.75, 0.25]], "yes": [[0.0]]},
        [2 * math.log(4) + 3 * math.log(2)],
        outputs={"class": ("sparse_categorical_crossentropy", 2), "yes": (LOGITS, 3)},
    ),
    given(  # 3² + 10·(1 + 4)/2, 1²
        ZERO, ROWS, [34.0, 1.0], outputs=PACKED, columns=ONE_AND_TWO
    ),
    given(  # the columns have an order of their own: (9 + 1)/2·10 + 2², (1 + 0)/2·10
        ZERO, ROWS, [54.0, 5.0], outputs=PACKED, columns={"rest": 2, "pulse": 1}
    ),
    given(  # labels in one table, predictions by name: 2² + 10·5, 5² + 10·4
        ZERO, PRED, [54.0, 65.0], outputs=PACKED, columns=ONE_AND_TWO
    ),
    given(  # the gradient of 5 + 10·2 and of 4 + 10·5
        TRUE,
        PRED,
        Returns({"rest": [[1, 3], [2, 2]], "pulse": [[10], [10]]}, kind="dict"),
        "gradient",
        outputs=TEN,
    ),
    given(TRUE, PRED, 8.0, "fit_graph", outputs=BOTH),  # (7 + 9) / 2
    given(TRUE, PRED, 39.5, "fit_eager", outputs=TEN),  # (25 + 54) / 2
    given(TRUE, PRED, 39.5, "fit_graph", outputs=TEN),
    given(TRUE, PRED, 39.5, "fit_xla", outputs=TEN),
    given(TRUE, PRED, 39.5, "mixed_float16", outputs=TEN),
    given(TRUE, PRED, 39.5, "save_load", outputs=TEN),
    given(TRUE, PRED, 19.0, "fit_graph", outputs=SQUARES),  # (9 + 29) / 2
    given(TRUE, PRED, 48.0, "fit_graph", outputs=THREEFOLD),  # (17 + 79) / 2
    given(TRUE, PRED, 12.5, "sample_weight", [1, 0], outputs=TEN),  # 25 / 2
    given(  # a weight for each sample and output: (5 + 2·4 + 10·5) / 2
        TRUE,
        PRED,
        31.5,
        "sample_weight",
        {"rest": [1, 2], "pulse": [0, 1]},
        outputs=TEN,
    ),
    given(TRUE_LIST, PRED_LIST, 8.0, "fit_graph", outputs=MIXED),
    given(TRUE_LIST, PRED_LIST, 19.0, "fit_xla", outputs=PLAIN),
    given(TRUE_LIST, PRED_LIST, 19.0, "save_load", outputs=PLAIN),
    given(  # a list: (1·5 + 2·25) / 2, the first output at sample 1, the second at 2
        TRUE_LIST, PRED_LIST, 27.5, "sample_weight", ([1, 0], [0, 2]), outputs=PLAIN
    ),
    given(  # in a model the outputs have names: 10·mean |rest| + pulse²
        TRUE_LIST, PRED_LIST, 34.5, "fit_graph", outputs=SWAPPED
    ),  # (10·2 + 4 + 10·2 + 25) / 2
    given(ZERO, ROWS, 17.5, "fit_graph", outputs=PACKED, columns=ONE_AND_TWO),
    given(ZERO, ROWS, 17.5, "fit_xla", outputs=PACKED, columns=ONE_AND_TWO),
    given(ZERO, ROWS, 17.5, "save_load", outputs=PACKED, columns=ONE_AND_TWO),
    given(  # 34 / 2
        ZERO, ROWS, 17.0, "sample_weight", [1, 0], outputs=PACKED, columns=ONE_AND_TWO
    ),
    given(  # 1² + 10·4
        [[0, 0]],
        [[1.0, 4.0]],
        41.0,
        "fit_graph",
        outputs=TWO_COLUMNS,
        columns=ONE_AND_ONE,
    ),
    given(  # Keras takes a list in the order of the alphabet: pulse, rest
        TRUE_LIST,
        PRED,
        Raises(
            "ValueError",
            r"weighted_multi_output: output '(rest|pulse)': y_true \(2, [12]\) and "
            r"y_pred \(2, [12]\) do not belong together.*by name"
            r".*/labels_in_the_wrong_order",
        ),
        "fit_graph",
        outputs=SQUARES,
    ),
    given(
        TRUE_LIST,
        PRED,
        Raises("ValueError", r"output 'pulse': y_true \(2, 2\) and y_pred \(2, 1\)"),
        outputs=SQUARES,
    ),
    given(  # a loss of one's own may broadcast columns, but not samples
        {"a": [[1]]},
        {"a": [[1.0], [2.0]]},
        Raises("ValueError", r"output 'a': y_true \(1, 1\) and y_pred \(2, 1\)"),
        outputs={"a": (absolute, 1.0)},
    ),
    given(
        {"rest": [[0, 0]], "puls": [[0]]},
        {"rest": [[1.0, 1.0]], "pulse": [[1.0]]},
        Raises(
            "ValueError",
            r"weighted_multi_output: y_true must have the names \['rest', 'pulse'\], "
            r"but has \['rest', 'puls'\]: missing \['pulse'\], unknown \['puls'\]",
        ),
        outputs=BOTH,
    ),
    given(
        TRUE,
        PRED,
        Raises("ValueError", r"outputs must have the names .*unknown \['rhythm'\]"),
        "fit_graph",
        outputs={"rest": ("mse", 1.0), "rhythm": ("mae", 1.0)},
    ),
    given(
        TRUE_LIST,
        PRED_LIST[:1],
        Raises(
            "ValueError", r"y_pred is a list of 1 tensors for the 2 outputs \['first'"
        ),
        outputs=MIXED,
    ),
    given(
        ZERO,
        np.asarray(ROWS),
        Raises(
            "ValueError",
            r"y_true is one tensor \(2, 3\) for the outputs \['pulse', 'rest'\]\. "
            r"Give a dict of tensors, or name the columns.*loss\.compile_args",
        ),
        outputs=PACKED,
    ),
    given(
        ZERO,
        ROWS,
        Raises(
            "ValueError",
            r"y_true \(2, 3\) cannot be cut into {'pulse': 1, 'rest': 3}, which takes "
            r"\(batch, \.\.\., 4\).*weighted_multi_output/first_column_as_a_vector",
        ),
        outputs=PACKED,
        columns={"pulse": 1, "rest": 3},
    ),
    given(
        ZERO,
        ROWS,
        Raises("ValueError", r"columns must have the names .*missing \['rest'\]"),
        outputs=PACKED,
        columns={"pulse": 3},
    ),
    given(
        TRUE,
        PRED,
        Raises(
            "ValueError", r"outputs must be a dict {name: \(loss, weight\)}, but is"
        ),
        outputs={"rest": "mse", "pulse": "mae"},
    ),
    given(
        TRUE,
        PRED,
        Raises(
            "ValueError", r"output 'pulse': its loss returned shape \(\) for y_true"
        ),
        outputs={"rest": ("mse", 1.0), "pulse": (scalar, 1.0)},
    ),
    given(
        TRUE,
        PRED,
        Raises(
            "ValueError", "output 'pulse': its loss returned a list .*one value per"
        ),
        "fit_graph",
        outputs={"rest": ("mse", 1.0), "pulse": (pair, 1.0)},
    ),
    given(
        {"a": [[1]]},
        {"a": np.array([[1]], "int32")},
        Raises("TypeError", "output 'a': y_pred has dtype int32"),
        outputs={"a": ("mse", 1.0)},
    ),
]

EXAMPLES = [
    (
        normal(4, 4),
        normal(4, 4) / 2,
        {
            "outputs": {
                "height": ("mse", 0.7),
                "rest": (losses.mean_absolute_error, 0.3),
            },
            "columns": {"height": 1, "rest": 3},
        },
    ),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("weighted_multi_output", case)


def squared_by_hand(t, p):
    return sum((a - b) ** 2 for a, b in zip(t, p)) / len(p)


def absolute_by_hand(t, p):
    return sum(abs(a - b) for a, b in zip(t, p)) / len(p)


def logits_by_hand(t, p):
    total = 0
    for a, b in zip(t, p):
        yes = 1 / (1 + math.exp(-b))
        total -= a * math.log(yes) + (1 - a) * math.log(1 - yes)
    return total / len(p)


def ids_by_hand(t, p):
    total = sum(math.exp(x) for x in p)
    return -math.log(math.exp(p[int(t[0])]) / total)


KINDS = {
    "squared": ("mse", squared_by_hand),
    "absolute": (losses.MeanAbsoluteError(), absolute_by_hand),
    "logits": (LOGITS, logits_by_hand),
}


@drawn(
    kinds=st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=4),
    batch=st.integers(1, 4),
    form=st.sampled_from(["dict", "list", "packed"]),
    seed=st.integers(0, 2**16),
)
@settings(deadline=None, max_examples=drawn_times(60))
def test_the_same_as_slow_loops(kinds, batch, form, seed):
    rng = np.random.default_rng(seed)
    outputs, true, pred = {}, {}, {}
    expected = [0.0] * batch
    for number, kind in enumerate(kinds):
        loss, by_hand = KINDS[kind]
        name, weight = f"{9 - number}{kind}", float(rng.uniform(0, 3))
        width = int(rng.integers(1, 4))
        outputs[name] = (loss, weight)
        true[name], pred[name] = rng.uniform(size=(2, batch, width))
        for sample in range(batch):
            expected[sample] += weight * by_hand(true[name][sample], pred[name][sample])
    columns = {name: part.shape[1] for name, part in true.items()}
    y_true, y_pred = (in_form(form, parts, rng) for parts in (true, pred))
    options = {"outputs": outputs, "columns": columns if form == "packed" else None}
    found = values(losses.weighted_multi_output, y_true, y_pred, **options)
    assert found == close(np.array(expected), rel=1e-6)


def in_form(form, parts, rng):
    if form == "packed":
        return np.concatenate(list(parts.values()), axis=1)
    if form == "list":
        return list(parts.values())
    return {name: parts[name] for name in rng.permutation(list(parts))}


def test_the_gradient_of_every_output_is_that_of_finite_differences():
    outputs = {"class": (losses.SparseCategoricalCrossentropy(from_logits=True), 2.0)}
    outputs |= {"box": ("mse", 3.0), "yes": (LOGITS, 0.5)}
    y_true = {"class": [[2], [0]], "box": [[0.5, -1.0], [2.0, 1.0]], "yes": [[1], [0]]}
    rng = np.random.default_rng(1)
    widths = {"yes": 1, "class": 3, "box": 2}
    y_pred = {name: rng.normal(size=(2, width)) for name, width in widths.items()}

    found = gradient(losses.weighted_multi_output, y_true, y_pred, outputs=outputs)
    by_hand = {"class": ids_by_hand, "box": squared_by_hand, "yes": logits_by_hand}
    for name, (_, weight) in outputs.items():

        def oracle(y_true, y_pred, by_hand=by_hand[name], weight=weight):
            return [weight * by_hand(t, p) for t, p in zip(y_true, y_pred)]

        along, expected = slope(found[name], oracle, y_true[name], y_pred[name])
        assert along == close(expected, rel=1e-5, abs=1e-8)


WIDTHS = {"rest": 2, "pulse": 1, "angle": 3}
# Every prediction of the model below is 2 for the labels 0: 2², |2|, |2|.
NAMED = {"rest": ("mse", 1.0), "pulse": ("mae", 10.0), "angle": (absolute, 100.0)}
EXPECTED = {"loss": 224.0, "rest_loss": 4.0, "pulse_loss": 2.0, "angle_loss": 2.0}


def several_outputs(order, form=dict, cls=keras.Model):
    inputs = keras.Input((2,))
    parts = {
        name: keras.layers.Dense(WIDTHS[name], kernel_initializer="ones", name=name)(
            inputs
        )
        for name in order
    }
    return cls(inputs, parts if form is dict else list(parts.values()))


@pytest.mark.parametrize("order", list(permutations(WIDTHS)), ids="-".join)
@pytest.mark.parametrize("form", [dict, list])
@pytest.mark.parametrize("reverse", [False, True], ids=["alphabet", "reversed"])
def test_compile_matches_by_name_in_every_order(order, form, reverse):
    model = several_outputs(order, form)
    outputs = {name: NAMED[name] for name in sorted(NAMED, reverse=reverse)}
    loss = losses.WeightedMultiOutput(outputs)
    model.compile("sgd", **loss.compile_args(model), run_eagerly=True)
    x = np.ones((2, 2))
    labels = {name: np.zeros((2, WIDTHS[name])) for name in sorted(WIDTHS)}
    in_order = [labels[name] for name in order]
    for y in (labels,) if form is dict else (labels, in_order):
        seen = model.evaluate(x, y, verbose=0, return_dict=True)
        assert seen == pytest.approx(EXPECTED)


@pytest.mark.keras3
def test_the_names_are_the_keys_of_the_outputs_not_those_of_the_layers():
    inputs = keras.Input((2,))
    one = keras.layers.Dense(1, kernel_initializer="ones", name="rest")(inputs)
    two = keras.layers.Dense(2, kernel_initializer="ones", name="pulse")(inputs)
    model = keras.Model(inputs, {"pulse": one, "rest": two})
    model.compile("sgd", **losses.WeightedMultiOutput(TEN).compile_args(model))
    y = {"pulse": np.zeros((2, 1)), "rest": np.zeros((2, 2))}
    seen = model.evaluate(np.ones((2, 2)), y, verbose=0, return_dict=True)
    # 1·2² of the two columns, 10·|2| of the one
    assert seen == pytest.approx({"loss": 24.0, "rest_loss": 4.0, "pulse_loss": 2.0})


def test_one_packed_output_needs_no_names():
    dense = keras.layers.Dense(3, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((2,)), dense])
    loss = losses.WeightedMultiOutput(TEN, columns=ONE_AND_TWO)
    model.compile("sgd", **loss.compile_args(model))
    seen = model.evaluate(np.ones((2, 2)), np.zeros((2, 3)), verbose=0)
    assert seen == pytest.approx(24.0)  # 2² + 10·|2|


def test_one_output_by_its_name():
    inputs = keras.Input((2,))
    outputs = keras.layers.Dense(1, kernel_initializer="ones", name="only")(inputs)
    model = keras.Model(inputs, outputs)
    loss = losses.WeightedMultiOutput({"only": ("mse", 3.0)})
    model.compile("sgd", **loss.compile_args(model))
    seen = model.evaluate(np.ones((2, 2)), np.zeros(2), verbose=0)
    assert seen == pytest.approx(12.0)  # 3·2²


@pytest.mark.keras3
@pytest.mark.parametrize(
    "model",
    [keras.Sequential([keras.layers.Dense(1)]), type("Own", (keras.Model,), {})()],
    ids=["sequential", "subclass"],
)
def test_a_model_without_names_is_refused(model):
    with pytest.raises(ValueError, match="does not tell the names of its outputs"):
        losses.WeightedMultiOutput(TEN).compile_args(model)


def test_given_to_compile_directly_it_points_to_compile_args():
    model = several_outputs(WIDTHS)
    model.compile("sgd", loss=losses.WeightedMultiOutput(NAMED))
    y = {name: np.zeros((2, width)) for name, width in WIDTHS.items()}
    with pytest.raises(ValueError, match=r"calls a loss once for each.*compile_args"):
        model.fit(np.ones((2, 2)), y, verbose=0)


def test_an_unknown_loss_is_refused_when_the_class_is_made():
    with pytest.raises(ValueError, match="Could not interpret loss identifier: msee"):
        losses.WeightedMultiOutput({"rest": ("msee", 1.0)})


def test_reduction_and_dtype_reach_compile():
    model = several_outputs(["rest", "pulse"])
    loss = losses.WeightedMultiOutput(TEN, reduction="sum", dtype="float64")
    parts = loss.compile_args(model)["loss"].values()
    assert {part.dtype for part in parts} == {"float64"}
    loss = losses.WeightedMultiOutput(TEN, reduction="sum")
    model.compile("sgd", **loss.compile_args(model))
    y = {"rest": np.zeros((2, 2)), "pulse": np.zeros((2, 1))}
    seen = model.evaluate(np.ones((2, 2)), y, verbose=0, return_dict=True)
    assert seen["loss"] == pytest.approx(48.0)  # two samples, 2² + 10·|2| each


class ByComputeLoss(keras.Model):
    joint = losses.WeightedMultiOutput(TEN)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, **_):
        return self.joint(y, y_pred, sample_weight)


@pytest.mark.keras3
def test_compile_compute_loss_and_an_own_loop_take_the_same_step():
    x = np.array([[1.0, 2.0], [0.0, 1.0]], "float32")
    y = {
        "pulse": np.array([[1.0], [2.0]], "float32"),
        "rest": np.array([[5.0, 1.0], [0.0, 1.0]], "float32"),
    }
    weight = np.array([1.0, 3.0], "float32")
    joint = ByComputeLoss.joint
    # Predictions 3 and 1: (2² + 2²)/2 + 10·2 = 24, (1² + 0²)/2 + 10·1 = 10.5
    expected = (1 * 24 + 3 * 10.5) / 2

    order = ["rest", "pulse"]
    compiled, by_hand = several_outputs(order), several_outputs(order)
    overridden = several_outputs(order, cls=ByComputeLoss)
    compiled.compile(keras.optimizers.SGD(0.01), **joint.compile_args(compiled))
    overridden.compile(keras.optimizers.SGD(0.01))
    for model in compiled, overridden:
        history = model.fit(x, y, sample_weight=weight, verbose=0, shuffle=False)
        assert history.history["loss"] == pytest.approx([expected])
    loss = partial(joint, sample_weight=ops.convert_to_tensor(weight))
    optimizer = keras.optimizers.SGD(0.01)
    given = (keras.tree.map_structure(ops.convert_to_tensor, part) for part in (x, y))
    seen = ops.convert_to_numpy(own_step(by_hand, optimizer, loss, *given))
    assert seen == pytest.approx(expected)
    for others in zip(*(m.get_weights() for m in (compiled, overridden, by_hand))):
        assert others[0] == pytest.approx(others[1])
        assert others[0] == pytest.approx(others[2])


def test_sample_weights_for_each_output():
    y_true, y_pred = (
        {name: np.array(part) for name, part in given.items()} for given in (TRUE, PRED)
    )
    loss = losses.WeightedMultiOutput(TEN)
    # rest 5 and 4, pulse 2 and 5: (1·5 + 2·4)/2 + 10·(0·2 + 1·5)/2
    by_name = {"pulse": [0.0, 1.0], "rest": [1.0, 2.0]}
    assert float(loss(y_true, y_pred, by_name)) == pytest.approx(31.5)
    in_order = [np.array([1.0, 2.0]), np.array([0.0, 1.0])]
    assert float(loss(y_true, y_pred, in_order)) == pytest.approx(31.5)
    # one for the samples: (1·(5 + 10·2) + 2·(4 + 10·5)) / 2
    assert float(loss(y_true, y_pred, [1.0, 2.0])) == pytest.approx(66.5)
    total = losses.WeightedMultiOutput(TEN, reduction="sum")
    assert float(total(y_true, y_pred, by_name)) == pytest.approx(63.0)
    with pytest.raises(
        ValueError, match=r"sample_weight must have .*missing \['rest'\]"
    ):
        loss(y_true, y_pred, {"pulse": [0.0, 1.0]})


@pytest.mark.keras3
@pytest.mark.xdist_group("loading")
def test_saved_models_load_where_losses_are_only_registered(tmp_path):
    outputs = {  # all the ways to name a loss
        "rest": (losses.MeanAbsoluteError(), 3),
        "yes": (losses.BinaryCrossentropy(from_logits=True, pos_weight=2.0), 0.5),
        "pulse": (losses.mean_squared_error, np.float32(10)),
        "any": ("mae", 1.0),
    }
    width = {"rest": 2, "yes": 1, "pulse": 1, "any": 1}
    inputs = keras.Input((2,))
    parts = {
        name: keras.layers.Dense(n, kernel_initializer="ones", name=name)(inputs)
        for name, n in width.items()
    }
    models = [keras.Model(inputs, parts), keras.Model(inputs, list(parts.values()))]
    for model in models:
        loss = losses.WeightedMultiOutput(outputs)
        model.compile("sgd", **loss.compile_args(model))
    packed = keras.Model(inputs, keras.layers.Concatenate()(list(parts.values())))
    packed.compile("sgd", loss=losses.WeightedMultiOutput(outputs, columns=width))
    named = {name: np.ones((1, n)) for name, n in width.items()}
    # Inputs -1 and 1, so all is 0; labels 1: 3·1 + 0.5·2·ln 2 + 10·1² + 1
    expected = 14 + math.log(2)
    path = tmp_path / "model.keras"
    for model, y in zip([*models, packed], [named, named, np.ones((1, 5))]):
        model.save(path)
        seen = loaded(path, np.array([[-1.0, 1.0]]), y)
        assert seen == pytest.approx(expected)
