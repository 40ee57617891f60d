"""What holds for every loss, in every way it is run: the contract."""

import inspect
import json

import keras
import numpy as np
import pytest
from keras import ops

import losses
from losses.running import backend
from losses.running.bench import MODES, Bench
from losses.source import registry
from losses.source.closure import closure
from tests.compiling import FIT, WAYS
from tests.differences import DOUBLE, gradient, values as values_of
from tests.examples import EXAMPLES
from tests.loading import loaded

pytestmark = pytest.mark.sliced
every_example = pytest.mark.parametrize("example", EXAMPLES, ids=str)
# A batch statistic: the loss of a sample depends on the others.
per_sample = pytest.mark.parametrize(
    "example", [e for e in EXAMPLES if not e.is_coupled], ids=str
)


def is_weighted(name):
    return "class_weight" in inspect.signature(getattr(losses, name)).parameters


def values(example, y_true=None, y_pred=None):
    y_true = example.y_true if y_true is None else y_true
    y_pred = example.y_pred if y_pred is None else y_pred
    return ops.convert_to_numpy(example.function(y_true, y_pred))


def test_every_loss_has_examples_with_and_without_options():
    for name in registry.losses():
        assert any(e.loss == name for e in EXAMPLES), f"no example of {name}"


@every_example
def test_one_finite_value_per_sample(example):
    assert values(example).shape == (len(example.y_pred),)
    assert values(example).dtype == np.float32
    assert np.isfinite(values(example)).all()


@every_example
@pytest.mark.filterwarnings("ignore:Dynamo detected")  # that it looks into a cache
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_the_same_value_compiled(example, way):
    tensors = ops.cast(example.y_true, "float32"), ops.cast(example.y_pred, "float32")
    found = ops.convert_to_numpy(way(example.function, *tensors))
    assert found == pytest.approx(values(example), abs=1e-5)


@every_example
def test_the_same_value_inside_a_model_that_knows_no_batch_size(example):
    class LossLayer(keras.layers.Layer):
        def call(self, inputs):
            return example.function(*inputs)

    given = [example.y_true.astype("float32"), example.y_pred]
    inputs = [keras.Input(part.shape[1:]) for part in given]
    model = keras.Model(inputs, LossLayer()(inputs))
    assert model.output_shape == (None,)
    found = model.predict(given, batch_size=len(given[0]), verbose=0)
    assert found == pytest.approx(values(example), abs=1e-5)


@every_example
@pytest.mark.parametrize("mode", FIT)
@pytest.mark.parametrize("form", ["function", "class"])
def test_fit_sees_the_mean_and_its_gradient(example, mode, form):
    bench = Bench(example.y_pred, compile_with=MODES[mode])
    [before] = bench.weights()
    bench.compile(loss=example.function if form == "function" else example.instance())
    bench.fit(np.arange(bench.batch), example.y_true)
    assert bench.seen.value == pytest.approx(values(example).mean(), abs=1e-5)

    [after] = bench.weights()
    slope = gradient(example.function, example.y_true, example.y_pred) / bench.batch
    assert before - after == pytest.approx(slope, abs=1e-5)


@every_example
def test_an_own_training_loop_lowers_the_loss(example):
    bench, loss = Bench(example.y_pred), example.instance()
    optimizer = keras.optimizers.SGD(0.05)
    x = ops.convert_to_tensor(np.arange(bench.batch))
    y = ops.convert_to_tensor(example.y_true)
    seen = [
        ops.convert_to_numpy(backend.own_step(bench.model, optimizer, loss, x, y))
        for _ in range(3)
    ]
    assert seen[0] > seen[1] > seen[2]


@per_sample
def test_weight_zero_is_the_sample_removed(example):
    loss, keep = example.instance(reduction="sum"), np.array([1, 0, 1, 1])
    weighted = loss(example.y_true, example.y_pred, sample_weight=keep)
    removed = loss(example.y_true[keep > 0], example.y_pred[keep > 0])
    assert float(weighted) == pytest.approx(float(removed), abs=1e-5)


@per_sample
def test_weights_in_fit_choose_samples(example):
    weights = np.array([0.0, 2.0, 0.5, 1.0])
    bench = Bench(example.y_pred)
    bench.compile(loss=example.instance())
    bench.fit(np.arange(4), example.y_true, sample_weight=weights)
    expected = (weights * values(example)).mean()
    assert bench.seen.value == pytest.approx(expected, abs=1e-5)


