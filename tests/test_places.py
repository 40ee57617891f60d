"""Where a pasted error came from is read of its frames, of the line of `fit` and of the
names of nodes."""

import pytest

from losses.evidence.pasted import read
from losses.evidence.places import frames, names_a_loss, places

PACKAGES = "/usr/lib/python3/site-packages"
SRC = f"{PACKAGES}/keras/src"
FIT = '  File "train.py", line 3, in <module>\n    model.fit(x, y)\n'
HANDLER = f'  File "{SRC}/utils/traceback_utils.py", line 122, in error_handler\n'
OWN = '  File "train.py", line 9, in wrong\n    return a * b\n'
LOSS = f'  File "{SRC}/losses/losses.py", line 35, in call\n'
METRIC = f'  File "{SRC}/metrics/reduction_metrics.py", line 212, in update_state\n'
NODE = "Dimensions must be equal, but are 2 and 6 for '{{node %s}} = %s[](a, b)'"


def of(text):
    return places(frames(text), text)


@pytest.mark.parametrize(
    "text, expected",
    [
        ('File "/x/keras/src/losses/loss.py", line 3, in call', ("losses/loss.py", 0)),
        (r'File "C:\me\Lib\site-packages\keras\src\a.py", line 3, in f', ("a.py", 0)),
        ('File "/x/site-packages/tf_keras/src/a/b.py", line 3, in f', ("a/b.py", 0)),
        ("File ~/e/site-packages/keras/src/a/b.py:12, in C.f(self)", ("a/b.py", 0)),
        ("/x/dist-packages/keras/src/a/b.py in f(self)", ("a/b.py", 0)),
        (f'File "{PACKAGES}/optree/ops.py", line 3, in f', ("ops.py", 0)),
        ('File "/home/me/train.py", line 3, in f', ("train.py", 1)),
        ("Cell In[5], line 12, in f(y_true, y_pred)", ("Cell In[5]", 1)),
        ("<ipython-input-5-a1b2> in f(y)", ("<ipython-input-5-a1b2>", 1)),
    ],
)
def test_a_frame_is_read_as_python_and_notebooks_write_it(text, expected):
    (frame,) = frames(text)
    assert (frame.file, frame.own) == expected
    assert frame.function in ("call", "f")


def test_the_innermost_function_tells_what_was_called():
    assert "calls_a_loss" in of(FIT + HANDLER + LOSS)
    assert "calls_a_metric" in of(FIT + HANDLER + METRIC)
    assert not {"calls_a_loss", "calls_a_metric"} & of(FIT + HANDLER + LOSS + OWN)
    assert "in_a_loss" in of(FIT + HANDLER + LOSS + OWN)


def test_a_function_after_one_of_keras_was_called_by_it():
    assert "in_a_function" in of(FIT + HANDLER + OWN)
    assert "in_a_function" not in of(FIT + HANDLER)
    assert "in_a_function" not in of(OWN + FIT)
    again = "Detected at node LogicalAnd_2 defined at (most recent call last):\n"
    assert "in_a_function" not in of(FIT + HANDLER + again + FIT + HANDLER)
    assert "counts_hits" in of(FIT + HANDLER + again + FIT + HANDLER)


def test_a_node_beside_those_of_the_loss_is_that_of_a_metric():
    assert {"in_a_metric", "counts_hits"} <= of(NODE % ("LogicalAnd_1", "LogicalAnd"))
    assert {"in_a_metric", "compares"} <= of(NODE % ("Equal", "Equal"))
    within = of(NODE % ("compile_loss/mine/LogicalAnd", "LogicalAnd"))
    assert "in_a_loss" in within
    assert "in_a_metric" not in within
    assert "in_a_metric" not in of(NODE % ("model/dense/MatMul", "MatMul"))


def test_the_innermost_function_of_the_user_is_a_step():
    step = OWN.replace("wrong", "train_step")
    assert "in_a_step" in of(FIT + HANDLER + step)
    assert "in_a_step" not in of(FIT + HANDLER + step + OWN)


