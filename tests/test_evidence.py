"""What is kept of a run says the same next time, on another machine; and what is kept
of one environment by its difference from another is what was recorded in it."""

import json
import shutil

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from losses.evidence import compare, messages, store
from losses.evidence.codec import dump, encoded
from losses.evidence.compare import RECORDED, TRAINED, keep, same
from losses.evidence.environments import ENVIRONMENTS, OTHERS, REFERENCE
from losses.evidence.messages import cleaned
from losses.evidence.outcomes import NotApplicable, Raises, Returns
from losses.evidence.store import Evidence


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("in call to <MapDataset:13009>", "in call to <MapDataset>"),
        (
            "tracing step at …/backend.py:75 for jit",
            "tracing step at …/backend.py for jit",
        ),
        ("calling LossLayer: loss_layer_7", "calling LossLayer: loss_layer"),
        ("keras_tensor_12 and in_a_subclass_3", "keras_tensor and in_a_subclass"),
        (
            "2 root error(s) found.\n  (0) INVALID_ARGUMENT:  no\n  (1) CANCELLED:  x",
            "no",
        ),
        ("shapes (3, 1) and 2:1", "shapes (3, 1) and 2:1"),
        ("in /usr/lib/python3/keras/losses.py", "in …/losses.py"),
        ("file:///home/me/model.keras", "file://…/model.keras"),
        ("see https://keras.io/api/losses/ there", "see https://keras.io/api/losses/"),
        ("at 0x7f56c0473e20", "at 0x…"),
        ("functional_12", "functional"),
        ("\x1b[1mBatch size 4\x1b[0m", "Batch size 4"),
    ],
)
def test_what_differs_from_run_to_run_is_left_out_of_messages(message, kept):
    assert cleaned(message).startswith(kept)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_cleaning_once_is_enough(environment):
    for probes in store.read(environment).cells.values():
        for cell in probes.values():
            assert keep(cell, cell) == cell
            for outcome in cell.values():
                message = cleaned(outcome.get("message", ""))
                assert cleaned(message) == message


def test_a_message_recorded_by_another_rule_says_the_same(monkeypatch):
    error = {"raises": "ValueError", "message": "no rank of loss_layer_7"}
    now = encoded(Raises("ValueError", "no rank of loss_layer_8"))
    assert keep(now, error) == error

    with monkeypatch.context() as changed:
        changed.setattr(messages, "cleaned", lambda text: text.replace("rank", "…"))
        changed.setattr(compare, "cleaned", messages.cleaned)
        assert keep({**error, "message": "no … of loss_layer_7"}, error) == error
    assert keep({**error, "message": "no width of loss_layer_7"}, error) != error


def test_what_is_close_keeps_its_text():
    assert keep(1.0, 1.00001) == 1.00001
    assert keep(1.0, 1.001) == 1.0
    assert keep(1.0, 1.001, TRAINED) == 1.001
    assert keep({"a": [1.0, 2.0]}, {"a": [1.00001, 3.0]}) == {"a": [1.00001, 2.0]}
    assert keep([1.0], [1.00001, 1.0]) == [1.0]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("nan", np.nan, True),
        ("inf", np.inf, True),
        ("inf", "-inf", False),
        ("nan", 0.0, False),
        (0.2, [0.2], False),
        ([0.2], "nan", False),
        ([0.1, "nan"], np.array([0.1, np.nan]), True),
        ({"a": 1.0}, {"a": 1.0 + 1e-5}, True),
        ({"a": 1.0}, {"b": 1.0}, False),
        ("inf", "nothing", False),
        (None, None, True),
        (None, 0.0, False),
        (1.0, 1.0 + 1e-3, False),
    ],
)
def test_two_values_are_the_same_in_every_number(one, other, alike):
    assert same(one, other, RECORDED) == same(other, one, RECORDED) == alike


def test_of_a_large_tensor_a_summary_is_kept():
    seen = encoded(Returns(np.arange(300.0).reshape(3, 100)))
    assert seen == {
        "returns": {"least": 0.0, "mean": 149.5, "most": 299.0},
        "shape": [3, 100],
    }


def test_what_one_device_does_may_be_an_error():
    seen = encoded(Returns(np.inf, alone=Raises("ValueError", "no")))
    error = {"raises": "ValueError", "message": "no"}
    assert seen == {"returns": "inf", "alone": error}


def test_it_is_json_with_a_line_for_each_outcome():
    record = {"a": {"returns": [1.0, "nan"]}, "b": {"raises": "E", "message": "…"}}
    assert json.loads(dump(record)) == record
    assert len(dump(record).splitlines()) == 4


