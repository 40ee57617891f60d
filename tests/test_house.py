"""The rules of the house, so that nobody has to remember them."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import losses
from losses.source import registry, stub

PACKAGE = Path(losses.__file__).parent
ROOT = PACKAGE.parent
CATALOG = list(registry.losses().values())
HELPERS = {
    "losses.ops.base",
    "losses.ops.class_labels",
    "losses.ops.crossentropy",
    "losses.ops.options",
    "losses.ops.outputs",
    "losses.ops.refusals",
    "losses.ops.regions",
    "losses.ops.replicas",
    "losses.ops.shapes",
}
# Each may import those before it.
LAYERS = [
    {"refusals", "replicas"},
    {"shapes"},
    {"options", "outputs"},
    {"base", "class_labels"},
    {"crossentropy"},
    {"regions"},
]

# Downwards only: a package may import those before it, and itself.
ORDER = (
    {"ops"},
    {"source"},
    {"evidence"},
    {"catalog", "patterns", "broken", "claims", "errors", "scripts"},
    {"running"},
    {"checker"},
    {"demo"},
    {"cli"},
)
# tf.GradientTape, jax.grad and torch.autograd have no common name in Keras.
BACKENDS = {"tensorflow", "jax", "torch"}

MAY_IMPORT = {  # beside the standard library
    "losses/__init__.py": {"losses.source.names"},
    **{
        f"losses/ops/{name}.py": {
            "keras",
            *(f"losses.ops.{other}" for layer in LAYERS[:n] for other in layer),
        }
        for n, layer in enumerate(LAYERS)
        for name in sorted(layer - {"replicas"})
    },
    "losses/ops/replicas.py": {"keras", "tensorflow"},  # where it is the backend
    "losses/ops/distance.py": {"numpy", "scipy"},
    "losses/source/*.py": {"losses.__version__", "losses.source"},
    "losses/evidence/*.py": {"losses.evidence", "losses.source"},
    "losses/catalog/*/*.py": {"keras", *HELPERS},
    "losses/broken/*/*.py": {"keras", "numpy", "losses.evidence.declarations"},
    "losses/scripts/*.py": {"keras", "numpy", "losses.evidence.declarations"},
    "losses/claims/*.py": {
        "keras",
        "numpy",
        "tensorflow",
        "losses.evidence.declarations",
    },
    "losses/errors/*.py": {
        "keras",
        "numpy",
        "tensorflow",
        "torch",
        "losses.evidence.declarations",
    },
    "losses/running/**/*.py": {
        "keras",
        "numpy",
        *BACKENDS,
        "losses.evidence",
        "losses.running",
    },
    "losses/checker/**/*.py": {
        "keras",
        "numpy",
        "tensorflow",
        "pytest",  # inside parametrize_with_rules
        "rich",  # inside the report
        "losses.checker",
        "losses.evidence",
        "losses.running",
    },
    "losses/demo/*.py": {
        "keras",
        "numpy",
        "rich",
        "sklearn",
        "losses.demo",
        "losses.running",
        "losses.source",
    },
    "losses/cli/*.py": {
        "click",
        "keras",
        "rich",
        "losses",
        "losses.checker",
        "losses.cli",
        "losses.demo",
        "losses.evidence",
        "losses.running",
        "losses.source",
    },
    "docs/generator/*.py": {"docs.generator", "losses.evidence", "losses.source"},
    "docs/tests/*.py": {
        "pytest",
        "docs.generator",
        "docs.tests",
        "losses.cli",
        "losses.evidence",
        "losses.source",
    },
}
ALSO = {
    "docs/generator/hook.py": {"mkdocs"},
}

every_loss = pytest.mark.parametrize("loss", CATALOG, ids=lambda loss: loss.name)
every_variant = pytest.mark.parametrize(
    "variant", registry.variants().values(), ids=lambda v: v.id
)


def imports(path):
    """Every module that a file imports; of a package, what is imported from it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "a relative import does not survive being copied"
            folder = ROOT / node.module.replace(".", "/")
            for alias in node.names:
                module = folder / alias.name
                inside = module.is_dir() or module.with_suffix(".py").exists()
                whole = inside or node.module == "losses"
                yield f"{node.module}.{alias.name}" if whole else node.module


