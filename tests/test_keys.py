"""A change of code makes stale what was recorded with it, and nothing else.

A copy of the package is edited, and the cells are counted whose key is another then.
"""

import ast
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest

from losses.evidence import keys, store
from losses.evidence.environments import ENVIRONMENTS, REFERENCE
from losses.source import closure, registry
from losses.source.standalone import standalone
from tests.recording import cells

VARIANTS, PROBES = registry.variants(), registry.probes()
# What is read from the files of the package, and kept.
READ = (
    registry.losses,
    registry.variants,
    registry.probes,
    closure.module_of,
    keys.of_variant,
    keys.of_probe,
    keys._of_loss,
)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of `losses` without what was recorded, to be edited."""
    copy = tmp_path_factory.mktemp("copy") / "losses"
    ignored = shutil.ignore_patterns("data", "__pycache__")
    return shutil.copytree(registry.HERE, copy, ignore=ignored)


def keys_of(package):
    """The keys of all cells in a copy: `{variant: {probe: key}}`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "HERE", package)
        forget()
        try:
            return {
                variant.id: {
                    probe: keys.of_cell(variant, probe) for probe in registry.probes()
                }
                for variant in registry.variants().values()
            }
        finally:
            forget()


def forget():
    for read in READ:
        read.cache_clear()


NOW = keys_of(registry.HERE)


@contextmanager
def changed(path, change):
    """Meanwhile the file has another text."""
    text = path.read_text("utf-8")
    other = change(text)
    assert other != text
    ast.parse(other)
    path.write_text(other, "utf-8")
    try:
        yield
    finally:
        path.write_text(text, "utf-8")


@pytest.fixture
def stale(package):
    """Which cells are stale where the text of a file is changed."""

    def count(file, change):
        with changed(package / file, change):
            after = keys_of(package)
        return {
            (variant, probe)
            for variant, probes in after.items()
            for probe, key in probes.items()
            if NOW[variant][probe] != key
        }

    return count


def all_of(variants=VARIANTS, probes=PROBES):
    return {(variant, probe) for variant in variants for probe in probes}


def edited(name):
    """With another first statement in a function or class of this name."""

    def change(text):
        lines = text.splitlines()
        node = named(text, name)
        place = node.body[ast.get_docstring(node) is not None]
        lines.insert(place.lineno - 1, " " * place.col_offset + "edited = True")
        return "\n".join(lines) + "\n"

    return change


def named(text, name):
    return next(n for n in ast.parse(text).body if getattr(n, "name", None) == name)


def reworded(name):
    """With another docstring, a comment, and another word for the site."""

    def change(text):
        node = named(text, name)
        documented = text.replace(ast.get_docstring(node).splitlines()[0], "Other.", 1)
        phrased = documented.replace('phrase="', 'phrase="other ').replace(
            'column="', 'column="other '
        )
        return phrased.replace(f"def {name}(", f"# a word\ndef {name}(", 1)

    return change


def test_a_copy_has_the_keys_of_the_package(package):
    assert keys_of(package) == NOW


@pytest.mark.parametrize(
    ("file", "name", "probes"),
    [
        ("fitted", "class_weight", ["class_weight"]),
        ("fitted", "_weighted", [p for p in PROBES if p.startswith("sample_weight")]),
        ("direct", "gradient", ["gradient"]),
        ("devices", "mirrored", ["two_replicas", "two_replicas_uneven"]),
    ],
)
def test_the_code_of_a_probe_makes_its_cells_stale(stale, file, name, probes):
    found = stale(f"running/probes/{file}.py", edited(name))
    assert found == all_of(probes=probes)
    assert len(found) == len(VARIANTS) * len(probes)


def test_how_a_loss_is_run_makes_all_stale(stale):
    assert stale("running/subject.py", edited("compiled")) == all_of()


@pytest.mark.parametrize(
    ("file", "helper"),
    [("regions", "share"), ("regions", "lovasz"), ("replicas", "summed")],
)
def test_a_helper_makes_the_losses_stale_that_use_it(stale, file, helper):
    """Those whose standalone file has it."""
    users = {x for x in registry.losses() if f"def {helper}(" in standalone(x)}
    assert 1 < len(users) < len(registry.losses())
    found = stale(f"ops/{file}.py", edited(helper))
    assert found == all_of(v.id for v in VARIANTS.values() if v.loss in users)


def test_a_loss_makes_its_own_cells_stale(stale):
    found = stale("catalog/segmentation/jaccard.py", edited("jaccard"))
    assert found == all_of(v.id for v in VARIANTS.values() if v.loss == "jaccard")


def test_a_variant_makes_its_own_cells_stale(stale):
    variant = VARIANTS["dice/no_smoothing"]
    found = stale("broken/segmentation/dice.py", edited(variant.name))
    assert found == all_of([variant.id])
    assert len(found) == len(PROBES)


def test_words_and_other_code_make_nothing_stale(package):
    """All of these together."""
    changes = [
        ("running/probes/fitted.py", reworded("class_weight")),
        ("running/probes/direct.py", reworded("gradient")),
        ("catalog/segmentation/dice.py", reworded("dice")),
        ("broken/segmentation/dice.py", reworded("no_smoothing")),
        ("evidence/messages.py", edited("cleaned")),
        ("evidence/compare.py", edited("same")),
        ("evidence/codec.py", edited("encoded")),
        ("evidence/store.py", edited("read")),
        ("running/probe.py", edited("probe")),
        ("checker/__init__.py", edited("check")),
        ("cli/main.py", edited("main")),
    ]
    with ExitStack() as meanwhile:
        for file, change in changes:
            meanwhile.enter_context(changed(package / file, change))
        assert keys_of(package) == NOW


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_other_versions_make_all_of_an_environment_stale(environment, monkeypatch):
    evidence = store.Evidence(environment, ENVIRONMENTS[environment].versions)
    for variant in VARIANTS.values():
        for probe in PROBES:
            evidence.put(variant.id, probe, {}, keys.of_cell(variant, probe))

    monkeypatch.setattr(cells.environments, "installed", lambda name: evidence.versions)
    assert cells.stale(evidence) == {}
    other = replace(evidence, versions={**evidence.versions, "keras": "3.0.0"})
    assert cells.stale(other) == {variant: list(PROBES) for variant in VARIANTS}


def test_the_key_of_a_claim_counts_its_code_and_its_probes():
    claim, *_ = registry.claims().values()
    assert keys.of_claim(replace(claim, heard="other")) == keys.of_claim(claim)
    longer = replace(claim, text=claim.text + "\n\n\nmore = 1")
    assert keys.of_claim(longer) != keys.of_claim(claim)


def test_the_reference_environment_has_a_key_for_every_document():
    recorded = {name.partition("#")[0] for name in store.document_keys()}
    kept = {path for path in store.documents() if path != "kills"}
    assert kept <= recorded
    assert REFERENCE in store.environments()
