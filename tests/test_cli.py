"""The command line, as it is installed."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

import losses
from losses.cli import explain
from losses.cli.main import SHELVES, cli
from losses.evidence import store
from losses.source import registry
from losses.source.copies import standalone
from tests.terminal import written_to

SCRIPT = Path(sys.executable).with_name("losses")
FLAW = "mean_squared_error/column_minus_vector"


def called(*arguments):
    """The installed console script, in a process of its own."""
    return subprocess.run([SCRIPT, *arguments], capture_output=True, text=True)


def run(*arguments, **options):
    """A command in this process."""
    return CliRunner().invoke(cli, [*map(str, arguments)], **options)


def told(*arguments, code=0, **options):
    """What a command writes, in this process."""
    done = run(*arguments, **options)
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["list", "--json"],
        ["show", "dice"],
        ["explain", FLAW],
        ["explain", "No gradients provided for any variable"],
        ["copy", "dice", "."],
        ["--version"],
    ],
    ids=" ".join,
)
def test_nothing_heavy_is_imported(arguments, tmp_path):
    code = (
        "import sys; from losses.cli.main import main\n"
        "try: main()\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    modules = set(done.stderr.split())
    assert "losses.cli.main" in modules
    assert modules.isdisjoint({"keras", "numpy", "tensorflow", "rich", "jax", "torch"})


def test_version_and_help():
    assert called("--version").stdout == f"losses, version {losses.__version__}\n"
    page = called("--help").stdout
    for command in ("list", "show", "explain", "copy", "diff", "demo"):
        assert f"losses {command}" in page
        assert "Usage:" in told(command, "--help")


def test_it_runs_as_a_module():
    module = [sys.executable, "-m", "losses", "show", FLAW]
    done = subprocess.run(module, capture_output=True, text=True)
    assert done.stdout == called("show", FLAW).stdout


def test_list_has_every_loss_in_a_line_of_its_own():
    lines = run("list").stdout.splitlines()
    assert len(lines) == len(registry.losses())
    for line, loss in zip(lines, registry.losses().values()):
        family, name, count, title = re.split(r"\s+", line, maxsplit=3)
        assert (family, name) == (loss.family, loss.name)
        assert int(count) == len(loss.variants)
        assert loss.title.startswith(title)


def test_the_inventory():
    found = json.loads(run("list", "--json").stdout)
    assert list(found) == ["losses", "variants", "claims", "scripts", "errors"]
    assert {
        "id": "dice",
        "family": "segmentation",
        "title": "Soft Dice loss, one value per sample: the mean over its classes.",
        "pattern_lines": 15,
    } in found["losses"]
    assert {
        "id": FLAW,
        "loss": "mean_squared_error",
        "symptom": "wrong number",
        "changed_lines": 1,
    } in found["variants"]
    assert len(found["losses"]) == len(registry.losses())
    assert len(found["variants"]) == len(registry.variants())
    assert [claim["id"] for claim in found["claims"]] == list(registry.claims())
    assert [script["id"] for script in found["scripts"]] == list(registry.scripts())
    assert [error["id"] for error in found["errors"]] == list(registry.errors())


@pytest.fixture
def one_claim(monkeypatch):
    """A claim and its evidence, as the registry gives them."""
    claim = registry.Claim(
        subject="shapes",
        name="a_scalar_raises",
        heard="A scalar loss raises.",
        source="a forum",
        text="@claim(...)\nclass AScalarRaises: ...",
        parts={"said_to_fail": "return ops.mean(y_true - y_pred)"},
        ways=("call", "fit_graph"),
    )
    seen = {"call": {"returns": 0.5}, "fit_graph": {"returns": 0.5, "step": 1.0}}
    record = {"verdict": "false", "seen": {"said_to_fail": seen}}
    recorded = {"claims": {claim.name: record}}
    documents = {"claims/shapes": recorded}
    monkeypatch.setattr(registry, "claims", lambda: {claim.id: claim})
    monkeypatch.setattr(store, "versions", lambda: {"keras": "3.15.1"})
    monkeypatch.setattr(store, "document", lambda name: documents.get(name, {}))
    return recorded


def test_a_claim_has_the_verdict_of_its_evidence(one_claim):
    known = {"id": "shapes/a_scalar_raises", "source": "a forum"}
    assert json.loads(told("list", "--json"))["claims"] == [
        {**known, "verdict": "false"}
    ]
    one_claim["claims"].clear()
    assert json.loads(told("list", "--json"))["claims"] == [{**known, "verdict": None}]


def test_explain_a_claim(one_claim):
    page = told("explain", "shapes/a_scalar_raises")
    assert page.splitlines()[0] == "shapes/a_scalar_raises   false"
    for part in (
        "A scalar loss raises.",
        "a forum",
        "return ops.mean(y_true - y_pred)",
        "seen with keras 3.15.1",
        "fit_graph\n        0.5, a step of 1.0",
    ):
        assert part in page


@pytest.mark.parametrize("name", ["dice", "Dice"])
def test_show_gives_the_source_of_a_loss(name):
    source = registry.losses()["dice"].path.read_text("utf-8")
    assert run("show", name, "--full").stdout == source


def test_show_gives_the_code_of_a_variant_and_that_of_its_fix():
    """Both can be run as they are."""
    wrong, mended = run("show", FLAW).stdout, run("show", FLAW, "--mended").stdout
    start = "from keras import ops\n\n\ndef column_minus_vector(y_true, y_pred):\n"
    assert wrong.startswith(start)
    assert mended.startswith(start)
    assert wrong != mended
    declared = run("show", FLAW, "--full").stdout
    assert declared.startswith("@broken(\n")
    assert "    # + y_true = " in declared


def test_only_a_variant_can_be_shown_mended():
    told = run("show", "dice", "--mended")
    assert told.exit_code == 2
    assert "dice has no fix: --mended is for what is broken." in told.stderr


def on_a_terminal(*arguments, **environment):
    """What a command writes to a terminal of 80 columns."""
    import pty

    ours, theirs = pty.openpty()
    known = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    subprocess.run(
        [SCRIPT, *arguments],
        stdout=theirs,
        env={**known, "TERM": "xterm", "COLUMNS": "80", **environment},
    )
    os.close(theirs)
    return written_to(ours).replace("\r\n", "\n")


@pytest.mark.parametrize("arguments", [["show", FLAW], ["explain", FLAW], ["list"]])
def test_colours_are_for_terminals(arguments):
    coloured = on_a_terminal(*arguments)
    plain = on_a_terminal(*arguments, NO_COLOR="1")
    assert "\x1b[" in coloured
    assert "\x1b[" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert "\x1b[" not in run(*arguments).stdout


def test_the_table_has_every_name_in_full():
    table = on_a_terminal("list")
    assert all(name in table for name in registry.losses())


def test_explain_a_variant():
    page = told("explain", FLAW)
    assert page.splitlines()[0] == f"{FLAW}   wrong number"
    # labels 1, 2 minus predictions 1, 2 is [[0, 1], [-1, 0]]; squared, its rows average
    # 0.5 and 0.5
    wrong, right = "        wrong  [0.5, 0.5]\n", "        right  [0.0, 0.0]\n"
    assert f"    call, unknown_batch, unknown_sizes\n{wrong}{right}" in page
    for part in (
        "Perfect predictions",
        "`y_true[:, None]`",
        "return ops.mean(ops.square(y_true - y_pred), axis=-1)",
        "y_true = [1.0, 2.0]",
        "losses show mean_squared_error",
    ):
        assert part in page


def test_explain_a_loss():
    page = told("explain", "mean_squared_error")
    assert "Gauss" in page
    for variant in registry.losses()["mean_squared_error"].variants:
        assert variant.id in page
        assert variant.title in page


RECORDED = {
    "column_minus_vector": {
        "call": {
            "variant": {
                "raises": "InvalidArgumentError",
                "message": "Incompatible shapes: [4,1] vs. [3] [Op:Sub] name:",
            },
            "reference": {"returns": None, "kind": "none"},
            "fix": {"returns": None, "kind": "none"},
        },
        "gradient": {
            "variant": {"returns": [0.5], "kind": "list"},
            "reference": {"not_applicable": "it is a script"},
            "fix": {"returns": [0.5]},
        },
    },
    "sum_over_everything": {
        "call": {
            "variant": {
                "raises": "ValueError",
                "message": "Incompatible shapes: [4,1] vs. [3] in a graph",
            },
            "reference": {"returns": "nan"},
            "fix": {"returns": 0.0},
        }
    },
}
TRACEBACK = """\
Epoch 1/5
Traceback (most recent call last):
  File "train.py", line 9, in <module>
    model.fit(x, y)