def imported_by(pattern):
    """`(file, module)` of all that the files of a pattern import."""
    paths = sorted(ROOT.glob(pattern))
    assert paths, f"no file matches {pattern}"
    for path in paths:
        for module in imports(path):
            yield path.relative_to(ROOT).as_posix(), module


@pytest.mark.parametrize("pattern", MAY_IMPORT)
def test_who_may_import_whom(pattern):
    for file, module in imported_by(pattern):
        top = module.partition(".")[0]
        package = ".".join(module.split(".")[:2])
        allowed = MAY_IMPORT[pattern] | ALSO.get(file, set()) | sys.stdlib_module_names
        assert {module, package, top} & allowed, f"{file} imports {module}"


def test_packages_import_downwards():
    level = {name: number for number, names in enumerate(ORDER) for name in names}
    folders = {p.name for p in PACKAGE.iterdir() if (p / "__init__.py").exists()}
    assert folders <= level.keys()
    for file, module in imported_by("losses/*/**/*.py"):
        here, there = file.split("/")[1], f"{module}.".split(".")[1]
        if module.startswith("losses.") and there in level:
            downwards = level[there] < level[here] or there == here
            assert downwards, f"{file} imports {module}"


def test_the_package_imports_neither_its_tests_nor_its_site():
    for file, module in imported_by("losses/**/*.py"):
        assert module.partition(".")[0] not in ("tests", "docs"), file


def test_neither_tests_nor_site_import_the_other():
    for file, module in imported_by("tests/**/*.py"):
        assert module.partition(".")[0] != "docs", f"{file} imports {module}"
    for file, module in imported_by("docs/**/*.py"):
        assert module.partition(".")[0] != "tests", f"{file} imports {module}"


def test_what_writes_evidence_imports_no_test():
    """`tests.hand` alone asks the tests of the catalog for their numbers."""
    for file, module in imported_by("tests/recording/**/*.py"):
        name = module.rpartition(".")[2]
        is_test = name.startswith("test_") or name == "conftest"
        assert not (module.startswith("tests.") and is_test), f"{file} imports {module}"


@every_loss
def test_a_file_holds_a_function_and_a_class_of_its_name(loss):
    body = ast.parse(loss.source).body
    names = [n.name for n in body if hasattr(n, "name") and not n.name.startswith("_")]
    assert names == [loss.name, loss.class_name]


@every_loss
def test_the_class_has_the_options_of_the_function(loss):
    function = inspect.signature(getattr(losses, loss.name)).parameters
    loss_class = inspect.signature(getattr(losses, loss.class_name)).parameters
    options = {p.name: p.default for p in function.values()}
    given = {p.name: p.default for p in loss_class.values()}
    assert list(options)[:2] == ["y_true", "y_pred"]
    del options["y_true"], options["y_pred"]
    common = {"reduction": "sum_over_batch_size", "name": loss.name, "dtype": None}
    assert given == {**options, **common}


@every_loss
def test_the_class_documents_the_options(loss):
    cls = getattr(losses, loss.class_name)
    for option in inspect.signature(cls).parameters:
        assert f"\n    {option}: " in cls.__doc__ or "__init__" in loss.source


def test_an_option_of_another_name_is_a_type_error():
    with pytest.raises(
        TypeError, match=r"^Dice\(\) got an unexpected keyword .*'smoth'"
    ):
        losses.Dice(smoth=1.0)
    with pytest.raises(
        TypeError, match=r"^ClassBalancedCrossentropy\(\) missing .*coun"
    ):
        losses.ClassBalancedCrossentropy()
    with pytest.raises(TypeError, match=r"^Dice\(\) too many positional arguments"):
        losses.Dice(1.0)


def test_a_loss_shows_its_options():
    assert repr(losses.Poly1Crossentropy(epsilon=2.0)) == (
        "Poly1Crossentropy(epsilon=2.0, from_logits=False)"
    )