@pytest.mark.parametrize(
    "call, there",
    [
        ("m.fit(x, y)", True),
        ("m.fit(x, y=labels, verbose=0)", True),
        ("m.fit(x)", False),
        ("m.fit(np.ones((4, 2)), epochs=3)", False),
        ("net.evaluate(data.batch(8))", False),
        ("m.train_on_batch(x)", False),
        ("m.fit(*batch)", None),
        ("m.fit(x, **options)", None),
        ("m.fit(\n", None),
        ("outfit(x)", None),
    ],
)
def test_the_line_of_fit_tells_whether_there_are_labels(call, there):
    found = of(FIT.replace("model.fit(x, y)", call))
    assert ("with_labels" in found) == (there is True)
    assert ("without_labels" in found) == (there is False)


def test_a_name_counts_where_there_is_no_traceback():
    said = "focal_loss() missing 1 required positional argument: 'gamma'"
    assert "named_like_a_loss" in of(f"TypeError: {said}")
    assert "named_like_a_loss" not in of(f"{FIT}TypeError: {said}")
    assert "named_like_a_loss" not in of("TypeError: load() missing 1 required")


@pytest.mark.parametrize(
    "name, is_loss",
    [
        ("dice_loss", True),
        ("my_loss", True),
        ("focal", True),
        ("focal_loss_fixed", True),
        ("loss_fn2", True),
        ("FocalLoss.call", True),
        ("make.<locals>.loss", True),
        ("dice_coef", True),
        ("plot_loss", False),
        ("plot_loss_curve", False),
        ("build_loss_report", False),
        ("entropy_plot", False),
        ("roll_dice", False),
        ("losses", False),
    ],
)
def test_the_name_of_a_loss_ends_with_what_it_is(name, is_loss):
    said = f"TypeError: {name}() takes 1 positional argument but 2 were given"
    assert ("named_like_a_loss" in of(said)) == is_loss


def test_a_loss_of_ones_own_is_known_by_its_name_or_as_a_method():
    assert "in_own_loss" in of(OWN.replace("wrong", "dice_loss"))
    assert "in_own_loss" in of(FIT + HANDLER + OWN.replace("wrong", "call"))
    assert "in_own_loss" not in of(FIT + HANDLER + OWN)
    assert "in_own_loss" not in of(OWN.replace("wrong", "call"))
    layer = f'  File "{SRC}/layers/layer.py", line 3, in __call__\n'
    assert "in_own_loss" not in of(FIT + layer + OWN.replace("wrong", "call"))
    assert "in_own_loss" not in of(OWN.replace("wrong", "plot_loss"))


def test_a_message_names_a_loss():
    assert names_a_loss("Could not locate function 'dice_loss'.")
    assert not names_a_loss("Could not locate class 'Attend'. {'module': 'losses'}")


def test_fit_is_known_by_its_line_or_by_the_frames_of_a_trainer():
    trainer = f'  File "{SRC}/backend/tensorflow/trainer.py", line 3, in fit\n'
    assert "in_fit" in of(FIT)
    assert "in_fit" not in of(FIT + OWN)
    assert "in_fit" in of(OWN + trainer)
    assert "in_fit" not in of(OWN + HANDLER)
    assert "in_fit" not in of(FIT + HANDLER + OWN)
    assert "in_fit" not in of('  File "trainer.py", line 3, in fit\n    step(x)\n')


def test_a_traceback_without_keras_is_foreign_unless_it_ends_where_fit_is_called():
    for trace, foreign in ((OWN, 1), (FIT + OWN, 1), (FIT, 0), (FIT + HANDLER, 0)):
        (said,) = read(f"{trace}ValueError: it\n")
        assert said.is_foreign == bool(foreign)
    assert not read("ValueError: it")[0].is_foreign


@pytest.mark.parametrize(
    "below",
    [
        "make: *** [train] Error 1",
        "Process finished with exit code 1",
        "(venv) me@host:~/project$ ",
        "-" * 20 + "\nFor simplicity, JAX has removed its internal frames",
    ],
)
def test_what_a_shell_writes_below_an_error_is_none_of_its_message(below):
    (said,) = read(f"ValueError: None is not\nall right\n{below}\n")
    assert said.message == "None is not\nall right"


def test_an_array_of_several_lines_counts_as_one_word():
    (said,) = read("ValueError: x=[[ 1.5 -2e-3\n  3.]\n [4. 5.]] (of type a), [8,5]")
    assert said.message == "x=[…] (of type a), [8,5]"
