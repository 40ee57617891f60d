"""The wheel holds what installed code reads, and no more."""

import tomllib
from fnmatch import fnmatchcase

import pytest

from losses.evidence import store
from losses.evidence.environments import OTHERS, REFERENCE
from losses.source import registry

ROOT = registry.HERE.parent
WHEEL = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"][
    "build"
]["targets"]["wheel"]
DATA = store.DATA.relative_to(ROOT).as_posix()
HOME = f"{DATA}/{REFERENCE}"


def is_shipped(path):
    """Whether the last pattern that fits a path, or a folder that it lies in, includes
    it: the rules of .gitignore, for patterns from the root."""
    parts = path.split("/")
    above = ["/" + "/".join(parts[:n]) for n in range(1, len(parts) + 1)]
    shipped = parts[0] in WHEEL["packages"]
    for pattern in WHEEL["exclude"]:
        included = pattern.startswith("!")
        plain = pattern.removeprefix("!")
        depth = plain.count("/")
        if len(above) >= depth and fnmatchcase(above[depth - 1], plain):
            shipped = included
    return shipped


def shipped(folder):
    paths = (p.relative_to(ROOT).as_posix() for p in folder.rglob("*") if p.is_file())
    return {path for path in paths if "__pycache__" not in path and is_shipped(path)}


def test_all_code_is_shipped():
    code = {p.relative_to(ROOT).as_posix() for p in registry.HERE.rglob("*.py")}
    assert code <= shipped(registry.HERE)


def test_of_the_evidence_that_is_shipped_which_commands_read(monkeypatch):
    """`losses explain` of all that has an id, and of a pasted error."""
    from losses.cli import explain, pages

    read = set()
    load = store._load
    monkeypatch.setattr(store, "_load", lambda path: read.add(path) or load(path))
    shelves = registry.variants, registry.claims, registry.scripts, registry.errors
    rules = registry.rules() + registry.rules(registry.OF_MODELS)
    for subject in [
        *rules,
        *(found for shelf in shelves for found in shelf().values()),
    ]:
        pages.page(subject)
    assert list(explain.recorded())
    read = {path.relative_to(ROOT).as_posix() for path in read if path.exists()}
    assert shipped(store.DATA) == read


@pytest.mark.parametrize(
    "path",
    [
        *(f"{DATA}/{name}/dice.json" for name in OTHERS),
        f"{DATA}/a-new-environment/dice.json",
        f"{DATA}/watch/keras-3.10.0.json",
        f"{DATA}/peers/peers.json",
        f"{HOME}/keys.json",
        f"{HOME}/kills.json",
        f"{HOME}/demo/binary.json",
        "tests/test_wheel.py",
    ],
)
def test_nothing_else_is_shipped(path):
    assert not is_shipped(path)
