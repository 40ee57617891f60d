"""A report for other tools."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from losses import testing
from losses.checker import formats
from losses.checker.report import Finding, Report, Seen
from losses.checker.rules import RULES
from losses.cli.main import cli
from losses.cli.places import line_of

REPORT = Report(
    "half",
    ("check_runs", "check_finite"),
    (
        Finding("check_runs", "error", "It raises 100%:\nfar, far away."),
        Finding("check_finite", "note", "It is finite."),
    ),
)


def at(found):
    return "a,b.py", 7


def test_annotations_are_one_line_each():
    """A new line or a per cent sign in them would end the command."""
    assert formats.github(REPORT, at).splitlines() == [
        "::error file=a%2Cb.py,line=7,title=check_runs::"
        "It raises 100%25:%0Afar, far away.",
        "::notice file=a%2Cb.py,line=7,title=check_finite::It is finite.",
    ]


def test_what_has_no_file_has_an_annotation_of_the_run():
    first, _ = formats.github(REPORT, lambda found: None).splitlines()
    assert first.startswith("::error title=check_runs::")


def test_sarif_holds_what_code_scanning_of_github_needs():
    told = json.loads(formats.sarif(REPORT, at))
    assert told["version"] == "2.1.0"
    assert "sarif-2.1.0" in told["$schema"]
    [run] = told["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "losses"
    assert [rule["id"] for rule in driver["rules"]] == ["check_runs", "check_finite"]
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"] == RULES[rule["id"]].sentence
        assert rule["fullDescription"]["text"].startswith(RULES[rule["id"]].sentence)
        assert rule["help"]["text"] == f"losses explain {rule['id']}"
    for found, result in zip(REPORT.findings, run["results"], strict=True):
        assert result["ruleId"] == found.rule
        assert result["level"] == found.severity
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"] == found.sentence
        [place] = result["locations"]
        assert place["physicalLocation"] == {
            "artifactLocation": {"uri": "a%2Cb.py"},
            "region": {"startLine": 7},
        }


def test_sarif_of_what_has_no_file_has_no_place():
    [run] = json.loads(formats.sarif(REPORT, lambda found: None))["runs"]
    assert all("locations" not in result for result in run["results"])


MODULE = """\
from elsewhere import imported
import keras as k

def model():
    model = 1
    return model

@decorated
class Box:
    inner: float = 1

    def loss(self): ...

if k:
    first, (second, third) = 1, (2, 3)
else:
    first = 4
with open("a") as opened:
    pass
model.attribute = 5
table["model"] = 6
for model in ():
    late = 7
"""


@pytest.mark.parametrize(
    "name, line",
    [
        ("imported", 1),
        ("k", 2),
        ("Box", 9),
        ("Box.inner", 10),
        ("Box.loss", 12),
        ("third", 15),
        ("first", 17),
        ("opened", 18),
        ("model", 22),
        ("late", 23),
        ("loss", None),
        ("inner", None),
        ("table", None),
        ("Nobody.loss", None),
    ],
)
def test_the_line_of_a_name_is_that_of_its_last_value(name, line):
    assert line_of(MODULE, name) == line


TRAINING = """
import keras
import numpy as np

def own(y_true, y_pred):
    return keras.ops.mean(keras.ops.round(y_pred - y_true) ** 2, axis=-1)

x, y = np.ones((8, 4)), 1 + np.arange(8) % 3

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="out")])
model.compile("adam", loss="sparse_categorical_crossentropy")

other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
other.compile("adam", loss=own)

batch = x, y
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with a script in a folder, which is the working directory."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "my code").mkdir()
    (tmp_path / "my code" / "train.py").write_text(TRAINING)
    monkeypatch.chdir(tmp_path / "my code")


def asked(name, form, *more):
    arguments = ["check", f"train.py:{name}", *more, "--format", form]
    return CliRunner().invoke(cli, arguments)


