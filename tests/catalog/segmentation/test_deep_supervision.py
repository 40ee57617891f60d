"""Deep supervision by hand. The sum that gives each number stands beside it."""

import json
from fractions import Fraction
from math import log

import keras
import numpy as np
import pytest
from hypothesis import given as drawn, settings, strategies as st
from keras import ops

import losses
from losses.evidence.outcomes import Raises, Returns
from losses.running.backend import own_step
from tests.differences import close, drawn_times, gradient, slopes, values
from tests.hand import assert_gives, given
from tests.inputs import ids, normal, probabilities
from tests.loading import loaded

LOSS = losses.deep_supervision
CE = "sparse_categorical_crossentropy"
# Two images. The fine output is off by 1 in all of the first image, and by 3 in one
# pixel of four of the second. Of the labels the coarse one has the pixel below right,
# 1 and 0, and is off by 1 and 2.
TRUE = [[[0, 0], [0, 1]], [[0, 1], [1, 0]]]
FINE = [[[1.0, 1.0], [1.0, 2.0]], [[3.0, 1.0], [1.0, 0.0]]]
COARSE = [[[2.0]], [[2.0]]]
# squares 1 and 1; 9/4 and 4
TWO = (FINE, COARSE)
TRUE_TWO = (TRUE, TRUE)
NAMED, TRUE_NAMED = {"small": COARSE, "full": FINE}, {"small": TRUE, "full": TRUE}
BY_NAME = {"full": 3.0, "small": 1.0}
# ids of eight pixels in a row; of 4 the coarser has those at 1, 3, 5, 7, of 2: 2 and 6
IDS = [[0, 1, 2, 0, 1, 2, 0, 1]]
SEEN_4, SEEN_2 = [1, 0, 2, 1], [2, 0]


def sure(labels, p):
    """Of three classes, `p` for the class that is there, half the rest for others."""
    there = np.eye(3)[np.array(labels)]
    return [np.where(there == 1, float(p), (1 - p) / 2).tolist()]


def absolute(y_true, y_pred):
    return ops.abs(y_true - y_pred)


def scalar(y_true, y_pred):
    return ops.mean(ops.abs(y_true - y_pred))


ROW = (sure(IDS[0], 0.5), sure(SEEN_4, 0.25), sure(SEEN_2, 0.125))

# Off by 3 in the coarse output alone
ONE_OFF = ([[[0.0, 0.0], [0.0, 0.0]]], [[[3.0]]])
ALL_OFF = ([[[1.0, 1.0], [1.0, 1.0]]], [[[1.0]]])
BLANK = [[[0, 0], [0, 0]]]
EDGE, DOT = [[[0, 2], [0, 2]]], [[[1, 2], [1, 1]]]
NAN = float("nan")
CORNER = [[[0, 0], [0, 1]]]

