"""`losses check`: what it finds, what it refuses, and how it ends."""

import dataclasses
import inspect
import json
import os
import re
import subprocess
import sys
import textwrap
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from losses import checker
from losses.checker import asking, examination, tensors
from losses.cli import check as checking
from losses.cli.main import BY_DESIGN, TASKS, cli
from losses.running import backend
from tests.terminal import written_to

ROOT = Path(__file__).parents[2]
HERE = {**os.environ, "PYTHONPATH": str(ROOT)}
GOOD = """
import keras

def squared(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)
"""
WRONG = """
import keras

def absolute(y_true, y_pred):
    return keras.ops.mean(y_true - y_pred, axis=-1)
"""
COLUMNS = ("--y-true", "32,1", "--y-pred", "32,1", "--quick")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to work in; what a check loads from it is forgotten after."""
    monkeypatch.chdir(tmp_path)
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def check(folder):
    """`losses check` in this process, of a file called train.py."""

    def run(code, *arguments):
        (folder / "train.py").write_text(textwrap.dedent(code), "utf-8")
        return CliRunner().invoke(cli, ["check", *arguments])

    return run


@pytest.fixture
def heard(monkeypatch):
    """What `losses.checker.check` is called with; nothing is found."""
    seen = {}

    def check(loss, y_true, y_pred, **options):
        seen.update(options, loss=loss, y_true=y_true, y_pred=y_pred)
        return checker.Report("heard", ("check_runs",), ())

    monkeypatch.setattr(checker, "check", check)
    return seen


def in_a_process(*arguments, python):
    return subprocess.run(
        [*python, *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env=HERE,
    )


# Exit status and report


def test_a_right_loss_is_exit_status_0(check):
    done = check(GOOD, "train.py:squared", *COLUMNS)
    assert (done.exit_code, done.stderr) == (0, "losses check executes train.py\n")
    asked = [r for r in checker.RULES.values() if not r.not_asked_on(backend.NAME)]
    rules = sum(not rule.slow for rule in asked)
    assert done.stdout.startswith(f"squared: nothing found by {rules} rules")


def test_a_wrong_loss_is_exit_status_1_and_shows_the_way_on(check):
    done = check(WRONG, "train.py:absolute", *COLUMNS)
    assert done.exit_code == 1
    report, _, rest = done.stdout.partition("\n\n")
    assert "error   check_labels_matter" in report
    assert "\n  losses explain check_labels_matter\n" in rest
    assert "part of the site: check/#check_labels_matter\n" in rest
    assert "--expect WORD" in rest
    assert '--skip check_labels_matter="the reason"' in rest


def test_what_is_meant_is_no_error(check):
    skipped = "check_labels_matter=a penalty", "check_perfect_is_best=a penalty"
    options = [part for text in skipped for part in ("--skip", text)]
    done = check(WRONG, "train.py:absolute", *COLUMNS, *options)
    assert done.exit_code == 0
    assert "skipped check_labels_matter: a penalty" in done.stdout


def test_the_command_keeps_stdout_for_the_json_and_needs_no_docstrings(folder):
    (folder / "train.py").write_text(
        f"import os\nprint('by print', flush=True)\nos.write(1, b'by C\\n')\n{WRONG}"
    )
    python = sys.executable, "-c", WITHOUT_DOCSTRINGS, "check"
    done = in_a_process("train.py:absolute", *COLUMNS, "--json", python=python)
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert (found["loss"], found["ok"]) == ("absolute", False)
    assert found["complete"]
    asked = {r.name for r in checker.RULES.values() if not r.slow}
    assert set(found["rules"]) | set(found["not_asked"]) == asked
    assert "check_labels_matter" in {f["rule"] for f in found["findings"]}
    assert done.stderr.startswith("losses check executes train.py\n")
    assert "by print\n" in done.stderr
    assert "by C\n" in done.stderr


# As `python -OO` compiles this package, and not all of TensorFlow.
WITHOUT_DOCSTRINGS = """
import sys
from importlib.machinery import SourceFileLoader
from losses.running.startup import import_keras

import_keras()
for name in [name for name in sys.modules if name.partition(".")[0] == "losses"]:
    del sys.modules[name]
SourceFileLoader.source_to_code = lambda self, data, path: compile(
    data, path, "exec", dont_inherit=True, optimize=2
)
sys.pycache_prefix, sys.dont_write_bytecode = "nowhere", True
import losses.checker.rules.form as form
from losses.cli.main import main