@per_sample
def test_a_sample_does_not_depend_on_the_others(example):
    order = [2, 0, 3, 1]
    moved = values(example, example.y_true[order], example.y_pred[order])
    assert moved == pytest.approx(values(example)[order], abs=1e-6)
    alone = values(example, example.y_true[:1], example.y_pred[:1])
    assert alone == pytest.approx(values(example)[:1], abs=1e-6)


@every_example
def test_an_empty_batch_is_no_loss(example):
    assert values(example, example.y_true[:0], example.y_pred[:0]).shape == (0,)


@every_example
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_computed_in_single(example, dtype):
    y_pred = ops.cast(example.y_pred, dtype)
    found = example.function(example.y_true, y_pred)
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    widened = values(example, y_pred=ops.cast(y_pred, "float32"))
    assert ops.convert_to_numpy(found) == pytest.approx(widened, rel=1e-6)


@every_example
def test_double_precision_stays_double_where_keras_has_it(example):
    y_pred = example.y_pred.astype("float64")
    found = example.function(example.y_true, y_pred)
    expected = "float64" if DOUBLE else "float32"
    assert keras.backend.standardize_dtype(found.dtype) == expected
    assert ops.convert_to_numpy(found) == pytest.approx(values(example), abs=1e-5)


@every_example
def test_mixed_precision_trains_on_finite_numbers(example):
    with backend.policy("mixed_float16"):
        bench = Bench(example.y_pred)
        bench.compile(loss=example.instance())
        bench.fit(np.arange(bench.batch), example.y_true)
    assert bench.seen.value == pytest.approx(values(example).mean(), rel=5e-3)
    assert np.isfinite(bench.seen.step)
    assert bench.seen.step > 0


@every_example
@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "float16", "float64"])
def test_labels_of_any_dtype(example, dtype):
    whole = np.floor(np.abs(example.y_true))
    expected = values(example, whole.astype("float32"))
    assert values(example, whole.astype(dtype)) == pytest.approx(expected, abs=1e-6)


@every_example
def test_nan_is_not_hidden(example):
    y_pred = example.y_pred.copy()
    y_pred[0] = np.nan
    assert np.isnan(values(example, y_pred=y_pred)[0])


@every_example
def test_integer_predictions_are_refused(example):
    with pytest.raises(TypeError, match="dtype int32; predictions must be floating"):
        example.function(example.y_true, example.y_pred.astype("int32"))


@every_example
def test_the_gradient_is_that_of_finite_differences(example):
    # The smaller the step, the fewer digits are left of the difference.
    step, close = 1e-6, {"rel": 1e-5, "abs": 1e-7}
    if not DOUBLE:
        step, close = 3e-4, {"rel": 1e-2, "abs": 5e-3}
    y_pred = example.y_pred.astype("float64")
    found = gradient(example.function, example.y_true, y_pred)
    rng = np.random.default_rng(0)
    for _ in range(3):
        direction = rng.normal(size=y_pred.shape)
        above, below = (
            values(example, y_pred=y_pred + sign * step * direction).sum(dtype=float)
            for sign in (1, -1)
        )
        slope = (above - below) / (2 * step)
        assert (found * direction).sum() == pytest.approx(slope, **close)


@every_example
def test_a_copy_from_its_config_is_the_same_loss(example):
    loss = example.instance(reduction="sum", name="mine", dtype="bfloat16")
    json.dumps(loss.get_config())  # a model file is JSON
    copy = type(loss).from_config(loss.get_config())
    assert copy.get_config() == loss.get_config()
    assert (copy.name, copy.reduction, copy.dtype) == ("mine", "sum", "float32")
    given = example.y_true, example.y_pred
    assert float(copy(*given)) == pytest.approx(float(loss(*given)))


@pytest.mark.parametrize(
    "size", [(4, 4), (4, 6, 5), (4, 6, 5, 1)], ids=lambda size: f"rank{len(size)}"
)
@every_example
def test_weights_that_would_broadcast_are_refused(example, size):
    with pytest.raises(ValueError, match=r"sample_weight \(4, .* must be \(batch,\)"):
        example.instance()(example.y_true, example.y_pred, np.ones(size))


