"""The site and its tests are made of text: they import no Keras."""

import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).parents[1]
HEAVY = {"keras", "tensorflow", "jax", "torch", "numpy", "tests"}


def test_neither_the_generator_nor_its_tests_import_keras():
    paths = [*DOCS.glob("generator/*.py"), *DOCS.glob("tests/*.py")]
    modules = [
        path.relative_to(DOCS.parent).with_suffix("").as_posix().replace("/", ".")
        for path in sorted(paths)
        if path.stem
        not in ("hook", "__main__")  # mkdocs is not installed with the tests
    ]
    code = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *modules],
        capture_output=True,
        text=True,
        check=True,
        cwd=DOCS.parent,
    )
    assert not HEAVY & set(done.stdout.split())
