"""A pasted error is answered with what it comes from; one of another kind with nothing;
and where several causes give a message, that is said."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from losses.cli import explain
from losses.cli.explain import equal, explained, ranked
from losses.evidence import pasted
from losses.evidence.environments import ENVIRONMENTS
from losses.evidence.errors import (
    Index,
    Recorded,
    alike,
    claimed,
    errors,
    seen,
    shapes,
    words,
)
from losses.evidence.pasted import Pasted, read
from losses.evidence.store import cells
from losses.source import registry

CASES = json.loads(Path(__file__).with_name("explain_cases.json").read_text("utf-8"))
EVERY = list(dict.fromkeys(explain.recorded()))
NOT_OURS = [
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
    "TypeError: plot_loss() takes 1 positional argument but 2 were given",
    "TypeError: plot_loss_curve() takes 1 positional argument but 2 were given",
    "TypeError: entropy_plot() missing 1 required positional argument: 'path'",
    "TypeError: build_loss_report() missing 1 required positional argument: 'path'",
    'ValueError: Input 0 of layer "dense" is incompatible with the layer: expected '
    "axis -1 of input shape to have value 4, but received input with shape (None, 5)",
]


def answer(text):
    """The fits of a text, and whether it is answered with one of them alone."""
    for said in read(text):
        if found := ranked(said):
            alone = len(equal(found)) == 1 and not found[0].shared
            return found, alone and found[0].whole
    return [], False


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_the_cause_is_the_first_or_the_second(case):
    found, certain = answer(case["text"])
    first = [fit.id for fit in found[:2]]
    assert case["first"] in first if case["first"] else not found, first
    assert certain == case.get("certain", certain)


@pytest.mark.parametrize("text", NOT_OURS, ids=lambda text: text[:30])
def test_an_error_of_another_kind_finds_nothing(text):
    assert explained(text) is None


@pytest.mark.parametrize("one", EVERY, ids=lambda one: f"{one.id} {one.error}")
def test_every_recorded_error_finds_what_it_was_recorded_of(one):
    place = ""
    if one.at:
        file, _, function = one.at.partition(" ")
        function = function.rpartition(".")[2]
        place = f'  File "keras/src/{file}", line 3, in {function}\n'
    text = f"Traceback (most recent call last):\n{place}{one.error}: {one.message}\n"
    found, _ = answer(text)
    best = {fit.id for fit in equal(found)} if found else set()
    assert one.id in best, [fit.id for fit in found[:3]]


def test_a_log_of_a_megabyte_is_answered_within_a_second():
    line = "dice: 0.93 - loss: 0.07 - what a log says of shapes (8, 5) and [8] 12/12\n"
    log = line * (1_000_000 // len(line))
    error = "ValueError: No loss to compute. Provide a `loss` argument in `compile()`."
    start = time.process_time()
    page = explained(f"{log}Traceback (most recent call last):\n{error}\n{line}")
    assert time.process_time() - start < 1
    assert "compiling/no_loss" in page
    start = time.process_time()
    assert explained(log) is None
    assert time.process_time() - start < 1


def test_words():
    assert words("[Op:Sub] a_b: (2, None, 3) x1e-5, Σ 'c' at -1 of f.<locals>.g") == [
        *("a_b", "#", "x#e", "#", "c", "at", "minus", "#", "of", "g")
    ]


@pytest.mark.parametrize(
    "message, expected",
    [
        ("shapes [8,5] vs. [8]", [[8, 5], [8]]),
        ("target.shape=(None, 2), output.shape=(None,)", [[None, 2], [None]]),
        ("got torch.Size([4, 1]) and torch.Size([4])", [[4, 1], [4]]),
        ("with input shapes: [?,2], [?,3].", [[None, 2], [None, 3]]),
        ("got 3 losses and 2 weights", [[3], [2]]),
        ("'x' sizes: 9, 9\n'y' sizes: 7\n'sample_weight' sizes: 8", [[9], [7]]),
        ("'x' sizes: 9\n'y' sizes: 9\n'sample_weight' sizes: 8", [[9], [9]]),
        ("call f() first", []),
    ],
)
def test_shapes(message, expected):
    assert shapes(message) == expected


def test_pairs_of_shapes_are_alike_by_rank_and_by_equal_axes():
    assert alike([[8, 5], [8]], [[32, 7], [32]]) == 1
    assert alike([[8, 5], [8]], [[8], [8, 5]]) < 0.8
    assert alike([[8, 1], [8, 3]], [[8, 1], [8, 9]]) == 1
    assert alike([[8, 1], [8, 3]], [[8, 2], [8, 3]]) < 1
    assert alike([], []) == 1
    assert alike([[1], [2]], []) == 0.5


def fits(error, message, *recorded, frames=(), wordings=()):
    index = Index([Recorded(*one) for one in recorded], wordings)
    return index.fits(Pasted(error, message, frozenset(frames)))


def test_what_has_seven_tenths_of_the_trigrams_fits():
    one = "a/one", "ValueError", "one two three four five six seven"
    assert fits("ValueError", "so one two three four five six", one)  # 4 of 5
    assert not fits("ValueError", "so one two three four five", one)  # 3 of 5


def test_a_part_of_a_message_fits_it():
    one = "a/one", "ValueError", "one two three four five six seven"
    assert fits("", "two three four five", one)
    assert not fits("", "two three four", one)


def test_the_function_of_keras_decides_between_the_same_words():
    said = "shapes must be the same"
    first = "a/first", "ValueError", said, "nn.py binary"
    second = "a/second", "ValueError", said, "nn.py Loss.categorical"
    frames = [("nn.py", "categorical")]
    found = fits("ValueError", said, first, second, frames=frames)
    assert [fit.id for fit in found] == ["a/second", "a/first"]
    assert found[0].total - found[1].total == pytest.approx(0.3)


def test_what_python_says_must_come_from_where_it_was_recorded():
    one = "a/one", "KeyError", "0", "trainer.py Trainer.fit"
    assert fits("KeyError", "0", one, frames=[("trainer.py", "fit")])[0].whole
    assert not fits("KeyError", "0", one, frames=[("train.py", "load")])
    assert not fits("KeyError", "02", one)
    assert not fits("KeyError", "0", one)[0].whole


def test_a_wording_of_several_causes_is_never_certain():
    said = {"None …supported": ["a/one", "a/two"], "is gone": ["a/three"]}
    wordings = {"anywhere": said}
    found = fits("ValueError", "None values are not supported.", wordings=wordings)
    assert [(fit.id, fit.shared) for fit in found] == [("a/one", True), ("a/two", True)]
    (found,) = fits("TypeError", "it is\n  gone", wordings=wordings)
    assert (found.id, found.shared, found.whole) == ("a/three", False, True)


def test_of_a_text_the_last_error_is_read_and_those_that_led_to_it():
    text = (
        "ValueError: the first\n"
        "Traceback (most recent call last):\n"
        '  File "/x/keras/src/losses/loss.py", line 3, in call\n'
        "    raise KeyError\n"
        "KeyError: 1\n\n"
        "During handling of the above exception, another exception occurred:\n\n"
        "Traceback (most recent call last):\n"
        '  File "train.py", line 3, in my_dice\n'
        "a.b.CError: the\nlast\n"
    )
    last, before = read(text)
    assert (last.error, last.message) == ("CError", "the\nlast")
    assert last.names == {"my_dice"}
    assert not last.in_keras
    assert (before.error, before.message) == ("KeyError", "1")
    assert before.frames == {("losses/loss.py", "call")}


def test_warnings_are_read_where_there_is_no_error():
    text = "a.py:3: UserWarning: the first\n  code\nb.py:4: UserWarning: the last\n"
    assert [said.message for said in read(text)] == ["the last", "the first"]
    assert [said.error for said in read(f"{text}ValueError: it\n")] == ["ValueError"]


def test_a_text_that_names_no_error_is_read_as_a_message():
    assert read("Incompatible shapes: [1] vs. [2]") == [
        pasted.Pasted("", "Incompatible shapes: [1] vs. [2]")
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
        Recorded("dice/flaw", "ValueError", "shapes must be equal")
    ]


def test_a_model_that_cannot_be_loaded_is_not_blamed_on_the_variant():
    unknown = {"raises": "TypeError", "message": "could not locate the function"}
    both = {"variant": unknown, "reference": {"returns": 0.0}}
    assert list(errors("dice", {"flaw": {"save_load": both}})) == []


def test_the_errors_of_claims_are_those_of_the_code_they_are_about():
    wrong = {"raises": "ValueError", "message": "shapes must be equal"}
    outcomes = {"said_to_fail": {"call": wrong, "fit_graph": {"returns": 0.0}}}
    recorded = {"claims": {"heard": {"seen": {**outcomes, "works": {"call": wrong}}}}}
    assert list(claimed("shapes", recorded)) == [
        Recorded("shapes/heard", "ValueError", "shapes must be equal")
    ]


def test_errors_of_every_environment_and_variants_and_claims_are_asked():
    shelves = registry.errors(), registry.variants(), registry.claims()
    for shelf in shelves:
        assert {one.id for one in EVERY} & shelf.keys()
    for environment in ("keras-tensorflow", "keras-jax", "keras-torch"):
        assert environment in ENVIRONMENTS
        assert set(seen(explain.store.errors(environment))) <= set(EVERY)
    assert set(errors("dice", cells("dice"))) <= set(EVERY)


def test_several_causes_are_told_with_what_tells_them_apart():
    page = explained("ValueError: No gradients provided for any variable.")
    assert page.index("Several causes give this message") < page.index("steps/no_")
    for name in ("steps/no_gradient", "steps/predictions_not_used"):
        assert name in page
        assert registry.errors()[name].cause.split()[-1] in page


def test_what_no_loss_may_have_raised_is_told_with_the_question_that_decides():
    page = explained(
        "ValueError: A KerasTensor cannot be used as input to a TensorFlow function."
    )
    assert "Like this, and not certain" in page
    assert "own_losses/tensor_of_the_model_inside" in page
    assert "Do you call tf.* on keras.Input?" in page


def test_several_causes_are_not_certain_where_keras_is_not_in_the_traceback():
    said = "The size of tensor a (10) must match the size of tensor b (32)"
    page = explained(
        "Traceback (most recent call last):\n"
        '  File "net.py", line 5, in forward\n    return x + self.pos\n'
        f"RuntimeError: {said} at non-singleton dimension 1\n"
    )
    assert "Like this, and not certain" in page
    assert "Several causes" not in page


def test_what_keras_itself_says_is_certain_where_a_traceback_was_cut():
    page = explained(
        "Traceback (most recent call last):\n"
        '  File "train.py", line 5, in <module>\n    net.compile("adam", "mes")\n'
        "ValueError: Could not interpret loss identifier: mes\n"
    )
    assert "compiling/name_of_no_loss" in page.splitlines()[0]


def test_every_cause_of_several_has_a_question():
    assert registry.questions().keys() <= registry.errors().keys()
    for said in registry.wordings().values():
        for ids in said.values():
            assert len(ids) == 1 or set(ids) <= registry.questions().keys(), ids


def test_several_causes_are_at_most_five_with_a_sentence_and_a_question_each():
    text = "InvalidArgumentError: Incompatible shapes: [32,10] vs. [32] [Op:Mul] name: "
    page = explained(text)
    told = page.partition("More")[0].splitlines()[1:]
    ids = [line.strip() for line in told if line[4:5].strip()]
    assert 1 < len(ids) <= explain.SHOWN
    for name in ids:
        question = registry.questions()[name]
        assert question in page
        assert registry.errors()[name].cause.split()[0] in page


def test_a_place_decides_before_the_words():
    wordings = {"here": {"is gone": ["a/two"]}, "anywhere": {"is gone": ["a/one"]}}
    index = Index([], wordings)
    said = Pasted("ValueError", "it is gone")
    assert [fit.id for fit in index.fits(said)] == ["a/one"]
    there = replace(said, places=frozenset({"here"}))
    assert [fit.id for fit in index.fits(there)] == ["a/two"]


def test_a_number_in_a_wording():
    index = Index([], {"anywhere": {"dtype: str#": ["a/one"]}})
    assert index.fits(Pasted("", "Invalid dtype: str96"))
    assert not index.fits(Pasted("", "Invalid dtype: strong"))


def test_one_cause_is_told_whole_and_what_else_fits_is_named():
    text = next(
        c["text"] for c in CASES if c["first"] == "crossentropies/id_below_zero"
    )
    page = explained(text)
    assert "ignore_class=-1" in page
    assert "It also fits" in page