def test_a_mask_that_would_broadcast_is_refused():
    """As many positions as samples: Keras would broadcast it in silence."""
    ones = keras.layers.Embedding(3, 2, mask_zero=True, embeddings_initializer="ones")
    model = keras.Sequential([keras.Input((2,), dtype="int32"), ones])
    x, y = np.array([[1, 0], [2, 1]]), np.full((2, 2, 2), 3.0)
    y[0, 1] = 100.0  # at the padding
    model.compile("sgd", loss=keras.losses.MeanSquaredError())
    assert model.evaluate(x, y, verbose=0) == pytest.approx(4.0)  # (3 - 1)²
    model.compile("sgd", loss=losses.MeanSquaredError())
    with pytest.raises(ValueError, match=r"carries the mask .* keras\.losses\.Mean"):
        model.evaluate(x, y, verbose=0)


@pytest.mark.keras3
@pytest.mark.parametrize("size", [(2,), (2, 1)], ids=["vector", "column"])
def test_a_mask_of_samples_leaves_them_out(size):
    y_pred = keras.ops.convert_to_tensor([[1.0], [2.0]])
    keras.src.backend.set_keras_mask(y_pred, np.reshape([True, False], size))
    loss = losses.MeanSquaredError()([[0.0], [0.0]], y_pred)
    assert float(loss) == pytest.approx(1.0)


@pytest.mark.parametrize("size", [(3,), (3, 1), (3, 1, 1)], ids=str)
def test_a_map_takes_no_weight_for_each_sample(size):
    """As many columns as samples: Keras would weight the columns in silence."""
    loss = losses.PixelwiseBinaryCrossentropy(per_pixel=True)
    half = np.full((3, 3, 3, 1), 0.5, "float32")
    with pytest.raises(
        ValueError, match=r"must have the shape of the map, \(3, 3, 3\)"
    ):
        loss(np.zeros((3, 3, 3)), half, sample_weight=np.ones(size))


def test_void_pixels_do_not_count_in_the_mean_of_a_map():
    y_true = np.array([[[1, 255, 255]], [[0, 1, 255]]])
    p = np.full((2, 1, 3, 2), 0.5, "float32")
    p[0, 0, 0] = 0.75, 0.25
    loss = losses.PixelwiseCrossentropy(per_pixel=True, ignore_class=255)
    # log 4 and twice log 2
    assert float(loss(y_true, p)) == pytest.approx(4 * np.log(2) / 3)
    weight = np.array([[[3.0, 1, 1]], [[0, 1, 1]]])  # 3 · log 4 + log 2, of 3 pixels
    assert float(loss(y_true, p, weight)) == pytest.approx(7 * np.log(2) / 3)
    model = keras.Sequential([keras.Input((1, 3, 2)), keras.layers.Identity()])
    as_given = {"per_pixel": True, "ignore_class": 255}
    model.compile(loss=lambda *both: losses.pixelwise_crossentropy(*both, **as_given))
    assert model.evaluate(p, y_true, verbose=0) == pytest.approx(4 * np.log(2) / 3)


def test_one_weight_for_several_samples_is_refused():
    given = np.zeros((3, 2)), np.full((3, 2), 0.5, "float32")
    for weight in ([2.0], [[2.0]], [1.0, 2.0]):
        with pytest.raises(ValueError, match=r"sample_weight .* must be \(batch,\)"):
            losses.BinaryCrossentropy()(*given, sample_weight=weight)
    assert float(losses.BinaryCrossentropy()(*given, 2.0)) == pytest.approx(np.log(4))


def test_a_map_takes_a_weight_for_each_pixel():
    loss = losses.PixelwiseBinaryCrossentropy(per_pixel=True, reduction="sum")
    half = np.full((1, 2, 2, 1), 0.5, "float32")
    weight = np.array([[[1.0, 2.0], [0.0, 4.0]]])  # 7 · log 2
    found = loss(np.zeros((1, 2, 2)), half, sample_weight=weight)
    assert float(found) == pytest.approx(7 * np.log(2))