HAND = [
    given(TRUE, TWO, [1.0, 17 / 6], losses="mse"),  # (2 · 1 + 1)/3, (2 · 9/4 + 4)/3
    given(TRUE_TWO, TWO, [1.0, 17 / 6], losses="mse"),
    given(TRUE, TWO, [1.0, 43 / 16], losses="mse", weights=[3, 1]),  # (27/4 + 4) / 4
    given(TRUE, TWO, [1.0, 57 / 16], losses="mse", weights=[1, 3]),  # (9/4 + 12) / 4
    given(TRUE, TWO, [1.0, 9 / 4], losses="mse", weights=[0.1, 0]),
    given(TRUE, TWO, [1.0, 13 / 6], losses=["mse", "mae"]),  # (2 · 9/4 + 2) / 3
    given(TRUE, TWO, [1.0, 11 / 6], losses=["mae", "mse"]),  # (2 · 3/4 + 4) / 3
    given(TRUE, TWO, [1.0, 7 / 6], losses=absolute),  # (2 · 3/4 + 2) / 3
    given(CORNER, ([[[0.0, 0.0], [0.0, 1.0]]], [[[1.0]]]), [0.0], losses="mse"),
    given(BLANK, ONE_OFF, [3.0], losses="mse"),  # 9 / 3
    given(BLANK, ALL_OFF, [1.0], losses="mse"),
    given(TRUE, np.asarray(FINE), [1.0, 9 / 4], losses="mse"),
    given(TRUE, np.asarray(FINE), [1.0, 9 / 4], losses=["mse"], weights=[0.2]),
    # by name, whichever comes first
    given(TRUE, NAMED, [1.0, 43 / 16], losses="mse", weights=BY_NAME),
    given(TRUE_NAMED, NAMED, [1.0, 43 / 16], losses="mse", weights=BY_NAME),
    given(  # (3 · 3/4 + 4) / 4
        TRUE,
        NAMED,
        [1.0, 25 / 16],
        losses={"full": "mae", "small": "mse"},
        weights=BY_NAME,
    ),
    # the pixel in the middle, of even sizes the one after it: ln 2, 2 ln 2 and 3 ln 2
    given(IDS, ROW, [11 / 7 * log(2)], losses=CE),  # (4 + 2 · 2 + 3) / 7
    given([[[i] for i in IDS[0]]], ROW, [11 / 7 * log(2)], losses=CE),
    given(IDS, ROW, [2 * log(2)], losses=CE, weights=[1, 1, 1]),
    given(IDS, ROW[::2], [5 / 3 * log(2)], losses=CE),  # a stride of 4: (2 + 3) / 3
    given(  # one-hot, of two spatial axes: (2 ln 2 + 2 ln 2) / 3
        np.eye(3)[[IDS]],
        ([ROW[0]], [ROW[1]]),
        [4 / 3 * log(2)],
        losses="categorical_crossentropy",
    ),
    # between the 0 and the 2 there is no 1; nor is there more of 2 than of 1
    given(EDGE, (sure(EDGE[0], 1), sure([[2]], 0.5)), [log(2) / 3], losses=CE),
    given(DOT, (sure(DOT[0], 1), sure([[1]], 0.5)), [log(2) / 3], losses=CE),
    # the gradients (p - t) · 2/4 · 2/3 and (p - t) · 2 · 1/3
    given(
        TRUE,
        TWO,
        Returns(
            [
                [[[1 / 3, 1 / 3], [1 / 3, 1 / 3]], [[1.0, 0.0], [0.0, 0.0]]],
                [[[2 / 3]], [[4 / 3]]],
            ],
            kind="list",
        ),
        "gradient",
        losses="mse",
    ),
    given(TRUE_TWO, TWO, 23 / 12, "fit_eager", losses="mse"),  # (1 + 17/6) / 2
    given(  # half of the gradient: 4/9 + 1 + 4/9 + 16/9 = 33/9
        TRUE_TWO,
        TWO,
        Returns(23 / 12, step=(33 / 36) ** 0.5),
        "fit_graph",
        losses="mse",
    ),
    given(TRUE_TWO, TWO, 23 / 12, "fit_xla", losses="mse"),
    given(TRUE_TWO, TWO, 23 / 12, "mixed_float16", losses="mse"),
    given(TRUE_TWO, TWO, 17 / 12, "sample_weight", [0, 1], losses="mse"),
    given(TRUE_TWO, TWO, 1 / 2, "sample_weight", [1, 0], losses="mse"),
    given(  # (1 + (9/4 + 3 · 2) / 4) / 2
        TRUE_TWO,
        TWO,
        49 / 32,
        "fit_graph",
        losses=["mse", "mae"],
        weights=[1.0, 3.0],
    ),
    given(
        TRUE_TWO, TWO, 49 / 32, "save_load", losses=["mse", "mae"], weights=[1.0, 3.0]
    ),
    given(  # (1 + 43/16) / 2
        TRUE_NAMED, NAMED, 59 / 32, "fit_graph", losses="mse", weights=BY_NAME
    ),
    given(TRUE_NAMED, NAMED, 59 / 32, "save_load", losses="mse", weights=BY_NAME),
    given(  # all of three samples: (0 + 0 + (2 · 36 + 9) / 3) / 3
        ([[[0, 0]]] * 3, [[[0, 0]]] * 3),
        ([[[0.0, 0.0]], [[0.0, 0.0]], [[6.0, 6.0]]], [[[0.0]], [[0.0]], [[3.0]]]),
        9.0,
        "fit_graph",
        losses="mse",
    ),
    given(
        TRUE,
        TWO,
        Raises("ValueError", "weights has 3 entries for 2 outputs.*compile_args"),
        losses="mse",
        weights=[1, 2, 3],
    ),
    given(
        TRUE,
        np.asarray(FINE),
        Raises("ValueError", r"weights has 2 .* for 1 outputs.*list_of_outputs_in_fit"),
        losses="mse",
        weights=[1, 2],
    ),
    given(
        TRUE,
        TWO,
        Raises("ValueError", "losses has 1 entries for 2 outputs"),
        losses=["mse"],
    ),
    given(
        TRUE_TWO[:1], TWO, Raises("ValueError", "y_true has 1 entries"), losses="mse"
    ),
    given(
        TRUE,
        NAMED,
        Raises("ValueError", "'full'.* by name.*weights={name"),
        losses="mse",
    ),
    given(
        TRUE,
        NAMED,
        Raises("ValueError", "weights is a list, but the outputs .* come by name"),
        losses="mse",
        weights=[1, 2],
    ),
    given(
        TRUE,
        NAMED,
        Raises("ValueError", r"weights must have .*missing \['full'\]"),
        losses="mse",
        weights={"fine": 1, "small": 1},
    ),
    given(TRUE, TWO, Raises("ValueError", "0 or more"), losses="mse", weights=[2, -1]),
    given(TRUE, TWO, Raises("ValueError", "above 0"), losses="mse", weights=[0, 0]),
    given(TRUE, TWO, Raises("ValueError", "above 0"), losses="mse", weights=[1, NAN]),
    given(
        TRUE,
        np.asarray(COARSE),
        Raises(
            "ValueError",
            r"y_pred \(2, 1, 1\) is one tensor, smaller than y_true \(2, 2, 2\)\. "
            r"Give all outputs in a list.*compile_args.*/list_of_outputs_in_fit",
        ),
        losses="mse",
    ),
    given(  # labels of another output
        COARSE,
        TWO,
        Raises(
            "ValueError",
            r"output 0: y_pred \(2, 2, 2\) is no smaller version of y_true \(2, 1, 1\)"
            r": no stride makes 2 of 1 pixels.*/labels_not_resized",
        ),
        losses="mse",
    ),
    given(  # height and width exchanged
        np.zeros((1, 4, 6)),
        (np.zeros((1, 6, 4)),),
        Raises("ValueError", "no stride makes 6 of 4 pixels"),
        losses="mse",
    ),
    given(
        np.zeros((1, 4, 8)),
        (np.zeros((1, 4, 6)),),
        Raises("ValueError", "no stride makes 6 of 8 pixels"),
        losses="mse",
    ),
    given(
        TRUE,
        TWO,
        Raises("ValueError", r"output 0: its loss returned shape \(\) for y_true"),
        losses=scalar,
    ),
    given(
        TRUE, (np.ones((2, 2, 2), "int32"),), Raises("TypeError", "int32"), losses="mse"
    ),
]