assert form.check_runs.__doc__ is None
main()
"""
ENDLESS = """
import time

def endless(y_true, y_pred):
    while True:
        try:
            time.sleep(0.1)
        except BaseException:
            pass
"""
IMPATIENT = """
import losses.checker.limits as limits
from losses.cli.main import main

limits.PATIENCE, limits.GRACE = 1, 0.2
main()
"""


def test_a_terminal_gets_a_spinner_and_a_loss_that_hangs_cannot_keep_the_process(
    folder,
):
    import pty

    (folder / "train.py").write_text(ENDLESS)
    ours, theirs = pty.openpty()
    python = sys.executable, "-c", IMPATIENT, "check"
    with subprocess.Popen(
        [*python, "train.py:endless", *COLUMNS, "--seconds", "0.2"],
        stdout=theirs,
        stderr=theirs,
        env={**HERE, "TERM": "xterm", "COLUMNS": "60"},
    ) as process:
        os.close(theirs)
        written = written_to(ours)
    assert process.returncode == 1
    text = re.sub(r"\x1b\[[0-9;?]*\w", "", written)
    assert "starting Keras" in text
    assert "checking endless" in text
    report, _, rest = text[text.rindex("endless: ") :].partition("\r\n\r\n")
    assert report.startswith("endless: NOT COMPLETE, 1 of ")
    assert "It did not return within 2 s." in report
    assert 55 < max(map(len, report.splitlines())) <= 60
    assert "Meant so?" in rest


def test_a_check_that_is_not_complete_and_found_nothing_is_exit_status_3(
    check, monkeypatch
):
    monkeypatch.setattr(asking, "IN_ALL", 1)
    code = f"import time\n{GOOD.replace('return', SLOWLY)}"
    done = check(code, "train.py:squared", *COLUMNS, "--seconds", "0.2")
    assert done.exit_code == 3
    assert done.stdout.startswith("squared: NOT COMPLETE, ")
    assert "nothing found" not in done.stdout


SLOWLY = """until = time.thread_time() + 0.02
    while time.thread_time() < until: pass
    return"""


def test_a_rule_that_fails_itself_is_exit_status_3(check, monkeypatch):
    def look(exam):
        raise KeyError("a fault")

    broken = dataclasses.replace(checker.RULES["check_finite"], look=look)
    monkeypatch.setitem(checker.RULES, "check_finite", broken)
    code = GOOD + WRONG
    done = check(code, "train.py:squared", *COLUMNS)
    assert done.exit_code == 3
    assert "KeyError: 'a fault'" in done.stdout
    assert "Meant so?" not in done.stdout
    assert check(code, "train.py:absolute", *COLUMNS).exit_code == 1


def test_single_rules(check):
    done = check(WRONG, "train.py:absolute", *COLUMNS, "--only", "check_finite")
    assert (done.exit_code, done.stdout) == (
        0,
        "absolute: nothing found by 1 rule\n",
    )


def test_labels_that_were_guessed_are_said_to_be(check):
    code = "def negative(y_true, y_pred):\n    return y_true[:, 0] - y_pred[:, 0]"
    said = "The labels were made up as numbers of a regression. Others: --task TASK"
    assert said in check(code, "train.py:negative", *COLUMNS).stdout
    told = check(code, "train.py:negative", *COLUMNS, "--task", "regression")
    assert said not in told.stdout


def test_a_loss_of_the_catalog_gets_labels_of_its_family(folder, heard):
    shapes = ["--y-true", "8,4,4", "--y-pred", "8,4,4,1"]
    CliRunner().invoke(cli, ["check", "dice", *shapes])
    assert set(np.unique(heard["y_true"])) == {0, 1}


def test_a_loss_that_ends_the_program_is_an_error(check):
    code = "import sys\ndef leave(y_true, y_pred):\n    sys.exit(0)"
    done = check(code, "train.py:leave", *COLUMNS)
    assert done.exit_code == 1
    assert "SystemExit" in done.stdout


def test_ctrl_c_ends_it(check, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(checker, "check", interrupted)
    done = check(GOOD, "train.py:squared", *COLUMNS)
    assert (done.exit_code, done.stdout) == (130, "")


@pytest.mark.parametrize("no_color", ["", "1"])
def test_colours_are_for_who_wants_them(no_color, monkeypatch):
    terminal = StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", no_color)
    finding = checker.Finding("check_fit", "error", "[red]It raises[/red].")
    checking._print(checker.Report("a_loss", ("check_fit",), (finding,)))
    coloured = "\x1b[31merror" in terminal.getvalue()
    assert coloured is not bool(no_color)
    assert ("\x1b" in terminal.getvalue()) is coloured
    assert "[red]It raises[/red]." in terminal.getvalue()


# What is checked


@pytest.mark.parametrize("text", ["train.py:squared", "train:squared"])
def test_a_file_and_a_module(text, check, heard):
    done = check(GOOD, text, *COLUMNS)
    assert done.exit_code == 0
    assert done.stderr == f"losses check executes {text.partition(':')[0]}\n"
    assert inspect.getsource(heard["loss"]).startswith("def squared")


def test_the_module_of_a_package(folder, check, heard):
    (folder / "mine" / "inner").mkdir(parents=True)
    (folder / "mine" / "inner" / "deep.py").write_text(GOOD)
    assert check("", "mine.inner.deep:squared", *COLUMNS).exit_code == 0
    assert heard["loss"].__module__ == "mine.inner.deep"


def test_a_dotted_name(check, heard):
    code = "class All:\n    @staticmethod\n    def one(y_true, y_pred): ..."
    assert check(code, "train.py:All.one", *COLUMNS).exit_code == 0
    assert heard["loss"].__qualname__ == "All.one"
    done = check(code, "train.py:All.won", *COLUMNS)
    assert "train.py has no 'All.won'. Did you mean one?" in done.stderr


def test_a_bare_name_is_of_this_catalog_or_else_of_keras(check, heard):
    for name, module in {
        "dice": "losses.catalog.segmentation.dice",
        "Dice": "losses.catalog.segmentation.dice",
        "mse": "keras.src.losses.losses",
        "huber": "keras.src.losses.losses",
        "keras.losses:dice": "keras.src.losses.losses",
    }.items():
        assert check("", name, *COLUMNS).exit_code == 0
        assert heard["loss"].__module__ == module


def test_a_reference_is_named_like_a_loss(check, heard):
    code = f"print('executed'){GOOD}"
    done = check(code, "train.py:squared", *COLUMNS, "--like", "train.py:squared")
    assert done.exit_code == 0
    assert heard["like"] is heard["loss"]
    assert done.stderr.count("executed\n") == 1
    check(code, "train.py:squared", *COLUMNS, "--like", "mse")
    assert heard["like"].__name__ == "mean_squared_error"


def test_a_file_is_executed_as_a_script_is(check, heard, folder):
    (folder / "beside.py").write_text("NUMBER = 3")
    path, arguments = sys.path[:], sys.argv[:]
    code = """
        import sys, beside
        seen = sys.argv[:], sys.path[0], beside.NUMBER
        def f(y_true, y_pred): return seen
        if __name__ == "__main__":
            raise AssertionError
    """
    assert check(code, str(folder / "train.py") + ":f", *COLUMNS).exit_code == 0
    assert heard["loss"](0, 0) == ([str(folder / "train.py")], str(folder), 3)
    assert (sys.path, sys.argv) == (path, arguments)


def test_a_losses_of_the_user_is_what_their_imports_mean(check, heard, folder):
    """losses.py is a common name, and the name of this package."""
    ours = sys.modules["losses"]
    (folder / "losses.py").write_text(GOOD)
    for text in ("train.py:squared", "losses.py:squared", "losses:squared"):
        assert check("from losses import squared", text, *COLUMNS).exit_code == 0
        assert heard["loss"].__code__.co_filename == str(folder / "losses.py")
    assert sys.modules["losses"] is ours
    assert sys.modules["losses.cli.check"] is checking


# Tensors


@pytest.mark.parametrize(
    ("options", "labels", "inside"),
    [
        ("--y-true 32 --y-pred 32,1", "real", False),
        ("--y-true 32 --y-pred 32,1 --task binary", "binary", True),
        ("--y-true 32 --y-pred 32,1 --task binary --from-logits", "binary", False),
        ("--y-true 32 --y-pred 32,5", "ids", True),
        ("--y-true 32 --y-pred 32,5 --from-logits", "ids", False),
        ("--y-true 32 --y-pred 32,5 --probabilities", "ids", True),
        ("--y-true 32,5 --y-pred (32,5) --task multiclass", "one_hot", True),
        ("--y-true 4,8,8,3 --y-pred 4,8,8,3 --task segmentation", "one_hot", True),
        ("--y-true 4,8,8 --y-pred 4,8,8,1 --task segmentation", "binary", True),
        (
            "--y-true 4,8,8,3 --y-pred 4,8,8,3 --task segmentation --from-logits",
            "one_hot",
            False,
        ),
    ],
)
def test_tensors_are_made_for_the_task(options, labels, inside, check, heard):
    arguments = options.split()
    assert check(GOOD, "train.py:squared", *arguments).exit_code == 0
    made = tensors.Tensors(heard["y_true"], heard["y_pred"])
    assert made.labels == labels
    assert made.unit is inside
    shapes = [text.strip("()").split(",") for text in arguments[1:4:2]]
    for shape, array in zip(shapes, (made.y_true, made.y_pred)):
        assert array.shape == tuple(map(int, shape))
    said = {"--from-logits": True, "--probabilities": False}
    assert heard["from_logits"] is said.get(arguments[-1])


def test_the_seed_chooses_the_tensors(check, heard):
    made = []
    for seed in ("0", "0", "1"):
        check(GOOD, "train.py:squared", *COLUMNS, "--seed", seed)
        made.append(heard["y_pred"])
    assert np.array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


def test_options_reach_the_check(check, heard):
    expected = ["--expect", "scalar", "--expect", "batch"]
    check(GOOD, "train.py:squared", *COLUMNS, *expected, "--skip", "check_fit=a = b")
    assert heard["expect"] == ("scalar", "batch")
    assert heard["skip"] == {"check_fit": "a = b"}
    assert heard["quick"] is True
    single = "--only", "check_fit", "--only", "check_runs", "--seconds", "2.5"
    check(GOOD, "train.py:squared", *COLUMNS, *single)
    assert heard["only"] == ("check_fit", "check_runs")
    assert heard["seconds"] == 2.5


def test_the_words_of_the_command_are_those_of_the_checker():
    assert tensors.TASKS == TASKS
    assert tuple(BY_DESIGN) == examination.BY_DESIGN


# Refusals


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nowhere.py:f", "There is no file nowhere.py."),
        ("folder/train:f", "There is no file folder/train."),
        ("train.py", "Say which loss: train.py:NAME"),
        ("train.py:", "Say which loss: train.py:NAME"),
        ("train.py:make()", "Give a name: write my_loss = make() in the file"),
        ("train.py:squarred", "has no 'squarred'. Did you mean squared?"),
        ("train.py:zzz", "has no 'zzz'. It has: a_loss, other_loss, squared."),
        ("train.py:number", "train.py:number is no loss: int cannot be called."),
        ("train.py:keras", "train.py:keras is no loss: module cannot be called."),
        ("no_such:f", "There is no module 'no_such' in"),
        ("train.inner:f", "There is no module 'train.inner' in"),
        (
            "dise",
            "There is no loss 'dise' here or in Keras. Did you mean dice or cldice?",
        ),
        ("zzz", "See: losses list. A loss of yours is FILE.py:zzz."),
        ("huberr", "Did you mean huber or Huber?"),
        ("", "Say which loss"),
    ],
)
def test_what_is_no_loss_is_refused(target, said, check):
    code = f"{GOOD}\nnumber = 3\ndef a_loss(): ...\nother_loss = squared"
    done = check(code, target, *COLUMNS)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


MODEL = """
import keras
import numpy as np

