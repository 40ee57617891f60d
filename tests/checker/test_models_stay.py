"""A model, its data and the code of its user stay as they were before a check."""

import random

import keras
import numpy as np
import pytest
from keras import layers, ops

import losses
from losses.running import backend

X = np.random.default_rng(0).normal(size=(80, 4)).astype("float32")
Y = X.sum(axis=-1, keepdims=True)
IDS = X[:, :3].argmax(axis=-1)


class Tally:
    """An object of the user that is neither a layer nor a number."""

    def __init__(self):
        self.rows, self.total = [], 0


class Remembers(layers.Layer):
    """A layer that notes down each call in every way there is."""

    def __init__(self):
        super().__init__()
        self.log, self.count, self.kinds = [], {"calls": 0}, set()
        self.sums, self.drawn = np.zeros(1), np.random.default_rng(0)
        self.coin, self.tally, self.calls = random.Random(0), Tally(), 0

    def call(self, x):
        self.log.append(len(self.log))
        self.count["calls"] += 1
        self.kinds.add(len(self.log))
        self.sums += 1
        self.coin.random()
        self.tally.rows.append(x.shape)
        self.tally.total += 1
        self.calls += 1
        self.last = self.calls
        return x + 0.0 * self.drawn.normal()

    def told(self):
        return (
            [*self.log],
            {**self.count},
            {*self.kinds},
            self.sums.tolist(),
            self.drawn.bit_generator.state,
            self.coin.getstate(),
            [*self.tally.rows],
            self.tally.total,
            self.calls,
            self.last,
        )


def compiled(*parts, loss="mse", **options):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), *parts])
    model.compile(keras.optimizers.Adam(0.01), loss, **options)
    return model


def test_what_a_layer_notes_down_is_put_back():
    model = compiled(Remembers(), layers.Dense(1))
    before = model.layers[0].told()
    assert losses.check(model, X, Y)
    assert model.layers[0].told() == before


def test_what_a_loss_notes_down_is_put_back():
    calls, sums = [], np.zeros(2)

    class Noted(keras.losses.Loss):
        def __init__(self):
            super().__init__()
            self.seen = []

        def call(self, y_true, y_pred):
            self.seen.append(1)
            return ops.mean((y_true - y_pred) ** 2, axis=-1)

    def noted(y_true, y_pred):
        calls.append(1)
        sums[0] += 1
        return ops.mean((y_true - y_pred) ** 2, axis=-1)

    loss = Noted()
    losses.check(compiled(layers.Dense(1), loss=loss), X, Y, quick=True)
    losses.check(compiled(layers.Dense(1), loss=noted), X, Y, quick=True)
    assert (loss.seen, calls, sums.tolist()) == ([], [], [0, 0])


class OwnStep(keras.Model):
    """It trains by a step of its own, which keeps a record."""

    def __init__(self):
        super().__init__()
        self.head, self.record, self.steps = layers.Dense(1), [], 0

    def call(self, x):
        return self.head(x)

    def train_step(self, *state_and_data):
        self.record.append(len(self.record))
        self.steps += 1
        return super().train_step(*state_and_data)


def test_what_a_step_of_ones_own_notes_down_is_put_back():
    model = OwnStep()
    model(X)
    model.compile("adam", "mse", run_eagerly=True)
    losses.check(model, X, Y)
    assert (list(model.record), model.steps) == ([], 0)


def test_names_of_metrics_are_those_of_a_model_that_has_not_trained():
    def names(model):
        return model.metrics_names, [metric.name for metric in model.metrics]

    def two_outputs():
        inputs = keras.Input((4,))
        heads = {"price": layers.Dense(1), "kind": layers.Dense(3, "softmax")}
        model = keras.Model(inputs, {n: head(inputs) for n, head in heads.items()})
        model.compile(
            "adam", {"price": "mse", "kind": "sparse_categorical_crossentropy"}
        )
        return model

    checked = two_outputs()
    assert losses.check(checked, X, {"price": Y, "kind": IDS})
    assert names(checked) == names(two_outputs())