@pytest.mark.parametrize(
    "loss", ["pixelwise_crossentropy", "sparse_categorical_crossentropy", "dice"]
)
@pytest.mark.parametrize("form", ["ids", "one-hot"])
def test_nothing_of_an_ignored_position_reaches_the_gradient(loss, form):
    y_true = np.array([[[1, 255]]])
    if form == "one-hot":
        if loss.startswith("sparse"):
            loss = "pixelwise_crossentropy"
        y_true = np.array([[[[0, 1], [0, 0]]]])
    y_pred = np.array([[[[0.1, 0.5], [np.nan, np.inf]]]], "float32")
    given = getattr(losses, loss), y_true, y_pred
    options = {"from_logits": True, "ignore_class": 255}
    slope = gradient(*given, **options)
    assert np.isfinite(values_of(*given, **options)).all()
    assert np.isfinite(slope).all()
    assert (slope[0, 0, 1] == 0).all()
    assert (slope[0, 0, 0] != 0).all()


@pytest.mark.parametrize(
    "way", [None, *WAYS], ids=lambda way: getattr(way, "__name__", "eager")
)
@pytest.mark.parametrize("wrong", [np.nan, 0.5, -0.5], ids=str)
@pytest.mark.parametrize(
    ("loss", "sizes"),
    [
        ("sparse_categorical_crossentropy", (3,)),
        ("symmetric_crossentropy", (3,)),
        ("squared_emd", (3,)),
        ("corn", (3,)),
        ("dice", (2, 2, 3)),
        ("dice", (2, 2, 5)),
        ("lovasz_softmax", (2, 2, 3)),
        ("top_k_crossentropy", (2, 2, 3)),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:Dynamo detected")
def test_an_id_that_is_no_whole_number_is_no_class(loss, sizes, wrong, way):
    function = getattr(losses, loss)
    y_pred = np.full((2, *sizes), 1 / sizes[-1], "float32")
    y_true = np.zeros((2, *sizes[:-1]), "float32")
    y_true.reshape(2, -1)[0, 0] = wrong
    given = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    found = ops.convert_to_numpy(
        function(*given) if way is None else way(function, *given)
    )
    assert np.isnan(found).tolist() == [True, False]


@pytest.mark.parametrize("loss", ["dice", "lovasz_softmax", "lovasz_hinge", "cldice"])
def test_nan_in_a_mask_is_not_hidden(loss):
    mask = np.array([[[1.0, np.nan]], [[1.0, 0.0]]])
    found = values_of(getattr(losses, loss), mask, np.full((2, 1, 2), 0.5))
    assert np.isnan(found).tolist() == [True, False]


@pytest.mark.parametrize("loss", ["dice", "top_k_crossentropy", "lovasz_softmax"])
def test_a_mask_of_each_class_is_void_where_all_of_them_say_so(loss):
    """255 in every channel, or nothing in any, which is what one_hot makes of 255."""
    right = np.array([[[[1.0, 0, 0], [0, 1, 0]]]])
    p = np.array([[[[0.7, 0.2, 0.1], [0.3, 0.6, 0.1]]]])
    expected = values_of(getattr(losses, loss), right, p)
    p = np.concatenate([p, [[[[0.1, 0.1, 0.8]]]]], axis=2)
    for void in (255.0, 0.0):
        y_true = np.concatenate([right, np.full((1, 1, 1, 3), void)], axis=2)
        found = values_of(getattr(losses, loss), y_true, p, ignore_class=255)
        assert found == pytest.approx(expected, rel=1e-5)


def test_class_ids_are_not_rounded_to_the_dtype_of_a_loss():
    """bfloat16 has no 257."""
    logits = 20.0 * np.eye(300, dtype="float32")[[257]]
    for dtype in ("bfloat16", "float16"):
        loss = losses.SparseCategoricalCrossentropy(from_logits=True, dtype=dtype)
        assert loss.dtype == "float32"
        assert float(loss([257], logits)) == pytest.approx(0.0, abs=1e-5)


def test_weights_of_many_classes_keep_their_order_in_a_file(tmp_path):
    weights = {c: 1.0 + c for c in range(12)}  # as text, "10" sorts before "2"
    loss = losses.SparseCategoricalCrossentropy(class_weight=weights)
    model = keras.Sequential([keras.Input((12,)), keras.layers.Rescaling(1.0)])
    model.compile("sgd", loss=loss)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    uniform = np.full((12, 12), 1 / 12, "float32")
    # log 12 · (1 + 2 + … + 12) / 12
    seen = loaded.evaluate(uniform, np.arange(12), verbose=0)
    assert seen == pytest.approx(np.log(12) * 6.5, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("class_balanced_crossentropy", "counts"),
        ("logit_adjusted_crossentropy", "priors"),
        ("sparse_categorical_crossentropy", "class_weight"),
        ("dice", "class_weight"),
    ],
)
def test_a_number_for_each_class_comes_back_from_a_file_as_it_went(name, option):
    """The keys of a dict would come back as text."""
    cls = getattr(losses, registry.losses()[name].class_name)
    config = cls(**{option: {1: 3, 0: 5}}).get_config()
    assert config[option] == [5, 3]
    assert json.loads(json.dumps(config)) == config
    assert cls.from_config(config).get_config() == config


@pytest.mark.parametrize("array", [np.array, ops.convert_to_tensor])
def test_options_may_be_arrays(array):
    loss = losses.Dice(class_weight=array([1.0, 3.0]))
    assert loss.get_config()["class_weight"] == [1.0, 3.0]
    json.dumps(loss.get_config())


# The loss of class 1 of logits [0, 2, -1, 0.5], and of class 0 of [m, 0].
CLOSE = -np.log(np.exp(2) / np.exp([0, 2, -1, 0.5]).sum())  # 0.3423496


@pytest.mark.parametrize(
    "loss", ["sparse_categorical_crossentropy", "pixelwise_crossentropy"]
)
def test_ids_from_large_logits_keep_their_digits(loss):
    logits = np.array([[0, 2, -1, 0.5]], "float32") + np.float32(1e4)
    given = getattr(losses, loss), [1], logits
    assert values_of(*given, from_logits=True) == pytest.approx(CLOSE, rel=1e-6)
    p = np.exp([0, 2, -1, 0.5]) / np.exp([0, 2, -1, 0.5]).sum()
    slope = gradient(*given, from_logits=True)
    assert slope[0] == pytest.approx(p - [0, 1, 0, 0], abs=1e-6)


@pytest.mark.parametrize(
    ("logits", "expected"),
    [
        ([8.0, 0.0], 3.3540637e-4),  # log(1 + e^-8)
        ([16.0, 0.0], 1.19e-7),  # e^-16 = 1.125e-7, but for one unit of float32
        ([100.0, -100.0], 0.0),
        ([-100.0, 100.0], 200.0),
        ([0.0, -np.inf], 0.0),  # the other class is ruled out
        ([-np.inf, 0.0], np.inf),  # that of the label is
        ([np.nan, 0.0], np.nan),
        ([0.0, np.nan], np.nan),
    ],
    ids=str,
)
def test_ids_from_logits_at_the_edges(logits, expected):
    loss = losses.sparse_categorical_crossentropy
    seen = values_of(loss, [0], np.array([logits], "float32"), from_logits=True)
    assert seen == pytest.approx(expected, rel=1e-3, abs=1e-9, nan_ok=True)
    if np.isfinite(logits).all():
        slope = gradient(loss, [0], np.array([logits], "float32"), from_logits=True)
        p = 1 / (1 + np.exp(logits[0] - logits[1]))  # of class 1
        assert slope[0] == pytest.approx([-p, p], rel=1e-3, abs=1e-7)


def of_probabilities():
    """Every loss that takes the logarithm of a probability, by what it says of it."""
    return [x for x in registry.losses().values() if "3.2e-7" in x.doc]


def test_all_losses_that_continue_the_logarithm_say_so():
    users = {
        loss.name
        for loss in registry.losses().values()
        if ("losses.ops.crossentropy", "log")
        in closure(f"losses.catalog.{loss.family}.{loss.name}")
        and "from_logits" in loss.doc
    }
    saying = {loss.name for loss in of_probabilities()}
    assert len(saying) == 14
    assert users == saying


@pytest.mark.parametrize("name", [loss.name for loss in of_probabilities()])
def test_a_probability_of_0_costs_what_the_docstring_says(name):
    """15.9 = 23 log 2."""
    function = getattr(losses, name)
    options = {
        "class_balanced_crossentropy": {"counts": [1, 1]},
        "binary_focal": {"alpha": None},
        "asymmetric": {"clip": 0.0},
        "poly1_crossentropy": {"epsilon": 0.0},
        "symmetric_crossentropy": {"alpha": 1.0, "beta": 0.0},
        "dice_crossentropy": {"dice_weight": 0.0},
    }.get(name, {})
    binary = registry.losses()[name].family == "binary" or "binary" in name
    y_true, y_pred = ([[1.0]], [[0.0]]) if binary else ([[0]], [[[0.0, 1.0]]])
    if name in ("pixelwise_crossentropy", "dice_crossentropy", "top_k_crossentropy"):
        y_true, y_pred = [[[0]]], [[[[0.0, 1.0]]]]
    if name == "categorical_crossentropy":
        y_true = [[[1.0, 0.0]]]
    seen = values_of(function, np.array(y_true), np.array(y_pred, "float32"), **options)
    assert seen == pytest.approx(23 * np.log(2), rel=1e-5)


OVERLAP = [x for x in registry.losses().values() if "read as one class" in x.doc]


def test_every_loss_that_reads_masks_says_how_it_tells_them_apart():
    reading = {
        loss.name
        for loss in registry.losses().values()
        if ("losses.ops.regions", "masks_of_tensors")
        in closure(f"losses.catalog.{loss.family}.{loss.name}")
    }
    assert reading - {"boundary"} == {loss.name for loss in OVERLAP}


@pytest.mark.parametrize(
    "name", [loss.name for loss in OVERLAP if loss.name != "lovasz_hinge"]
)
def test_one_hot_labels_along_one_axis_need_ids_or_one_more_axis(name):
    """Shapes cannot tell them from masks of one class."""
    function, ids = getattr(losses, name), np.array([[0, 1, 2, 1]])
    one_hot = np.eye(3, dtype="float32")[ids]
    p = 0.1 + 0.7 * np.eye(3, dtype="float32")[[[0, 1, 1, 0]]]
    of_ids = values_of(function, ids, p)
    assert values_of(function, one_hot[:, None], p[:, None]) == pytest.approx(of_ids)
    assert values_of(function, one_hot, p) != pytest.approx(of_ids, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "at_t", "at_one"),
    [
        ("dice", 1 / 2, 1 / 3),  # 1 - 2 · 1/4 / (1/2 + 1/2), 1 - 2 · 1/2 / (1/2 + 1)
        ("tversky", 1 / 2, 1 / 3),
        ("jaccard", 2 / 3, 1 / 2),  # 1 - 1/4 / (1 - 1/4), 1 - 1/2 / (3/2 - 1/2)
    ],
)
def test_of_soft_labels_overlap_is_not_lowest_at_the_labels(name, at_t, at_one):
    function, half = getattr(losses, name), np.full((1, 2, 2), 0.5, "float32")
    assert values_of(function, half, half, smooth=0) == pytest.approx(at_t)
    assert values_of(function, half, 2 * half, smooth=0) == pytest.approx(at_one)
    assert "not lowest there" in registry.losses()[name].doc