tensorflow.python.framework.errors_impl.InvalidArgumentError: {{function_node x}} \
Incompatible shapes: [32,1] vs. [16] [Op:Sub] name:
"""


@pytest.fixture
def two_errors(monkeypatch):
    recorded = {"mean_squared_error": RECORDED}
    monkeypatch.setattr(store, "cells", lambda loss: recorded.get(loss, {}))
    monkeypatch.setattr(store, "document", lambda name: {})
    monkeypatch.setattr(store, "errors", lambda environment: {})
    monkeypatch.setattr(registry, "wordings", dict)
    explain._index.cache_clear()
    yield
    explain._index.cache_clear()


def test_explain_an_error(two_errors):
    for page in (
        told("explain", "-", input=TRACEBACK),
        told("explain", TRACEBACK),
        told("explain", *TRACEBACK.split()),
    ):
        # Incompatible shapes #, shapes # vs, # vs #, # vs name: all of it; of the other
        # # vs in, # in a, in a graph are missing: three of its six are there
        assert page.startswith(f"{FLAW}   wrong number\n")
        assert "mean_squared_error/sum_over_everything" not in page
        assert "InvalidArgumentError: Incompatible shapes: [4,1] vs. [3]" in page
        assert "right  None" in page
        assert "wrong  a list: [0.5]" in page
        assert "right  does not apply: it is a script" in page
        assert "does what the reference does in 1 of 1 ways of running." in page


def test_explain_an_error_in_part(two_errors):
    page = told("explain", "ValueError: Incompatible shapes: [1] vs. [2]")
    # it is a part of both, and has the shapes of neither; the class is that of one
    assert page.startswith("Like this, and not certain. It is the case where\n")
    assert page.index("mean_squared_error/sum_over_everything") < page.index(FLAW)
    assert "What happens" not in page


def test_explain_a_fragment(two_errors):
    page = told("explain", "Incompatible shapes: [2,1] vs. [3]")  # all of it is in both
    assert page.startswith("Several causes give this message. Which one is yours?\n")
    assert FLAW in page
    assert "mean_squared_error/sum_over_everything" in page
    assert "What happens" not in page
    assert "losses explain ID" in page


def test_explain_what_register_is_for():
    error = (
        "TypeError: Could not locate class 'Dice'. Make sure custom classes are "
        "decorated. Full object config: {'registered_name': 'losses>Dice'}"
    )
    assert "losses.register()" in told("explain", error)


def test_the_example_of_the_help_is_recorded():
    page = told("explain", "Dimensions must be equal, but are 2 and 3")
    assert "own_losses/another_number_of_columns" in page


def test_explain_an_error_by_its_id():
    page = told("explain", "crossentropies/id_below_zero")
    assert "Name that id to the loss: `ignore_class=-1`." in page
    assert "Mended: 1 changed line" in page
    assert "IndexError: Target -1 is out of bounds." in page
    assert "id_below_zero" in told("show", "crossentropies/id_below_zero")


def test_explain_an_error_of_ours():
    """Such a message names the variant; the page is that of this id."""
    error = (
        f"ValueError: mean_squared_error: y_true (2,) ... More: losses explain {FLAW}"
    )
    assert told("explain", "-", input=error) == told("explain", FLAW)


def test_an_error_of_ours_without_a_page_leads_to_its_loss():
    error = "ValueError: dice: smooth must be 0 or more, not -1"
    assert "losses show dice" in told("explain", "-", input=error)


@pytest.mark.parametrize("text", ["", "\n"])
def test_a_text_without_an_error_is_said_to_be_empty(text):
    done = run("explain", "-", input=text)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "the text is empty" in done.stderr


@pytest.mark.parametrize("text", ["ImportError: no such thing", "KeyError"])
def test_an_unknown_error_is_said_to_be_unknown(text):
    done = run("explain", "-", input=text)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "Unknown: no error like this was recorded" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "suggested"),
    [
        (["show", "dise"], "dice"),
        (["explain", "mean_squarederror"], "mean_squared_error"),
        (["explain", "mean_squared_error/column_minus_vec"], FLAW),
        (["explain", "sum_over_everything"], "mean_squared_error/sum_over_everything"),
        (["copy", "dise", "."], "dice"),
        (["shwo", "dice"], "show"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(
    arguments, suggested, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Did you mean" in done.stderr
    assert suggested in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [["show"], ["explain"], ["copy", "dice"], ["diff", "nowhere.py"], ["list", "--x"]],
)
def test_bad_usage_is_exit_status_2(arguments):
    assert run(*arguments).exit_code == 2


def test_copy_writes_a_file_and_tells_where(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("copy", "dice", "my_project/losses", "--full")
    assert done.stdout == "my_project/losses/dice.py\n"
    written = (tmp_path / "my_project/losses/dice.py").read_bytes()
    assert written == standalone("dice", "my_losses").encode()
    assert [path.name for path in tmp_path.rglob("*.py")] == ["dice.py"]


def test_copy_takes_the_name_of_the_project(tmp_path):
    project = tmp_path / "my_project"
    project.mkdir()
    (project / "__init__.py").touch()
    told("copy", "Dice", project / "training", "--full")
    told("copy", "multitask", project, "--full", "--package", "theirs")
    text = (project / "training" / "dice.py").read_text("utf-8")
    assert text == standalone("dice", "my_project")
    assert '("theirs")' in (project / "multitask.py").read_text("utf-8")


def test_copy_writes_the_pattern_unless_told_to_write_all(tmp_path):
    told("copy", "dice", tmp_path)
    path = tmp_path / "dice.py"
    header, _, body = path.read_text("utf-8").partition("\n\n")
    assert len(header.splitlines()) == 3
    assert f"losses {losses.__version__}" in header
    assert "MIT" in header
    assert body == registry.losses()["dice"].pattern
    assert run("diff", path).exit_code == 0

    path.write_text(path.read_text("utf-8").replace("+ 1)", "+ 2)"), "utf-8")
    done = run("diff", path)
    assert done.exit_code == 1
    assert done.stderr.endswith("changed in the file, since it was copied\n")
    assert "\n-    return ops.mean(1 - (2 * overlap + 2) / (total + 2), axis=-1)\n" in (
        done.stdout
    )


def test_a_pattern_registers_nothing_under_a_name(tmp_path):
    done = run("copy", "dice", tmp_path, "--package", "theirs")
    assert (done.exit_code, [*tmp_path.iterdir()]) == (2, [])
    assert "--package goes with --full" in done.stderr


def test_show_gives_the_pattern_of_a_loss_if_nothing_is_said():
    assert run("show", "dice").stdout == registry.losses()["dice"].pattern


@pytest.mark.parametrize("kind", ["rule", "claim", "broken variant"])
def test_a_command_says_what_else_a_name_is(kind):
    name = next(iter(SHELVES[kind]()))
    done = run("copy", name, ".")
    assert done.exit_code == 2
    assert f"{name} is a {kind}" in done.stderr
    assert f"losses explain {name}" in done.stderr


def test_copy_never_overwrites(tmp_path):
    (tmp_path / "dice.py").write_text("mine")
    done = run("copy", "dice", tmp_path)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "is there already" in done.stderr
    assert (tmp_path / "dice.py").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("folder", "options"),
    [("a_file", []), ("loss.py", []), (".", ["--package", "a>b"])],
)
def test_copy_refuses_what_is_no_folder_and_no_name(
    folder, options, tmp_path, monkeypatch
):
    (tmp_path / "a_file").touch()
    monkeypatch.chdir(tmp_path)
    done = run("copy", "dice", folder, *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert [path.name for path in tmp_path.iterdir()] == ["a_file"]


@pytest.fixture
def copied(tmp_path):
    told("copy", "dice", tmp_path, "--full")
    return tmp_path / "dice.py"


def test_diff_of_a_fresh_copy_is_empty(copied):
    done = run("diff", copied)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")


def test_diff_tells_who_changed_and_leads_to_the_present(copied):
    present = copied.read_text("utf-8")
    copied.write_text(
        present.replace("smooth: float = 1.0", "smooth: float = 0.5"), "utf-8"
    )
    done = run("diff", copied)
    assert done.exit_code == 1
    assert "changed in the file, since it was copied" in done.stderr
    assert "and in losses" not in done.stderr
    assert "\n-    smooth: float = 0.5,\n+    smooth: float = 1.0,\n" in done.stdout
    if shutil.which("patch"):
        subprocess.run(
            ["patch", "-s", copied], input=done.stdout, text=True, check=True
        )
        assert copied.read_text("utf-8") == present


def test_diff_of_an_older_version(copied, monkeypatch):
    """The same file, copied before `smooth` had its present default."""
    from losses.source import copies as module

    now = module.in_one_file
    with monkeypatch.context() as then:
        then.setattr(module, "__version__", "0.0.9")
        then.setattr(module, "in_one_file", lambda n: now(n).replace("= 1.0", "= 0.5"))
        copied.write_text(standalone("dice"), "utf-8")
    done = run("diff", copied)
    assert done.exit_code == 1
    assert "copied from losses 0.0.9" in done.stderr
    assert "changed in losses\n" in done.stderr
    assert "-# dice from losses 0.0.9," in done.stdout

    text = copied.read_text("utf-8").replace("0 is perfect", "0 is very perfect")
    copied.write_text(text, "utf-8")
    stderr = run("diff", copied).stderr
    assert "changed in the file, since it was copied and in losses\n" in stderr


def test_a_project_may_change_its_name(copied):
    text = copied.read_text("utf-8")
    named = re.sub(r'serializable\("\w+"\)', 'serializable("new_name")', text)
    assert named != text
    copied.write_text(named, "utf-8")
    assert run("diff", copied).exit_code == 0

    copied.write_text(text.replace('serializable("', 'serializable("x', 1), "utf-8")
    done = run("diff", copied)
    assert done.exit_code == 1
    assert done.stderr.endswith("changed in the file, since it was copied\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import keras\n", "does not begin as a file written by losses copy"),
        ("", "does not begin as a file written by losses copy"),
        (standalone("dice").replace("# dice from", "# dise from"), "has no dise"),
    ],
    ids=["no header", "empty", "a loss that is gone"],
)
def test_diff_refuses_what_was_not_copied(text, said, tmp_path):
    (tmp_path / "file.py").write_text(text, "utf-8")
    done = run("diff", tmp_path / "file.py")
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    "command", ["show dice", "list", "explain dice", "list --json"]
)
def test_a_broken_pipe_is_quiet(command):
    pipe = f"'{SCRIPT}' {command} | true"
    for _ in range(3):
        done = subprocess.run(["sh", "-c", pipe], capture_output=True, text=True)
        assert (done.stdout, done.stderr) == ("", "")


def test_what_is_written_is_utf_8_everywhere():
    latin = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run([SCRIPT, "show", "dice"], capture_output=True, env=latin)
    assert "Σ" in done.stdout.decode("utf-8")


def test_demo_gets_the_names(monkeypatch):
    seen = []

    def run(names, losses):
        seen.append((names, losses))

    demo = SimpleNamespace(NAMES=("binary", "multitask"), run=run)
    monkeypatch.setitem(sys.modules, "losses.demo", demo)
    told("demo", "binary", "multitask")
    told("demo", "binary", "--loss", "dice", "--loss", "dice/no_smoothing")
    assert seen == [
        (("binary", "multitask"), ()),
        (("binary",), ("dice", "dice/no_smoothing")),
    ]
    assert "Did you mean dice" in told("demo", "binary", "--loss", "dise", code=2)
    assert "Did you mean binary?" in told("demo", "binari", code=2)
    assert "Known: binary, multitask." in told("demo", "x", code=2)


def test_demo_tells_what_is_missing(monkeypatch):
    def run(names, losses):
        raise ModuleNotFoundError("scikit-learn is not installed", name="sklearn")

    demo = SimpleNamespace(NAMES=(), run=run)
    monkeypatch.setitem(sys.modules, "losses.demo", demo)
    assert told("demo", code=1) == "Error: scikit-learn is not installed\n"


def test_the_demo_is_there():
    done = run("demo", "no such experiment")
    assert done.exit_code == 2
    assert "Known: binary, " in done.stderr
