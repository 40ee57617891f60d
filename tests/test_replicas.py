"""A batch on several replicas is one batch, for a loss that couples samples too."""

from contextlib import nullcontext
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

import losses
from losses.ops import regions
from losses.ops.replicas import gathered, summed
from losses.running.probes.devices import mirrored
from losses.source import registry
from losses.source.copies import standalone
from tests.examples import EXAMPLES

# A large object found, a small one missed: image by image 0 and 0.5; over the batch
# 1 - (2·4 + 1) / (5 + 4 + 1) = 0.1
TRUE = np.array([[[1, 1, 1, 1]], [[1, 0, 0, 0]]], "float32")
PRED = np.array([[[1, 1, 1, 1]], [[0, 0, 0, 0]]], "float32")


def values(example, rows):
    found = example.function(example.y_true[rows], example.y_pred[rows])
    return ops.convert_to_numpy(found)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_docstring_says_whether_samples_are_coupled(example):
    whole = values(example, [0, 1, 2, 3])
    assert values(example, [2, 0, 3, 1]) == pytest.approx(whole[[2, 0, 3, 1]], abs=1e-6)
    parts = np.concatenate([values(example, rows) for rows in ([0, 1], [2], [3])])
    assert (np.abs(parts - whole).max() > 1e-3) == example.is_coupled


def test_every_coupling_has_an_example():
    coupled = {x.name for x in registry.losses().values() if x.coupling != "per-sample"}
    assert coupled == {example.loss for example in EXAMPLES if example.is_coupled}


def test_a_coupling_is_read_from_the_docstring():
    listed = registry.losses()
    assert listed["mean_squared_error"].coupling == "per-sample"
    assert listed["dice"].coupling == 'batch-coupled with over="batch"'


@pytest.mark.parametrize(
    ("reduction", "exact"),
    [("sum_over_batch_size", True), ("sum", True), ("mean_with_sample_weight", False)],
)
def test_a_reduction_that_divides_by_the_weights_couples_replicas(reduction, exact):
    """The mean of each half by its own weights is not the mean of the whole."""
    x, weight = np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([9.0, 9.0, 1.0, 1.0])

    def step(scope):
        with scope():
            line = keras.layers.Dense(1, kernel_initializer="zeros")
            model = keras.Sequential([keras.Input((1,)), line])
            loss = losses.MeanSquaredError(reduction=reduction)
            model.compile(keras.optimizers.SGD(0.01), loss=loss)
            data = {"sample_weight": weight, "batch_size": 4, "shuffle": False}
            model.fit(x, x, **data, verbose=0)
        return float(model.get_weights()[0][0, 0])

    two, one = step(mirrored().scope), step(nullcontext)
    assert (two == pytest.approx(one, rel=1e-5)) == exact


def on_two(function, compiled):
    """What `function` gives on each of two replicas, called with the number of it."""
    strategy = mirrored()

    def replica():
        return function(tf.distribute.get_replica_context().replica_id_in_sync_group)

    def run():
        return strategy.experimental_local_results(strategy.run(replica))

    return [found.numpy() for found in (tf.function(run) if compiled else run)()]


modes = pytest.mark.parametrize("compiled", [False, True], ids=["eager", "graph"])


@modes
def test_the_sum_over_the_replicas(compiled):
    parts = tf.constant([[1.0, 2.0], [10.0, 20.0]])
    found = on_two(lambda number: summed(parts[number]), compiled)
    assert np.array(found) == pytest.approx(np.array([[11.0, 22.0]] * 2))


@modes
def test_the_samples_of_all_replicas(compiled):
    """Of replicas that hold different numbers of them."""
    parts = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    found = on_two(lambda number: gathered(parts[number : 2 * number + 1]), compiled)
    assert np.array(found) == pytest.approx(np.array([parts] * 2))


@modes
def test_a_ranking_is_that_of_the_whole_batch(compiled):
    """Margins 3 and 0 outside of the mask, 0.5 and 0 inside, over both images: each of
    the first two makes the Jaccard loss grow by a third."""
    true = tf.constant([[[0.0, 0.0]], [[1.0, 1.0]]])
    pred = tf.constant([[[2.0, -1.0]], [[0.5, 1.5]]])

    def of(i):
        part = pred[i : i + 1]
        with tf.GradientTape() as tape:
            tape.watch(part)
            value = losses.lovasz_hinge(true[i : i + 1], part, over="batch")
            share = tf.reduce_sum(value) / 2  # the mean over both samples
        return tf.concat([value[:, None], tape.gradient(share, part)[:, 0]], axis=1)

    expected = [[[7 / 6, 1 / 3, 0.0]], [[7 / 6, -1 / 3, 0.0]]]
    assert np.array(on_two(of, compiled)) == pytest.approx(np.array(expected))


