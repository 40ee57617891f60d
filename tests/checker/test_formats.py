"""A report for other tools."""

import json
import subprocess
import sys

from losses.checker import formats
from losses.checker.report import Finding, Report

REPORT = Report(
    "half",
    ("check_runs", "check_finite"),
    (
        Finding("check_runs", "error", "It raises 100%:\nfar, far away."),
        Finding("check_finite", "note", "It is finite."),
    ),
)


def test_annotations_are_one_line_each():
    """A new line or a per cent sign in them would end the command."""
    assert formats.github(REPORT, "a,b.py", 7).splitlines() == [
        "::error file=a%2Cb.py,line=7,title=check_runs::"
        "It raises 100%25:%0Afar, far away.",
        "::notice file=a%2Cb.py,line=7,title=check_finite::It is finite.",
    ]


def test_sarif_has_a_result_for_each_finding():
    told = json.loads(formats.sarif(REPORT, "train.py", 7))
    assert told["version"] == "2.1.0"
    [run] = told["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [
        "check_runs",
        "check_finite",
    ]
    assert [(r["ruleId"], r["level"]) for r in run["results"]] == [
        ("check_runs", "error"),
        ("check_finite", "note"),
    ]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "train.py"},
        "region": {"startLine": 7},
    }


def test_a_notebook_gets_html():
    page = REPORT._repr_html_()
    assert page.startswith("<pre")
    assert "check_finite" in page
    assert "<script" not in page


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
    assert "check_labels_matter" in done.stdout