def test_weights_in_a_column_give_values_in_a_column():
    """As in Keras."""
    given = np.zeros((3, 2)), np.ones((3, 2), "float32"), np.ones((3, 1))
    for loss in (losses.MeanSquaredError, keras.losses.MeanSquaredError):
        assert tuple(loss(reduction="none")(*given).shape) == (3, 1)
    assert "`(batch, 1)`" in losses.MeanSquaredError.__doc__


@pytest.mark.parametrize("form", ["ids", "one-hot"])
def test_a_large_label_map_keeps_its_digits(form):
    p = np.zeros((1, 1024, 1024, 2), "float32")
    p[..., 0], p[..., 1] = 0.7, 0.3
    y_true = np.zeros((1, 1024, 1024)) if form == "ids" else p > 0.5
    # class 0: 1 - 2·0.7 / 1.7; class 1: 1 - 0 / 0.3, but for the smoothing
    expected = (1 - 1.4 / 1.7 + 1) / 2
    assert values_of(losses.dice, y_true, p) == pytest.approx(expected, rel=2e-5)


@pytest.mark.parametrize(
    "name, y_true, y_pred, options, message",
    [
        ("binary_crossentropy", (2,), (2,), {"pos_weight": [1, 2]}, "must be one num"),
        ("binary_crossentropy", (2, 1), (2, 1), {"pos_weight": [1, 2]}, "one for each"),
        (
            "pixelwise_binary_crossentropy",
            (2, 3, 4),
            (2, 3, 4),
            {"pos_weight": [1, 2, 3, 4]},
            "pos_weight has shape",
        ),
        ("binary_crossentropy", (2,), (2,), {"label_smoothing": 2}, r"in \[0, 1\]"),
        ("categorical_crossentropy", (2, 3), (2, 3), {"label_smoothing": -1}, "not -1"),
        ("categorical_crossentropy", (2, 3), (2, 3), {"axis": 0}, "on axis 0"),
        ("categorical_crossentropy", (2, 3), (2, 3), {"axis": 3}, "on axis 3"),
        (
            "sparse_categorical_crossentropy",
            (2,),
            (2, 2),
            {"class_weight": {1: 2.0, 5: 3.0}},
            r"class_weight has the keys \[1, 5\]; it must have each class from 0 on",
        ),
        (
            "sparse_categorical_crossentropy",
            (2,),
            (2, 2),
            {"class_weight": {0: 1, 1: 2, 1.5: 3}},
            r"class_weight has the keys \[0, 1, 1.5\]",
        ),
        (
            "dice",
            (2, 4, 4),
            (2, 4, 4, 2),
            {"class_weight": {"ground": 1.0, "cell": 2.0}},
            r"dice: class_weight has the keys \['ground', 'cell'\]",
        ),
        ("dice", (2, 4, 4), (2, 4, 4, 2), {"ignore_class": [0, 1]}, "one number or N"),
        ("dice", (2, 4, 4), (2, 4, 4), {"ignore_class": "void"}, "not 'void'"),
        ("binary_crossentropy", (2, 2), (2, 2), {"pos_weight": -1}, "weight must be 0"),
        ("binary_crossentropy", (2, 2), (2, 2), {"pos_weight": [1, -1]}, "not -1"),
        ("dice", (2, 4, 4), (2, 4, 4), {"smooth": -5}, "smooth must be 0 or more"),
        ("jaccard", (2, 4, 4), (2, 4, 4), {"smooth": -5}, "smooth must be 0 or more"),
        ("tversky", (2, 4, 4), (2, 4, 4), {"smooth": -5}, "smooth must be 0 or more"),
        ("cldice", (2, 4, 4), (2, 4, 4), {"smooth": -5}, "smooth must be 0 or more"),
    ],
)
def test_options_that_do_not_fit_are_refused(name, y_true, y_pred, options, message):
    with pytest.raises(ValueError, match=message):
        getattr(losses, name)(np.zeros(y_true), np.zeros(y_pred, "float32"), **options)


