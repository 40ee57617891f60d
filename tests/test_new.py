"""`losses new` writes four files, and tests name what else a loss needs."""

import shutil
import subprocess
import sys

import pytest

from losses.cli import new
from losses.source import registry

pytestmark = pytest.mark.xdist_group("new")  # one copy of the checkout
ROOT = registry.HERE.parent


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of this checkout with a new loss in it."""
    copy = tmp_path_factory.mktemp("copy")
    ignored = shutil.ignore_patterns("__pycache__", "watch", "peers")
    for name in ("losses", "tests", "docs"):
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for name in ("README.md", "pyproject.toml", "Makefile"):
        shutil.copy(ROOT / name, copy)
    new.new("trial_loss", "regression", copy)
    return copy


def run(checkout, *arguments):
    return subprocess.run(
        [sys.executable, *arguments], cwd=checkout, capture_output=True, text=True
    )


def test_four_files_are_written_and_each_is_in_its_place(tmp_path):
    for folder in (
        "losses/catalog",
        "losses/patterns",
        "losses/broken",
        "tests/catalog",
    ):
        (tmp_path / folder / "regression").mkdir(parents=True)
    (tmp_path / "losses/catalog/regression/__init__.py").touch()
    paths, then = new.new("trial_loss", "regression", tmp_path)
    assert [path.as_posix() for path in paths] == [
        "losses/catalog/regression/trial_loss.py",
        "losses/patterns/regression/trial_loss.py",
        "losses/broken/regression/trial_loss.py",
        "tests/catalog/regression/test_trial_loss.py",
    ]
    assert "pytest -k trial_loss" in then
    written = {path: (tmp_path / path).read_text("utf-8") for path in paths}
    with pytest.raises(new.Misplaced, match="already"):
        new.new("trial_loss", "regression", tmp_path)
    assert {path: (tmp_path / path).read_text("utf-8") for path in paths} == written


@pytest.mark.parametrize(
    ("name", "family", "said"),
    [
        ("trial", "no_family", "There are: binary, multiclass"),
        ("TrialLoss", "regression", "snake case"),
        ("trial-loss", "regression", "snake case"),
        ("lambda", "regression", "snake case"),
        ("none", "regression", "snake case"),  # the class would be None
        ("_trial", "regression", "snake case"),
        ("__init__", "regression", "snake case"),
        ("poly_1", "regression", "snake case"),  # the class Poly1 is that of poly1
        ("ops", "regression", "snake case"),
        ("check", "regression", "something else"),
        ("dice", "segmentation", "already"),
    ],
)
def test_what_will_not_do_is_refused(name, family, said):
    with pytest.raises(new.Misplaced, match=said):
        new.new(name, family)


def test_outside_of_a_checkout_nothing_is_written(tmp_path):
    with pytest.raises(new.Misplaced, match="checkout"):
        new.new("trial", "regression", tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_skeletons_are_formatted_and_their_tests_pass(checkout):
    files = [str(p) for p in sorted(checkout.rglob("*trial_loss.py"))]
    assert len(files) == 4
    done = run(checkout, "-m", "pytest", "-q", files[-1], "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout


@pytest.mark.parametrize(
    "named",
    [
        "losses/catalog/regression/trial_loss.py, losses/patterns/regression/trial_",
        "make stub",
        "README.md lists other losses",
    ],
)
def test_what_is_missing_is_named(checkout, named, missing):
    assert named in missing


@pytest.fixture(scope="module")
def missing(checkout):
    """What the tests of the house say of the checkout."""
    tests = (
        "tests/test_house.py::test_nothing_is_left_to_write",
        "tests/test_house.py::test_editors_see_the_whole_catalog",
        "tests/test_readme.py",
    )
    return run(checkout, "-m", "pytest", *tests, "-p", "no:cacheprovider").stdout