EXAMPLES = [
    (ids(3, 4, 6, 5), probabilities(4, 6, 5, 3), {"losses": [losses.dice]}),
    (
        ids(3, 4, 6, 5),
        normal(4, 6, 5, 3),
        {
            "losses": [
                losses.PixelwiseCrossentropy(
                    from_logits=True, class_weight=[1.0, 2.0, 3.0]
                )
            ],
            "weights": [2.0],
        },
    ),
]


@pytest.mark.parametrize("case", HAND)
def test_by_hand(case):
    assert_gives("deep_supervision", case)


def nearest(full, size):
    """Which of `full` pixels the middle of each of `size` falls into."""
    middles = [Fraction(2 * i + 1, 2) * full / size for i in range(size)]
    return [next(j for j in range(full) if j <= x < j + 1) for x in middles]


def squares(t, p):
    return sum((t[i] - p[i]) ** 2 for i in np.ndindex(t.shape)) / t.size


def surprise(t, p):
    found = [-np.log(p[i][int(t[i])] / sum(p[i])) for i in np.ndindex(t.shape)]
    return sum(found) / t.size


def oracle(y_true, y_pred, by_hand, weights):
    """Image by image, with labels picked one by one."""
    found = np.zeros(len(y_true))
    for weight, output in zip(weights, y_pred):
        rows = [nearest(*pair) for pair in zip(y_true.shape[1:], output.shape[1:])]
        for image, (true, pred) in enumerate(zip(y_true, output)):
            found[image] += weight * by_hand(true[np.ix_(*rows)], pred) / sum(weights)
    return found