@modes
def test_the_batch_is_that_of_all_replicas(compiled):
    true, pred = tf.constant(TRUE), tf.constant(PRED)

    def over(kind):
        return on_two(
            lambda i: losses.dice(true[i : i + 1], pred[i : i + 1], over=kind), compiled
        )

    assert np.array(over("batch")) == pytest.approx(np.array([[0.1], [0.1]]))
    assert np.array(over("image")) == pytest.approx(np.array([[0.0], [0.5]]))


@modes
def test_the_gradient_is_that_of_the_whole_batch(compiled):
    true, pred = tf.constant(TRUE), tf.constant(PRED)

    def slope(i):
        part = pred[i : i + 1]
        with tf.GradientTape() as tape:
            tape.watch(part)
            value = losses.dice(true[i : i + 1], part, over="batch")
            share = tf.reduce_sum(value) / 2  # the mean over both samples
        return tape.gradient(share, part)

    # N / D with N = 2·4 + 1 and D = 5 + 4 + 1: a pixel changes 1 - N / D by
    # -(2 t D - N) / D², which is -11 / 100 in the object and 9 / 100 outside of it
    expected = np.where(TRUE > 0, -0.11, 0.09)
    assert np.array(on_two(slope, compiled)) == pytest.approx(expected[:, None])


def test_without_other_replicas_nothing_is_done():
    parts = [tf.constant([1.0, 2.0]), tf.constant([3.0])]
    assert summed(parts) is gathered(parts) is parts
    with mirrored().scope():  # where Keras builds a model
        assert summed(parts) is gathered(parts) is parts
    with tf.distribute.OneDeviceStrategy("CPU:0").scope():
        assert summed(parts) is gathered(parts) is parts


def test_it_costs_no_operation_without_a_strategy(monkeypatch):
    def operations():
        signature = [tf.TensorSpec([None, 1, 4])] * 2
        traced = tf.function(partial(losses.dice, over="batch"), signature)
        return [op.type for op in traced.get_concrete_function().graph.get_operations()]

    with_it = operations()
    monkeypatch.setattr(regions, "summed", lambda values: values)
    assert with_it == operations()


RNG = np.random.default_rng(0)
X = RNG.normal(size=(16, 5)).astype("float32")
Y = (RNG.uniform(size=(16, 4)) > 0.5).astype("float32")
Y[:, 0] = 1.0


def compiled(loss, scope, **compile_with):
    """A model, and its optimizer, which learns from the second step on."""
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([0], [0.0, 1.0])
    with scope:
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [keras.Input((5,)), keras.layers.Dense(4, "sigmoid", use_bias=False)]
        )
        model.compile(keras.optimizers.SGD(schedule), loss=loss, **compile_with)
    return model


def trained(model, last):
    """The loss that `fit` logs, and the step of the last of two batches. The first has
    eight samples and a learning rate of 0, because Keras cannot start on an uneven
    one. The model is left as it was."""
    before = model.get_weights()
    given = {"batch_size": 8, "shuffle": False, "verbose": 0}
    history = model.fit(X[: 8 + last], Y[: 8 + last], **given)
    step = model.get_weights()[0] - before[0]
    model.set_weights(before)
    model.optimizer.iterations.assign(0)
    return history.history["loss"][0], step


@pytest.mark.parametrize("loss", ["Dice", "LovaszSoftmax"])
@pytest.mark.parametrize(
    ("mode", "sizes"),
    [({}, (8, 7, 6, 3)), ({"run_eagerly": True}, (7,))],
    ids=["graph", "eager"],
)
def test_two_replicas_train_as_one_device(mode, sizes, loss):
    loss = getattr(losses, loss)(over="batch")
    one = compiled(loss, nullcontext(), **mode)
    two = compiled(loss, mirrored().scope(), **mode)
    for last in sizes:
        alone, step = trained(one, last)
        together = trained(two, last)
        assert together[0] == pytest.approx(alone, rel=1e-5), last
        assert together[1] == pytest.approx(step, rel=1e-4, abs=1e-6), last
        assert np.abs(step).max() > 1e-3


def test_two_replicas_evaluate_and_save_as_one_device(tmp_path):
    model = compiled(losses.Dice(over="batch"), mirrored().scope())
    trained(model, 8)
    seen = model.evaluate(X, Y, batch_size=16, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.loss.options["over"] == "batch"
    assert loaded.evaluate(X, Y, batch_size=16, verbose=0) == pytest.approx(seen)


def test_a_copied_file_couples_the_replicas_too():
    copied = {"__name__": "copied"}
    exec(standalone("dice", "coupled"), copied)
    true, pred = tf.constant(TRUE), tf.constant(PRED)
    found = on_two(
        lambda i: copied["dice"](true[i : i + 1], pred[i : i + 1], over="batch"), True
    )
    assert np.array(found) == pytest.approx(np.array([[0.1], [0.1]]))