@pytest.mark.parametrize("name", list(filter(is_weighted, registry.losses())))
@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([0, 0], "class_weight is 0 for every class"),
        ([1, -2], "class_weight of class 1 is -2; it must be 0 or more"),
        ([1, float("nan")], "class_weight of class 1 is nan"),
        (2, "class_weight is 2; y_pred has 2 classes"),
        (ops.ones(3), r"class_weight has shape \(3,\); y_pred has 2 classes"),
    ],
    ids=["nothing", "negative", "nan", "one number", "tensor"],
)
def test_class_weights_that_do_not_fit_are_refused(name, weight, message):
    y_pred = np.full((2, 3, 4, 2), 0.5, "float32")
    y_true = np.zeros((2, 3, 4) if name.startswith("sparse") else y_pred.shape)
    with pytest.raises(ValueError, match=f"{name}: {message}"):
        getattr(losses, name)(y_true, y_pred, class_weight=weight)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_class_weights_may_come_from_the_graph(way):
    def weighted(y_true, y_pred):
        weight = 1 / ops.sum(y_true, axis=0)
        return losses.categorical_crossentropy(y_true, y_pred, class_weight=weight)

    y_true = ops.one_hot(ops.convert_to_tensor([0, 1, 1, 1]), 2)
    found = ops.convert_to_numpy(way(weighted, y_true, ops.full((4, 2), 0.5)))
    assert found == pytest.approx(np.log(2) / np.array([1, 3, 3, 3]))


@pytest.mark.xdist_group("loading")
def test_a_saved_model_loads_in_a_process_that_only_loads(tmp_path):
    path, seen = tmp_path / "model.keras", []
    for example in EXAMPLES:
        layer = keras.layers.Rescaling(1.0)
        model = keras.Sequential([keras.Input(example.y_pred.shape[1:]), layer])
        model.compile("sgd", loss=example.instance())
        model.save(path)
        seen.append(loaded(path, example.y_pred, example.y_true))
    expected = [float(values(example).mean()) for example in EXAMPLES]
    assert seen == pytest.approx(expected, abs=1e-5)