@pytest.mark.skipif(backend.NAME != "tensorflow", reason="strategies are TensorFlow's")
def test_a_model_of_a_strategy_stays_as_it_was():
    import tensorflow as tf

    def mirrored():
        keras.utils.set_random_seed(0)
        with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
            return compiled(layers.Dense(1))

    checked = mirrored()
    assert losses.check(checked, X, Y)
    history = [m.fit(X, Y, verbose=0).history for m in (checked, mirrored())]
    assert history[0] == history[1]


@pytest.mark.skipif(backend.NAME != "tensorflow", reason="it holds a tf.Variable")
def test_variables_of_tensorflow_are_put_back():
    import tensorflow as tf

    class Counts(layers.Layer):
        def __init__(self):
            super().__init__()
            self.number = tf.Variable(0.0, trainable=False)

        def call(self, x):
            self.number.assign_add(1.0)
            return x

    model = compiled(Counts(), layers.Dense(1))
    before = float(model.layers[0].number)
    losses.check(model, X, Y, quick=True)
    assert float(model.layers[0].number) == before


def test_what_recurrent_layers_carry_on_is_put_back():
    def carrying():
        keras.utils.set_random_seed(0)
        inputs = keras.Input(batch_shape=(16, 4, 1))
        hidden = layers.Bidirectional(layers.LSTM(3, stateful=True))(inputs)
        model = keras.Model(inputs, layers.Dense(1)(hidden))
        model.compile(keras.optimizers.Adam(0.01), "mse")
        return model

    checked, other = carrying(), carrying()
    losses.check(checked, X[..., None], Y)
    given = [
        model.predict(X[..., None], batch_size=16, verbose=0)
        for model in (checked, other)
    ]
    np.testing.assert_array_equal(*given)


class TwoOptimizers(keras.Model):
    """They stand in a dict, and have no variables before the first step."""

    def __init__(self):
        super().__init__()
        self.head = layers.Dense(1)
        self.optimizers = {"head": keras.optimizers.Adam(0.01)}

    def call(self, x):
        return self.head(x)

    def train_step(self, data):
        import tensorflow as tf

        x, y = data
        with tf.GradientTape() as tape:
            loss = ops.mean((self(x) - y) ** 2)
        variables = self.trainable_variables
        gradients = tape.gradient(loss, variables)
        self.optimizers["head"].apply_gradients(zip(gradients, variables))
        return {"loss": loss}


@pytest.mark.skipif(backend.NAME != "tensorflow", reason="its step tapes gradients")
def test_optimizers_in_a_dict_are_put_back():
    model = TwoOptimizers()
    model(X)
    model.compile()
    losses.check(model, X, Y)
    assert not model.optimizers["head"].built


class Augmented(keras.utils.PyDataset):
    """Each batch is drawn anew."""

    def __init__(self):
        super().__init__()
        self.draw = np.random.default_rng(0)

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return X[:16] + self.draw.normal(size=(16, 4)), Y[:16]


def test_what_a_dataset_draws_is_put_back():
    data = Augmented()
    before = data.draw.bit_generator.state
    assert losses.check(compiled(layers.Dense(1)), data)
    assert data.draw.bit_generator.state == before


@pytest.mark.skipif(backend.NAME != "tensorflow", reason="a dataset of TensorFlow")
def test_a_dataset_that_runs_python_is_told():
    import tensorflow as tf

    rows = tf.data.Dataset.from_tensor_slices((X, Y)).batch(16)
    model = compiled(layers.Dense(1))
    drawn = tf.data.Dataset.from_generator(
        lambda: iter([(X[:16], Y[:16])]),
        output_signature=(tf.TensorSpec((16, 4)), tf.TensorSpec((16, 1))),
    )
    told = "runs code of Python"
    assert told in str(losses.check(model, drawn.map(lambda x, y: (x, y)), quick=True))
    assert told not in str(losses.check(model, rows, quick=True))
