"""What is kept of a run says the same next time, on another machine."""

import json

import numpy as np
import pytest

from losses.evidence.messages import cleaned
from losses.evidence.outcomes import Raises, Returns
from tests.evidence import CLOSE, as_json, dump, keep, steady


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
    ],
)
def test_counters_and_races_are_left_out_of_messages(message, kept):
    assert steady(message) == kept


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("in /usr/lib/python3/keras/losses.py", "in …/losses.py"),
        ("file:///home/me/model.keras", "file://…/model.keras"),
        ("see https://keras.io/api/losses/ there", "see https://keras.io/api/losses/"),
        ("at 0x7f56c0473e20", "at 0x…"),
        ("functional_12", "functional"),
    ],
)
def test_places_are_left_out_of_messages_and_addresses_are_not(message, kept):
    assert cleaned(message).startswith(kept)


def test_what_is_close_keeps_its_text():
    assert keep(1.0, 1.00001, CLOSE) == 1.00001
    assert keep(1.0, 1.001, CLOSE) == 1.0
    assert keep({"a": [1.0, 2.0]}, {"a": [1.00001, 3.0]}, CLOSE) == {
        "a": [1.00001, 2.0]
    }
    assert keep([1.0], [1.00001, 1.0], CLOSE) == [1.0]


def test_of_a_large_tensor_a_summary_is_kept():
    seen = as_json(Returns(np.arange(300.0).reshape(3, 100)))
    assert seen == {
        "returns": {"least": 0.0, "mean": 149.5, "most": 299.0},
        "shape": [3, 100],
    }


def test_what_one_device_does_may_be_an_error():
    seen = as_json(Returns(np.inf, alone=Raises("ValueError", "no")))
    error = {"raises": "ValueError", "message": "no"}
    assert seen == {"returns": "inf", "alone": error}


def test_it_is_json_with_a_line_for_each_outcome():
    record = {"a": {"returns": [1.0, "nan"]}, "b": {"raises": "E", "message": "…"}}
    assert json.loads(dump(record)) == record
    assert len(dump(record).splitlines()) == 4
