"""The score by which an error is recognised; the site uses the same cases."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from losses.cli.explain import recorded as every_recorded_error
from losses.cli.main import cli
from losses.evidence import store
from losses.evidence.errors import claimed, errors, ranked, score, words
from losses.source import registry

CASES = json.loads(Path(__file__).with_name("explain_cases.json").read_text("utf-8"))
RECORDED = {
    error: None
    for loss in registry.losses()
    for error in errors(loss, store.cells(loss))
}
NOT_OURS = [
    "",
    "Epoch 1/5\n25/25 - 1s - loss: 0.6931 - accuracy: 0.5123",
    "ModuleNotFoundError: No module named 'tensorflow'",
    "ImportError: cannot import name 'Adam' from 'keras.optimizers'",
    "FileNotFoundError: [Errno 2] No such file or directory: 'data/train.csv'",
    "NameError: name 'model' is not defined",
    "IndexError: list index out of range",
    "AttributeError: 'NoneType' object has no attribute 'fit'",
    "KeyError: 'label'",
    "ZeroDivisionError: division by zero",
    "SyntaxError: unterminated string literal (detected at line 4)",
    "ResourceExhaustedError: OOM when allocating tensor with shape[64,512,512,3]",
    "MemoryError: Unable to allocate 12.5 GiB for an array with shape (50000, 33554)",
    "UnicodeDecodeError: 'utf-8' codec can't decode byte 0x89 in position 0",
    "TypeError: fit() got an unexpected keyword argument 'nb_epoch'",
    "ValueError: Found array with dim 3. Estimator expected <= 2.",
    "ValueError: could not convert string to float: 'yes'",
    'ValueError: Input 0 of layer "dense" is incompatible with the layer: expected '
    "axis -1 of input shape to have value 4, but received input with shape (None, 5)",
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_score(case):
    found = score(case["error"], case["message"], case["text"])
    assert found == pytest.approx(case["score"], abs=1e-12)


def test_words():
    assert words("[Op:Sub] a_b: (2, None, 3) x1e-5, Σ 'c'") == [
        "a_b",
        "#",
        "x#e",
        "#",
        "c",
    ]


def test_the_best_message_of_a_variant_counts_and_the_best_variant_is_first():
    recorded = [
        ("dice/one", "ValueError", "one two three four"),
        ("dice/two", "ValueError", "one two three four five"),
        ("dice/two", "TypeError", "of quite another kind"),
        ("dice/three", "TypeError", "of quite another kind"),
    ]
    # so one two three four: both trigrams of the first and all of it, two of three of
    # the second, none of the others
    assert ranked("so one two three four", recorded) == [
        (2.0, "dice/one"),
        (2 / 3, "dice/two"),
    ]
    # a tie is in the order of the ids
    assert ranked("of quite another kind", recorded) == [
        (2.0, "dice/three"),
        (2.0, "dice/two"),
    ]


def test_under_the_threshold_nothing_fits():
    recorded = [("dice/one", "ValueError", "one two three four five six seven")]
    found = ranked("so one two three four five", recorded)
    assert found == [(0.6, "dice/one")]  # 3 of 5
    assert ranked("so one two three four", recorded) == []  # 2 of 5


def test_five_are_listed_and_what_ties_with_the_fifth():
    said = "one two three four"
    several = [(f"dice/{n}", "ValueError", f"{said} five") for n in range(3)]
    ties = [(f"dice/{n}", "ValueError", f"{said} five six") for n in range(3, 7)]
    last = [("dice/7", "ValueError", "seven two three four")]
    # two of three trigrams, two of four, one of two
    found = ranked(f"so {said}", [*several, *ties, *last])
    assert found == [
        *((2 / 3, f"dice/{n}") for n in range(3)),
        *((0.5, f"dice/{n}") for n in range(3, 8)),
    ]
    found = ranked(f"so {said} five", [*several, *ties, *last])
    # all; three of four; one of two
    assert found == [
        *((2.0, f"dice/{n}") for n in range(3)),
        *((0.75, f"dice/{n}") for n in range(3, 7)),
    ]


def test_an_error_that_the_reference_raises_too_is_not_blamed_on_the_variant():
    of_keras = {"raises": "TypeError", "message": "fit cannot take this"}
    own = {"raises": "ValueError", "message": "shapes must be equal"}
    fine = {"returns": 0.0}
    recorded = {
        "flaw": {
            "call": {"variant": own, "reference": fine},
            "fit_graph": {"variant": fine, "reference": own},
            "class_weight": {"variant": of_keras, "reference": of_keras},
        }
    }
    assert list(errors("dice", recorded)) == [
        ("dice/flaw", "ValueError", "shapes must be equal")
    ]


def test_a_model_that_cannot_be_loaded_is_not_blamed_on_the_variant():
    unknown = {"raises": "TypeError", "message": "could not locate the function"}
    seen = {"variant": unknown, "reference": {"returns": 0.0}}
    recorded = {"flaw": {"save_load": seen}}
    assert list(errors("dice", recorded)) == []


def test_the_errors_of_claims_are_those_of_the_code_they_are_about():
    wrong = {"raises": "ValueError", "message": "shapes must be equal"}
    seen = {"said_to_fail": {"call": wrong, "fit_graph": {"returns": 0.0}}}
    recorded = {"claims": {"heard": {"seen": {**seen, "works": {"call": wrong}}}}}
    assert list(claimed("shapes", recorded)) == [
        ("shapes/heard", "ValueError", "shapes must be equal")
    ]


def test_there_are_recorded_errors():
    assert len({name for name, _, _ in RECORDED}) > 10
    assert set(RECORDED) < set(every_recorded_error())


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("dice", []),
        ("dice/no_smoothing", ["dice.json"]),
    ],
)
def test_a_page_reads_the_cells_of_one_loss(text, read, monkeypatch):
    opened = []
    load = store._load
    monkeypatch.setattr(
        store, "_load", lambda path: opened.append(path.name) or load(path)
    )
    assert CliRunner().invoke(cli, ["explain", text]).exit_code == 0
    assert [name for name in opened if name != "environment.json"] == read


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda error: error[0])
def test_every_recorded_error_finds_its_variant_first(recorded):
    name, error, message = recorded
    text = f'Traceback:\n  File "train.py", line 3, in <module>\n{error}: {message}\n'
    found = ranked(text, RECORDED)
    assert name in [other for value, other in found if value == found[0][0]]


@pytest.mark.parametrize("text", NOT_OURS, ids=lambda text: text[:30])
def test_an_error_of_another_kind_finds_nothing(text):
    assert ranked(text, RECORDED) == []
