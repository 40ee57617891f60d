"""The batch of a check: every kind of data that `fit` takes, which rows, how many."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import losses
from losses.checker.models.batches import batch_of
from losses.running import backend
from tests.checker.test_models import IDS, X, classifier

LONG = np.random.default_rng(1).normal(size=(1000, 4)).astype("float32")
SORTED = np.repeat(np.arange(4), 250)


def rules(report):
    return {f.rule for f in report.of("error") + report.of("warning")}


def test_rows_are_from_everywhere_and_the_same_each_time():
    one, other = (batch_of(LONG, SORTED) for _ in "12")
    np.testing.assert_array_equal(one.x, other.x)
    assert len(one.x) == 64
    assert set(one.y.tolist()) == {0, 1, 2, 3}


def test_the_highest_label_of_the_data_is_seen():
    ids = np.zeros(1000, int)
    ids[777] = 5
    assert 5 in batch_of(LONG, ids).y
    assert "check_units_are_enough" in rules(losses.check(classifier(), LONG, ids))


def test_rows_that_stand_together_stay_together():
    """Pairs and their like."""
    number = np.arange(1000)
    rows = batch_of(LONG, number).y.reshape(-1, 8)
    np.testing.assert_array_equal(rows - rows[:, :1], np.arange(8)[None].repeat(8, 0))
    np.testing.assert_array_equal(rows[:, 0] % 8, 0)


@pytest.mark.parametrize("asked, rows", [(16, 16), (128, 128), (10, 10), (3, 3)])
def test_batch_size_is_taken_as_fit_takes_it(asked, rows):
    assert len(batch_of(LONG, SORTED, batch_size=asked).x) == rows


def test_a_few_rows_are_all_looked_at():
    assert len(batch_of(LONG[:37], SORTED[:37]).x) == 37


@pytest.mark.skipif(backend.NAME == "torch", reason="fit raises there as well")
def test_a_model_for_one_batch_size_gets_it():
    inputs = keras.Input(batch_shape=(16, 5, 4))
    steps = layers.LSTM(4, stateful=True)(inputs)
    model = keras.Model(inputs, layers.Dense(1)(steps))
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(160, 5, 4)).astype("float32")
    report = losses.check(model, x, x[:, 0, 0])
    assert not rules(report), report
    assert report.complete


def test_a_loss_for_the_batch_size_of_fit_is_right():
    """It runs for 32 rows only, which is what `fit` gives it."""

    def pairs(y_true, y_pred):
        weights = ops.convert_to_tensor(np.ones(32, "float32"))
        return ops.mean(ops.square(y_true - y_pred), axis=-1) * weights

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("sgd", pairs)
    report = losses.check(model, LONG[:640], LONG[:640].sum(-1), only="check_step_runs")
    assert not rules(report), report


def test_a_dataset_keeps_its_batch():
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return LONG[:100], SORTED[:100], np.ones(100)

    assert len(batch_of(Batches()).x) == 100


def test_generators_that_end_or_never_end():
    assert losses.check(classifier(), ((X, IDS) for _ in iter(int, 1)))
    with pytest.raises(ValueError, match="has ended"):
        losses.check(classifier(), (part for part in ()))
    with pytest.raises(ValueError, match="no y beside a generator"):
        losses.check(classifier(), ((X, IDS) for _ in "12"), IDS)


@pytest.mark.parametrize(
    "data, told",
    [
        ((X[:0], IDS[:0]), "no rows"),
        ((X, IDS[:70]), "x has 80, y has 70"),
        (([[1.0, 2.0]], [1]), "numpy.array"),
        ((np.array([["a"], ["b"]]), np.arange(2)), "tf.constant"),
    ],
)
def test_data_that_fit_does_not_take_are_refused_with_a_reason(data, told):
    with pytest.raises((TypeError, ValueError), match=told):
        losses.check(classifier(), *data)


def test_an_empty_PyDataset_is_refused():
    class Empty(keras.utils.PyDataset):
        def __len__(self):
            return 0

    with pytest.raises(ValueError, match="no batch"):
        losses.check(classifier(), Empty())


def test_no_labels_for_a_loss_that_a_layer_adds():
    class Adds(layers.Layer):
        def call(self, x):
            self.add_loss(ops.mean(ops.square(x)))
            return x

    model = keras.Sequential([keras.Input((4,)), layers.Dense(2), Adds()])
    model.compile("sgd")
    report = losses.check(model, X)
    assert not rules(report), report


def test_missing_numbers_in_x_are_found_wherever_they_are():
    x = LONG.copy()
    x[901, 2] = np.nan
    report = losses.check(classifier(units=4), x, SORTED)
    assert rules(report) == {"check_inputs_are_numbers"}
    [finding] = report.of("error")
    assert "1 of 64 rows (column 2)" in finding.sentence


def test_a_model_that_fills_gaps_is_right():
    class Filled(layers.Layer):
        def call(self, x):
            return ops.where(ops.isnan(x), 0.0, x)

    x = LONG.copy()
    x[::9, 2] = np.nan
    parts = [keras.Input((4,)), Filled(), layers.Dense(4, "softmax")]
    model = keras.Sequential(parts)
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert not rules(losses.check(model, x, SORTED))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_labels_that_are_no_numbers_are_found(wrong):
    y = LONG.sum(axis=-1)
    y[901] = wrong
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    assert rules(losses.check(model, LONG, y)) == {"check_labels_are_numbers"}


def test_tables_are_taken_by_their_rows():
    pandas = pytest.importorskip("pandas")
    names = ["a", "b", "c", "d"]
    table = pandas.DataFrame(LONG, columns=names, index=np.arange(1000)[::-1])
    ids = pandas.Series(SORTED)
    batch = batch_of(table, ids)
    assert set(batch.y.ravel().tolist()) == {0, 1, 2, 3}
    inputs = {name: keras.Input((1,), name=name) for name in names}
    joined = layers.Concatenate()(list(inputs.values()))
    model = keras.Model(inputs, layers.Dense(4, "softmax")(joined))
    model.compile("sgd", "sparse_categorical_crossentropy")
    columns = {name: table[name] for name in names}
    assert not rules(losses.check(model, columns, ids))


@pytest.mark.skipif(backend.NAME != "tensorflow", reason="data of TensorFlow")
class TestTensorFlow:
    def dataset(self, *parts):
        import tensorflow as tf

        return tf.data.Dataset.from_tensor_slices(parts or (X, IDS))

    def test_an_endless_dataset_gives_a_batch(self):
        assert losses.check(classifier(), self.dataset().repeat().batch(16))

    def test_a_dataset_of_rows_is_refused(self):
        with pytest.raises(ValueError, match=r"\.batch\(32\)"):
            losses.check(classifier(), self.dataset())

    def test_an_empty_dataset_is_refused(self):
        with pytest.raises(ValueError, match="no batch"):
            losses.check(classifier(), self.dataset().take(0).batch(16))

    def test_a_shuffled_dataset_is_noted(self):
        report = losses.check(classifier(), self.dataset().shuffle(80).batch(16))
        assert "another order" in str(report)
        fixed = self.dataset().shuffle(80, reshuffle_each_iteration=False)
        assert "another order" not in str(losses.check(classifier(), fixed.batch(16)))

    def test_sparse_inputs(self):
        import tensorflow as tf

        sparse = tf.sparse.from_dense(LONG * (LONG > 0.5))
        assert not rules(losses.check(classifier(units=4), sparse, SORTED))
        scipy = pytest.importorskip("scipy.sparse")
        matrix = scipy.coo_matrix(LONG * (LONG > 0.5))
        assert not rules(losses.check(classifier(units=4), matrix, SORTED))

    def test_ragged_inputs(self):
        import tensorflow as tf

        rows = tf.ragged.constant([[1, 2, 3][: 1 + n % 3] for n in range(1000)])
        parts = [keras.Input((None,), dtype="int32"), layers.Embedding(5, 4)]
        parts += [layers.GlobalAveragePooling1D(), layers.Dense(4, "softmax")]
        model = keras.Sequential(parts)
        model.compile("sgd", "sparse_categorical_crossentropy")
        assert not rules(losses.check(model, rows, SORTED))

    def test_strings(self):
        import tensorflow as tf

        words = tf.constant([["a b"], ["b c d"], ["c"]] * 40)
        split = layers.TextVectorization(output_sequence_length=4)
        split.adapt(words)
        parts = [keras.Input((1,), dtype="string"), split, layers.Embedding(10, 4)]
        model = keras.Sequential([*parts, layers.Flatten(), layers.Dense(3, "softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        assert not rules(losses.check(model, words, np.arange(120) % 3))


@pytest.mark.skipif(backend.NAME != "torch", reason="a loader of PyTorch")
def test_the_order_of_a_loader_stays():
    import torch

    pairs = torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(IDS))
    order = torch.Generator().manual_seed(1)
    before = order.get_state()
    loader = torch.utils.data.DataLoader(pairs, 16, shuffle=True, generator=order)
    assert losses.check(classifier(), loader)
    assert torch.equal(order.get_state(), before)