@every_loss
def test_a_loss_has_broken_variants(loss):
    assert loss.variants, f"write losses/broken/{loss.family}/{loss.name}.py"


@every_loss
def test_a_loss_has_numbers_worked_out_by_hand(loss):
    path = ROOT / "tests" / "catalog" / loss.family / f"test_{loss.name}.py"
    assert path.exists(), f"write {path.relative_to(ROOT)}"


@every_loss
def test_the_docstring_answers_what_one_asks(loss):
    for heading in "Args:", "Returns:", "Raises:", "Example:", "Source:":
        assert heading in loss.doc
    assert "one value per sample" in loss.title


@every_variant
def test_a_variant_says_what_one_sees_and_fits_beside_the_right_one(variant):
    assert variant.title.endswith("."), "the first line is a sentence"
    assert "\n\n" in variant.doc, "then comes why, and the way out"
    too_wide = [line for line in variant.code.splitlines() if len(line) > 60]
    assert not too_wide, "two columns must fit on a page"


def test_ids_are_unique():
    ids = [v.id for loss in CATALOG for v in loss.variants]
    assert len(ids) == len(set(ids))


def test_messages_refer_to_variants_that_exist():
    for path in PACKAGE.glob("**/*.py"):
        if "broken" in path.parts:
            continue
        for found in re.findall(r"\b([a-z_]+)/([a-z_]+)\b", path.read_text("utf-8")):
            if found[0] in registry.losses():
                assert "/".join(found) in registry.variants(), path


def test_nothing_is_left_to_write():
    """`losses new` marks what is to be written."""
    shelves = ("catalog", "patterns", "broken")
    folders = (*(f"losses/{shelf}" for shelf in shelves), "tests/catalog")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    left = [
        path.relative_to(ROOT).as_posix()
        for path in files
        if re.search(r"\bWRITE\b", path.read_text("utf-8"))
    ]
    assert not left, f"still to be written: {', '.join(sorted(left))}"


def test_editors_see_the_whole_catalog():
    assert stub.STUB.read_text("utf-8") == stub.stub(), "write it: make stub"


def test_the_stub_has_every_public_name_and_no_other():
    tree = ast.parse(stub.stub())
    named = {n.name for n in tree.body if hasattr(n, "name")}
    passed_on = {
        alias.asname
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname
    }
    assert named | passed_on | {"__version__"} == set(dir(losses))


def test_editors_see_the_arguments_of_both_checks():
    from losses import checker

    def parameters(function):
        return [p.replace(annotation=p.empty) for p in function.parameters.values()]

    told = []
    for node in ast.parse(stub.stub()).body:
        if getattr(node, "name", None) == "check":
            names = {"overload": lambda function: told.append(function)}
            exec(f"from __future__ import annotations\n{ast.unparse(node)}", names)
    assert [parameters(inspect.signature(function)) for function in told] == [
        parameters(inspect.signature(function))
        for function in (checker.check_model, checker.check_loss)
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_such_loss", "has no attribute 'no_such_loss'$"),
        ("Dise", "has no attribute 'Dise'. Did you mean 'Dice'\\?"),
        ("__no_such__", "has no attribute '__no_such__'$"),
    ],
)
def test_a_missing_name_is_an_attribute_error(name, message):
    with pytest.raises(AttributeError, match=message):
        getattr(losses, name)


def test_importing_the_package_imports_nothing_else():
    code = (
        "import sys; before = set(sys.modules); import losses; dir(losses);"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "print(*sorted(new - sys.stdlib_module_names - {'losses'}))"
    )
    seen = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert seen.stdout.split() == []


def test_importing_a_loss_imports_keras_and_the_helpers_only():
    code = (
        "import sys; from losses.running.startup import import_keras; import_keras();"
        "before = set(sys.modules); import losses; losses.Dice;"
        "print(*sorted(set(sys.modules) - before))"
    )
    seen = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert set(seen.stdout.split()) == {
        "losses.catalog",
        "losses.catalog.segmentation",
        "losses.catalog.segmentation.dice",
        "losses.ops",
        *HELPERS - {"losses.ops.outputs"},
    }