def test_an_annotation_stands_at_the_line_of_the_model(project):
    done = asked("model", "github", "--data", "train.py:batch")
    assert done.exit_code == 1
    at = {line.split(",title=")[0] for line in done.stdout.splitlines()}
    assert at == {"::error file=my code/train.py,line=10"}
    assert done.stderr.count("losses check executes train.py\n") == 1
    assert done.stderr.splitlines()[-1].startswith("sequential")
    assert "2 errors by " in done.stderr


def test_what_is_found_of_a_loss_in_a_model_stands_at_the_loss(project):
    done = asked("other", "sarif", "--data", "train.py:batch", "--quick")
    [run] = json.loads(done.stdout)["runs"]
    lines = {rule: set() for rule in ("own", "model")}
    for result in run["results"]:
        [place] = result["locations"]
        place = place["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "my%20code/train.py"
        about = "own" if result["ruleId"] in RULES else "model"
        lines[about].add(place["region"]["startLine"])
    assert lines["own"] == {5}
    assert lines["model"] <= {13}


def test_a_lone_loss_has_the_line_of_its_name(project):
    done = asked("own", "github", "--y-true", "8", "--y-pred", "8,1", "--quick")
    at = {
        line.split(" title=")[0].split(",title=")[0]
        for line in done.stdout.splitlines()
    }
    assert {line.split("file=")[1] for line in at} == {"my code/train.py,line=5"}


def test_a_notebook_gets_html_that_wraps_and_has_no_colour_of_its_own():
    page = REPORT._repr_html_()
    assert "check_finite" in page
    assert "far, far away" in page
    assert "<script" not in page
    assert "<pre" not in page
    coloured = re.findall(r"(?<![-\w])color: ([^;\"]+)([^\"]*)", page)
    assert {colour for colour, _ in coloured} == {"#fff"}
    assert all("background: #" in more for _, more in coloured)


def test_html_shows_text_as_text():
    wrong = Finding("check_runs", "error", "It has <b> & more.", {"<i>": [1.0, "<u>"]})
    page = Report("<mine>", ("check_runs",), (wrong,), skipped={"check_x": "<p>"})
    page = page._repr_html_()
    assert not re.search("<(b|i|u|p|mine)>", page)
    assert "It has &lt;b&gt; &amp; more." in page


def test_html_has_the_table_of_outputs():
    seen = Seen("head", "(3) softmax", "mse", "class ids 0 to 2", "")
    page = Report("m", ("check_runs",), (), outputs=(seen,))._repr_html_()
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", page)
    assert cells[:4] == ["output", "head", "loss", "labels"]
    assert cells[4:] == ["head", "(3) softmax", "mse", "class ids 0 to 2"]


TESTS = """
import keras

def wrong(y_true, y_pred):
    return keras.ops.mean(y_true - y_pred, axis=-1)

def test_right(losses_check):
    assert losses_check("mse", (8, 2), (8, 2), quick=True).complete

def test_wrong(losses_check):
    losses_check(wrong, (8, 2), (8, 2), quick=True)
"""


def test_the_fixture_fails_a_test_where_an_error_is_found(tmp_path):
    (tmp_path / "test_mine.py").write_text(TESTS)
    asked = [sys.executable, "-m", "pytest", "-q", "-p", "losses.testing", "-p"]
    asked += ["no:cacheprovider", str(tmp_path)]
    done = subprocess.run(asked, capture_output=True, text=True, cwd=tmp_path)
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    summary = done.stdout.split("short test summary info")[1]
    [line] = re.findall(r"^FAILED .*", summary, re.MULTILINE)
    assert "::test_wrong - " in line
    assert "check_labels_matter" in line


def test_pytest_knows_the_plugin_by_its_module():
    """Under another name `-p losses.testing` would register it twice: an error."""
    project = Path(__file__).parents[2] / "pyproject.toml"
    plugins = tomllib.loads(project.read_text("utf-8"))["project"]["entry-points"]
    assert plugins["pytest11"] == {testing.__name__: testing.__name__}
