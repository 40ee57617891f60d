"""`losses.check(model, x, y)`: what it takes, what it tells, and that the model stays
as it was."""

import json

import keras
import numpy as np
import pytest
from keras import layers

import losses
from losses.running import backend

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(80, 4)).astype("float32")
IDS = X[:, :3].argmax(axis=-1)
WRONG = "check_units_are_enough"  # what finds ids from 1 on


def classifier(units=3, seed=0):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(8, "relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(units, "softmax"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(0.01),
        "sparse_categorical_crossentropy",
        metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(2)],
    )
    return model


def state(model):
    """Every number that the model, its optimizer and its metrics hold."""
    variables = [*model.variables, *model.optimizer.variables]
    variables += [v for metric in model.metrics for v in metric.variables]
    return [np.array(keras.ops.convert_to_numpy(v)) for v in variables]


def trained(model):
    history = model.fit(X, IDS, batch_size=16, epochs=2, verbose=0).history
    return history, state(model)


@pytest.mark.parametrize("fits_before", [0, 1])
def test_a_model_stays_as_it_was(fits_before):
    """To the last bit, before and after it was trained; the next `fit` gives what it
    would have given."""
    checked, other = classifier(), classifier()
    for _ in range(fits_before):
        keras.utils.set_random_seed(1)
        trained(checked)
        keras.utils.set_random_seed(1)
        trained(other)
    before = state(checked)
    optimizer, function = checked.optimizer, checked.train_function
    losses.check(checked, X, IDS + 1)
    assert losses.check(checked, X, IDS)
    assert checked.optimizer is optimizer
    assert checked.train_function is function
    for was, now in zip(before, state(checked), strict=True):
        np.testing.assert_array_equal(was, now)
    keras.utils.set_random_seed(2)
    history, after = trained(checked)
    keras.utils.set_random_seed(2)
    expected, after_other = trained(other)
    assert history == expected
    for one, two in zip(after, after_other, strict=True):
        np.testing.assert_array_equal(one, two)


def found(model, *data, **options):
    return {finding.rule for finding in losses.check(model, *data, **options).findings}


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 5

    def __getitem__(self, index):
        rows = slice(16 * index, 16 * index + 16)
        return X[rows], IDS[rows] + 1


def as_tensors():
    return keras.ops.convert_to_tensor(X), keras.ops.convert_to_tensor(IDS + 1)


def as_dataset():
    tf = pytest.importorskip("tensorflow")
    return (tf.data.Dataset.from_tensor_slices((X, IDS + 1)).batch(16),)


def as_loader():
    torch = pytest.importorskip("torch")
    pairs = torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(IDS + 1))
    return (torch.utils.data.DataLoader(pairs, batch_size=16),)


def as_generator():
    return ((part for part in [(X[:16], IDS[:16] + 1)] * 2),)


@pytest.mark.parametrize(
    "data",
    [
        lambda: (X, IDS + 1),
        as_tensors,
        as_dataset,
        as_loader,
        as_generator,
        lambda: (Batches(),),
    ],
    ids=["arrays", "tensors", "dataset", "loader", "generator", "PyDataset"],
)
def test_data_are_taken_as_fit_takes_them(data):
    assert WRONG in found(classifier(), *data())


def test_one_batch_of_a_generator_is_taken_and_told():
    rows = (part for part in [(X[:16], IDS[:16]), (X[16:32], IDS[16:32])])
    report = losses.check(classifier(), rows)
    assert report, report
    assert "fit gets the next one" in str(report)
    assert len(list(rows)) == 1


class Net(keras.Model):
    """Subclassed, and without weights before it is called."""

    def __init__(self):
        super().__init__()
        self.hidden, self.head = layers.Dense(8, "relu"), layers.Dense(3)

    def call(self, x):
        return keras.ops.softmax(self.head(self.hidden(x)))


def test_a_subclassed_model_is_read_by_what_it_does():
    model = Net()
    model.compile("adam", "sparse_categorical_crossentropy")
    assert losses.check(model, X, IDS)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    assert "check_head_fits_from_logits" in found(model, X, IDS)