x = np.random.default_rng(0).normal(size=(40, 4))
y = x[:, :3].argmax(axis=-1)

def make(activation="softmax"):
    head = keras.layers.Dense(3, activation)
    model = keras.Sequential([keras.Input((4,)), head], name="flowers")
    model.compile("adam", loss="sparse_categorical_crossentropy")
    return model

def batch():
    return x, y

def logits():
    return make(None)

def sized(units):
    return make()

model = make()
data = x, y + 1
number = 3
"""


@pytest.mark.parametrize(
    ("model", "data", "status"),
    [("model", "batch", 0), ("logits", "batch", 1), ("make", "data", 1)],
)
def test_a_model_and_its_data_are_found_by_name(model, data, status, check):
    """Both may be made by a function."""
    done = check(MODEL, f"train.py:{model}", "--data", f"train.py:{data}")
    assert done.exit_code == status, done.output
    assert done.stdout.startswith("flowers: ")
    assert "sparse_categorical_crossentropy" in done.stdout


def test_the_report_on_a_model_as_json(check):
    done = check(MODEL, "train.py:make", "--data", "train.py:data", "--json")
    told = json.loads(done.stdout)
    assert (told["model"], told["ok"]) == ("flowers", False)
    [finding] = told["findings"]
    assert finding["page"] == f"check/models/#{finding['rule']}"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("train.py:number", "--data", "train.py:batch"), "is no compiled model"),
        (("train.py:model", "--data", "train.py:nothing"), "has no 'nothing'"),
        (("train.py:model",), "or --data for a model"),
        (
            ("train.py:sized", "--data", "train.py:batch"),
            "sized() is called without arguments: missing a required argument: 'units'",
        ),
    ],
)
def test_what_is_no_model_or_no_data_is_refused(arguments, said, check):
    done = check(MODEL, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--y-true 32", "Give --y-true and --y-pred for a loss, or --data"),
        ("--y-true x --y-pred 32,1", "'x' is no shape. Give sizes: 32 or 32,1"),
        ("--y-true 0 --y-pred 0,1", "'0' is no shape"),
        ("--y-true -3 --y-pred 3", "'-3' is no shape"),
        ("--y-true 3.5 --y-pred 3", "'3.5' is no shape"),
        ("--y-true , --y-pred 3", "',' is no shape"),
        ("--y-true 8 --y-pred 9,1", "must have the same number of samples"),
        ("--y-true 8,2 --y-pred 8,5 --task multiclass", "fits y_pred (8, 5) neither"),
        ("--y-true 8,2 --y-pred 8,1 --task binary", "must have the same sizes"),
        ("--y-true 8 --y-pred 8,1 --from-logits", "Say which with --task"),
        ("--y-true 8 --y-pred 8 --task regression --probabilities", "Say which with"),
        ("--y-true 8 --y-pred 8 --task ranking", "'ranking' is not one of 'binary'"),
        ("--y-true 8 --y-pred 8 --expect nothing", "'nothing' is not one of 'scalar'"),
        ("--y-true 8 --y-pred 8 --skip check_fit", "gives no reason"),
        ("--y-true 8 --y-pred 8 --skip check_fit=", "gives no reason"),
        ("--y-true 8 --y-pred 8 --skip finite=x", "Did you mean check_finite?"),
        ("--y-true 8 --y-pred 8 --skip zz=x", "There are: check_arguments, check_runs"),
        ("--y-true 8 --y-pred 8 --only finite", "Did you mean check_finite?"),
        ("--y-true 8 --y-pred 8 --seconds 0", "Invalid value for '--seconds'"),
        ("--y-true 8 --y-pred 8 --like dise", "There is no loss 'dise'"),
        ("--y-true 8 --y-pred 8 --like no.py:f", "There is no file no.py."),
        ("--y-true 8 --y-pred 8 --seed -1", "Invalid value for '--seed'"),
    ],
)
def test_bad_usage_is_exit_status_2(options, said, check):
    done = check(GOOD, "train.py:squared", *options.split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("\n1 / 0", "raises when it is executed, train.py line 2: ZeroDivisionError: "),
        ("def f(:", "executed, train.py line 1: SyntaxError: invalid syntax"),
        ("import beside", "executed, beside.py line 2: KeyError: 'x'"),
        ("import no_such_module", "line 1: ModuleNotFoundError: No module named 'no_s"),
        ("import train", "partially initialized"),
        ("import json; json.loads('{')", "train.py line 1: json.decoder.JSONDecodeErr"),
        (
            "import argparse\np = argparse.ArgumentParser()\np.add_argument('x')\n"
            "p.parse_args()",
            "ends the program when it is executed, train.py line 4. Put what is no "
            'definition under: if __name__ == "__main__"',
        ),
    ],
)
def test_a_file_that_raises_is_told_with_its_line(code, said, check, folder):
    (folder / "beside.py").write_text("\n{}['x']")
    if code == "import train":
        code = "from train import later\nlater = 1"
    done = check(code, "train.py:f", *COLUMNS)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "checked_train" not in sys.modules


def test_a_missing_backend_is_told(check, monkeypatch):
    def missing():
        raise ModuleNotFoundError("No module named 'tensorflow'")

    monkeypatch.setattr(checking, "import_keras", missing)
    done = check(GOOD, "train.py:squared", *COLUMNS)
    assert done.exit_code == 2
    assert 'pip install "losses[tensorflow]"' in " ".join(done.stderr.split())


def test_the_help_says_that_the_file_is_executed():
    page = CliRunner().invoke(cli, ["check", "--help"]).stdout
    assert "THE FILE IS EXECUTED" in page
    assert "3 where none was found and the check is not complete" in " ".join(
        page.split()
    )
    for word, meaning in BY_DESIGN.items():
        assert f"{word}: {meaning}" in " ".join(page.split())
