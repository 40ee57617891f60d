"""The hash of evidence changes with the code that was seen, and with nothing else."""

import shutil
import subprocess
import sys

import pytest

from losses.evidence import keys
from losses.source import registry

DICE = "catalog/segmentation/dice.py"
BROKEN = "broken/segmentation/dice.py"


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of `losses`, to be changed."""
    copy = tmp_path_factory.mktemp("copy") / "losses"
    ignored = shutil.ignore_patterns("evidence", "__pycache__")
    return shutil.copytree(registry.HERE, copy, ignore=ignored)


def of_no_smoothing(package):
    """The fingerprint that the copy gives to a variant of dice."""
    code = (
        "from losses import fingerprints, registry\n"
        'print(keys.of_variant(registry.variants()["dice/no_smoothing"]))'
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=package.parent,
        check=True,
        text=True,
        capture_output=True,
    )
    return ran.stdout.strip()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (DICE, "terms(*sums, smooth, ", "terms(*sums, 2 * smooth, "),
        (BROKEN, "return 1 - ", "return 2 - "),
        ("regions.py", "2.0**-63", "2.0**-62"),  # which dice uses
        ("shapes.py", "def totals(values, kept=0)", "def totals(values, kept=1)"),
        ("outcomes.py", "rtol=1e-5", "rtol=1e-4"),
        ("probes/direct.py", "def gradient(", "def slope("),
    ],
)
def test_code_that_is_used_counts(package, file, old, new):
    assert changed(package, file, old, new)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (DICE, "Soft Dice loss", "The soft Dice loss"),
        (BROKEN, '"""Dice as it is often written', '"""Dice, often written'),
        ("regions.py", "# 1 - … over one denominator", "# over one denominator"),
        ("shapes.py", "kept=0):\n", "kept=0):  # axes\n"),
        ("elementwise.py", "2.0**-126", "2.0**-125"),  # which dice does not use
        ("catalog/segmentation/jaccard.py", "smooth=1.0", "smooth=2.0"),
        ("cli.py", "import click", "import  click"),
    ],
)
def test_words_and_other_code_do_not(package, file, old, new):
    assert not changed(package, file, old, new)


def changed(package, file, old, new):
    """Whether the fingerprint is another with `new` in the place of `old`."""
    path = package / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    try:
        return of_no_smoothing(package) != NOW
    finally:
        path.write_text(text, "utf-8")


NOW = keys.of_variant(registry.variants()["dice/no_smoothing"])