def test_a_loss_of_ones_own_is_checked_with_the_labels_of_the_batch():
    def summed(y_true, y_pred):
        return keras.ops.sum(keras.ops.square(y_true - y_pred))

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", summed)
    report = losses.check(model, X, X.sum(axis=-1))
    assert report
    assert {"check_one_value_per_sample", "check_batch_size"} <= {
        finding.rule for finding in report.of("warning")
    }
    assert all(f.sentence.startswith("summed: ") for f in report.of("warning"))


def test_labels_without_the_last_axis_are_right_in_fit():
    """A direct call would broadcast; `fit` brings the ranks together."""

    def squared(y_true, y_pred):
        return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", squared)
    report = losses.check(model, X, X.sum(axis=-1))
    assert not report.of("error") + report.of("warning"), report


def test_the_report_says_how_the_model_was_read():
    inputs = keras.Input((4,))
    outputs = {
        "age": layers.Dense(1)(inputs),
        "kind": layers.Dense(3, "softmax")(inputs),
    }
    model = keras.Model(inputs, outputs, name="people")
    kinds = {"age": "mse", "kind": "sparse_categorical_crossentropy"}
    model.compile("adam", kinds)
    report = losses.check(model, X, {"age": X[:, :1], "kind": IDS})
    assert report, report
    [age, kind] = report.outputs
    assert (age.output, age.loss, kind.head) == (
        "age",
        "mean_squared_error",
        "(3) softmax",
    )
    assert kind.labels == "class ids 0 to 2"
    assert "people: nothing found" in str(report)
    assert "sparse_categorical_crossentropy" in str(report)
    told = json.loads(report.to_json())
    assert told["model"] == "people"
    assert [row["output"] for row in told["outputs"]] == ["age", "kind"]


def test_what_is_no_question_about_a_model_is_refused():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    with pytest.raises(ValueError, match="not compiled"):
        losses.check(model, X, IDS)
    with pytest.raises(ValueError, match="x has 80, y has 79"):
        losses.check(classifier(), X, IDS[1:])
    with pytest.raises(ValueError, match="check_nothing_such"):
        losses.check(classifier(), X, IDS, only="check_nothing_such")


def test_a_model_that_does_not_run_on_its_inputs_is_an_error_of_the_step():
    report = losses.check(classifier(), X[:, :3], IDS)
    [finding] = report.of("error")
    assert finding.rule == "check_step_runs"
    assert "does not run on x" in finding.sentence


def test_rules_can_be_chosen_and_skipped():
    assert found(classifier(), X, IDS + 1, only=WRONG) == {WRONG}
    report = losses.check(classifier(), X, IDS + 1, skip={WRONG: "known"})
    assert report
    assert report.skipped == {WRONG: "known"}


@pytest.mark.skipif(backend.NAME != "tensorflow", reason="only there it looks back")
def test_what_fit_minimises_may_not_be_the_loss_of_what_is_predicted():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    report = losses.check(model, X, (X[:, 0] > 0).astype("int32"))
    [finding] = report.of("warning")
    assert (
        finding.numbers["loss_in_the_step"]
        != finding.numbers["loss_of_these_predictions"]
    )


class OwnStep(keras.Model):
    """Trains by a step of its own, and has no loss in `compile`."""

    def __init__(self):
        super().__init__()
        self.head = layers.Dense(1)

    def call(self, x):
        return self.head(x)

    def train_step(self, *_):
        return {"loss": 0.0}


class OwnLoss(OwnStep):
    """Computes its loss itself, from all that a step has."""

    train_step = keras.Model.train_step

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, **_):
        return keras.ops.mean(keras.ops.square(y_pred[:, 0] - y))


def test_a_step_of_ones_own_is_not_judged():
    model = OwnStep()
    model.compile("adam")
    report = losses.check(model, X, IDS)
    assert {finding.severity for finding in report.findings} == {"note"}
    assert "train_step of its own" in str(report)
    assert report.complete


def test_a_loss_that_the_model_computes_is_the_one_that_trains():
    model = OwnLoss()
    model.compile("adam")
    report = losses.check(model, X, X[:, 0])
    assert not report.of("error"), report