@pytest.fixture
def data(tmp_path, monkeypatch):
    """An empty place for evidence."""
    monkeypatch.setattr(store, "DATA", tmp_path)
    return tmp_path


def test_writing_what_was_read_changes_no_file(data):
    """With the reference all environments are written."""
    home = registered()
    shutil.copytree(home, data, dirs_exist_ok=True)
    store.write(store.read(REFERENCE))
    assert contents(data) == contents(home)


def registered():
    """The folder of the evidence that is committed."""
    return store.Path(store.__file__).parent / "data"


def contents(folder):
    return {
        path.relative_to(folder): path.read_text("utf-8")
        for path in folder.rglob("*.json")
    }


OUTCOMES = [
    encoded(outcome)
    for outcome in (
        Returns(np.array([0.5, 1.0])),
        Returns(np.array([0.5, np.nan])),
        Returns(0.25, step=1.5, alone=Raises("ValueError", "no")),
        Raises("ValueError", "shapes differ"),
        NotApplicable("there is no such thing"),
        NotApplicable("it is a training script"),
    )
]
VARIANTS = ("dice/one", "dice/two", "corn/one")
PROBES = ("call", "gradient", "two_replicas")


@st.composite
def evidence(draw, environment):
    """What may have been recorded: some cells, and of a cell no key without it."""
    outcome = st.sampled_from(OUTCOMES)
    cell = st.fixed_dictionaries(dict.fromkeys(store.SIDES, outcome))
    found = Evidence(environment, {"keras": "3.15.1"})
    for variant in VARIANTS:
        for probe in PROBES:
            if draw(st.booleans()):
                found.put(variant, probe, draw(cell), draw(st.sampled_from("abc")))
    return found


def empty(folder):
    for path in folder.rglob("*.json"):
        path.unlink()


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_what_is_written_is_read_again(tmp_path_factory, drawn):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "DATA", tmp_path_factory.mktemp("data"))
        known = {
            name: drawn.draw(evidence(name), name)
            for name in (REFERENCE, OTHERS[0], OTHERS[1])
        }
        for name in drawn.draw(st.permutations(list(known)), "order"):
            store.write(known[name])
        assert {name: store.read(name) for name in known} == known

        changed = drawn.draw(evidence(REFERENCE), "changed")
        store.write(changed)
        for name in OTHERS[:2]:
            assert store.read(name) == known[name]
        assert store.read(REFERENCE) == changed
        for name in OTHERS[:2]:
            assert not store.misplaced(name)


def test_a_cell_that_is_missing_is_missed(data):
    home = Evidence(REFERENCE, {"keras": "3"})
    home.put("dice/one", "call", dict.fromkeys(store.SIDES, OUTCOMES[0]), "a")
    home.put("dice/one", "gradient", dict.fromkeys(store.SIDES, OUTCOMES[0]), "a")
    there = Evidence(OTHERS[0], {"keras": "3"})
    there.put("dice/one", "call", dict.fromkeys(store.SIDES, OUTCOMES[0]), "a")
    store.write(home)
    store.write(there)
    assert store.read(OTHERS[0]).keys == {"dice/one": {"call": "a"}}
    assert store.read(OTHERS[1]).keys == {}


def test_what_is_like_the_reference_is_kept_once(data):
    cell = dict(zip(store.SIDES, OUTCOMES))
    for name in (REFERENCE, OTHERS[0]):
        found = Evidence(name, {"keras": "3"})
        for probe in PROBES:
            found.put("dice/one", probe, cell, "a")
        store.write(found)
    assert sorted(path.name for path in (data / OTHERS[0]).iterdir()) == [
        "environment.json",
        "keys.json",
    ]


def test_the_keys_of_documents_outlive_the_cells_and_each_other(data):
    store.write_document("claims/shapes", {"claims": {}}, {"one": "a", "two": "b"})
    store.write_document("demo/binary", {"runs": []}, {"": "c"})
    store.write(Evidence(REFERENCE, {"keras": "3"}))
    assert store.keys_of("claims/shapes") == {"one": "a", "two": "b"}
    store.write_document("claims/shapes", {"claims": {}}, {"one": "d"})
    assert store.keys_of("claims/shapes") == {"one": "d"}
    assert store.keys_of("demo/binary") == {"": "c"}
    assert store.document("demo/binary") == {"runs": []}
    store.write_keys("guide/mirrored", {"": "e"})
    assert store.keys_of("guide/mirrored") == {"": "e"}
