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
from losses.source.copies import standalone
from tests.recording import cells

VARIANTS, PROBES = registry.variants(), registry.probes()
# What is read from the files of the package, and kept.
READ = (
    registry.losses,
    registry.variants,
    registry.probes,
    registry.claims,
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


def in_copy(package, ask):
    """What `ask` gives where the package is a copy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "HERE", package)
        forget()
        try:
            return ask()
        finally:
            forget()


def keys_of(package):
    """The keys of all cells in a copy: `{variant: {probe: key}}`."""
    return in_copy(
        package,
        lambda: {
            variant.id: {
                probe: keys.of_cell(variant, probe) for probe in registry.probes()
            }
            for variant in registry.variants().values()
        },
    )


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
        ("../workers", "Worker", ["two_workers"]),
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


@pytest.mark.parametrize(
    ("file", "imported", "instead", "loss", "probes"),
    [
        (
            "broken/segmentation/dice.py",
            "from keras import ops",
            "import numpy as ops",
            "dice",
            PROBES,
        ),
        (
            "catalog/ordinal/corn.py",
            "from keras import ops",
            "import numpy as ops",
            "corn",
            PROBES,
        ),
        (
            "catalog/ordinal/corn.py",
            "import WrongShapes",
            "import Refused as WrongShapes",
            "corn",
            PROBES,
        ),
        (
            "running/probes/direct.py",
            "import Returns",
            "import Runs as Returns",
            None,
            ["custom_loop"],
        ),
    ],
)
def test_where_a_name_comes_from_makes_stale_what_uses_it(
    stale, file, imported, instead, loss, probes
):
    """The code stays as it is, and a name in it means something else."""
    found = stale(file, lambda text: text.replace(imported, instead))
    users = [
        v.id
        for v in VARIANTS.values()
        if loss in (v.loss, None)
        and (not file.startswith("broken") or "ops." in v.source)
    ]
    assert found == all_of(users, probes)


def test_the_inputs_of_a_variant_make_its_cells_stale(stale):
    def other(text):
        return text.replace("y_true=[[[0, 0]]],", "y_true=[[[0, 1]]],", 1)

    assert stale("broken/segmentation/dice.py", other) == all_of(["dice/no_smoothing"])


def test_how_an_outcome_is_observed_makes_all_stale(stale):
    assert stale("running/observe.py", edited("returned")) == all_of()


def test_a_fix_makes_its_own_side_stale(package):
    """The variant and its reference need not be run again."""
    file = package / "broken" / "segmentation" / "dice.py"
    line = "# + return 1 - (2 * overlap + 1) / (total + 1)"
    with changed(file, lambda text: text.replace(line, line.replace("+ 1", "+ 2"), 1)):
        after = keys_of(package)
    sides = {
        variant: keys.stale_sides(NOW[variant][probe], key)
        for variant, probes in after.items()
        for probe, key in probes.items()
    }
    assert {v: s for v, s in sides.items() if s} == {"dice/no_smoothing": ("fix",)}


@pytest.mark.parametrize(
    ("imported", "used"),
    [
        ("from losses.ops import regions", "regions.share"),
        ("from losses.ops import regions as r", "r.share"),
        ("from losses.ops.regions import share", "share"),
        ("import losses.ops.regions as r", "r.share"),
    ],
)
@pytest.mark.parametrize("inside", [True, False], ids=["inside", "above"])
def test_code_uses_what_it_imports_in_any_way(package, imported, used, inside):
    above, within = ("", f"    {imported}\n") if inside else (f"{imported}\n", "")
    text = f'"""A module."""\n{above}\n\ndef trial():\n{within}    return {used}(1)\n'
    found = closure_of(package, text)
    assert ("losses.ops.regions", "share") in found
    assert ("losses.ops.regions", "lovasz") not in found


def test_a_module_that_is_handed_on_counts_as_a_whole(package):
    text = '"""A."""\nfrom losses.ops import regions\n\nHELPERS = (regions,)\n'
    found = closure_of(package, text)
    pieces = closure.module_of("losses.ops.regions").pieces
    assert found.keys() > {("losses.ops.regions", name) for name in pieces}


@pytest.mark.parametrize(
    "statement",
    [
        "if True:\n    SIZE = 1",
        "SIZES = {}\nSIZES['a'] = 1",
        "WIDTH, HEIGHT = 1, 2",
        "SIZE = 1\nSIZE = 2",
        "SIZE = 1\nSIZE += 2",
        "print(1)",
        "import losses.ops.regions",
        "if __name__ == '__main__':\n    SIZE = 1\nelse:\n    SIZE = 2",
        "from losses.ops.regions import *\n\nHELPERS = (share,)",
    ],
)
def test_a_statement_that_no_key_would_know_of_is_refused(package, statement):
    with pytest.raises(ValueError, match=r"losses\.ops\."):
        closure_of(package, f'"""A module."""\n\n{statement}\n')


def closure_of(package, text):
    """The code that a module of this text uses, in a copy."""
    file = package / "ops" / "trial.py"
    file.write_text(text, "utf-8")
    try:
        return in_copy(package, lambda: closure.closure("losses.ops.trial"))
    finally:
        file.unlink()


def test_words_and_other_code_make_nothing_stale(package):
    """All of these together."""
    changes = [
        ("running/probes/fitted.py", reworded("class_weight")),
        ("running/probes/direct.py", reworded("gradient")),
        ("catalog/segmentation/dice.py", reworded("dice")),
        ("broken/segmentation/dice.py", reworded("no_smoothing")),
        (
            "broken/multitask/weighted_multi_output.py",
            lambda text: text.replace("it names the labels,", "it names labels,"),
        ),
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
    assert cells.stale(other) == cells.every()


@pytest.mark.parametrize(
    ("file", "change", "is_stale"),
    [
        ("claims/shapes.py", lambda text: text.replace("ops.", "ops.numpy."), True),
        (
            "claims/shapes.py",
            lambda text: text.replace('    """', '    """Again: '),
            False,
        ),
        ("running/claims.py", edited("_run_part"), True),
        ("running/probes/fitted.py", edited("fit_xla"), True),
        ("running/probes/fitted.py", edited("save_load"), False),
    ],
)
def test_the_key_of_a_claim_counts_its_code_and_what_runs_it(
    package, file, change, is_stale
):
    claims = [c for c in registry.claims().values() if c.subject == "shapes"]
    claim = next(claim for claim in claims if "ops." in claim.text)
    with changed(package / file, change):
        after = in_copy(package, lambda: keys.of_claim(registry.claims()[claim.id]))
    assert (after != keys.of_claim(claim)) == is_stale


def test_the_reference_environment_has_a_key_for_every_document():
    recorded = {name.partition("#")[0] for name in store.document_keys()}
    kept = {path for path in store.documents() if path != "kills"}
    assert kept <= recorded
    assert REFERENCE in store.environments()
