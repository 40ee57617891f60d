"""What a check of a model runs: a step as `fit` takes it, one of the model's own, its
metrics; and that nothing of it stays, whatever happens."""

import random

import keras
import numpy as np
import pytest
from keras import layers, ops

import losses
from losses.checker.limits import Limit
from losses.checker.models import trial
from losses.running import backend
from tests.checker.test_models import IDS, X, classifier, state

Y = X.sum(axis=-1, keepdims=True)
JAX = backend.NAME == "jax"


def rules(report, *severities):
    severities = severities or ("error", "warning")
    return {f.rule for f in report.findings if f.severity in severities}


def regression(**options):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse", **options)
    return model


# what stays


def unbuilt():
    keras.utils.set_random_seed(3)
    parts = [layers.Dense(8), layers.BatchNormalization(), layers.Dropout(0.5)]
    model = keras.Sequential([*parts, layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def subclassed():
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.norm, self.head = layers.BatchNormalization(), layers.Dense(3)
            self.seeds, self.calls = keras.random.SeedGenerator(), 0

        def call(self, x, training=False):
            self.calls = self.calls + 1
            noise = keras.random.normal(ops.shape(x), 0.0, 0.1, seed=self.seeds)
            return ops.softmax(self.head(self.norm(x + noise, training=training)))

    keras.utils.set_random_seed(3)
    model = Net()
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize("make", [unbuilt, subclassed, classifier])
def test_the_next_fit_is_the_same_to_the_bit(make):
    """Nothing is seeded in between: what is drawn is what would have been drawn."""
    outcomes = []
    for check in (False, True):
        keras.backend.clear_session()
        model = make()
        if check:
            assert losses.check(model, X, IDS).complete
        history = model.fit(X, IDS, batch_size=16, epochs=2, verbose=0).history
        drawn = random.random(), np.random.rand(), float(keras.random.uniform(()))
        outcomes.append((history, state(model), drawn, layers.Dense(1).name))
    (history, one, drawn, name), (after, other, drawn_after, name_after) = outcomes
    assert (history, drawn, name) == (after, drawn_after, name_after)
    for was, now in zip(one, other, strict=True):
        np.testing.assert_array_equal(was, now)


def test_seeds_of_the_backend_stay():
    def drawn():
        if backend.NAME == "tensorflow":
            import tensorflow as tf

            return tf.random.uniform((3,)).numpy().tolist()
        if backend.NAME == "torch":
            import torch

            return torch.rand(3).tolist()
        return ops.convert_to_numpy(keras.random.uniform((3,))).tolist()

    model = classifier()
    keras.utils.set_random_seed(0)
    expected = [drawn(), drawn()]
    keras.utils.set_random_seed(0)
    first = drawn()
    losses.check(model, X, IDS)
    assert [first, drawn()] == expected


def test_attributes_and_variables_of_a_loss_stay():
    class Counting(keras.losses.Loss):
        def __init__(self):
            super().__init__()
            self.seen = keras.Variable(0.0, trainable=False)

        def call(self, y_true, y_pred):
            self.seen.assign_add(1.0)
            return ops.mean(ops.square(y_true - y_pred), axis=-1)

    loss = Counting()
    model = regression()
    model.compile("sgd", loss)
    losses.check(model, X, Y)
    assert float(loss.seen) == 0


@pytest.mark.skipif(backend.NAME != "torch", reason="modules of PyTorch")
def test_buffers_of_torch_modules_stay():
    import torch

    norm = keras.layers.TorchModuleWrapper(torch.nn.BatchNorm1d(4))
    model = keras.Sequential([keras.Input((4,)), norm, layers.Dense(1)])
    model.compile("sgd", "mse")
    before = [buffer.clone() for buffer in model.buffers()]
    losses.check(model, X, Y)
    for was, now in zip(before, model.buffers(), strict=True):
        assert torch.equal(was, now)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_check_leaves_the_model_as_it_was(error, monkeypatch):
    model = classifier()
    before, seed = state(model), random.getstate()

    def interrupted(limit, code):
        for variable in model.variables:
            variable.assign(ops.ones(variable.shape, variable.dtype))
        raise error

    monkeypatch.setattr(Limit, "run", interrupted)
    with pytest.raises(error):
        losses.check(model, X, IDS)
    for was, now in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(was, now)
    assert random.getstate() == seed


def test_a_check_that_takes_too_long_leaves_the_model_as_it_was():
    def endless(y_true, y_pred):
        while True:
            y_pred = y_pred + 0
        return y_pred

    model = classifier()
    model.compile("adam", endless)
    before = state(model)
    report = losses.check(model, X, IDS, seconds=0.5)
    assert not report.complete
    for was, now in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(was, now)


def test_untouched_undoes_what_another_thread_did():
    model = classifier()
    before = state(model)

    def spoil():
        for variable in model.variables:
            variable.assign(ops.zeros(variable.shape, variable.dtype))

    with trial.untouched(model, wholly=True):
        Limit(10).run(spoil)
    for was, now in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(was, now)


# a step of the model's own


class Gan(keras.Model):
    """No call, two optimizers, a step of its own."""

    def __init__(self):
        super().__init__()
        self.maker = keras.Sequential([keras.Input((2,)), layers.Dense(4)])
        self.critic = keras.Sequential([keras.Input((4,)), layers.Dense(1)])

    def compile(self, one, two, **options):
        super().compile(**options)
        self.one, self.two = one, two

    def train_step(self, *data):
        real = data[0] if not isinstance(data[0], tuple) else data[0][0]
        return {"critic": ops.mean(self.critic(real))}


def test_a_model_without_a_call_is_not_judged():
    model = Gan()
    model.compile("sgd", "sgd")
    report = losses.check(model, X)
    assert report.complete
    assert not rules(report)
    assert "train_step of its own" in str(report)


def test_a_step_of_four_parts_is_not_judged():
    model = Gan()
    model.compile("sgd", "sgd")
    batches = ((X[:8], X[:8], X[:8], X[:8]) for _ in "12")
    assert not rules(losses.check(model, batches))
    with pytest.raises(ValueError, match="4 parts"):
        losses.check(regression(), ((X[:8],) * 4 for _ in "12"))


def test_labels_of_a_step_of_ones_own_are_not_judged():
    """Which would be wrong for the usual one: what it makes of them is not known."""
    model = Gan()
    model.compile("sgd", "sgd", loss="binary_crossentropy")
    assert not rules(losses.check(model, X, IDS + 7))


def test_only_an_own_test_step_is_no_own_way_of_training():
    class Tested(keras.Model):
        def test_step(self, *data):
            return {"loss": 0.0}

    inputs = keras.Input((4,))
    model = Tested(inputs, layers.Dense(3, "softmax")(inputs))
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert "check_units_are_enough" in rules(losses.check(model, X, IDS + 1))


def own(step, **options):
    """A model with a Dense of one unit and this step of TensorFlow."""

    class Own(keras.Model):
        def train_step(self, data):
            return step(self, *data)

    inputs = keras.Input((4,))
    model = Own(inputs, layers.Dense(1, **options)(inputs))
    model.compile("sgd", "mse")
    return model


def trained_by(loss_of):
    def step(model, x, y):
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss = loss_of(model, x, y)
        variables = model.trainable_variables
        model.optimizer.apply_gradients(
            zip(tape.gradient(loss, variables), variables, strict=True)
        )
        return {"loss": loss}

    return step


on_tensorflow = pytest.mark.skipif(
    backend.NAME != "tensorflow", reason="the step is one of TensorFlow"
)


@on_tensorflow
def test_arguments_of_compute_loss_by_position_are_found():
    wrong = own(trained_by(lambda model, x, y: model.compute_loss(y, model(x))))
    report = losses.check(wrong, X, Y)
    assert rules(report) == {"check_step_runs"}
    assert "called without y_pred" in str(report.of("error")[0].sentence)
    right = own(trained_by(lambda model, x, y: model.compute_loss(x, y, model(x))))
    assert not rules(losses.check(right, X, Y))


@on_tensorflow
def test_a_step_that_forgets_regularisers_is_found():
    def alone(model, x, y):
        return ops.mean(ops.square(model(x) - y))

    def whole(model, x, y):
        return alone(model, x, y) + sum(model.losses)

    for loss, found in ((alone, {"check_added_losses_count"}), (whole, set())):
        model = own(trained_by(loss), kernel_regularizer="l2")
        before = state(model)
        assert rules(losses.check(model, X, Y)) == found
        assert not model.optimizer.built
        for was, now in zip(before, state(model), strict=True):
            np.testing.assert_array_equal(was, now)
    assert not rules(losses.check(own(trained_by(alone)), X, Y))


@on_tensorflow
def test_a_step_that_runs_in_a_graph_only_is_right():
    def step(model, x, y):
        assert not __import__("tensorflow").executing_eagerly()
        return {"loss": 0.0}

    assert not rules(losses.check(own(step), X, Y))


@on_tensorflow
def test_a_step_that_ruins_the_weights_is_found():
    def root(model, x, y):
        return ops.mean(ops.sqrt(0 * model(x)))

    report = losses.check(own(trained_by(root)), X, Y)
    assert rules(report) == {"check_something_learns"}


def test_losses_that_layers_add_count_in_the_gradient():
    class Adds(layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=(), initializer="ones")

        def call(self, x):
            self.add_loss(ops.mean(ops.square(x * self.scale)))
            return x

    model = keras.Sequential([keras.Input((4,)), Adds()])
    model.compile("sgd")
    assert not rules(losses.check(model, X))


# metrics


def test_a_metric_that_raises_is_found_and_keeps_its_state():
    class Columns(keras.metrics.Metric):
        def __init__(self):
            super().__init__(name="columns")
            self.total = self.add_weight(name="total", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(1.0)
            if y_pred.shape[-1] != 2:
                raise ValueError("two columns are needed")

        def result(self):
            return self.total

    metric = Columns()
    report = losses.check(regression(metrics=[metric]), X, Y)
    assert rules(report) == {"check_metrics_run"}
    [finding] = report.of("error")
    assert "'columns' raises: ValueError: two columns are needed" in finding.sentence
    assert float(metric.total) == 0


def test_metrics_that_make_variables_late_have_none_afterwards():
    class Late(keras.metrics.Metric):
        total = None

        def update_state(self, y_true, y_pred, sample_weight=None):
            if self.total is None:
                self.total = self.add_weight(name="total", initializer="zeros")
            self.total.assign_add(1.0)

        def result(self):
            return ops.convert_to_tensor(self.total)

        def reset_state(self):
            if self.total is not None:
                self.total.assign(0.0)

    metric = Late()
    assert not rules(losses.check(regression(metrics=[metric]), X, Y))
    assert metric.total is None
    assert not metric.variables


@pytest.mark.skipif(backend.NAME == "torch", reason="no step is traced")
def test_a_metric_that_needs_numbers_does_not_run_in_the_graph():
    def numbers(y_true, y_pred):
        return np.mean(np.asarray(ops.convert_to_numpy(y_pred)))

    report = losses.check(regression(metrics=[numbers]), X, Y)
    assert rules(report) == {"check_metrics_run"}
    assert "in the graph" in report.of("error")[0].sentence
    model = regression(metrics=[numbers], run_eagerly=True)
    assert JAX or not rules(losses.check(model, X, Y))


# saving


def test_what_comes_back_otherwise_is_told():
    @keras.saving.register_keras_serializable("test_steps")
    class Times(keras.losses.Loss):
        def __init__(self, factor=1.0, **options):
            super().__init__(**options)
            self.factor = factor

        def call(self, y_true, y_pred):
            return self.factor * ops.mean(ops.square(y_true - y_pred), axis=-1)

    model = regression()
    model.compile("sgd", Times(3.0))
    report = losses.check(model, X, Y)
    assert "check_model_saves" in rules(report, "warning")
    numbers = next(f for f in report.findings if f.rule == "check_model_saves").numbers
    assert numbers["before"] == pytest.approx(3 * numbers["after"])


def test_names_that_loading_needs_are_noted():
    def mine(y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), axis=-1)

    model = regression()
    model.compile("sgd", mine)
    report = losses.check(model, X, Y)
    assert not rules(report)
    assert 'custom_objects={"mine": ...}' in str(
        [f.sentence for f in report.of("note")]
    )


def test_quick_does_not_save():
    assert (
        "check_model_saves" not in losses.check(classifier(), X, IDS, quick=True).rules
    )


# losses, weights and metrics of Keras


@pytest.mark.parametrize("reduction", ["sum", "mean_with_sample_weight", "none", None])
def test_reductions(reduction):
    model = regression()
    model.compile("sgd", keras.losses.MeanSquaredError(reduction=reduction))
    weights = np.linspace(0.5, 1.5, len(X))
    report = losses.check(model, X, Y, weights)
    raises = backend.NAME != "tensorflow" and reduction in ("none", None)
    assert rules(report) == ({"check_step_runs"} if raises else set()), report
    assert not report.failed


def test_a_loss_of_keras_with_another_call_is_ones_own():
    class Signed(keras.losses.MeanSquaredError):
        def call(self, y_true, y_pred):
            return ops.mean(y_true - y_pred, axis=-1)

    model = regression()
    model.compile("sgd", Signed())
    report = losses.check(model, X, Y, quick=True)
    assert report.outputs[0].loss == "Signed"
    assert "check_runs" in report.rules
    assert report.of("error")


def steps():
    inputs = keras.Input((6, 4))
    model = keras.Model(inputs, layers.Dense(3, "softmax")(inputs))
    model.compile("sgd", "sparse_categorical_crossentropy")
    x = np.random.default_rng(0).normal(size=(6, 6, 4)).astype("float32")
    return model, x, x[..., :3].argmax(axis=-1)


def test_a_column_of_weights_falls_on_rows_and_is_right():
    model, x, y = steps()
    weights = np.linspace(0.5, 1.5, len(x))
    assert not rules(losses.check(model, x, y, weights[:, None]))
    assert rules(losses.check(model, x, y, weights)) == {"check_sample_weights_fit"}


def test_what_accuracy_stands_for_is_told():
    report = losses.check(regression(metrics=["accuracy"]), X, Y)
    [finding] = report.of("warning")
    assert "keras.metrics.BinaryAccuracy" in finding.sentence
    assert finding.numbers["accuracy"] == 0
    inputs = keras.Input((4,))
    model = keras.Model(inputs, layers.Dense(3)(inputs))
    model.compile("sgd", "mse", metrics=["accuracy"])
    [finding] = losses.check(model, X, X[:, :3]).of("warning")
    assert "keras.metrics.CategoricalAccuracy" in finding.sentence


# what learns, and what does not


def learning(model, y=Y):
    model.compile("sgd", "mse")
    report = losses.check(model, X, y, quick=True)
    assert not report.of("error"), report
    return [f.sentence for f in report.of("warning")]


def branches(of_one):
    """Two layers that are added, of which one goes through a function first."""
    inputs = keras.Input((4,))
    one = of_one(layers.Dense(3, name="one")(inputs))
    both = layers.Add()([one, layers.Dense(3, name="other")(inputs)])
    return keras.Model(inputs, layers.Dense(1)(both))


def test_a_branch_that_no_gradient_reaches_is_named():
    [sentence] = learning(branches(ops.stop_gradient))
    assert "'one'" in sentence
    assert "2 of 6 trainable variables" in sentence
    [sentence] = learning(branches(ops.round))
    assert "'one'" in sentence
    assert not learning(branches(ops.tanh))


def test_a_frozen_branch_is_meant():
    model = branches(ops.stop_gradient)
    model.get_layer("one").trainable = False
    assert not learning(model)


def test_layers_of_an_output_without_a_loss_are_not_named():
    inputs = keras.Input((4,))
    shown, trained = layers.Dense(2, name="shown"), layers.Dense(1, name="trained")
    model = keras.Model(inputs, {"a": shown(inputs), "b": trained(inputs)})
    model.compile("sgd", {"a": None, "b": "mse"})
    assert not rules(losses.check(model, X, {"b": Y}, quick=True))


def zeros(*units, last="glorot_uniform"):
    parts = [layers.Dense(n, "relu", kernel_initializer="zeros") for n in units]
    head = layers.Dense(1, kernel_initializer=last)
    return keras.Sequential([keras.Input((4,)), *parts, head])


def test_layers_that_are_0_and_stay_0():
    [sentence] = learning(zeros(8, last="zeros"))
    assert "are 0 and stay 0" in sentence


def test_layers_that_are_0_at_first_only():
    """A head, the last factor of two, and the scale of a branch."""
    assert not learning(zeros(last="zeros"))
    inputs = keras.Input((4,))
    narrow = layers.Dense(2, use_bias=False)(inputs)
    added = layers.Dense(4, kernel_initializer="zeros", use_bias=False)(narrow)
    model = keras.Model(inputs, layers.Dense(1)(layers.Add()([inputs, added])))
    assert not learning(model)
    scaled = layers.BatchNormalization(gamma_initializer="zeros")
    added = scaled(layers.Dense(4)(inputs))
    model = keras.Model(inputs, layers.Dense(1)(layers.Add()([inputs, added])))
    assert not learning(model)


@pytest.mark.skipif(backend.NAME == "torch", reason="takes no array of NumPy")
@pytest.mark.parametrize("size", [20, len(X)])
def test_an_array_of_another_size_than_a_batch_is_told_once(size):
    weights = np.linspace(1, 2, size).astype("float32")

    def weighted(y_true, y_pred):
        return weights * ops.mean(ops.square(y_true - y_pred), axis=-1)

    model = regression()
    model.compile("sgd", weighted)
    [finding] = losses.check(model, X, Y).of("error")
    assert finding.rule == "check_step_runs"
    assert f"holds weights with {size} rows" in finding.sentence


def test_a_loss_with_a_name_of_keras():
    def dice(y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), axis=-1)

    def mine(y_true, y_pred):
        return dice(y_true, y_pred)

    model = regression()
    model.compile("sgd", dice)
    [finding] = losses.check(model, X, Y).of("warning")
    assert finding.rule == "check_saves"
    assert "load_model takes that one" in finding.sentence
    model.compile("sgd", mine)
    assert not rules(losses.check(model, X, Y))