@drawn(
    full=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    strides=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    up=st.booleans(),
    kind=st.sampled_from(["squares", "surprise"]),
    seed=st.integers(0, 2**16),
)
@settings(deadline=None, max_examples=drawn_times(60))
def test_the_slow_loop_agrees(full, strides, up, kind, seed):
    rng = np.random.default_rng(seed)
    last = (3,) if kind == "surprise" or len(full) == 3 else ()
    y_true = rng.integers(0, 3, (2, *full)).astype("float64")
    y_pred = []
    for stride in strides:
        size = [-(-n // stride) if up else max(n // stride, 1) for n in full]
        y_pred.append(rng.uniform(0.1, 1, (2, *size, *last)))
    weights = rng.uniform(0.1, 2, len(strides)).tolist()
    if kind == "surprise":
        by_hand, loss = surprise, losses.pixelwise_crossentropy
    elif last:  # a volume has a channel axis
        y_pred = [output[..., :1] for output in y_pred]
        found = values(LOSS, y_true, y_pred, losses="mse", weights=weights)
        y_pred = [output[..., 0] for output in y_pred]
        assert found == close(oracle(y_true, y_pred, squares, weights))
        return
    else:
        by_hand, loss = squares, losses.mean_squared_error
    found = values(LOSS, y_true, y_pred, losses=loss, weights=weights)
    assert found == close(oracle(y_true, y_pred, by_hand, weights))


def test_the_gradient_of_every_output_is_that_of_finite_differences():
    rng = np.random.default_rng(0)
    y_true = rng.integers(0, 3, (2, 5, 4)).astype("float64")
    y_pred = [rng.uniform(0.1, 1, (2, *size, 3)) for size in ((5, 4), (3, 2), (1, 1))]
    weights = [4 / 7, 2 / 7, 1 / 7]
    found = gradient(LOSS, y_true, y_pred, losses=losses.pixelwise_crossentropy)
    for weight, output, slope in zip(weights, y_pred, found):

        def alone(y_true, y_pred, weight=weight):
            return weight * oracle(y_true, [y_pred], surprise, [1])

        assert slope == close(slopes(alone, y_true, output), rel=1e-5, abs=1e-8)


@pytest.mark.keras3
@pytest.mark.parametrize("size", [(6, 4), (3, 2), (4, 3), (12, 1), (1, 8)])
def test_the_labels_are_those_of_resize_to_the_nearest(size):
    y_true = np.arange(2 * 12 * 8, dtype="float32").reshape(2, 12, 8, 1)
    expected = ops.image.resize(
        y_true, size, interpolation="nearest", data_format="channels_last"
    )

    def label(y_true, y_pred):
        assert y_true.shape == y_pred.shape
        return ops.max(ops.abs(y_true - expected), axis=(1, 2, 3))

    p = np.zeros((2, *size, 1), "float32")
    assert values(LOSS, y_true, [p], losses=label).tolist() == [0, 0]


@pytest.mark.parametrize("form", ["ids", "ids of one channel", "one-hot"])
@pytest.mark.parametrize(
    "loss", [losses.dice, losses.pixelwise_crossentropy, losses.cldice]
)
def test_every_form_of_the_labels(form, loss):
    y = ids(3, 4, 12, 8)
    y_pred = [probabilities(4, 12 // n, 8 // n, 3) for n in (1, 2, 4)]
    parts = [loss(y[:, n // 2 :: n, n // 2 :: n], p) for n, p in zip((1, 2, 4), y_pred)]
    expected = sum(w * ops.convert_to_numpy(v) for w, v in zip((4, 2, 1), parts)) / 7
    forms = {"ids": y, "ids of one channel": y[..., None], "one-hot": np.eye(3)[y]}
    found = values(LOSS, forms[form], y_pred, losses=loss)
    assert found == pytest.approx(expected, abs=1e-6)


def test_distances_of_the_full_size():
    far = losses.signed_distance(ids(2, 4, 12, 8))
    y_pred = [probabilities(4, 12 // n, 8 // n, 1) for n in (1, 2)]
    whole, half = (
        losses.boundary(far, y_pred[0]),
        losses.boundary(far[:, 1::2, 1::2], y_pred[1]),
    )
    expected = (2 * ops.convert_to_numpy(whole) + ops.convert_to_numpy(half)) / 3
    found = values(LOSS, far, y_pred, losses=losses.boundary)
    assert found == pytest.approx(expected, abs=1e-6)


def test_volumes_with_strides_of_their_own_along_each_axis():
    y = ids(2, 2, 4, 12, 8)
    p = probabilities(2, 4, 6, 4, 1)  # 1, 2 and 2
    expected = values(losses.dice, y[:, :, 1::2, 1::2, None], p)
    assert values(LOSS, y, [p], losses="mse").shape == (2,)
    found = values(LOSS, y[..., None], [p], losses=losses.dice)
    assert found == pytest.approx(expected, abs=1e-6)


def test_an_output_of_weight_0_is_left_out():
    nothing = np.full((2, 1, 1), np.nan)
    found = values(
        LOSS, TRUE, [np.asarray(FINE), nothing], losses="mse", weights=[1, 0]
    )
    assert found == pytest.approx([1.0, 9 / 4])


X = np.random.default_rng(0).normal(size=(4, 8, 4, 2)).astype("float32")
Y = ids(3, 4, 8, 4)


def model_of(form=list, size=(8, 4), cls=keras.Model):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((*size, 2))
    fine = keras.layers.Conv2D(3, 1, activation="softmax", name="fine")(inputs)
    coarse = keras.layers.Conv2D(
        3, 3, 2, padding="same", activation="softmax", name="coarse"
    )(inputs)
    outputs = {"coarse": coarse, "fine": fine} if form is dict else [fine, coarse]
    return cls(inputs, outputs)


def number(loss, model):
    return float(ops.convert_to_numpy(loss(Y, model(X))))


class ByComputeLoss(keras.Model):
    joint = losses.DeepSupervision(losses.Dice(smooth=2.0))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, **_):
        return self.joint(y, y_pred, sample_weight)


@pytest.mark.keras3
def test_compile_compute_loss_and_an_own_loop_take_the_same_step():
    joint = ByComputeLoss.joint
    compiled, by_hand = model_of(), model_of()
    overridden = model_of(cls=ByComputeLoss)
    expected = number(joint, by_hand)
    compiled.compile(keras.optimizers.SGD(0.1), **joint.compile_args(compiled))
    overridden.compile(keras.optimizers.SGD(0.1))
    seen = compiled.fit(X, [Y, Y], shuffle=False, verbose=0).history["loss"]
    assert seen == pytest.approx([expected], abs=1e-5)
    seen = overridden.fit(X, Y, shuffle=False, verbose=0).history["loss"]
    assert seen == pytest.approx([expected], abs=1e-5)
    given = ops.convert_to_tensor(X), ops.convert_to_tensor(Y)
    own_step(by_hand, keras.optimizers.SGD(0.1), joint, *given)
    for others in zip(*(m.get_weights() for m in (compiled, overridden, by_hand))):
        assert others[0] == pytest.approx(others[1], abs=1e-6)
        assert others[0] == pytest.approx(others[2], abs=1e-6)


@pytest.mark.parametrize("form", [list, dict])
@pytest.mark.parametrize("size", [(8, 4), (None, None)], ids=["known", "unknown"])
def test_a_model_trains_with_compile_args(form, size):
    model = model_of(form, size)
    weights = {"fine": 3, "coarse": 1} if form is dict else [3, 1]
    loss = losses.DeepSupervision(losses.Dice(), weights=weights)
    model.compile("sgd", **loss.compile_args(model))
    y = {"fine": Y, "coarse": Y} if form is dict else [Y, Y]
    expected = number(loss, model)
    seen = model.evaluate(X, y, verbose=0, return_dict=True)
    assert seen["loss"] == pytest.approx(expected, abs=1e-5)
    by_name = (3 * seen["fine_loss"] + seen["coarse_loss"]) / 4
    assert by_name == pytest.approx(expected, abs=1e-5)


@pytest.mark.keras3
@pytest.mark.parametrize("option", ["losses", "weights"])
def test_options_by_name_for_a_list_of_outputs(option):
    model = model_of(list)
    given = {"losses": losses.Dice(), "weights": [3, 1]}
    both = {"losses": [losses.Dice(), losses.Dice(smooth=5.0)], "weights": [3, 1]}
    given[option] = dict(zip(["coarse", "fine"], both[option][::-1]))
    arguments = losses.DeepSupervision(**given).compile_args(model)
    assert arguments["loss_weights"] == {"fine": 0.75, "coarse": 0.25}
    smooth = [
        arguments["loss"][n].options["loss"].options["smooth"]
        for n in ("fine", "coarse")
    ]
    assert smooth == ([1.0, 5.0] if option == "losses" else [1.0, 1.0])


@pytest.mark.keras3
def test_given_to_compile_directly_it_points_to_compile_args():
    model = model_of()
    model.compile("sgd", loss=losses.DeepSupervision(losses.Dice()))
    with pytest.raises(ValueError, match=r"is one tensor, smaller than.*compile_args"):
        model.fit(X, [Y, Y], verbose=0)


@pytest.mark.keras3
@pytest.mark.parametrize(
    "model",
    [keras.Sequential([keras.layers.Dense(1)]), type("Own", (keras.Model,), {})()],
    ids=["sequential", "subclass"],
)
def test_a_model_without_names_is_refused(model):
    with pytest.raises(ValueError, match="does not tell the names of its outputs"):
        losses.DeepSupervision("mse").compile_args(model)


def test_an_unknown_loss_is_refused_when_the_class_is_made():
    with pytest.raises(ValueError, match="Could not interpret loss identifier: msee"):
        losses.DeepSupervision(["mse", "msee"])


@pytest.mark.keras3
def test_reduction_and_dtype_reach_compile():
    loss = losses.DeepSupervision("mse", reduction="sum", dtype="float64")
    parts = loss.compile_args(model_of())["loss"].values()
    assert {(part.reduction, part.dtype) for part in parts} == {("sum", "float64")}


@pytest.mark.keras3
@pytest.mark.xdist_group("loading")
def test_saved_models_load_where_losses_are_only_registered(tmp_path):
    ways = {  # all the ways to name a loss
        "one": losses.Dice(smooth=2.0),
        "list": [losses.dice, losses.PixelwiseCrossentropy(class_weight=[1, 2, 3])],
        "dict": {"fine": "sparse_categorical_crossentropy", "coarse": losses.Dice()},
    }
    path = tmp_path / "model.keras"
    for name, way in ways.items():
        model = model_of(dict if name == "dict" else list)
        weights = {"fine": np.float32(3), "coarse": 1} if name == "dict" else None
        loss = losses.DeepSupervision(way, weights=weights)
        copy = losses.DeepSupervision.from_config(loss.get_config())
        json.dumps(loss.get_config())
        expected = number(loss, model)
        assert number(copy, model) == pytest.approx(expected)
        model.compile("sgd", **loss.compile_args(model))
        model.save(path)
        labels = {"fine": Y, "coarse": Y} if name == "dict" else [Y, Y]
        assert loaded(path, X, labels) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("from_model", [True, False], ids=["compile_args", "call"])
def test_the_coarsest_output_first_is_refused(from_model):
    """By default the first counts most: of outputs the other way round that is wrong
    without a word."""
    loss = losses.DeepSupervision(losses.Dice())
    fine = keras.Input((8, 4, 1), name="fine")
    coarse = keras.layers.MaxPooling2D(name="coarse")(fine)
    mask, half = np.ones((1, 8, 4, 1)), np.full((1, 8, 4, 1), 0.5, "float32")
    with pytest.raises(ValueError, match="Put the finest first, or give the weights"):
        if from_model:
            loss.compile_args(keras.Model(fine, [coarse, fine]))
        else:
            loss(mask, [half[:, ::2, ::2], half])
    weighted = losses.DeepSupervision(losses.Dice(), weights=[1, 2])
    assert float(weighted(mask, [half[:, ::2, ::2], half])) > 0
